"""Spans of the legal calendar: days, ISO weeks, months, quarters and years, as windows."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from models.legal_time.days import day_start, legal_day
from models.readings import Window

_DAY: Final = timedelta(days=1)
_MICROSECOND: Final = timedelta(microseconds=1)


class Span(StrEnum):
    """The kinds of span. A week starts on Monday (ISO 8601)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


# Only these are whole numbers of months.
_MONTHS: Final = {Span.MONTH: 1, Span.QUARTER: 3, Span.YEAR: 12}


def first_day(span: Span, day: date) -> date:
    """The first day of the span that a day lies in.

    Parameters
    ----------
    span : Span
        Which kind.
    day : date
        Any of its days.

    Returns
    -------
    date
        The day itself, its Monday, or the first of a month.

    Examples
    --------
    >>> [first_day(span, date(2026, 8, 16)).isoformat() for span in Span]
    ['2026-08-16', '2026-08-10', '2026-08-01', '2026-07-01', '2026-01-01']
    """
    if span is Span.DAY:
        return day
    if span is Span.WEEK:
        return day - day.weekday() * _DAY
    count = _MONTHS[span]
    return date(day.year, (day.month - 1) // count * count + 1, 1)


def day_after(span: Span, day: date) -> date:
    """The first day after the span that a day lies in.

    Parameters
    ----------
    span : Span
        Which kind.
    day : date
        Any of its days.

    Returns
    -------
    date
        The first day of the next span of that kind.

    Examples
    --------
    >>> [day_after(span, date(2026, 12, 31)).isoformat() for span in Span]
    ['2027-01-01', '2027-01-04', '2027-01-01', '2027-01-01', '2027-01-01']
    """
    first = first_day(span, day)
    if span is Span.DAY:
        return first + _DAY
    if span is Span.WEEK:
        return first + 7 * _DAY
    return months_after(first, _MONTHS[span])


def months_after(first: date, count: int) -> date:
    """The first of the month some months after one.

    Parameters
    ----------
    first : date
        The first day of a month.
    count : int
        How many months later; earlier when negative.

    Returns
    -------
    date
        The first day of that month.

    Examples
    --------
    >>> [months_after(date(2026, 11, 1), count).isoformat() for count in (3, -11)]
    ['2027-02-01', '2025-12-01']
    """
    months = first.year * 12 + first.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def span_name(span: Span, day: date) -> str:
    """How the span that a day lies in is written.

    Parameters
    ----------
    span : Span
        Which kind.
    day : date
        Any of its days.

    Returns
    -------
    str
        Such as ``2025``, ``2025-Q3``, ``2025-10``, ``2025-W41`` or ``2025-10-07``.

    Examples
    --------
    The first days of a year may lie in the last week of the year before:

    >>> [span_name(span, date(2027, 1, 1)) for span in Span]
    ['2027-01-01', '2026-W53', '2027-01', '2027-Q1', '2027']
    """
    if span is Span.WEEK:
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    return {
        Span.DAY: f"{day:%Y-%m-%d}",
        Span.MONTH: f"{day:%Y-%m}",
        Span.QUARTER: f"{day:%Y}-Q{(day.month + 2) // 3}",
        Span.YEAR: f"{day:%Y}",
    }[span]


def whole_span(span: Span, day: date) -> Window:
    """The span that a day lies in.

    Parameters
    ----------
    span : Span
        Which kind.
    day : date
        Any of its days.

    Returns
    -------
    Window
        From midnight to midnight of Paris, named by :func:`span_name`. It is not ``closed``:
        whether it has ended is for whoever knows the time.

    Examples
    --------
    >>> whole_span(Span.QUARTER, date(2026, 12, 31)).start.isoformat()
    '2026-09-30T22:00:00+00:00'
    """
    return Window(
        name=span_name(span, day),
        start=day_start(first_day(span, day)),
        end=day_start(day_after(span, day)),
    )


def legal_month(year: int, month: int) -> Window:
    """A calendar month of Europe/Paris.

    Parameters
    ----------
    year, month : int
        Such as 2026 and 3.

    Returns
    -------
    Window
        As :func:`whole_span` gives it.

    Raises
    ------
    ValueError
        If there is no such month.

    Examples
    --------
    March has the short night, October the long one:

    >>> [legal_month(2026, n).duration.total_seconds() / 3600.0 for n in (1, 3, 10)]
    [744.0, 743.0, 745.0]
    """
    if not 1 <= month <= 12:
        msg = f"there is no month {month}: give 1 to 12"
        raise ValueError(msg)
    return whole_span(Span.MONTH, date(year, month, 1))


def calendar_months(end: datetime, count: int) -> Iterator[Window]:
    """The last calendar months up to an instant.

    Parameters
    ----------
    end : datetime
        Where the last one is cut.
    count : int
        How many, the last one included.

    Yields
    ------
    Window
        Oldest first. The last is the month of the last instant before ``end``.

    Examples
    --------
    >>> from datetime import UTC
    >>> [month.name for month in calendar_months(datetime(2026, 1, 31, 23, tzinfo=UTC), 2)]
    ['2025-12', '2026-01']
    """
    current = first_day(Span.MONTH, legal_day(end - _MICROSECOND))
    for back in range(count - 1, -1, -1):
        month = whole_span(Span.MONTH, months_after(current, -back))
        yield month if month.end <= end else replace(month, end=end)
