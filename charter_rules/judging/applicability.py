"""The closed set of facts that decide whether a rule concerns a site."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar, assert_never

from charter_rules.facts import IcpeRegime, NoiseRegime, SiteFacts

FactT = TypeVar("FactT")


@dataclass(frozen=True, slots=True)
class EnteredBefore:
    """The site entered into operation before a day."""

    day: date


@dataclass(frozen=True, slots=True)
class EnteredFrom:
    """The site entered into operation on a day or later."""

    day: date


@dataclass(frozen=True, slots=True)
class MinInstalledItPower:
    """At least this installed IT power."""

    kw: float


@dataclass(frozen=True, slots=True)
class InstalledItPowerAbove:
    """More than this installed IT power."""

    kw: float


@dataclass(frozen=True, slots=True)
class TotalInputAbove:
    """More than this total rated energy input."""

    kw: float


@dataclass(frozen=True, slots=True)
class MinFloorArea:
    """At least this floor area."""

    m2: float


@dataclass(frozen=True, slots=True)
class MinAiShare:
    """At least this share of the installed IT power in racks of accelerators."""

    ratio: float


@dataclass(frozen=True, slots=True)
class CreatedOrModifiedFrom:
    """The site was created, or had a major modification, on a day or later."""

    day: date


@dataclass(frozen=True, slots=True)
class CoolingBefore:
    """The cooling plant entered into operation before a day."""

    day: date


@dataclass(frozen=True, slots=True)
class CoolingFrom:
    """The cooling plant entered into operation on a day or later."""

    day: date


@dataclass(frozen=True, slots=True)
class MinSiretItPower:
    """At least this installed IT power under the site's SIRET number."""

    kw: float


@dataclass(frozen=True, slots=True)
class MinRatedConnection:
    """At least this non-redundant rated electrical connection."""

    kw: float


@dataclass(frozen=True, slots=True)
class VitalOrDefence:
    """The site is of a vital operator, of defence or of civil protection, or is not."""

    exempt: bool


@dataclass(frozen=True, slots=True)
class InZone:
    """The site stands in one of these zones."""

    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublicOperator:
    """The operator is a public body, or is not."""

    public: bool


@dataclass(frozen=True, slots=True)
class UnderNoiseRegime:
    """The site is under this noise law."""

    regime: NoiseRegime


@dataclass(frozen=True, slots=True)
class UnderIcpeRegime:
    """The site is under one of these regimes of classified installations."""

    regimes: tuple[IcpeRegime, ...]


SizeCondition = (
    MinInstalledItPower
    | InstalledItPowerAbove
    | MinSiretItPower
    | MinRatedConnection
    | TotalInputAbove
    | MinFloorArea
    | MinAiShare
)
AgeCondition = EnteredBefore | EnteredFrom | CreatedOrModifiedFrom | CoolingBefore | CoolingFrom
SiteCondition = (
    AgeCondition
    | InZone
    | PublicOperator
    | VitalOrDefence
    | UnderNoiseRegime
    | UnderIcpeRegime
    | SizeCondition
)


def holds(condition: SiteCondition, facts: SiteFacts) -> bool | None:
    """Whether a site meets one condition; None when the fact it asks for is not known."""
    met: bool | None
    match condition:
        case PublicOperator(public):
            met = facts.public_operator is public
        case VitalOrDefence(exempt):
            met = facts.vital_or_defence is exempt
        case UnderNoiseRegime(regime):
            met = facts.noise_regime is regime
        case InZone(zones):
            met = facts.zone in zones if facts.zone else None
        case UnderIcpeRegime(regimes):
            met = None if facts.icpe_regime is None else facts.icpe_regime in regimes
        case (
            EnteredBefore()
            | EnteredFrom()
            | CreatedOrModifiedFrom()
            | CoolingBefore()
            | CoolingFrom()
        ):
            met = _is_of_age(condition, facts)
        case _:
            met = _is_large_enough(condition, facts)
    return met


def _is_of_age(condition: AgeCondition, facts: SiteFacts) -> bool | None:
    entered, plant = facts.entry_into_operation, facts.cooling_in_operation
    match condition:
        case EnteredBefore(day):
            return entered < day
        case EnteredFrom(day):
            return entered >= day
        case CreatedOrModifiedFrom(day):
            changed = facts.major_modification_on
            return True if entered >= day else _or_unknown(changed, lambda one: one >= day)
        case CoolingBefore(day):
            return _or_unknown(plant, lambda one: one < day)
        case CoolingFrom(day):
            return _or_unknown(plant, lambda one: one >= day)
        case _:
            assert_never(condition)


def _is_large_enough(condition: SizeCondition, facts: SiteFacts) -> bool | None:
    met: bool | None
    match condition:
        case MinInstalledItPower(kw):
            met = facts.installed_it_power_kw >= kw
        case InstalledItPowerAbove(kw):
            met = facts.installed_it_power_kw > kw
        case MinSiretItPower(kw):
            met = _or_more(facts.siret_it_power_kw, facts, kw)
        case MinRatedConnection(kw):
            met = _or_more(facts.rated_connection_kw, facts, kw)
        case TotalInputAbove(kw):
            met = _or_unknown(facts.total_rated_input_kw, lambda one: one > kw)
        case MinFloorArea(m2):
            met = _or_unknown(facts.floor_area_m2, lambda one: one >= m2)
        case MinAiShare(ratio):
            met = _or_unknown(facts.ai_share_ratio, lambda one: one >= ratio)
        case _:
            assert_never(condition)
    return met


def _or_more(whole_kw: float | None, facts: SiteFacts, kw: float) -> bool | None:
    """Of a whole that holds the site's own IT power, which alone may be enough."""
    if facts.installed_it_power_kw >= kw:
        return True
    return _or_unknown(whole_kw, lambda one: one >= kw)


def _or_unknown(fact: FactT | None, is_met: Callable[[FactT], bool]) -> bool | None:
    return None if fact is None else is_met(fact)


def first_unmet(conditions: Iterable[SiteCondition], facts: SiteFacts) -> SiteCondition | None:
    """First condition that the site is known not to meet; None when there is none."""
    return next((one for one in conditions if holds(one, facts) is False), None)


def first_unknown(conditions: Iterable[SiteCondition], facts: SiteFacts) -> SiteCondition | None:
    """First condition of which nobody knows whether the site meets it."""
    return next((one for one in conditions if holds(one, facts) is None), None)
