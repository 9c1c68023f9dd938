"""The live picture: CPU of a step of the evaluation, and the queries behind it and behind a chart.

The site as shipped, and one with ten times its devices.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np

from charter_rules.law.loader import load_rulebook
from models.legal_time.days import to_us
from models.readings import IntArray, Origin, Quality, ReadingBatch
from models.registers.samples import Samples
from models.site.devices import point_key
from models.site.site import Site
from service.collection import point_specs
from service.evaluation.evaluator import Evaluator
from service.evaluation.ports import RollupSpan
from service.site.facts import facts_of
from service.storage.connection import Connection, connected, open_pool
from service.storage.history import StoredHistory
from service.storage.lease import Held, Lease
from service.storage.newest import REACH, fetch_newest, note_points
from service.storage.partitions import make_room
from service.storage.pieces import Store, kind_of_store
from service.storage.point_past import StoredPointPast
from service.storage.points import PointSpec, register_points
from service.storage.snapshots import SnapshotWriter
from service.storage.writer import copy_batch
from tests.bench.result import Result, result
from tests.bench.store import bench_store
from tests.service.evaluation.test_evaluator import SITE
from tests.service.plant_showed import plant_showed

_TIMES = (1, 10)
_STEPS = 45
_POLL = timedelta(seconds=2)
# What the last fifteen minutes are read with.
_PAST = timedelta(minutes=40)
_POINTS, _ROUNDS = 50_000, 5
_YEAR_H = 8760
_HOUR_US = 3_600_000_000
_POLL_US = _POLL // _POLL.resolution
_NEWEST = 30

_FILL = """
insert into reading (point_id, ts, received_at, value, quality, origin)
select point_id, ts, ts, date_part('epoch', ts - $1::timestamptz) * 0.01, 0, 0
from generate_series($1::timestamptz, $2::timestamptz, $3::interval) as ts,
    unnest($4::integer[]) as point_id
on conflict do nothing
"""
_FILL_HOURS = """
insert into reading_hour
select $1, $2::timestamptz + n * interval '1 hour', null, n, null, n, 360, 0, 0, 0, 0,
    n, n, 3600000000, 1.0, 0, 0.0, n
from generate_series(0, $3::integer - 1) as n
"""

_BARE_ROWS = "select n, now(), 1.0::float8 from generate_series(1, $1::integer) as n"


def larger(site: Site, times: int) -> Site:
    """The same site with so many times its devices; the meters of its KPIs stay."""
    devices, points = dict(site.devices), dict(site.points)
    for n in range(1, times):
        for device in site.devices.values():
            devices[f"{device.id}_{n}"] = replace(device, id=f"{device.id}_{n}")
        for point in site.points.values():
            own = f"{point.device}_{n}"
            key = point_key(own, point.name)
            points[key] = replace(point, key=key, device=own)
    return replace(
        site,
        devices=devices,
        points=points,
        identity=replace(site.identity, id=f"{site.identity.id}-{times}"),
    )


async def _register(conn: Connection, site: Site) -> dict[str, int]:
    return await register_points(conn, site.identity.id, point_specs(site))


async def _fill(conn: Connection, site: Site, until: datetime) -> None:
    """What the plant's meters show: of the site as shipped, as far back as is read."""
    ids = await _register(conn, site)
    ts_us = np.arange(to_us(until - _PAST), to_us(until), _POLL_US, dtype=np.int64)
    showed = plant_showed(tuple(SITE.points), ts_us)
    own = {ids[key]: one for key, one in showed.items()}
    await copy_batch(conn, _batch(own, ts_us))
    # Of the others nothing but the newest is asked for.
    others = {ids[key]: showed[_original(key)] for key in site.points if key not in SITE.points}
    if others:
        await copy_batch(conn, _batch(others, ts_us[-_NEWEST:]))
    await conn.execute("analyze reading", timeout=600)


def _original(key: str) -> str:
    device, _, name = key.partition(".")
    return point_key(device.rpartition("_")[0], name)


def _batch(showed: Mapping[int, Samples], ts_us: IntArray) -> ReadingBatch:
    count, rows = len(ts_us), len(ts_us) * len(showed)
    return ReadingBatch(
        point_id=np.repeat(np.array(list(showed), np.int32), count),
        ts_us=np.tile(ts_us, len(showed)),
        received_us=np.tile(ts_us, len(showed)),
        value=np.concatenate([one.value[-count:] for one in showed.values()]),
        quality=np.full(rows, Quality.GOOD, np.int16),
        origin=np.full(rows, Origin.MEASURED, np.int16),
    )


async def _step_ms(dsn: str, site: Site) -> float:
    """CPU of this process for one picture; the last fifteen minutes are with every third."""
    async with connected(dsn, command_timeout_s=600) as conn:
        await _fill(conn, site, datetime.now(UTC) + timedelta(minutes=2))
    took: list[float] = []

    async def work(held: Held, end: asyncio.Event) -> None:
        writer = SnapshotWriter(dsn, site.identity.id, held)
        async with open_pool(dsn) as pool:
            evaluator = Evaluator(
                site,
                load_rulebook(charter="paris"),
                facts_of(site),
                StoredHistory(pool, site.identity.id),
                writer,
            )
            first = datetime.now(UTC)
            await evaluator.show(first)
            started = time.process_time()
            for n in range(_STEPS):
                await evaluator.show(first + timedelta(seconds=n + 1))
            took.append(1e3 * (time.process_time() - started) / _STEPS)
        await writer.close()
        end.set()
        stop.set()

    stop = asyncio.Event()
    await Lease(dsn, f"bench {site.identity.id}").hold(work, stop)
    return took[0]


async def _seconds(work: Callable[[], Awaitable[object]]) -> float:
    took = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        await work()
        took.append(time.perf_counter() - started)
    return statistics.median(took)


async def _queries(dsn: str) -> list[Result]:
    """The newest of many points, and a year of one, each against as many bare rows."""
    now = datetime.now(UTC)
    async with connected(dsn, command_timeout_s=600) as conn, open_pool(dsn) as pool:
        specs = [
            PointSpec(
                key=f"bench_{n}.power",
                device=f"bench_{n}",
                name="power",
                quantity="active_power",
                unit="kW",
                kind="gauge",
            )
            for n in range(_POINTS)
        ]
        ids = list((await register_points(conn, "many", specs)).values())
        await conn.execute(_FILL, now - 3 * _POLL, now, _POLL, ids, timeout=600)
        await note_points(conn, ids, now - 3 * _POLL)
        await conn.execute(_FILL_HOURS, ids[0], now - timedelta(days=365), _YEAR_H, timeout=600)
        await conn.execute("analyze")
        newest_s = await _seconds(lambda: fetch_newest(conn, "many", now - REACH))
        bare_s = await _seconds(lambda: conn.fetch(_BARE_ROWS, _POINTS))
        year = (now - timedelta(days=366), now)
        past = StoredPointPast(pool, "many")
        chart_s, hours_s = [
            await _seconds(partial(past.rollups, specs[0].key, span, year, _YEAR_H))
            for span in (RollupSpan.SIX_HOURS, RollupSpan.HOUR)
        ]
    return [
        result("live/newest", newest_s, "s", bare_s, f"{_POINTS} bare rows"),
        result("live/chart of a year", chart_s, "s", hours_s, f"its {_YEAR_H} hours"),
    ]


async def _measure() -> list[Result]:
    async with bench_store() as dsn:
        async with connected(dsn) as conn:
            if await kind_of_store(conn) is Store.PARTITIONED:
                now_us = to_us(datetime.now(UTC))
                await make_room(conn, np.array([now_us - _HOUR_US, now_us], dtype=np.int64))
        found = [await _step_ms(dsn, larger(SITE, times)) for times in _TIMES]
        each = [
            result(f"live/step {times * len(SITE.points)} points", ms, "ms", found[0], "as shipped")
            for times, ms in zip(_TIMES, found, strict=True)
        ]
        return each + await _queries(dsn)


def run() -> list[Result]:
    return asyncio.run(_measure())
