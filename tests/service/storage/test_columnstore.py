"""Old chunks are compressed while everybody works on them, and nothing changes but their size."""

import asyncio
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.readings import ReadingBatch
from service.storage.connection import Connection, connected
from service.storage.pieces import PIECE, Store, fetch_pieces, kind_of_store
from service.storage.readings import SeriesColumns, fetch_series
from service.storage.retention import KeepLimits
from service.storage.rollups import roll_up
from service.storage.upkeep import Upkeep
from service.storage.writer import copy_batch, write_batch
from tests.service.storage.batches import S_US, T0_US, batch_of, register

pytestmark = pytest.mark.asyncio

T0 = datetime(2026, 11, 20, tzinfo=UTC)
START = T0 - timedelta(days=40)
NOW = T0 + timedelta(days=7)
POINTS = 12
START_US = T0_US - 40 * 86400 * S_US


def past(ids: list[int], step_s: int, offset_us: int = 0) -> ReadingBatch:
    """Forty days of each point."""
    ts_us = START_US + offset_us + np.arange(0, 40 * 86400, step_s, dtype=np.int64) * S_US
    rng = np.random.default_rng(step_s)
    count = len(ts_us) * len(ids)
    return batch_of(
        np.repeat(ids, len(ts_us)).tolist(),
        np.tile(ts_us, len(ids)).tolist(),
        np.round(rng.normal(20, 2, count), 2).tolist(),
    )


async def stored(conn: Connection, ids: list[int]) -> SeriesColumns:
    return await fetch_series(conn, ids, START - PIECE, NOW)


def assert_same(one: SeriesColumns, other: SeriesColumns) -> None:
    for name in ("point_id", "ts_us", "value", "quality", "origin"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


async def keep_up(url: str, now: datetime = NOW) -> None:
    """All that is due at an instant."""
    upkeep = Upkeep(url, limits=KeepLimits(), now=lambda: now)
    async with connected(url) as conn:
        await upkeep.prepare(conn)
        while await upkeep.step(conn):
            pass


async def skip_without_chunks(conn: Connection) -> None:
    if await kind_of_store(conn) is not Store.HYPERTABLE:
        pytest.skip("this server has no TimescaleDB")


async def test_compressed_chunks_say_what_they_said(conn: Connection, database_url: str) -> None:
    await skip_without_chunks(conn)
    ids = await register(conn, POINTS)
    await copy_batch(conn, past(ids, 300))
    before = await stored(conn, ids)

    await keep_up(database_url)

    pieces = await fetch_pieces(conn, Store.HYPERTABLE)
    old = [piece for piece in pieces if piece.end + timedelta(days=3) <= NOW]
    assert len(old) > 3
    assert all(piece.is_compressed for piece in old)
    assert not any(piece.is_compressed for piece in pieces if piece not in old)
    assert_same(await stored(conn, ids), before)


async def test_what_comes_late_goes_in_and_is_compressed_later(
    conn: Connection, database_url: str
) -> None:
    await skip_without_chunks(conn)
    ids = await register(conn, POINTS)
    batch = past(ids, 300)
    await copy_batch(conn, batch)
    await keep_up(database_url)
    before = await stored(conn, ids)

    # More than TimescaleDB looks through by itself, and every reading is there already.
    assert await write_batch(conn, batch) == 0
    late = past(ids, 3600, offset_us=1)
    assert await write_batch(conn, late) == len(late.ts_us)
    assert await copy_batch(conn, past(ids, 7200, offset_us=2)) == len(ids) * 480
    assert any(piece.is_partial for piece in await fetch_pieces(conn, Store.HYPERTABLE))
    await keep_up(database_url)

    assert not any(piece.is_partial for piece in await fetch_pieces(conn, Store.HYPERTABLE))
    after = await stored(conn, ids)
    kept = (after.ts_us - START_US) % (300 * S_US) == 0
    np.testing.assert_array_equal(after.ts_us[kept], before.ts_us)
    np.testing.assert_array_equal(after.value[kept], before.value)
    assert len(after.ts_us) == len(before.ts_us) + len(late.ts_us) + len(ids) * 480


async def test_what_comes_late_waits_an_hour_of_the_clock_that_is_given(
    conn: Connection, database_url: str
) -> None:
    await skip_without_chunks(conn)
    ids = await register(conn, POINTS)
    await copy_batch(conn, past(ids, 300))
    now = NOW
    upkeep = Upkeep(database_url, limits=KeepLimits(), now=lambda: now)

    async def partial_after(passed: timedelta) -> bool:
        nonlocal now
        now += passed
        while await upkeep.step(conn):
            pass
        return any(piece.is_partial for piece in await fetch_pieces(conn, Store.HYPERTABLE))

    assert not await partial_after(timedelta())
    await write_batch(conn, past(ids, 3600, offset_us=1))
    assert await partial_after(timedelta(minutes=59))
    assert not await partial_after(timedelta(minutes=1))
    # A clock that is set back puts nothing off.
    await write_batch(conn, past(ids, 3600, offset_us=2))
    assert not await partial_after(timedelta(days=-2))


async def test_nobody_fails_while_chunks_are_compressed(
    conn: Connection, database_url: str
) -> None:
    await skip_without_chunks(conn)
    ids = await register(conn, POINTS)
    await copy_batch(conn, past(ids, 120))
    late = past(ids, 7200, offset_us=7)
    order = np.random.default_rng(1).permutation(len(late.ts_us))
    done = asyncio.Event()

    async def write(parts: list[np.ndarray]) -> int:
        total = 0
        async with connected(database_url) as own:
            for part in parts:
                batch = batch_of(
                    late.point_id[part].tolist(), late.ts_us[part].tolist(), [1.0] * len(part)
                )
                total += await write_batch(own, batch)
        return total

    async def read() -> int:
        turns = 0
        async with connected(database_url) as own:
            while not done.is_set():
                # One transaction over several chunks, as a roll-up is.
                async with own.transaction():
                    await stored(own, ids[:2])
                    await asyncio.sleep(0.05)
                    await stored(own, ids[2:])
                turns += 1
        return turns

    async def roll() -> None:
        async with connected(database_url) as own:
            while not done.is_set():
                await roll_up(own, hours_at_once=24)
                await asyncio.sleep(0.05)

    async def compress() -> None:
        await keep_up(database_url)
        done.set()

    parts = np.array_split(order, 24)
    async with asyncio.TaskGroup() as tasks:
        writers = [tasks.create_task(write(parts[n::2])) for n in range(2)]
        readers = [tasks.create_task(read()) for _ in range(2)]
        tasks.create_task(roll())
        tasks.create_task(compress())

    assert sum(writer.result() for writer in writers) == len(late.ts_us)
    assert all(reader.result() > 0 for reader in readers)
    await keep_up(database_url)
    pieces = await fetch_pieces(conn, Store.HYPERTABLE)
    assert all(p.is_compressed for p in pieces if p.end + timedelta(days=3) <= NOW)
    assert len((await stored(conn, ids)).ts_us) == len(past(ids, 120).ts_us) + len(late.ts_us)


async def test_the_task_works_until_it_is_told_to_stop(conn: Connection, database_url: str) -> None:
    await skip_without_chunks(conn)
    ids = await register(conn, 1)
    await copy_batch(conn, past(ids, 3600))
    stop = asyncio.Event()
    task = asyncio.create_task(Upkeep(database_url, limits=KeepLimits(), now=lambda: NOW).run(stop))
    async with asyncio.timeout(30):
        while not any(p.is_compressed for p in await fetch_pieces(conn, Store.HYPERTABLE)):
            await asyncio.sleep(0.05)
        stop.set()
        await task
