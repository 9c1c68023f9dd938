"""A relay between a client and a real server, that can spoil what passes."""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Self, TypeAlias

# Close without a goodbye: the peer gets a reset.
_RESET: Final = struct.pack("ii", 1, 0)


class End(Enum):
    """How a connection may end."""

    HANG_UP = auto()
    RESET = auto()


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: float


# What is done, one after the other: bytes are sent. Nothing at all is silence.
Step: TypeAlias = bytes | Wait | End


async def do(steps: Iterable[Step], writer: Callable[[], asyncio.StreamWriter]) -> None:
    """Do what a script says to the connection of then."""
    for step in steps:
        match step:
            case Wait(seconds):
                await asyncio.sleep(seconds)
            case End.HANG_UP:
                writer().close()
            case End.RESET:
                _reset(writer())
            case bytes(data):
                if not writer().is_closing():
                    writer().write(data)


def _reset(writer: asyncio.StreamWriter) -> None:
    if not writer.is_closing():
        plain = writer.get_extra_info("socket")
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayFault:
    """``script`` says what becomes of each piece that the server sends."""

    script: Callable[[bytes], Sequence[Step]] | None = None
    at_accept: Sequence[Step] = ()
    is_refusing: bool = False


NO_FAULT: Final = RelayFault()


class Relay:
    """Passes bytes on to the server at ``target``, which may change."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self._fault = NO_FAULT
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def begin(self, fault: RelayFault) -> None:
        self._fault = fault
        if fault.is_refusing:
            await self._close()
        elif fault.at_accept:
            self.hang_up()

    async def end(self) -> None:
        was_refusing, self._fault = self._fault.is_refusing, NO_FAULT
        if was_refusing:
            await self._listen()

    def hang_up(self) -> None:
        """End all connections; new ones are taken."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()
        async with asyncio.timeout(2):
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await do(self._fault.at_accept, lambda: writer)
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            self._writers.discard(writer)
            writer.close()
            return
        self._writers.add(far_writer)
        try:
            await asyncio.gather(
                self._pass(reader, far_writer, is_answer=False),
                self._pass(far_reader, writer, is_answer=True),
            )
        finally:
            self._writers -= {writer, far_writer}

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        try:
            while data := await reader.read(65536):
                script = self._fault.script if is_answer else None
                await do([data] if script is None else script(data), lambda: writer)
        except OSError:
            pass
        finally:
            writer.close()
