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


class IcpeRegime(StrEnum):
    """Under which regime of classified installations a site runs; ``NONE`` under none."""

    NONE = "none"
    DECLARATION = "declaration"
    REGISTRATION = "registration"
    AUTHORISATION = "authorisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What an operator said of one duty, or that it did not do it.

    ``key`` names the duty. ``made`` false is the operator's own word, or the finding of an
    inspector, that it was not done: silence is no declaration at all. ``for_year`` is the
    calendar year a yearly duty reports on. ``sha256`` ties the document to what was seen.
    """

    key: str
    made: bool
    made_on: date | None
    for_year: int | None
    document: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """The facts of one site that decide which rules apply to it.

    ``installed_it_power_kw`` is the installed IT power demand of Regulation (EU) 2024/1364,
    article 2; ``total_rated_input_kw`` the total rated energy input of Directive (EU)
    2023/1791, article 26. ``ai_share_ratio`` is the share of the installed IT power in racks
    of accelerators. ``zone`` is the name of an area that a rule may single out. None is not
    known, which is neither yes nor no.
    """

    entry_into_operation: date
    installed_it_power_kw: float
    public_operator: bool
    noise_regime: NoiseRegime
    zone: str = ""
    floor_area_m2: float | None = None
    total_rated_input_kw: float | None = None
    icpe_regime: IcpeRegime | None = None
    ai_share_ratio: float | None = None
    declarations: tuple[Declaration, ...] = ()
