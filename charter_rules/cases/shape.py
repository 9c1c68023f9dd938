"""The shape of a file of cases."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from charter_rules.facts import Author, IcpeRegime, NoiseRegime
from charter_rules.findings import Verdict
from charter_rules.law.schema import Identifier, Number, Words
from models.kpi.result import Withheld


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CaseKind(StrEnum):
    """What a case shows of its rule. ``charter_rules/completeness.py`` says which are owed."""

    PASS = "pass"  # nosec B105 # a word of the case files
    BREACH = "breach"
    AT_THRESHOLD = "at_threshold"
    DAY_BEFORE = "day_before"
    INSUFFICIENT_DATA = "insufficient_data"
    UNPUBLISHED = "unpublished"
    NOT_IN_FORCE = "not_in_force"
    NOT_APPLICABLE = "not_applicable"
    NOT_PROVEN = "not_proven"
    SUSPECTED = "suspected"
    LATE = "late"
    NOT_HANDED_IN = "not_handed_in"
    DECLARED = "declared"
    IMPORTED = "imported"
    SUBSTITUTED = "substituted"


class MeasuredShape(_Shape):
    """A KPI, in its own unit. ``level`` is the ambient noise level behind an emergence,
    ``category`` that of the measurement of IT energy.

    Without ``uncertainty`` it is a thousandth of the value; null says that it is not known.
    """

    value: Number | None = None
    uncertainty: Number | None = 0.0
    coverage: Annotated[float, Field(ge=0.0)] = 1.0
    hours: Annotated[float, Field(ge=0.0)] | None = None
    origin: Literal["measured", "imported", "substituted", "declared"] = "measured"
    withheld: Withheld | None = None
    level: Number | None = None
    category: int | None = None


class SaidShape(_Shape):
    """A declaration of the operator."""

    key: Identifier
    made: bool = True
    made_on: date | None = None
    for_year: int | None = None
    document: Words = "a document"
    author: Author = Author.OPERATOR
    received_on: date | None = None


class InspectedShape(_Shape):
    """What an inspection measured of the KPI of the rule."""

    measured_on: date
    value: Number
    uncertainty: Number
    level: Number | None = None
    indoors: bool = False
    noise_minutes: Number | None = None
    received_on: date | None = None
    document: Words = "a report"


class SiteShape(_Shape):
    """The facts in which the site of a case differs from the reference site."""

    entry_into_operation: date | None = None
    installed_it_power_kw: float | None = None
    public_operator: bool | None = None
    noise_regime: NoiseRegime | None = None
    zone: str | None = None
    floor_area_m2: float | None = None
    total_rated_input_kw: float | None = None
    icpe_regime: IcpeRegime | None = None
    ai_share_ratio: float | None = None
    siret_it_power_kw: float | None = None
    rated_connection_kw: float | None = None
    major_modification_on: date | None = None
    cooling_in_operation: date | None = None
    vital_or_defence: bool | None = None

    def changes(self) -> dict[str, Any]:
        """The facts that were written, a written null included."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class CaseShape(_Shape):
    """What was measured or declared on a day, and the verdict that follows."""

    kind: CaseKind
    name: Words
    on: date
    site: SiteShape = SiteShape()
    measured: MeasuredShape | None = None
    before: MeasuredShape | None = None
    declarations: tuple[SaidShape, ...] = ()
    inspections: tuple[InspectedShape, ...] = ()
    expect: Verdict


class CasesShape(_Shape):
    """The cases of one rule."""

    rule: Identifier
    site: SiteShape = SiteShape()
    cases: Annotated[tuple[CaseShape, ...], Field(min_length=1)]
