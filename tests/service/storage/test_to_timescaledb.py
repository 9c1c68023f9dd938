"""A plain server that gets TimescaleDB later: everything moves while everybody works."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.storage.connection import Connection, connected
from service.storage.errors import MigrationBusyError, MigrationFailedError
from service.storage.migrate import migrate
from service.storage.pieces import Store, fetch_pieces, kind_of_store
from service.storage.rollups import roll_all
from service.storage.to_timescaledb import move_to_timescaledb
from service.storage.writer import copy_batch, write_batch
from tests.service.storage.batches import batch_of
from tests.service.storage.test_migrate import has_timescaledb, migrate_only
from tests.service.storage.test_partitions import PLAIN
from tests.service.storage.test_retention import START, keep_up, past, register

pytestmark = pytest.mark.asyncio
_ROWS = "select point_id, ts, received_at, value, quality, origin from reading"
_ORDERED = f"{_ROWS} order by point_id, ts"


class BrokenOffError(Exception):
    """The process ends here."""


def silent(name: str) -> None:
    """Nobody watches."""


def break_off(name: str) -> None:
    """After the first piece that was moved."""
    raise BrokenOffError


async def plain_with_readings(conn: Connection, folder: Path) -> None:
    if not await has_timescaledb(conn):
        pytest.skip("this server has no TimescaleDB")
    await migrate_only(conn, PLAIN, folder)
    await copy_batch(conn, past(await register(conn), days=40))


async def test_readings_move_while_writers_write(empty_url: str, tmp_path: Path) -> None:
    async with connected(empty_url) as conn, connected(empty_url) as other:
        await plain_with_readings(conn, tmp_path)
        done = asyncio.Event()
        longest_s = 0.0

        async def write() -> int:
            nonlocal longest_s
            count, n = 0, 0
            while not done.is_set():
                # Now, into the past that moves, and into a week that nobody made.
                now_us = int(datetime.now(UTC).timestamp() * 1e6)
                start_us = int(START.timestamp() * 1e6)
                times = [
                    now_us,
                    start_us + 7919 * n * 1_000_000 + 1,
                    start_us + n * 7 * 86_400_000_000 + 2,
                ]
                started = asyncio.get_running_loop().time()
                count += await write_batch(other, batch_of([9] * 3, times, [1.0] * 3))
                longest_s = max(longest_s, asyncio.get_running_loop().time() - started)
                n += 1
            return count

        writing = asyncio.create_task(write())
        await asyncio.sleep(0.2)
        before = await conn.fetch(f"{_ROWS} where point_id < 9 order by point_id, ts")
        assert await move_to_timescaledb(conn, silent, pages_at_once=3)
        await asyncio.sleep(0.2)
        done.set()
        written = await writing

        assert await kind_of_store(conn) is Store.HYPERTABLE
        after = await conn.fetch(f"{_ROWS} where point_id < 9 order by point_id, ts")
        assert after == before
        assert written > 20
        assert await conn.fetchval("select count(*) from reading where point_id = 9") == written
        assert longest_s < 5.0
        tables = await conn.fetch("select relname from pg_class where relname like 'reading\\_%'")
        assert not [
            row[0] for row in tables if row[0].startswith(("reading_next", "reading_before"))
        ]
        # The views read what is the table of readings now, and are as guarded as they were.
        assert await conn.fetchval("select count(*) from boucle_views.readings") == len(before)
        options = await conn.fetchval(
            "select reloptions from pg_class where oid = 'boucle_views.readings'::regclass"
        )
        assert options == ["security_barrier=true"]
        # All that a store of TimescaleDB does, it does.
        assert 2 not in await migrate(conn)
        assert not await move_to_timescaledb(conn, silent)
        await roll_all(conn)
        await keep_up(conn, START + timedelta(days=80))
        assert any(piece.is_compressed for piece in await fetch_pieces(conn, Store.HYPERTABLE))


async def test_a_move_that_was_broken_off_goes_on(empty_url: str, tmp_path: Path) -> None:
    async with connected(empty_url) as conn:
        await plain_with_readings(conn, tmp_path)
        before = await conn.fetch(_ORDERED)
        with pytest.raises(BrokenOffError):
            await move_to_timescaledb(conn, break_off, pages_at_once=2)
    async with connected(empty_url) as conn, connected(empty_url) as other:
        # Half-way it is a plain store as before, and whoever asks for the move twice is told.
        assert await kind_of_store(conn) is Store.PARTITIONED
        assert await conn.fetch(_ORDERED) == before
        await conn.execute("select pg_advisory_lock(71869432019)")
        with pytest.raises(MigrationBusyError, match="another process"):
            await move_to_timescaledb(other, silent)
        await conn.execute("select pg_advisory_unlock(71869432019)")

        assert await move_to_timescaledb(conn, silent)
        assert await conn.fetch(_ORDERED) == before


async def test_a_server_without_timescaledb_is_left_as_it_is(conn: Connection) -> None:
    if await has_timescaledb(conn):
        pytest.skip("this server has TimescaleDB")
    with pytest.raises(MigrationFailedError, match="shared_preload_libraries"):
        await move_to_timescaledb(conn, silent)
    assert await kind_of_store(conn) is Store.PARTITIONED
