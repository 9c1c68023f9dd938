"""ERF, energy reuse factor (ISO/IEC 30134-6, EN 50600-4-6)."""

from models.kpi.metered import MeteredTotals, RatioKpi, ratio_result
from models.kpi.result import KpiResult
from models.metering.tree import SignedMeters

# With a heat pump inside the boundary the heat handed over includes what the pump drew; above
# 1.0 more heat would leave than energy entered.
_SPEC = RatioKpi(
    kpi="erf",
    unit="ratio",
    numerator_unit="kWh",
    lower=0.0,
    upper=1.0,
    boundary="heat counted where it is handed over; heat pumps inside, their electricity in E_DC",
)


def erf(totals: MeteredTotals, reused: SignedMeters, facility: SignedMeters) -> KpiResult:
    """Energy reused outside over the total energy of the data centre.

    Parameters
    ----------
    totals : MeteredTotals
        Energies over one jointly covered window. [kWh]
    reused : SignedMeters
        E_REUSE, at the point where the heat is handed off to the other party (Delegated
        Regulation (EU) 2024/1364, Annex II).
    facility : SignedMeters
        E_DC.

    Returns
    -------
    KpiResult
        E_REUSE / E_DC [-], between 0 and 1.

    Examples
    --------
    Of 1000 kWh, 410 kWh leave as heat for the district.

    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> day = Window(
    ...     name="today",
    ...     start=datetime(2026, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 2, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=day, meters=("loop", "intake"), total=np.array([410.0, 1000.0]), u=np.zeros(2),
    ...     coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> erf(totals, SignedMeters(plus=("loop",)), SignedMeters(plus=("intake",))).value
    0.41
    """
    return ratio_result(_SPEC, totals, reused, facility)
