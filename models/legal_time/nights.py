"""The legal days and nights of noise in Paris: 7 h to 22 h, and 22 h to 7 h.

The hours are those of the Code de la santé publique, R.1336-7.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from models.legal_time.days import clock_instant, local_time
from models.readings import Window

NIGHT_STARTS: Final = time(22)
NIGHT_ENDS: Final = time(7)
_DAY: Final = timedelta(days=1)


def night_before(day: date) -> Window:
    """The night that ends in the morning of a legal day.

    Parameters
    ----------
    day : date
        The legal day.

    Returns
    -------
    Window
        Named ``last_night``. The night of a clock change has eight or ten hours.

    Examples
    --------
    >>> night_before(date(2026, 10, 25)).duration / timedelta(hours=1)
    10.0
    """
    return Window(
        name="last_night",
        start=clock_instant(day - _DAY, NIGHT_STARTS),
        end=clock_instant(day, NIGHT_ENDS),
    )


def day_hours(day: date) -> Window:
    """The hours of a legal day that are day to the limits of noise.

    Parameters
    ----------
    day : date
        The legal day.

    Returns
    -------
    Window
        Named ``last_day``. No clock is changed in it: it has fifteen hours.

    Examples
    --------
    >>> day_hours(date(2026, 7, 1)).start.isoformat()
    '2026-07-01T05:00:00+00:00'
    """
    return Window(
        name="last_day",
        start=clock_instant(day, NIGHT_ENDS),
        end=clock_instant(day, NIGHT_STARTS),
    )


def nights(now: datetime, count: int) -> list[Window]:
    """The last complete nights.

    Parameters
    ----------
    now : datetime
        The instant by which the last of them has ended.
    count : int
        How many.

    Returns
    -------
    list of Window
        Oldest first, all ``closed``.

    Examples
    --------
    >>> from datetime import UTC
    >>> [night.end.isoformat() for night in nights(datetime(2026, 7, 2, 4, tzinfo=UTC), 2)]
    ['2026-06-30T05:00:00+00:00', '2026-07-01T05:00:00+00:00']
    """
    local = local_time(now)
    last = local.date() if local.time() >= NIGHT_ENDS else local.date() - _DAY
    ends = (last - back * _DAY for back in range(count - 1, -1, -1))
    return [replace(night_before(day), closed=True) for day in ends]


def last_day(now: datetime) -> Window:
    """The last complete day of noise.

    Parameters
    ----------
    now : datetime
        The instant by which it has ended.

    Returns
    -------
    Window
        As :func:`day_hours` gives it, ``closed``.

    Examples
    --------
    >>> from datetime import UTC
    >>> last_day(datetime(2026, 7, 2, 4, tzinfo=UTC)).end.isoformat()
    '2026-07-01T20:00:00+00:00'
    """
    local = local_time(now)
    day = local.date() if local.time() >= NIGHT_STARTS else local.date() - _DAY
    return replace(day_hours(day), closed=True)
