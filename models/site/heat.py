"""The heat chain of a site: branches, takers, exchanger, what is offered, where it balances."""

from dataclasses import dataclass
from datetime import date

from models.heat.exchanger import Arrangement

# What the device of an exchanger must give.
EXCHANGER_POINTS = (
    "primary_inlet_temp_degc",
    "primary_outlet_temp_degc",
    "secondary_inlet_temp_degc",
    "secondary_outlet_temp_degc",
    "primary_flow_m3_per_h",
    "secondary_flow_m3_per_h",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatBranch:
    """A branch through which heat leaves to a taker, seen through its heat meter."""

    id: str
    label_fr: str
    label_en: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatTaker:
    """Who takes heat, from when until before when: a contract ends, an operator changes."""

    id: str
    label_fr: str
    label_en: str
    meter: str
    operator: str
    valid_from: date
    valid_to: date | None
    min_supply_temp_degc: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TakerReport:
    """What a taker of heat says it received in one legal month, by its own meter or bill.

    ``u_ratio`` is the relative standard uncertainty (k = 1) of the taker's figure;
    ``line_loss_ratio`` the most that may be lost between the site's meter and the taker's.
    """

    taker: str
    year: int
    month: int
    heat_kwh: float
    u_ratio: float
    line_loss_ratio: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanger:
    """The exchanger that hands over the heat, with what it was when clean."""

    device: str
    arrangement: Arrangement
    clean_ua_kw_per_k: float
    reference_flow_m3_per_h: float
    flow_exponent: float
    threshold_ratio: float
    temperature_u_k: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatOfferPoints:
    """Keys of the powers that missed heat is reckoned from.

    ``requested`` is the signal of the takers behind the heat pumps, ``delivered`` what they got,
    ``rejected`` what left outdoors from the circuits the heat pumps draw on, ``machine_limit_kw``
    the most that all heat pumps give.
    """

    requested: str
    delivered: tuple[str, ...]
    rejected: tuple[str, ...]
    heat_pump_heat: tuple[str, ...]
    heat_pump_power: tuple[str, ...]
    machine_limit_kw: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermalNode:
    """A place where energies must balance: what enters is what leaves plus losses.

    Terms are meters, or keys of powers that are summed up over time. ``power_u_ratio`` is the
    relative standard uncertainty of powers that a machine reckons itself; ``scatter_ratio`` how
    much the losses of one hour may scatter, since pipes store heat.
    """

    id: str
    label_fr: str
    label_en: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    loss_min_ratio: float
    loss_max_ratio: float
    power_u_ratio: float
    scatter_ratio: float
