"""Windows follow the legal calendar of Paris."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.legal_time.calendar_spans import calendar_months
from models.legal_time.days import day_start, to_us
from models.legal_time.nights import last_day, nights
from service.evaluation.windows import last_quarter, month, today, twelve_months

instants = st.datetimes(datetime(2024, 1, 1), datetime(2035, 1, 1)).map(  # noqa: DTZ001 - made aware
    lambda naive: naive.replace(tzinfo=UTC)
)


def test_days_of_a_clock_change_have_23_and_25_hours() -> None:
    spring = day_start(date(2026, 3, 30)) - day_start(date(2026, 3, 29))
    autumn = day_start(date(2026, 10, 26)) - day_start(date(2026, 10, 25))

    assert (spring, autumn) == (timedelta(hours=23), timedelta(hours=25))


def test_the_night_of_a_clock_change_has_ten_hours() -> None:
    (night,) = nights(datetime(2026, 10, 25, 12, tzinfo=UTC), 1)

    assert night.duration == timedelta(hours=10)


def test_today_starts_at_midnight_in_paris() -> None:
    window = today(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)).window

    assert window.start == datetime(2026, 7, 1, 22, tzinfo=UTC)


@pytest.mark.parametrize("day", [date(2028, 2, 29), date(2027, 2, 28), date(2026, 11, 20)])
def test_twelve_months_end_now_and_start_a_year_ago(day: date) -> None:
    now = day_start(day) + timedelta(hours=12)
    window = twelve_months(now).window

    assert timedelta(days=364) < window.duration < timedelta(days=368)


@given(instants)
def test_grids_go_from_start_to_end_in_rising_steps(now: datetime) -> None:
    for gridded in (last_quarter(now), today(now), month(now)):
        edges = gridded.edges_us()

        assert edges[0] == to_us(gridded.window.start)
        assert edges[-1] == to_us(gridded.window.end)
        assert (edges[1:] > edges[:-1]).all()
        assert gridded.window.end < now


@given(instants)
def test_the_last_complete_periods_lie_in_the_past(now: datetime) -> None:
    for window in (*nights(now, 3), last_day(now)):
        assert window.end <= now
        assert now - window.end < timedelta(days=4)


@given(instants, st.integers(1, 14))
def test_calendar_months_follow_each_other(now: datetime, count: int) -> None:
    months = list(calendar_months(now, count))

    assert len(months) == count
    for before, after in itertools.pairwise(months):
        assert before.end == after.start
