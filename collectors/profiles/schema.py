"""The shape of a device profile file.

A profile is the datasheet as data: where each quantity sits, how it is encoded, in which
unit, and what the device sends when it has no value.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from models.quantities import Quantity

PointName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Space = Literal["holding", "input"]
RegisterType = Literal["u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64"]
REGISTERS_OF_TYPE: dict[str, int] = {
    "u16": 1,
    "i16": 1,
    "u32": 2,
    "i32": 2,
    "f32": 2,
    "u64": 4,
    "i64": 4,
    "f64": 4,
}


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Datasheet(_Shape):
    """Which document the map was read from."""

    title: str
    revision: str
    url: str | None = None


class ModbusPoint(_Shape):
    """One value in the register map.

    ``value = scale * raw + offset`` in ``unit``. ``byte_order`` is that of the two bytes in
    a register, ``word_order`` that of the registers of a longer value; ``big`` is the
    standard's. ``modulus`` is the raw count at which a counter starts again at zero (None:
    the range of its type).
    """

    name: PointName
    quantity: Quantity
    kind: Literal["gauge", "counter", "state"]
    space: Space
    address: int = Field(ge=0, le=65535)
    type: RegisterType
    word_order: Literal["big", "little"] = "big"
    byte_order: Literal["big", "little"] = "big"
    scale: float = 1.0
    offset: float = 0.0
    unit: str
    nan_values: tuple[int, ...] = ()
    modulus: int | None = Field(gt=1, default=None)


class OpcUaPoint(_Shape):
    """One variable of the address space; ``node`` is its node id, with or without ``{object}``.

    How it may be written is in `collectors.profiles.node_ids`.
    """

    name: PointName
    quantity: Quantity
    kind: Literal["gauge", "counter", "state"]
    node: str
    scale: float = 1.0
    offset: float = 0.0
    unit: str
    modulus: float | None = Field(gt=0, default=None)


class ReadableRange(_Shape):
    """Registers the device allows to be read together: ``[start, end)``."""

    space: Space
    start: int = Field(ge=0, le=65535)
    end: int = Field(ge=1, le=65536)


class ModbusProfile(_Shape):
    """Register map of a Modbus device model."""

    protocol: Literal["modbus"]
    id: PointName
    vendor: str
    model: str
    datasheet: Datasheet
    maturity: Literal["bronze", "silver", "gold"]
    max_span: int = Field(ge=1, le=125, default=125)
    max_gap: int = Field(ge=0, le=124, default=8)
    readable_ranges: tuple[ReadableRange, ...] = ()
    points: tuple[ModbusPoint, ...] = Field(min_length=1)


class OpcUaProfile(_Shape):
    """Node map of an OPC UA device model."""

    protocol: Literal["opcua"]
    id: PointName
    vendor: str
    model: str
    datasheet: Datasheet
    maturity: Literal["bronze", "silver", "gold"]
    namespace_uri: str
    points: tuple[OpcUaPoint, ...] = Field(min_length=1)


Profile = Annotated[ModbusProfile | OpcUaProfile, Field(discriminator="protocol")]
