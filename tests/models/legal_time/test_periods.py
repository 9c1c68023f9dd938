"""Named periods against a calendar in arithmetic of its own."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.legal_time.calendar_spans import (
    Span,
    calendar_months,
    day_after,
    legal_month,
    span_name,
    whole_span,
)
from models.legal_time.periods import (
    CLOSED_PERIODS,
    RUNNING_PERIODS,
    PeriodError,
    named_period,
    parse_period,
)
from models.readings import Window
from tests.models.legal_time.paris import (
    DAY,
    HOUR,
    TICK,
    any_instant,
    days,
    midnight,
    on_the_wall,
    told_at,
)

spans = st.sampled_from(Span)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def days_of(span: Span, day: date) -> tuple[date, date]:
    """First and last day of a span, by another way than the code's."""
    match span:
        case Span.DAY:
            return day, day
        case Span.WEEK:
            year, week, _ = day.isocalendar()
            return date.fromisocalendar(year, week, 1), date.fromisocalendar(year, week, 7)
        case Span.MONTH:
            return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
        case Span.QUARTER:
            first = {1: 1, 2: 1, 3: 1, 4: 4, 5: 4, 6: 4, 7: 7, 8: 7, 9: 7}.get(day.month, 10)
            last = monthrange(day.year, first + 2)[1]
            return date(day.year, first, 1), date(day.year, first + 2, last)
        case Span.YEAR:
            return date(day.year, 1, 1), date(day.year, 12, 31)


@given(spans, days)
def test_spans_of_the_calendar_are_those_of_the_oracle(span: Span, day: date) -> None:
    first, last = days_of(span, day)
    window = whole_span(span, day)

    assert (window.start, window.end) == (midnight(first), midnight(last + DAY))
    assert window.name == span_name(span, first) == span_name(span, last)


@given(spans, days)
def test_spans_tile_the_time_without_gap_or_overlap(span: Span, day: date) -> None:
    window = whole_span(span, day)
    following = whole_span(span, day_after(span, day))

    assert window.end == following.start
    assert window.name != following.name
    assert window.start <= midnight(day) < window.end


@given(spans, days, any_instant)
def test_a_span_is_read_from_its_name(span: Span, day: date, now: datetime) -> None:
    window = whole_span(span, day)
    found = parse_period(window.name, now)

    assert (found.name, found.start, found.end) == (window.name, window.start, window.end)
    assert found.closed == (found.end <= now)


@given(any_instant | days.map(midnight), any_instant | days.map(midnight))
def test_a_range_is_read_from_its_name(one: datetime, other: datetime) -> None:
    assume(one != other)
    start, end = min(one, other), max(one, other)
    window = parse_period(f"{start.isoformat()}/{end.isoformat()}", end)

    assert (window.start, window.end, window.closed) == (start, end, True)
    assert parse_period(window.name, end) == window
    assert not parse_period(window.name, end - TICK).closed
    written = window.name.split("/")
    assert ["T" in text for text in written] == [
        on_the_wall(edge).time() != datetime.min.time() for edge in (start, end)
    ]


@given(days, days)
def test_days_of_a_range_are_legal_days_and_its_end_is_not_inside(one: date, other: date) -> None:
    assume(one != other)
    first, until = min(one, other), max(one, other)
    name = f"{first}/{until}"

    assert parse_period(name, NOW) == Window(
        name=name, start=midnight(first), end=midnight(until), closed=midnight(until) <= NOW
    )


@pytest.mark.parametrize(
    ("text", "start", "hours"),
    [
        ("2025", "2024-12-31T23:00Z", 365 * 24),
        ("2024", "2023-12-31T23:00Z", 366 * 24),
        ("2025-Q3", "2025-06-30T22:00Z", 92 * 24),
        ("2025-Q4", "2025-09-30T22:00Z", 92 * 24 + 1),
        ("2025-10", "2025-09-30T22:00Z", 31 * 24 + 1),
        ("2025-W41", "2025-10-05T22:00Z", 7 * 24),
        ("2026-W53", "2026-12-27T23:00Z", 7 * 24),
        ("2025-10-26", "2025-10-25T22:00Z", 25),
        ("2025-03-30", "2025-03-29T23:00Z", 23),
        ("2025-10-26/2025-10-27", "2025-10-25T22:00Z", 25),
        ("2025-10-26T02:30+02:00/2025-10-26T02:30+01:00", "2025-10-26T00:30Z", 1),
        ("2025-10-07T12:00:00.5Z/2025-10-07T13:00:00.500Z", "2025-10-07T12:00:00.5Z", 1),
        ("2000-01-01T00:00+01:00/2000-01-01T01:00+01:00", "1999-12-31T23:00Z", 1),
    ],
)
def test_periods_are_read_as_written(text: str, start: str, hours: int) -> None:
    window = parse_period(text, NOW)

    assert window.start == datetime.fromisoformat(start)
    assert window.duration == hours * HOUR


@pytest.mark.parametrize(
    "text",
    [
        "",
        "month",
        "26",
        "1999",
        "2100",
        "٢٠٢٥",
        "2025 ",
        "2025-Q5",
        "2025-Q0",
        "2025-13",
        "2025-00",
        "2025-1",
        "2025-W00",
        "2025-W53",
        "2025-W1",
        "2025-W41-1",
        "2025-02-29",
        "20251007",
        "2025-10-07T12:00Z",
        "2025/2026",
        "2025-10-07/2025-10-07",
        "2025-10-08/2025-10-07",
        "2025-10-07/2025-10-08/2025-10-09",
        "2025-10-07T12:00/2025-10-08",
        "2025-10-07T24:00Z/2025-10-09",
        "2025-10-07T12:60Z/2025-10-09",
        "2025-02-30T12:00Z/2025-10-09",
        "2025-10-07T12:00+24:00/2025-10-09",
        "2025-10-07 12:00Z/2025-10-09",
        "2025-10-07/",
        "2099-12-31/2099-12-31T23:30Z",
    ],
)
def test_another_text_is_refused_with_what_may_be_written(text: str) -> None:
    with pytest.raises(PeriodError, match=r"2025-Q3.*START/END") as refused:
        parse_period(text, NOW)

    assert repr(text) in str(refused.value)


def test_the_examples_of_the_remedy_can_be_read() -> None:
    with pytest.raises(PeriodError) as refused:
        parse_period("never", NOW)

    examples = re.findall(r"\((2[^)]*)\)", str(refused.value))
    assert len(examples) == 6
    for example in examples:
        text = f"{example}/2025-12-01" if "T" in example else example
        assert parse_period(text, NOW).closed


@given(any_instant, st.sampled_from([name for name in RUNNING_PERIODS if name != "15min"]))
def test_running_periods_end_with_the_instant_and_hold_the_one_before(
    end: datetime, name: str
) -> None:
    window = named_period(name, end)

    assert (window.name, window.end, window.closed) == (name, end, False)
    inside = on_the_wall(end - TICK)
    if name == "hour":
        assert window.start <= end - TICK < window.start + HOUR
        assert on_the_wall(window.start) == inside.replace(minute=0, second=0, microsecond=0)
    elif name == "12months":
        wall = on_the_wall(end)
        before = wall - DAY if (wall.month, wall.day) == (2, 29) else wall
        earlier = before.replace(year=before.year - 1)
        at = told_at(earlier) or [told_at(earlier + HOUR)[0]]
        assert window.start == at[0]
    else:
        span = Span.DAY if name == "today" else Span(name)
        assert window.start == midnight(days_of(span, inside.date())[0])


@given(any_instant)
def test_a_quarter_of_an_hour_is_fifteen_minutes(end: datetime) -> None:
    window = named_period("15min", end)

    assert (window.end, window.duration) == (end, timedelta(minutes=15))


@given(any_instant, st.sampled_from(CLOSED_PERIODS))
def test_the_last_closed_period_is_over_and_the_next_is_not(end: datetime, name: str) -> None:
    window = named_period(name, end)

    assert (window.name, window.closed) == (name, True)
    assert window.end <= end
    if name == "previous_hour":
        assert window.duration == HOUR
        assert end < window.end + HOUR
        assert on_the_wall(window.end).minute == 0
        return
    span = Span(name.removeprefix("previous_"))
    first, last = days_of(span, on_the_wall(window.start).date())
    assert (window.start, window.end) == (midnight(first), midnight(last + DAY))
    assert end < midnight(days_of(span, last + DAY)[1] + DAY)


def test_both_of_the_repeated_hours_are_hours() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    starts = [named_period("hour", first + n * HOUR).start for n in range(2)]
    assert starts == [datetime(2026, 10, 25, hour, tzinfo=UTC) for hour in range(2)]


@given(any_instant)
def test_at_the_edge_a_running_period_is_all_of_the_one_that_ends(at: datetime) -> None:
    for span, name in ((Span.DAY, "today"), (Span.MONTH, "month"), (Span.YEAR, "year")):
        closed = named_period(f"previous_{span}", at)
        running = named_period(name, closed.end)

        assert (running.start, running.end) == (closed.start, closed.end)


def test_an_unknown_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(PeriodError, match="previous_quarter"):
        named_period("fortnight", NOW)


@given(any_instant, st.integers(1, 30))
def test_calendar_months_follow_each_other_up_to_the_instant(end: datetime, count: int) -> None:
    months = list(calendar_months(end, count))

    assert len(months) == count
    assert months[-1].end == end
    assert months[-1].start == named_period("month", end).start
    for before, after in pairwise(months):
        first, last = days_of(Span.MONTH, on_the_wall(before.start).date())
        assert (before.start, before.end) == (midnight(first), midnight(last + DAY))
        assert before.end == after.start


def test_there_are_twelve_months() -> None:
    assert legal_month(2026, 12).end == legal_month(2027, 1).start
    for odd in (0, 13):
        with pytest.raises(ValueError, match="give 1 to 12"):
            legal_month(2026, odd)
