"""Periods that have a name: running ones, the last closed ones, and those that are written out."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from models.legal_time.calendar_spans import Span, first_day, whole_span
from models.legal_time.days import clock_instant, day_start, legal_day, local_time, to_us
from models.readings import Window

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_MICROSECOND: Final = timedelta(microseconds=1)
_HOUR_US: Final = _HOUR // _MICROSECOND

_SPANS: Final = {
    "today": Span.DAY,
    "week": Span.WEEK,
    "month": Span.MONTH,
    "quarter": Span.QUARTER,
    "year": Span.YEAR,
}
RUNNING_PERIODS: Final = ("15min", "hour", *_SPANS, "12months")
CLOSED_PERIODS: Final = ("previous_hour", *(f"previous_{span}" for span in Span))


class PeriodError(ValueError):
    """No period is called or written so; the message says what may be written."""


def named_period(name: str, end: datetime) -> Window:
    """A running period, or the last closed one of its kind, as of an instant.

    Parameters
    ----------
    name : str
        One of ``RUNNING_PERIODS`` or ``CLOSED_PERIODS``.
    end : datetime
        Up to when everything is known: running periods end there, and the closed ones have ended
        by then.

    Returns
    -------
    Window
        Of that name. ``closed`` for the closed ones alone.

    Raises
    ------
    PeriodError
        If there is no period of that name.

    Notes
    -----
    A running period is the one of the last instant before ``end``, and so it is never empty: at
    midnight, ``today`` is all of the day that ends. ``15min`` is the quarter of an hour before
    ``end``, ``12months`` goes back to the same time on the clocks of Paris, one calendar year
    earlier; a 29 February goes back to the 28th. The others begin with the hour, the day, the ISO
    week, the month, the quarter or the year of Paris.

    Examples
    --------
    >>> noon = datetime(2028, 2, 29, 11, tzinfo=UTC)
    >>> for name in ("month", "12months", "previous_quarter"):
    ...     window = named_period(name, noon)
    ...     print(f"{local_time(window.start)} to {local_time(window.end)} {window.closed}")
    2028-02-01 00:00:00+01:00 to 2028-02-29 12:00:00+01:00 False
    2027-02-28 12:00:00+01:00 to 2028-02-29 12:00:00+01:00 False
    2027-10-01 00:00:00+02:00 to 2028-01-01 00:00:00+01:00 True
    """
    end = end.astimezone(UTC)
    if name in RUNNING_PERIODS:
        return Window(name=name, start=_running_start(name, end), end=end)
    if name in CLOSED_PERIODS:
        return replace(_last_closed(name.removeprefix("previous_"), end), name=name, closed=True)
    known = ", ".join((*RUNNING_PERIODS, *CLOSED_PERIODS))
    msg = f"no period is called {name!r}; use one of {known}"
    raise PeriodError(msg)


def _running_start(name: str, end: datetime) -> datetime:
    match name:
        case "15min":
            return end - timedelta(minutes=15)
        case "hour":
            return _hour_start(end - _MICROSECOND)
        case "12months":
            return _year_before(end)
        case _:
            return day_start(first_day(_SPANS[name], legal_day(end - _MICROSECOND)))


def _hour_start(instant: datetime) -> datetime:
    # Paris is whole hours ahead of UTC, so that its hours are those of UTC, the repeated one too.
    return instant - (to_us(instant) % _HOUR_US) * _MICROSECOND


def _year_before(end: datetime) -> datetime:
    local = local_time(end)
    is_leap_day = (local.month, local.day) == (2, 29)
    day = local.date().replace(year=local.year - 1, day=28 if is_leap_day else local.day)
    return clock_instant(day, local.time())


def _last_closed(kind: str, end: datetime) -> Window:
    if kind == "hour":
        stop = _hour_start(end)
        return Window(name=kind, start=stop - _HOUR, end=stop)
    span = Span(kind)
    return whole_span(span, first_day(span, legal_day(end)) - _DAY)


_HOW: Final = (
    "write a year (2025), a quarter (2025-Q3), a month (2025-10), an ISO week (2025-W41), "
    "a day (2025-10-07), or START/END, each a day (END is not inside) or an instant with its "
    "offset (2025-10-07T14:30+02:00), all in the years 2000 to 2099"
)
_YEAR: Final = r"(20\d\d)"
_DATE: Final = rf"{_YEAR}-(\d\d)-(\d\d)"
_INSTANT: Final = (
    rf"{_DATE}T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{{1,6}})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)"
)
_FIRST_DAYS: Final[dict[Span, tuple[str, Callable[..., date]]]] = {
    Span.YEAR: (_YEAR, lambda year: date(year, 1, 1)),
    Span.QUARTER: (rf"{_YEAR}-Q([1-4])", lambda year, n: date(year, 3 * n - 2, 1)),
    Span.MONTH: (rf"{_YEAR}-(\d\d)", lambda year, month: date(year, month, 1)),
    Span.WEEK: (rf"{_YEAR}-W(\d\d)", lambda year, week: date.fromisocalendar(year, week, 1)),
    Span.DAY: (_DATE, date),
}


def parse_period(text: str, now: datetime) -> Window:
    """The period that is written out.

    Parameters
    ----------
    text : str
        A year, quarter, month, ISO week or day (``2025``, ``2025-Q3``, ``2025-10``, ``2025-W41``,
        ``2025-10-07``), or ``START/END``: each a legal day, which stands for its first instant, or
        an ISO 8601 instant with its offset.
    now : datetime
        Tells whether the period has ended.

    Returns
    -------
    Window
        ``[start, end)``, ``closed`` when it ended by ``now``. Its name is the text, or for
        ``START/END`` the same two edges in one way of writing: days where they are midnights of
        Paris, else legal time with its offset. The name is read as the same period.

    Raises
    ------
    PeriodError
        If it is written otherwise, if there is no such day, if it does not end after it starts, or
        if it leaves the years 2000 to 2099.

    Examples
    --------
    >>> october = parse_period("2025-10", datetime(2025, 11, 3, tzinfo=UTC))
    >>> october.start.isoformat(), october.duration / timedelta(hours=1), october.closed
    ('2025-09-30T22:00:00+00:00', 745.0, True)
    >>> parse_period("2025-10-25T22:00Z/2025-10-26T01:30Z", october.end).name
    '2025-10-26/2025-10-26T02:30:00+01:00'
    """
    try:
        window = _range_of(text) if "/" in text else _span_of(text)
    except ValueError as error:
        msg = f"{text!r} is no period ({error}); {_HOW}"
        raise PeriodError(msg) from error
    return replace(window, closed=window.end <= now)


def _span_of(text: str) -> Window:
    for span, (pattern, first) in _FIRST_DAYS.items():
        found = re.fullmatch(pattern, text, re.ASCII)
        if found is not None:
            return whole_span(span, first(*(int(number) for number in found.groups())))
    msg = "it is written like none"
    raise ValueError(msg)


def _range_of(text: str) -> Window:
    start, end = (_edge_of(edge) for edge in text.split("/", 1))
    if end <= start:
        msg = "it does not end after it starts"
        raise ValueError(msg)
    return Window(name=f"{_edge_text(start)}/{_edge_text(end)}", start=start, end=end)


def _edge_of(text: str) -> datetime:
    if re.fullmatch(_DATE, text, re.ASCII):
        return day_start(date.fromisoformat(text))
    if not re.fullmatch(_INSTANT, text, re.ASCII):
        msg = f"{text!r} is neither a day nor an instant with its offset"
        raise ValueError(msg)
    edge = datetime.fromisoformat(text).astimezone(UTC)
    # Else its name, in legal time, could not be read again.
    if not 2000 <= legal_day(edge).year <= 2099:
        msg = f"{text!r} is too far away"
        raise ValueError(msg)
    return edge


def _edge_text(edge: datetime) -> str:
    local = local_time(edge)
    day = local.date()
    return day.isoformat() if day_start(day) == edge else local.isoformat()
