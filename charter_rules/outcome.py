"""What the engine found before it is put into words."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from charter_rules.applicability import SiteCondition
from charter_rules.dated import Absence, DatedEntry
from charter_rules.facts import Declaration, SiteFacts
from charter_rules.findings import Verdict
from charter_rules.rulebook import Rule
from models.kpi.result import KpiResult


class Lack(StrEnum):
    """What is missing to judge a rule that is in force and applies."""

    THRESHOLD_NOT_PUBLISHED = "threshold_not_published"
    NO_RESULT = "no_result"
    NO_VALUE = "no_value"
    SHORT_WINDOW = "short_window"
    LOW_COVERAGE = "low_coverage"
    NO_UNCERTAINTY = "no_uncertainty"
    NO_LEVEL = "no_level"
    NO_EARLIER_RESULT = "no_earlier_result"
    NO_DECLARATION = "no_declaration"
    UNKNOWN_FACT = "unknown_fact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a rule's threshold stands in time for one site on one day.

    ``entry`` is the figure in force, or the coming one when nothing is in force yet, or the
    repealed one when nothing comes. ``due`` is the day from which it binds the site, None
    when no figure is left to bind anyone. ``coming`` is the figure that will replace it.
    """

    entry: DatedEntry
    due: date | None
    coming: DatedEntry | None
    in_force: bool

    @property
    def published(self) -> bool:
        """Whether the figure is known here."""
        return self.entry.absence is not Absence.NOT_PUBLISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The verdict on one rule with everything that led to it.

    ``value`` is what was weighed: the KPI, or its change for a trend. It, the thresholds, the
    guard band and the margin are in the unit of the KPI, a change is a ratio. ``tempered`` says
    that the verdict is weaker than the figures alone would give, for want of measurement.
    ``off_level`` says that the rule is for other ambient levels than the one measured.
    ``declaration`` is the one that counted, ``due_on`` the day by which it was owed.
    """

    rule: Rule
    facts: SiteFacts
    on: date
    kpi: KpiResult | None
    standing: Standing
    verdict: Verdict
    value: Decimal | None = None
    threshold: Decimal | None = None
    threshold_high: Decimal | None = None
    guard_band: Decimal = Decimal(0)
    margin: Decimal | None = None
    unmet: SiteCondition | None = None
    unknown: SiteCondition | None = None
    off_level: bool = False
    declaration: Declaration | None = None
    due_on: date | None = None
    lack: Lack | None = None
    tempered: bool = False
