"""Two hundred event streams at once: events lost, p99 of their delay, bytes, memory.

Beside them, as many connections on which a static file of the same server is asked for at once.
"""

import asyncio
import re
import statistics
import sys
import time
import zlib
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.result import Result, result
from tests.service.pages.patched_page import PatchedPage, events_of
from tests.service.pages.sample_snapshot import sample_site

_STREAMS = 200
_LASTS_S = 30.0
_ROUNDS = 20
# To make the page of each stream anew takes a second.
_COMPARED = 10
_LIMIT_S = 120.0
_STATIC = "/static/page.css"
_PAGES = ("/events?lang=fr", "/events?lang=en")
_TOPICS = (f"/api/v1/sites/{sample_site().identity.id}/events?topics=kpis,verdicts,devices",)
# A screen gets 2 MB an hour.
_BUDGET_BYTES_S = 2e6 / 3600
_SEQUENCE = re.compile(r"-(\d+)$")


@dataclass
class _Heard:
    """What came over one stream."""

    path: str
    at_s: dict[int, float] = field(default_factory=dict)
    first_bytes: int = 0
    bytes: int = 0
    events: list[dict[str, str]] = field(default_factory=list)

    def take(self, text: str, now_s: float) -> None:
        for event in events_of(text.split("\n")):
            self.events.append(event)
            found = _SEQUENCE.search(event.get("id", ""))
            if found is not None:
                self.at_s.setdefault(int(found[1]), now_s)


async def _ask(
    host: str, port: int, path: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(host, port)
    _request(writer, host, path)
    return reader, writer


def _request(writer: asyncio.StreamWriter, host: str, path: str) -> None:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n\r\n".encode())


async def _listen(url: str, heard: _Heard, joined: asyncio.Semaphore) -> None:
    """Read one stream until it is cancelled."""
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 0
    reader, writer = await _ask(host, port, heard.path)
    unpacker, text = zlib.decompressobj(wbits=31), ""
    head = await reader.readuntil(b"\r\n\r\n")
    assert b"content-encoding: gzip" in head, head
    try:
        while size := int(await reader.readline(), 16):
            body = (await reader.readexactly(size + 2))[:-2]
            now_s = time.monotonic()
            heard.bytes += size
            text += unpacker.decompress(body).decode()
            whole, _, text = text.rpartition("\n\n")
            heard.take(f"{whole}\n\n", now_s)
            if not heard.first_bytes and heard.at_s:
                heard.first_bytes = heard.bytes
                joined.release()
    finally:
        writer.close()


@asynccontextmanager
async def _server() -> AsyncIterator[tuple[str, Process, dict[int, float]]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.streams_server", stdin=PIPE, stdout=PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    published: dict[int, float] = {}
    url = (await process.stdout.readline()).decode().strip()

    async def follow(lines: asyncio.StreamReader) -> None:
        async for line in lines:
            at_s, sequence = line.split()
            published[int(sequence)] = float(at_s)

    following = asyncio.create_task(follow(process.stdout))
    try:
        yield url, process, published
    finally:
        process.stdin.close()
        await process.wait()
        await following


def _rss_kb(process: Process) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1])


async def _static_p99_s(url: str) -> float:
    """As many connections as there are streams, all of which ask at once."""
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 0
    lines = [await asyncio.open_connection(host, port) for _ in range(_STREAMS)]
    took: list[float] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        started = time.monotonic()
        _request(writer, host, _STATIC)
        head = await reader.readuntil(b"\r\n\r\n")
        if length := re.search(rb"content-length: (\d+)", head):
            await reader.readexactly(int(length[1]))
        else:
            await reader.readuntil(b"\r\n0\r\n\r\n")
        took.append(time.monotonic() - started)

    for _ in range(_ROUNDS):
        await asyncio.gather(*(once(*line) for line in lines))
    for _, writer in lines:
        writer.close()
    return _p99(took)


def _p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100)[-1]


async def _streams(name: str, paths: Sequence[str]) -> list[Result]:
    async with _server() as (url, process, published), asyncio.timeout(_LIMIT_S):
        static_s = await _static_p99_s(url)
        before_kb = _rss_kb(process)
        heard = [_Heard(paths[n % len(paths)]) for n in range(_STREAMS)]
        joined = asyncio.Semaphore(0)
        listening = [asyncio.create_task(_listen(url, one, joined)) for one in heard]
        for _ in heard:
            await joined.acquire()
        first = max(published, default=1)
        bytes_before, started = sum(one.bytes for one in heard), time.monotonic()
        await asyncio.sleep(_LASTS_S)
        last, lasted_s = max(published) - 1, time.monotonic() - started
        grown_kb = _rss_kb(process) - before_kb
        bytes_s = (sum(one.bytes for one in heard) - bytes_before) / lasted_s / _STREAMS
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    due = range(first + 1, last + 1)
    lost = sum(sequence not in one.at_s for one in heard for sequence in due)
    delays = [one.at_s[n] - published[n] for one in heard for n in due if n in one.at_s]
    _require_same_pages(heard)
    return [
        result(
            f"streams/{name}: p99 of the delay",
            1e3 * _p99(delays),
            "ms",
            1e3 * static_s,
            f"p99 of {_STREAMS} that ask for {_STATIC} at once",
        ),
        result(f"streams/{name}: lost", lost, "events", len(due) * _STREAMS, "sent"),
        result(
            f"streams/{name}: bytes",
            bytes_s,
            "B/s a reader, all changing each second",
            _BUDGET_BYTES_S,
            "2 MB an hour",
        ),
        result(
            f"streams/{name}: first",
            statistics.mean(one.first_bytes for one in heard),
            "B",
            _BUDGET_BYTES_S * 60,
            "a minute of 2 MB an hour",
        ),
        result(
            f"streams/{name}: memory", grown_kb / _STREAMS, "KiB a stream", 48, "its zlib window"
        ),
    ]


def _require_same_pages(heard: Sequence[_Heard]) -> None:
    """Who was told as much of the same stream sees the same, whenever it came."""
    seen: dict[str | None, str] = {}
    for one in heard[:_COMPARED]:
        page = PatchedPage()
        for event in one.events:
            page.hear(event)
        if page.main is not None:
            assert seen.setdefault(page.last_id, page.html) == page.html, one.path


async def _measure() -> list[Result]:
    return await _streams("pages", _PAGES) + await _streams("programs", _TOPICS)


def run() -> list[Result]:
    return asyncio.run(_measure())
