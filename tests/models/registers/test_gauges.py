"""Totals of gauges against a plain walk over the readings, in exact arithmetic."""

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.registers.gauges import (
    GaugeTotals,
    ValueRange,
    gauge_totals,
    joined,
    unknown_gauge,
)
from models.registers.periods import Periods
from models.registers.samples import NO_SAMPLES, Samples

RANGES: tuple[ValueRange, ...] = ((18.0, 27.0), (0.0, 0.0), (-np.inf, 5.0))
MINUTE_US = 60_000_000

VALUES = st.one_of(
    st.sampled_from([18.0, 27.0, 0.0, 5.0, np.nan, np.nan]),
    st.floats(-60.0, 60.0),
)
INSTANTS = st.integers(-50, 150)


@st.composite
def readings(draw: st.DrawFn) -> Samples:
    """Readings at any instants, some of them bad."""
    ts = sorted(draw(st.sets(INSTANTS, max_size=25)))
    value = draw(st.lists(VALUES, min_size=len(ts), max_size=len(ts)))
    return Samples(ts_us=np.array(ts, np.int64), value=np.array(value, np.float64))


@st.composite
def intervals(draw: st.DrawFn) -> Periods:
    """Intervals in any order, overlapping and empty ones among them."""
    pairs = draw(st.lists(st.tuples(INSTANTS, INSTANTS).map(sorted), max_size=8))
    return Periods(
        start_us=np.array([a for a, _ in pairs], np.int64),
        end_us=np.array([b for _, b in pairs], np.int64),
    )


HOLDS = st.integers(1, 60)


def stands(samples: Samples, row: int, hold: int, longest: int) -> int:
    """How long a reading stands when none follows."""
    if not row or not np.isfinite(samples.value[row - 1]):
        return hold
    gap = int(samples.ts_us[row] - samples.ts_us[row - 1])
    return hold if gap > longest else max(hold, min(math.floor(Fraction(6, 5) * gap), longest))


def stood(
    samples: Samples, start: int, end: int, hold: int, longest: int
) -> list[tuple[float, float | None]]:
    """Which value stood in each microsecond, and the step before it where it stands loosely."""
    found: list[tuple[float, float | None]] = []
    for instant in range(start, end):
        newest = [n for n, ts in enumerate(samples.ts_us) if ts <= instant]
        if not newest:
            continue
        row = newest[-1]
        age, value = instant - int(samples.ts_us[row]), float(samples.value[row])
        if np.isfinite(value) and age < stands(samples, row, hold, longest):
            step = abs(value - float(samples.value[row - 1])) if age >= hold else None
            found.append((value, step))
    return found


def check(totals: GaugeTotals, samples: Samples, hold: int, longest: int) -> None:
    """Compare each interval with the plain walk."""
    for row, (start, end) in enumerate(
        zip(totals.periods.start_us, totals.periods.end_us, strict=True)
    ):
        held = stood(samples, int(start), int(end), hold, longest)
        values = [value for value, _ in held]
        steps = [step for _, step in held if step is not None]
        integral = sum((Fraction(value) for value in values), Fraction(0))
        assert totals.known_us[row] == len(held)
        assert totals.integral[row] == pytest.approx(float(integral) / 1e6, rel=1e-12, abs=1e-15)
        assert totals.loose_us[row] == len(steps)
        assert totals.loose_step[row] == pytest.approx(sum(steps) / 1e6, rel=1e-12, abs=1e-15)
        same(totals.minimum[row], min(values, default=np.nan))
        same(totals.maximum[row], max(values, default=np.nan))
        for of_range, (low, high) in zip(totals.in_range_us, totals.ranges, strict=True):
            assert of_range[row] == sum(low <= value <= high for value in values)


def same(one: object, other: object) -> None:
    np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


@given(readings(), intervals(), HOLDS, HOLDS)
def test_totals_are_those_of_a_walk_over_every_microsecond(
    samples: Samples, periods: Periods, hold: int, longest: int
) -> None:
    totals = gauge_totals(samples, periods, RANGES, hold_us=hold, longest_us=longest)

    check(totals, samples, hold, longest)


@given(readings(), INSTANTS, HOLDS, HOLDS)
def test_what_stands_does_not_hang_on_what_comes_later(
    samples: Samples, now: int, hold: int, longest: int
) -> None:
    """Hours that were summed once need no second look for a reading after them."""
    read = samples.ts_us < now
    so_far = Samples(ts_us=samples.ts_us[read], value=samples.value[read])
    past = Periods.between(np.array([-60, now]) if now > -60 else np.array([-60, -59]))

    then, later = (
        gauge_totals(one, past, hold_us=hold, longest_us=longest) for one in (so_far, samples)
    )

    same(then.known_us, later.known_us)
    same(then.loose_us, later.loose_us)
    same(then.loose_step, later.loose_step)


@given(readings(), st.lists(INSTANTS, min_size=2, max_size=12), st.data(), HOLDS)
def test_totals_of_any_split_add_up(
    samples: Samples, edges: Sequence[int], data: st.DataObject, hold: int
) -> None:
    fine = Periods.between(np.unique(np.array(edges, np.int64)))
    rows = st.integers(0, len(fine))
    pairs = data.draw(st.lists(st.tuples(rows, rows).map(sorted), max_size=6))
    corners = np.append(fine.start_us, fine.end_us[-1:])
    if not len(corners):
        return
    coarse = Periods(
        start_us=np.array([corners[a] for a, _ in pairs], np.int64),
        end_us=np.array([corners[b] for _, b in pairs], np.int64),
    )

    whole = joined(gauge_totals(samples, fine, RANGES, hold_us=hold), coarse)

    direct = gauge_totals(samples, coarse, RANGES, hold_us=hold)
    same(whole.known_us, direct.known_us)
    same(whole.in_range_us, direct.in_range_us)
    same(whole.loose_us, direct.loose_us)
    np.testing.assert_allclose(whole.loose_step, direct.loose_step, rtol=1e-12, atol=1e-18)
    same(whole.minimum, direct.minimum)
    same(whole.maximum, direct.maximum)
    np.testing.assert_allclose(whole.integral, direct.integral, rtol=1e-12, atol=1e-18)


@given(readings(), HOLDS)
def test_a_mean_lies_between_its_extremes(samples: Samples, hold: int) -> None:
    totals = gauge_totals(samples, Periods.between(np.array([-60, 20, 220])), hold_us=hold)

    for row in np.flatnonzero(totals.known_us):
        slack = 1e-9
        assert totals.minimum[row] - slack <= totals.mean[row] <= totals.maximum[row] + slack
    assert (totals.coverage_ratio >= 0.0).all()
    assert (totals.coverage_ratio <= 1.0).all()
    same(np.isnan(totals.mean), totals.known_us == 0)


def test_forty_minutes_at_40_degc_of_each_hour_of_a_month() -> None:
    """Two readings an hour made 22.09 degC of it."""
    minutes = np.arange(31 * 24 * 60)
    samples = Samples(ts_us=minutes * MINUTE_US, value=np.where(minutes % 60 < 40, 40.0, 26.5))
    hours = gauge_totals(
        samples, Periods.between(np.arange(31 * 24 + 1) * 60 * MINUTE_US), [(18.0, 27.0)]
    )

    month = joined(hours, Periods.between(np.array([0, 31 * 24 * 60]) * MINUTE_US))

    assert month.mean[0] == pytest.approx(35.5, rel=1e-12)
    assert month.coverage_ratio[0] == 1.0
    assert month.share_in((18.0, 27.0))[0] == pytest.approx(1 / 3)
    assert (month.minimum[0], month.maximum[0]) == (26.5, 40.0)


def test_a_silence_is_known_for_the_hold_alone_and_a_bad_reading_ends_it() -> None:
    samples = Samples(ts_us=np.array([0, 100, 105]), value=np.array([1.0, 2.0, np.nan]))

    totals = gauge_totals(
        samples, Periods.between(np.array([0, 100, 200])), hold_us=30, longest_us=90
    )

    assert totals.known_us.tolist() == [30, 5]


def known_minutes(minutes: Sequence[float], value: Sequence[float], until: int) -> float:
    samples = Samples(
        ts_us=(np.array(minutes) * MINUTE_US).astype(np.int64), value=np.array(value, float)
    )
    totals = gauge_totals(samples, Periods.between(np.array([0, until]) * MINUTE_US))
    return float(totals.known_s[0]) / 60.0


def test_a_gauge_read_by_the_hour_stands_for_the_hour_and_a_fast_one_for_16_minutes() -> None:
    by_hour = [n * 60 for n in range(25)]
    assert known_minutes(by_hour, [20.0] * 25, 24 * 60) == 16 + 23 * 60
    # the last report of the day stands for 65 minutes, and no longer
    assert known_minutes(by_hour, [20.0] * 25, 48 * 60) == 16 + 23 * 60 + 65
    # every six seconds for ten minutes, then 40 minutes of silence
    fast = np.arange(101) / 10
    assert known_minutes([*fast, 50], [20.0] * 102, 50) == 10 + 16
    # by the half hour: 1.2 times that
    assert known_minutes([0, 30, 60], [20.0] * 3, 200) == 16 + 30 + 36


def test_a_gap_tells_nothing_when_it_is_long_or_begins_with_a_bad_reading() -> None:
    assert known_minutes([0, 65, 130], [20.0] * 3, 300) == 16 + 65 + 65
    assert known_minutes([0, 66, 132], [20.0] * 3, 300) == 16 * 3
    assert known_minutes([0, 60, 120], [20.0, np.nan, 20.0], 300) == 16 + 16


@pytest.mark.parametrize("drift_k_per_h", [0.1, 1.0])
def test_a_drift_between_readings_lies_within_twice_what_is_said_of_it(
    drift_k_per_h: float,
) -> None:
    """A day that warms all along, read by the hour: held values lag by half a step."""
    hours = np.arange(-1, 24)
    day = Periods.between(np.array([0, 24 * 60]) * MINUTE_US)
    samples = Samples(
        ts_us=hours * 60 * MINUTE_US, value=20.0 + drift_k_per_h * hours.astype(np.float64)
    )

    totals = gauge_totals(samples, day)

    off_k = abs(totals.mean[0] - (20.0 + drift_k_per_h * 12.0))
    assert off_k == pytest.approx(drift_k_per_h / 2.0)
    assert off_k <= 2.0 * totals.loose_u[0] <= 2.0 * off_k


@given(st.integers(0, 2**32), st.sampled_from([1.0, 20.0, 60.0]))
def test_the_scatter_between_hourly_readings_lies_within_what_is_said_of_it(
    seed: int, minutes: float
) -> None:
    """A day that wanders and comes back within some minutes, seen each minute and by the hour."""
    rng = np.random.default_rng(seed)
    kept = math.exp(-1.0 / minutes)
    truth = [0.0]
    for shock in rng.normal(0.0, math.sqrt(1.0 - kept**2), 25 * 60 - 1):
        truth.append(kept * truth[-1] + shock)
    minute_us = np.arange(-60, 24 * 60) * MINUTE_US
    day = Periods.between(np.array([0, 24 * 60]) * MINUTE_US)

    seen, held = (
        gauge_totals(Samples(ts_us=minute_us[::n], value=np.array(truth)[::n]), day)
        for n in (1, 60)
    )

    assert seen.loose_us[0] == 0
    assert abs(held.mean[0] - seen.mean[0]) <= 3.0 * held.loose_u[0]


def test_parts_of_a_past_are_put_together_in_order() -> None:
    samples = Samples(ts_us=np.arange(0, 60, 10), value=np.arange(6.0))
    hours = gauge_totals(samples, Periods.between(np.arange(0, 70, 10)), RANGES, hold_us=10)

    again = hours.upto(35).then(hours)

    assert again.periods.start_us.tolist() == [0, 10, 20, 0, 10, 20, 30, 40, 50]
    assert len(hours.upto(35)) == 3
    assert again.integral.tolist() == [*hours.integral[:3], *hours.integral]
    with pytest.raises(ValueError, match="ranges differ"):
        hours.then(unknown_gauge(hours.periods))
    with pytest.raises(ValueError, match="interval 3 does not begin"):
        joined(again, hours.periods)
    with pytest.raises(ValueError, match="no intervals from the start to the end of period 1"):
        joined(hours, Periods(start_us=np.array([0, 5]), end_us=np.array([10, 20])))
    with pytest.raises(ValueError, match="of period 0"):
        joined(hours.upto(0), hours.periods)


def test_what_was_not_summed_is_not_answered() -> None:
    totals = gauge_totals(NO_SAMPLES, Periods.between(np.array([0, 10])), RANGES)

    assert np.isnan(totals.share_in((18.0, 27.0))[0])
    assert totals.coverage_ratio.tolist() == [0.0]
    with pytest.raises(ValueError, match=r"no time in \(1\.0, 2\.0\)"):
        totals.share_in((1.0, 2.0))
    with pytest.raises(ValueError, match="hold of 0"):
        gauge_totals(NO_SAMPLES, totals.periods, hold_us=0)
    with pytest.raises(ValueError, match="known_us has shape"):
        GaugeTotals(
            loose_us=totals.loose_us,
            loose_step=totals.loose_step,
            periods=totals.periods,
            ranges=(),
            known_us=np.zeros(2, np.int64),
            integral=totals.integral,
            minimum=totals.minimum,
            maximum=totals.maximum,
            in_range_us=np.zeros((0, 1), np.int64),
        )
