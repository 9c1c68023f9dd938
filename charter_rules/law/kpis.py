"""The KPIs a rule may name, as the registry has them, and the units a text may use for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import inf
from typing import Final

from charter_rules.law.availability import NOT_MEASURED
from models.kpi.definition import DECLARED, Kpi
from models.kpi.registry import KPIS as REGISTRY
from models.quantities import Quantity
from models.units import affine_to_canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiSpec:
    """One KPI as rules see it.

    ``quantity`` gives the units a text may use, through the table of ``models.units``; a KPI
    whose unit is a quotient has no quantity, and what else its unit is called is in
    ``_QUOTIENTS``. ``decimals`` is how many are shown in the KPI's unit; a text in percent shows
    two fewer. A value outside ``lower`` to ``upper`` is not physical, whatever was measured.
    ``windows`` are those a rule may name: those it is given for, and those of which
    :mod:`charter_rules.law.availability` says that nothing measures them yet.
    """

    unit: str
    quantity: Quantity | None
    windows: tuple[str, ...]
    decimals: int
    lower: float = -inf
    upper: float = inf


def _spec(kpi: Kpi) -> KpiSpec:
    waiting = tuple(window for name, window in NOT_MEASURED if name == kpi.id)
    return KpiSpec(
        unit=kpi.unit,
        quantity=kpi.quantity,
        windows=(*kpi.windows, *waiting),
        decimals=kpi.decimals,
        lower=kpi.lower,
        upper=kpi.upper,
    )


KPIS: Final[Mapping[str, KpiSpec]] = {kpi.id: _spec(kpi) for kpi in REGISTRY.values()}

# What else a unit without a quantity is called. 1 m3/MWh is 1 L/kWh.
_QUOTIENTS: Final[Mapping[str, Mapping[str, Decimal]]] = {
    "L/kWh": {"m3/MWh": Decimal(1)},
    "kgCO2e": {"tCO2e": Decimal(1000)},
    "kgCO2e/kWh": {"gCO2e/kWh": Decimal("0.001")},
}

# What a duty to declare looks at: no KPI.
DECLARATION: Final = "declaration"
DECLARED_WINDOW: Final = DECLARED

_NO_KPI: Final = KpiSpec(unit="", quantity=None, windows=(DECLARED_WINDOW,), decimals=0)
# A change from one window to another.
CHANGE: Final = KpiSpec(unit="ratio", quantity=Quantity.RATIO, windows=(), decimals=3)


def spec_of(kpi: str) -> KpiSpec:
    """What is known of a KPI; a declaration has no unit and no window."""
    return _NO_KPI if kpi == DECLARATION else KPIS[kpi]


def unit_factor(unit: str, kpi: KpiSpec) -> Decimal:
    """What a figure in ``unit`` is multiplied by to be in the KPI's unit.

    Raises
    ------
    ValueError
        If the unit measures something else, or converts by more than a factor.

    Examples
    --------
    >>> unit_factor("%", KPIS["erf"]), unit_factor("m3/MWh", KPIS["wue"])
    (Decimal('0.01'), Decimal('1'))
    """
    if kpi.quantity is not None:
        factor, offset = affine_to_canonical(unit, kpi.quantity)
        if offset:
            msg = f"unit {unit!r} has an offset and cannot carry a threshold"
            raise ValueError(msg)
        return Decimal(str(factor))
    known = {kpi.unit: Decimal(1), **_QUOTIENTS.get(kpi.unit, {})}
    if unit not in known:
        msg = f"unit {unit!r} does not convert to {kpi.unit}: use one of {', '.join(known)}"
        raise ValueError(msg)
    return known[unit]
