"""Recovered heat: what was handed over to others, in kWh over a window."""

from math import hypot, isnan

from models.kpi.metered import (
    MeteredTotals,
    budget,
    flags_of,
    kind_of,
    sum_uncertainty,
    withheld_result,
)
from models.kpi.result import KpiResult, Withheld
from models.meter_tree import SignedMeters
from models.uncertainty import COVERAGE_FACTOR

_KPI, _UNIT = "recovered_heat", "kWh"
_MIN_COVERAGE_RATIO = 0.5


def recovered_heat(totals: MeteredTotals, reused: SignedMeters) -> KpiResult:
    """Heat handed over during the covered part of the window.

    Parameters
    ----------
    totals : MeteredTotals
        Heat energies over one jointly covered window. [kWh]
    reused : SignedMeters
        The hand-over meters.

    Returns
    -------
    KpiResult
        The sum of the registers' increments [kWh]. It is not extrapolated to the part of the
        window that is not covered: its coverage says how much of the window it stands for.

    Examples
    --------
    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> day = Window(
    ...     name="today",
    ...     start=datetime(2026, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 2, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=day, meters=("loop", "greenhouse"), total=np.array([3000.0, 400.0]),
    ...     u=np.array([45.0, 8.0]), coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> result = recovered_heat(totals, SignedMeters(plus=("loop", "greenhouse")))
    >>> result.value, round(result.expanded_uncertainty, 1)
    (3400.0, 91.4)
    """
    if not reused.plus:
        return withheld_result(_KPI, _UNIT, totals.window, Withheld.NO_METER)
    if totals.coverage_ratio < _MIN_COVERAGE_RATIO:
        why = Withheld.NO_DATA if totals.coverage_ratio == 0.0 else Withheld.LOW_COVERAGE
        return withheld_result(
            _KPI, _UNIT, totals.window, why, coverage_ratio=totals.coverage_ratio
        )
    weights = totals.weights(reused)
    value = float(weights @ totals.total)
    own_u, common_u = sum_uncertainty(totals, weights)
    u = hypot(own_u, common_u)
    return KpiResult(
        kpi=_KPI,
        window=totals.window,
        unit=_UNIT,
        value=value,
        expanded_uncertainty=None if isnan(u) else COVERAGE_FACTOR * u,
        coverage_ratio=totals.coverage_ratio,
        bridged_ratio=totals.bridged_ratio,
        boundary="heat counted where it is handed over",
        origin=totals.origin,
        kind=kind_of(totals.window),
        flags=flags_of(totals, reused.ids),
        parts=budget(own_u, common_u),
        numerator=value,
        numerator_unit=_UNIT,
        inputs=reused.ids,
    )
