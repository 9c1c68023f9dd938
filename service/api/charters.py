"""The charters that Boucle knows: their rules, and the thresholds of a day with their source."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from charter_rules.consolidated.document import concerned
from charter_rules.consolidated.words import SHOW_WORDS
from charter_rules.law.assemble import assemble
from charter_rules.law.dated import DatedEntry
from charter_rules.law.loader import load_library
from charter_rules.law.rulebook import Parameter, Rule, RuleBook
from models.legal_time.days import legal_day
from service.api.caching import PublicRoute
from service.api.parameters import Day
from service.api.permissions import EVERYBODY
from service.api.problems import not_found

router = APIRouter(prefix="/api/v1/charters", tags=["charter"], route_class=PublicRoute)

_CharterId = Annotated[str, Path(description="id of a charter", examples=["paris"])]
_On = Annotated[
    Day | None,
    Query(description="the day that is asked for; left out, today", examples=["2026-11-28"]),
]


class CharterAnswer(BaseModel):
    """A charter."""

    id: str
    title_fr: str
    title_en: str
    timezone: str = Field(description="in which its days begin")
    rules: tuple[str, ...] = Field(
        description="ids of its rules, in its order", examples=[["paris_pue_measured"]]
    )

    @classmethod
    def of(cls, rulebook: RuleBook) -> "CharterAnswer":
        """From the rule book."""
        return cls(
            id=rulebook.charter,
            title_fr=rulebook.title_fr,
            title_en=rulebook.title_en,
            timezone=rulebook.timezone.key,
            rules=tuple(rule.id for rule in rulebook.rules),
        )


class FigureAnswer(BaseModel):
    """The figure of a text from a day on, and where it is written."""

    in_force_from: date = Field(description="from when on the text sets it")
    binds_from: date = Field(description="from when on it binds: not before its publication")
    value: float | None = Field(description="in the unit of the text; null: absent says why")
    unit: str
    factor: str = Field(
        description="to the unit of the KPI, as a decimal number", examples=["0.001"]
    )
    absent: str | None = Field(
        description="why there is no number: repealed, not_published or no_figure"
    )
    published_on: date | None = Field(description="null where the day is not known")
    verification: str = Field(description="how the figure was checked against its text")
    reference_title: str
    reference_title_en: str
    reference_article: str
    reference_article_en: str
    reference_url: str | None

    @classmethod
    def of(cls, entry: DatedEntry, parameter: Parameter) -> "FigureAnswer":
        """From the rule book."""
        title, article = entry.reference.words("fr")
        title_en, article_en = entry.reference.words("en")
        return cls(
            in_force_from=entry.in_force_from,
            binds_from=entry.binds_from,
            value=entry.value,
            unit=parameter.unit,
            factor=str(parameter.factor),
            absent=None if entry.absence is None else entry.absence.value,
            published_on=entry.published_on,
            verification=entry.verification.value,
            reference_title=title,
            reference_title_en=title_en,
            reference_article=article,
            reference_article_en=article_en,
            reference_url=entry.reference.url,
        )


class ThresholdAnswer(BaseModel):
    """One threshold of a rule over time."""

    parameter_id: str
    legal_status: str
    in_force: FigureAnswer | None = Field(
        description="the figure of the day; null before the first"
    )
    coming: FigureAnswer | None = Field(description="the next one after the day, if it is known")
    figures: tuple[FigureAnswer, ...] = Field(description="all of them, oldest first")

    @classmethod
    def of(cls, parameter: Parameter, on: date) -> "ThresholdAnswer":
        """From the rule book."""
        held, coming = parameter.values.at(on), parameter.values.next_after(on)
        return cls(
            parameter_id=parameter.id,
            legal_status=parameter.legal_status.value,
            in_force=None if held is None else FigureAnswer.of(held, parameter),
            coming=None if coming is None else FigureAnswer.of(coming, parameter),
            figures=tuple(FigureAnswer.of(one, parameter) for one in parameter.values.entries),
        )


class RuleAnswer(BaseModel):
    """One rule of a charter, with its thresholds on a day."""

    id: str
    version: int = Field(description="counts the changes of the rule", examples=[2])
    sha256: str = Field(description="content of the rule and its parameters")
    on: date
    axis: str
    severity: str
    title_fr: str
    title_en: str
    text_fr: str = Field(description="the rule in plain words, in French")
    text_en: str = Field(description="the rule in plain words, in English")
    concerns_fr: str = Field(description="whom it concerns, in French")
    concerns_en: str = Field(description="whom it concerns, in English")
    remedy_fr: str
    remedy_en: str
    kpi: str = Field(description="the KPI that it looks at; declaration for a duty to declare")
    window_name: str
    min_hours: float = Field(description="how long the window is at least [h]", examples=[8000.0])
    min_coverage_ratio: float = Field(
        description="share of the window that has to be known", examples=[0.9]
    )
    comparison: str
    evidence: str = Field(description="what the rule accepts as proof")
    threshold: ThresholdAnswer = Field(description="the threshold, or the dates of a duty")
    upper_threshold: ThresholdAnswer | None = Field(description="of a rule between two thresholds")

    @classmethod
    def of(cls, rule: Rule, on: date) -> "RuleAnswer":
        """From the rule book."""
        return cls(
            **{
                name: getattr(rule, name)
                for name in ("id", "version", "sha256", "title_fr", "title_en", "text_fr")
            },
            on=on,
            axis=rule.axis.value,
            severity=rule.severity.value,
            text_en=rule.text_en,
            concerns_fr=concerned(rule, SHOW_WORDS["fr"]),
            concerns_en=concerned(rule, SHOW_WORDS["en"]),
            remedy_fr=rule.remedy_fr,
            remedy_en=rule.remedy_en,
            kpi=rule.kpi,
            window_name=rule.window.name,
            min_hours=rule.window.min_hours,
            min_coverage_ratio=rule.min_coverage_ratio,
            comparison=rule.comparison.value,
            evidence=rule.evidence.value,
            threshold=ThresholdAnswer.of(rule.parameter, on),
            upper_threshold=None if rule.upper is None else ThresholdAnswer.of(rule.upper, on),
        )


@cache
def rulebooks() -> Mapping[str, RuleBook]:
    """Every shipped charter by its id."""
    library = load_library()
    return {name: assemble(one.shape, library) for name, one in library.charters.sheets.items()}


@router.get("", dependencies=EVERYBODY)
async def list_charters() -> list[CharterAnswer]:
    """The charters that there are."""
    return [CharterAnswer.of(one) for one in rulebooks().values()]


@router.get("/{charter_id}/rules", dependencies=EVERYBODY)
async def list_rules(charter_id: _CharterId, on: _On = None) -> list[RuleAnswer]:
    """The rules of a charter, with the thresholds of a day and the texts they are from."""
    day = on or _today()
    return [RuleAnswer.of(one, day) for one in _charter(charter_id).rules]


@router.get("/{charter_id}/rules/{rule_id}", dependencies=EVERYBODY)
async def read_rule(
    charter_id: _CharterId,
    rule_id: Annotated[str, Path(description="id of a rule", examples=["paris_pue_measured"])],
    on: _On = None,
) -> RuleAnswer:
    """One rule, with every figure that its thresholds ever had or will have."""
    rule = next((one for one in _charter(charter_id).rules if one.id == rule_id), None)
    if rule is None:
        what = "rule"
        raise not_found(what, rule_id, f"see /api/v1/charters/{charter_id}/rules")
    return RuleAnswer.of(rule, on or _today())


def _charter(charter_id: str) -> RuleBook:
    if charter_id not in rulebooks():
        what = "charter"
        raise not_found(what, charter_id, "see /api/v1/charters for those there are")
    return rulebooks()[charter_id]


def _today() -> date:
    return legal_day(datetime.now(UTC))
