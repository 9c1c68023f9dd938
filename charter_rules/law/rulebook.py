"""A charter in memory: rules, each with the parameter it is measured against. Immutable."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from charter_rules.findings import Axis, LegalStatus, Severity
from charter_rules.judging.applicability import SiteCondition
from charter_rules.judging.conditions import Comparison, Evidence, GuardBand
from charter_rules.law.dated import DatedValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One threshold: its dated figures in the text's own unit, and where it stands in law.

    ``factor`` brings a figure to the unit of the rule's KPI.
    """

    id: str
    unit: str
    factor: Decimal
    values: DatedValue
    legal_status: LegalStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWindow:
    """The window a rule looks at, and the least length at which it means something."""

    name: str
    min_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AmbientLevel:
    """The rule is for ambient noise levels above ``above_dba``, up to ``up_to_dba`` if given.

    In a main room of a dwelling from ``indoors_above_dba`` on, where the text sets that apart.
    """

    above_dba: float
    up_to_dba: float | None
    indoors_above_dba: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredDuty:
    """What has to be declared; ``yearly_by`` (month, day) is when, on the year before.

    Nothing is owed before ``first_due``, where a text put its first date off.
    """

    key: str
    yearly_by: tuple[int, int] | None
    first_due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicative:
    """Why what is measured here is not what the text judges.

    With ``below_category`` only a figure of a lower measurement category, or of one that is not
    known, is not.
    """

    reason_fr: str
    reason_en: str
    below_category: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachPolicy:
    """When a breach opens and closes, and how long its remedy may take.

    A verdict must have stood for so long before a breach opens or closes. Without
    ``remediation_days`` the rule sets no deadline.
    """

    opens_after_hours: float
    closes_after_hours: float
    remediation_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One obligation or benchmark.

    ``parameter`` is the threshold, or the dates of a duty without a figure; ``upper`` the second
    threshold of a rule "between". ``strict`` says that the threshold itself does not keep the rule.
    ``has_duration_terms`` that a shorter noise may exceed it by the terms of R.1336-7. Of a rule
    that is ``indicative`` a sensor of the site proves nothing. ``against`` names the earlier
    window of a trend.
    ``grace_months_after_entry`` is the time a text leaves after entry into operation,
    ``ends_months_after_entry`` the age at which a rule for young sites is over.
    ``sha256`` is the content of the rule and its parameters.
    """

    id: str
    version: int
    sha256: str
    axis: Axis
    title_fr: str
    title_en: str
    text_fr: str
    text_en: str
    remedy_fr: str
    remedy_en: str
    kpi: str
    window: RuleWindow
    comparison: Comparison
    parameter: Parameter
    upper: Parameter | None = None
    against: str | None = None
    strict: bool = False
    at_level: AmbientLevel | None = None
    indicative: Indicative | None = None
    has_duration_terms: bool = False
    duty: DeclaredDuty | None = None
    min_coverage_ratio: float
    guard_band: GuardBand
    evidence: Evidence
    severity: Severity
    applies_when: tuple[SiteCondition, ...]
    grace_months_after_entry: int | None
    ends_months_after_entry: int | None = None
    breach: BreachPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """The rules of one charter, in the charter's order.

    ``timezone`` is the one in which its explanations write days and hours.
    """

    charter: str
    title_fr: str
    title_en: str
    timezone: ZoneInfo
    rules: tuple[Rule, ...]
