"""The level of a register at an instant, and the interval in which it lies."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.readings import FloatArray, IntArray
from models.registers.continuity import US_PER_HOUR
from models.registers.trace import RegisterTrace

BoolArray = NDArray[np.bool_]

UNKNOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeLevels:
    """Levels of m registers at k instants, shape (m, k).

    ``level`` runs evenly between the readings around; the true level lies within ``width`` round
    it, an interval that is zero on a reading. ``segment`` is :data:`UNKNOWN` where the level is
    not known. ``reading`` is what the register last showed, known or not: its step hangs on that.
    """

    level: FloatArray
    width: FloatArray
    segment: IntArray
    reading: FloatArray


def levels_at(traces: Collection[RegisterTrace], at_us: IntArray) -> EdgeLevels:
    """Level, width and segment of some registers at some instants.

    Parameters
    ----------
    traces : collection of RegisterTrace
        The registers, made monotone.
    at_us : int array, shape (k,)
        The instants, in any order. [us]

    Returns
    -------
    EdgeLevels
        NaN where no segment holds the instant.

    Notes
    -----
    Between a reading a at ta and b at tb the level lies in [max(a, b - r (tb - t)),
    min(b, a + r (t - ta))] with the greatest rate r; a net register in the same interval without
    the bounds a and b. The interpolated level need not stand in its middle: the width is twice
    the distance to the farther end, so that the interval is never too narrow.

    Examples
    --------
    Ten kWh between two visits; at most one an hour can be counted in the last two hours:

    >>> from models.registers.register import Register
    >>> from models.registers.samples import Samples
    >>> from models.registers.trace import trace_register
    >>> visits = Samples(ts_us=np.array([0, 20]) * US_PER_HOUR, value=np.array([100.0, 110.0]))
    >>> trace = trace_register(Register(key="m.energy", max_rate_per_h=1.0), visits)
    >>> edge = levels_at([trace], np.array([18, 21]) * US_PER_HOUR)
    >>> edge.level.tolist(), edge.width.tolist(), edge.segment.tolist()
    ([[109.0, nan]], [[2.0, 0.0]], [[0, -1]])
    """
    around = _Around.of(traces, at_us)
    since_us = at_us - around.before_us
    exact = around.begun & (since_us == 0)
    within = around.begun & around.goes_on & ~exact
    gap_us = np.maximum(around.after_us - around.before_us, 1)
    level = around.before + (around.after - around.before) * (since_us / gap_us)
    level[exact] = around.before[exact]
    known = exact | within
    level[~known] = np.nan
    width = np.zeros(level.shape)
    if within.any():
        width = np.where(within, _width(traces, around, level, since_us), 0.0)
    return EdgeLevels(
        level=level,
        width=width,
        segment=np.where(known, around.segment, UNKNOWN),
        reading=around.reading,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """The readings around some instants, shape (m, k).

    ``begun`` says that there is one before, or on the instant; ``goes_on`` that the one after is
    of the same segment.
    """

    before_us: IntArray
    after_us: IntArray
    before: FloatArray
    after: FloatArray
    reading: FloatArray
    segment: IntArray
    begun: BoolArray
    goes_on: BoolArray

    @classmethod
    def of(cls, traces: Collection[RegisterTrace], at_us: IntArray) -> Self:
        shape = (len(traces), len(at_us))
        times = np.zeros((2, *shape), np.int64)
        levels = np.zeros((3, *shape))
        segment = np.full(shape, UNKNOWN, np.int64)
        begun, goes_on = np.zeros(shape, bool), np.zeros(shape, bool)
        for row, trace in enumerate(traces):
            n = len(trace.ts_us)
            if n == 0:
                continue
            j = np.searchsorted(trace.ts_us, at_us, side="right")
            np.greater(j, 0, out=begun[row])
            np.less(j, n, out=goes_on[row])
            i = j - 1
            for place, column in ((times, trace.ts_us), (levels, trace.level)):
                column.take(i, out=place[0, row], mode="clip")
                column.take(j, out=place[1, row], mode="clip")
            levels[2, row] = levels[0, row]
            if trace.reading is not trace.level:
                trace.reading.take(i, out=levels[2, row], mode="clip")
            segment[row] = trace.segment[0]
            if trace.segment[-1] != trace.segment[0]:
                trace.segment.take(i, out=segment[row], mode="clip")
                goes_on[row] &= segment[row] == trace.segment.take(j, mode="clip")
        return cls(
            before_us=times[0],
            after_us=times[1],
            before=levels[0],
            after=levels[1],
            reading=levels[2],
            segment=segment,
            begun=begun,
            goes_on=goes_on,
        )


def _width(
    traces: Collection[RegisterTrace], around: _Around, level: FloatArray, since_us: IntArray
) -> FloatArray:
    """Twice the distance from the even level to the farther end of where it may lie."""
    rates = [one.register.max_rate_per_h for one in traces]
    # Without a greatest rate only the readings themselves bound a level, a net one's as well.
    bounded = np.array([one is not None for one in rates])
    net = np.array([one.register.net for one in traces]) & bounded
    rate = np.array([0.0 if one is None else one for one in rates])[:, None]
    since = since_us * (rate / US_PER_HOUR)
    ahead = (around.after_us - around.before_us - since_us) * (rate / US_PER_HOUR)
    low, high = around.after - ahead, around.before + since
    a, b = around.before, around.after
    if not bounded.all():
        a, b = np.minimum(a, b), np.maximum(a, b)
        low[~bounded], high[~bounded] = a[~bounded], b[~bounded]
    if net.any():
        a, b = a.copy(), b.copy()
        a[net] = around.before[net] - since[net]
        b[net] = around.after[net] + ahead[net]
    np.maximum(low, a, out=low)
    np.minimum(high, b, out=high)
    # A register read a moment late may seem a little faster than it can be.
    high -= level
    np.subtract(level, low, out=low)
    np.maximum(high, low, out=high)
    np.maximum(high, 0.0, out=high)
    high *= 2.0
    return high
