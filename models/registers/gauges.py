"""Gauges over periods: time-weighted mean, extremes and time in a range, from every reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.readings import FloatArray, IntArray
from models.registers.periods import Periods
from models.registers.samples import Samples

ValueRange: TypeAlias = tuple[float, float]
"""Lowest and highest value of a closed range, in the unit of the gauge."""

# Building management systems report gauges by the quarter of an hour at the slowest; a minute more
# for their jitter. What is silent for longer is not known.
HOLD_US = 16 * 60 * 1_000_000
_US_PER_S = 1e6

_Column = TypeVar("_Column", FloatArray, IntArray)


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeTotals:
    """What one gauge showed in n intervals. Totals of joined intervals are sums and extremes.

    ``known_us``, shape (n,), is the time in which a reading stood; ``integral`` is value times
    seconds over that time, ``minimum`` and ``maximum`` are the extremes of the values that stood
    (NaN without any). ``in_range_us``, shape (r, n), is the time inside each of ``ranges``.
    """

    periods: Periods
    ranges: tuple[ValueRange, ...]
    known_us: IntArray
    integral: FloatArray
    minimum: FloatArray
    maximum: FloatArray
    in_range_us: IntArray

    def __post_init__(self) -> None:
        """Refuse columns of another length than the intervals, and more time than there is."""
        shape = (len(self.periods),)
        for name in ("known_us", "integral", "minimum", "maximum"):
            if getattr(self, name).shape != shape:
                msg = f"{name} has shape {getattr(self, name).shape}, the intervals {shape}"
                raise ValueError(msg)
        if self.in_range_us.shape != (len(self.ranges), *shape):
            msg = f"in_range_us has shape {self.in_range_us.shape} for {len(self.ranges)} ranges"
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.periods)

    @property
    def known_s(self) -> FloatArray:
        """Time in which a reading stood. [s]"""
        return np.asarray(self.known_us / _US_PER_S)

    @property
    def mean(self) -> FloatArray:
        """Time-weighted mean over the known time, NaN without any; unit of the gauge."""
        return _divided(self.integral, self.known_s)

    @property
    def coverage_ratio(self) -> FloatArray:
        """Share of each interval that is known; 0 for an empty one. [-]"""
        return np.nan_to_num(_divided(self.known_s, self.periods.duration_s))

    def share_in(self, wanted: ValueRange) -> FloatArray:
        """Share of the known time inside a range, NaN without any known time. [-]

        Raises
        ------
        ValueError
            If the totals were not made with that range.
        """
        if wanted not in self.ranges:
            msg = f"no time in {wanted} was summed, only in {list(self.ranges)}"
            raise ValueError(msg)
        inside_us = self.in_range_us[self.ranges.index(wanted)]
        return _divided(inside_us / _US_PER_S, self.known_s)

    def upto(self, end_us: int) -> Self:
        """The intervals that end at an instant or before; they must be in order."""
        return self._rows(slice(0, int(np.searchsorted(self.periods.end_us, end_us, "right"))))

    def since(self, start_us: int) -> Self:
        """The intervals that start at an instant or after; they must be in order."""
        first = int(np.searchsorted(self.periods.start_us, start_us, "left"))
        return self._rows(slice(first, len(self)))

    def then(self, later: Self) -> Self:
        """These intervals followed by others with the same ranges."""
        if later.ranges != self.ranges:
            msg = f"ranges differ: {list(self.ranges)} and {list(later.ranges)}"
            raise ValueError(msg)
        return type(self)(
            periods=Periods(
                start_us=np.append(self.periods.start_us, later.periods.start_us),
                end_us=np.append(self.periods.end_us, later.periods.end_us),
            ),
            ranges=self.ranges,
            known_us=np.append(self.known_us, later.known_us),
            integral=np.append(self.integral, later.integral),
            minimum=np.append(self.minimum, later.minimum),
            maximum=np.append(self.maximum, later.maximum),
            in_range_us=np.concatenate([self.in_range_us, later.in_range_us], axis=1),
        )

    def _rows(self, rows: slice) -> Self:
        return type(self)(
            periods=Periods(start_us=self.periods.start_us[rows], end_us=self.periods.end_us[rows]),
            ranges=self.ranges,
            known_us=self.known_us[rows],
            integral=self.integral[rows],
            minimum=self.minimum[rows],
            maximum=self.maximum[rows],
            in_range_us=self.in_range_us[:, rows],
        )


GaugesByKey: TypeAlias = Mapping[str, GaugeTotals]


def unknown_gauge(periods: Periods, ranges: Sequence[ValueRange] = ()) -> GaugeTotals:
    """Totals of a gauge that has no reading."""
    n = len(periods)
    return GaugeTotals(
        periods=periods,
        ranges=tuple(ranges),
        known_us=np.zeros(n, np.int64),
        integral=np.zeros(n),
        minimum=np.full(n, np.nan),
        maximum=np.full(n, np.nan),
        in_range_us=np.zeros((len(ranges), n), np.int64),
    )


def gauge_totals(
    samples: Samples,
    periods: Periods,
    ranges: Sequence[ValueRange] = (),
    *,
    hold_us: int = HOLD_US,
) -> GaugeTotals:
    """Sum a gauge over intervals, from every reading.

    Parameters
    ----------
    samples : Samples
        Readings of the gauge in any unit; NaN for a reading that is bad.
    periods : Periods
        Half-open intervals, which may overlap and need no order.
    ranges : sequence of (float, float), optional
        Closed ranges in the unit of the gauge; the time inside each is summed.
    hold_us : int
        How long a reading stands when none follows. [µs]

    Returns
    -------
    GaugeTotals
        One row for each interval.

    Raises
    ------
    ValueError
        If the hold is not above 0.

    Notes
    -----
    A reading stands from its time until the next one, a bad one included, and at most for
    ``hold_us``. One before an interval that still stands counts inside it. This is the
    zero-order hold of historians ("interpolation: last value"); its error is that of a signal
    that moves between two readings. Additive over any split, times exactly.

    Examples
    --------
    40 degC for 40 minutes, then 26.5 degC for 20 minutes:

    >>> minute_us = 60_000_000
    >>> samples = Samples(
    ...     ts_us=np.arange(0, 60, 10) * minute_us,
    ...     value=np.array([40.0, 40.0, 40.0, 40.0, 26.5, 26.5]),
    ... )
    >>> hour = Periods.between(np.array([0, 60]) * minute_us)
    >>> totals = gauge_totals(samples, hour, [(18.0, 27.0)])
    >>> totals.mean.tolist(), totals.maximum.tolist(), totals.known_s.tolist()
    ([35.5], [40.0], [3600.0])
    >>> totals.share_in((18.0, 27.0)).round(3).tolist()
    [0.333]
    """
    if hold_us <= 0:
        msg = f"a reading must stand for some time, got a hold of {hold_us} µs"
        raise ValueError(msg)
    if not len(samples):
        return unknown_gauge(periods, ranges)
    return _Held.of(samples, hold_us).totals(periods, tuple(ranges))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """Stretches of time in which a value stood, in order and apart from each other."""

    start_us: IntArray
    end_us: IntArray
    value: FloatArray

    @classmethod
    def of(cls, samples: Samples, hold_us: int) -> Self:
        good = np.isfinite(samples.value)
        ends = samples.ts_us + hold_us
        ends[:-1] = np.minimum(ends[:-1], samples.ts_us[1:])
        return cls(start_us=samples.ts_us[good], end_us=ends[good], value=samples.value[good])

    def totals(self, periods: Periods, ranges: tuple[ValueRange, ...]) -> GaugeTotals:
        if not len(self.value):
            return unknown_gauge(periods, ranges)
        cut = _Cut.of(self, periods)
        inside = [(self.value >= low) & (self.value <= high) for low, high in ranges]
        span_us = self.end_us - self.start_us
        return GaugeTotals(
            periods=periods,
            ranges=ranges,
            known_us=cut.summed(span_us, np.ones(len(span_us), np.int64)),
            integral=np.asarray(cut.summed(span_us * self.value, self.value) / _US_PER_S),
            minimum=cut.extreme(np.fmin, self.value),
            maximum=cut.extreme(np.fmax, self.value),
            in_range_us=np.array(
                [cut.summed(span_us * each, each.astype(np.int64)) for each in inside], np.int64
            ).reshape(len(ranges), len(periods)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """Which stretches lie in which interval, and the parts of the first and last of each.

    Stretches ``first`` to ``last`` lie wholly inside. ``head`` reaches in from before for
    ``head_us``, and ``tail`` begins inside and is cut after ``tail_us``; 0 where there is none.
    """

    first: IntArray
    last: IntArray
    head: IntArray
    head_us: IntArray
    tail: IntArray
    tail_us: IntArray

    @classmethod
    def of(cls, held: _Held, periods: Periods) -> Self:
        start, end = periods.start_us, periods.end_us
        first = np.searchsorted(held.start_us, start, side="left")
        stop = np.maximum(np.searchsorted(held.start_us, end, side="left"), first)
        tail, head = np.maximum(stop - 1, 0), np.maximum(first - 1, 0)
        reach = np.minimum(held.end_us[head], end) - start
        begun = np.minimum(held.end_us[tail], end) - held.start_us[tail]
        return cls(
            first=first,
            last=np.maximum(stop - 1, first),
            head=head,
            head_us=np.where(first > 0, np.maximum(reach, 0), 0),
            tail=tail,
            tail_us=np.where(stop > first, begun, 0),
        )

    def summed(self, whole: _Column, rate: _Column) -> _Column:
        """Sum of ``whole`` over the stretches inside, and of ``rate`` times the cut times."""
        inside = _reduced(np.add, whole, self.first, self.last, 0)
        return np.asarray(inside + rate[self.head] * self.head_us + rate[self.tail] * self.tail_us)

    def extreme(self, pick: np.ufunc, value: FloatArray) -> FloatArray:
        """Least or greatest of the values that stood; ``pick`` passes over NaN."""
        found = _reduced(pick, value, self.first, self.last, np.nan)
        for row, part_us in ((self.head, self.head_us), (self.tail, self.tail_us)):
            found = pick(found, np.where(part_us > 0, value[row], np.nan))
        return np.asarray(found)


def joined(totals: GaugeTotals, periods: Periods) -> GaugeTotals:
    """Totals over periods that the intervals tile.

    Parameters
    ----------
    totals : GaugeTotals
        Intervals in order, each beginning where the one before ends.
    periods : Periods
        Periods whose edges are edges of intervals; they may overlap.

    Returns
    -------
    GaugeTotals
        One row for each period, as :func:`gauge_totals` over the periods would give it.

    Raises
    ------
    ValueError
        If the intervals leave a hole, or do not tile one of the periods.

    Examples
    --------
    >>> samples = Samples(ts_us=np.array([0, 10, 20]), value=np.array([1.0, 5.0, 3.0]))
    >>> halves = gauge_totals(samples, Periods.between(np.array([0, 10, 25])), hold_us=20)
    >>> whole = joined(halves, Periods.between(np.array([0, 25])))
    >>> whole.mean.round(9).tolist(), whole.minimum.tolist(), whole.maximum.tolist()
    ([3.0], [1.0], [5.0])
    """
    own = totals.periods
    if np.any(own.start_us[1:] != own.end_us[:-1]):
        row = int(np.argmax(own.start_us[1:] != own.end_us[:-1])) + 1
        msg = f"interval {row} does not begin where the one before ends"
        raise ValueError(msg)
    first = np.searchsorted(own.start_us, periods.start_us, side="left")
    stop = np.searchsorted(own.end_us, periods.end_us, side="right")
    filled = periods.end_us > periods.start_us
    _require_tiling(own, periods, first, stop, filled)
    first, stop = np.where(filled, first, 0), np.where(filled, stop, 0)

    def over(pick: np.ufunc, column: _Column, empty: float) -> _Column:
        return _reduced(pick, column, first, stop, empty)

    return GaugeTotals(
        periods=periods,
        ranges=totals.ranges,
        known_us=over(np.add, totals.known_us, 0),
        integral=over(np.add, totals.integral, 0.0),
        minimum=over(np.fmin, totals.minimum, np.nan),
        maximum=over(np.fmax, totals.maximum, np.nan),
        in_range_us=np.array(
            [over(np.add, row, 0) for row in totals.in_range_us], np.int64
        ).reshape(len(totals.ranges), len(periods)),
    )


def _require_tiling(
    own: Periods, periods: Periods, first: IntArray, stop: IntArray, filled: NDArray[np.bool_]
) -> None:
    last = np.maximum(stop - 1, 0)
    inside = (first < len(own)) & (stop > 0)
    at = np.where(inside, first, 0)
    if len(own):
        good = inside & (own.start_us[at] == periods.start_us)
        good &= own.end_us[last] == periods.end_us
    else:
        good = inside
    if np.any(filled & ~good):
        row = int(np.argmax(filled & ~good))
        msg = f"no intervals from the start to the end of period {row}"
        raise ValueError(msg)


def _reduced(
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


def _divided(above: FloatArray, below: FloatArray) -> FloatArray:
    return np.asarray(
        np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0.0)
    )
