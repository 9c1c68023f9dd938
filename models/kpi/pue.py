"""PUE, power usage effectiveness (EN 50600-4-2, ISO/IEC 30134-2)."""

from dataclasses import replace
from math import inf

from models.kpi.metered import MeteredTotals, RatioKpi, ratio_result, withheld_result
from models.kpi.result import Flag, KpiKind, KpiResult, Withheld
from models.metering.tree import ItBoundary, SignedMeters

_WITHOUT_UPGRADE = RatioKpi(
    kpi="pue_excl_heat_upgrade",
    unit="ratio",
    numerator_unit="kWh",
    lower=1.0,
    upper=inf,
    boundary="E_DC less the electricity of plant that only upgrades waste heat",
)
_SPEC = RatioKpi(
    kpi="pue",
    unit="ratio",
    numerator_unit="kWh",
    lower=1.0,
    upper=inf,
    boundary="E_DC at every source of the data centre, heat pumps inside",
)


def pue(
    totals: MeteredTotals,
    facility: SignedMeters,
    it: ItBoundary,
    *,
    kind: KpiKind | None = None,
    lowered: bool = False,
) -> KpiResult:
    """Total energy of the data centre over the energy of its IT equipment.

    Parameters
    ----------
    totals : MeteredTotals
        Energies over one jointly covered window. [kWh]
    facility : SignedMeters
        E_DC, at the input of the data centre before the supply transfer switch.
    it : ItBoundary
        E_IT and its category: 1 at UPS output, 2 at PDU output, 3 at the input of the equipment.
    kind : KpiKind, optional
        PARTIAL for a boundary inside that of the data centre, DESIGNED for predicted energies;
        by default ANNUAL or INTERIM by the length of the window.
    lowered : bool
        The category is one lower than the meters stand for, because a load that is not IT hangs
        behind them without a meter of its own.

    Returns
    -------
    KpiResult
        The ratio E_DC / E_IT [-]. Impossible below 1. Over less than twelve months it is an
        interim PUE.

    Raises
    ------
    ValueError
        If the category is not 1, 2 or 3.

    Notes
    -----
    Reused heat and renewables are never subtracted (EN 50600-4-2). Category 3 and the names of
    the kinds are background knowledge, the edition in force was not read.

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
    if it.category not in {1, 2, 3}:
        msg = f"a PUE has category 1, 2 or 3, not {it.category}"
        raise ValueError(msg)
    result = ratio_result(_SPEC, totals, facility, it.meters, category=it.category, kind=kind)
    return replace(result, flags=(*result.flags, Flag.CATEGORY_LOWERED)) if lowered else result


def pue_excluding_heat_upgrade(
    totals: MeteredTotals, facility: SignedMeters, upgrade: SignedMeters, it: ItBoundary
) -> KpiResult:
    """PUE without the electricity of plant that exclusively upgrades waste heat.

    Parameters
    ----------
    totals : MeteredTotals
        Energies over one jointly covered window. [kWh]
    facility : SignedMeters
        E_DC.
    upgrade : SignedMeters
        Electricity of heat pumps that do nothing but raise waste heat for others.
    it : ItBoundary
        E_IT and its category.

    Returns
    -------
    KpiResult
        (E_DC - E_upgrade) / E_IT [-], never above the PUE of the same totals. Withheld without
        such a heat pump: what also cools the rooms is no plant that only upgrades.

    Notes
    -----
    EnEfG, section 11(2), last sentence, leaves this electricity out for data centres that start
    after June 2026. EN 50600-4-2 knows no such exception: it is another figure, with a name of its
    own, and never stands for the PUE. A heat pump that also cools is not exclusively upgrading.

    Examples
    --------
    140 MWh of which 10 MWh drive heat pumps, for 100 MWh of IT: 1.3 instead of 1.4.

    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> year = Window(
    ...     name="12months",
    ...     start=datetime(2025, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 1, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=year, meters=("intake", "hp", "pdu"), total=np.array([140e3, 10e3, 100e3]),
    ...     u=np.zeros(3), coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> pue_excluding_heat_upgrade(
    ...     totals, SignedMeters(plus=("intake",)), SignedMeters(plus=("hp",)),
    ...     ItBoundary(category=2, meters=SignedMeters(plus=("pdu",))),
    ... ).value
    1.3
    """
    if not upgrade.plus:
        spec = _WITHOUT_UPGRADE
        return withheld_result(spec.kpi, spec.unit, totals.window, Withheld.NOT_REUSE_ONLY)
    kept = facility.less(upgrade)
    return ratio_result(_WITHOUT_UPGRADE, totals, kept, it.meters, category=it.category)
