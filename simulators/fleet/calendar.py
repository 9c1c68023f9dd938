"""Month ends, and the windows that a KPI is given for on a legal day (Europe/Paris)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_PARIS: Final = ZoneInfo("Europe/Paris")
_NIGHT_STARTS: Final = time(22)
_NIGHT_ENDS: Final = time(7)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedWindow:
    """A window that ends on the legal day ``on``."""

    name: str
    on: date
    start: datetime
    end: datetime


def midnight(day: date, clock: time = time()) -> datetime:
    """An hour of a legal day, its first by default, as UTC."""
    return datetime.combine(day, clock, _PARIS).astimezone(UTC)


def first_of_month(moment: datetime) -> date:
    """The first day of the month of Paris that a moment lies in."""
    return moment.astimezone(_PARIS).date().replace(day=1)


def months_before(first: date, count: int) -> date:
    """The first day of the month ``count`` months before one; after it when negative."""
    months = first.year * 12 + first.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)


def month_ends(first: date, after_last: date) -> Iterator[date]:
    """The last day of each month from ``first`` on that has a whole year behind it."""
    start = months_before(first, -12)
    while start <= after_last:
        yield start - _DAY
        start = months_before(start, -1)


def metered_windows(on: date) -> tuple[JudgedWindow, ...]:
    """The month and the twelve months that end with a month's last day."""
    end = on + _DAY
    return tuple(
        JudgedWindow(name=name, on=on, start=midnight(months_before(end, count)), end=midnight(end))
        for name, count in (("month", 1), ("12months", 12))
    )


def noise_windows(on: date) -> tuple[JudgedWindow, JudgedWindow]:
    """The day (07:00 to 22:00) and the night before it (22:00 to 07:00)."""
    night_start = midnight(on - _DAY, _NIGHT_STARTS)
    day_start, day_end = midnight(on, _NIGHT_ENDS), midnight(on, _NIGHT_STARTS)
    return (
        JudgedWindow(name="last_night", on=on, start=night_start, end=day_start),
        JudgedWindow(name="last_day", on=on, start=day_start, end=day_end),
    )
