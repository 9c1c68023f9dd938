"""French public holidays, and the legal periods of noise that depend on them."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum

_DAY_STARTS, _NIGHT_STARTS = time(7), time(22)
_SUNDAY = 6
# Code du travail, L3133-1: month, day.
_FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
# Easter Monday, Ascension, Whit Monday: days after Easter Sunday.
_AFTER_EASTER = (1, 39, 50)


class NoiseRegime(StrEnum):
    """Which text rules the noise of a site."""

    PUBLIC_HEALTH_CODE = "public_health_code"
    ICPE = "icpe"


class NoisePeriod(StrEnum):
    """Day or night, as the limits of the text know them."""

    DAY = "day"
    NIGHT = "night"


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar.

    Notes
    -----
    The anonymous algorithm published in *Nature* in 1876, as in J. Meeus, Astronomical
    Algorithms, chapter 8.

    Examples
    --------
    Meeus's own cases: 31 March 1991, 19 April 1992, 18 April 1954.

    >>> [easter(year).isoformat() for year in (1991, 1992, 1954)]
    ['1991-03-31', '1992-04-19', '1954-04-18']
    """
    golden = year % 19
    century, rest = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon + 15) % 30
    quarter, quarter_rest = divmod(rest, 4)
    weekday = (32 + 2 * century_rest + 2 * quarter - epact - quarter_rest) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def public_holidays(year: int) -> frozenset[date]:
    """The eleven public holidays of metropolitan France outside Alsace-Moselle.

    Examples
    --------
    >>> date(2026, 5, 14) in public_holidays(2026), len(public_holidays(2026))
    (True, 11)
    """
    sunday = easter(year)
    movable = (sunday + timedelta(days=after) for after in _AFTER_EASTER)
    return frozenset(date(year, month, day) for month, day in _FIXED) | frozenset(movable)


def noise_period(local: datetime, regime: NoiseRegime) -> NoisePeriod:
    """The legal period an instant of local time falls in.

    Parameters
    ----------
    local : datetime
        Civil time of the place, Europe/Paris.
    regime : NoiseRegime
        Code de la santé publique R.1336-7: 7-22 h is day, every day. Order of 23 January 1997
        (ICPE): Sundays and public holidays have the limits of the night all day long.

    Examples
    --------
    Bastille Day at noon:

    >>> noon = datetime(2026, 7, 14, 12)
    >>> [noise_period(noon, regime).value for regime in NoiseRegime]
    ['day', 'night']
    """
    if not _DAY_STARTS <= local.time() < _NIGHT_STARTS:
        return NoisePeriod.NIGHT
    quiet = local.weekday() == _SUNDAY or local.date() in public_holidays(local.year)
    return NoisePeriod.NIGHT if regime is NoiseRegime.ICPE and quiet else NoisePeriod.DAY
