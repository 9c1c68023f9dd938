"""Many registers over many periods: levels once, joint counts of any of them."""

from collections.abc import Mapping, Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from models.readings import FloatArray, IntArray
from models.registers.edges import UNKNOWN, levels_at
from models.registers.periods import Cause, JointCounts, Periods
from models.registers.trace import RegisterTrace, Stretch

BoolArray = NDArray[np.bool_]

# Half the width of the interval is the half-width of a rectangular distribution (JCGM 100, 4.3.7).
_TWO_SQRT3 = 2.0 * sqrt(3.0)
# Two readings, each rectangular within one step (JCGM 100:2008, F.2.2.1).
_SQRT6 = sqrt(6.0)


class RegisterTable:
    """Levels of registers at every edge of some periods and wherever one of them breaks.

    Parameters
    ----------
    traces : mapping of key to RegisterTrace
        The registers.
    periods : Periods
        The periods, which may overlap.

    Examples
    --------
    Two meters over two hours, of which one was read at the ends only:

    >>> from models.registers.register import Register
    >>> from models.registers.samples import Samples
    >>> from models.registers.trace import trace_register
    >>> hours = np.arange(3) * 3_600_000_000
    >>> intake = Samples(ts_us=hours, value=np.array([0.0, 120.0, 250.0]))
    >>> ups = Samples(ts_us=hours[::2], value=np.array([0.0, 200.0]))
    >>> table = RegisterTable(
    ...     {
    ...         "intake": trace_register(Register(key="intake", max_rate_per_h=200.0), intake),
    ...         "ups": trace_register(Register(key="ups", max_rate_per_h=200.0), ups),
    ...     },
    ...     Periods.between(hours),
    ... )
    >>> counts = table.joint(("intake", "ups"))
    >>> counts.total.tolist(), counts.covered_s.tolist()
    ([[120.0, 130.0], [100.0, 100.0]], [3600.0, 3600.0])
    """

    def __init__(self, traces: Mapping[str, RegisterTrace], periods: Periods) -> None:
        """Evaluate every register at every cut."""
        self.periods = periods
        self._traces = tuple(traces.values())
        self._row = {key: row for row, key in enumerate(traces)}
        cuts = _cuts(self._traces, periods)
        self._cuts = cuts
        self._first = np.searchsorted(cuts, periods.start_us)
        self._last = np.searchsorted(cuts, periods.end_us)
        shape = (len(self._traces), len(cuts))
        level, width = np.empty(shape), np.zeros(shape)
        segment = np.empty(shape, np.int64)
        for row, trace in enumerate(self._traces):
            edge = levels_at(trace, cuts)
            level[row], width[row], segment[row] = edge.level, edge.width, edge.segment
        self._known: BoolArray = (segment[:, 1:] == segment[:, :-1]) & (segment[:, 1:] != UNKNOWN)
        self._gain = np.where(self._known, np.diff(level, axis=1), 0.0)
        self._level = level
        self._edge_variance = np.square(width / _TWO_SQRT3)
        self._length_s = np.diff(cuts) / 1e6

    def joint(self, keys: Sequence[str]) -> JointCounts:
        """What some registers counted over the time for which all of them are known.

        Parameters
        ----------
        keys : sequence of str
            The registers, in the order of the rows; an unknown key is a register without readings.

        Returns
        -------
        JointCounts
            One column a period.
        """
        rows = self._rows(keys)
        known = self._known[rows]
        joint: BoolArray = np.zeros(known.shape[1], dtype=bool)
        if len(rows) == len(keys) > 0:
            joint = np.asarray(known.all(axis=0))
        totals = self._spread(keys, rows, self._summed(self._gain[rows] * joint))
        frozen = self._frozen(rows, joint)
        missing = self._spread(keys, rows, self._summed(self._length_s * ~known))
        if len(rows) < len(keys):
            absent = [n for n, key in enumerate(keys) if key not in self._row]
            missing[absent] = self.periods.duration_s
        covered_s = self._summed(self._length_s * joint)
        frozen_s = self._summed(self._length_s * frozen)
        return JointCounts(
            periods=self.periods,
            total=totals,
            edge_u=self._spread(keys, rows, self._edge_u(rows, joint)),
            step_u=self._spread(keys, rows, self._step_u(rows, joint)),
            covered_s=covered_s,
            bridged_s=self._bridged_s(rows, joint),
            frozen_s=frozen_s,
            missing_s=missing,
            cause=self._cause(rows, joint, frozen_s),
        )

    def each(self, keys: Sequence[str]) -> FloatArray:
        """What each register counted by itself, shape (m, n); NaN where a period is not whole."""
        rows = self._rows(keys)
        known = self._known[rows]
        total = self._summed(self._gain[rows])
        whole = self._summed((~known).astype(float)) == 0.0
        found = np.full((len(keys), len(self.periods)), np.nan)
        place = [n for n, key in enumerate(keys) if key in self._row]
        found[place] = np.where(whole, total, np.nan)
        return found

    def _rows(self, keys: Sequence[str]) -> IntArray:
        return np.array([self._row[key] for key in keys if key in self._row], dtype=np.int64)

    def _spread(self, keys: Sequence[str], rows: IntArray, value: FloatArray) -> FloatArray:
        """Rows of known registers among all that were asked for."""
        if len(rows) == len(keys):
            return value
        spread = np.zeros((len(keys), len(self.periods)))
        spread[[n for n, key in enumerate(keys) if key in self._row]] = value
        return spread

    def _summed(self, by_piece: FloatArray) -> FloatArray:
        """Sums over the pieces of each period, along the last axis."""
        zero = np.zeros((*by_piece.shape[:-1], 1))
        running = np.concatenate([zero, np.cumsum(by_piece, axis=-1)], axis=-1)
        return np.asarray(running[..., self._last] - running[..., self._first])

    def _edge_u(self, rows: IntArray, joint: BoolArray) -> FloatArray:
        """Errors of the levels at which a counted stretch begins or ends."""
        variance = self._edge_variance[rows]
        if not variance.any():
            return np.zeros((len(rows), len(self.periods)))
        turns = np.concatenate([[False], joint[1:] ^ joint[:-1], [False]])
        inner = np.concatenate(
            [np.zeros((len(rows), 1)), np.cumsum(variance * turns, axis=1)], axis=1
        )
        first, last = self._first, self._last
        nonempty = last > first
        summed = np.where(nonempty, inner[:, last] - inner[:, np.minimum(first + 1, last)], 0.0)
        padded = np.append(joint, False)
        begins = padded[first] & nonempty
        ends = padded[last - 1] & nonempty
        summed = summed + variance[:, first] * begins + variance[:, last] * ends
        return np.asarray(np.sqrt(np.maximum(summed, 0.0)))

    def _step_u(self, rows: IntArray, joint: BoolArray) -> FloatArray:
        """One step over each counted stretch of a period."""
        begins = np.concatenate([joint[:1], joint[1:] & ~joint[:-1]]).astype(float)
        padded = np.append(joint, False)
        inside = np.append(begins, 0.0)
        goes_on = padded[self._first] & (inside[self._first] == 0.0) & (self._last > self._first)
        stretches = self._summed(begins) + goes_on
        step = np.stack(
            [
                self._traces[row].register.step_at(np.nan_to_num(self._level[row, self._last]))
                for row in rows.tolist()
            ]
            or [np.zeros(len(self.periods))]
        )[: len(rows)]
        return np.asarray(step * np.sqrt(stretches) / _SQRT6)

    def _bridged_s(self, rows: IntArray, joint: BoolArray) -> FloatArray:
        """Covered time inside a silence or a dropped stretch of some register."""
        stretches = [one for row in rows.tolist() for one in self._traces[row].bridged]
        if not stretches:
            return np.zeros(len(self.periods))
        return self._summed(np.diff(_running_s(stretches, self._cuts)) * joint)

    def _frozen(self, rows: IntArray, joint: BoolArray) -> FloatArray:
        """Share of each piece that is not covered because some register stood still."""
        stretches = [
            one
            for row in rows.tolist()
            for one in self._traces[row].lost
            if one.cause is Cause.FROZEN
        ]
        if not stretches:
            return np.zeros(len(joint))
        lost_s = np.diff(_running_s(stretches, self._cuts)) * ~joint
        return np.asarray(lost_s / self._length_s)

    def _cause(self, rows: IntArray, joint: BoolArray, frozen_s: FloatArray) -> IntArray:
        """The gravest reason for time that is missing from each period."""
        missing_s = self._summed(self._length_s * ~joint)
        breaks = [
            one
            for row in rows.tolist()
            for one in self._traces[row].lost
            if one.cause is Cause.BREAK
        ]
        broken_s = np.zeros(len(self.periods))
        if breaks:
            broken_s = self._summed(np.diff(_running_s(breaks, self._cuts)) * ~joint)
        return np.select(
            [frozen_s > 0.0, broken_s > 0.0, missing_s > 0.0],
            [int(Cause.FROZEN), int(Cause.BREAK), int(Cause.NO_READING)],
            int(Cause.NONE),
        ).astype(np.int64)


def joint_counts(traces: Sequence[RegisterTrace], periods: Periods) -> JointCounts:
    """Joint counts of all of some registers, in their order."""
    keyed = {str(n): trace for n, trace in enumerate(traces)}
    return RegisterTable(keyed, periods).joint(tuple(keyed))


def _cuts(traces: Sequence[RegisterTrace], periods: Periods) -> IntArray:
    """Edges of the periods, and the ends of every segment and lost stretch inside them."""
    if not len(periods):
        return np.zeros(1, np.int64)
    ends: list[IntArray] = [periods.start_us, periods.end_us]
    for trace in traces:
        if len(trace.ts_us):
            ends.append(trace.ts_us[[0, -1]])
            if trace.segment[-1] != trace.segment[0]:
                turns = np.flatnonzero(np.diff(trace.segment))
                ends += [trace.ts_us[turns], trace.ts_us[turns + 1]]
        ends += [np.array([one.start_us, one.end_us], np.int64) for one in trace.lost]
    cuts = np.unique(np.concatenate(ends))
    low, high = periods.start_us.min(), periods.end_us.max()
    return np.asarray(cuts[(cuts >= low) & (cuts <= high)])


def _running_s(stretches: Sequence[Stretch], at_us: IntArray) -> FloatArray:
    """Time inside any of some stretches up to each instant. [s]"""
    spans = sorted((one.start_us, one.end_us) for one in stretches)
    merged: list[list[int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    edges = np.array(merged, dtype=np.int64)
    inside_s = np.cumsum(edges[:, 1] - edges[:, 0]) / 1e6
    knots = edges.ravel()
    values = np.stack([np.concatenate([[0.0], inside_s[:-1]]), inside_s], axis=1).ravel()
    return np.asarray(np.interp(at_us, knots, values))
