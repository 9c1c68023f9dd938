"""What the charter says of a site on a day: one finding per rule, with its reasons."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from models.kpi.result import KpiResult


class Verdict(StrEnum):
    """The outcome of one rule.

    A measured value close to the limit is neither proven compliant nor a proven breach:
    ``COMPLIANT_NOT_PROVEN`` and ``SUSPECTED`` say so (JCGM 106:2012, guard band equal to
    the expanded uncertainty). Only law that binds the site, read in its own text, gives a
    ``BREACH``; what misses a reference is a ``DEVIATION``. ``DECLARED_UNCHECKED`` is the operator's
    word, of a duty or of a figure that a text takes as declared. Of a duty, ``LATE`` was done after
    its day, ``NOT_HANDED_IN`` is silence after it. A text
    whose figure is ``NOT_FIXED`` here proves nothing, and missing data never gives compliance.
    """

    COMPLIANT = "compliant"
    COMPLIANT_NOT_PROVEN = "compliant_not_proven"
    SUSPECTED = "suspected"
    BREACH = "breach"
    DEVIATION = "deviation"
    DECLARED_UNCHECKED = "declared_unchecked"
    LATE = "late"
    NOT_HANDED_IN = "not_handed_in"
    NOT_FIXED = "not_fixed"
    INSUFFICIENT_DATA = "insufficient_data"
    NOT_APPLICABLE = "not_applicable"
    NOT_IN_FORCE = "not_in_force"


# What was asked is not kept, and that is proven.
MISSED: Final = frozenset({Verdict.BREACH, Verdict.DEVIATION})
# Nothing is asked of the site that day: a figure beside it is to come, or asked of others.
NOTHING_ASKED: Final = frozenset({Verdict.NOT_APPLICABLE, Verdict.NOT_IN_FORCE})
NOT_ASKED: Final = frozenset({Verdict.NOT_APPLICABLE, Verdict.NOT_IN_FORCE})


class Axis(StrEnum):
    """The charter's axes."""

    ENERGY = "energy"
    HEAT = "heat"
    WATER = "water"
    NOISE = "noise"
    RENEWABLES = "renewables"
    AI = "ai"
    REFRIGERANTS = "refrigerants"
    REPORTING = "reporting"


class Severity(StrEnum):
    """How much a breach of a rule weighs."""

    OBLIGATION = "obligation"
    BENCHMARK = "benchmark"


class DecisionRule(StrEnum):
    """How a value is weighed against its threshold.

    ``GUARDED_K2``: guard band of the expanded uncertainty, k = 2 (JCGM 106:2012, 8.3).
    ``TEXT_RESERVE``: the same, or what a text sets where that is wider. ``TABULATED``: the value is
    read from a table, and has no guard band. ``STATED``: nothing is weighed, a duty was
    done or was not.
    """

    GUARDED_K2 = "guarded_k2"
    TEXT_RESERVE = "text_reserve"
    TABULATED = "tabulated"
    STATED = "stated"


class LegalStatus(StrEnum):
    """What kind of text a threshold comes from."""

    FR_LAW = "fr_law"
    EU_LAW = "eu_law"
    EU_ADOPTED_NOT_IN_FORCE = "eu_adopted_not_in_force"
    FOREIGN_LAW = "foreign_law"
    VOLUNTARY = "voluntary"
    CITY_PROPOSAL = "city_proposal"


class Verification(StrEnum):
    """How the threshold was checked against its source."""

    READ_IN_SOURCE = "read_in_source"
    SECONDARY = "secondary"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule applied to one site on one day.

    ``threshold``, ``threshold_high``, ``guard_band`` and ``margin`` are in ``threshold_unit``,
    the unit of the KPI; ``text_threshold`` is the figure of the text in ``text_unit``, its own, and
    ``text_factor`` what a figure of the text is multiplied by to be in ``threshold_unit``.
    ``rule_sha256`` is the content of the rule and its parameters, ``known_on`` the instant up to
    which data were taken in, ``code_version`` the program that judged.
    """

    rule_id: str
    rule_version: int
    rule_sha256: str
    axis: Axis
    severity: Severity
    title_fr: str
    title_en: str
    verdict: Verdict
    on: date
    kpi_id: str
    window_name: str
    kpi: KpiResult | None
    comparison: str
    decision_rule: DecisionRule
    evidence: str
    lack: str | None
    tempered: bool
    weighed_value: float | None
    threshold: float | None
    threshold_high: float | None
    threshold_unit: str
    threshold_in_force_from: date | None
    text_threshold: float | None
    text_unit: str
    text_factor: float
    parameter_id: str
    parameter_published_on: date | None
    guard_band: float
    margin: float | None
    legal_status: LegalStatus
    verification: Verification
    reference_title: str
    reference_title_en: str
    reference_article: str
    reference_article_en: str
    reference_url: str | None
    explanation_fr: str
    explanation_en: str
    missing_fr: str
    missing_en: str
    remedy_fr: str
    remedy_en: str
    known_on: datetime | None
    code_version: str

    @property
    def binds(self) -> bool:
        """Whether it is law that binds the site, with its figure read in its own text."""
        read = self.verification is Verification.READ_IN_SOURCE
        return read and self.severity is Severity.OBLIGATION
