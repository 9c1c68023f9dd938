"""Starts the node-opcua peer and gives it commands."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.simulators.sites import free_ports

NODES = Path(__file__).with_name("opcua_nodes.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeOpcua:
    """Three ports with the same variables: for anybody, for who logs in, for who encrypts."""

    open_port: int
    login_port: int
    encrypted_port: int
    _commands: IO[str]
    _answers: IO[str]

    def command(self, op: str, **arguments: object) -> None:
        """Do it, and wait until it is done."""
        self._commands.write(json.dumps({"op": op, **arguments}) + "\n")
        self._commands.flush()
        _until_said(op, self._answers)


def _until_said(word: str, answers: IO[str]) -> None:
    # What the library has to say of certificates comes in between.
    assert any(line.strip() == word for line in iter(answers.readline, "")), f"no {word!r}"


@contextmanager
def serving(tools: Path, pki: Path) -> Iterator[NodeOpcua]:
    ports = free_ports(3)
    command = ["node", "serve_opcua.mjs", str(NODES), str(pki), *map(str, ports)]
    with subprocess.Popen(
        command, cwd=tools, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            _until_said("ready", process.stdout)
            yield NodeOpcua(
                open_port=ports[0],
                login_port=ports[1],
                encrypted_port=ports[2],
                _commands=process.stdin,
                _answers=process.stdout,
            )
        finally:
            process.kill()
