"""KPIs that are a sum of metered energies, in kWh over a window."""

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
from models.metering.tree import SignedMeters
from models.metering.uncertainty import COVERAGE_FACTOR

_UNIT = "kWh"
_MIN_COVERAGE_RATIO = 0.5


def summed_energy(
    kpi: str, totals: MeteredTotals, counted: SignedMeters, boundary: str
) -> KpiResult:
    """Signed sum of some meters over the covered part of the window.

    Parameters
    ----------
    kpi : str
        Name of the result.
    totals : MeteredTotals
        Energies over one jointly covered window. [kWh]
    counted : SignedMeters
        What is added and subtracted.
    boundary : str
        Where the energies are counted, in words.

    Returns
    -------
    KpiResult
        The sum of the registers' increments [kWh]. It is not extrapolated to the part of the
        window that is not covered: its coverage says how much of the window it stands for.
        Withheld below half coverage. U (k = 2) from the meters, errors that they share included
        (JCGM 100:2008, 5.2.2).

    Examples
    --------
    Class 0.5 meters of 1,000 and 200 kWh, u of 3 and 0.6 kWh: the difference has U = 6.1 kWh.

    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> day = Window(
    ...     name="today",
    ...     start=datetime(2026, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 2, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=day, meters=("intake", "offices"), total=np.array([1000.0, 200.0]),
    ...     u=np.array([3.0, 0.6]), coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> left = SignedMeters(plus=("intake",), minus=("offices",))
    >>> result = summed_energy("facility_energy", totals, left, "at the intake")
    >>> result.value, round(result.expanded_uncertainty, 1)
    (800.0, 6.1)
    """
    if not counted.plus:
        return withheld_result(kpi, _UNIT, totals.window, Withheld.NO_METER)
    if totals.coverage_ratio < _MIN_COVERAGE_RATIO:
        why = Withheld.NO_DATA if totals.coverage_ratio == 0.0 else Withheld.LOW_COVERAGE
        return withheld_result(kpi, _UNIT, totals.window, why, coverage_ratio=totals.coverage_ratio)
    weights = totals.weights(counted)
    value = float(weights @ totals.total)
    own_u, common_u = sum_uncertainty(totals, weights)
    u = hypot(own_u, common_u)
    return KpiResult(
        kpi=kpi,
        window=totals.window,
        unit=_UNIT,
        value=value,
        expanded_uncertainty=None if isnan(u) else COVERAGE_FACTOR * u,
        coverage_ratio=totals.coverage_ratio,
        bridged_ratio=totals.bridged_ratio,
        boundary=boundary,
        origin=totals.origin,
        kind=kind_of(totals.window),
        flags=flags_of(totals, counted.ids),
        parts=budget(own_u, common_u),
        numerator=value,
        numerator_unit=_UNIT,
        inputs=counted.ids,
    )
