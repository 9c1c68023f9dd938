"""Weeks of a plain server are made when they are needed; a table of before is the first of them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import numpy as np
import pytest
import pytest_asyncio

from models.readings import ReadingBatch
from service.storage.connection import connected
from service.storage.migrate import load_migrations, migrate
from service.storage.pieces import PIECE, Store, fetch_pieces, kind_of_store
from service.storage.readings import fetch_series
from service.storage.retention import KeepLimits
from service.storage.rollups import roll_all
from service.storage.upkeep import Upkeep
from service.storage.writer import copy_batch, write_batch
from tests.service.storage.batches import S_US, T0_US, batch_of, register, ticks
from tests.service.storage.test_migrate import PARTITIONS, migrate_only

pytestmark = pytest.mark.asyncio

WEEK_US = 7 * 86400 * S_US
PLAIN = [one for one in load_migrations() if one.extension is None]


@pytest_asyncio.fixture
async def plain_url(empty_url: str, tmp_path: Path) -> AsyncIterator[str]:
    """A migrated database without TimescaleDB, whatever the server has."""
    async with connected(empty_url) as conn:
        await migrate_only(conn, PLAIN, tmp_path)
    yield empty_url


def scattered(seed: int, count: int) -> ReadingBatch:
    """Readings of one point over a hundred weeks, none of them twice."""
    rng = np.random.default_rng(seed)
    ts_us = T0_US + rng.integers(-50, 50, count) * WEEK_US + rng.permutation(count) * S_US
    return batch_of([seed] * count, ts_us.tolist(), ts_us.astype(float).tolist())


async def test_writers_make_what_is_missing_and_lose_nothing(plain_url: str) -> None:
    async def write(seed: int) -> int:
        async with connected(plain_url) as own:
            batch = scattered(seed, 200)
            parts = [np.arange(n, n + 10) for n in range(0, 200, 10)]
            return sum([await write_batch(own, _part(batch, part)) for part in parts])

    assert await asyncio.gather(*(write(seed) for seed in range(1, 5))) == [200] * 4
    async with connected(plain_url) as conn:
        assert await conn.fetchval("select count(*) from reading") == 800
        for seed in range(1, 5):
            batch = scattered(seed, 200)
            order = np.argsort(batch.ts_us)
            start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
            stored = await fetch_series(conn, [seed], start, end)
            np.testing.assert_array_equal(stored.ts_us, batch.ts_us[order])
            np.testing.assert_array_equal(stored.value, batch.value[order])


def _part(batch: ReadingBatch, rows: np.ndarray) -> ReadingBatch:
    return batch_of(
        batch.point_id[rows].tolist(), batch.ts_us[rows].tolist(), batch.value[rows].tolist()
    )


async def test_a_reading_of_any_year_finds_its_week_inside_a_transaction_too(
    plain_url: str,
) -> None:
    # A device whose clock was never set, and one whose clock is far ahead.
    wrong = batch_of([1, 1], [5 * S_US, T0_US + 2000 * WEEK_US], [1.0, 2.0])
    async with connected(plain_url) as conn:
        async with conn.transaction():
            assert await write_batch(conn, wrong) == 2
            assert await copy_batch(conn, scattered(2, 20)) == 20
        assert await conn.fetchval("select count(*) from reading") == 22


async def test_a_row_that_is_wrong_itself_is_still_refused(plain_url: str) -> None:
    async with connected(plain_url) as conn:
        await write_batch(conn, ticks([1], 0, 1))
        with pytest.raises(asyncpg.CheckViolationError, match="quality"):
            await write_batch(conn, batch_of([1], [T0_US + S_US], [1.0], quality=9))


async def test_weeks_are_made_ahead_and_made_once(plain_url: str) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    upkeep = Upkeep("", limits=KeepLimits(), now=lambda: now)
    async with connected(plain_url) as conn:
        await upkeep.prepare(conn)
        assert await upkeep.step(conn)
        while await upkeep.step(conn):
            pass
        pieces = await fetch_pieces(conn, Store.PARTITIONED)
    assert [piece.start for piece in pieces] == [
        datetime(2026, 11, 19, tzinfo=UTC) + n * PIECE for n in range(5)
    ]
    assert all(piece.start is not None and piece.end - piece.start == PIECE for piece in pieces)


async def test_a_plain_table_of_before_becomes_the_first_piece_as_it_is(
    empty_url: str, tmp_path: Path
) -> None:
    async with connected(empty_url) as conn, connected(empty_url) as other:
        await migrate_only(conn, [one for one in PLAIN if one.version < PARTITIONS], tmp_path)
        await conn.execute(
            "insert into reading (point_id, ts, value, quality, origin) "
            "select p, now() - n * interval '6 hours', n, 0, 0 "
            "from generate_series(1, 5) as p, generate_series(0, 999) as n"
        )
        before = await conn.fetch("select * from reading order by point_id, ts")
        file = await conn.fetchval("select pg_relation_filenode('reading')")
        written = 0
        done = asyncio.Event()

        async def collect() -> int:
            count = 0
            while not done.is_set() or count < 5:
                # As a collector of that version does, which knows no later table.
                await other.execute(
                    "insert into reading (point_id, ts, value, quality, origin) "
                    "values (9, clock_timestamp(), 1, 0, 0)"
                )
                count += 1
            return count

        collecting = asyncio.create_task(collect())
        assert set(await migrate_only(conn, PLAIN, tmp_path)) >= {12, 13, 14}
        done.set()
        written = await collecting

        assert await kind_of_store(conn) is Store.PARTITIONED
        (first,) = await fetch_pieces(conn, Store.PARTITIONED)
        assert first.start is None
        assert datetime.now(UTC) + PIECE < first.end <= datetime.now(UTC) + 2 * PIECE
        assert (
            await conn.fetchval("select pg_relation_filenode($1::text::regclass)", first.name)
            == file
        )
        after = await conn.fetch("select * from reading where point_id < 9 order by point_id, ts")
        assert after == before
        assert await conn.fetchval("select count(*) from reading where point_id = 9") == written
        # What is early for the first piece is in it, what is late for it makes its week.
        ahead_us = int((first.end + timedelta(days=1)).timestamp()) * S_US
        assert await write_batch(conn, batch_of([9, 9], [S_US, ahead_us], [1.0, 1.0])) == 2
        assert len(await fetch_pieces(conn, Store.PARTITIONED)) == 2
        assert await migrate_only(conn, PLAIN, tmp_path) == ()


async def test_the_table_of_before_goes_like_any_other_piece(
    empty_url: str, tmp_path: Path
) -> None:
    async with connected(empty_url) as conn:
        await migrate_only(conn, [one for one in PLAIN if one.version < PARTITIONS], tmp_path)
        (point,) = await register(conn, 1)
        await conn.execute(
            "insert into reading (point_id, ts, value, quality, origin) "
            "select $1, '2024-05-01Z'::timestamptz + n * interval '1 hour', n, 0, 0 "
            "from generate_series(0, 99) as n",
            point,
        )
        await migrate_only(conn, PLAIN, tmp_path)
        await conn.execute(
            "insert into rollup_queue (point_id, from_ts, to_ts) "
            "select point_id, min(ts), max(ts) from reading group by point_id"
        )
        await roll_all(conn)
        # As if its time had come: hours are rolled up by the clock of the server.
        await conn.execute("update rollup_state set rolled_upto = now() + interval '1 year'")
        later = datetime.now(UTC) + timedelta(days=150)
        upkeep = Upkeep("", limits=KeepLimits(raw_months=2), now=lambda: later)
        await upkeep.prepare(conn)
        while await upkeep.step(conn):
            pass

        assert all(one.start is not None for one in await fetch_pieces(conn, Store.PARTITIONED))
        assert await conn.fetchval("select count(*) from reading") == 0
        assert await conn.fetchval("select sum(rows) from raw_seal") == 100
        assert await conn.fetchval("select sum(good) from reading_day") == 100


async def test_readings_that_came_into_an_empty_table_meanwhile_are_kept(
    empty_url: str, tmp_path: Path
) -> None:
    async with connected(empty_url) as conn:
        await migrate_only(conn, [one for one in PLAIN if one.version < PARTITIONS + 2], tmp_path)
        await conn.execute(
            "insert into reading (point_id, ts, value, quality, origin) values (1, now(), 1, 0, 0)"
        )
        await migrate_only(conn, PLAIN, tmp_path)
        assert await kind_of_store(conn) is Store.PARTITIONED
        assert await conn.fetchval("select count(*) from reading") == 1
        assert len(await fetch_pieces(conn, Store.PARTITIONED)) == 1


async def test_an_empty_table_of_before_leaves_nothing_behind(plain_url: str) -> None:
    async with connected(plain_url) as conn:
        assert await fetch_pieces(conn, Store.PARTITIONED) == []
        assert await migrate(conn) == ()
