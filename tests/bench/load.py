"""Two hundred event streams and fifty programs on one server, while 10,000 readings a second are
written into its database; then the same with those beside them who harm a server, or a clock that
steps by an hour.
"""

import asyncio
import itertools
import json
import re
import subprocess
import sys
import time
import zlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from os import getloadavg
from pathlib import Path
from typing import Final

from service.collection import point_specs
from service.file_limit import raise_file_limit
from service.storage.connection import connected
from service.storage.points import register_points
from tests.acceptance.running import open_folder
from tests.bench.asking import Asker, p99
from tests.bench.live_site import API, SITE_ID, live_site, new_tokens
from tests.bench.result import Result, result
from tests.bench.store import own_bench_store
from tests.service.pages.sample_snapshot import sample_site
from tests.service.storage.long_history import POINT, LongHistory

_STREAMS, _CLIENTS = 200, 50
_IDLE, _SLOW = 1_200, 50
# Of a program between two questions; fifty of them ask a hundred times a second.
_EVERY_S = 0.5
_LASTS_S, _SETTLING_S = 30.0, 8.0
_STEP_S = 3600
_STATIC: Final = "/static/page.css"
_STREAM_PATHS: Final = ("/events?lang=fr", "/events?lang=en", f"{API}/events?topics=kpis,verdicts")
_ID = re.compile(rb"^id: \S+-(\d+)$", re.MULTILINE)
_LAST_MONTH: Final = f"{datetime.now(UTC) - timedelta(days=31):%Y-%m}"
_ASKED: Final[Mapping[str, str]] = {
    "snapshot": f"{API}/snapshot",
    "kpis": f"{API}/kpis",
    "readings of the last hour": f"{API}/points/{POINT}/readings?limit=1000",
    # As many hours as a month has.
    "KPI history": f"{API}/kpis/pue/history?span=hour&period={_LAST_MONTH}",
    "static file": _STATIC,
}


@dataclass(slots=True)
class _Heard:
    """The numbers of the snapshots that a stream told of, and when."""

    path: str
    numbers: list[int] = field(default_factory=list)
    at_s: list[float] = field(default_factory=list)
    ended: bool = False


class _Crowd:
    """Streams that listen and programs that ask, for the length of a block."""

    def __init__(self, port: int, tokens: Sequence[str]) -> None:
        self._port, self._tokens = port, tokens
        self.took_s: dict[str, list[float]] = {kind: [] for kind in _ASKED}
        self.failed = 0
        self.streams = [_Heard(_STREAM_PATHS[n % len(_STREAM_PATHS)]) for n in range(_STREAMS)]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(self._listen(one)) for one in self.streams]
            running += [
                tasks.create_task(self._ask(n, token)) for n, token in enumerate(self._tokens)
            ]
            await asyncio.sleep(_SETTLING_S)
            yield
            for one in running:
                one.cancel()

    def begin(self) -> None:
        """Forget what was seen so far."""
        self.took_s = {kind: [] for kind in _ASKED}
        self.failed = 0
        for one in self.streams:
            one.numbers, one.at_s = one.numbers[-1:], one.at_s[-1:]

    async def _ask(self, number: int, token: str) -> None:
        asker = Asker(self._port, Authorization=token)
        kinds = itertools.islice(itertools.cycle(_ASKED), number % len(_ASKED), None)
        await asyncio.sleep(_EVERY_S * number / _CLIENTS)
        for kind in kinds:
            try:
                answer = await asker.get(_ASKED[kind])
            except (OSError, EOFError, TimeoutError):
                self.failed += 1
                asker.close()
                continue
            self.failed += answer.status != 200
            self.took_s[kind].append(answer.took_s)
            await asyncio.sleep(max(0.0, _EVERY_S - answer.took_s))

    async def _listen(self, heard: _Heard) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(
            f"GET {heard.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            "Accept-Encoding: gzip\r\n\r\n".encode()
        )
        unpacker, text = zlib.decompressobj(wbits=31), b""
        await reader.readuntil(b"\r\n\r\n")
        try:
            while size := int(await reader.readline(), 16):
                text += unpacker.decompress((await reader.readexactly(size + 2))[:-2])
                whole, _, text = text.rpartition(b"\n\n")
                for found in _ID.finditer(whole):
                    heard.numbers.append(int(found[1]))
                    heard.at_s.append(time.perf_counter())
            heard.ended = True
        except (OSError, EOFError):
            heard.ended = True
        finally:
            writer.close()

    def lost(self) -> tuple[int, int]:
        """Snapshots that a stream did not tell of while another of its kind did; and of how many.

        Pages are told every second snapshot, each of the same ones.
        """
        lost, sent = 0, 0
        for path in _STREAM_PATHS:
            each = [set(one.numbers) for one in self.streams if one.path == path]
            # Of those at the edges some had not been read yet.
            every = sorted(set().union(*each))[3:-3]
            sent += len(every) * len(each)
            lost += sum(number not in one for one in each for number in every)
        return lost, sent

    def delays_s(self) -> list[float]:
        """How long after the first stream of its kind each was told of a snapshot."""
        delays: list[float] = []
        for path in _STREAM_PATHS:
            alike = [one for one in self.streams if one.path == path]
            first: dict[int, float] = {}
            for one in alike:
                for number, at_s in zip(one.numbers, one.at_s, strict=True):
                    first[number] = min(at_s, first.get(number, at_s))
            delays += [
                at_s - first[number]
                for one in alike
                for number, at_s in zip(one.numbers, one.at_s, strict=True)
            ]
        return delays


def _told(name: str, crowd: _Crowd, before: Mapping[str, float] | None) -> list[Result]:
    """The p99 of each kind, against the static file, or against what it was before."""
    found = []
    static_ms = 1e3 * p99(crowd.took_s["static file"])
    for kind, took_s in crowd.took_s.items():
        reference, against = static_ms, f"{_STATIC} by the same programs"
        if before is not None:
            reference, against = before[kind], "before"
        label = f"load/{name}: {kind}, p99 of {len(took_s)}"
        found.append(result(label, 1e3 * p99(took_s), "ms", reference, against))
    lost, sent = crowd.lost()
    ended = sum(one.ended for one in crowd.streams)
    delay_ms = 1e3 * p99(crowd.delays_s())
    return [
        *found,
        result(
            f"load/{name}: event after the first reader of it", delay_ms, "ms", 2e3, "two seconds"
        ),
        result(f"load/{name}: events lost", lost, "events", sent, "sent"),
        result(f"load/{name}: streams ended", ended, "streams", _STREAMS, "open"),
        result(
            f"load/{name}: refused or failed",
            crowd.failed,
            "questions",
            sum(map(len, crowd.took_s.values())),
            "asked",
        ),
    ]


async def _watched(crowd: _Crowd, name: str, before: Mapping[str, float] | None) -> list[Result]:
    crowd.begin()
    await asyncio.sleep(_LASTS_S)
    found = _told(name, crowd, before)
    for one in found:
        print(one, file=sys.stderr, flush=True)
    print("load average", getloadavg(), file=sys.stderr, flush=True)
    return found


@asynccontextmanager
async def _idle(port: int) -> AsyncIterator[None]:
    """Connections that say nothing, opened anew as they are closed."""

    async def one() -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                await reader.read()
                writer.close()
            except OSError:
                await asyncio.sleep(1.0)

    async with _many(_IDLE, one):
        yield


@asynccontextmanager
async def _slow(port: int) -> AsyncIterator[None]:
    """Connections that send a byte of their headers a second."""

    async def one() -> None:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                for byte in b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: " + b"x" * 100:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(1.0)
            except OSError:
                await asyncio.sleep(1.0)

    async with _many(_SLOW, one):
        yield


@asynccontextmanager
async def _many(count: int, one: Callable[[], Coroutine[None, None, None]]) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(one()) for _ in range(count)]
        yield
        for task in running:
            task.cancel()


def _clock_library(folder: Path) -> Path:
    library = folder / "stepped_clock.so"
    source = Path(__file__).with_name("stepped_clock.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    return library


@asynccontextmanager
async def _written(dsn: str, folder: Path) -> AsyncIterator[list[Result]]:
    """Readings that a process of their own writes meanwhile; at the end what became of them."""
    async with connected(dsn) as conn:
        await register_points(conn, SITE_ID, point_specs(sample_site()))
        await LongHistory(conn, datetime.now(UTC)).fill_kpis(1, 24 * 70)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.load_writer", dsn, str(folder)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    found: list[Result] = []
    try:
        yield found
    finally:
        out, _ = await process.communicate(b"")
    told = json.loads(out)
    offered, acknowledged = told["offered"], told["acknowledged"]
    found += [
        result("load/readings acknowledged", acknowledged, "rows", offered, "offered"),
        result("load/readings lost", told["lost"], "rows", acknowledged, "acknowledged"),
        result("load/readings doubled", told["doubled"], "rows", acknowledged, "acknowledged"),
    ]


async def _measure() -> list[Result]:
    raise_file_limit()
    with open_folder() as folder:
        step = folder / "step"
        step.write_text("0", encoding="utf-8")
        clock = {"LD_PRELOAD": str(_clock_library(folder)), "STEPPED_CLOCK_FILE": str(step)}
        (folder / "spool").mkdir()
        async with own_bench_store() as dsn:
            tokens, found = await new_tokens(dsn, _CLIENTS), list[Result]()
            async with (
                _written(dsn, folder / "spool") as written,
                live_site(dsn, folder, 1, **clock) as served,
            ):
                crowd = _Crowd(served.port, tokens)
                async with crowd.running():
                    found += await _with_neighbours(crowd, served.port, step)
            return found + written


async def _with_neighbours(crowd: _Crowd, port: int, step: Path) -> list[Result]:
    found = await _watched(crowd, "200 streams, 50 programs", None)
    before = {kind: 1e3 * p99(took_s) for kind, took_s in crowd.took_s.items()}
    async with _idle(port):
        found += await _watched(crowd, "with 1,200 idle connections", before)
    async with _slow(port):
        found += await _watched(crowd, "with 50 slow headers", before)
    for name, step_s in (("an hour ahead", _STEP_S), ("two hours back", -_STEP_S)):
        await asyncio.to_thread(step.write_text, str(step_s), "utf-8")
        found += await _watched(crowd, f"clock {name}", before)
    return found


def run() -> list[Result]:
    return asyncio.run(_measure())
