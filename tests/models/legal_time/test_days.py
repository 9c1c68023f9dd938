"""Legal days against the rule of the directive, in arithmetic of its own."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.legal_time.days import (
    clock_instant,
    day_edges_us,
    day_start,
    days_from,
    from_us,
    last_day_inside,
    legal_day,
    local_time,
    to_us,
    whole_days,
)
from models.readings import Window
from tests.models.legal_time.paris import (
    DAY,
    HOUR,
    TICK,
    any_instant,
    change,
    days,
    midnight,
    on_the_wall,
    told_at,
)


@given(any_instant)
def test_microseconds_are_exact(instant: datetime) -> None:
    assert from_us(to_us(instant)) == instant
    assert to_us(instant + TICK) - to_us(instant) == 1
    assert from_us(int(np.int64(to_us(instant)))) == instant


def test_an_instant_without_its_zone_has_no_microseconds() -> None:
    with pytest.raises(TypeError):
        to_us(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


@given(any_instant)
def test_the_clocks_show_what_the_directive_says(instant: datetime) -> None:
    assert local_time(instant).replace(tzinfo=None) == on_the_wall(instant)
    # Of two zones, an hour that comes twice equals nothing (PEP 495): compared in one.
    assert local_time(instant).astimezone(UTC) == instant
    assert legal_day(instant) == on_the_wall(instant).date()


@given(days)
def test_a_day_starts_at_the_midnight_of_paris(day: date) -> None:
    start = day_start(day)

    assert start == midnight(day)
    assert start.tzinfo is UTC
    assert legal_day(start) == day
    assert legal_day(start - TICK) == day - DAY


@given(
    days
    | st.builds(
        lambda y, m: change(y, m).date(), st.integers(2001, 2059), st.sampled_from([3, 10])
    ),
    st.times(),
)
def test_a_time_told_twice_is_the_first_and_one_skipped_comes_an_hour_later(
    day: date, clock: time
) -> None:
    wall = datetime.combine(day, clock)
    at = clock_instant(day, clock)

    if found := told_at(wall):
        assert at == found[0]
        assert clock_instant(day, clock.replace(fold=1)) == at
    else:
        assert on_the_wall(at) == wall + HOUR


@given(st.integers(2001, 2059))
def test_a_year_has_one_day_of_23_hours_and_one_of_25(year: int) -> None:
    edges = day_edges_us(date(year, 1, 1), date(year + 1, 1, 1))
    hours = np.diff(edges) / 3.6e9

    first = date(year, 1, 1)
    assert {first + int(n) * DAY: hours[n] for n in np.flatnonzero(hours != 24.0)} == {
        change(year, 3).date(): 23.0,
        change(year, 10).date(): 25.0,
    }
    assert edges[0] == to_us(midnight(first))
    assert edges.dtype == np.int64


@given(days, st.integers(0, 40))
def test_the_edges_of_a_run_are_the_starts_of_its_days(first: date, count: int) -> None:
    run = days_from(first, first + count * DAY)
    edges = day_edges_us(first, first + count * DAY)

    assert len(run) == count
    assert all(after - before == DAY for before, after in pairwise(run))
    assert edges.tolist() == [to_us(midnight(first + n * DAY)) for n in range(count + 1)]


def test_a_run_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="swap the two"):
        day_edges_us(date(2026, 1, 2), date(2026, 1, 1))


@given(any_instant, st.timedeltas(timedelta(0), timedelta(days=9)))
def test_the_whole_days_of_a_window_are_all_that_fit(start: datetime, length: timedelta) -> None:
    window = Window(name="w", start=start, end=start + length)
    near = [start.date() + n * DAY for n in range(-2, 13)]

    fitting = [d for d in near if window.start <= midnight(d) and midnight(d + DAY) <= window.end]
    assert whole_days(window) == fitting


@given(days, days)
def test_the_last_day_inside_is_not_that_of_the_end(one: date, other: date) -> None:
    first, last = min(one, other), max(one, other)
    window = Window(name="w", start=midnight(first), end=midnight(last + DAY))

    assert last_day_inside(window) == last
    later = Window(name="w", start=window.start, end=window.end + TICK)
    assert last_day_inside(later) == last + DAY


def test_an_empty_window_has_no_last_day() -> None:
    noon = datetime(2026, 1, 1, 11, tzinfo=UTC)
    with pytest.raises(ValueError, match="is empty"):
        last_day_inside(Window(name="w", start=noon, end=noon))
