import math
import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from collectors.profiles.schema import ModbusPoint, ModbusProfile, OpcUaPoint
from models.quantities import QUANTITIES
from simulators.registers import (
    Quirks,
    encoded,
    modulus_of,
    node_value,
    readable_spans,
    seen_values,
    to_canonical,
)

POINTS = [
    point
    for profile in load_profiles(SHIPPED_PROFILES).values()
    if isinstance(profile, ModbusProfile)
    for point in profile.points
]
NODES = [
    point
    for profile in load_profiles(SHIPPED_PROFILES).values()
    for point in profile.points
    if isinstance(point, OpcUaPoint)
]


def point(**changes: object) -> ModbusPoint:
    plain = {
        "name": "x_kw",
        "quantity": "active_power",
        "kind": "gauge",
        "space": "holding",
        "address": 0,
        "type": "u32",
        "unit": "W",
    }
    return ModbusPoint.model_validate(plain | changes)


def decoded_by_hand(p: ModbusPoint, data: bytes) -> float:
    """The datasheet read backwards, with struct and slices only."""
    words = [data[i : i + 2] for i in range(0, len(data), 2)]
    if p.byte_order == "little":
        words = [bytes((w[1], w[0])) for w in words]
    if p.word_order == "little":
        words = words[::-1]
    code = {"u16": "H", "i16": "h", "u32": "I", "i32": "i", "u64": "Q", "f32": "f"}[p.type]
    (raw,) = struct.unpack(">" + code, b"".join(words))
    factor, offset = to_canonical(p)
    return float(raw * factor + offset)


@pytest.mark.parametrize(
    ("changes", "value", "expected"),
    [
        ({}, 70.123, "000111eb"),
        ({"word_order": "little"}, 70.123, "11eb0001"),
        ({"byte_order": "little"}, 70.123, "0100eb11"),
        ({"word_order": "little", "byte_order": "little"}, 70.123, "eb110100"),
        ({"type": "f32", "unit": "kW"}, 1.5, "3fc00000"),
        ({"type": "f32", "unit": "kW", "word_order": "little"}, 1.5, "00003fc0"),
        ({"type": "i16"}, -0.002, "fffe"),
        ({"type": "u16", "scale": 10.0}, 1.0, "0064"),
        ({"type": "u16"}, -5.0, "0000"),
        ({"type": "u16"}, 1e6, "ffff"),
        ({"type": "u16", "nan_values": (0xFFFF,)}, 1e6, "fffe"),
        ({"type": "i16", "nan_values": (0x8000,)}, -1e6, "8001"),
        ({"nan_values": (0xFFFFFFFF,)}, math.nan, "ffffffff"),
        ({"type": "f32", "unit": "kW", "nan_values": (0x7FC00000,)}, math.nan, "7fc00000"),
        ({"type": "i64"}, -1.0, "fffffffffffffc18"),
        ({"type": "f64", "unit": "kW"}, -2.0, "c000000000000000"),
    ],
)
def test_layout_of_values(changes: dict[str, object], value: float, expected: str) -> None:
    assert encoded(point(**changes), value).hex() == expected


def test_quirks_of_the_wire() -> None:
    assert encoded(point(), 70.123, Quirks(is_word_swapped=True)).hex() == "11eb0001"
    unavailable = Quirks(is_unavailable=True)
    assert encoded(point(nan_values=(-1,)), 70.0, unavailable).hex() == "ffffffff"
    assert encoded(point(), 70.0, unavailable) == encoded(point(), 70.0)


def test_counters_wrap_at_their_modulus() -> None:
    counter = point(quantity="active_energy", kind="counter", unit="Wh", modulus=1000)
    assert encoded(counter, 1.2349).hex() == "000000ea"
    assert seen_values(counter, np.array([0.9995, 1.0, 1.2349])).tolist() == [0.999, 0.0, 0.234]
    shifted = Quirks(count_shifts={"x_kw": 999})
    assert encoded(counter, 1.2349, shifted).hex() == "000000e9"
    assert modulus_of(point(type="i32")) == 2**31


@given(st.sampled_from(POINTS), st.floats(0.0, 1.0))
@example(next(one for one in POINTS if one.quantity == "fuel_volume"), 1.0)
def test_a_reader_sees_the_value_within_one_step(p: ModbusPoint, share: float) -> None:
    spec = QUANTITIES[p.quantity]
    upper = min(spec.upper, 60.0 if p.type.endswith("16") else 5e5)
    value = spec.lower + share * (upper - spec.lower) if spec.lower > -100 else share * upper
    if p.unit == "mA":
        value = min(value, 2000.0)
    value = max(value, 0.0) if p.type.startswith("u") else value
    seen = decoded_by_hand(p, encoded(p, value))
    step = abs(to_canonical(p)[0]) if p.type != "f32" else abs(value) * 2e-7 + 1e-9
    if p.kind == "counter":
        limit = modulus_of(p) * to_canonical(p)[0]
        # What a float of this size can be off by is not a whole turn of the register.
        slack = 1e-15 * max(limit, value)
        assert (value - seen + slack) % limit <= step * (1 + 1e-6) + 2 * slack
    else:
        assert abs(value - seen) <= step * 0.51 + 1e-9
    # what the history files say is what the register says, to the last bit
    assert seen_values(p, np.array([value]))[0] == seen


@given(st.sampled_from(POINTS + NODES), st.lists(st.floats(0.0, 3e5), min_size=2, max_size=9))
def test_counters_never_run_backwards(p: ModbusPoint | OpcUaPoint, values: list[float]) -> None:
    if p.kind != "counter":
        return
    if isinstance(p, ModbusPoint) and not p.type.startswith("f"):
        # Below where they begin again.
        limit = modulus_of(p) * to_canonical(p)[0]
        values = [one for one in values if one < limit]
    seen = seen_values(p, np.array(sorted(values)))
    assert all(a <= b for a, b in pairwise(seen.tolist()))


@given(st.sampled_from(NODES), st.floats(0.0, 1e6))
def test_nodes_show_what_history_says(p: OpcUaPoint, value: float) -> None:
    factor, offset = to_canonical(p)
    assert node_value(p, value) * factor + offset == seen_values(p, np.array([value]))[0]


def test_a_space_without_ranges_is_readable_from_first_to_last() -> None:
    profile = load_profiles(SHIPPED_PROFILES)["sound_meter"]
    assert isinstance(profile, ModbusProfile)
    (span,) = readable_spans(profile)
    assert (span.space, span.start, span.end) == ("input", 1, 4)
