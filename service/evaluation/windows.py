"""The windows KPIs are given for. Legal days are those of Europe/Paris."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from models.readings import IntArray, Origin, Window

LEGAL_ZONE = ZoneInfo("Europe/Paris")
NIGHT_STARTS = time(22)
NIGHT_ENDS = time(7)

# Slowest KPI meter (5 s) and the way to the table: at this age an instant is complete.
_SETTLED = timedelta(seconds=8)
_LIVE_STEP = timedelta(seconds=10)

# Readings around an edge may lie this far apart: imported history comes every five minutes.
MAX_EDGE_GAP = timedelta(seconds=310)


@dataclass(frozen=True, slots=True, kw_only=True)
class GriddedWindow:
    """A window with the step of its grid; the last step may be shorter."""

    window: Window
    step: timedelta

    def edges_us(self) -> IntArray:
        """Edges of the grid, from start to end, aligned to the step. [µs]"""
        start, end = to_us(self.window.start), to_us(self.window.end)
        step = int(self.step / timedelta(microseconds=1))
        inner = np.arange(-(-start // step) * step, end, step, dtype=np.int64)
        return np.unique(np.concatenate([[start], inner, [end]])).astype(np.int64)


def to_us(instant: datetime) -> int:
    """Microseconds of UTC since 1970, exactly."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


_EPOCH = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))


def settled_end(now: datetime) -> datetime:
    """The newest instant for which all live readings have arrived, on the live grid."""
    settled = now - _SETTLED
    return settled - timedelta(
        microseconds=to_us(settled) % (_LIVE_STEP // timedelta(microseconds=1))
    )


def local_midnight(instant: datetime) -> datetime:
    """Start of the legal day that contains the instant, as UTC."""
    return day_start(instant.astimezone(LEGAL_ZONE).date())


def day_start(day: date) -> datetime:
    """Start of a legal day, as UTC. Days of a clock change have 23 or 25 hours."""
    return datetime.combine(day, time(), LEGAL_ZONE).astimezone(ZoneInfo("UTC"))


def last_quarter(now: datetime) -> GriddedWindow:
    """The last fifteen minutes."""
    end = settled_end(now)
    start = end - timedelta(minutes=15)
    return GriddedWindow(window=Window(name="15min", start=start, end=end), step=_LIVE_STEP)


def today(now: datetime) -> GriddedWindow:
    """The legal day so far."""
    end = settled_end(now)
    window = Window(name="today", start=local_midnight(end), end=end)
    return GriddedWindow(window=window, step=timedelta(minutes=5))


def month(now: datetime) -> GriddedWindow:
    """The calendar month so far."""
    end = settled_end(now)
    first = end.astimezone(LEGAL_ZONE).date().replace(day=1)
    window = Window(name="month", start=day_start(first), end=end)
    return GriddedWindow(window=window, step=timedelta(hours=1))


def twelve_months(now: datetime) -> GriddedWindow:
    """The twelve months that end now, from the start of a legal day."""
    end = settled_end(now)
    day = end.astimezone(LEGAL_ZONE).date()
    year_ago = day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)
    window = Window(name="12months", start=day_start(year_ago), end=end)
    return GriddedWindow(window=window, step=timedelta(hours=1))


def calendar_months(now: datetime, count: int) -> Iterator[Window]:
    """The last ``count`` calendar months, oldest first; the last one is the current month."""
    end = settled_end(now)
    current = end.astimezone(LEGAL_ZONE).date().replace(day=1)
    firsts = [current]
    while len(firsts) < count:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    ends = [end, *(day_start(first) for first in firsts[:-1])]
    for first, month_end in reversed(list(zip(firsts, ends, strict=True))):
        yield Window(name=f"{first:%Y-%m}", start=day_start(first), end=month_end)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, LEGAL_ZONE).astimezone(ZoneInfo("UTC"))


def nights(now: datetime, count: int) -> list[Window]:
    """The last complete legal nights (22 h to 7 h), oldest first."""
    local = now.astimezone(LEGAL_ZONE)
    last = local.date() if local.time() >= NIGHT_ENDS else local.date() - timedelta(days=1)
    ends = [last - timedelta(days=back) for back in range(count - 1, -1, -1)]
    return [
        Window(
            name="last_night",
            start=_at(end - timedelta(days=1), NIGHT_STARTS),
            end=_at(end, NIGHT_ENDS),
        )
        for end in ends
    ]


def last_day(now: datetime) -> Window:
    """The last complete legal day period (7 h to 22 h)."""
    local = now.astimezone(LEGAL_ZONE)
    day = local.date() if local.time() >= NIGHT_STARTS else local.date() - timedelta(days=1)
    return Window(name="last_day", start=_at(day, NIGHT_ENDS), end=_at(day, NIGHT_STARTS))


def origin_of(window: Window, imported: Sequence[Window]) -> Origin:
    """Imported when any part of the window was imported: evidence weighs its weakest part."""
    overlaps = any(w.start < window.end and window.start < w.end for w in imported)
    return Origin.IMPORTED if overlaps else Origin.MEASURED
