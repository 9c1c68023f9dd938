"""Polls that are stretched to what the database takes, by a clock that jumps: nothing is timed."""

import asyncio
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from collectors.clock_watch import ClockWatch
from collectors.combiner import Combiner
from collectors.health import HealthTracker
from collectors.pace import CATCH_UP_RATIO, DOUBLING_S, LATE_S, Pace, Turns
from collectors.polling import Poll, measured_poll
from collectors.ports import Backlog
from collectors.raw import RawPoint
from collectors.relay import HealthRelay
from collectors.runner import keep_pace
from collectors.schedule import spread
from collectors.stats import CollectorStats
from collectors.supervise import DeviceTask, Surroundings
from models.readings import Quality, ReadingBatch
from tests.collectors.builders import Ward
from tests.collectors.virtual_time import run_in_virtual_time

DEVICES, POINTS, PERIOD_S = 20, 50, 1.0
POLLED_PER_S = DEVICES * POINTS / PERIOD_S
MORE = 2.5
TAKEN_PER_S = POLLED_PER_S / MORE
COMMIT_S = 0.5


@dataclass
class SlowStore:
    """A spool, and a database that takes so much a second, or is away."""

    taken_per_s: float = TAKEN_PER_S
    is_away: bool = False
    rows: int = 0
    committed: int = 0
    most_rows: int = 0

    async def accept(self, batch: ReadingBatch) -> None:
        self.rows += len(batch)
        self.most_rows = max(self.most_rows, self.rows)

    def backlog(self) -> Backlog:
        return Backlog(
            rows=self.rows,
            taken_per_s=self.taken_per_s,
            is_taken=not self.is_away,
        )

    async def drain(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_S)
            room = 0 if self.is_away else int(COMMIT_S * self.taken_per_s)
            moved = min(room, self.rows)
            self.rows -= moved
            self.committed += moved


class Device:
    """A device that answers after a while."""

    def __init__(self, name: str, takes_s: float) -> None:
        self.device = name
        self.takes_s = takes_s
        self.polled_s: list[float] = []

    def raw(self) -> list[RawPoint]:
        return []

    async def poll(self, *, probe: bool, due_s: Collection[float] | None = None) -> Poll:
        self.polled_s.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self.takes_s)
        one = np.ones(POINTS, np.int64)
        return measured_poll(
            point_id=one.astype(np.int32),
            ts_us=one,
            received_us=one,
            value=one.astype(np.float64),
            quality=np.full(POINTS, Quality.GOOD, np.int16),
            error=None,
        )


class Site:
    """Devices that are polled into a store, by the parts that poll the real ones."""

    def __init__(self, store: SlowStore, period_s: float = PERIOD_S) -> None:
        self.store = store
        self.period_s = period_s
        self.sources = [Device(f"d{n}", takes_s=0.0) for n in range(DEVICES)]
        self.stats = CollectorStats()
        self.pace = Pace()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Site":
        loop = asyncio.get_running_loop()
        combiner = Combiner(self.store, self.stats, restart_on_bug=False)
        around = Surroundings(
            combiner=combiner,
            relay=HealthRelay(Ward(), self.stats),
            stats=self.stats,
            clock_watch=ClockWatch(),
            pace=self.pace,
            stop=asyncio.Event(),
            restart_on_bug=False,
            origin_s=loop.time(),
            clock=loop.time,
        )
        works = [combiner.run(), self.store.drain(), keep_pace(around, self.store)]
        for source, ticks in zip(self.sources, spread([(self.period_s,)] * DEVICES), strict=True):
            tracker = HealthTracker(source.device, "gw")
            task = DeviceTask(source, ticks=ticks, tracker=tracker, surroundings=around)
            works.append(task.run())
        self._tasks = [asyncio.create_task(work) for work in works]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended

    def polls(self, since_s: float) -> list[int]:
        return [sum(at_s >= since_s for at_s in one.polled_s) for one in self.sources]

    def longest_wait_s(self, since_s: float) -> float:
        return max(
            float(np.diff([at_s for at_s in one.polled_s if at_s >= since_s]).max())
            for one in self.sources
        )


def test_polls_of_two_and_a_half_times_what_is_taken_are_stretched_evenly() -> None:
    async def lived() -> None:
        store = SlowStore()
        async with Site(store) as site:
            await asyncio.sleep(40.0)
            settled = store.committed
            await asyncio.sleep(100.0)
            committed_per_s = (store.committed - settled) / 100.0
            # All that the database takes is used, and what waits stands still.
            assert committed_per_s >= 0.99 * TAKEN_PER_S
            late_s = LATE_S + DOUBLING_S * np.log2(MORE)
            assert store.most_rows <= 1.5 * late_s * TAKEN_PER_S
            assert site.stats.poll_stretch == site.pace.stretch > 1.0
            assert site.stats.rows_dropped_total == 0
            # Every device is read as often as every other one, and none waits for long.
            polls = site.polls(since_s=40.0)
            assert max(polls) - min(polls) <= 2
            assert sum(polls) == pytest.approx(DEVICES * 100.0 / PERIOD_S / MORE, rel=0.03)
            assert site.longest_wait_s(since_s=40.0) <= 4 * PERIOD_S
            assert site.stats.ticks_left_out_total > 0

            store.taken_per_s = 2.0 * POLLED_PER_S
            await asyncio.sleep(30.0)
            assert (site.pace.stretch, store.rows < POLLED_PER_S) == (1.0, True)
            left_out = site.stats.ticks_left_out_total
            await asyncio.sleep(10.0)
            assert site.stats.ticks_left_out_total == left_out

    with capture_logs() as logs:
        run_in_virtual_time(lived())
    told = [line for line in logs if line["event"].startswith("polls_")]
    assert [line["event"] for line in told] == ["polls_slowed", "polls_at_full_rate"]
    assert told[0]["taken_per_s"] == TAKEN_PER_S


@pytest.mark.parametrize("period_s", [1.0, 0.05])
def test_slow_devices_are_read_as_often_as_the_others(period_s: float) -> None:
    async def lived() -> None:
        store = SlowStore(taken_per_s=TAKEN_PER_S / period_s)
        async with Site(store, period_s) as site:
            for slow in site.sources[::2]:
                # It runs over its next tick, but not over the one that it is read at.
                slow.takes_s = 1.2 * period_s
            await asyncio.sleep(40.0)
            before = store.committed
            await asyncio.sleep(60.0)
            assert (store.committed - before) / 60.0 >= 0.99 * store.taken_per_s
            polls = site.polls(since_s=40.0)
            assert max(polls) - min(polls) <= 2 + 0.02 * max(polls)

    run_in_virtual_time(lived())


def test_a_database_that_is_away_and_comes_back_slows_nothing() -> None:
    async def lived() -> None:
        store = SlowStore(taken_per_s=1.5 * POLLED_PER_S)
        async with Site(store) as site:
            await asyncio.sleep(10.0)
            store.is_away = True
            await asyncio.sleep(100.0)
            assert store.rows > 95 * POLLED_PER_S
            store.is_away = False
            # It takes as long again and longer to catch up, at the planned rate.
            await asyncio.sleep(100.0)
            assert 40 * POLLED_PER_S < store.rows < 60 * POLLED_PER_S
            await asyncio.sleep(120.0)
            assert store.rows < 2 * POLLED_PER_S
            assert site.stats.ticks_left_out_total == 0
            assert site.pace.stretch == 1.0

    with capture_logs() as logs:
        run_in_virtual_time(lived())
    assert not [line for line in logs if line["event"].startswith("polls_")]


def test_what_an_outage_left_is_worked_off_even_if_more_is_polled_than_taken() -> None:
    async def lived() -> None:
        store = SlowStore(is_away=True)
        async with Site(store) as site:
            await asyncio.sleep(60.0)
            left = store.rows
            store.is_away = False
            await asyncio.sleep(40.0)
            assert site.pace.stretch > 1.0
            before = store.rows
            await asyncio.sleep(100.0)
            worked_off = (before - store.rows) / 100.0
            assert worked_off == pytest.approx(CATCH_UP_RATIO * TAKEN_PER_S, rel=0.2)
            assert store.most_rows < left + 15 * TAKEN_PER_S

    run_in_virtual_time(lived())


def test_one_slow_commit_is_no_slow_database() -> None:
    pace, now_s = Pace(), 0.0
    with capture_logs() as logs:
        for late_rows in (0, 0, 9_000, 0, 0):
            now_s += 0.25
            pace.look(Backlog(rows=late_rows, taken_per_s=10.0, is_taken=True), now_s)
    assert pace.stretch == 1.0
    assert logs == []


@given(
    stretch=st.floats(1.0, 20.0),
    credits=st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=1, max_size=30),
    ticks=st.integers(1, 200),
)
def test_ticks_are_left_out_evenly(stretch: float, credits: list[float], ticks: int) -> None:
    served: Counter[int] = Counter()
    for n, credit in enumerate(credits):
        turns = Turns(credit)
        rows = [turns.is_next(stretch) for _ in range(ticks)]
        served[n] = sum(rows)
        gaps = np.diff([tick for tick, is_served in enumerate(rows) if is_served])
        assert not len(gaps) or gaps.max() <= np.ceil(stretch)
    assert all(abs(count - ticks / stretch) < 1.0 + 1e-6 for count in served.values())
