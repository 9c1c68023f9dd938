"""ERE, energy reuse effectiveness (The Green Grid)."""

from math import inf

from models.kpi.metered import MeteredTotals, RatioKpi, ratio_result
from models.kpi.result import KpiResult
from models.metering.tree import ItBoundary, SignedMeters

_SPEC = RatioKpi(
    kpi="ere",
    unit="ratio",
    numerator_unit="kWh",
    lower=0.0,
    upper=inf,
    boundary="as PUE, less the heat handed over; heat pumps inside, their electricity in E_DC",
)


def ere(
    totals: MeteredTotals, facility: SignedMeters, reused: SignedMeters, it: ItBoundary
) -> KpiResult:
    """Energy that enters and is not reused, over the energy of the IT equipment.

    Parameters
    ----------
    totals : MeteredTotals
        Energies over one jointly covered window. [kWh]
    facility : SignedMeters
        E_DC, as for PUE.
    reused : SignedMeters
        E_REUSE, as for ERF. Without hand-over meters the result is withheld: it would be the
        PUE under another name.
    it : ItBoundary
        E_IT and its category.

    Returns
    -------
    KpiResult
        (E_DC - E_REUSE) / E_IT [-], at least 0. May be below 1, which PUE may not.

    Notes
    -----
    Source: The Green Grid, second-hand (its paper was not read). Identity over one and the same
    covered time: ERE = PUE (1 - ERF). The product of a PUE and an ERF that were covered at
    different times is not an ERE; here all three sums are known together.

    Examples
    --------
    PUE 1.3 with 30 % of the energy reused: 1.3 (1 - 0.3) = 0.91.

    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> year = Window(
    ...     name="12months",
    ...     start=datetime(2025, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 1, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=year, meters=("intake", "loop", "pdu"), total=np.array([130e3, 39e3, 100e3]),
    ...     u=np.zeros(3), coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> ere(
    ...     totals, SignedMeters(plus=("intake",)), SignedMeters(plus=("loop",)),
    ...     ItBoundary(category=2, meters=SignedMeters(plus=("pdu",))),
    ... ).value
    0.91
    """
    kept = facility.less(reused) if facility.plus and reused.plus else SignedMeters(plus=())
    return ratio_result(_SPEC, totals, kept, it.meters, category=it.category)
