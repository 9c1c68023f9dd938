"""Shapes of an explained figure: its meters with their shares, and the points behind them."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from models.kpi.words_en import ENGLISH
from models.kpi.words_fr import FRENCH
from models.site.labels import Labels
from service.api.explain_point_answers import PointExplanationAnswer
from service.api.schemas import KpiAnswer
from service.explain.figure import BudgetLine, ExplainedMeter, ExplainedTerm, FigureExplanation


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class RegisterReadingAnswer(_Answer):
    """One stored reading of a register."""

    ts: datetime = Field(description="when it was read")
    value: float = Field(description="what the register showed, in the unit of the meter")


class ExplainedTermAnswer(_Answer):
    """A declared quantity in a figure, such as renewable energy by contract."""

    name: str = Field(description="what it is called", examples=["renewable:roof"])
    numerator_weight: float = Field(
        description="how much one unit of it counts above the line, with sign; 0: not in it"
    )
    denominator_weight: float = Field(description="the same below the line")
    counted: float = Field(description="how much it is, over the time known to all")
    u: float | None = Field(
        description="its own standard uncertainty (k = 1), in its unit; null where only its worth "
        "in the figure is known"
    )
    value_u: float | None = Field(
        description="that uncertainty in the unit of the figure (k = 1); null if withheld"
    )
    share_of_variance: float | None = Field(
        description="square of value_u over the variance of the figure: shares of meters, "
        "declared and lines add up to 1; null where there is no variance to share out",
        examples=[0.31],
    )

    @classmethod
    def of_term(cls, term: ExplainedTerm) -> "ExplainedTermAnswer":
        """From an explanation."""
        return cls.model_validate(term)


class ExplainedMeterAnswer(ExplainedTermAnswer):
    """A meter in a figure."""

    name: str = Field(description="id of the meter in the site file", examples=["intake_a"])
    label_fr: str = Field(description="its name in French")
    label_en: str = Field(description="its name in English")
    role: str = Field(description="what it stands for", examples=["utility_intake"])
    sums: tuple[str, ...] = Field(
        description="named sums of the KPI that it stands in", examples=[["facility"]]
    )
    unit: str = Field(description="unit of counted, u and of its readings", examples=["kWh"])
    coverage_ratio: float = Field(description="share of the window known to this meter alone")
    doubts: tuple[str, ...] = Field(description="why it is not to be trusted; empty if it is")
    point: str = Field(description="its register: a point of points")
    power_point: str | None = Field(description="the gauge that bears witness to it")
    volume_point: str | None = Field(description="volume register of a heat meter")
    first: RegisterReadingAnswer | None = Field(
        description="reading next to the start of the window: before it, or the first inside it"
    )
    last: RegisterReadingAnswer | None = Field(
        description="reading next to the end: after it, or the last inside it"
    )

    @classmethod
    def of_meter(cls, meter: ExplainedMeter, labels: Labels) -> "ExplainedMeterAnswer":
        """From an explanation."""
        french, english = labels.get(meter.name, (meter.name, meter.name))
        plain = {name: getattr(meter, name) for name in cls.model_fields if hasattr(meter, name)}
        return cls.model_validate(
            plain
            | {
                "label_fr": french,
                "label_en": english,
                "role": meter.role.value,
                "doubts": tuple(one.value for one in meter.doubts),
            }
        )


class BudgetLineAnswer(_Answer):
    """A line of the uncertainty budget that is no single meter's."""

    kind: str = Field(
        description="common: an error that meters share; factors: declared factors; missing: what "
        "the time without data may hide; sensors, sampling, other: of gauges; undivided: as one"
    )
    name: str = Field(description="of the shared error, or of the part")
    meters: tuple[str, ...] = Field(description="meters that share it")
    value_u: float | None = Field(
        description="standard uncertainty in the unit of the figure (k = 1); null: not to be told"
    )
    share_of_variance: float | None = Field(description="as that of a meter")

    @classmethod
    def of(cls, line: BudgetLine) -> "BudgetLineAnswer":
        """From an explanation."""
        return cls(
            kind=line.kind.value,
            name=line.name,
            meters=line.meters,
            value_u=line.value_u,
            share_of_variance=line.share_of_variance,
        )


class FigureExplanationAnswer(_Answer):
    """One figure and what it is made of, down to the words of each point."""

    kpi: KpiAnswer = Field(description="the figure, measured again over this window")
    shown_value: float | None = Field(
        description="value on the page, if the window is one of the page's; null otherwise"
    )
    label_fr: str = Field(description="name of the KPI in French")
    label_en: str = Field(description="name of the KPI in English")
    about_fr: str = Field(description="what it is, in French")
    about_en: str = Field(description="what it is, in English")
    sums: tuple[str, ...] = Field(description="named sums of meters that it is made of")
    meters: tuple[ExplainedMeterAnswer, ...] = Field(
        description="numerator: the sum of numerator_weight * counted over meters and declared; "
        "denominator: likewise, with fixed_denominator"
    )
    declared: tuple[ExplainedTermAnswer, ...] = Field(description="declared quantities in it")
    fixed_denominator: float = Field(
        description="exact part of the denominator, such as what the rated load would have used"
    )
    lines: tuple[BudgetLineAnswer, ...] = Field(
        description="the budget beside what the meters have for themselves"
    )
    is_share_only: bool = Field(
        description="the figure is of a part of the window (hours at part load), with the "
        "uncertainties of the whole as a share"
    )
    points: tuple[PointExplanationAnswer, ...] = Field(
        description="registers of the meters and gauges behind the figure"
    )

    @classmethod
    def of(
        cls,
        told: FigureExplanation,
        points: tuple[PointExplanationAnswer, ...],
        labels: Labels,
        shown_value: float | None,
    ) -> "FigureExplanationAnswer":
        """From an explanation, with its points."""
        french, english = FRENCH.kpis[told.result.kpi], ENGLISH.kpis[told.result.kpi]
        return cls(
            kpi=KpiAnswer.of(told.result),
            shown_value=shown_value,
            label_fr=french.label,
            label_en=english.label,
            about_fr=french.about,
            about_en=english.about,
            sums=told.sums,
            meters=tuple(ExplainedMeterAnswer.of_meter(one, labels) for one in told.meters),
            declared=tuple(ExplainedTermAnswer.of_term(one) for one in told.declared),
            fixed_denominator=told.fixed_denominator,
            lines=tuple(BudgetLineAnswer.of(one) for one in told.lines),
            is_share_only=told.is_share_only,
            points=points,
        )
