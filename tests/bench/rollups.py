"""Roll-ups: how fast readings become hours, what a late one costs, a year of days against raw.

``BOUCLE_BENCH_DAYS`` days (2) of 200 registers that are read every ten seconds: 1.7 million
readings a day.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import numpy as np

from models.kpi.result import KpiResult
from models.legal_time.days import to_us
from models.readings import Window
from service.evaluation.closed_periods import ClosedSpan, Progress
from service.storage.connection import Connection, connected, open_pool
from service.storage.kpi_results import StoredKpis
from service.storage.partitions import make_room
from service.storage.pieces import Store, kind_of_store
from service.storage.points import PointSpec, register_points
from service.storage.readings import fetch_bucketed
from service.storage.rolled import fetch_rolled
from service.storage.rollups import HOUR, roll_all
from tests.bench.result import Result, result
from tests.bench.store import bench_store

_METERS, _EVERY_S = 200, 10
_DAYS = int(os.environ.get("BOUCLE_BENCH_DAYS", "2"))
_START = datetime(2025, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_YEAR_DAYS = 365
_ROUNDS = 5

_FILL = """
insert into reading (point_id, ts, value, quality, origin)
select point_id, $1::timestamptz + n * $2::interval, n * 0.01, 0, 0
from generate_series(0, $3::integer - 1) as n, unnest($4::integer[]) as point_id
"""
_QUEUE = """
insert into rollup_queue (point_id, from_ts, to_ts)
select unnest($1::integer[]), $2::timestamptz, $3::timestamptz
"""


async def _fill(conn: Connection) -> list[int]:
    specs = [
        PointSpec(
            key=f"bench_{n}.energy",
            device=f"bench_{n}",
            name="energy",
            quantity="active_energy",
            unit="kWh",
            kind="counter",
        )
        for n in range(_METERS)
    ]
    ids = list((await register_points(conn, "bench", specs)).values())
    each = timedelta(seconds=_EVERY_S)
    if await kind_of_store(conn) is Store.PARTITIONED:
        days = [to_us(_START + day * _DAY) for day in range(_DAYS + 1)]
        await make_room(conn, np.array(days, dtype=np.int64))
    for day in range(_DAYS):
        await conn.execute(_FILL, _START + day * _DAY, each, _DAY // each, ids, timeout=600)
    await conn.execute(_QUEUE, ids, _START, _START + _DAYS * _DAY)
    await conn.execute("analyze reading", timeout=600)
    return ids


async def _seconds(work: Callable[[], Awaitable[object]], rounds: int = _ROUNDS) -> float:
    took = []
    for _ in range(rounds):
        started = time.perf_counter()
        await work()
        took.append(time.perf_counter() - started)
    return statistics.median(took)


def _days() -> list[tuple[ClosedSpan, KpiResult]]:
    """A PUE for each day of a year."""
    edges = [_START + n * _DAY for n in range(_YEAR_DAYS)]
    return [
        (
            ClosedSpan.DAY,
            KpiResult(
                kpi="pue",
                window=Window(name=f"{start:%F}", start=start, end=start + _DAY, closed=True),
                unit="",
                value=1.3,
                expanded_uncertainty=0.01,
                coverage_ratio=1.0,
            ),
        )
        for start in edges
    ]


async def _measure() -> list[Result]:
    async with bench_store() as dsn, connected(dsn, command_timeout_s=900.0) as conn:
        ids = await _fill(conn)
        end = _START + _DAYS * _DAY
        rolled_s = await _seconds(lambda: roll_all(conn), rounds=1)
        count_s = await _seconds(lambda: conn.fetchval("select count(*) from reading"), rounds=3)
        raw_s = await _seconds(lambda: fetch_bucketed(conn, ids, _START, end, _DAY), rounds=3)
        hours_s = await _seconds(lambda: fetch_rolled(conn, ids, _START, end))
        hour_of_raw_s = await _seconds(lambda: fetch_bucketed(conn, ids, _START, end, HOUR), 3)

        async def late() -> None:
            await conn.execute(_FILL, _START + timedelta(milliseconds=7), _DAY, 1, ids[:1])
            await conn.execute(
                "delete from reading where ts = $1", _START + timedelta(milliseconds=7)
            )
            await conn.execute(_QUEUE, ids[:1], _START, _START)
            await roll_all(conn)

        late_s = await _seconds(late)
        async with open_pool(dsn) as pool:
            kept = StoredKpis(pool, "bench")
            await kept.record(_days(), Progress(revision=0), end)
            asked = (_START, _START + _YEAR_DAYS * _DAY)
            year_s = await _seconds(
                lambda: kept.results("pue", ClosedSpan.DAY, asked, known_at=end, limit=1000)
            )
    whole_s = raw_s / _DAYS * _YEAR_DAYS
    of_raw = f"ends of the days of {_METERS} registers, from {_DAYS} days of readings times 365"
    return [
        result("rollups/roll_up", rolled_s, "s", count_s, "a count of the same readings"),
        result("rollups/hours", hours_s, "s", hour_of_raw_s, "the same hours from the readings"),
        result("rollups/late", late_s, "s", rolled_s, "all that was rolled up"),
        result("rollups/year_of_days", year_s, "s", whole_s, of_raw),
    ]


def run() -> list[Result]:
    return asyncio.run(_measure())
