"""Registers and gauges by equal steps, for trends, balances and cross-checks.

KPIs take totals that are right over a whole period, whatever happened inside it. A cross-check
asks more: that each step says what happened in that step.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from models.readings import FloatArray, IntArray
from models.registers.edges import levels_at
from models.registers.gauges import GaugesByKey
from models.registers.trace import RegisterTrace

# A step is told by readings at most this many steps apart (a tenth for their jitter), or by one
# within a twelfth of it from its edge: five minutes of an hour.
_MOST_APART = 1.1
_NEAR = 1.0 / 12.0
# One reading stands for 16 minutes at least: enough of an hour for a mean of a trend.
LEAST_FIRM_RATIO = 0.25


def whole_steps(start_us: int, end_us: int, step_us: int) -> IntArray:
    """Edges of the whole steps inside a period, aligned to the step.

    Examples
    --------
    >>> whole_steps(5, 47, 10).tolist()
    [10, 20, 30, 40]
    """
    first = -(-start_us // step_us) * step_us
    return np.arange(first, max(end_us, first) + 1, step_us, dtype=np.int64)


def counted_by_step(
    traces: Mapping[str, RegisterTrace], keys: Sequence[str], edges_us: IntArray
) -> FloatArray:
    """What each register counted in each step, where its readings tell one step from the next.

    Parameters
    ----------
    traces : mapping of key to RegisterTrace
        The registers.
    keys : sequence of str
        Those that are wanted; an unknown key is known nowhere.
    edges_us : int array, shape (n + 1,)
        Edges of about equal steps, in order. [us]

    Returns
    -------
    float array, shape (len(keys), n)
        NaN where an edge lies in a silence longer than a step, or was not read at all.

    Notes
    -----
    :meth:`models.registers.table.RegisterTable.each` spreads what was counted in a silence evenly
    over its steps: right as a total, but steps that are all alike, which no meter showed.

    Examples
    --------
    Read by the hour, and then once after five hours:

    >>> from models.registers.register import Register
    >>> from models.registers.samples import Samples
    >>> from models.registers.trace import trace_register
    >>> hours = np.arange(8) * 3_600_000_000
    >>> read = [0, 1, 2, 7]
    >>> trace = trace_register(
    ...     Register(key="m"), Samples(ts_us=hours[read], value=np.array([0.0, 5.0, 9.0, 30.0]))
    ... )
    >>> counted_by_step({"m": trace}, ("m",), hours).tolist()
    [[5.0, 4.0, nan, nan, nan, nan, nan]]
    """
    counted = np.full((len(keys), max(len(edges_us) - 1, 0)), np.nan)
    if len(edges_us) < 2:
        return counted
    step_us = float(np.median(np.diff(edges_us)))
    for row, key in enumerate(keys):
        trace = traces.get(key)
        if trace is None or not len(trace.ts_us):
            continue
        edge = levels_at([trace], edges_us)
        told = _told(trace.ts_us, edges_us, step_us)
        level, segment = edge.level[0], edge.segment[0]
        same = (segment[1:] == segment[:-1]) & told[1:] & told[:-1]
        counted[row] = np.where(same, np.diff(level), np.nan)
    return counted


def _told(ts_us: IntArray, at_us: IntArray, step_us: float) -> np.ndarray:
    after = np.searchsorted(ts_us, at_us, side="left")
    later = ts_us[np.minimum(after, len(ts_us) - 1)]
    earlier = ts_us[np.maximum(np.searchsorted(ts_us, at_us, side="right") - 1, 0)]
    nearest = np.minimum(np.abs(later - at_us), np.abs(at_us - earlier))
    return np.asarray((later - earlier <= _MOST_APART * step_us) | (nearest <= _NEAR * step_us))


def mean_by_step(
    gauges: GaugesByKey,
    key: str,
    edges_us: IntArray,
    *,
    least_firm_ratio: float = LEAST_FIRM_RATIO,
) -> FloatArray:
    """Time-weighted mean of a gauge in each step; NaN where too little of the step is known.

    Parameters
    ----------
    gauges : mapping of key to GaugeTotals
        Totals over consecutive intervals, as long as the steps or shorter.
    key : str
        The gauge; an unknown one is known nowhere.
    edges_us : int array, shape (n + 1,)
        Edges of the steps, in order. [us]
    least_firm_ratio : float
        Share of a step that must be known, and not only held over from a reading of long before
        (:attr:`~models.registers.gauges.GaugeTotals.firm_ratio`). [-]

    Returns
    -------
    float array, shape (n,)
        In the unit of the gauge.

    Examples
    --------
    >>> from models.registers.gauges import gauge_totals
    >>> from models.registers.periods import Periods
    >>> from models.registers.samples import Samples
    >>> minutes = np.arange(0, 90, 10) * 60_000_000
    >>> read = gauge_totals(
    ...     Samples(ts_us=minutes[:7], value=np.array([20.0] * 3 + [26.0] * 3 + [30.0])),
    ...     Periods.between(minutes),
    ... )
    >>> mean_by_step({"t": read}, "t", minutes[[0, 6, 8]]).tolist()
    [23.0, 30.0]
    """
    count = max(len(edges_us) - 1, 0)
    totals = gauges.get(key)
    if totals is None or not len(totals):
        return np.full(count, np.nan)
    own = totals.periods
    first = np.searchsorted(own.start_us, edges_us[:-1], side="left")
    stop = np.maximum(np.searchsorted(own.end_us, edges_us[1:], side="right"), first)
    integral, known_s, firm_us = (
        (running := np.concatenate([[0.0], np.cumsum(each)]))[stop] - running[first]
        for each in (totals.integral, totals.known_s, totals.known_us - totals.loose_us)
    )
    enough = (firm_us > 0.0) & (firm_us >= least_firm_ratio * np.diff(edges_us))
    mean = integral / np.where(enough, known_s, 1.0)
    return np.asarray(np.where(enough, mean, np.nan))
