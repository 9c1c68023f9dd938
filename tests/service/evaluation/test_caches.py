"""The long windows are read once and extended; so are the totals of gauges."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.legal_time.days import to_us
from models.readings import Window
from models.registers.gauges import GaugesByKey, GaugeTotals, ValueRange
from models.registers.samples import Samples
from service.evaluation.gauge_cache import GaugeCache
from service.evaluation.ports import DeviceStatus, LatestReading, PipelineStatus, RollupState
from service.evaluation.sample_cache import SampleCache
from tests.service.evaluation.gauge_sums import sums_of

pytestmark = pytest.mark.asyncio

HOLD = timedelta(minutes=16)
START = datetime(2026, 1, 1, tzinfo=UTC)


class MinuteHistory:
    """A register read every minute that counts one a minute; remembers what was asked.

    From ``raised_from`` on the values are higher, as of ``revision``.
    """

    def __init__(self) -> None:
        self.asked: list[timedelta] = []
        self.rolled_upto = START
        self.raised_from: datetime | None = None
        self.revision = 1

    def at(self, now: datetime) -> datetime:
        """Let it be now: hours are rolled up five minutes after their end."""
        due = now - timedelta(minutes=5)
        self.rolled_upto = due - (due - START) % timedelta(hours=1)
        return now

    def raise_from(self, instant: datetime) -> None:
        """Readings that came late, or were put right."""
        self.raised_from, self.revision = instant, self.revision + 1

    async def rolled(self, keys: Sequence[str], since_revision: int | None) -> RollupState:
        changed = None
        asked = since_revision is not None and since_revision < self.revision
        if self.raised_from is not None and asked:
            changed = self.raised_from, self.rolled_upto
        return RollupState(rolled_upto=self.rolled_upto, revision=self.revision, changed=changed)

    async def samples(
        self, keys: Sequence[str], start: datetime, end: datetime, step: timedelta
    ) -> dict[str, Samples]:
        self.asked.append(end - start)
        ts = np.arange(to_us(start), to_us(end), step // timedelta(microseconds=1), dtype=np.int64)
        raised = np.inf if self.raised_from is None else to_us(self.raised_from)
        value = (ts - to_us(START)) / 6e7 + 5.0 * (ts >= raised)
        return {key: Samples(ts_us=ts, value=value) for key in keys}

    async def gauges(
        self,
        keys: Sequence[str],
        start: datetime,
        end: datetime,
        step: timedelta,
        ranges: Mapping[str, Sequence[ValueRange]],
    ) -> dict[str, GaugeTotals]:
        every = timedelta(minutes=5)
        begin = start - HOLD - (start - HOLD - START) % every
        readings = await self.samples(keys, begin, end, every)
        self.asked[-1] = end - start
        return sums_of(readings, start, end, step, ranges)

    async def latest(self) -> Mapping[str, LatestReading]:
        return {}

    async def device_statuses(self) -> Mapping[str, DeviceStatus]:
        return {}

    async def pipeline_status(self) -> PipelineStatus | None:
        return None

    async def imported_windows(self) -> Sequence[Window]:
        return []


async def test_samples_stay_in_order_over_many_refreshes_and_little_is_read_again() -> None:
    history = MinuteHistory()
    cache = SampleCache(history, ["a"])
    now = START + timedelta(days=30)

    for minutes in range(0, 300, 7):
        samples = (await cache.refresh(START, history.at(now + timedelta(minutes=minutes))))["a"]

        assert (np.diff(samples.ts_us) > 0).all()
        assert samples.ts_us[0] == to_us(START)
        assert to_us(now + timedelta(minutes=minutes)) - samples.ts_us[-1] <= 300_000_000

    assert sum(asked > timedelta(days=1) for asked in history.asked) == 1


@pytest.mark.parametrize("behind", [timedelta(), timedelta(hours=9)])
async def test_a_pause_of_the_evaluation_or_of_the_roll_ups_leaves_no_hole(
    behind: timedelta,
) -> None:
    history = MinuteHistory()
    cache = SampleCache(history, ["a"])
    await cache.refresh(START, history.at(START + timedelta(days=2)))
    now = START + timedelta(days=2, hours=5)
    history.at(now - behind)

    samples = (await cache.refresh(START, now))["a"]

    assert np.diff(samples.ts_us).max() <= 3_600_000_000
    assert to_us(now) - samples.ts_us[-1] <= 300_000_000


async def test_readings_that_came_late_are_in_the_samples_at_once() -> None:
    history = MinuteHistory()
    cache = SampleCache(history, ["a"])
    now = history.at(START + timedelta(days=40))
    await cache.refresh(START, now)
    history.raise_from(START + timedelta(days=3))

    late = (await cache.refresh(START, now))["a"]
    again = (await cache.refresh(START, now))["a"]

    whole = (await SampleCache(history, ["a"]).refresh(START, now))["a"]
    for one in (late, again):
        np.testing.assert_array_equal(one.ts_us, whole.ts_us)
        np.testing.assert_array_equal(one.value, whole.value)
    assert sum(asked > timedelta(days=30) for asked in history.asked) == 3


async def test_what_lies_long_before_the_start_is_not_kept() -> None:
    history = MinuteHistory()
    cache = SampleCache(history, ["a"])
    await cache.refresh(START, history.at(START + timedelta(days=10)))

    later = START + timedelta(days=5)
    await cache.refresh(later, history.at(START + timedelta(days=15)))
    samples = (await cache.refresh(later, history.at(START + timedelta(days=15))))["a"]

    assert samples.ts_us[0] == to_us(later)


RANGES: Mapping[str, tuple[ValueRange, ...]] = {"a": ((0.0, 1e4),), "b": ()}


async def fresh(history: MinuteHistory, start: datetime, end: datetime) -> GaugesByKey:
    return await history.gauges(tuple(RANGES), start, end, timedelta(hours=1), RANGES)


def assert_same(one: GaugesByKey, other: GaugesByKey) -> None:
    assert set(one) == set(other)
    for key, totals in one.items():
        for name in ("known_us", "integral", "minimum", "maximum", "in_range_us"):
            np.testing.assert_array_equal(getattr(totals, name), getattr(other[key], name), name)
        np.testing.assert_array_equal(totals.periods.end_us, other[key].periods.end_us)


async def test_totals_of_gauges_are_those_of_one_reading_of_all() -> None:
    history = MinuteHistory()
    cache = GaugeCache(history, RANGES)
    begin = START + timedelta(days=70, minutes=7)

    for minutes in (0, 1, 50, 61, 200, 201, 700, 1500):
        now = history.at(begin + timedelta(minutes=minutes))
        asked = len(history.asked)

        totals = await cache.refresh(START, now)

        # Hours that were rolled up since, and what is not rolled up yet.
        assert minutes == 0 or sum(history.asked[asked:], timedelta()) <= timedelta(hours=15)
        assert_same(totals, await fresh(history, START, now))


async def test_totals_are_read_again_for_what_came_late_however_far_back() -> None:
    history = MinuteHistory()
    cache = GaugeCache(history, RANGES)
    now = history.at(START + timedelta(days=40))
    await cache.refresh(START, now)
    history.raise_from(START + timedelta(days=2))
    asked = len(history.asked)

    assert_same(await cache.refresh(START, now), await fresh(history, START, now))
    assert timedelta(days=37) < max(history.asked[asked:-1]) <= timedelta(days=38)


async def test_an_earlier_start_and_a_point_that_the_store_does_not_have() -> None:
    history = MinuteHistory()
    cache = GaugeCache(history, RANGES)
    now = history.at(START + timedelta(days=3))
    await cache.refresh(START + timedelta(days=1), now)

    assert_same(await cache.refresh(START, now), await fresh(history, START, now))

    class Forgetful(MinuteHistory):
        async def gauges(self, *args: object) -> dict[str, GaugeTotals]:
            return {}

    unknown = await GaugeCache(Forgetful(), RANGES).refresh(START, now)
    assert unknown["a"].coverage_ratio.tolist() == [0.0] * 72
