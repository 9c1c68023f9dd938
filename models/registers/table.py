"""Many registers over many periods: levels once, joint counts of any of them."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.readings import FloatArray, IntArray
from models.registers.edges import UNKNOWN, EdgeLevels, levels_at
from models.registers.periods import Cause, JointCounts, Periods
from models.registers.pieces import BoolArray, Pieces, StretchTable
from models.registers.trace import RegisterTrace

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
        self._row = {key: row for row, key in enumerate(traces)}
        edges = np.unique(np.concatenate([periods.start_us, periods.end_us]))
        if not len(edges):
            edges = np.zeros(1, np.int64)
        # The edges first: traces that are made on demand are looked up while they are at hand.
        edge = levels_at(traces.values(), edges)
        self._traces = tuple(traces.values())
        cuts = np.union1d(edges, _breaks(self._traces, edges))
        if len(cuts) > len(edges):
            edge = _levels_at_more(self._traces, edge, edges, cuts)
        self._cuts = cuts
        self._pieces = Pieces(
            first=np.searchsorted(cuts, periods.start_us),
            last=np.searchsorted(cuts, periods.end_us),
        )
        segment = edge.segment
        self._known: BoolArray = (segment[:, 1:] == segment[:, :-1]) & (segment[:, 1:] != UNKNOWN)
        self._gain = np.where(self._known, np.diff(edge.level, axis=1), 0.0)
        self._step = _steps(self._traces, edge.reading)
        self._edge_variance = np.square(edge.width / _TWO_SQRT3)
        self._length_s = np.diff(cuts) / 1e6
        self._bridged = StretchTable.of(
            [[(one.start_us, one.end_us) for one in trace.bridged] for trace in self._traces]
        )
        self._lost = {
            cause: StretchTable.of(
                [
                    [(one.start_us, one.end_us) for one in trace.lost if one.cause is cause]
                    for trace in self._traces
                ]
            )
            for cause in (Cause.FROZEN, Cause.BREAK)
        }

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
        joint: BoolArray = np.zeros(self._known.shape[1], dtype=bool)
        if len(rows) == len(keys) > 0:
            joint = np.asarray(self._known[rows].all(axis=0))
        missing_s, frozen_s, broken_s, covered_s, bridged_s = self._pieces.summed(
            np.stack(
                [
                    self._length_s * ~joint,
                    self._inside_s(self._lost[Cause.FROZEN], rows) * ~joint,
                    self._inside_s(self._lost[Cause.BREAK], rows) * ~joint,
                    self._length_s * joint,
                    self._inside_s(self._bridged, rows) * joint,
                ]
            )
        )
        total, edge_u, step_u = self._counted(rows, joint, missing_s > 0.0)
        lacked = self._spread(keys, rows, self._own_missing_s[rows])
        if len(rows) < len(keys):
            absent = [n for n, key in enumerate(keys) if key not in self._row]
            lacked[absent] = self.periods.duration_s
        return JointCounts(
            periods=self.periods,
            total=self._spread(keys, rows, total),
            edge_u=self._spread(keys, rows, edge_u),
            step_u=self._spread(keys, rows, step_u),
            covered_s=covered_s,
            bridged_s=bridged_s,
            frozen_s=frozen_s,
            missing_s=lacked,
            cause=np.select(
                [frozen_s > 0.0, broken_s > 0.0, missing_s > 0.0],
                [int(Cause.FROZEN), int(Cause.BREAK), int(Cause.NO_READING)],
                int(Cause.NONE),
            ).astype(np.int64),
        )

    def each(self, keys: Sequence[str]) -> FloatArray:
        """What each register counted by itself, shape (m, n); NaN where a period is not whole."""
        rows = self._rows(keys)
        found = np.full((len(keys), len(self.periods)), np.nan)
        place = [n for n, key in enumerate(keys) if key in self._row]
        whole = self._own_missing_s[rows] == 0.0
        found[place] = np.where(whole, self._whole_total[rows], np.nan)
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

    def _inside_s(self, stretches: StretchTable, rows: IntArray) -> FloatArray:
        """Part of each piece that lies in a stretch of some registers. [s]"""
        inside_s = stretches.inside_s(rows, self._cuts)
        return np.zeros(len(self._length_s)) if inside_s is None else inside_s

    @cached_property
    def _own_missing_s(self) -> FloatArray:
        """How much of each period each register lacks by itself. [s]"""
        if self._known.all():
            return np.zeros((len(self._traces), len(self.periods)))
        return self._pieces.summed(self._length_s * ~self._known)

    @cached_property
    def _whole_total(self) -> FloatArray:
        """What each register counted in each period."""
        return self._pieces.summed(self._gain)

    @cached_property
    def _whole_edge_u(self) -> FloatArray:
        """Errors of the levels at both ends of each period."""
        pieces = self._pieces
        both = self._edge_variance[:, pieces.first] + self._edge_variance[:, pieces.last]
        return np.asarray(np.sqrt(np.where(pieces.filled, both, 0.0)))

    @cached_property
    def _whole_step_u(self) -> FloatArray:
        """One step over each period."""
        return np.asarray(
            np.where(self._pieces.filled, self._step_over(self._pieces) / _SQRT6, 0.0)
        )

    def _step_over(self, pieces: Pieces) -> FloatArray:
        """The greater of the steps at both ends of some periods."""
        return np.asarray(np.maximum(self._step[:, pieces.first], self._step[:, pieces.last]))

    def _counted(
        self, rows: IntArray, joint: BoolArray, partly: BoolArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Totals over the joint pieces, and the uncertainty of their edges and of the steps.

        What is known throughout is taken from the whole periods; ``partly`` says which are not.
        """
        total, edge_u, step_u = (
            one[rows] for one in (self._whole_total, self._whole_edge_u, self._whole_step_u)
        )
        if partly.any():
            pieces = self._pieces.of(partly)
            total[:, partly] = pieces.summed(self._gain[rows] * joint)
            edge_u[:, partly] = self._edge_u(rows, joint, pieces)
            step_u[:, partly] = self._step_u(rows, joint, pieces)
        return total, edge_u, step_u

    def _edge_u(self, rows: IntArray, joint: BoolArray, pieces: Pieces) -> FloatArray:
        """Errors of the levels at which a counted stretch begins or ends."""
        variance = self._edge_variance[rows]
        first, last, filled = pieces.first, pieces.last, pieces.filled
        turns = np.concatenate([[False], joint[1:] ^ joint[:-1], [False]])
        inside = Pieces(first=np.minimum(first + 1, last), last=last)
        padded = np.append(joint, False)
        begins, ends = padded[first] & filled, padded[last - 1] & filled
        summed = inside.summed(variance * turns)
        summed = summed + variance[:, first] * begins + variance[:, last] * ends
        return np.asarray(np.sqrt(summed))

    def _step_u(self, rows: IntArray, joint: BoolArray, pieces: Pieces) -> FloatArray:
        """One step over each counted stretch of a period."""
        begins = np.concatenate([joint[:1], joint[1:] & ~joint[:-1]]).astype(float)
        padded = np.append(joint, False)
        goes_on = padded[pieces.first] & (np.append(begins, 0.0)[pieces.first] == 0.0)
        stretches = pieces.summed(begins) + (goes_on & pieces.filled)
        return np.asarray(self._step_over(pieces)[rows] * np.sqrt(stretches) / _SQRT6)


def _steps(traces: Sequence[RegisterTrace], reading: FloatArray) -> FloatArray:
    """The step of each register at each cut."""
    step = np.empty(reading.shape)
    for row, trace in enumerate(traces):
        step[row] = trace.register.step_at(reading[row])
    return step


def joint_counts(traces: Sequence[RegisterTrace], periods: Periods) -> JointCounts:
    """Joint counts of all of some registers, in their order."""
    keyed = {str(n): trace for n, trace in enumerate(traces)}
    return RegisterTable(keyed, periods).joint(tuple(keyed))


def _breaks(traces: Sequence[RegisterTrace], edges: IntArray) -> IntArray:
    """The ends of every segment and lost stretch inside the periods."""
    ends: list[IntArray] = []
    for trace in traces:
        if len(trace.ts_us):
            ends.append(trace.ts_us[[0, -1]])
            if trace.segment[-1] != trace.segment[0]:
                turns = np.flatnonzero(np.diff(trace.segment))
                ends += [trace.ts_us[turns], trace.ts_us[turns + 1]]
        ends += [np.array([one.start_us, one.end_us], np.int64) for one in trace.lost]
    if not ends:
        return np.zeros(0, np.int64)
    breaks = np.concatenate(ends)
    return np.asarray(breaks[(breaks > edges[0]) & (breaks < edges[-1])])


def _levels_at_more(
    traces: Sequence[RegisterTrace], edge: EdgeLevels, edges: IntArray, cuts: IntArray
) -> EdgeLevels:
    """The levels at the edges, with those at the cuts that are not edges."""
    known = np.isin(cuts, edges, assume_unique=True)
    further = levels_at(traces, cuts[~known])

    def merged(at_edges: NDArray[Any], elsewhere: NDArray[Any]) -> NDArray[Any]:
        both = np.empty((len(traces), len(cuts)), at_edges.dtype)
        both[:, known], both[:, ~known] = at_edges, elsewhere
        return both

    return EdgeLevels(
        level=merged(edge.level, further.level),
        width=merged(edge.width, further.width),
        segment=merged(edge.segment, further.segment),
        reading=merged(edge.reading, further.reading),
    )
