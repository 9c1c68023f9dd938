"""WUE, water usage effectiveness (ISO/IEC 30134-9, EN 50600-4-9)."""

from math import inf

from models.kpi.metered import MeteredTotals, RatioKpi, ratio_result
from models.kpi.result import KpiResult
from models.meter_tree import ItBoundary, SignedMeters

_SPEC = RatioKpi(
    kpi="wue",
    unit="L/kWh",
    numerator_unit="m3",
    lower=0.0,
    upper=inf,
    boundary="W_IN: all water that enters for the data centre's functions, rain water included",
    scale=1000.0,
)


def wue(totals: MeteredTotals, water: SignedMeters, it: ItBoundary) -> KpiResult:
    """Water input over the energy of the IT equipment.

    Parameters
    ----------
    totals : MeteredTotals
        Volumes [m3] and energies [kWh] over one jointly covered window.
    water : SignedMeters
        W_IN as Delegated Regulation (EU) 2024/1364, Annex II counts it: inputs across the
        boundary, blow-down not subtracted.
    it : ItBoundary
        E_IT.

    Returns
    -------
    KpiResult
        W_IN / E_IT in L/kWh, which equals m3/MWh.

    Examples
    --------
    681 000 m3 for 1.6 TWh of IT: the French fleet of 2023 (ARCEP), 0.43 L/kWh.

    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> year = Window(
    ...     name="12months",
    ...     start=datetime(2023, 1, 1, tzinfo=UTC),
    ...     end=datetime(2024, 1, 1, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=year, meters=("water", "it"), total=np.array([681e3, 1.6e9]), u=np.zeros(2),
    ...     coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.DECLARED,
    ... )
    >>> round(wue(
    ...     totals, SignedMeters(plus=("water",)),
    ...     ItBoundary(category=2, meters=SignedMeters(plus=("it",))),
    ... ).value, 2)
    0.43
    """
    return ratio_result(_SPEC, totals, water, it.meters, category=it.category)
