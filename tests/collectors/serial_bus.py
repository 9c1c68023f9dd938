"""A bus behind a transparent serial server: what a slave says goes to whoever is connected then.

Unlike `ScriptedServer`, whose late reply is lost with the connection it was asked on.
"""

import asyncio
import struct
from collections.abc import Callable
from typing import Self

from tests.collectors.scripted_server import crc16

_REQUEST_BYTES = 8
LATE_S = 0.01


class SerialBus:
    """``delays_s`` are those of the next replies; after them a slave answers at once.

    A register holds its own address.
    """

    def __init__(self) -> None:
        self.delays_s: list[float] = []
        self.echoes = False
        self.unit_of: Callable[[int], int] = lambda unit: unit
        self.asked: list[tuple[int, int]] = []
        self.connections = 0
        self.port = 0
        self._writer: asyncio.StreamWriter | None = None
        self._requests: asyncio.Queue[bytes] = asyncio.Queue()
        self._server: asyncio.Server | None = None
        self._slave: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self._slave = asyncio.create_task(self._answer_all())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        assert self._slave is not None
        self._slave.cancel()
        self._server.close()
        if self._writer is not None:
            self._writer.transport.abort()
        async with asyncio.timeout(2):
            await self._server.wait_closed()

    def say(self, data: bytes) -> None:
        """Put bytes on the bus that nobody asked for."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.connections += 1
        try:
            while True:
                request = await reader.readexactly(_REQUEST_BYTES)
                if self.echoes:
                    writer.write(request)
                self._requests.put_nowait(request)
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    async def _answer_all(self) -> None:
        while True:
            unit, code, address, count = struct.unpack(">BBHH", (await self._requests.get())[:6])
            self.asked.append((unit, address))
            await asyncio.sleep(self.delays_s.pop(0) if self.delays_s else LATE_S)
            words = range(address, address + count)
            body = struct.pack(f">BBB{count}H", self.unit_of(unit), code, 2 * count, *words)
            self.say(body + crc16(body))
