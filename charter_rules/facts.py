"""What a rule may ask of a site, apart from its measurements."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final, Self

from models.site.dated import FactsFrom, values_on

# The duty to declare what `ai_share_ratio` states.
AI_SHARE: Final = "ai_share"


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


class Author(StrEnum):
    """Who says something of a site. What those who check it say outranks the others."""

    OPERATOR = "operator"
    TAKER = "taker"
    INSPECTOR = "inspector"
    AUTHORITY = "authority"

    @property
    def checks(self) -> bool:
        """Whether it is the word of one who checks the site."""
        return self in {Author.INSPECTOR, Author.AUTHORITY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What somebody said of one duty: that it was done, or that it was not.

    ``key`` names the duty; silence is no declaration at all. ``made_on`` is the day on which it
    was done, ``received_on`` the day on which it was told, where that is another. ``for_year`` is
    the calendar year a yearly duty reports on. ``sha256`` ties the document to what was seen.
    """

    key: str
    made: bool
    made_on: date | None
    for_year: int | None
    document: str
    author: Author = Author.OPERATOR
    received_on: date | None = None
    sha256: str | None = None

    @property
    def known_on(self) -> date | None:
        """The day from which it was known; None when neither day is."""
        return self.received_on or self.made_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What one who checks the site measured, where and as the text asks for it.

    It outranks the sensors of the site until there is a newer one. ``level_dba`` is the ambient
    level behind an emergence, ``indoors`` that it was measured in a main room of a dwelling
    (R.1336-6), ``noise_minutes`` how long the noise lasts in its period, day or night; None is
    taken for the whole of it.
    """

    kpi: str
    measured_on: date
    value: float
    expanded_uncertainty: float
    document: str
    author: Author = Author.INSPECTOR
    level_dba: float | None = None
    indoors: bool = False
    noise_minutes: float | None = None
    received_on: date | None = None
    sha256: str | None = None

    @property
    def known_on(self) -> date:
        """The day from which it was known."""
        return self.received_on or self.measured_on


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """The facts of one site that decide which rules apply to it.

    ``installed_it_power_kw`` is the installed IT power demand of Regulation (EU) 2024/1364,
    article 2; ``total_rated_input_kw`` the total rated energy input of Directive (EU)
    2023/1791, article 26. ``ai_share_ratio`` is the share of the installed IT power in racks
    of accelerators. ``zone`` is the name of an area that a rule may single out.
    ``siret_it_power_kw`` is the installed IT power of all rooms under the site's SIRET number
    (code de l'énergie, D.236-1), ``rated_connection_kw`` the non-redundant rated electrical
    connection (EnEfG, section 3). ``major_modification_on`` is the day of the last major
    modification; a site that never had one gives its entry into operation.
    ``cooling_in_operation`` is the entry into operation of the cooling plant. None is not known,
    which is neither yes nor no. An exemption such as ``vital_or_defence`` is claimed: without a
    word there is none. ``changes`` are what became otherwise, and from which day.
    """

    entry_into_operation: date
    installed_it_power_kw: float
    public_operator: bool
    noise_regime: NoiseRegime
    zone: str | None = None
    floor_area_m2: float | None = None
    total_rated_input_kw: float | None = None
    icpe_regime: IcpeRegime | None = None
    ai_share_ratio: float | None = None
    siret_it_power_kw: float | None = None
    rated_connection_kw: float | None = None
    major_modification_on: date | None = None
    cooling_in_operation: date | None = None
    vital_or_defence: bool = False
    declarations: tuple[Declaration, ...] = ()
    inspections: tuple[Inspection, ...] = ()
    changes: tuple[FactsFrom, ...] = ()

    @property
    def said(self) -> tuple[Declaration, ...]:
        """What was declared of duties, and what is declared by being stated as a fact."""
        if self.ai_share_ratio is None or any(one.key == AI_SHARE for one in self.declarations):
            return self.declarations
        stated = f"{AI_SHARE}: {self.ai_share_ratio:g}"
        said = Declaration(key=AI_SHARE, made=True, made_on=None, for_year=None, document=stated)
        return (*self.declarations, said)

    def on(self, day: date) -> Self:
        """The facts as they were on a day: the past is judged by its own."""
        if not self.changes:
            return self
        return replace(self, **values_on(self.changes, day), changes=())  # type: ignore[arg-type]  # named by FactsFrom
