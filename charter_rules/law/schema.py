"""The shape of the YAML files: parameters, rules and charters."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from charter_rules.facts import IcpeRegime, NoiseRegime
from charter_rules.findings import Axis, LegalStatus, Severity, Verification
from charter_rules.judging.conditions import Comparison, Evidence
from charter_rules.law.dated import Absence, Reference

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Ratio = Annotated[float, Field(ge=0.0, le=1.0)]
BracketName = Annotated[str, StringConstraints(pattern=r"^[A-Z]$")]
Number = Annotated[float, Field(allow_inf_nan=False)]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReferenceShape(_Shape):
    """Where a figure is written: the text, the place in it, and an address if there is one.

    ``title`` and ``article`` are in French; the English ones are left out where they are the same.
    """

    title: Words
    title_en: Words | None = None
    article: Words
    article_en: Words | None = None
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")] | None

    def plain(self) -> Reference:
        """As rules have it."""
        return Reference(**self.model_dump())


class ComparedShape(_Shape):
    """What a figure was compared with: the copy that was read, its state, and the place in it."""

    text: Words
    version: Words
    passage: Words


class DatedEntryShape(_Shape):
    """A figure from a day on.

    ``verification`` says how this figure was checked against its text, ``compared_with`` against
    which copy; null where none was read. A ``value`` of null needs ``absent``: the text is
    repealed, its number is not published here, or it has none. ``brackets`` are the upper bounds
    of a table by class, which is no limit; the last class has none. ``published_on`` may be null
    when the day is not known; ``retroactive`` says that a figure holds from before its
    publication: it binds nobody until then.
    """

    value: Number | None
    absent: Absence | None = None
    brackets: Annotated[dict[BracketName, Number | None], Field(min_length=2)] | None = None
    verification: Verification
    compared_with: ComparedShape | None = None
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
    values: Annotated[dict[date, DatedEntryShape], Field(min_length=1)]
    last_reviewed: date
    notes: str = ""


class LimitShape(_Shape):
    """The KPI is at most, or at least, a threshold; with ``strict`` less, or more, than it."""

    type: Literal[Comparison.AT_MOST, Comparison.AT_LEAST]
    parameter: Identifier
    strict: bool = False

    @property
    def parameters(self) -> tuple[str, ...]:
        """Parameters named here, the one that dates the rule first."""
        return (self.parameter,)


class BetweenShape(_Shape):
    """The KPI is between two thresholds; the dates of the lower one date the rule."""

    type: Literal[Comparison.BETWEEN]
    parameter_low: Identifier
    parameter_high: Identifier

    @property
    def parameters(self) -> tuple[str, ...]:
        """Parameters named here, the one that dates the rule first."""
        return (self.parameter_low, self.parameter_high)


class TrendShape(_Shape):
    """The KPI changed from an earlier window by at most a share; -5 % asks for a fall."""

    type: Literal[Comparison.TREND]
    parameter: Identifier
    against: Words

    @property
    def parameters(self) -> tuple[str, ...]:
        """Parameters named here, the one that dates the rule first."""
        return (self.parameter,)


class PresentShape(_Shape):
    """The KPI is known; the parameter has dates and no figure."""

    type: Literal[Comparison.PRESENT]
    parameter: Identifier

    @property
    def parameters(self) -> tuple[str, ...]:
        """Parameters named here, the one that dates the rule first."""
        return (self.parameter,)


class DeclaredShape(_Shape):
    """A duty is declared done; ``yearly_by`` is a day as MM-DD, for the calendar year before.

    ``first_due`` is the first such day where it is later than the text.
    """

    type: Literal[Comparison.DECLARED]
    parameter: Identifier
    declaration: Identifier
    yearly_by: Annotated[str, StringConstraints(pattern=r"^\d{2}-\d{2}$")] | None = None
    first_due: date | None = None

    @property
    def parameters(self) -> tuple[str, ...]:
        """Parameters named here, the one that dates the rule first."""
        return (self.parameter,)


ConditionShape = Annotated[
    LimitShape | BetweenShape | TrendShape | PresentShape | DeclaredShape,
    Field(discriminator="type"),
]


class WindowShape(_Shape):
    """The window of the KPI and its least length."""

    name: Words
    min_hours: Annotated[float, Field(ge=0.0)]


class ExpandedUncertaintyShape(_Shape):
    """Guard band: the expanded uncertainty of the value."""

    type: Literal["expanded_uncertainty"]


class TextReserveShape(_Shape):
    """Guard band: a width set by a text, in the unit of the parameter, or the uncertainty."""

    type: Literal["reserve"]
    width: Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
    strict: bool
    reason_fr: Words
    reason_en: Words


class TabulatedShape(_Shape):
    """No guard band: the value comes from a table."""

    type: Literal["tabulated"]
    reason_fr: Words
    reason_en: Words


GuardBandShape = Annotated[
    ExpandedUncertaintyShape | TextReserveShape | TabulatedShape, Field(discriminator="type")
]


class LevelShape(_Shape):
    """Ambient noise levels that a rule is for, in dB(A); ``indoors_above_dba`` in a dwelling."""

    above_dba: float
    up_to_dba: float | None = None
    indoors_above_dba: float | None = None


class IndicativeShape(_Shape):
    """Why what Boucle measures is not what the text judges, so that it never proves anything.

    With ``below_category`` this is so only of a PUE of a lower measurement category.
    """

    reason_fr: Words
    reason_en: Words
    below_category: Literal[2, 3] | None = None


class BreachShape(_Shape):
    """When a breach of a rule opens and closes, and the days its remedy may take.

    Left out, a breach opens at once where the rule looks at twelve months, which are long enough
    by themselves, and after a day elsewhere. Sixty days is the time that the Climate Neutral Data
    Centre Pact leaves.
    """

    opens_after_hours: Annotated[float, Field(ge=0.0)] | None = None
    closes_after_hours: Annotated[float, Field(ge=0.0)] = 24.0
    remediation_days: Annotated[int, Field(gt=0)] | None = 60


class AppliesWhenShape(_Shape):
    """Facts of the site that all have to hold; one that is left out does not matter."""

    entry_into_operation_before: date | None = None
    entry_into_operation_from: date | None = None
    created_or_modified_from: date | None = None
    cooling_in_operation_before: date | None = None
    cooling_in_operation_from: date | None = None
    min_installed_it_power_kw: Annotated[float, Field(gt=0.0)] | None = None
    installed_it_power_above_kw: Annotated[float, Field(gt=0.0)] | None = None
    min_siret_it_power_kw: Annotated[float, Field(gt=0.0)] | None = None
    min_rated_connection_kw: Annotated[float, Field(gt=0.0)] | None = None
    total_rated_input_above_kw: Annotated[float, Field(gt=0.0)] | None = None
    min_floor_area_m2: Annotated[float, Field(gt=0.0)] | None = None
    min_ai_share: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    zones: Annotated[tuple[Words, ...], Field(min_length=1)] | None = None
    icpe_regimes: Annotated[tuple[IcpeRegime, ...], Field(min_length=1)] | None = None
    public_operator: bool | None = None
    vital_or_defence: bool | None = None
    noise_regime: NoiseRegime | None = None


class RuleShape(_Shape):
    """One obligation, in plain words and as data.

    A rule about a KPI has ``kpi``, ``window`` and ``min_coverage``; a duty to declare has none.
    """

    id: Identifier
    version: Annotated[int, Field(ge=1, strict=True)]
    axis: Axis
    title_fr: Words
    title_en: Words
    text_fr: Words
    text_en: Words
    remedy_fr: Words
    remedy_en: Words
    condition: ConditionShape
    kpi: Words | None = None
    window: WindowShape | None = None
    min_coverage: Ratio | None = None
    guard_band: GuardBandShape = ExpandedUncertaintyShape(type="expanded_uncertainty")
    at_level: LevelShape | None = None
    duration_terms: bool = False
    indicative: IndicativeShape | None = None
    evidence: Evidence
    severity: Severity
    applies_when: AppliesWhenShape = AppliesWhenShape()
    grace_months_after_entry: Annotated[int, Field(gt=0)] | None = None
    ends_months_after_entry: Annotated[int, Field(gt=0)] | None = None
    breach: BreachShape = BreachShape()


class CharterShape(_Shape):
    """A charter: a name and the rules it is made of, in the order they are shown."""

    id: Identifier
    title_fr: Words
    title_en: Words
    timezone: Words
    rules: Annotated[tuple[Identifier, ...], Field(min_length=1)]
