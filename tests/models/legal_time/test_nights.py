"""Days and nights of noise, in the clock changes too."""

from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from models.legal_time.nights import day_hours, last_day, night_before, nights
from tests.models.legal_time.paris import DAY, HOUR, any_instant, change, days, told_at

SECOND = timedelta(seconds=1)


@given(days)
def test_nights_and_days_of_noise_take_turns(day: date) -> None:
    spans = [night_before(day), day_hours(day), night_before(day + DAY)]

    assert all(before.end == after.start for before, after in pairwise(spans))
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a reading of the clock
    assert told_at(midnight.replace(hour=7)) == [day_hours(day).start]
    assert told_at(midnight.replace(hour=22)) == [day_hours(day).end]


@given(st.integers(2001, 2059))
def test_the_nights_of_the_clock_changes_have_eight_and_ten_hours(year: int) -> None:
    short, long = (night_before(change(year, month).date()) for month in (3, 10))

    assert (short.duration, long.duration) == (8 * HOUR, 10 * HOUR)


@given(any_instant, st.integers(1, 20))
def test_the_last_nights_are_over_and_the_next_is_not(now: datetime, count: int) -> None:
    found = nights(now, count)

    assert len(found) == count
    assert all(night.closed and night.name == "last_night" for night in found)
    assert all(
        timedelta(hours=23) <= after.end - before.end <= timedelta(hours=25)
        for before, after in pairwise(found)
    )
    assert found[-1].end <= now < night_before(found[-1].end.date() + DAY).end


@given(any_instant)
def test_the_last_day_is_over_and_the_next_is_not(now: datetime) -> None:
    day = last_day(now)

    assert (day.name, day.closed, day.duration) == ("last_day", True, 15 * HOUR)
    assert day.end <= now < day_hours(day.end.date() + DAY).end


def test_a_night_and_a_day_are_over_the_moment_they_end() -> None:
    morning, evening = night_before(date(2026, 1, 6)).end, day_hours(date(2026, 1, 6)).end

    assert [one.end for one in nights(morning, 1)] == [morning]
    assert nights(morning - SECOND, 1)[0].end == morning - DAY
    assert last_day(evening).end == evening
    assert last_day(evening - SECOND).end == evening - DAY
