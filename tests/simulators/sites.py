"""The shipped site on free ports."""

import re
import socket
from pathlib import Path

from collectors.installation import ModbusLink
from simulators.site import SimulatedSite

SITE = Path(__file__).parents[2] / "deploy" / "sites" / "chapelle-international.yaml"
# an ordinary working afternoon
NOON_US = 1_773_316_800_000_000


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def text_on_free_ports() -> str:
    """The shipped site file with every port moved to a free one."""
    text = SITE.read_text(encoding="utf-8")
    places = re.compile(r"(port: |127\.0\.0\.1:)(\d+)")
    ports = iter(free_ports(len(places.findall(text))))
    return places.sub(lambda match: f"{match[1]}{next(ports)}", text)


def port_of(site: SimulatedSite, link_id: str) -> int:
    """The port of one Modbus link."""
    link = next(link for link in site.links if link.id == link_id)
    assert isinstance(link, ModbusLink)
    return link.port


class HandClock:
    """A clock moved by hand."""

    def __init__(self, now_us: int = NOON_US) -> None:
        self.now_us = now_us

    def __call__(self) -> int:
        return self.now_us

    def advance(self, seconds: float) -> None:
        self.now_us += round(seconds * 1e6)
