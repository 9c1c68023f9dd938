"""Years of operation in fast time, with nothing but the shipped policies.

Forty points that are read every ten seconds, week by week: written, rolled up, measured for good,
compressed or partitioned, sealed, dropped, each by the code that does it in operation and by a
clock that goes with the readings. What the disk takes is held against the plan, and who looks at
the end waits as long as in the first weeks.

``BOUCLE_BENCH_WEEKS`` (104) and ``BOUCLE_BENCH_RAW_MONTHS`` (13) make it shorter. Each look is told
on standard error as it is taken.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

from models.readings import ReadingBatch
from models.site.site import Site
from service.collection import point_specs
from service.evaluation.closed_periods import ClosedPeriods
from service.storage.connection import Connection, connected, open_pool
from service.storage.history import StoredHistory
from service.storage.kpi_results import StoredKpis
from service.storage.points import register_points
from service.storage.retention import KeepLimits
from service.storage.rollups import roll_up
from service.storage.upkeep import Upkeep
from service.storage.writer import copy_batch, write_batch
from tests.bench.result import Result, result
from tests.bench.store import own_bench_store
from tests.bench.years_disk import Disk, disk_of, has_to_compress
from tests.bench.years_looks import Looks, first_look, looks_at
from tests.bench.years_site import Plant, years_site

_WEEKS = int(os.environ.get("BOUCLE_BENCH_WEEKS", "104"))
_RAW_MONTHS = int(os.environ.get("BOUCLE_BENCH_RAW_MONTHS", "13"))
# A Thursday, as pieces begin.
_START = datetime(2024, 1, 4, tzinfo=UTC)
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_FIRST_LOOK, _LOOK_EVERY = 2, 13
# In two years more revisions than are told: what is told of them is as long as it gets.
_HOURS_AT_ONCE = 4
# So many weeks apart a device was cut off, and brings what it kept after the next has passed.
_BACKLOG_EVERY = 4
_TIMEOUT_S = 900.0
_TRIES, _AGAIN_S = 60, 1.0
_WAITED = {
    "start": "start_s",
    "newest": "newest_s",
    "quarter": "quarter_s",
    "fortnight_of_hours": "hours_s",
    "fortnight_of_kpis": "kpi_fortnight_s",
}
_OF_A_YEAR = {
    "start_with_a_past": "start_s",
    "year_of_days": "days_s",
    "year_of_hours": "year_of_hours_s",
    "year_of_kpis": "kpi_year_s",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    weeks: int
    disk: Disk
    looks: Looks


@dataclass(slots=True)
class _Operation:
    """The processes of a site, by the clock of its readings."""

    dsn: str
    site: Site
    conn: Connection
    plant: Plant
    closed: ClosedPeriods
    upkeep: Upkeep
    now: datetime
    written: dict[datetime, int] = field(default_factory=dict)
    backlog: list[tuple[datetime, ReadingBatch]] = field(default_factory=list)

    async def week(self, start: datetime, *, keeps: bool) -> None:
        """Live through a week."""
        await self._bring_late(start)
        for n in range(7):
            day = start + n * _DAY
            came, kept = await asyncio.to_thread(self.plant.day, day, keeps=keeps and n == 0)
            self._count(start, await copy_batch(self.conn, came))
            if len(kept):
                self.backlog.append((start, kept))
        self.now = start + _WEEK
        await self._keep_up()

    async def _bring_late(self, start: datetime) -> None:
        due = [one for one in self.backlog if one[0] + 2 * _WEEK <= start]
        for week, batch in due:
            self._count(week, await write_batch(self.conn, batch))
        self.backlog = [one for one in self.backlog if one[0] + 2 * _WEEK > start]

    def _count(self, week: datetime, rows: int) -> None:
        self.written[week] = self.written.get(week, 0) + rows

    async def _keep_up(self) -> None:
        tries = _TRIES
        while True:
            while await roll_up(self.conn, hours_at_once=_HOURS_AT_ONCE, now=self.now):
                pass
            if await self.upkeep.step(self.conn):
                continue
            if not tries or not await has_to_compress(self.conn, self.now):
                break
            # It gave way to somebody, and looks again.
            tries -= 1
            await asyncio.sleep(_AGAIN_S)
        while await self.closed.step(self.now):
            pass


@asynccontextmanager
async def _operation() -> AsyncIterator[_Operation]:
    site = years_site()
    name = site.identity.id
    async with (
        own_bench_store() as dsn,
        connected(dsn, command_timeout_s=_TIMEOUT_S) as conn,
        open_pool(dsn) as pool,
    ):
        ids = await register_points(conn, name, point_specs(site))
        # A store that was made when the readings begin.
        await conn.execute("update rollup_state set rolled_upto = $1", _START)
        history = StoredHistory(pool, name, steers=True, now=lambda: running.now)
        running = _Operation(
            dsn=dsn,
            site=site,
            conn=conn,
            plant=Plant(ids),
            closed=ClosedPeriods(site, history, StoredKpis(pool, name)),
            upkeep=Upkeep(dsn, limits=KeepLimits(raw_months=_RAW_MONTHS), now=lambda: running.now),
            now=_START,
        )
        await running.upkeep.prepare(conn)
        yield running


async def _measure() -> list[Result]:
    taken: list[_Look] = []
    async with _operation() as running:
        async for weeks, took_s in _lived(running, _WEEKS):
            if weeks in (_FIRST_LOOK, _WEEKS) or weeks % _LOOK_EVERY == 0:
                taken.append(await _look(running, weeks, took_s))
    # Under what the machine does by then, not what it did when the years began.
    async with _operation() as young:
        async for weeks, took_s in _lived(young, _FIRST_LOOK):
            if weeks == _FIRST_LOOK:
                first = await _look(young, weeks, took_s)
    return _results(taken, first)


async def _lived(running: _Operation, weeks: int) -> AsyncIterator[tuple[int, float]]:
    """Each week that has passed, and after how many seconds."""
    started = time.monotonic()
    for week in range(weeks):
        await running.week(_START + week * _WEEK, keeps=week % _BACKLOG_EVERY == 1)
        if week == 0:
            # It asks for the ranges of its gauges, and imports what it needs.
            await first_look(running.dsn, running.site, running.now)
        yield week + 1, time.monotonic() - started


async def _look(running: _Operation, weeks: int, took_s: float) -> _Look:
    disk = await disk_of(running.conn, weeks, running.written)
    looks = await looks_at(running.dsn, running.site, running.now)
    found = {"weeks": weeks, "took_s": round(took_s), **asdict(disk)}
    found |= {name: round(one, 4) for name, one in asdict(looks).items()}
    print(json.dumps(found), file=sys.stderr, flush=True)
    return _Look(weeks=weeks, disk=disk, looks=looks)


def _results(taken: list[_Look], first: _Look) -> list[Result]:
    """What is after all weeks; who waits is held against a store of the first weeks."""
    last = taken[-1]
    year = next((one for one in taken if one.weeks >= 52), last)
    of_first, of_year = f"after {first.weeks} weeks", f"after {year.weeks} weeks"
    gb = 1e9
    disk = last.disk
    plan = f"planned for {disk.readings} readings and {last.weeks} weeks of hours"
    return [
        result("years/disk", disk.stored_bytes / gb, "GB", disk.planned_bytes / gb, plan),
        result("years/results", disk.results_bytes / gb, "GB", disk.total_bytes / gb, "in all"),
        result("years/pieces", disk.pieces, "pieces", year.disk.pieces, of_year),
        *_waits(_WAITED, last, first, of_first),
        *_waits(_OF_A_YEAR, last, year, of_year),
    ]


def _waits(which: dict[str, str], last: _Look, before: _Look, when: str) -> list[Result]:
    return [
        result(
            f"years/{name}",
            1e3 * getattr(last.looks, key),
            "ms",
            1e3 * getattr(before.looks, key),
            when,
        )
        for name, key in which.items()
    ]


def run() -> list[Result]:
    return asyncio.run(_measure())
