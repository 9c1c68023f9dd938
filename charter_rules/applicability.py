"""The closed set of facts that decide whether a rule concerns a site."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from charter_rules.facts import NoiseRegime, SiteFacts


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


SiteCondition = (
    EnteredBefore
    | EnteredFrom
    | MinInstalledItPower
    | InstalledItPowerAbove
    | InZone
    | PublicOperator
    | UnderNoiseRegime
)


def holds(condition: SiteCondition, facts: SiteFacts) -> bool:
    """Whether a site meets one condition."""
    match condition:
        case EnteredBefore(day):
            met = facts.entry_into_operation < day
        case EnteredFrom(day):
            met = facts.entry_into_operation >= day
        case MinInstalledItPower(kw):
            met = facts.installed_it_power_kw >= kw
        case InstalledItPowerAbove(kw):
            met = facts.installed_it_power_kw > kw
        case InZone(zones):
            met = facts.zone in zones
        case PublicOperator(public):
            met = facts.public_operator is public
        case UnderNoiseRegime(regime):
            met = facts.noise_regime is regime
        case _:
            assert_never(condition)
    return met


def first_unmet(conditions: Iterable[SiteCondition], facts: SiteFacts) -> SiteCondition | None:
    """First condition that the site does not meet; None when the rule applies."""
    return next((one for one in conditions if not holds(one, facts)), None)
