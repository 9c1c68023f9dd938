"""Who the invented sites are, and by how much each stands on which side of a figure.

Nothing here is a real site. The first twelve were set around figures that charters ask for (PUE
1.25 to 1.6 by age, 0.4 L/kWh of water, 10 and 30 % of energy reused, 5 and 3 dB(A) of emergence):
some clearly on one side, some clearly on the other, some too close to tell. The last two are
classified installations whose noise was also measured at the neighbour's, where the law judges it:
one is loud at its own line and keeps the limits beyond it, the other does not. Which is which is
said by their truth, not here: the seed moves each parameter a little.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from simulators.fleet.faults import MeterFault, MeterFaultKind
from simulators.plant.it_load import RATED_IT_KW
from simulators.plant.randomness import constant
from simulators.plant.variant import Variant

_JITTER_RATIO: Final = 0.02
_JITTER_K: Final = 0.1
_JITTER_DB: Final = 0.5
_SEEDS_APART: Final = 10_007


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedFacts:
    """The facts of an invented site that decide which rules apply to it."""

    entry_into_operation: date
    public_operator: bool = False
    noise_regime: str = "public_health_code"
    icpe_regime: str = "declaration"
    zone: str = "zone_dense"
    ai_share: float = 0.14


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A figure the operator declares, and what is true of it."""

    value: float
    true_value: float
    source: str = "invented declaration of an invented site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Where an inspector stood, and when: ``loss_db`` is what the way there takes of the plant.

    The street is as loud there as at the sound meter ``point``. ``day`` is that of the month
    ``months_before_end``; the night is the one before it.
    """

    point: str
    loss_db: float
    months_before_end: int
    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedSite:
    """One site: its plant, its facts, what it declares and what was wrong with its meters."""

    name: str
    seed: int
    facts: InventedFacts
    variant: Variant
    declared: Mapping[str, Declared] = field(default_factory=dict)
    faults: tuple[MeterFault, ...] = ()
    neighbour: Neighbour | None = None

    @property
    def installed_it_power_kw(self) -> float:
        """Installed and rated IT power."""
        return round(RATED_IT_KW * self.variant.size, 1)


def _gwp(declared: float, true: float | None = None) -> Mapping[str, Declared]:
    return {
        "refrigerant_gwp": Declared(value=declared, true_value=declared if true is None else true)
    }


def _gap(device: str, days_before_end: float, days: float) -> MeterFault:
    return MeterFault(
        kind=MeterFaultKind.GAP, device=device, days_before_end=days_before_end, days=days
    )


_KINDS: Final = (
    InventedSite(
        name="site_01",
        seed=1,
        facts=InventedFacts(entry_into_operation=date(2011, 4, 1), public_operator=True),
        variant=Variant(),
        declared=_gwp(675.0),
    ),
    InventedSite(
        name="site_02",
        seed=2,
        facts=InventedFacts(entry_into_operation=date(2008, 9, 15)),
        variant=Variant(
            size=2.5,
            fan_ratio=2.6,
            ups_loss_ratio=2.2,
            services_ratio=3.0,
            chiller_ratio=0.6,
            district_ratio=0.0,
            greenhouse_ratio=0.0,
            noise_db=12.0,
        ),
        declared=_gwp(1430.0),
    ),
    InventedSite(
        name="site_03",
        seed=3,
        facts=InventedFacts(entry_into_operation=date(2013, 2, 1)),
        variant=Variant(
            size=0.6, fan_ratio=2.0, ups_loss_ratio=1.8, services_ratio=1.9, chiller_ratio=0.7
        ),
        faults=(
            _gap("intake_a", 320.0, 4.5),
            _gap("pdu_04", 210.0, 12.0),
            _gap("water_adiabatic", 120.0, 9.0),
            _gap("heat_meter_loop", 60.0, 2.3),
        ),
    ),
    InventedSite(
        name="site_04",
        seed=4,
        facts=InventedFacts(entry_into_operation=date(2016, 6, 1), public_operator=True),
        variant=Variant(
            size=1.5,
            fan_ratio=1.6,
            ups_loss_ratio=1.5,
            services_ratio=1.8,
            chiller_ratio=0.9,
            district_ratio=0.75,
            adiabatic_shift_k=-8.0,
        ),
        declared=_gwp(2088.0),
    ),
    InventedSite(
        name="site_05",
        seed=5,
        facts=InventedFacts(entry_into_operation=date(2017, 10, 1), ai_share=0.3),
        variant=Variant(
            size=0.8,
            ai_ratio=1.5,
            fan_ratio=2.4,
            ups_loss_ratio=2.0,
            services_ratio=1.8,
            chiller_ratio=0.7,
            district_ratio=0.6,
            adiabatic_shift_k=-5.0,
            noise_db=17.0,
        ),
        declared=_gwp(7.0, true=1430.0),
    ),
    InventedSite(
        name="site_06",
        seed=6,
        facts=InventedFacts(entry_into_operation=date(2018, 3, 1), icpe_regime="none"),
        variant=Variant(
            size=0.4,
            district_ratio=0.22,
            greenhouse_ratio=0.8,
            adiabatic_shift_k=-11.0,
            noise_db=3.0,
        ),
    ),
    InventedSite(
        name="site_07",
        seed=7,
        facts=InventedFacts(entry_into_operation=date(2020, 1, 15)),
        variant=Variant(
            size=1.2,
            fan_ratio=0.5,
            ups_loss_ratio=0.5,
            services_ratio=0.5,
            chiller_ratio=1.4,
            district_ratio=0.0,
            adiabatic_shift_k=-6.0,
        ),
        faults=(
            _gap("heat_meter_greenhouse", 250.0, 6.0),
            MeterFault(
                kind=MeterFaultKind.REPLACED,
                device="water_adiabatic",
                days_before_end=170.0,
                days=5.0,
            ),
        ),
        declared=_gwp(7.0),
    ),
    InventedSite(
        name="site_08",
        seed=8,
        facts=InventedFacts(entry_into_operation=date(2021, 5, 1), public_operator=True),
        variant=Variant(
            fan_ratio=0.7,
            ups_loss_ratio=0.8,
            services_ratio=0.8,
            chiller_ratio=1.1,
            district_ratio=0.45,
            noise_db=8.0,
        ),
        declared=_gwp(675.0),
    ),
    InventedSite(
        name="site_09",
        seed=9,
        facts=InventedFacts(entry_into_operation=date(2022, 11, 1)),
        variant=Variant(size=3.0, fan_ratio=1.3, ups_loss_ratio=1.3, chiller_ratio=0.8),
        faults=(MeterFault(kind=MeterFaultKind.DEAD, device="intake_b", days_before_end=280.0),),
        declared=_gwp(1430.0),
    ),
    InventedSite(
        name="site_10",
        seed=10,
        facts=InventedFacts(
            entry_into_operation=date(2024, 1, 10),
            noise_regime="icpe",
            icpe_regime="registration",
            zone="zone_outer",
            ai_share=0.45,
        ),
        variant=Variant(
            size=12.0,
            ai_ratio=2.0,
            fan_ratio=0.3,
            ups_loss_ratio=0.4,
            services_ratio=0.3,
            chiller_ratio=1.5,
            district_ratio=0.05,
            greenhouse_ratio=0.5,
            noise_db=16.0,
        ),
        declared=_gwp(7.0),
    ),
    InventedSite(
        name="site_11",
        seed=11,
        facts=InventedFacts(
            entry_into_operation=date(2024, 2, 1), noise_regime="icpe", icpe_regime="declaration"
        ),
        variant=Variant(
            size=5.0,
            fan_ratio=0.65,
            ups_loss_ratio=0.75,
            services_ratio=0.6,
            chiller_ratio=1.2,
            district_ratio=0.19,
            greenhouse_ratio=0.6,
            adiabatic_shift_k=-5.8,
        ),
    ),
    InventedSite(
        name="site_12",
        seed=12,
        facts=InventedFacts(entry_into_operation=date(2019, 7, 1), icpe_regime="none"),
        variant=Variant(
            size=0.1, air_it_ratio=0.7, fan_ratio=1.2, ups_loss_ratio=1.6, noise_db=-6.0
        ),
        declared=_gwp(2088.0),
    ),
    InventedSite(
        name="site_13",
        seed=13,
        facts=InventedFacts(
            entry_into_operation=date(2019, 3, 1), noise_regime="icpe", icpe_regime="declaration"
        ),
        variant=Variant(size=1.4, fan_ratio=1.1, district_ratio=0.5, noise_db=13.0),
        declared=_gwp(675.0),
        neighbour=Neighbour(point="sound_east", loss_db=15.0, months_before_end=2, day=16),
    ),
    InventedSite(
        name="site_14",
        seed=14,
        facts=InventedFacts(
            entry_into_operation=date(2014, 9, 1), noise_regime="icpe", icpe_regime="authorisation"
        ),
        variant=Variant(
            size=8.0,
            fan_ratio=1.2,
            ups_loss_ratio=1.1,
            services_ratio=1.2,
            district_ratio=0.35,
            noise_db=20.0,
        ),
        declared=_gwp(1430.0),
        neighbour=Neighbour(point="sound_north", loss_db=4.0, months_before_end=1, day=8),
    ),
)


def roster(count: int, seed: int) -> tuple[InventedSite, ...]:
    """``count`` sites; beyond fourteen they come again as other plants of the same kinds."""
    return tuple(_seeded(n, seed) for n in range(count))


def youngest_entry() -> date:
    """The latest day on which one of the sites went into operation."""
    return max(site.facts.entry_into_operation for site in _KINDS)


def _seeded(number: int, seed: int) -> InventedSite:
    kind = _KINDS[number % len(_KINDS)]
    name = f"site_{number + 1:02d}"
    own_seed = (seed * _SEEDS_APART + number + 1) % 2**31
    return replace(kind, name=name, seed=own_seed, variant=_moved(kind.variant, own_seed))


def _moved(variant: Variant, seed: int) -> Variant:
    """Each parameter a little off, so that seeds are other sites; zero and size stay."""

    def draw(parameter: str) -> float:
        return constant(seed, f"fleet/{parameter}")

    ratios = {
        parameter: value * (1.0 + _JITTER_RATIO * draw(parameter))
        for parameter in ("fan_ratio", "ups_loss_ratio", "services_ratio", "district_ratio")
        if (value := getattr(variant, parameter))
    }
    return replace(
        variant,
        **ratios,
        adiabatic_shift_k=variant.adiabatic_shift_k + _JITTER_K * draw("adiabatic_shift_k"),
        noise_db=variant.noise_db + _JITTER_DB * draw("noise_db"),
    )
