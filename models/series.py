"""Cumulative registers on a common grid: what was counted, and what is not known.

Energies and volumes come from cumulative registers, never from averaged powers, so that a
silent hour costs resolution and not kWh. A register may roll over, be replaced or glitch;
each of these is recognised here, and what cannot be known stays unknown.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.readings import FloatArray, IntArray

US_PER_HOUR = 3_600_000_000

# A register read a moment early or late must not look faster than the meter's rated power.
_RATE_SLACK = 1.5
_MIN_RATE_SPAN_US = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterTrace:
    """A register made monotone within segments.

    Between readings of one segment the difference of ``level`` is what was counted; across
    segments (meter replaced, implausible jump) nothing is known.
    """

    ts_us: IntArray
    level: FloatArray
    segment: IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class GridLevels:
    """Levels of several counters at the edges of one grid.

    ``level[m, e]`` is NaN where counter ``m`` is not known at edge ``e``; ``segment`` has the
    same shape and is only meaningful where the level is known.
    """

    edges_us: IntArray
    level: FloatArray
    segment: IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class JointTotals:
    """What several counters counted over exactly the same time.

    ``total[m]`` sums over the covered time only. ``covered_s`` is that time, ``bridged_s`` the
    part of it inside which some register was silent for longer than a grid step, and
    ``window_s`` the whole window.
    """

    total: FloatArray
    covered_s: float
    bridged_s: float
    window_s: float

    @property
    def coverage_ratio(self) -> float:
        """Share of the window that is covered."""
        return self.covered_s / self.window_s if self.window_s > 0 else 0.0

    @property
    def bridged_ratio(self) -> float:
        """Share of the window known only by bridging a silence."""
        return self.bridged_s / self.window_s if self.window_s > 0 else 0.0


def largest_gain(span_us: IntArray, max_rate_per_h: float | None) -> FloatArray:
    """The most a register can have counted over some spans, with slack for the time of reading.

    Examples
    --------
    >>> largest_gain(np.array([US_PER_HOUR]), 100.0).tolist()
    [150.0]
    """
    if max_rate_per_h is None:
        return np.full(np.shape(span_us), np.finfo(np.float64).max)
    span_h = np.maximum(span_us, _MIN_RATE_SPAN_US) / US_PER_HOUR
    return np.asarray(_RATE_SLACK * max_rate_per_h * span_h)


def _plausible(
    gain: FloatArray, span_us: IntArray, max_rate_per_h: float | None
) -> NDArray[np.bool_]:
    return (gain >= 0.0) & (gain <= largest_gain(span_us, max_rate_per_h))


def _without_glitches(
    ts_us: IntArray, value: FloatArray, max_rate_per_h: float | None, modulus: float | None
) -> tuple[IntArray, FloatArray]:
    """Drop single readings that the next reading contradicts.

    A reset must be confirmed by the reading after it: a register that reads 0 once and goes on
    where it was did not restart. The newest reading cannot be confirmed yet; when it lies
    below its predecessor without being a rollover it is left out until the next one comes.
    """
    if len(value) < 2:
        return ts_us, value
    gain = np.diff(value)
    good_step = _plausible(gain, np.diff(ts_us), max_rate_per_h)
    if modulus is not None:
        good_step |= _plausible(gain + modulus, np.diff(ts_us), max_rate_per_h) & (gain < 0)
    keep = np.ones(len(value), dtype=bool)
    if len(value) > 2:
        across = _plausible(value[2:] - value[:-2], ts_us[2:] - ts_us[:-2], max_rate_per_h)
        keep[1:-1] = ~(across & (~good_step[:-1] | ~good_step[1:]))
    keep[-1] = bool(good_step[-1]) or not keep[-2]
    return ts_us[keep], value[keep]


def trace_counter(
    ts_us: IntArray,
    value: FloatArray,
    *,
    modulus: float | None = None,
    max_rate_per_h: float | None = None,
) -> CounterTrace:
    """Make a cumulative register monotone, in segments of known continuity.

    Parameters
    ----------
    ts_us : int array, shape (n,)
        Times of the readings, strictly increasing. [µs]
    value : float array, shape (n,)
        The register in canonical unit; NaN readings are ignored.
    modulus : float, optional
        Value at which the register starts again at zero, in canonical unit.
    max_rate_per_h : float, optional
        The most it can count in an hour, from the meter's rated power or flow.

    Returns
    -------
    CounterTrace
        Without NaN and without single glitches.

    Notes
    -----
    A decrease is a rollover when the wrapped gain is plausible, else the start of a new
    segment. An increase faster than 1.5 times the rated rate starts a new segment as well.
    Without a rate, a decrease counts as a rollover only from the top tenth of the range to
    its bottom tenth.

    Examples
    --------
    >>> t = np.array([0, 1, 2, 3]) * US_PER_HOUR
    >>> trace_counter(t, np.array([98.0, 99.0, 0.5, 1.5]), modulus=100.0).level.tolist()
    [98.0, 99.0, 100.5, 101.5]
    """
    known = np.isfinite(value)
    ts_us, value = _without_glitches(ts_us[known], value[known], max_rate_per_h, modulus)
    if len(value) == 0:
        return CounterTrace(ts_us=ts_us, level=value, segment=np.zeros(0, np.int64))
    gain = np.diff(value)
    span = np.diff(ts_us)
    steady = _plausible(gain, span, max_rate_per_h)
    rolled = np.zeros(len(gain), dtype=bool)
    if modulus is not None:
        wrapped = gain + modulus
        near_ends = (value[:-1] > 0.9 * modulus) & (value[1:] < 0.1 * modulus)
        rolled = (gain < 0) & _plausible(wrapped, span, max_rate_per_h) & near_ends
        gain = np.where(rolled, wrapped, gain)
    broken = ~(steady | rolled)
    level = value[0] + np.concatenate([[0.0], np.cumsum(np.where(broken, 0.0, gain))])
    segment = np.concatenate([[0], np.cumsum(broken)]).astype(np.int64)
    return CounterTrace(ts_us=ts_us, level=level, segment=segment)


def levels_at(
    trace: CounterTrace, edges_us: IntArray, max_gap_us: int
) -> tuple[FloatArray, IntArray]:
    """Level and segment of a counter at given instants.

    An instant is known when a reading falls on it, or when the readings around it belong to
    one segment and lie no further apart than ``max_gap_us``; in between the register is taken
    to run evenly.

    Examples
    --------
    >>> trace = trace_counter(np.array([0, 10]), np.array([1.0, 2.0]))
    >>> levels_at(trace, np.array([5, 10, 11]), 20)[0].tolist()
    [1.5, 2.0, nan]
    """
    n = len(trace.ts_us)
    level = np.full(len(edges_us), np.nan)
    segment = np.zeros(len(edges_us), np.int64)
    if n == 0:
        return level, segment
    before = np.searchsorted(trace.ts_us, edges_us, side="right") - 1
    i = np.clip(before, 0, n - 1)
    j = np.clip(before + 1, 0, n - 1)
    exact = (before >= 0) & (trace.ts_us[i] == edges_us)
    gap = trace.ts_us[j] - trace.ts_us[i]
    inside = (
        (before >= 0)
        & (before + 1 < n)
        & (gap <= max_gap_us)
        & (trace.segment[i] == trace.segment[j])
    )
    share = np.where(gap > 0, (edges_us - trace.ts_us[i]) / np.maximum(gap, 1), 0.0)
    between = trace.level[i] + share * (trace.level[j] - trace.level[i])
    level = np.where(exact, trace.level[i], np.where(inside, between, np.nan))
    return level, trace.segment[i].astype(np.int64)


def joint_totals(grid: GridLevels, start: int = 0, end: int | None = None) -> JointTotals:
    """Sum several counters over the time for which all of them are known together.

    Parameters
    ----------
    grid : GridLevels
        Levels at the edges; the grid's steps are its resolution.
    start, end : int
        First and last edge of the window (default: the whole grid).

    Notes
    -----
    Between two consecutive edges at which every counter is known, every increment is known,
    even when a meter was silent in between: its register went on counting. Such a stretch is
    covered, and counted as bridged. A stretch in which any counter changes segment is not
    covered.
    """
    stop = len(grid.edges_us) if end is None else end + 1
    edges = grid.edges_us[start:stop]
    level = grid.level[:, start:stop]
    segment = grid.segment[:, start:stop]
    window_s = float(edges[-1] - edges[0]) / 1e6 if len(edges) > 1 else 0.0
    joint = np.flatnonzero(np.isfinite(level).all(axis=0)) if len(level) else np.zeros(0, np.int64)
    if len(joint) < 2:
        return JointTotals(
            total=np.zeros(len(level)), covered_s=0.0, bridged_s=0.0, window_s=window_s
        )
    same = (segment[:, joint[1:]] == segment[:, joint[:-1]]).all(axis=0)
    gain = np.diff(level[:, joint], axis=1)
    span_s = np.diff(edges[joint]) / 1e6
    bridged = np.diff(joint) > 1
    return JointTotals(
        total=np.where(same, gain, 0.0).sum(axis=1),
        covered_s=float(span_s[same].sum()),
        bridged_s=float(span_s[same & bridged].sum()),
        window_s=window_s,
    )
