"""The KPIs a rule may name, their windows, and the units a text may use for them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from models.quantities import Quantity
from models.units import affine_to_canonical

_ANY = ("15min", "today", "month", "12months")


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiSpec:
    """One KPI as rules see it.

    ``quantity`` gives the units a text may use, through the table of ``models.units``; a KPI
    whose unit is a quotient has no quantity and is found in ``_QUOTIENTS``. ``decimals`` is
    how many are shown in the KPI's unit; a text in percent shows two fewer.
    """

    unit: str
    quantity: Quantity | None
    windows: tuple[str, ...]
    label_fr: str
    label_en: str
    decimals: int


# A quotient of two units, and what else it is called. 1 m3/MWh is 1 L/kWh.
_QUOTIENTS: Final[dict[str, dict[str, Decimal]]] = {
    "L/kWh": {"L/kWh": Decimal(1), "m3/MWh": Decimal(1)},
}

KPIS: Final[dict[str, KpiSpec]] = {
    "pue": KpiSpec(
        unit="ratio",
        quantity=Quantity.RATIO,
        windows=_ANY,
        label_fr="PUE",
        label_en="PUE",
        decimals=3,
    ),
    "wue": KpiSpec(
        unit="L/kWh",
        quantity=None,
        windows=_ANY,
        label_fr="WUE (toute l'eau entrante)",
        label_en="WUE (all water input)",
        decimals=3,
    ),
    "wue_potable": KpiSpec(
        unit="L/kWh",
        quantity=None,
        windows=_ANY,
        label_fr="WUE (eau potable seule)",
        label_en="WUE (potable water only)",
        decimals=3,
    ),
    "erf": KpiSpec(
        unit="ratio",
        quantity=Quantity.RATIO,
        windows=_ANY,
        label_fr="ERF",
        label_en="ERF",
        decimals=3,
    ),
    "recovered_heat": KpiSpec(
        unit="kWh",
        quantity=Quantity.HEAT_ENERGY,
        windows=_ANY,
        label_fr="chaleur récupérée",
        label_en="recovered heat",
        decimals=0,
    ),
    "noise_emergence_day": KpiSpec(
        unit="dB(A)",
        quantity=Quantity.SOUND_LEVEL,
        windows=("last_day",),
        label_fr="émergence de jour",
        label_en="daytime emergence",
        decimals=1,
    ),
    "noise_emergence_night": KpiSpec(
        unit="dB(A)",
        quantity=Quantity.SOUND_LEVEL,
        windows=("last_night",),
        label_fr="émergence de nuit",
        label_en="night-time emergence",
        decimals=1,
    ),
}


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
    known = _QUOTIENTS[kpi.unit]
    if unit not in known:
        msg = f"unit {unit!r} does not convert to {kpi.unit}: use one of {', '.join(known)}"
        raise ValueError(msg)
    return known[unit]
