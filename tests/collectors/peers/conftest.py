"""Peers of other makes: each built or started once, and asked by many tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collectors.peers.libmodbus import compiled_peer, serving_tcp
from tests.collectors.peers.node_opcua import NodeOpcua, serving
from tests.conftest import require_part
from tests.tools.compiled import PARTS, can_compile


@pytest.fixture(scope="session")
def libmodbus_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_part(can_compile(), PARTS)
    return compiled_peer(tmp_path_factory.mktemp("libmodbus"))


@pytest.fixture(scope="session")
def libmodbus_port(libmodbus_program: Path) -> Iterator[int]:
    with serving_tcp(libmodbus_program) as port:
        yield port


@pytest.fixture(scope="module")
def node_opcua(node_tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeOpcua]:
    with serving(node_tools, tmp_path_factory.mktemp("pki")) as peer:
        yield peer
