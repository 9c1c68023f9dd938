"""CER, cooling efficiency ratio (ISO/IEC 30134-7, EN 50600-4-7)."""

from math import inf

from models.kpi.metered import MeteredTotals, RatioKpi, ratio_result
from models.kpi.result import KpiResult
from models.metering.tree import SignedMeters

_SPEC = RatioKpi(
    kpi="cer",
    unit="ratio",
    numerator_unit="kWh",
    lower=0.0,
    upper=inf,
    boundary="all heat removed from the data centre over all electricity of its cooling system",
)


def cer(totals: MeteredTotals, heat_removed: SignedMeters, cooling: SignedMeters) -> KpiResult:
    """Heat removed over the electricity that the cooling system used for it.

    Parameters
    ----------
    totals : MeteredTotals
        Heat and electricity over one jointly covered window. [kWh]
    heat_removed : SignedMeters
        Q_removed: every heat meter on the way out of the rooms, whether the heat is rejected or
        handed over. A meter on one of several paths gives too low a CER.
    cooling : SignedMeters
        E_cooling: chillers, pumps, towers, room units.

    Returns
    -------
    KpiResult
        Q_removed / E_cooling [-]; bigger is better, without upper bound in free cooling.

    Notes
    -----
    The formula is background knowledge, the standard was not read. That bigger is better follows
    second-hand from "CER > 9" of the Blue Angel DE-UZ 228. It is an annual figure.

    Examples
    --------
    900 MWh of heat for 100 MWh of electricity: at the limit of DE-UZ 228.

    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> year = Window(
    ...     name="12months",
    ...     start=datetime(2025, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 1, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=year, meters=("chilled_water", "chillers"), total=np.array([900e3, 100e3]),
    ...     u=np.zeros(2), coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> cer(
    ...     totals, SignedMeters(plus=("chilled_water",)), SignedMeters(plus=("chillers",))
    ... ).value
    9.0
    """
    return ratio_result(_SPEC, totals, heat_removed, cooling)
