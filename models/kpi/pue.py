"""PUE, power usage effectiveness (EN 50600-4-2, ISO/IEC 30134-2)."""

from math import inf

from models.kpi.metered import MeteredTotals, RatioKpi, ratio_result
from models.kpi.result import KpiResult
from models.meter_tree import ItBoundary, SignedMeters

_SPEC = RatioKpi(
    kpi="pue",
    unit="ratio",
    numerator_unit="kWh",
    lower=1.0,
    upper=inf,
    boundary="E_DC at every source of the data centre, heat pumps inside",
)


def pue(totals: MeteredTotals, facility: SignedMeters, it: ItBoundary) -> KpiResult:
    """Total energy of the data centre over the energy of its IT equipment.

    Parameters
    ----------
    totals : MeteredTotals
        Energies over one jointly covered window. [kWh]
    facility : SignedMeters
        E_DC, at the input of the data centre before the supply transfer switch.
    it : ItBoundary
        E_IT and its category: 1 at UPS output, 2 at PDU output.

    Returns
    -------
    KpiResult
        The ratio E_DC / E_IT [-]. Impossible below 1. Over less than twelve months it is an
        interim PUE.

    Notes
    -----
    Reused heat and renewables are never subtracted (EN 50600-4-2).

    Examples
    --------
    130 MWh of which 100 MWh reach the IT equipment give PUE 1.3.

    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> year = Window(
    ...     name="12months",
    ...     start=datetime(2025, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 1, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=year, meters=("intake", "pdu"), total=np.array([130e3, 100e3]),
    ...     u=np.array([650.0, 500.0]),
    ...     coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> result = pue(
    ...     totals, SignedMeters(plus=("intake",)),
    ...     ItBoundary(category=2, meters=SignedMeters(plus=("pdu",))),
    ... )
    >>> result.value, round(result.expanded_uncertainty, 4)
    (1.3, 0.0184)
    """
    return ratio_result(_SPEC, totals, facility, it.meters, category=it.category)
