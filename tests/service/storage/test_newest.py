"""The newest reading of each point is that of the readings, whoever wrote them in which order."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from models.legal_time.days import to_us
from models.readings import Quality
from service.storage.connection import Connection, connected
from service.storage.importer import import_table
from service.storage.migrate import load_migrations, migrate
from service.storage.newest import fetch_newest
from service.storage.partitions import make_room
from service.storage.pieces import Store, kind_of_store
from service.storage.writer import copy_batch, write_batch
from tests.service.storage.batches import S_US, batch_of, register
from tests.service.storage.import_tables import quiet, table

pytestmark = pytest.mark.asyncio

NOW = datetime.now(UTC).replace(microsecond=0)
NOW_US = to_us(NOW)
LONG_AGO = NOW - timedelta(days=2)
NEWEST = 15
_OF_READINGS = """
select distinct on (point_id) point_id, ts, received_at, value, quality, origin
from reading where ts < now() + interval '5 minutes'
order by point_id, ts desc
"""
_KEPT = "select point_id, ts, received_at, value, quality, origin from reading_newest order by 1"


async def assert_of_readings(conn: Connection) -> None:
    """An oracle: what the database itself finds among all readings."""
    assert await conn.fetch(_KEPT) == await conn.fetch(_OF_READINGS)


async def test_what_is_missing_or_unknown_stays_so(conn: Connection) -> None:
    ids = await register(conn, 3)
    await write_batch(conn, batch_of([ids[0]], [NOW_US], [float("nan")], Quality.NOT_AVAILABLE))
    unknown = batch_of([ids[1]], [NOW_US - S_US], [7.0])
    unknown.received_us[:] = np.iinfo(np.int64).min
    await write_batch(conn, unknown)

    newest = await fetch_newest(conn, "site", LONG_AGO)

    rows = {point: rest for point, *rest in newest.rows()}
    assert set(rows) == set(ids[:2])
    assert np.isnan(rows[ids[0]][2])
    assert rows[ids[0]][3] == Quality.NOT_AVAILABLE
    assert rows[ids[1]][:3] == [NOW_US - S_US, np.iinfo(np.int64).min, 7.0]
    await assert_of_readings(conn)


async def test_only_of_the_site_and_not_of_long_ago(conn: Connection) -> None:
    [own] = await register(conn, 1)
    other = own + 1000
    await write_batch(conn, batch_of([own, other], [NOW_US, NOW_US], [1.0, 2.0]))

    assert (await fetch_newest(conn, "site", LONG_AGO)).point_id.tolist() == [own]
    assert (await fetch_newest(conn, "site", NOW + timedelta(seconds=1))).point_id.tolist() == []


async def test_late_doubled_and_mixed_up_readings(conn: Connection) -> None:
    ids = await register(conn, 4)
    rng = np.random.default_rng(3)
    for _ in range(30):
        count = int(rng.integers(1, 12))
        batch = batch_of(
            rng.choice(ids, count).tolist(),
            (NOW_US - rng.integers(0, 40, count) * S_US).tolist(),
            rng.normal(20, 3, count).tolist(),
        )
        await write_batch(conn, batch)
        await assert_of_readings(conn)


async def test_what_a_clock_says_of_the_future_does_not_stand_for_the_newest(
    conn: Connection,
) -> None:
    [one] = await register(conn, 1)
    await write_batch(conn, batch_of([one, one], [NOW_US, NOW_US + 3600 * S_US], [1.0, 2.0]))
    await write_batch(conn, batch_of([one], [NOW_US + S_US], [3.0]))

    assert (await fetch_newest(conn, "site", LONG_AGO)).value.tolist() == [3.0]


async def test_copied_and_imported_readings_count_and_older_ones_do_not(conn: Connection) -> None:
    ids = await register(conn, 2)
    past = table(48)
    past.ts_us[:] += NOW_US // (3600 * S_US) * (3600 * S_US) - past.ts_us[-1]
    await import_table(conn, "site", past, quiet)
    await assert_of_readings(conn)
    assert len((await fetch_newest(conn, "site", LONG_AGO)).point_id) == 2

    await copy_batch(conn, batch_of([ids[0]], [NOW_US], [5.0]))
    await assert_of_readings(conn)
    older = table(24)
    await import_table(conn, "site", older, quiet)
    await assert_of_readings(conn)


async def test_writers_and_an_import_do_not_wait_for_each_other_in_a_circle(
    conn: Connection, database_url: str
) -> None:
    """Each in another order of the points, all with news of every one of them."""
    ids = await register(conn, 40)
    keys = [f"meter_{n}.active_energy_kwh" for n in range(40)]
    rng = np.random.default_rng(7)
    hour_us = NOW_US // (3600 * S_US) * (3600 * S_US)

    async def write(offset_us: int) -> None:
        async with connected(database_url) as own:
            for n in range(40):
                order = rng.permutation(ids).tolist()
                ts_us = [hour_us + n * S_US + offset_us] * len(ids)
                await write_batch(own, batch_of(order, ts_us, [float(n)] * len(ids)))

    async def bring_in() -> None:
        async with connected(database_url) as own:
            for n in range(6):
                past = table(30, above=float(n), keys=keys[::-1])
                past.ts_us[:] += hour_us + 10 * n * S_US + 3 - past.ts_us[-1]
                await import_table(own, "site", past, quiet)

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        for offset_us in range(3):
            tasks.create_task(write(offset_us))
        tasks.create_task(bring_in())
    await assert_of_readings(conn)


async def test_a_store_of_an_earlier_version_takes_its_newest_readings_over(
    empty_url: str, tmp_path: Path
) -> None:
    for one in load_migrations():
        if one.version < NEWEST:
            (tmp_path / one.name).write_text(one.sql, encoding="utf-8")
    async with connected(empty_url) as conn:
        await migrate(conn, folder=tmp_path)
        ids = await register(conn, 2)
        if await kind_of_store(conn) is Store.PARTITIONED:
            await make_room(conn, np.array([NOW_US - 60 * S_US, NOW_US]))
        rows = [(point, NOW - timedelta(seconds=n)) for point in ids for n in range(5)]
        columns = [list(column) for column in zip(*rows, strict=True)]
        await conn.execute(
            "insert into reading (point_id, ts, value, quality, origin) "
            "select unnest($1::int[]), unnest($2::timestamptz[]), 1, 0, 0",
            *columns,
        )

        await migrate(conn)

        await assert_of_readings(conn)
        assert (await fetch_newest(conn, "site", LONG_AGO)).ts_us.tolist() == [NOW_US, NOW_US]
