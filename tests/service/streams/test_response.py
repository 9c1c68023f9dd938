"""An endless answer and its reader: pace, pings, endings."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import pytest
from starlette.types import Message, Scope

from service.streams.response import EventStream
from tests.service.pages.patched_page import unpacked

_WITHIN_S = 10.0
_SCOPE: Scope = {"type": "http", "method": "GET"}


class _Reader:
    """Has so many events, then none."""

    def __init__(self, count: int) -> None:
        self.count, self.asked = count, 0

    async def read(self, within_s: float) -> bytes | None:
        self.asked += 1
        if self.asked > self.count:
            await asyncio.Event().wait()
        return b"data: 1\n\n"


class _Quiet:
    """Has none within the time that it is given, which is not waited for."""

    def __init__(self) -> None:
        self.within_s: list[float] = []

    async def read(self, within_s: float) -> bytes | None:
        self.within_s.append(within_s)
        if len(self.within_s) > 2:
            await asyncio.Event().wait()
        return None


class _Broken:
    async def read(self, within_s: float) -> bytes | None:
        raise ValueError("broken")


class _Line:
    """What the server sends; with ``taken`` unset nothing is taken any more."""

    def __init__(self, wanted: int) -> None:
        self.sent: list[MutableMapping[str, Any]] = []
        self.taken, self.enough, self._wanted = asyncio.Event(), asyncio.Event(), wanted
        self.taken.set()
        self.gone = asyncio.Event()

    async def send(self, message: Message) -> None:
        await asyncio.sleep(0)
        await self.taken.wait()
        self.sent.append(message)
        if len(self.sent) >= self._wanted:
            self.enough.set()

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    @property
    def body(self) -> list[bytes]:
        return [one["body"] for one in self.sent if one["type"] == "http.response.body"]


async def _run(
    stream: EventStream, line: _Line, act: Callable[[], Awaitable[object] | None]
) -> None:
    async with asyncio.timeout(_WITHIN_S):
        running = asyncio.create_task(stream(_SCOPE, line.receive, line.send))
        await line.enough.wait()
        act()
        await running


@pytest.mark.asyncio
async def test_it_ends_whole_when_the_server_stops() -> None:
    stopping, line = asyncio.Event(), _Line(3)

    await _run(
        EventStream(_Reader(2), stopping, {"accept-encoding": "gzip"}),
        line,
        stopping.set,
    )

    assert unpacked(line.body) == "data: 1\n\n" * 2
    assert line.sent[-1].get("more_body", False) is False


@pytest.mark.asyncio
async def test_nothing_is_read_for_a_reader_that_takes_nothing() -> None:
    stopping, line, reader = asyncio.Event(), _Line(5), _Reader(1_000_000)
    stream = EventStream(reader, stopping, {})
    async with asyncio.timeout(_WITHIN_S):
        running = asyncio.create_task(stream(_SCOPE, line.receive, line.send))
        await line.enough.wait()
        line.taken.clear()
        for _ in range(50):
            await asyncio.sleep(0)
        asked = reader.asked
        await asyncio.sleep(0.1)
        assert reader.asked == asked
        # Nor does it keep the server from ending.
        stopping.set()
        await running


@pytest.mark.asyncio
async def test_a_reader_that_takes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.streams.response._SEND_WITHIN_S", 0.05)
    line = _Line(3)
    stream = EventStream(_Reader(1_000_000), asyncio.Event(), {})

    await _run(stream, line, line.taken.clear)

    assert line.body


@pytest.mark.asyncio
async def test_silence_is_broken_by_pings() -> None:
    stopping, line, quiet = asyncio.Event(), _Line(3), _Quiet()

    await _run(EventStream(quiet, stopping, {}), line, stopping.set)

    assert line.body == [b":\n\n", b":\n\n", b""]
    assert all(10.0 <= one <= 15.0 for one in quiet.within_s)


@pytest.mark.asyncio
async def test_it_ends_with_its_reader() -> None:
    line = _Line(2)

    await _run(EventStream(_Reader(1), asyncio.Event(), {}), line, line.gone.set)

    assert [one.get("more_body") for one in line.sent] == [None, True]


@pytest.mark.asyncio
async def test_a_stream_ends_by_itself_so_that_who_may_read_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("service.streams.response._LASTS_S", 0.05)
    line = _Line(2)

    await _run(EventStream(_Reader(1_000_000), asyncio.Event(), {}), line, lambda: None)

    assert line.sent[-1] == {"type": "http.response.body", "body": b""}


@pytest.mark.asyncio
async def test_an_error_is_not_swallowed() -> None:
    with pytest.raises(ValueError, match="broken"):
        await _run(EventStream(_Broken(), asyncio.Event(), {}), _Line(1), lambda: None)


@pytest.mark.asyncio
async def test_asked_for_its_head_it_reads_nothing() -> None:
    line, reader = _Line(1), _Reader(1)
    stream = EventStream(reader, asyncio.Event(), {"accept-encoding": "gzip"})

    await stream({"type": "http", "method": "HEAD"}, line.receive, line.send)

    assert dict(line.sent[0]["headers"])[b"content-encoding"] == b"gzip"
    assert line.body == [b""]
    assert reader.asked == 0
