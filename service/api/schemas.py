"""Shapes of the API's answers. Times are ISO 8601 in UTC; ``null`` is missing, never zero."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from math import isnan
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from charter_rules.findings import Finding
from models.kpi.charts import SeriesView
from models.kpi.result import KpiResult
from models.legal_time.days import from_us
from models.metering.registers import StandingMeter
from models.readings import Origin, Quality
from models.site.power_flow import FlowView
from service.evaluation.closed_periods import KnownResult
from service.evaluation.ports import RolledReadings
from service.evaluation.recorded import RecordedReadings
from service.live.snapshot import DeviceView, PointView, SiteView


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class SiteAnswer(_Answer):
    """Identity of the site."""

    id: str
    name: str
    operator: str
    siret: str | None
    address: str
    city: str
    zone: str
    entry_into_operation: date
    installed_it_power_kw: float
    charter: str
    simulated: bool = Field(description="true when the devices are simulated")

    @classmethod
    def of(cls, view: SiteView) -> "SiteAnswer":
        """From the snapshot."""
        return cls.model_validate(view)


class WindowAnswer(_Answer):
    """A half-open window ``[start, end)``."""

    name: str
    start: datetime
    end: datetime


class UncertaintyPartAnswer(_Answer):
    """One line of the uncertainty budget."""

    name: str
    u: float = Field(description="standard uncertainty (k = 1) in the unit of the value")


class DoubtAnswer(_Answer):
    """A meter not to be trusted."""

    meter: str = Field(description="of the site file; empty where it was not recorded")
    reason: str = Field(description="why, such as frozen or unit")


class LeftOutAnswer(_Answer):
    """One device that a figure does without now, and why."""

    device: str
    trouble: str | None
    last_ok_at: datetime | None
    clock_offset_s: float | None

    @classmethod
    def of(cls, view: DeviceView) -> "LeftOutAnswer":
        """From the snapshot."""
        return cls(
            device=view.id,
            trouble=None if view.trouble is None else view.trouble.value,
            last_ok_at=view.last_ok_at,
            clock_offset_s=view.clock_offset_s,
        )


class KpiAnswer(_Answer):
    """One KPI over one window."""

    kpi: str
    window: WindowAnswer
    unit: str
    value: float | None = Field(description="null when withheld; withheld says why")
    expanded_uncertainty: float | None = Field(description="absolute, coverage factor k = 2")
    coverage_ratio: float = Field(description="share of the window known for all inputs together")
    bridged_ratio: float = Field(description="share known by registers while a meter was silent")
    withheld: str | None
    quality: str = Field(
        description="good, uncertain when a flag or a doubt is raised, not_available"
    )
    flags: tuple[str, ...] = Field(description="what to beware of")
    doubts: tuple[DoubtAnswer, ...] = Field(
        description="meters behind it not to be trusted: it proves nothing"
    )
    parts: tuple[UncertaintyPartAnswer, ...] = Field(description="the uncertainty budget")
    category: int | None = Field(description="1 at UPS output, 2 at PDU output")
    kind: str | None = Field(description="annual, interim, partial or designed")
    boundary: str
    boundary_facts: tuple[str, ...] = Field(description="what the boundary contains and lacks here")
    origin: str = Field(description="that of the weakest reading; measured: Boucle measured it")
    documents: tuple[str, ...] = Field(description="files and reports that what is imported is in")
    numerator: float | None
    numerator_unit: str
    denominator: float | None
    denominator_unit: str
    inputs: tuple[str, ...] = Field(description="meters of the site file")
    left_out: tuple[LeftOutAnswer, ...] = Field(
        description="of a figure of now: devices behind it that give nothing to be trusted, and why"
    )

    @classmethod
    def of(cls, result: KpiResult, left_out: Sequence[DeviceView] = ()) -> "KpiAnswer":
        """From the snapshot."""
        return cls(
            kpi=result.kpi,
            window=WindowAnswer.model_validate(result.window),
            unit=result.unit,
            value=result.value,
            expanded_uncertainty=result.expanded_uncertainty,
            coverage_ratio=result.coverage_ratio,
            bridged_ratio=result.bridged_ratio,
            withheld=None if result.withheld is None else result.withheld.value,
            quality=result.quality.name.lower(),
            flags=tuple(flag.value for flag in result.flags),
            doubts=tuple(DoubtAnswer.model_validate(doubt) for doubt in result.doubts),
            parts=tuple(UncertaintyPartAnswer.model_validate(p) for p in result.parts),
            category=result.category,
            kind=None if result.kind is None else result.kind.value,
            boundary=result.boundary,
            boundary_facts=tuple(fact.value for fact in result.boundary_facts),
            origin=result.origin.name.lower(),
            documents=result.documents,
            numerator=result.numerator,
            numerator_unit=result.numerator_unit,
            denominator=result.denominator,
            denominator_unit=result.denominator_unit,
            inputs=result.inputs,
            left_out=tuple(LeftOutAnswer.of(one) for one in left_out),
        )


def _fields_of(known: KnownResult | RolledReadings) -> dict[str, Any]:
    """Of what is as flat as its answer; asdict would copy each instant."""
    return {one.name: getattr(known, one.name) for one in fields(known)}


class KnownResultAnswer(_Answer):
    """One figure of a closed period, and when it was held for right."""

    start: datetime
    end: datetime
    unit: str
    value: float | None = Field(description="null when withheld; withheld says why")
    expanded_uncertainty: float | None = Field(description="absolute, coverage factor k = 2")
    coverage_ratio: float = Field(description="share of the period known for all inputs together")
    bridged_ratio: float = Field(description="share known by registers while a meter was silent")
    withheld: str | None
    flags: tuple[str, ...] = Field(description="what to beware of")
    doubts: tuple[str, ...] = Field(description="meters not to be trusted, as meter:reason")
    origin: str
    numerator: float | None
    denominator: float | None
    computed_at: datetime = Field(description="since when it is known")
    revised_at: datetime | None = Field(description="until when it was held for right; null: it is")
    code_version: str

    @classmethod
    def of(cls, known: KnownResult) -> "KnownResultAnswer":
        """From the store."""
        return cls(**{**_fields_of(known), "origin": known.origin.name.lower()})


class RolledReadingsAnswer(_Answer):
    """What one point showed in an hour or six of UTC, or in a legal day or month of Paris."""

    start: datetime
    end: datetime
    first_ts: datetime | None = Field(description="the first good reading; null without any")
    first_value: float | None
    last_ts: datetime | None
    last_value: float | None
    minimum: float | None = Field(description="of good readings; of a gauge of what stood")
    maximum: float | None
    mean: float | None = Field(description="time-weighted, of a gauge; null for a register")
    known_s: float = Field(description="how long a reading of a gauge stood [s]")
    counts: dict[str, int] = Field(description="readings by quality")

    @classmethod
    def of(cls, rolled: RolledReadings) -> "RolledReadingsAnswer":
        """From the store."""
        counts = {quality.name.lower(): count for quality, count in rolled.counts.items()}
        return cls(**{**_fields_of(rolled), "counts": counts})


class PointAnswer(_Answer):
    """The latest reading of one point."""

    key: str
    device: str
    name: str
    quantity: str
    unit: str
    value: float | None
    ts: datetime | None = Field(description="when the device had this value")
    age_s: float | None
    quality: str | None
    origin: str | None
    stale: bool
    falls: bool = Field(
        description="a register that shows less than it did, which nothing confirms yet"
    )

    @classmethod
    def of(cls, view: PointView) -> "PointAnswer":
        """From the snapshot."""
        return cls(
            key=view.key,
            device=view.device,
            name=view.name,
            quantity=view.quantity.value,
            unit=view.unit,
            value=view.value,
            ts=view.ts,
            age_s=view.age_s,
            quality=None if view.quality is None else view.quality.name.lower(),
            origin=None if view.origin is None else view.origin.name.lower(),
            stale=view.stale,
            falls=view.falls,
        )


class DeviceChargeAnswer(_Answer):
    """Who answers for a device."""

    name: str = Field(description="of whoever took it in charge")
    note: str = Field(description="what they noted")
    at: datetime = Field(description="since when")


class DeviceAnswer(_Answer):
    """One device and its health."""

    id: str
    label_fr: str
    label_en: str
    profile: str
    link: str
    protocol: str
    poll_s: float
    state: str
    since: datetime | None
    last_ok_at: datetime | None
    points: int
    stale_points: int
    polls_total: int
    failures_total: int
    last_error: str | None
    trouble: str | None = Field(
        description="what is wrong, sorted by what to check; null if nothing is"
    )
    clock_offset_s: float | None = Field(
        description="how far the clock of the device is ahead of the collector's"
    )
    charge: DeviceChargeAnswer | None = Field(
        description="who answers for it; null: nobody, or not for whoever asks"
    )

    @classmethod
    def of(cls, view: DeviceView) -> "DeviceAnswer":
        """From the snapshot."""
        return cls.model_validate(view)


class FindingAnswer(_Answer):
    """One rule of the charter applied to the site today."""

    rule_id: str
    rule_version: int
    rule_sha256: str = Field(description="content of the rule and its parameters")
    axis: str
    severity: str
    title_fr: str
    title_en: str
    verdict: str
    on: date
    kpi_id: str
    window_name: str
    kpi: KpiAnswer | None
    comparison: str
    decision_rule: str = Field(
        description="how the value was weighed: JCGM 106 guard band or other"
    )
    evidence: str = Field(description="what the rule accepts as proof")
    lack: str | None = Field(description="what is missing to judge")
    tempered: bool = Field(description="weaker than the figures alone, for want of measurement")
    weighed_value: float | None
    threshold: float | None = Field(description="in threshold_unit, the unit of the KPI")
    threshold_high: float | None = Field(description="upper end of a range")
    threshold_unit: str
    threshold_in_force_from: date | None
    text_threshold: float | None = Field(description="the figure of the text, in its own unit")
    text_unit: str
    text_factor: float = Field(description="from text_unit to threshold_unit")
    parameter_id: str
    parameter_published_on: date | None
    guard_band: float
    margin: float | None = Field(description="positive on the compliant side")
    legal_status: str
    verification: str = Field(description="how the threshold was checked against its source")
    reference_title: str
    reference_title_en: str
    reference_article: str
    reference_article_en: str
    reference_url: str | None
    explanation_fr: str
    explanation_en: str
    missing_fr: str = Field(description="what it would take to prove compliance; empty if nothing")
    missing_en: str
    remedy_fr: str
    remedy_en: str
    known_on: datetime | None = Field(description="data were taken in up to then")
    code_version: str

    @classmethod
    def of(cls, finding: Finding) -> "FindingAnswer":
        """From the snapshot."""
        plain = {name: getattr(finding, name) for name in cls.model_fields if name != "kpi"}
        kpi = None if finding.kpi is None else KpiAnswer.of(finding.kpi)
        return cls(kpi=kpi, **plain)


class HeatBranchAnswer(_Answer):
    """A branch through which heat leaves to a taker; null where a reading is missing or stale."""

    id: str
    label_fr: str
    label_en: str
    power_kw: float | None
    supply_temp_degc: float | None
    return_temp_degc: float | None


class FlowAnswer(_Answer):
    """Power flow now, kW and degC; null where an input is missing or stale."""

    grid_kw: float | None
    generator_kw: float | None
    photovoltaic_kw: float | None
    total_kw: float | None
    it_kw: float | None
    cooling_kw: float | None
    heat_pump_kw: float | None
    general_kw: float | None
    other_loads_kw: float | None
    export_kw: float | None
    losses_kw: float | None
    heat_branches: tuple[HeatBranchAnswer, ...]
    heat_rejected_kw: float | None
    outdoor_temp_degc: float | None
    heat_pump_cop: dict[str, float | None]

    @classmethod
    def of(cls, view: FlowView) -> "FlowAnswer":
        """From the snapshot."""
        return cls.model_validate(view)


class SeriesAnswer(_Answer):
    """A small series for a chart."""

    name: str
    unit: str
    step_s: float
    starts: tuple[datetime, ...]
    values: tuple[float | None, ...]

    @classmethod
    def of(cls, view: SeriesView) -> "SeriesAnswer":
        """From the snapshot."""
        return cls.model_validate(view)


class ReadingAnswer(_Answer):
    """One stored reading."""

    ts: datetime = Field(description="when the device had this value")
    value: float | None = Field(description="in the unit of the point; null is missing")
    quality: str = Field(description="good, uncertain, out_of_range, not_available or bad")
    origin: str = Field(description="measured, imported, substituted or declared")

    @classmethod
    def of_columns(cls, found: RecordedReadings) -> list["ReadingAnswer"]:
        """From the store."""
        return [
            cls(
                ts=from_us(ts_us),
                value=None if isnan(value) else value,
                quality=Quality(quality).name.lower(),
                origin=Origin(origin).name.lower(),
            )
            for ts_us, value, quality, origin in zip(
                found.ts_us.tolist(),
                found.value.tolist(),
                found.quality.tolist(),
                found.origin.tolist(),
                strict=True,
            )
        ]


class _ReadingsPage(_Answer):
    point: str = Field(description="its key", examples=["intake_a.active_power_kw"])
    unit: str = Field(description="of its values", examples=["kW"])
    start: datetime = Field(description="begin of the window")
    end: datetime = Field(description="end of the window, which is not inside")
    next: str | None = Field(
        description="cursor of the page that follows, also in the header Link; null: this is the "
        "last",
        examples=["2026-11-01T02:46:40Z"],
    )


class RawReadingsPage(_ReadingsPage):
    """Readings of one point, in order."""

    resolution: Literal["raw"] = Field(description="every reading")
    items: list[ReadingAnswer] = Field(description="readings, one after the other")


class RolledReadingsPage(_ReadingsPage):
    """One point by spans or steps, in order; those without anything known are left out."""

    resolution: Literal["hour", "six_hours", "day", "month", "step"] = Field(
        description="the span of the roll-up, or step for steps that auto chose"
    )
    step_s: float | None = Field(
        description="length of a step [s]; null for roll-ups", examples=[120.0]
    )
    how: str = Field(
        description="what stands for what, in words",
        examples=["stored sums by hour, each with its lowest and highest value"],
    )
    summed_upto: datetime | None = Field(
        description="roll-ups are complete up to then; null for steps, which are of every reading"
    )
    items: list[RolledReadingsAnswer] = Field(description="spans or steps, one after the other")


class PipelineAnswer(_Answer):
    """The way from the collector to the table."""

    acknowledged_total: int = Field(description="durable on disk since the collector started")
    written_total: int = Field(
        description="committed since the collector started, and new to the database"
    )
    spooled_rows: int = Field(description="waiting on disk")
    spooled_bytes: int
    oldest_age_s: float | None
    dropped_total: int = Field(description="lost; must stay zero")
    dead_letter_total: int = Field(description="refused by the database for good")
    report_age_s: float
    poll_stretch: float = Field(
        description="how many times further apart than planned polls are, as the database takes "
        "less than is polled"
    )


class StandingMeterAnswer(_Answer):
    """A meter that stands still although it should count."""

    meter: str
    since: datetime

    @classmethod
    def of(cls, standing: StandingMeter) -> "StandingMeterAnswer":
        """From the snapshot."""
        return cls(meter=standing.meter, since=from_us(standing.since_us))


class SnapshotAnswer(_Answer):
    """Everything at one instant."""

    taken_at: datetime
    store_reachable: bool
    evaluation_up: bool = Field(description="whether the figures are computed anew each second")
    figures_of: datetime = Field(description="when they were computed; taken_at while all is well")
    oldest_live_age_s: float | None
    site: SiteAnswer
    kpis: list[KpiAnswer]
    standing: list[StandingMeterAnswer] = Field(
        description="meters that stand still although they should count"
    )
    verdicts: list[FindingAnswer]
    flow: FlowAnswer
    devices: list[DeviceAnswer]
    points: list[PointAnswer]
    series: dict[str, SeriesAnswer]
    pipeline: PipelineAnswer | None


class ReadyAnswer(BaseModel):
    """Whether the figures are current."""

    status: Literal["ready", "not ready"] = Field(
        description="whether the figures are current", examples=["ready"]
    )
    late: list[str] = Field(description="which parts are late", examples=[["evaluation"]])
    reasons: list[str] = Field(
        description="why, one for each finding",
        examples=[["the evaluation has written nothing for 10 s"]],
    )


class ProblemAnswer(_Answer):
    """An error, as RFC 9457 describes it. ``code`` is stable, ``remedy`` says what to do."""

    type: str = Field(default="about:blank", description="where the code is described")
    title: str
    status: int
    detail: str
    code: str
    remedy: str
    incident: str | None = Field(
        default=None, description="of an internal error: its number in the log of the server"
    )
