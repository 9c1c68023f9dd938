"""A Modbus peer on raw sockets that says byte for byte what a script wants.

With RTU framing it is a bus behind a transparent serial server: what a slave says goes to
whoever is connected then. With Modbus TCP an answer goes to the connection of its question.
"""

import asyncio
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import dropwhile, takewhile
from typing import Final, Self

from tests.collectors.relay import Step, Wait, do
from tests.collectors.wire_faults import meter
from tests.collectors.wire_faults.exchange import Exchange, Framing, Question, Script, honest
from tests.collectors.wire_faults.held import Held

_CHATTER_S: Final = 0.07


@dataclass(frozen=True, slots=True, kw_only=True)
class ModbusFault:
    """How a server misbehaves: what the units say, and what the connection does.

    ``script`` is that of unit 1, or with ``of_all`` of every unit. ``chatter`` is said
    unasked, again and again; ``at_accept`` is done with each new connection.
    """

    script: Script = honest
    of_all: bool = False
    at_accept: Sequence[Step] = ()
    chatter: Callable[[Question], bytes] | None = None
    is_refusing: bool = False
    is_one_at_a_time: bool = False
    on_held: Callable[[Held], None] | None = None


FAULTY_UNIT: Final = 1
NO_FAULT: Final = ModbusFault()


class FaultServer:
    """Answers honestly until a fault begins, and again when it ends."""

    def __init__(self, framing: Framing = "mbap") -> None:
        self.framing: Framing = framing
        self.port = 0
        self._fault = NO_FAULT
        self._held: dict[int, Held] = {}
        self._numbers: Counter[int] = Counter()
        self._before: dict[int, bytes] = {}
        self._before_of_any: bytes | None = None
        self._last: Question | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._bus = asyncio.Lock()
        self._latest: asyncio.Task[None] | None = None
        self._server: asyncio.Server | None = None
        self._chatter: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._chatter is not None:
            self._chatter.cancel()
        for task in list(self._tasks):
            task.cancel()
        await self._hang_up_all()

    def held(self, unit: int) -> Held:
        return self._held.setdefault(unit, Held(unit))

    async def begin(self, fault: ModbusFault) -> None:
        self._fault = fault
        self._numbers.clear()
        if fault.on_held is not None:
            fault.on_held(self.held(FAULTY_UNIT))
        if fault.is_refusing:
            await self._hang_up_all()
        if fault.at_accept:
            for writer in self._writers:
                writer.close()
        if fault.chatter is not None:
            self._chatter = asyncio.create_task(self._talk(fault.chatter))

    async def end(self) -> None:
        was_refusing, self._fault = self._fault.is_refusing, NO_FAULT
        if self._chatter is not None:
            self._chatter.cancel()
            self._chatter = None
        if was_refusing:
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _hang_up_all(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        async with asyncio.timeout(2):
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            if self._fault.at_accept:
                await self._do(self._fault.at_accept, writer)
            while True:
                question = await self._read(reader)
                task = asyncio.create_task(self._answer(question, writer, self._latest))
                self._latest = task
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self._writers.remove(writer)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Question:
        transaction, head = 0, b""
        if self.framing == "mbap":
            head = await reader.readexactly(6)
            (transaction,) = struct.unpack(">H", head[:2])
        body = await reader.readexactly(6 if self.framing == "mbap" else 8)
        unit, code, address, count = struct.unpack(">BBHH", body[:6])
        return Question(
            unit=unit,
            code=code,
            address=address,
            count=count,
            transaction=transaction,
            raw=head + body,
        )

    async def _answer(
        self,
        question: Question,
        writer: asyncio.StreamWriter,
        earlier: asyncio.Task[None] | None,
    ) -> None:
        steps = self._script(question)
        if self._fault.is_one_at_a_time:
            async with self._bus:
                await self._do(steps, writer)
        elif self.framing == "rtu":
            # However late an answer comes, those to earlier questions come before it.
            await self._do(takewhile(_is_wait, steps), writer)
            if earlier is not None:
                await asyncio.wait([earlier])
            await self._do(dropwhile(_is_wait, steps), writer)
        else:
            await self._do(steps, writer)

    def _script(self, question: Question) -> Sequence[Step]:
        unit, fault = question.unit, self._fault
        exchange = Exchange(
            framing=self.framing,
            question=question,
            words=self._words(question, unit),
            number=self._numbers[unit],
            number_of_any=self._numbers.total(),
            before=self._before.get(unit),
            before_of_any=self._before_of_any,
            of_unit=lambda other: self._words(question, other),
        )
        self._last = question
        self._numbers[unit] += 1
        self._before[unit] = self._before_of_any = exchange.honest
        is_faulty = fault.of_all or unit == FAULTY_UNIT
        return list((fault.script if is_faulty else honest)(exchange))

    def _words(self, question: Question, unit: int) -> list[int]:
        return meter.read(meter.words(self.held(unit)), question.address, question.count)

    async def _do(self, steps: Iterable[Step], writer: asyncio.StreamWriter) -> None:
        is_bus = self.framing == "rtu"
        await do(steps, lambda: self._writers[-1] if is_bus and self._writers else writer)

    async def _talk(self, chatter: Callable[[Question], bytes]) -> None:
        while True:
            await asyncio.sleep(_CHATTER_S)
            if self._last is not None:
                for writer in self._writers:
                    if not writer.is_closing():
                        writer.write(chatter(self._last))


def _is_wait(step: Step) -> bool:
    return isinstance(step, Wait)
