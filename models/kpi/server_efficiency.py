"""ITEEsv, IT equipment energy efficiency for servers (ISO/IEC 30134-4, EN 50600-4-4)."""

from math import isnan

import numpy as np

from models.kpi.declared import require_finite
from models.kpi.metered import withheld_result
from models.kpi.result import KpiResult, Withheld
from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import FloatArray, Origin, Window

_KPI, _UNIT = "iteesv", "performance/W"
_MIN_COVERAGE_RATIO = 0.5


def server_efficiency(
    window: Window,
    max_performance: FloatArray,
    max_power_w: FloatArray,
    *,
    benchmark: str,
    power_u_ratio: float = float("nan"),
    origin: Origin = Origin.DECLARED,
) -> KpiResult:
    """Sum of the servers' maximum performance over the sum of their maximum power.

    Parameters
    ----------
    window : Window
        The time for which the inventory is true.
    max_performance : float array, shape (n,)
        SMPE_i of each server in the unit of the benchmark, at least 0.
    max_power_w : float array, shape (n,)
        SMPO_i of each server. [W]
    benchmark : str
        Which benchmark and version; figures of different ones are not comparable.
    power_u_ratio : float
        Relative standard uncertainty of one server's power, independent between servers. Left
        out, the result has no uncertainty: the inventory does not say how sure it is.

    Returns
    -------
    KpiResult
        sum(SMPE_i) / sum(SMPO_i). Servers with an unknown or impossible entry are left out of
        both sums; the coverage is the share of servers that were counted.

    Notes
    -----
    The formula is background knowledge, the standard was not read; which benchmarks it allows
    is not verified. It is a ratio of sums, not a mean of the servers' ratios.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> year = Window(
    ...     name="12months",
    ...     start=datetime(2025, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 1, tzinfo=UTC),
    ... )
    >>> server_efficiency(
    ...     year, np.array([9000.0, 1000.0]), np.array([300.0, 200.0]), benchmark="example"
    ... ).value
    20.0
    """
    if max_performance.shape != max_power_w.shape:
        msg = f"one entry per server: {max_performance.shape} and {max_power_w.shape} differ"
        raise ValueError(msg)
    if not isnan(power_u_ratio):
        require_finite("power_u_ratio", power_u_ratio)
    known = np.isfinite(max_performance) & np.isfinite(max_power_w)
    known &= (max_performance >= 0.0) & (max_power_w > 0.0)
    coverage = float(np.mean(known)) if len(known) else 0.0
    if coverage < _MIN_COVERAGE_RATIO:
        why = Withheld.NO_DATA if coverage == 0.0 else Withheld.LOW_COVERAGE
        return withheld_result(_KPI, _UNIT, window, why, coverage_ratio=coverage)
    performance, power_w = float(max_performance[known].sum()), float(max_power_w[known].sum())
    value = performance / power_w
    u = value * power_u_ratio * float(np.sqrt(np.square(max_power_w[known]).sum())) / power_w
    return KpiResult(
        kpi=_KPI,
        window=window,
        unit=_UNIT,
        value=value,
        expanded_uncertainty=None if isnan(u) else COVERAGE_FACTOR * u,
        coverage_ratio=coverage,
        boundary=f"servers of the inventory; performance by {benchmark}",
        origin=origin,
        numerator=performance,
        numerator_unit="performance",
        denominator=power_w,
        denominator_unit="W",
    )
