"""What a rule may ask of a site, apart from its measurements."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class NoiseRegime(StrEnum):
    """Which noise law a site is under.

    ``CSP``: the public-health code (neighbourhood noise). ``ICPE``: classified installation.
    """

    CSP = "csp"
    ICPE = "icpe"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """The facts of one site that decide which rules apply to it.

    ``installed_it_power_kw`` is the installed IT power demand of Regulation (EU) 2024/1364,
    article 2. ``zone`` is the name of an area that a rule may single out.
    """

    entry_into_operation: date
    installed_it_power_kw: float
    public_operator: bool
    noise_regime: NoiseRegime
    zone: str = ""
