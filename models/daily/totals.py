"""What several registers counted together, day by day."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.daily.scan import BoolArray, ScannedRegisters
from models.readings import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class JointDayTotals:
    """:class:`models.series.JointTotals` of every day: ``total`` (m, d), the times (d,)."""

    total: FloatArray
    covered_s: FloatArray
    bridged_s: FloatArray
    window_s: FloatArray

    @property
    def coverage_ratio(self) -> FloatArray:
        """Share of each day that is covered."""
        return self.covered_s / self.window_s

    @property
    def bridged_ratio(self) -> FloatArray:
        """Share of each day known only by bridging a silence."""
        return self.bridged_s / self.window_s


def joint_day_totals(scanned: ScannedRegisters, rows: Sequence[int]) -> JointDayTotals:
    """Sum several registers, each day over the time for which all of them are known together.

    Parameters
    ----------
    scanned : ScannedRegisters
        The registers, cut into days.
    rows : sequence of int
        Which registers; ``total`` has their order.

    Returns
    -------
    JointDayTotals
        Day for day what :func:`models.series.joint_totals` gives for the day's edges.

    Notes
    -----
    The increments of an unbroken stretch telescope: each stretch adds the level at its end and
    takes off the level at its start. So a day with gaps costs a few columns of the clean
    registers, not all of them.

    Examples
    --------
    >>> from models.daily.scan import RegisterGrid, scan
    >>> grid = RegisterGrid(
    ...     edges_us=np.arange(5) * 3_600_000_000,
    ...     value=np.array([[0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 5.0, 9.0, np.nan, 9.5]]),
    ...     day_edge=np.array([0, 2, 4]), modulus=(None, None), max_rate_per_h=(None, None),
    ... )
    >>> totals = joint_day_totals(scan(grid), (0, 1))
    >>> totals.total.tolist(), totals.bridged_ratio.tolist()
    ([[2.0, 2.0], [9.0, 0.5]], [0.0, 1.0])
    """
    grid = scanned.grid
    picked = np.asarray(rows, dtype=np.int64)
    window_s = np.diff(grid.edges_us[grid.day_edge]) / 1e6
    with np.errstate(invalid="ignore"):
        total = np.diff(scanned.at_edge[picked], axis=1)
    covered_s, bridged_s = window_s.copy(), np.zeros(grid.days)
    clean = scanned.clean[picked]
    for day in np.flatnonzero(~clean.all(axis=0)):
        odd = ~clean[:, day]
        total[:, day], covered_s[day], bridged_s[day] = _odd_day(scanned, picked, int(day), odd)
    return JointDayTotals(total=total, covered_s=covered_s, bridged_s=bridged_s, window_s=window_s)


def _odd_day(
    scanned: ScannedRegisters, picked: IntArray, day: int, odd: BoolArray
) -> tuple[FloatArray, float, float]:
    """Totals, covered and bridged seconds of a day on which some register is not clean."""
    grid = scanned.grid
    start = int(grid.day_edge[day])
    pieces = [scanned.odd[int(row), day] for row in picked[odd]]
    level = np.stack([piece.level for piece in pieces])
    # A sum is NaN wherever any of its terms is: cheaper than a look at each.
    joint = np.flatnonzero(np.isfinite(level.sum(axis=0)))
    if len(joint) < 2:
        return np.zeros(len(picked)), 0.0, 0.0
    same = np.ones(len(joint) - 1, dtype=bool)
    for piece in pieces:
        if piece.segment is not None:
            same &= np.diff(piece.segment[joint]) == 0
    # +1 where a stretch ends, -1 where one starts, 0 inside.
    sign = np.zeros(len(joint))
    sign[1:] += same
    sign[:-1] -= same
    turns = np.flatnonzero(sign)
    at, sign = joint[turns], sign[turns]
    total = np.empty(len(picked))
    total[odd] = level[:, at] @ sign
    total[~odd] = grid.value[np.ix_(picked[~odd], start + at)] @ sign
    span_s = np.diff(grid.edges_us[start + joint]) / 1e6
    bridged = np.diff(joint) > 1
    return total, float(span_s[same].sum()), float(span_s[same & bridged].sum())
