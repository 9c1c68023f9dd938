"""Shapes of an explained point: from its device to its registers and words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from collectors.raw import RawRegisters, RawVariable
from models.legal_time.days import from_us
from models.site.labels import Labels
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
