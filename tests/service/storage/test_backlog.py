"""What the collectors are told of the drain, and what goes ahead of a long backlog."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path

import pytest

from models.readings import ReadingBatch
from service.storage.connection import Connection
from service.storage.drain_rate import DrainRate
from service.storage.live_first import LiveReadings
from service.storage.packed_batch import pack
from service.storage.points import fetch_store_id
from service.storage.settings import SpoolSettings
from service.storage.spool import Spool
from service.storage.spooled_writer import open_spooled_writer, spool_folder
from tests.service.storage.batches import ticks
from tests.service.storage.test_spooled_writer import NOWHERE, QUICK, until


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_the_rate_of_the_drain_is_that_of_its_writes() -> None:
    clock = Clock()
    rate = DrainRate(clock)
    assert (rate.per_s, rate.is_stuck) == (None, False)
    with rate.moving(1000):
        clock.now_s += 2.0
    assert rate.per_s == pytest.approx(500.0)
    # Time without work does not count, and what fails tells nothing.
    clock.now_s += 60.0
    with suppress(OSError), rate.moving(1000):
        clock.now_s += 60.0
        raise OSError
    assert rate.per_s == pytest.approx(500.0)
    for _ in range(10):
        with rate.moving(1000):
            clock.now_s += 4.0
    assert rate.per_s == pytest.approx(250.0, rel=0.01)


def test_a_write_that_takes_far_longer_than_others_is_stuck() -> None:
    clock = Clock()
    rate = DrainRate(clock)
    with rate.moving(1000):
        clock.now_s += 2.0
        # Nobody knows yet how long one takes.
        assert not rate.is_stuck
    with rate.moving(500):
        clock.now_s += 4.0
        assert not rate.is_stuck
        clock.now_s += 2.0
        assert rate.is_stuck
    assert not rate.is_stuck


def test_the_newest_of_each_point_goes_ahead_while_the_backlog_is_long() -> None:
    clock = Clock()
    live = LiveReadings(clock)
    live.note(ticks([1, 2], 0, 1))
    assert live.take(60.0) is None
    live.note(ticks([1, 2], 1, 2))
    live.note(ticks([2, 3], 3, 1))
    newest = live.take(60.0)
    assert newest is not None
    found = dict(zip(newest.point_id.tolist(), newest.ts_us.tolist(), strict=True))
    assert found == {
        1: int(ticks([1], 2, 1).ts_us[0]),
        2: int(ticks([2], 3, 1).ts_us[0]),
        3: int(ticks([3], 3, 1).ts_us[0]),
    }
    # Not at every commit.
    live.note(ticks([1], 4, 1))
    assert live.take(60.0) is None
    clock.now_s += 2.0
    assert len(live.take(60.0) or ()) == 1
    live.note(ticks([1], 5, 1))
    clock.now_s += 60.0
    live.note(ticks([1], 6, 1))
    assert (live.take(60.0) or ReadingBatch.empty()).ts_us.tolist() == ticks(
        [1], 6, 1
    ).ts_us.tolist()
    # Never when readings are hardly late.
    live.note(ticks([1], 7, 1))
    clock.now_s += 2.0
    assert live.take(1.0) is None
    live.note(ticks([1], 8, 1))
    assert live.take(60.0) is None


@pytest.mark.asyncio
async def test_the_backlog_tells_a_database_that_is_away_from_one_that_takes(
    conn: Connection, database_url: str, tmp_path: Path
) -> None:
    store_id = await fetch_store_id(conn)
    async with open_spooled_writer(NOWHERE, tmp_path, store_id=store_id, settings=QUICK) as writer:
        await writer.accept(ticks([1, 2], 0, 20))
        away = writer.backlog()
        assert (away.rows, away.taken_per_s, away.is_taken) == (40, None, False)
    async with open_spooled_writer(
        database_url, tmp_path, store_id=store_id, settings=QUICK
    ) as writer:
        await until(lambda: writer.stats().written_total == 40)
        await until(lambda: writer.backlog().is_taken)
        there = writer.backlog()
        assert there.rows == 0
        assert there.taken_per_s is not None
        assert there.taken_per_s > 0.0


@pytest.mark.asyncio
async def test_after_an_outage_what_is_new_is_there_before_the_backlog(
    conn: Connection, database_url: str, tmp_path: Path
) -> None:
    store_id = await fetch_store_id(conn)
    spool = Spool(spool_folder(tmp_path, store_id), quota_bytes=QUICK.quota_bytes)
    hour_ago_us = time.time_ns() // 1000 - 3_600_000_000
    spool.append([pack(ticks([1, 2], 0, 50_000))], created_us=hour_ago_us)
    spool.close()
    small = SpoolSettings(linger_s=0.01, max_rows_per_commit=1000)
    newest = ticks([1, 2], 100_000, 1)
    async with open_spooled_writer(
        database_url, tmp_path, store_id=store_id, settings=small
    ) as writer:
        await until(lambda: writer.stats().written_total > 0)
        at = 0
        while not at:
            await writer.accept(newest)
            at = await conn.fetchval(
                "select count(*) from reading where ts = to_timestamp($1::float8)",
                float(newest.ts_us[0]) / 1e6,
            )
            await asyncio.sleep(0.01)
        assert writer.stats().spooled_rows > 10_000
        await until(lambda: writer.stats().spooled_rows == 0)
    stats = writer.stats()
    assert stats.written_total == 100_002
    assert await conn.fetchval("select count(*) from reading") == 100_002
    # Each in its turn, too; a reading is counted as written once.
    assert stats.already_there_total == stats.acknowledged_total
