"""Starts the libmodbus peer, and carries the bytes of its serial line over TCP."""

import asyncio
import os
import pty
import subprocess
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from tests.tools.compiled import compiled

_SOURCE = Path(__file__).with_name("libmodbus_peer.c")
_STOP_S = 5.0


def compiled_peer(folder: Path) -> Path:
    return compiled(_SOURCE, folder)


@contextmanager
def _started(program: Path, *arguments: str) -> Iterator[str]:
    """The peer in another process; gives the first line that it says."""
    command = [str(program), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = process.stdout.readline().strip()
            assert said, f"{program.name} ended with {process.wait(_STOP_S)}"
            yield said
        finally:
            process.kill()


@contextmanager
def serving_tcp(program: Path) -> Iterator[int]:
    """The port of the peer."""
    with _started(program, "tcp") as said:
        yield int(said)


@asynccontextmanager
async def serving_bus(program: Path) -> AsyncIterator[int]:
    """The port of a serial server that passes on the bytes of a line with the peer on it."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    try:
        with _started(program, "rtu", os.ttyname(slave)):
            loop = asyncio.get_running_loop()
            server = await loop.create_server(lambda: _Passing(master), "127.0.0.1", 0)
            async with server:
                yield int(server.sockets[0].getsockname()[1])
    finally:
        os.close(master)
        os.close(slave)


class _Passing(asyncio.Protocol):
    """A connection to the serial server; the line is at ``master``."""

    def __init__(self, master: int) -> None:
        self._master = master

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        asyncio.get_running_loop().add_reader(
            self._master, lambda: transport.write(os.read(self._master, 4096))
        )

    def data_received(self, data: bytes) -> None:
        os.write(self._master, data)

    def connection_lost(self, exc: Exception | None) -> None:
        asyncio.get_running_loop().remove_reader(self._master)
