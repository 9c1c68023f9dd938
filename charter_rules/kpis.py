"""The KPIs a rule may name, their windows, and the units a text may use for them."""

from dataclasses import dataclass
from decimal import Decimal
from math import inf
from typing import Final

from models.quantities import Quantity
from models.units import affine_to_canonical

_ANY = ("15min", "today", "month", "12months")


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiSpec:
    """One KPI as rules see it.

    ``quantity`` gives the units a text may use, through the table of ``models.units``; a KPI
    whose unit is a quotient has no quantity and is found in ``_QUOTIENTS``. ``decimals`` is
    how many are shown in the KPI's unit; a text in percent shows two fewer. A value outside
    ``lower`` to ``upper`` is not physical, whatever was measured.
    """

    unit: str
    quantity: Quantity | None
    windows: tuple[str, ...]
    label_fr: str
    label_en: str
    decimals: int
    lower: float = 0.0
    upper: float = inf


# A quotient of two units, and what else it is called. 1 m3/MWh is 1 L/kWh; a global warming
# potential is a mass of carbon dioxide over a mass of refrigerant.
_QUOTIENTS: Final[dict[str, dict[str, Decimal]]] = {
    "L/kWh": {"L/kWh": Decimal(1), "m3/MWh": Decimal(1)},
    "GWP": {"GWP": Decimal(1)},
}

KPIS: Final[dict[str, KpiSpec]] = {
    "pue": KpiSpec(
        unit="ratio",
        quantity=Quantity.RATIO,
        windows=_ANY,
        label_fr="PUE",
        label_en="PUE",
        decimals=3,
        lower=1.0,  # the data centre's energy contains that of the IT
    ),
    "pue_excl_heat_upgrade": KpiSpec(
        unit="ratio",
        quantity=Quantity.RATIO,
        windows=_ANY,
        label_fr="PUE sans les pompes à chaleur de valorisation",
        label_en="PUE without the heat pumps of the heat upgrade",
        decimals=3,
        lower=1.0,
    ),
    "pue_at_25_percent_load": KpiSpec(
        unit="ratio",
        quantity=Quantity.RATIO,
        windows=("month", "12months"),
        label_fr="PUE à 25 % de charge",
        label_en="PUE at 25 % load",
        decimals=3,
        lower=1.0,
    ),
    "load_factor": KpiSpec(
        unit="ratio",
        quantity=Quantity.RATIO,
        windows=_ANY,
        label_fr="taux de charge",
        label_en="load factor",
        decimals=3,
    ),
    "cer": KpiSpec(
        unit="ratio",
        quantity=Quantity.RATIO,
        windows=_ANY,
        label_fr="CER",
        label_en="CER",
        decimals=2,
    ),
    "facility_energy": KpiSpec(
        unit="kWh",
        quantity=Quantity.ACTIVE_ENERGY,
        windows=("12months", "base_year"),
        label_fr="énergie du centre de données",
        label_en="energy of the data centre",
        decimals=0,
    ),
    "trajectory_ratio": KpiSpec(
        unit="ratio",
        quantity=Quantity.RATIO,
        windows=("12months",),
        label_fr="énergie rapportée à la trajectoire",
        label_en="energy over that of the trajectory",
        decimals=3,
    ),
    "itee_sv": KpiSpec(
        unit="ratio",
        quantity=Quantity.RATIO,
        windows=("declared", "12months"),
        label_fr="ITEEsv",
        label_en="ITEEsv",
        decimals=3,
    ),
    "iteu_sv": KpiSpec(
        unit="ratio",
        quantity=Quantity.RATIO,
        windows=("declared", "12months", "previous_12months"),
        label_fr="ITEUsv",
        label_en="ITEUsv",
        decimals=3,
        upper=1.0,
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
    "wue_fresh": KpiSpec(
        unit="L/kWh",
        quantity=None,
        windows=_ANY,
        label_fr="WUE (eau douce)",
        label_en="WUE (fresh water)",
        decimals=3,
    ),
    "erf": KpiSpec(
        unit="ratio",
        quantity=Quantity.RATIO,
        windows=_ANY,
        label_fr="ERF",
        label_en="ERF",
        decimals=3,
        upper=1.0,
    ),
    "ere": KpiSpec(
        unit="ratio",
        quantity=Quantity.RATIO,
        windows=_ANY,
        label_fr="ERE",
        label_en="ERE",
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
    "delivered_temperature": KpiSpec(
        unit="degC",
        quantity=Quantity.TEMPERATURE,
        windows=_ANY,
        label_fr="température de livraison",
        label_en="temperature of delivery",
        decimals=1,
        lower=-60.0,
        upper=250.0,
    ),
    "ref": KpiSpec(
        unit="ratio",
        quantity=Quantity.RATIO,
        windows=_ANY,
        label_fr="REF",
        label_en="REF",
        decimals=3,
        upper=1.0,
    ),
    "renewable_onsite_ratio": KpiSpec(
        unit="ratio",
        quantity=Quantity.RATIO,
        windows=("12months", "declared"),
        label_fr="part d'énergie renouvelable produite sur place",
        label_en="share of renewable energy made on site",
        decimals=3,
        upper=1.0,
    ),
    "supply_air_compliance": KpiSpec(
        unit="ratio",
        quantity=Quantity.RATIO,
        windows=_ANY,
        label_fr="part du temps dans l'enveloppe d'air",
        label_en="share of time inside the air envelope",
        decimals=3,
        upper=1.0,
    ),
    "liquid_supply_compliance": KpiSpec(
        unit="ratio",
        quantity=Quantity.RATIO,
        windows=_ANY,
        label_fr="part du temps dans l'enveloppe de liquide",
        label_en="share of time inside the liquid envelope",
        decimals=3,
        upper=1.0,
    ),
    "inlet_air_temp": KpiSpec(
        unit="degC",
        quantity=Quantity.TEMPERATURE,
        windows=_ANY,
        label_fr="température moyenne de l'air à l'entrée des serveurs",
        label_en="mean air temperature at the server inlets",
        decimals=1,
        lower=-60.0,
        upper=250.0,
    ),
    "refrigerant_gwp": KpiSpec(
        unit="GWP",
        quantity=None,
        windows=("declared",),
        label_fr="PRG du fluide frigorigène le plus défavorable",
        label_en="GWP of the worst refrigerant",
        decimals=0,
    ),
    "noise_emergence_day": KpiSpec(
        unit="dB(A)",
        quantity=Quantity.SOUND_LEVEL,
        windows=("last_day",),
        label_fr="émergence de jour",
        label_en="daytime emergence",
        decimals=1,
        lower=-130.0,  # two levels of 10 to 140 dB(A)
        upper=130.0,
    ),
    "noise_emergence_night": KpiSpec(
        unit="dB(A)",
        quantity=Quantity.SOUND_LEVEL,
        windows=("last_night",),
        label_fr="émergence de nuit",
        label_en="night-time emergence",
        decimals=1,
        lower=-130.0,
        upper=130.0,
    ),
    "noise_boundary_day": KpiSpec(
        unit="dB(A)",
        quantity=Quantity.SOUND_LEVEL,
        windows=("last_day",),
        label_fr="niveau de jour en limite de propriété",
        label_en="daytime level at the property line",
        decimals=1,
        lower=10.0,
        upper=140.0,
    ),
    "noise_boundary_night": KpiSpec(
        unit="dB(A)",
        quantity=Quantity.SOUND_LEVEL,
        windows=("last_night",),
        label_fr="niveau de nuit en limite de propriété",
        label_en="night-time level at the property line",
        decimals=1,
        lower=10.0,
        upper=140.0,
    ),
}

# What a duty to declare looks at: no KPI.
DECLARATION: Final = "declaration"
DECLARED_WINDOW: Final = "declared"


def spec_of(kpi: str) -> KpiSpec:
    """What is known of a KPI; a declaration has no unit and no window."""
    return _NO_KPI if kpi == DECLARATION else KPIS[kpi]


_NO_KPI: Final = KpiSpec(
    unit="",
    quantity=None,
    windows=(DECLARED_WINDOW,),
    label_fr="déclaration",
    label_en="declaration",
    decimals=0,
)
# A change from one window to another.
CHANGE: Final = KpiSpec(
    unit="ratio",
    quantity=Quantity.RATIO,
    windows=(),
    label_fr="évolution",
    label_en="change",
    decimals=3,
)


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
