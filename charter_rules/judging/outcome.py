"""What the engine found before it is put into words."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from charter_rules.facts import Declaration, SiteFacts
from charter_rules.findings import Verdict
from charter_rules.judging.applicability import SiteCondition
from charter_rules.judging.threshold import EffectiveThreshold
from charter_rules.law.rulebook import Rule
from models.kpi.result import Doubt, KpiResult


class MissingEvidence(StrEnum):
    """What is missing to judge a rule that is in force and applies."""

    NO_RESULT = "no_result"
    NO_VALUE = "no_value"
    IMPOSSIBLE = "impossible"
    SHORT_WINDOW = "short_window"
    LOW_COVERAGE = "low_coverage"
    NO_UNCERTAINTY = "no_uncertainty"
    NO_LEVEL = "no_level"
    NO_EARLIER_RESULT = "no_earlier_result"
    NO_DECLARATION = "no_declaration"
    UNKNOWN_FACT = "unknown_fact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The verdict on one rule with everything that led to it.

    ``on`` is the day whose law was applied. ``value`` is what was weighed: the KPI, or its change
    for a trend. It, the thresholds, the guard band and the margin are in the unit of the KPI, a
    change is a ratio. ``downgraded`` says that the verdict is weaker than the figures alone would
    give, for want of measurement; ``doubts`` are the meters that cap it. ``off_level`` says that
    the rule is for other ambient levels than the one measured, ``indicative`` that what was
    measured is not what the text judges. ``declaration`` is the one that counted, ``due_on`` the
    day by which it was owed.
    """

    rule: Rule
    facts: SiteFacts
    on: date
    kpi: KpiResult | None
    effective: EffectiveThreshold
    verdict: Verdict
    value: Decimal | None = None
    threshold: Decimal | None = None
    threshold_high: Decimal | None = None
    guard_band: Decimal = Decimal(0)
    margin: Decimal | None = None
    unmet: SiteCondition | None = None
    unknown: SiteCondition | None = None
    off_level: bool = False
    indicative: bool = False
    declaration: Declaration | None = None
    due_on: date | None = None
    missing: MissingEvidence | None = None
    downgraded: bool = False
    doubts: tuple[Doubt, ...] = ()
