"""Raw registers on a common grid, cut into days: which days are clean, and what the others hold.

Over a day in which a register was read at every edge and never stepped implausibly, what it
counted is its last reading less its first. One pass over the data finds those days; only the
others are traced reading by reading (:func:`models.series.trace_counter`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.legal_time.days import day_edges_us, from_us, legal_day
from models.readings import FloatArray, IntArray
from models.series import largest_gain, trace_counter

BoolArray = NDArray[np.bool_]

# So many registers at once that the steps of one day of minutes stay in the second-level cache.
_ROWS_AT_ONCE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterGrid:
    """Raw cumulative registers, read at the edges of one grid.

    Parameters
    ----------
    edges_us : int array, shape (n,)
        Times of the edges, strictly increasing. [µs UTC]
    value : float array, shape (r, n)
        The registers in canonical unit; NaN where there is no reading.
    day_edge : int array, shape (d + 1,)
        Index of the edge at which each day begins, and at last that at which the last day ends.
    modulus, max_rate_per_h : tuple of length r
        As for :func:`models.series.trace_counter`.

    Raises
    ------
    ValueError
        If the shapes do not fit or an order is broken.
    """

    edges_us: IntArray
    value: FloatArray
    day_edge: IntArray
    modulus: tuple[float | None, ...]
    max_rate_per_h: tuple[float | None, ...]

    def __post_init__(self) -> None:
        """Refuse shapes that do not fit."""
        registers = len(self.value)
        if registers == 0:
            msg = "value holds no register; give at least one row"
            raise ValueError(msg)
        if self.value.shape != (registers, len(self.edges_us)):
            msg = f"value has shape {self.value.shape}, the grid {len(self.edges_us)} edges"
            raise ValueError(msg)
        if len(self.modulus) != registers or len(self.max_rate_per_h) != registers:
            msg = f"modulus and max_rate_per_h need one entry for each of {registers} registers"
            raise ValueError(msg)
        if len(self.edges_us) > 1 and not (np.diff(self.edges_us) > 0).all():
            msg = "edges_us must increase strictly; sort the grid and drop repeated edges"
            raise ValueError(msg)
        if len(self.day_edge) < 2 or not (np.diff(self.day_edge) > 0).all():
            msg = "day_edge must increase strictly and hold at least one day"
            raise ValueError(msg)
        if self.day_edge[0] < 0 or self.day_edge[-1] >= len(self.edges_us):
            msg = "day_edge points outside the grid"
            raise ValueError(msg)

    @property
    def days(self) -> int:
        """Number of days."""
        return len(self.day_edge) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OddDay:
    """One register over one day with a gap, a rollover, a glitch or a new meter.

    ``level`` and ``segment`` are as in :class:`models.series.GridLevels`, for the day's edges;
    ``segment`` is None when all known levels belong to one.
    """

    level: FloatArray
    segment: IntArray | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedRegisters:
    """Registers cut into days.

    ``clean`` has shape (r, d); ``at_edge``, shape (r, d + 1), holds the readings at the day
    edges; ``odd`` has one entry for each (register, day) that is not clean.
    """

    grid: RegisterGrid
    clean: BoolArray
    at_edge: FloatArray
    odd: dict[tuple[int, int], OddDay]


def legal_day_edges(edges_us: IntArray) -> IntArray:
    """Where the legal days begin on a grid, with the end of the last whole day.

    Parameters
    ----------
    edges_us : int array, shape (n,)
        Times of the edges, strictly increasing. [µs UTC]

    Returns
    -------
    int array, shape (d + 1,)
        Indices into ``edges_us``. A day of a clock change has 23 or 25 hours.

    Raises
    ------
    ValueError
        If a midnight between the first and the last edge is not an edge.

    Examples
    --------
    Hours around the night of 28 March 2026, which is short:

    >>> from datetime import UTC, datetime
    >>> first = int(datetime(2026, 3, 27, 23, tzinfo=UTC).timestamp()) * 1_000_000
    >>> legal_day_edges(first + np.arange(49) * 3_600_000_000).tolist()
    [0, 24, 47]
    """
    start, end = (from_us(int(edges_us[k])) for k in (0, -1))
    midnights = day_edges_us(legal_day(start), legal_day(end))
    wanted = midnights[midnights >= edges_us[0]]
    found: IntArray = np.searchsorted(edges_us, wanted)
    if not np.array_equal(edges_us[found], wanted):
        msg = "the grid has no edge at some midnight of Paris; choose a step that divides the day"
        raise ValueError(msg)
    return found


def scan(grid: RegisterGrid) -> ScannedRegisters:
    """Find the clean days of every register and trace the others.

    Returns
    -------
    ScannedRegisters
        What :func:`models.daily.totals.joint_day_totals` sums up.

    Notes
    -----
    An edge is known when a reading falls on it and is not a glitch; no edge is interpolated.
    A day is clean when every step from the edge before it to the edge after it is known,
    not negative and not faster than the register can count: then no rule of
    :func:`models.series.trace_counter` touches it. The time taken grows with the days that are not
    clean: a register read less often than the grid has edges is never clean and wants a coarser
    grid.

    Examples
    --------
    >>> hours = np.arange(5) * 3_600_000_000
    >>> grid = RegisterGrid(
    ...     edges_us=hours, value=np.array([[0.0, 1.0, 2.0, np.nan, 4.0]]),
    ...     day_edge=np.array([0, 1, 4]), modulus=(None,), max_rate_per_h=(None,),
    ... )
    >>> scan(grid).clean.tolist()
    [[True, False]]
    """
    clean = _clean_days(grid)
    odd = {
        (int(row), int(day)): _traced(grid, int(row), int(day)) for row, day in np.argwhere(~clean)
    }
    return ScannedRegisters(grid=grid, clean=clean, at_edge=grid.value[:, grid.day_edge], odd=odd)


def _clean_days(grid: RegisterGrid) -> BoolArray:
    registers, edges = grid.value.shape
    clean = np.zeros((registers, grid.days), dtype=bool)
    starts = np.maximum(grid.day_edge[:-1] - 1, 0)
    stops = np.minimum(grid.day_edge[1:] + 2, edges)
    limit = _step_limits(grid, starts, stops)
    buffer = np.empty((_ROWS_AT_ONCE, int((stops - starts).max())))
    with np.errstate(invalid="ignore", over="ignore"):
        for first in range(0, registers, _ROWS_AT_ONCE):
            value = grid.value[first : first + _ROWS_AT_ONCE]
            rows = slice(first, first + len(value))
            for day, (start, stop) in enumerate(zip(starts, stops, strict=True)):
                steps = buffer[: len(value), : stop - start - 1]
                np.subtract(value[:, start + 1 : stop], value[:, start : stop - 1], out=steps)
                # A NaN makes both extremes NaN, and both comparisons false.
                clean[rows, day] = (steps.min(axis=1) >= 0.0) & (
                    steps.max(axis=1) <= limit[rows, day]
                )
    return clean


def _step_limits(grid: RegisterGrid, starts: IntArray, stops: IntArray) -> FloatArray:
    """The most each register may gain over the shortest step of each day."""
    span_us = np.diff(grid.edges_us)
    shortest = np.array(
        [span_us[a : b - 1].min() for a, b in zip(starts, stops, strict=True)], dtype=np.int64
    )
    return np.stack([largest_gain(shortest, rate) for rate in grid.max_rate_per_h])


def _traced(grid: RegisterGrid, row: int, day: int) -> OddDay:
    start, stop = int(grid.day_edge[day]), int(grid.day_edge[day + 1]) + 1
    value = grid.value[row]
    inside = value[start:stop]
    known = np.flatnonzero(np.isfinite(inside))
    if len(known) == 0:
        return OddDay(level=np.full(stop - start, np.nan), segment=None)
    # A glitch is recognised by the known readings beside it: one on either side of the day.
    at = np.concatenate([_last_known(value, start), start + known, _first_known(value, stop)])
    ts_us, read = grid.edges_us[at], value[at]
    gain = np.diff(read)
    limit = largest_gain(np.diff(ts_us), grid.max_rate_per_h[row])
    if bool(((gain >= 0.0) & (gain <= limit)).all()):
        return OddDay(level=np.where(np.isfinite(inside), inside, np.nan), segment=None)
    trace = trace_counter(
        ts_us, read, modulus=grid.modulus[row], max_rate_per_h=grid.max_rate_per_h[row]
    )
    edges_us = grid.edges_us[start:stop]
    own = (trace.ts_us >= edges_us[0]) & (trace.ts_us <= edges_us[-1])
    place = np.searchsorted(edges_us, trace.ts_us[own])
    level = np.full(stop - start, np.nan)
    segment = np.zeros(stop - start, np.int64)
    level[place] = trace.level[own]
    segment[place] = trace.segment[own]
    return OddDay(level=level, segment=segment)


def _last_known(value: FloatArray, stop: int) -> IntArray:
    """Index of the last known reading before ``stop``; none when there is none."""
    reach = 64
    while True:
        low = max(0, stop - reach)
        found = low + np.flatnonzero(np.isfinite(value[low:stop]))
        if len(found) or low == 0:
            return found[-1:]
        reach *= 8


def _first_known(value: FloatArray, start: int) -> IntArray:
    """Index of the first known reading from ``start`` on; none when there is none."""
    reach = 64
    while True:
        found = start + np.flatnonzero(np.isfinite(value[start : start + reach]))
        if len(found) or start + reach >= len(value):
            return found[:1]
        reach *= 8
