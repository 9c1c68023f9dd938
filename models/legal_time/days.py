"""Instants in whole microseconds, and the legal days of Europe/Paris that they fall in."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from models.readings import IntArray, Window

LEGAL_ZONE: Final = ZoneInfo("Europe/Paris")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DAY: Final = timedelta(days=1)


def to_us(instant: datetime) -> int:
    """Whole microseconds of UTC since 1970.

    Parameters
    ----------
    instant : datetime
        An aware instant, of any zone.

    Returns
    -------
    int
        Exact: no float is passed through. [µs]

    Raises
    ------
    TypeError
        If the instant is naive.

    Examples
    --------
    >>> to_us(datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC))
    1767225600000001
    """
    return (instant - _EPOCH) // _MICROSECOND


def floor_hour(instant: datetime) -> datetime:
    """Start of the hour of UTC in which an instant lies.

    Parameters
    ----------
    instant : datetime
        Aware, in UTC.

    Returns
    -------
    datetime
        In UTC.

    Examples
    --------
    >>> floor_hour(datetime(2026, 1, 1, 12, 34, 56, tzinfo=UTC)).isoformat()
    '2026-01-01T12:00:00+00:00'
    """
    return instant.replace(minute=0, second=0, microsecond=0)


def from_us(us: int) -> datetime:
    """The instant of a count of microseconds, the inverse of :func:`to_us`.

    Parameters
    ----------
    us : int
        Microseconds of UTC since 1970; an integer of numpy as well. [µs]

    Returns
    -------
    datetime
        Aware, in UTC.

    Examples
    --------
    >>> from_us(1_767_225_600_000_001).isoformat()
    '2026-01-01T00:00:00.000001+00:00'
    """
    return _EPOCH + int(us) * _MICROSECOND


def local_time(instant: datetime) -> datetime:
    """An instant as the clocks of Paris show it.

    Parameters
    ----------
    instant : datetime
        An aware instant, of any zone.

    Returns
    -------
    datetime
        The same instant, aware, in legal time.

    Examples
    --------
    >>> local_time(datetime(2026, 7, 14, 10, tzinfo=UTC)).isoformat()
    '2026-07-14T12:00:00+02:00'
    """
    return instant.astimezone(LEGAL_ZONE)


def clock_instant(day: date, clock: time) -> datetime:
    """The instant at which the clocks of Paris show a time of a legal day.

    Parameters
    ----------
    day : date
        The legal day.
    clock : time
        What the clocks show.

    Returns
    -------
    datetime
        Aware, in UTC.

    Notes
    -----
    A time that is told twice, in the night in which summer time ends, is the first of the two. One
    that is skipped, in the night in which it begins, is read with the offset before the change.

    Examples
    --------
    The hour from two to three of 25 October 2026 is told twice, that of 29 March is not told:

    >>> clock_instant(date(2026, 10, 25), time(2, 30)).isoformat()
    '2026-10-25T00:30:00+00:00'
    >>> local_time(clock_instant(date(2026, 3, 29), time(2, 30))).isoformat()
    '2026-03-29T03:30:00+02:00'
    """
    return datetime.combine(day, clock.replace(fold=0), LEGAL_ZONE).astimezone(UTC)


def day_start(day: date) -> datetime:
    """The instant at which a legal day starts.

    Parameters
    ----------
    day : date
        The legal day.

    Returns
    -------
    datetime
        Its midnight in Paris, aware, in UTC. A day of a clock change has 23 or 25 hours.

    Examples
    --------
    >>> (day_start(date(2026, 3, 30)) - day_start(date(2026, 3, 29))) / timedelta(hours=1)
    23.0
    """
    return clock_instant(day, time())


def legal_day(instant: datetime) -> date:
    """The legal day that an instant falls in.

    Parameters
    ----------
    instant : datetime
        An aware instant, of any zone.

    Returns
    -------
    date
        The day on the calendars of Paris.

    Examples
    --------
    >>> legal_day(datetime(2026, 12, 31, 23, tzinfo=UTC)).isoformat()
    '2027-01-01'
    """
    return local_time(instant).date()


def last_day_inside(window: Window) -> date:
    """The legal day of the last instant inside a half-open window.

    Parameters
    ----------
    window : Window
        A window that is not empty.

    Returns
    -------
    date
        The day before the end, when the end is a midnight of Paris.

    Raises
    ------
    ValueError
        If the window is empty: no instant is inside.

    Examples
    --------
    >>> window = Window(
    ...     name="2026", start=day_start(date(2026, 1, 1)), end=day_start(date(2027, 1, 1))
    ... )
    >>> last_day_inside(window).isoformat()
    '2026-12-31'
    """
    if window.end <= window.start:
        msg = f"window {window.name!r} is empty at {window.end}: give one that holds an instant"
        raise ValueError(msg)
    return legal_day(window.end - _MICROSECOND)


def days_from(first: date, until: date) -> list[date]:
    """The days from one day to another.

    Parameters
    ----------
    first : date
        The first day.
    until : date
        The day after the last.

    Returns
    -------
    list of date
        In order; empty when ``until`` is not after ``first``.

    Examples
    --------
    >>> [day.isoformat() for day in days_from(date(2026, 2, 28), date(2026, 3, 2))]
    ['2026-02-28', '2026-03-01']
    """
    return [first + n * _DAY for n in range((until - first).days)]


def whole_days(window: Window) -> list[date]:
    """The legal days that lie wholly inside a window.

    Parameters
    ----------
    window : Window
        Any window.

    Returns
    -------
    list of date
        In order, consecutive; empty when none does.

    Examples
    --------
    >>> window = Window(
    ...     name="", start=datetime(2026, 3, 28, tzinfo=UTC), end=datetime(2026, 3, 30, tzinfo=UTC)
    ... )
    >>> [day.isoformat() for day in whole_days(window)]
    ['2026-03-29']
    """
    first = legal_day(window.start)
    if day_start(first) < window.start:
        first += _DAY
    return days_from(first, legal_day(window.end))


def day_edges_us(first: date, until: date) -> IntArray:
    """The edges of a run of legal days.

    Parameters
    ----------
    first : date
        The first day.
    until : date
        The day after the last.

    Returns
    -------
    int array, shape (days + 1,)
        The start of each day, and at last the end of the last one. [µs of UTC since 1970]

    Raises
    ------
    ValueError
        If ``until`` is before ``first``.

    Examples
    --------
    The days around the night of 25 October 2026, which is long:

    >>> (np.diff(day_edges_us(date(2026, 10, 24), date(2026, 10, 27))) // 3_600_000_000).tolist()
    [24, 25, 24]
    """
    if until < first:
        msg = f"a run of days cannot end on {until}, before it starts on {first}: swap the two"
        raise ValueError(msg)
    return np.array([to_us(day_start(day)) for day in days_from(first, until + _DAY)], np.int64)
