"""What a server shows of a database that goes on, lags, hangs or is gone: never old as new."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
import structlog

from service.live import feed as feeds
from service.live.board import SnapshotBoard
from service.live.feed import DATABASE, EVALUATION, SnapshotFeed
from service.live.snapshot import LiveSnapshot, PipelineView
from service.storage.connection import connected
from service.storage.errors import SchemaTooNewError
from service.storage.lease import Held
from service.storage.snapshots import SnapshotReader, SnapshotWriter
from tests.service.pages.sample_snapshot import NOW, sample_site, sample_snapshot

pytestmark = pytest.mark.asyncio

SITE = "chapelle_international"
SNAPSHOT = sample_snapshot()
PIPELINE = PipelineView(
    acknowledged_total=10,
    written_total=10,
    spooled_rows=0,
    spooled_bytes=0,
    oldest_age_s=None,
    dropped_total=0,
    dead_letter_total=0,
    report_age_s=100.0,
)
# What the requirement on the metric is; the time limit of a look and its pace lie within.
SEEN_WITHIN_S = 5.0


class Running:
    """A writer and a feed with its board, on one database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.writer = SnapshotWriter(url, SITE, Held(f"evaluate {SITE}", 1))
        self.reader = SnapshotReader(url, SITE)
        self.board = SnapshotBoard()
        self.feed = SnapshotFeed(sample_site(), self.reader, self.board)

    async def write(self, seconds: float = 0.0) -> LiveSnapshot:
        snapshot = replace(SNAPSHOT, taken_at=NOW + timedelta(seconds=seconds))
        await self.writer.publish(snapshot)
        return snapshot

    @property
    def shown(self) -> LiveSnapshot:
        assert self.board.current is not None
        return self.board.current

    async def until_reachable(self, expected: bool) -> None:
        async with asyncio.timeout(SEEN_WITHIN_S):
            while self.shown.store_reachable is not expected:
                await asyncio.sleep(0.05)


@pytest_asyncio.fixture
async def running(database_url: str) -> AsyncIterator[Running]:
    async with connected(database_url) as conn:
        for table in ("lease", "snapshot_head", "snapshot_part", "collector_state"):
            await conn.execute(f"delete from {table}")
        await conn.execute(
            "insert into lease values ($1, 'us', 1, now(), 'infinity')", f"evaluate {SITE}"
        )
    one = Running(database_url)
    yield one
    await one.writer.close()
    await one.reader.close()


def ages_of(snapshot: LiveSnapshot) -> dict[str, float]:
    return {key: p.age_s for key, p in snapshot.points.items() if p.age_s is not None}


async def test_it_shows_what_was_written_and_nothing_else_while_it_is_new(running: Running) -> None:
    written = await running.write()
    await running.feed.step()
    shown = running.shown
    await running.feed.step()
    assert shown == written
    assert running.shown is shown  # no second picture of the same instant
    assert running.board.waiting_for is None


async def test_before_the_first_one_it_says_what_it_waits_for(running: Running) -> None:
    await running.feed.step()
    assert running.board.current is None
    assert running.board.waiting_for == (EVALUATION, "no evaluation has written anything yet")


async def test_an_evaluation_that_dies_is_told_from_a_database_that_does(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "LATE_AFTER_S", 3.0)
    await running.write()
    await running.feed.step()
    fresh = running.shown
    assert not all(p.stale for p in fresh.points.values())

    await asyncio.sleep(2.2)
    await running.feed.step()
    aging = running.shown
    assert aging.evaluation_up
    assert aging.taken_at > fresh.taken_at
    assert aging.figures_of == fresh.taken_at
    grown = [age - ages_of(fresh)[key] for key, age in ages_of(aging).items()]
    assert all(2.0 < one < 4.0 for one in grown)
    # The readings go on coming: only an evaluation that is late takes them for old.
    assert {key: p.stale for key, p in aging.points.items()} == {
        key: p.stale for key, p in fresh.points.items()
    }

    await asyncio.sleep(1.0)
    with structlog.testing.capture_logs() as logs:
        await running.feed.step()
        await running.feed.step()
    dead = running.shown
    assert (dead.store_reachable, dead.evaluation_up) == (True, False)
    assert all(p.stale for p in dead.points.values())
    assert dead.flow.total_kw is None
    assert [one["event"] for one in logs] == ["figures_late"]
    assert running.board.waiting_for is not None
    assert running.board.waiting_for[0] == EVALUATION

    back = await running.write(30)
    await running.feed.step()
    assert running.shown == back
    assert running.board.waiting_for is None


async def test_the_age_of_the_collector_is_looked_up_and_does_not_grow_with_the_figures(
    running: Running,
) -> None:
    async with connected(running.url) as conn:
        await conn.execute("insert into collector_state values ($1, 1, 1, 0, 0, null, 0, 0)", SITE)
        await running.writer.publish(replace(SNAPSHOT, pipeline=PIPELINE))
        await running.feed.step()
        await asyncio.sleep(2.2)
        await running.feed.step()
    assert running.shown.pipeline is not None
    assert running.shown.pipeline.report_age_s < 30.0


async def test_a_frozen_backend_is_seen_in_time_and_left_behind(running: Running) -> None:
    stop = asyncio.Event()
    await running.write()
    following = asyncio.create_task(running.feed.run(stop))
    async with asyncio.timeout(5):
        while running.board.current is None:
            await asyncio.sleep(0.02)
    line = running.reader._line._conn
    assert line is not None
    pid = line.get_server_pid()
    try:
        os.kill(pid, signal.SIGSTOP)
    except OSError:
        pytest.skip("the server runs on another machine")
    try:
        await running.until_reachable(False)
        assert running.board.waiting_for is not None
        assert running.board.waiting_for[0] == DATABASE
        assert all(p.stale for p in running.shown.points.values())
        # Another backend answers, although the first is still frozen.
        await running.write(60)
        await running.until_reachable(True)
    finally:
        os.kill(pid, signal.SIGCONT)
        stop.set()
        await following


async def test_a_table_that_is_locked_is_a_database_that_does_not_answer(running: Running) -> None:
    stop = asyncio.Event()
    await running.write()
    await running.feed.step()
    following = asyncio.create_task(running.feed.run(stop))
    async with connected(running.url) as conn, conn.transaction():
        await conn.execute("lock table snapshot_head in access exclusive mode")
        await running.until_reachable(False)
        before = ages_of(running.shown)
        await asyncio.sleep(3.5)
        after = ages_of(running.shown)
        assert all(after[key] > age for key, age in before.items())
    await running.write(60)
    await running.until_reachable(True)
    stop.set()
    await following


async def test_a_schema_that_is_not_ours_ends_the_server(running: Running) -> None:
    async with connected(running.url) as conn:
        await conn.execute("insert into schema_migration values (9999, 'new.sql', '')")
        try:
            with pytest.raises(SchemaTooNewError):
                await running.feed.run(asyncio.Event())
        finally:
            await conn.execute("delete from schema_migration where version = 9999")
