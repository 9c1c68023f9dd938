"""The windows that KPIs are given for, and the grids of their steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from models.legal_time.days import to_us
from models.legal_time.periods import named_period
from models.readings import IntArray, Origin, Window

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


def settled_end(now: datetime) -> datetime:
    """The newest instant for which all live readings have arrived, on the live grid."""
    settled = now - _SETTLED
    return settled - timedelta(
        microseconds=to_us(settled) % (_LIVE_STEP // timedelta(microseconds=1))
    )


def last_quarter(now: datetime) -> GriddedWindow:
    """The last fifteen minutes."""
    return GriddedWindow(window=named_period("15min", settled_end(now)), step=_LIVE_STEP)


def today(now: datetime) -> GriddedWindow:
    """The legal day so far."""
    return GriddedWindow(window=named_period("today", settled_end(now)), step=timedelta(minutes=5))


def month(now: datetime) -> GriddedWindow:
    """The calendar month so far."""
    return GriddedWindow(window=named_period("month", settled_end(now)), step=timedelta(hours=1))


def twelve_months(now: datetime) -> GriddedWindow:
    """The twelve months that end now."""
    return GriddedWindow(window=named_period("12months", settled_end(now)), step=timedelta(hours=1))


def origin_of(window: Window, imported: Sequence[Window]) -> Origin:
    """Imported when any part of the window was imported: evidence weighs its weakest part."""
    overlaps = any(w.start < window.end and window.start < w.end for w in imported)
    return Origin.IMPORTED if overlaps else Origin.MEASURED
