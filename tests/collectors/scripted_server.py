"""A Modbus TCP peer that misbehaves on command. Shares no code with the collectors."""

import asyncio
import struct
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Self

READ_CODES = (3, 4)


def crc16(data: bytes) -> bytes:
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return struct.pack("<H", crc)


@dataclass(frozen=True, kw_only=True)
class Asked:
    at_s: float
    unit: int
    code: int
    address: int
    count: int
    transaction: int = 0


@dataclass(kw_only=True)
class Unit:
    """How one unit behaves; change it at any time.

    ``codes`` are the exceptions of the next requests (0: none), ``hang_up_s`` the time after
    which a connection is closed behind a reply.
    """

    kind: str = "normal"
    delay_s: float = 0.0
    code: int = 4
    codes: list[int] = field(default_factory=list)
    hang_up_s: float | None = None
    unreadable: set[int] = field(default_factory=set)
    mute: set[int] = field(default_factory=set)
    closing: set[int] = field(default_factory=set)
    value: Callable[[int], int] = lambda address: address & 0xFFFF


class ScriptedServer:
    """With ``bus_s`` all units share a bus, which a silent one blocks for so long."""

    def __init__(self, framing: str = "mbap", *, bus_s: float = 0.0) -> None:
        self.framing = framing
        self.bus_s = bus_s
        self._bus = asyncio.Lock()
        self.units: dict[int, Unit] = {}
        self.asked: list[Asked] = []
        self.connections = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._replies: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._replies):
            task.cancel()
        for writer in list(self._writers):
            writer.transport.abort()
        async with asyncio.timeout(2):
            await self._server.wait_closed()
        await asyncio.sleep(0.01)

    def requests_of(self, unit: int) -> list[Asked]:
        return [a for a in self.asked if a.unit == unit]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while True:
                asked = await self._read(reader)
                self.asked.append(asked)
                task = asyncio.create_task(self._take_turn(asked, writer))
                self._replies.add(task)
                task.add_done_callback(self._replies.discard)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Asked:
        transaction = 0
        if self.framing == "mbap":
            transaction, _, _ = struct.unpack(">HHH", await reader.readexactly(6))
            body = await reader.readexactly(6)
        else:
            body = (await reader.readexactly(8))[:6]
        unit, code, address, count = struct.unpack(">BBHH", body)
        return Asked(
            at_s=time.monotonic(),
            unit=unit,
            code=code,
            address=address,
            count=count,
            transaction=transaction,
        )

    def _frame(self, asked: Asked, pdu: bytes) -> bytes:
        body = bytes([asked.unit]) + pdu
        if self.framing == "mbap":
            return struct.pack(">HHH", asked.transaction, 0, len(body)) + body
        return body + crc16(body)

    async def _take_turn(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        if not self.bus_s:
            await self._answer(asked, writer)
            return
        async with self._bus:
            await self._answer(asked, writer)
            if self.units[asked.unit].kind == "silent":
                await asyncio.sleep(self.bus_s)

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        unit = self.units.setdefault(asked.unit, Unit())
        touched = set(range(asked.address, asked.address + asked.count))
        if unit.kind == "silent" or touched & unit.mute:
            return
        if unit.delay_s:
            await asyncio.sleep(unit.delay_s)
        if unit.kind == "closed" or touched & unit.closing:
            writer.close()
            return
        if writer.is_closing():
            return
        writer.write(self._reply(asked, unit, touched))
        if unit.hang_up_s is not None:
            await asyncio.sleep(unit.hang_up_s)
            writer.close()

    def _reply(self, asked: Asked, unit: Unit, touched: set[int]) -> bytes:
        if touched & unit.unreadable:
            return self._frame(asked, bytes([asked.code | 0x80, 2]))
        if unit.codes and (code := unit.codes.pop(0)):
            return self._frame(asked, bytes([asked.code | 0x80, code]))
        count = asked.count - 2 if unit.kind == "short" else asked.count
        words = [unit.value(asked.address + i) for i in range(count)]
        pdu = struct.pack(f">BB{count}H", asked.code, 2 * count, *words)
        frame = self._frame(asked, pdu)
        other_transaction = struct.pack(">H", (asked.transaction + 77) & 0xFFFF)
        spoilt = {
            "exception": self._frame(asked, bytes([asked.code | 0x80, unit.code])),
            "garbage": b"\x13\x37 no modbus at all \xff\xfe" * 3,
            "wrong_transaction": other_transaction + frame[2:],
            "zero_transaction": b"\0\0" + frame[2:],
            "wrong_unit": self._frame(replace(asked, unit=asked.unit + 1), pdu),
            "wrong_function": self._frame(asked, bytes([7 - asked.code]) + pdu[1:]),
            "truncated": frame[:-3],
            "odd_count": self._frame(asked, pdu[:-1]),
        }
        return spoilt.get(unit.kind, frame)


async def opened(stack: AsyncExitStack, framing: str = "mbap") -> ScriptedServer:
    return await stack.enter_async_context(ScriptedServer(framing))
