"""Values into registers, written from the datasheet and from nothing the collectors use.

``seen_values`` says what a faultless reader gets back, so that the past written to files and
the live registers are the same to the last bit.
"""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from collectors.profiles.schema import (
    REGISTERS_OF_TYPE,
    ModbusPoint,
    ModbusProfile,
    OpcUaPoint,
)
from models.readings import FloatArray
from models.units import affine_to_canonical
from simulators.site import Point

_FORMATS: Final[Mapping[str, str]] = {
    "u16": ">H",
    "i16": ">h",
    "u32": ">I",
    "i32": ">i",
    "u64": ">Q",
    "i64": ">q",
    "f32": ">f",
    "f64": ">d",
}
# what an OPC UA counter resolves, in canonical units
_NODE_STEPS_PER_UNIT: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """What is wrong with the encoding: faults of the wire format and of counters' ranges."""

    is_word_swapped: bool = False
    is_unavailable: bool = False
    count_shifts: Mapping[str, int] = field(default_factory=dict)


NO_QUIRKS: Final = Quirks()


def to_canonical(point: Point) -> tuple[float, float]:
    """Factor and offset from the raw number of a point to its canonical unit."""
    factor, offset = affine_to_canonical(point.unit, point.quantity)
    return point.scale * factor, point.offset * factor + offset


def is_real(point: ModbusPoint) -> bool:
    """Whether the registers hold a floating-point number."""
    return point.type.startswith("f")


def modulus_of(point: ModbusPoint) -> int:
    """The raw count at which a counter starts again at zero."""
    bits = 16 * REGISTERS_OF_TYPE[point.type]
    return point.modulus or 1 << (bits - 1 if point.type.startswith("i") else bits)


def raw_count(point: ModbusPoint, value: float) -> int:
    """The integer of a value: counters rounded down and wrapped, others to the nearest."""
    factor, offset = to_canonical(point)
    exact = (value - offset) / factor
    if point.kind == "counter":
        return math.floor(exact) % modulus_of(point)
    bits = 16 * REGISTERS_OF_TYPE[point.type]
    lower, upper = (
        (-(1 << bits - 1), (1 << bits - 1) - 1)
        if point.type[0] == "i"
        else (
            0,
            (1 << bits) - 1,
        )
    )
    count = min(max(round(exact), lower), upper)
    if count & (1 << bits) - 1 in _sentinels(point):
        count += -1 if count > 0 else 1
    return count


def encoded(point: ModbusPoint, value: float, quirks: Quirks = NO_QUIRKS) -> bytes:
    """The registers of one value, as bytes in the order they travel."""
    width = REGISTERS_OF_TYPE[point.type]
    sentinels = _sentinels(point)
    if (quirks.is_unavailable or not math.isfinite(value)) and sentinels:
        pattern = sentinels[0].to_bytes(2 * width, "big")
    elif is_real(point):
        factor, offset = to_canonical(point)
        pattern = struct.pack(_FORMATS[point.type], (value - offset) / factor)
    else:
        count = raw_count(point, value) if math.isfinite(value) else 0
        if shift := quirks.count_shifts.get(point.name):
            count = (count + shift) % modulus_of(point)
        pattern = struct.pack(_FORMATS[point.type], count)
    words = [pattern[i : i + 2] for i in range(0, 2 * width, 2)]
    if (point.word_order == "little") != quirks.is_word_swapped:
        words.reverse()
    if point.byte_order == "little":
        words = [word[::-1] for word in words]
    return b"".join(words)


def node_value(point: OpcUaPoint, value: float) -> float:
    """The number an OPC UA variable shows."""
    factor, offset = to_canonical(point)
    if point.kind == "counter":
        value = math.floor(value * _NODE_STEPS_PER_UNIT) / _NODE_STEPS_PER_UNIT
    return (value - offset) / factor


def seen_values(point: Point, values: FloatArray) -> FloatArray:
    """What a reader of the point gets for these values, in canonical units; NaN stays NaN."""
    factor, offset = to_canonical(point)
    if isinstance(point, OpcUaPoint):
        if point.kind == "counter":
            values = np.floor(values * _NODE_STEPS_PER_UNIT) / _NODE_STEPS_PER_UNIT
        raw = (values - offset) / factor
    else:
        raw = (values - offset) / factor
        if is_real(point):
            raw = raw.astype(np.float32 if point.type == "f32" else np.float64).astype(float)
        elif point.kind == "counter":
            raw = np.mod(np.floor(raw), float(modulus_of(point)))
        else:
            raw = np.round(raw)
    return np.asarray(raw * factor + offset, np.float64)


def _sentinels(point: ModbusPoint) -> list[int]:
    """Bit patterns that mean "no value"; a negative number is given in two's complement."""
    mask = (1 << 16 * REGISTERS_OF_TYPE[point.type]) - 1
    return [value & mask for value in point.nan_values]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Registers that may be read together: ``[start, end)`` of one space."""

    space: str
    start: int
    end: int


def readable_spans(profile: ModbusProfile) -> tuple[Span, ...]:
    """The ranges of the datasheet; for a space without any, from first to last register."""
    spans = [Span(space=r.space, start=r.start, end=r.end) for r in profile.readable_ranges]
    for space in ("holding", "input"):
        points = [p for p in profile.points if p.space == space]
        if points and not any(span.space == space for span in spans):
            start = min(p.address for p in points)
            end = max(p.address + REGISTERS_OF_TYPE[p.type] for p in points)
            spans.append(Span(space=space, start=start, end=end))
    return tuple(spans)


def encoded_span(
    profile: ModbusProfile,
    span: Span,
    values: Mapping[str, float],
    quirks: Quirks = NO_QUIRKS,
) -> bytes:
    """All registers of a span; those without a point are zero."""
    image = bytearray(2 * (span.end - span.start))
    for point in profile.points:
        if point.space == span.space and span.start <= point.address < span.end:
            start = 2 * (point.address - span.start)
            data = encoded(point, values[point.name], quirks)
            image[start : start + len(data)] = data
    return bytes(image)
