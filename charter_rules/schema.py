"""The shape of the YAML files: parameters, rules and charters."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from charter_rules.conditions import Comparison, Evidence
from charter_rules.dated import Absence
from charter_rules.facts import NoiseRegime
from charter_rules.findings import Axis, LegalStatus, Verification
from charter_rules.rulebook import Severity

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Ratio = Annotated[float, Field(ge=0.0, le=1.0)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReferenceShape(_Shape):
    """Where a figure is written: the text, the place in it, and an address if there is one."""

    title: Words
    article: Words
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")] | None


class DatedEntryShape(_Shape):
    """A figure from a day on.

    A ``value`` of null needs ``absent``: the text is repealed, or its number is not published
    here. ``published_on`` may be null when the day is not known; ``retroactive`` says that a
    figure holds from before its publication.
    """

    value: Number | None
    absent: Absence | None = None
    published_on: date | None
    retroactive: bool = False
    reference: ReferenceShape


class ParameterShape(_Shape):
    """One threshold over time, in the unit of its text."""

    id: Identifier
    description_fr: Words
    description_en: Words
    unit: Words
    legal_status: LegalStatus
    verification: Verification
    values: Annotated[dict[date, DatedEntryShape], Field(min_length=1)]
    last_reviewed: date
    notes: str = ""


class ConditionShape(_Shape):
    """What the KPI is held against."""

    type: Comparison
    parameter: Identifier


class WindowShape(_Shape):
    """The window of the KPI and its least length."""

    name: Words
    min_hours: Annotated[float, Field(gt=0.0)]


class ExpandedUncertaintyShape(_Shape):
    """Guard band: the expanded uncertainty of the value."""

    type: Literal["expanded_uncertainty"]


class FixedGuardBandShape(_Shape):
    """Guard band: a width set by a text, in the unit of the parameter."""

    type: Literal["fixed"]
    width: Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
    strict: bool
    reason_fr: Words
    reason_en: Words


GuardBandShape = Annotated[
    ExpandedUncertaintyShape | FixedGuardBandShape, Field(discriminator="type")
]


class AppliesWhenShape(_Shape):
    """Facts of the site that all have to hold; an absent one does not matter."""

    entry_into_operation_before: date | None = None
    entry_into_operation_from: date | None = None
    min_installed_it_power_kw: Annotated[float, Field(gt=0.0)] | None = None
    installed_it_power_above_kw: Annotated[float, Field(gt=0.0)] | None = None
    zones: Annotated[tuple[Words, ...], Field(min_length=1)] | None = None
    public_operator: bool | None = None
    noise_regime: NoiseRegime | None = None


class RuleShape(_Shape):
    """One obligation, in plain words and as data."""

    id: Identifier
    version: Annotated[int, Field(ge=1, strict=True)]
    axis: Axis
    title_fr: Words
    title_en: Words
    text_fr: Words
    text_en: Words
    kpi: Words
    window: WindowShape
    condition: ConditionShape
    min_coverage: Ratio
    guard_band: GuardBandShape
    evidence: Evidence
    severity: Severity
    applies_when: AppliesWhenShape = AppliesWhenShape()
    grace_months_after_entry: Annotated[int, Field(gt=0)] | None = None


class CharterShape(_Shape):
    """A charter: a name and the rules it is made of, in the order they are shown."""

    id: Identifier
    title_fr: Words
    title_en: Words
    timezone: Words
    rules: Annotated[tuple[Identifier, ...], Field(min_length=1)]
