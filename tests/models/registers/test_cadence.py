"""What a cadence gives of periods: held to the table that the figures of periods come from."""

from datetime import date, timedelta
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.legal_time.calendar_spans import Span, months_after
from models.legal_time.days import day_start, to_us
from models.readings import IntArray
from models.registers.cadence import (
    PERIOD_KINDS,
    cadence_of,
    gauge_known_ratio,
    polled_outlook,
    register_outlook,
)
from models.registers.periods import Periods
from models.registers.register import Register
from models.registers.samples import Samples
from models.registers.table import joint_counts
from models.registers.trace import RegisterTrace, trace_register

DAY_US, HOUR_US = 86_400_000_000, 3_600_000_000
JANUARY = date(2025, 1, 1)
FIRST_US = to_us(day_start(JANUARY))
RATE_PER_H = 100.0


def even(ts_us: IntArray, *, most: float | None = 250.0, rate: float = RATE_PER_H) -> RegisterTrace:
    """A register that runs evenly."""
    value = 5e5 + rate * (ts_us - FIRST_US) / HOUR_US
    return trace_register(
        Register(key="m.energy", max_rate_per_h=most), Samples(ts_us=ts_us, value=value)
    )


def strokes(count: int, *, late: timedelta = timedelta(0)) -> IntArray:
    """Readings on the first of each month at midnight, or so much later."""
    return np.array([to_us(day_start(months_after(JANUARY, n)) + late) for n in range(count)])


def test_the_outlook_of_months_is_what_their_totals_get() -> None:
    trace = even(strokes(25, late=timedelta(days=9, hours=5)))
    whole = Periods.between(strokes(25)[1:])
    counts = joint_counts([trace], whole)
    length_s = PERIOD_KINDS[Span.MONTH]
    ratio = counts.edge_u[0] / (RATE_PER_H * length_s / 3600.0)

    outlook = register_outlook(trace)

    assert outlook["month"].edge_u_ratio == pytest.approx(np.quantile(ratio, 0.75), rel=1e-9)
    assert outlook["month"].is_told_from_nothing
    assert not outlook["day"].is_told_from_nothing
    # the next reading comes nine days and five hours after each month's end
    assert outlook["month"].known_after_s == pytest.approx((9 * 24 + 5) * 3600)


def test_readings_at_the_stroke_of_a_month_give_months_exactly_and_no_days() -> None:
    outlook = register_outlook(even(strokes(13)))

    for kind in (Span.MONTH, Span.QUARTER, Span.YEAR):
        assert outlook[kind].edge_u_ratio == 0.0
        assert outlook[kind].known_after_s == 0.0
    assert not outlook["day"].is_told_from_nothing


def test_months_tell_how_a_year_would_come_out_where_none_is_whole() -> None:
    # From 16 January to 16 December: no whole year and no first of January lies between.
    half = register_outlook(even(strokes(12, late=timedelta(days=15))))
    exact = register_outlook(even(strokes(11)))

    assert exact["year"].edge_u_ratio == 0.0
    assert half["year"].edge_u_ratio == pytest.approx(half["quarter"].edge_u_ratio / 4.0, rel=0.3)
    assert half["year"].edge_u_ratio > 0.0


def test_a_register_that_runs_close_to_its_greatest_rate_leaves_its_edges_little_room() -> None:
    ts_us = strokes(25, late=timedelta(days=11))
    near, far, none = (register_outlook(even(ts_us, most=most)) for most in (101.0, 1e4, None))

    assert near["month"].edge_u_ratio < 0.05 * far["month"].edge_u_ratio
    assert far["month"].edge_u_ratio <= none["month"].edge_u_ratio


def test_a_silence_is_told_and_does_not_set_the_rule() -> None:
    hours = FIRST_US + np.arange(90 * 24) * HOUR_US
    silent = hours[(hours < FIRST_US + 30 * DAY_US) | (hours >= FIRST_US + 42 * DAY_US)]

    assert cadence_of(silent).longest_silence_s == pytest.approx(12 * 86_400 + 3600)
    assert cadence_of(silent).interval_s == 3600.0
    assert register_outlook(even(silent))["day"].edge_u_ratio == 0.0


@given(
    days=st.sets(st.floats(0.5, 399.5), min_size=3, max_size=60),
    more=st.sets(st.floats(0.5, 399.5), min_size=1, max_size=60),
)
def test_no_reading_more_makes_a_period_less_certain(days: set[float], more: set[float]) -> None:
    def at(instants: set[float]) -> IntArray:
        ends = {0.0, 400.0}
        return FIRST_US + np.unique([round(one * DAY_US) for one in instants | ends])

    few, many = (register_outlook(even(at(one))) for one in (days, days | more))

    for kind in PERIOD_KINDS:
        assert many[kind].edge_u_ratio <= few[kind].edge_u_ratio * (1.0 + 1e-6) + 1e-12, kind


@given(hours=st.floats(0.01, 1000.0), most=st.floats(100.0, 1e6))
def test_polling_is_never_promised_more_than_any_register_keeps(hours: float, most: float) -> None:
    """Whatever its rate, what a poll leaves open of it lies below what is said of polling."""
    poll_us = round(hours * HOUR_US)
    trace = even(FIRST_US + 7 + np.arange(3) * poll_us, most=most)
    promised = polled_outlook(poll_us / 1e6)
    edges_us = trace.ts_us[0] + ((np.arange(64) + 0.5) / 64 * poll_us).astype(np.int64)
    apart = Periods(start_us=edges_us, end_us=edges_us + poll_us)
    u_ratio = joint_counts([trace], apart).edge_u[0] / (RATE_PER_H * poll_us / HOUR_US)

    widest = promised["day"].edge_u_ratio * 86_400 / (poll_us / 1e6)
    assert np.median(u_ratio) <= widest * (1.0 + 1e-6)
    # and it is not padded: an edge of a register without a bound is off by up to 1 / sqrt(3)
    assert widest <= sqrt(2.0) / sqrt(3.0)


@given(minutes=st.integers(1, 2000), count=st.integers(2, 50))
def test_a_gauge_is_known_while_its_readings_stand(minutes: int, count: int) -> None:
    known = gauge_known_ratio(np.arange(count) * minutes * 60_000_000)

    # The first reading has no gap before it that would tell how often the gauge is read.
    first, others = min(1.0, 16.0 / minutes), 1.0 if minutes <= 65 else 16.0 / minutes
    assert known == pytest.approx((first + others * (count - 2)) / (count - 1))


def test_nothing_is_said_of_what_was_not_read_twice_or_never_counted() -> None:
    assert register_outlook(even(strokes(1))) == {}
    assert register_outlook(even(strokes(13), rate=0.0)) == {}
    assert cadence_of(strokes(1)).interval_s == 0.0
    assert gauge_known_ratio(strokes(1)) == 0.0
