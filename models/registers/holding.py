"""How long a reading of a gauge stands, and sums over the stretches in which one stood."""

from dataclasses import dataclass
from typing import Self, TypeVar

import numpy as np

from models.readings import FloatArray, IntArray
from models.registers.periods import Periods
from models.registers.samples import Samples

# Building management systems report gauges by the quarter of an hour at the slowest, a minute more
# for their jitter: every reading stands for so long.
HOLD_US = 16 * 60 * 1_000_000
# Historians and files give gauges by the hour, five minutes more for their jitter. What is read
# less often says nothing of the hours between.
LONGEST_HOLD_US = 65 * 60 * 1_000_000
# A reading may come a fifth of its interval late. Whole numbers, so that the store rounds alike.
LATE_TIMES, LATE_PARTS = 6, 5

_Column = TypeVar("_Column", FloatArray, IntArray)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Stretches of time in which a value stood, in order and apart from each other."""

    start_us: IntArray
    end_us: IntArray
    value: FloatArray

    @property
    def span_us(self) -> IntArray:
        """Length of each stretch. [us]"""
        return np.asarray(self.end_us - self.start_us)


def held_of(samples: Samples, hold_us: int, longest_us: int) -> tuple[Held, Held]:
    """The stretches in which a reading stood, and the loose end of those that have one.

    Parameters
    ----------
    samples : Samples
        Readings of a gauge; NaN for one that is bad.
    hold_us : int
        How long every reading stands when none follows. [us]
    longest_us : int
        How long one stands at most that follows another in its time. [us]

    Returns
    -------
    tuple of Held
        The values that stood; and what of these stretches lies beyond ``hold_us``, where the value
        is the step to the reading from the one before it, in its size.

    Notes
    -----
    A good reading stands until the next one, and at most for the greater of ``hold_us`` and 1.2
    times the gap before it, bounded by ``longest_us``. That gap counts when it is no longer than
    ``longest_us`` and a good reading lies at its start: else nothing tells how often the gauge is
    read. The gap before and not the one after: what stands does not hang on what comes later.

    Examples
    --------
    Read by the hour, then no more: the first stands for 16 minutes, the second for the hour, the
    last for 65 minutes.

    >>> hour_us = 3_600_000_000
    >>> samples = Samples(ts_us=np.arange(3) * hour_us, value=np.array([20.0, 21.0, 23.0]))
    >>> stood, loose = held_of(samples, HOLD_US, LONGEST_HOLD_US)
    >>> (stood.span_us // 60_000_000).tolist()
    [16, 60, 65]
    >>> (loose.span_us // 60_000_000).tolist(), loose.value.tolist()
    ([44, 49], [1.0, 2.0])
    """
    ts, good = samples.ts_us, np.isfinite(samples.value)
    gap_us = np.diff(ts)
    told = good[:-1] & (gap_us <= longest_us)
    for_gap_us = np.minimum(gap_us * LATE_TIMES // LATE_PARTS, longest_us)
    stands_us = np.full(len(ts), hold_us, np.int64)
    stands_us[1:] = np.where(told, np.maximum(for_gap_us, hold_us), hold_us)
    ends = ts + stands_us
    ends[:-1] = np.minimum(ends[:-1], ts[1:])
    step = np.abs(np.diff(np.where(good, samples.value, 0.0), prepend=0.0))
    loose = good & (ends > ts + hold_us)
    return (
        Held(start_us=ts[good], end_us=ends[good], value=samples.value[good]),
        Held(start_us=ts[loose] + hold_us, end_us=ends[loose], value=step[loose]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Which stretches lie in which interval, and the parts of the first and last of each.

    Stretches ``first`` to ``last`` lie wholly inside. ``head`` reaches in from before for
    ``head_us``, and ``tail`` begins inside and is cut after ``tail_us``; 0 where there is none.
    """

    held: Held
    first: IntArray
    last: IntArray
    head: IntArray
    head_us: IntArray
    tail: IntArray
    tail_us: IntArray

    @classmethod
    def of(cls, held: Held, periods: Periods) -> Self:
        """Cut stretches, of which there is one at least, at the edges of intervals."""
        start, end = periods.start_us, periods.end_us
        first = np.searchsorted(held.start_us, start, side="left")
        stop = np.maximum(np.searchsorted(held.start_us, end, side="left"), first)
        tail, head = np.maximum(stop - 1, 0), np.maximum(first - 1, 0)
        reach = np.minimum(held.end_us[head], end) - start
        begun = np.minimum(held.end_us[tail], end) - held.start_us[tail]
        return cls(
            held=held,
            first=first,
            last=np.maximum(stop - 1, first),
            head=head,
            head_us=np.where(first > 0, np.maximum(reach, 0), 0),
            tail=tail,
            tail_us=np.where(stop > first, begun, 0),
        )

    def time_us(self) -> IntArray:
        """Time in the stretches. [us]"""
        return self.summed(np.ones(len(self.held.value), np.int64))

    def summed(self, rate: _Column) -> _Column:
        """Sum of ``rate`` of each stretch times its time. [us]"""
        whole = np.asarray(self.held.span_us * rate, rate.dtype)
        inside = reduced(np.add, whole, self.first, self.last, 0)
        return np.asarray(inside + rate[self.head] * self.head_us + rate[self.tail] * self.tail_us)

    def extreme(self, pick: np.ufunc) -> FloatArray:
        """Least or greatest of the values that stood; ``pick`` passes over NaN."""
        value = self.held.value
        found = reduced(pick, value, self.first, self.last, np.nan)
        for row, part_us in ((self.head, self.head_us), (self.tail, self.tail_us)):
            found = pick(found, np.where(part_us > 0, value[row], np.nan))
        return np.asarray(found)


def reduced(
    pick: np.ufunc, column: _Column, first: IntArray, stop: IntArray, empty: float
) -> _Column:
    """``pick`` over rows ``[first, stop)`` of a column; ``empty`` where there is none."""
    if not len(first):
        return column[:0]
    # reduceat takes no index past the end, so one row more; for an empty slice it gives the row
    # itself, and between two wanted slices one that is left out.
    padded = np.append(column, np.asarray([empty], column.dtype))
    found = pick.reduceat(padded, np.stack([first, stop], axis=1).ravel())[::2]
    return np.asarray(np.where(stop > first, found, np.asarray(empty, column.dtype)))
