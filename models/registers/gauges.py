"""Gauges over periods: time-weighted mean, extremes and time in a range, from every reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Self, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.readings import FloatArray, IntArray
from models.registers.holding import HOLD_US, LONGEST_HOLD_US, Cut, held_of, reduced
from models.registers.periods import Periods
from models.registers.samples import Samples

ValueRange: TypeAlias = tuple[float, float]
"""Lowest and highest value of a closed range, in the unit of the gauge."""

_US_PER_S = 1e6
_SQRT3 = sqrt(3.0)

_Column = TypeVar("_Column", FloatArray, IntArray)


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeTotals:
    """What one gauge showed in n intervals. Totals of joined intervals are sums and extremes.

    ``known_us``, shape (n,), is the time in which a reading stood; ``integral`` is value times
    seconds over that time, ``minimum`` and ``maximum`` are the extremes of the values that stood
    (NaN without any). ``in_range_us``, shape (r, n), is the time inside each of ``ranges``.

    ``loose_us`` is what of the known time lies beyond the hold of every reading, in gaps of a
    gauge that is read seldom, and ``loose_step`` the size of the step to the reading that stands
    from the one before it, times seconds over that time: what may move between two readings.
    """

    periods: Periods
    ranges: tuple[ValueRange, ...]
    known_us: IntArray
    integral: FloatArray
    minimum: FloatArray
    maximum: FloatArray
    in_range_us: IntArray
    loose_us: IntArray
    loose_step: FloatArray

    def __post_init__(self) -> None:
        """Refuse columns of another length than the intervals, and more time than there is."""
        shape = (len(self.periods),)
        for name in ("known_us", "integral", "minimum", "maximum", "loose_us", "loose_step"):
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
    def firm_ratio(self) -> FloatArray:
        """Share of each interval that is known and not loose; 0 for an empty one. [-]"""
        firm_s = (self.known_us - self.loose_us) / _US_PER_S
        return np.nan_to_num(_divided(firm_s, self.periods.duration_s))

    @property
    def loose_u(self) -> FloatArray:
        """Standard uncertainty of the mean for what moved between readings; unit of the gauge.

        Beyond its hold a reading may be off by any part of a step such as the one before it
        (rectangular, JCGM 100:2008, 4.3.7), by all readings of an interval alike: a fair bound of
        a drift, too much for a scatter. It sees no more than the readings do: what comes and goes
        between two readings in time with them is hidden.
        """
        return np.nan_to_num(_divided(self.loose_step, self.known_s)) / _SQRT3

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

    def between(self, start_us: int, end_us: int) -> Self:
        """The intervals that lie between two instants; they must be in order."""
        first = int(np.searchsorted(self.periods.start_us, start_us, "left"))
        stop = int(np.searchsorted(self.periods.end_us, end_us, "right"))
        return self._rows(slice(first, max(stop, first)))

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
            loose_us=np.append(self.loose_us, later.loose_us),
            loose_step=np.append(self.loose_step, later.loose_step),
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
            loose_us=self.loose_us[rows],
            loose_step=self.loose_step[rows],
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
        loose_us=np.zeros(n, np.int64),
        loose_step=np.zeros(n),
    )


def gauge_totals(
    samples: Samples,
    periods: Periods,
    ranges: Sequence[ValueRange] = (),
    *,
    hold_us: int = HOLD_US,
    longest_us: int = LONGEST_HOLD_US,
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
        How long every reading stands when none follows. [µs]
    longest_us : int
        How long a reading of a gauge that is read seldom may stand: until the next one is due,
        by the gap before it. Not above ``hold_us``, nothing stands for longer than that. [µs]

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
    ``hold_us``, or for 1.2 times the gap before it, bounded by ``longest_us``
    (:func:`~models.registers.holding.held_of`). One before an interval that still stands counts
    inside it. This is the zero-order hold of historians ("interpolation: last value"); its error is
    that of a signal that moves between two readings, for which :attr:`GaugeTotals.loose_u` stands
    where they are further apart than ``hold_us``. Additive over any split, times exactly.

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
    stood, loose = held_of(samples, hold_us, longest_us)
    if not len(stood.value):
        return unknown_gauge(periods, ranges)
    cut = Cut.of(stood, periods)
    inside = [(stood.value >= low) & (stood.value <= high) for low, high in ranges]
    beyond = Cut.of(loose, periods) if len(loose.value) else None
    none = unknown_gauge(periods)
    return GaugeTotals(
        periods=periods,
        ranges=tuple(ranges),
        known_us=cut.time_us(),
        integral=cut.summed(stood.value) / _US_PER_S,
        minimum=cut.extreme(np.fmin),
        maximum=cut.extreme(np.fmax),
        in_range_us=np.array(
            [cut.summed(each.astype(np.int64)) for each in inside], np.int64
        ).reshape(len(ranges), len(periods)),
        loose_us=none.loose_us if beyond is None else beyond.time_us(),
        loose_step=(none.loose_step if beyond is None else beyond.summed(loose.value) / _US_PER_S),
    )


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
        return reduced(pick, column, first, stop, empty)

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
        loose_us=over(np.add, totals.loose_us, 0),
        loose_step=over(np.add, totals.loose_step, 0.0),
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


def _divided(above: FloatArray, below: FloatArray) -> FloatArray:
    return np.asarray(
        np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0.0)
    )
