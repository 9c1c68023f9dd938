"""Every kind of server holds the same rows and tells the same figures, value by value.

On each server the same readings are written in the same shuffled parts, rolled up in between, kept
up (compressed where that can be) and corrected late; then everything is read back and compared.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.readings import Quality
from service.collection import point_specs
from service.evaluation.closed_periods import ClosedPeriods
from service.storage.connection import Connection, connected, open_pool
from service.storage.history import StoredHistory
from service.storage.kpi_results import StoredKpis
from service.storage.migrate import migrate
from service.storage.points import register_points
from service.storage.retention import KeepLimits
from service.storage.rollups import HOUR, roll_all
from service.storage.upkeep import Upkeep
from service.storage.writer import write_batch
from tests.service.evaluation.test_evaluator import SITE, PlantHistory
from tests.service.storage.batches import batch_of
from tests.service.storage.conftest import SERVERS, create_database, drop_database, server_of
from tests.service.storage.test_rollups import part_of

pytestmark = [pytest.mark.timeout(240)]

NOW = datetime(2026, 11, 20, 5, tzinfo=UTC)
START = NOW - timedelta(days=9)
PARTS = 12
TABLES = {
    "reading": "point_id, ts, value, quality, origin",
    "reading_hour": (
        "point_id, hour, first_ts, first_value, last_ts, last_value, good, uncertain, bad, minimum,"
        " maximum, known_us, integral, loose_us, loose_step"
    ),
    "reading_hour_range": "point_id, hour, low, high, in_range_us",
    "reading_day": "*",
    "reading_month": "*",
    "kpi_result": (
        "kpi, span, start_ts, end_ts, unit, value, expanded_uncertainty, coverage_ratio,"
        " bridged_ratio, withheld, flags, doubts, numerator, denominator"
    ),
}


async def _all_of(conn: Connection, table: str) -> list[tuple[object, ...]]:
    columns = TABLES[table]
    rows = await conn.fetch(f"select {columns} from {table}")
    told = [tuple(v for name, v in row.items() if name != "revision") for row in rows]
    return sorted(told, key=repr)


async def _write(conn: Connection) -> None:
    ids = await register_points(conn, SITE.identity.id, point_specs(SITE))
    shown = await PlantHistory().samples(tuple(ids), START, NOW, timedelta(minutes=5))
    rng = np.random.default_rng(5)
    point = np.concatenate([np.full(len(one), ids[key]) for key, one in shown.items()])
    ts_us = np.concatenate([one.ts_us for one in shown.values()])
    value = np.concatenate([one.value for one in shown.values()])
    # Polls that jitter, some twice, and some that could not be read.
    ts_us = ts_us + rng.integers(0, 3_000_000, len(ts_us))
    value[rng.random(len(value)) < 0.01] = np.nan
    batch = batch_of(point.tolist(), ts_us.tolist(), value.tolist())
    batch.quality[np.isnan(value)] = Quality.NOT_AVAILABLE
    for rows in np.array_split(rng.permutation(len(ts_us)), PARTS):
        await write_batch(conn, part_of(batch, rows))
        await write_batch(conn, part_of(batch, rows[:50]))
        await roll_all(conn)
    upkeep = Upkeep("", limits=KeepLimits(), now=lambda: NOW)
    await upkeep.prepare(conn)
    while await upkeep.step(conn):
        pass
    # Late, into what may be compressed by now.
    late = part_of(batch, np.arange(0, len(ts_us), 997))
    late.ts_us[:] += 1
    await write_batch(conn, late)
    await roll_all(conn)


async def _told(url: str) -> dict[str, object]:
    """What a server holds and tells after all that."""
    async with connected(url, command_timeout_s=240.0) as conn:
        await migrate(conn)
        await conn.execute("update rollup_state set rolled_upto = $1", START)
        await _write(conn)
        async with open_pool(url) as pool:
            history = StoredHistory(pool, SITE.identity.id, steers=True)
            closed = ClosedPeriods(SITE, history, StoredKpis(pool, SITE.identity.id))
            while await closed.step(NOW):
                pass
            told: dict[str, object] = {}
            keys = tuple(SITE.points)[:40]
            for step in (HOUR, timedelta(minutes=5), timedelta(seconds=10)):
                read = await history.samples(keys, NOW - timedelta(days=2), NOW, step)
                told[f"samples {step}"] = {
                    key: (one.ts_us.tolist(), one.value.tolist()) for key, one in read.items()
                }
            gauges = await history.gauges(keys, NOW - timedelta(days=2), NOW, HOUR, {})
            told["gauges"] = {
                key: [getattr(one, name).tolist() for name in ("known_us", "integral", "loose_us")]
                for key, one in gauges.items()
            }
        return told | {table: await _all_of(conn, table) for table in TABLES}


def test_every_kind_of_server_holds_the_same(embedded_url: str) -> None:
    if len(SERVERS) < 2:
        pytest.skip("BOUCLE_DATABASE_URL is not set: there is no second server to compare with")

    async def on_each() -> list[dict[str, object]]:
        found = []
        for kind in SERVERS:
            server = server_of(kind, embedded_url)
            url = await create_database(server)
            try:
                found.append(await _told(url))
            finally:
                await drop_database(server, url)
        return found

    one, other = asyncio.run(on_each())
    assert one["kpi_result"]
    for part, rows in one.items():
        assert repr(rows) == repr(other[part]), part
