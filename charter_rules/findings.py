"""What the charter says of a site on a day: one finding per rule, with its reasons."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.kpi.result import KpiResult


class Verdict(StrEnum):
    """The outcome of one rule.

    A measured value close to the limit is neither proven compliant nor a proven breach:
    ``COMPLIANT_NOT_PROVEN`` and ``SUSPECTED`` say so (JCGM 106:2012, guard band equal to
    the expanded uncertainty). Missing data never gives compliance.
    """

    COMPLIANT = "compliant"
    COMPLIANT_NOT_PROVEN = "compliant_not_proven"
    SUSPECTED = "suspected"
    BREACH = "breach"
    INSUFFICIENT_DATA = "insufficient_data"
    NOT_APPLICABLE = "not_applicable"
    NOT_IN_FORCE = "not_in_force"


class Axis(StrEnum):
    """The charter's axes."""

    ENERGY = "energy"
    HEAT = "heat"
    WATER = "water"
    NOISE = "noise"


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
    """One rule applied to one site on one day."""

    rule_id: str
    rule_version: int
    axis: Axis
    title_fr: str
    title_en: str
    verdict: Verdict
    on: date
    kpi: KpiResult | None
    comparison: str
    threshold: float | None
    threshold_unit: str
    threshold_in_force_from: date | None
    guard_band: float
    margin: float | None
    legal_status: LegalStatus
    verification: Verification
    reference_title: str
    reference_article: str
    reference_url: str | None
    explanation_fr: str
    explanation_en: str
