"""A charter in memory: rules, each with the parameter it is measured against. Immutable."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from charter_rules.applicability import SiteCondition
from charter_rules.conditions import Comparison, Evidence, GuardBand
from charter_rules.dated import DatedValue
from charter_rules.findings import Axis, LegalStatus, Verification


class Severity(StrEnum):
    """How much a breach of a rule weighs."""

    OBLIGATION = "obligation"
    BENCHMARK = "benchmark"


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
    verification: Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWindow:
    """The window a rule looks at, and the least length at which it means something."""

    name: str
    min_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One obligation or benchmark.

    ``grace_months_after_entry`` is the time a text leaves after entry into operation.
    """

    id: str
    version: int
    axis: Axis
    title_fr: str
    title_en: str
    text_fr: str
    text_en: str
    kpi: str
    window: RuleWindow
    comparison: Comparison
    parameter: Parameter
    min_coverage_ratio: float
    guard_band: GuardBand
    evidence: Evidence
    severity: Severity
    applies_when: tuple[SiteCondition, ...]
    grace_months_after_entry: int | None


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
