"""The windows of an evaluation, and how finely the readings of each are fetched."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from models.legal_time.days import to_us
from models.legal_time.nights import last_day, nights
from models.legal_time.periods import CLOSED_PERIODS, RUNNING_PERIODS, named_period
from models.readings import Window

# Slowest KPI meter (5 s) and the way to the table: at this age an instant is complete.
_SETTLED: Final = timedelta(seconds=8)
_LIVE_STEP: Final = timedelta(seconds=10)
LAST_DAY, LAST_NIGHT = "last_day", "last_night"


class Grain(StrEnum):
    """How finely readings are fetched: the first and last of each step."""

    QUARTER = "quarter"
    DAY = "day"
    LONG = "long"
    NOISE = "noise"


STEP: Final = {
    Grain.QUARTER: timedelta(seconds=10),
    Grain.DAY: timedelta(minutes=5),
    Grain.LONG: timedelta(hours=1),
    Grain.NOISE: timedelta(minutes=10),
}
# Up to this length a written period is read by the five minutes, else by the hour.
_FINE_UPTO: Final = timedelta(days=2)
_OF_DAY: Final = ("hour", "today", "previous_hour")
WINDOWS: Final[dict[Grain, tuple[str, ...]]] = {
    Grain.QUARTER: ("15min",),
    Grain.DAY: _OF_DAY,
    Grain.LONG: tuple(
        one for one in RUNNING_PERIODS + CLOSED_PERIODS if one not in {"15min", *_OF_DAY}
    ),
    Grain.NOISE: (LAST_DAY, LAST_NIGHT),
}
GRAIN_OF: Final = {name: grain for grain, names in WINDOWS.items() for name in names}


def grain_of_period(window: Window) -> Grain:
    """How finely the readings of a written period are fetched."""
    return Grain.DAY if window.duration <= _FINE_UPTO else Grain.LONG


def settled_end(now: datetime) -> datetime:
    """The newest instant for which all live readings have arrived, on the live grid."""
    settled = now - _SETTLED
    return settled - timedelta(
        microseconds=to_us(settled) % (_LIVE_STEP // timedelta(microseconds=1))
    )


def window_named(name: str, end: datetime) -> Window:
    """The window of that name of which everything is known at an instant.

    Raises
    ------
    PeriodError
        If there is no window of that name.
    """
    if name == LAST_DAY:
        return last_day(end)
    return nights(end, 1)[-1] if name == LAST_NIGHT else named_period(name, end)


def windows_of(grain: Grain, end: datetime) -> tuple[Window, ...]:
    """Every window of a grain, as of an instant."""
    return tuple(window_named(name, end) for name in WINDOWS[grain])
