"""The level of a register at an instant, and the interval in which it lies."""

from dataclasses import dataclass

import numpy as np

from models.readings import FloatArray, IntArray
from models.registers.continuity import US_PER_HOUR
from models.registers.trace import RegisterTrace

UNKNOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeLevels:
    """Levels of one register at some instants, shape (k,).

    ``level`` runs evenly between the readings around; the true level lies within ``width`` round
    it, an interval that is zero on a reading. ``segment`` is :data:`UNKNOWN` where the level is
    not known.
    """

    level: FloatArray
    width: FloatArray
    segment: IntArray


def levels_at(trace: RegisterTrace, at_us: IntArray) -> EdgeLevels:
    """Level, width and segment of a register at some instants.

    Parameters
    ----------
    trace : RegisterTrace
        The register, made monotone.
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
    >>> edge = levels_at(trace, np.array([18, 21]) * US_PER_HOUR)
    >>> edge.level.tolist(), edge.width.tolist(), edge.segment.tolist()
    ([109.0, nan], [2.0, 0.0], [0, -1])
    """
    n = len(trace.ts_us)
    if n == 0:
        nothing = np.zeros(len(at_us))
        return EdgeLevels(
            level=np.full(len(at_us), np.nan),
            width=nothing,
            segment=np.full(len(at_us), UNKNOWN, np.int64),
        )
    before = np.searchsorted(trace.ts_us, at_us, side="right") - 1
    i = np.maximum(before, 0)
    j = np.minimum(before + 1, n - 1)
    since_us = at_us - trace.ts_us[i]
    exact = (since_us == 0) & (before >= 0)
    within = (before >= 0) & (j > before) & (trace.segment[i] == trace.segment[j])
    a, b = trace.level[i], trace.level[j]
    gap_us = np.maximum(trace.ts_us[j] - trace.ts_us[i], 1)
    level = a + (b - a) * (since_us / gap_us)
    known = exact | within
    width = np.zeros(len(at_us))
    loose = np.flatnonzero(within & ~exact)
    if len(loose):
        width[loose] = _width(trace, a[loose], b[loose], since_us[loose], gap_us[loose])
    return EdgeLevels(
        level=np.where(exact, a, np.where(within, level, np.nan)),
        width=width,
        segment=np.where(known, trace.segment[i], UNKNOWN),
    )


def _width(
    trace: RegisterTrace, a: FloatArray, b: FloatArray, since_us: IntArray, gap_us: IntArray
) -> FloatArray:
    level = a + (b - a) * (since_us / gap_us)
    rate = trace.register.max_rate_per_h
    if rate is None:
        low, high = np.minimum(a, b), np.maximum(a, b)
        return np.asarray(2.0 * np.maximum(high - level, level - low))
    ahead_h = (gap_us - since_us) / US_PER_HOUR
    low, high = b - rate * ahead_h, a + rate * since_us / US_PER_HOUR
    if trace.register.net:
        low = np.maximum(low, a - rate * since_us / US_PER_HOUR)
        high = np.minimum(high, b + rate * ahead_h)
    else:
        low, high = np.maximum(low, a), np.minimum(high, b)
    # A register read a moment late may seem a little faster than it can be.
    return np.asarray(2.0 * np.maximum(np.maximum(high - level, level - low), 0.0))
