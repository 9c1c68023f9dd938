"""Shapes of explanations: from a figure to its meters, readings, devices, registers and words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from collectors.raw import RawRegisters, RawVariable
from models.kpi.words_en import ENGLISH
from models.kpi.words_fr import FRENCH
from models.legal_time.days import from_us
from models.site.labels import Labels
from service.api.schemas import KpiAnswer
from service.explain.figure import BudgetLine, ExplainedMeter, ExplainedTerm, FigureExplanation
from service.explain.point import LastWords, PointExplanation
from service.explain.wiring import NodeAddress, RegisterAddress, Wiring

_HEX_WORD = "04X"
_HEX_STATUS = "08X"


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How deep who asks may look: into devices, into addresses and raw words."""

    devices: bool
    raw: bool


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


class RegisterAddressAnswer(_Answer):
    """Where the registers of a Modbus point are."""

    protocol: Literal["modbus"] = "modbus"
    endpoint: str = Field(description="host and port of the link", examples=["10.0.0.5:502"])
    unit: int = Field(description="unit id")
    space: str = Field(description="holding or input")
    function: int = Field(description="function code of the request: 3 or 4", examples=[3])
    address: int = Field(description="as in the request, from 0", examples=[1020])
    table_address: str = Field(
        description="as datasheets number it: 4xxxx holding, 3xxxx input, from 1",
        examples=["41021"],
    )
    count: int = Field(description="registers of 16 bits")
    type: str = Field(description="how they are read together", examples=["f32"])
    word_order: str = Field(description="big: the most significant register first")
    byte_order: str = Field(description="order of the two bytes in a register")
    nan_values: tuple[int, ...] = Field(description="raw values that mean: no value")


class NodeAddressAnswer(_Answer):
    """Which variable an OPC UA point is."""

    protocol: Literal["opcua"] = "opcua"
    endpoint: str = Field(description="of the server", examples=["opc.tcp://10.0.0.5:4840"])
    node: str = Field(description="node id with its namespace", examples=["nsu=urn:x;s=Pump1.P"])
    written: str = Field(description="as the profile has it", examples=["{object}.P"])


class ConversionAnswer(_Answer):
    """From the raw number to the unit of the point: factor * raw + offset."""

    profile_unit: str = Field(description="unit of the datasheet", examples=["Wh"])
    scale: float = Field(description="of the profile")
    profile_offset: float = Field(description="of the profile, in profile_unit")
    factor: float = Field(description="scale and unit in one step")
    offset: float = Field(description="in the unit of the point")
    lower: float | None = Field(description="what is lower is no value; null: no limit")
    upper: float | None = Field(description="what is higher is no value; null: no limit")


class RawRegistersAnswer(_Answer):
    """Registers as they were read."""

    protocol: Literal["modbus"] = "modbus"
    unit: int = Field(description="unit id that was asked")
    space: str = Field(description="holding or input")
    address: int = Field(description="of the first register, from 0")
    words: tuple[int, ...] = Field(description="in the order of their addresses")
    words_hex: tuple[str, ...] = Field(description="the same in hexadecimal", examples=[["41A0"]])


class RawVariableAnswer(_Answer):
    """A variable as the server gave it."""

    protocol: Literal["opcua"] = "opcua"
    node: str = Field(description="node id that was read, with its namespace")
    data_type: str | None = Field(description="built-in type", examples=["Double"])
    value: bool | int | float | str | None = Field(description="as it came; null: no value")
    status: int = Field(description="status code; 0 is good")
    status_hex: str = Field(description="the same in hexadecimal", examples=["80050000"])
    source_ts: datetime | None = Field(description="when the value last changed, by the server")
    server_ts: datetime | None = Field(description="when the server knew it to be so")


class DecodedAnswer(_Answer):
    """What the profile makes of the words."""

    value: float | None = Field(description="in the unit of the point; null: no value")
    quality: str = Field(description="good, or why there is no value")


class LastWordsAnswer(_Answer):
    """The last words of a point that the collector told of."""

    read_at: datetime | None = Field(
        description="when they were read; the same words may have been read again since, for up to "
        "five minutes; null: never read"
    )
    raw: RawRegistersAnswer | RawVariableAnswer | None = Field(description="null: never read")
    decoded: DecodedAnswer | None = Field(
        description="null where the words are of another place than the profile of now says"
    )
    failed_at: datetime | None = Field(description="the last try, if it brought no words")
    failure: str | None = Field(description="why it brought none; the words are of before")

    @classmethod
    def of(cls, words: LastWords) -> "LastWordsAnswer":
        """From an explanation."""
        decoded = None
        if words.decoded is not None:
            quality = words.decoded.quality.name.lower()
            decoded = DecodedAnswer(value=words.decoded.value, quality=quality)
        return cls(
            read_at=words.read_at,
            raw=None if words.raw is None else _raw(words.raw),
            decoded=decoded,
            failed_at=words.failed_at,
            failure=words.failure,
        )


class PointExplanationAnswer(_Answer):
    """One point from its name to its words."""

    key: str = Field(description="device and point", examples=["intake_a.active_energy_kwh"])
    quantity: str = Field(description="what it measures", examples=["active_energy"])
    unit: str = Field(description="of the values of the point")
    kind: str = Field(description="gauge, counter or state")
    poll_s: float = Field(description="how often it is read [s]")
    device: str = Field(description="id of the device")
    label_fr: str = Field(description="name of the device in French")
    label_en: str = Field(description="name of the device in English")
    profile: str | None = Field(description="id of the profile that it is read by")
    model: str | None = Field(description="vendor and model that the profile is of")
    datasheet: str | None = Field(description="document and revision the profile was read from")
    link: str | None = Field(description="id of the link it is behind")
    conversion: ConversionAnswer | None = Field(description="null for what no device has")
    confidential: bool = Field(
        description="device, address or words are left out: they are not for who asks"
    )
    address: RegisterAddressAnswer | NodeAddressAnswer | None = Field(
        description="where it is read, by site file and profile"
    )
    words: LastWordsAnswer | None = Field(
        description="null: never read, or not told of yet by the collector"
    )

    @classmethod
    def of(cls, told: PointExplanation, labels: Labels, seen: Seen) -> "PointExplanationAnswer":
        """From an explanation, as deep as may be seen."""
        point = told.point
        french, english = labels.get(point.key, (point.device, point.device))
        wiring = told.wiring if seen.devices else None
        profile = None if wiring is None else wiring.profile
        return cls(
            key=point.key,
            quantity=point.quantity.value,
            unit=point.unit,
            kind=point.kind,
            poll_s=point.poll_s,
            device=point.device,
            label_fr=french,
            label_en=english,
            profile=None if profile is None else profile.id,
            model=None if profile is None else f"{profile.vendor} {profile.model}",
            datasheet=None
            if profile is None
            else f"{profile.datasheet.title}, {profile.datasheet.revision}",
            link=None if wiring is None else wiring.link.id,
            conversion=None if wiring is None else _conversion(wiring),
            confidential=not (seen.devices and seen.raw),
            address=_address(told.wiring) if seen.raw and told.wiring is not None else None,
            words=LastWordsAnswer.of(told.words) if seen.raw and told.words is not None else None,
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


def _address(wiring: Wiring) -> RegisterAddressAnswer | NodeAddressAnswer:
    told, endpoint = wiring.address, wiring.endpoint
    if isinstance(told, RegisterAddress):
        fields = {name: getattr(told, name) for name in RegisterAddress.__dataclass_fields__}
        return RegisterAddressAnswer(endpoint=endpoint, **fields)
    return _node_address(told, endpoint)


def _node_address(told: NodeAddress, endpoint: str) -> NodeAddressAnswer:
    return NodeAddressAnswer(endpoint=endpoint, node=told.node, written=told.written)


def _conversion(wiring: Wiring) -> ConversionAnswer:
    line, step = wiring.line, wiring.conversion
    return ConversionAnswer(
        profile_unit=line.unit,
        scale=line.scale,
        profile_offset=line.offset,
        factor=step.factor,
        offset=step.offset,
        lower=_limit(step.lower),
        upper=_limit(step.upper),
    )


def _limit(limit: float) -> float | None:
    """JSON has no infinity."""
    return None if limit in {float("inf"), float("-inf")} else limit


def _raw(raw: RawRegisters | RawVariable) -> RawRegistersAnswer | RawVariableAnswer:
    if isinstance(raw, RawRegisters):
        return RawRegistersAnswer(
            unit=raw.unit,
            space=raw.space,
            address=raw.address,
            words=raw.words,
            words_hex=tuple(f"{word:{_HEX_WORD}}" for word in raw.words),
        )
    return RawVariableAnswer(
        node=raw.node,
        data_type=raw.data_type,
        value=raw.value,
        status=raw.status,
        status_hex=f"{raw.status & 0xFFFFFFFF:{_HEX_STATUS}}",
        source_ts=None if raw.source_us is None else from_us(raw.source_us),
        server_ts=None if raw.server_us is None else from_us(raw.server_us),
    )
