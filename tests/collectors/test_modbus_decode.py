"""decode(encode(x)) = x, with an encoder written from the standard with struct alone."""

import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.modbus.decode import Decoder
from collectors.modbus.planning import plan_blocks
from collectors.profiles.schema import REGISTERS_OF_TYPE, ModbusPoint
from models.quantities import Quantity
from models.readings import Quality
from tests.collectors.builders import modbus_point, modbus_profile

CODES = {
    "u16": "H",
    "i16": "h",
    "u32": "I",
    "i32": "i",
    "u64": "Q",
    "i64": "q",
    "f32": "f",
    "f64": "d",
}
INTEGERS = {
    "u16": st.integers(0, 2**16 - 1),
    "i16": st.integers(-(2**15), 2**15 - 1),
    "u32": st.integers(0, 2**32 - 1),
    "i32": st.integers(-(2**31), 2**31 - 1),
    "u64": st.integers(0, 2**53),
    "i64": st.integers(-(2**53), 2**53),
    "f32": st.floats(-1e6, 1e6, width=32, allow_subnormal=False),
    "f64": st.floats(-1e12, 1e12, allow_subnormal=False),
}


def encode(point: ModbusPoint, number: float) -> list[int]:
    """Registers of one raw number, by the meaning of the orders."""
    data = struct.pack(">" + CODES[point.type], number)
    pairs = [data[i : i + 2] for i in range(0, len(data), 2)]
    if point.word_order == "little":
        pairs.reverse()
    if point.byte_order == "little":
        pairs = [p[::-1] for p in pairs]
    return [int.from_bytes(p, "big") for p in pairs]


def read(points: list[ModbusPoint], memory: dict[int, int]) -> tuple[list[float], list[int]]:
    """Decode as a source does: plan, place each block, decode."""
    decoder = Decoder(points)
    image = np.zeros(decoder.image_size, np.uint16)
    for block in plan_blocks(modbus_profile(points)):
        registers = [memory.get(block.address + i, 0xDEAD) for i in range(block.count)]
        source, target = decoder.placement(block)
        image[target] = np.array(registers, np.uint16)[source]
    value, quality = decoder.decode(image)
    return value.tolist(), quality.tolist()


def read_one(number: float, **changes: Any) -> tuple[float, Quality]:
    point = modbus_point("p", 0, **changes)
    values, qualities = read([point], dict(enumerate(encode(point, number))))
    return values[0], Quality(qualities[0])


def counter(**changes: Any) -> dict[str, Any]:
    fields = {"quantity": Quantity.ACTIVE_ENERGY, "kind": "counter", "unit": "kWh"}
    return fields | changes


def gauge(**changes: Any) -> dict[str, Any]:
    fields = {"quantity": Quantity.ACTIVE_POWER, "kind": "gauge", "unit": "kW", "type": "f32"}
    return fields | changes


@st.composite
def devices(draw: st.DrawFn) -> tuple[list[ModbusPoint], list[float]]:
    points: list[ModbusPoint] = []
    numbers: list[float] = []
    address = 0
    for index in range(draw(st.integers(1, 12))):
        register_type = draw(st.sampled_from(sorted(CODES)))
        address += draw(st.integers(0, 12))
        points.append(
            modbus_point(
                f"p{index}",
                address,
                # the difference of two powers has no tight limits; energy has none above
                quantity=Quantity.ACTIVE_POWER,
                kind="gauge",
                unit="W",
                type=register_type,
                word_order=draw(st.sampled_from(["big", "little"])),
                byte_order=draw(st.sampled_from(["big", "little"])),
                scale=draw(st.sampled_from([1e-3, 0.1, 1.0])),
                offset=draw(st.sampled_from([0.0, -40.0])),
            )
        )
        numbers.append(draw(INTEGERS[register_type]))
        address += REGISTERS_OF_TYPE[register_type]
    return points, numbers


@given(devices())
def test_decoding_inverts_encoding(device: tuple[list[ModbusPoint], list[float]]) -> None:
    points, numbers = device
    memory: dict[int, int] = {}
    for point, number in zip(points, numbers, strict=True):
        memory.update(enumerate(encode(point, number), start=point.address))
    values, qualities = read(points, memory)
    for point, number, value, quality in zip(points, numbers, values, qualities, strict=True):
        expected_kw = (number * point.scale + point.offset) / 1000
        if abs(expected_kw) > 500_000.0:
            assert quality == Quality.OUT_OF_RANGE
            assert math.isnan(value)
        else:
            assert quality == Quality.GOOD
            assert value == pytest.approx(expected_kw, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("register_type", "number", "sentinel"),
    [
        ("i16", -32768, -32768),
        ("i16", -32768, 0x8000),
        ("u16", 0xFFFF, 0xFFFF),
        ("i32", -(2**31), 0x80000000),
        ("u64", 2**64 - 1, 2**64 - 1),
        ("i64", -(2**63), -(2**63)),
        ("f32", -9999.0, -9999),
        ("f64", -9999.0, -9999),
    ],
)
def test_sentinels_are_not_available(register_type: str, number: float, sentinel: int) -> None:
    for order in ("big", "little"):
        value, quality = read_one(
            number, **gauge(type=register_type, nan_values=(sentinel,), word_order=order)
        )
        assert quality is Quality.NOT_AVAILABLE
        assert math.isnan(value)


def test_a_neighbour_of_a_wide_sentinel_is_a_value() -> None:
    # As floats 2**64 - 1 and 2**64 - 2 are the same number; as bits they are not.
    value, quality = read_one(2**64 - 2, **counter(type="u64", nan_values=(2**64 - 1,)))
    assert quality is Quality.UNCERTAIN
    assert value == 2.0**64


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("register_type", ["f32", "f64"])
def test_no_number_is_not_available(number: float, register_type: str) -> None:
    value, quality = read_one(number, **gauge(type=register_type))
    assert quality is Quality.NOT_AVAILABLE
    assert math.isnan(value)


def test_a_signalling_nan_is_not_available() -> None:
    point = modbus_point("p", 0, **gauge())
    values, qualities = read([point], {0: 0x7F80, 1: 0x0001})
    assert qualities == [Quality.NOT_AVAILABLE]
    assert math.isnan(values[0])


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        (-1.0, counter(type="f32")),
        (3e38, gauge(unit="MW")),
        (1e308, gauge(type="f64", scale=1e10)),
        (120.0, {"quantity": Quantity.RELATIVE_HUMIDITY, "kind": "gauge", "unit": "%"}),
    ],
)
def test_what_is_not_physical_is_out_of_range(number: float, changes: dict[str, Any]) -> None:
    if changes.get("type") is None:
        number = int(number)
    value, quality = read_one(number, **changes)
    assert quality is Quality.OUT_OF_RANGE
    assert math.isnan(value)


def test_zero_is_a_value() -> None:
    assert read_one(0, **counter(type="u32")) == (0.0, Quality.GOOD)


@pytest.mark.parametrize(
    ("number", "quality"),
    [(2**53, Quality.GOOD), (2**53 + 1, Quality.GOOD), (2**60, Quality.UNCERTAIN)],
)
def test_counters_beyond_exact_floats_are_uncertain(number: int, quality: Quality) -> None:
    value, found = read_one(number, **counter(type="u64"))
    assert (value, found) == (float(number), quality)
