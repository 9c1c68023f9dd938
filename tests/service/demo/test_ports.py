"""Ports of the demo: moved together when taken, refused clearly when it is the person's choice."""

import re
import socket
from pathlib import Path

import pytest

from service.demo.ports import CONTROL_PORT, require_free, shift_to_free_ports, write_site
from service.errors import UserError

TEXT = """
links:
  - {id: a, protocol: modbus, host: 127.0.0.1, port: 25021}
  - {id: b, protocol: opcua, endpoint: "opc.tcp://127.0.0.1:25040/boucle"}
"""


def ports(text: str) -> list[int]:
    return [int(port) for port in re.findall(r":\s*(2\d{4})", text)]


def test_free_ports_are_left_as_they_are() -> None:
    text, control = shift_to_free_ports(TEXT)

    shift = control - CONTROL_PORT
    assert ports(text) == [25021 + shift, 25040 + shift]
    assert text == TEXT or shift > 0  # another demo may hold the control port


def test_all_move_together_when_one_is_taken() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 25040))
        other.listen()
        text, control = shift_to_free_ports(TEXT)

    moved = ports(text)
    assert moved[1] - moved[0] == 19
    assert moved[0] - 25021 == control - CONTROL_PORT > 0


def test_a_taken_page_port_names_itself_and_the_remedy() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=rf"port {port} .* --port {port + 1}"):
            require_free("127.0.0.1", port)


def test_the_demos_site_file_is_its_own(tmp_path: Path) -> None:
    source, target = tmp_path / "a.yaml", tmp_path / "b.yaml"
    source.write_text(TEXT, encoding="utf-8")

    write_site(source, target)

    assert source.read_text(encoding="utf-8") == TEXT
    assert target.exists()
