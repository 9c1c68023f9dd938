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
from service.evaluation.ports import DeviceStatus, LatestReading, PipelineStatus
from service.evaluation.sample_cache import SampleCache
from tests.service.evaluation.gauge_sums import sums_of

pytestmark = pytest.mark.asyncio

HOLD = timedelta(minutes=16)
START = datetime(2026, 1, 1, tzinfo=UTC)


class MinuteHistory:
    """A register read every minute that counts one a minute; remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[timedelta] = []
        self.raised_by = 0.0

    async def samples(
        self, keys: Sequence[str], start: datetime, end: datetime, step: timedelta
    ) -> dict[str, Samples]:
        self.asked.append(end - start)
        ts = np.arange(to_us(start), to_us(end), step // timedelta(microseconds=1), dtype=np.int64)
        return {key: Samples(ts_us=ts, value=(ts - to_us(START)) / 6e7) for key in keys}

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
        shown = {
            key: Samples(ts_us=one.ts_us, value=one.value + self.raised_by)
            for key, one in readings.items()
        }
        self.asked[-1] = end - start
        return sums_of(shown, start, end, step, ranges)

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
        samples = (await cache.refresh(START, now + timedelta(minutes=minutes)))["a"]

        assert (np.diff(samples.ts_us) > 0).all()
        assert samples.ts_us[0] == to_us(START)
        assert to_us(now + timedelta(minutes=minutes)) - samples.ts_us[-1] <= 300_000_000

    assert sum(asked > timedelta(days=1) for asked in history.asked) == 1


async def test_a_pause_longer_than_the_overlap_leaves_no_hole() -> None:
    history = MinuteHistory()
    cache = SampleCache(history, ["a"])
    await cache.refresh(START, START + timedelta(days=2))

    samples = (await cache.refresh(START, START + timedelta(days=2, hours=5)))["a"]

    assert np.diff(samples.ts_us).max() <= 3_600_000_000


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
        now = begin + timedelta(minutes=minutes)
        asked = len(history.asked)

        totals = await cache.refresh(START, now)

        # Never more than the newest eight days again, and mostly some hours.
        assert minutes == 0 or sum(history.asked[asked:], timedelta()) <= timedelta(days=9)
        assert_same(totals, await fresh(history, START, now))
    # Three pieces of the seventy days, and the newest days after each six hours.
    long = [asked for asked in history.asked if timedelta(days=1) < asked < timedelta(days=60)]
    assert len(long) == 5


async def test_totals_are_summed_again_for_what_came_late() -> None:
    history = MinuteHistory()
    cache = GaugeCache(history, RANGES)
    now = START + timedelta(days=40)
    await cache.refresh(START, now)
    history.raised_by = 5.0

    soon = await cache.refresh(START, now + timedelta(minutes=1))
    later = await cache.refresh(START, now + timedelta(hours=7))

    whole = await fresh(history, START, now + timedelta(hours=7))
    late = whole["a"].mean - later["a"].mean
    assert late[: 24 * 32] == pytest.approx(5.0)
    assert late[-24 * 8 :] == pytest.approx(0.0)
    newest = whole["a"].mean[: len(soon["a"]) - 1] - soon["a"].mean[:-1]
    assert newest[:-3] == pytest.approx(5.0)
    assert newest[-3:] == pytest.approx(0.0)
    cache.forget()
    assert_same(await cache.refresh(START, now + timedelta(hours=7)), whole)


async def test_an_earlier_start_and_a_point_that_the_store_does_not_have() -> None:
    history = MinuteHistory()
    cache = GaugeCache(history, RANGES)
    now = START + timedelta(days=3)
    await cache.refresh(START + timedelta(days=1), now)

    assert_same(await cache.refresh(START, now), await fresh(history, START, now))

    class Forgetful(MinuteHistory):
        async def gauges(self, *args: object) -> dict[str, GaugeTotals]:
            return {}

    unknown = await GaugeCache(Forgetful(), RANGES).refresh(START, now)
    assert unknown["a"].coverage_ratio.tolist() == [0.0] * 72
