"""The closed set of facts that decide whether a rule concerns a site."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from charter_rules.facts import IcpeRegime, NoiseRegime, SiteFacts


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
    MinInstalledItPower | InstalledItPowerAbove | TotalInputAbove | MinFloorArea | MinAiShare
)
SiteCondition = (
    EnteredBefore
    | EnteredFrom
    | InZone
    | PublicOperator
    | UnderNoiseRegime
    | UnderIcpeRegime
    | SizeCondition
)


def holds(condition: SiteCondition, facts: SiteFacts) -> bool | None:
    """Whether a site meets one condition; None when the fact it asks for is not known."""
    met: bool | None
    match condition:
        case EnteredBefore(day):
            met = facts.entry_into_operation < day
        case EnteredFrom(day):
            met = facts.entry_into_operation >= day
        case PublicOperator(public):
            met = facts.public_operator is public
        case UnderNoiseRegime(regime):
            met = facts.noise_regime is regime
        case InZone(zones):
            met = facts.zone in zones if facts.zone else None
        case UnderIcpeRegime(regimes):
            met = None if facts.icpe_regime is None else facts.icpe_regime in regimes
        case _:
            met = _is_large_enough(condition, facts)
    return met


def _is_large_enough(condition: SizeCondition, facts: SiteFacts) -> bool | None:
    match condition:
        case MinInstalledItPower(kw):
            return facts.installed_it_power_kw >= kw
        case InstalledItPowerAbove(kw):
            return facts.installed_it_power_kw > kw
        case TotalInputAbove(kw):
            known = facts.total_rated_input_kw
            return None if known is None else known > kw
        case MinFloorArea(m2):
            return None if facts.floor_area_m2 is None else facts.floor_area_m2 >= m2
        case MinAiShare(ratio):
            return None if facts.ai_share_ratio is None else facts.ai_share_ratio >= ratio
        case _:
            assert_never(condition)


def first_unmet(conditions: Iterable[SiteCondition], facts: SiteFacts) -> SiteCondition | None:
    """First condition that the site is known not to meet; None when there is none."""
    return next((one for one in conditions if holds(one, facts) is False), None)


def first_unknown(conditions: Iterable[SiteCondition], facts: SiteFacts) -> SiteCondition | None:
    """First condition of which nobody knows whether the site meets it."""
    return next((one for one in conditions if holds(one, facts) is None), None)
