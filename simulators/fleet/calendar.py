"""Month ends, and the windows that a KPI is given for on a legal day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from models.legal_time.calendar_spans import months_after
from models.legal_time.days import day_start
from models.legal_time.nights import day_hours, night_before

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedWindow:
    """A window that ends on the legal day ``on``."""

    name: str
    on: date
    start: datetime
    end: datetime


def month_ends(first: date, after_last: date) -> Iterator[date]:
    """The last day of each month from ``first`` on that has a whole year behind it."""
    start = months_after(first, 12)
    while start <= after_last:
        yield start - _DAY
        start = months_after(start, 1)


def metered_windows(on: date) -> tuple[JudgedWindow, ...]:
    """The month and the twelve months that end with a month's last day."""
    after = on + _DAY
    return tuple(
        JudgedWindow(
            name=name, on=on, start=day_start(months_after(after, -count)), end=day_start(after)
        )
        for name, count in (("month", 1), ("12months", 12))
    )


def noise_windows(on: date) -> tuple[JudgedWindow, ...]:
    """The night before a day (22:00 to 07:00) and the day itself (07:00 to 22:00)."""
    return tuple(
        JudgedWindow(name=window.name, on=on, start=window.start, end=window.end)
        for window in (night_before(on), day_hours(on))
    )
