"""Ports of the demo: the page's is the person's choice, those of the devices only must be free."""

import re
import socket
from pathlib import Path

from service.errors import UserError

_STEP = 100
_TRIES = 200
# Where ``boucle fault`` looks for the simulator when it is told nothing else.
CONTROL_PORT = 15_100
_PORT = re.compile(r"(?m)(\bport:\s*|opc\.tcp://127\.0\.0\.1:)(\d+)")


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server can listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def require_free(host: str, port: int) -> None:
    """Refuse to start on a taken port.

    Raises
    ------
    UserError
        Naming the port and the remedy.
    """
    if not is_free(port, host):
        msg = (
            f"port {port} of {host} is taken by another program: stop it, or choose another "
            f"port with --port (for example --port {port + 1})"
        )
        raise UserError(msg)


def next_free(port: int, host: str) -> int:
    """The first free port behind another."""
    return next(one for one in range(port + 1, 65_536) if is_free(one, host))


def shift_to_free_ports(site_text: str) -> tuple[str, int]:
    """Move all device ports of a simulated site together until they are free.

    Returns
    -------
    tuple
        The site file's text with the ports in use, and a free port for the control channel.

    Raises
    ------
    UserError
        When no free block was found.
    """
    ports = [int(port) for _, port in _PORT.findall(site_text)]
    for shift in range(0, _STEP * _TRIES, _STEP):
        wanted = [port + shift for port in (*ports, CONTROL_PORT)]
        if max(wanted) < 65_000 and all(is_free(port) for port in wanted):
            return _shifted(site_text, shift), CONTROL_PORT + shift
    msg = (
        f"no free block of ports for the simulated devices near {min(ports)}: stop what listens "
        "there"
    )
    raise UserError(msg)


def _shifted(site_text: str, shift: int) -> str:
    return _PORT.sub(lambda match: f"{match[1]}{int(match[2]) + shift}", site_text)


def write_site(source: Path, target: Path) -> int:
    """Write the demo's own copy of a site file, on free ports; return the control port."""
    text, control = shift_to_free_ports(source.read_text(encoding="utf-8"))
    target.write_text(text, encoding="utf-8")
    return control
