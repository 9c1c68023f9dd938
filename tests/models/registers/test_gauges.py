"""Totals of gauges against a plain walk over the readings, in exact arithmetic."""

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


def stood(samples: Samples, start: int, end: int, hold: int) -> list[tuple[int, float]]:
    """How long which value stood between two instants, microsecond by microsecond."""
    found: list[tuple[int, float]] = []
    for instant in range(start, end):
        newest = [n for n, ts in enumerate(samples.ts_us) if ts <= instant]
        if not newest:
            continue
        ts, value = int(samples.ts_us[newest[-1]]), float(samples.value[newest[-1]])
        if instant - ts < hold and np.isfinite(value):
            found.append((1, value))
    return found


def check(totals: GaugeTotals, samples: Samples, hold: int) -> None:
    """Compare each interval with the plain walk."""
    for row, (start, end) in enumerate(
        zip(totals.periods.start_us, totals.periods.end_us, strict=True)
    ):
        held = stood(samples, int(start), int(end), hold)
        values = [value for _, value in held]
        integral = sum((Fraction(value) * us for us, value in held), Fraction(0))
        assert totals.known_us[row] == len(held)
        assert totals.integral[row] == pytest.approx(float(integral) / 1e6, rel=1e-12, abs=1e-15)
        same(totals.minimum[row], min(values, default=np.nan))
        same(totals.maximum[row], max(values, default=np.nan))
        for of_range, (low, high) in zip(totals.in_range_us, totals.ranges, strict=True):
            assert of_range[row] == sum(low <= value <= high for value in values)


def same(one: object, other: object) -> None:
    np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


@given(readings(), intervals(), HOLDS)
def test_totals_are_those_of_a_walk_over_every_microsecond(
    samples: Samples, periods: Periods, hold: int
) -> None:
    check(gauge_totals(samples, periods, RANGES, hold_us=hold), samples, hold)


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

    totals = gauge_totals(samples, Periods.between(np.array([0, 100, 200])), hold_us=30)

    assert totals.known_us.tolist() == [30, 5]


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
            periods=totals.periods,
            ranges=(),
            known_us=np.zeros(2, np.int64),
            integral=totals.integral,
            minimum=totals.minimum,
            maximum=totals.maximum,
            in_range_us=np.zeros((0, 1), np.int64),
        )
