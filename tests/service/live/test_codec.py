"""What is read back is what was written, whatever the types of the snapshot can hold."""

import asyncio
import struct
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, make_dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum, IntEnum
from math import inf, isnan, nan
from types import GenericAlias
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic_core import PydanticSerializationError

from models.readings import Window
from service.live.codec import (
    PARTS,
    codec_of,
    decode,
    dump,
    encode,
    format_of,
    load,
    snapshot_format,
)
from service.live.snapshot import LiveSnapshot
from tests.service.pages.sample_snapshot import sample_snapshot
from tests.service.pages.troubled_snapshot import sample_snapshot as troubled_snapshot

HINTS = get_type_hints(LiveSnapshot)
AWARE = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001  # hypothesis adds the zone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001  # hypothesis adds the zone
    timezones=st.just(UTC),
)
st.register_type_strategy(datetime, AWARE)
st.register_type_strategy(
    Mapping, lambda kind: st.dictionaries(*map(st.from_type, get_args(kind)), max_size=5)
)
st.register_type_strategy(
    Window,
    st.builds(
        lambda name, ends: Window(name=name, start=min(ends), end=max(ends)),
        st.text(),
        st.tuples(AWARE, AWARE),
    ),
)


def same(one: Any, other: Any) -> bool:  # noqa: PLR0911  # one for each kind of value
    """Equal to the last bit and of the same types; NaN is NaN, and zero has its sign."""
    if isinstance(one, float):
        both_nan = isnan(one) and isnan(other)
        return both_nan or struct.pack("d", one) == struct.pack("d", other)
    if isinstance(one, datetime):
        return bool(one == other) and one.utcoffset() == other.utcoffset()
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if type(one) is not type(other):
        return False
    if is_dataclass(one):
        return all(
            same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)
        )
    if isinstance(one, np.ndarray):
        alike = (one.dtype, one.shape) == (other.dtype, other.shape)
        return alike and one.tobytes() == other.tobytes()
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@pytest.mark.parametrize("part", PARTS)
def test_any_value_of_a_part_comes_back(part: str) -> None:
    # What fails is small enough to read; making it smaller takes minutes.
    @settings(max_examples=10, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.from_type(HINTS[part]))
    def comes_back(value: Any) -> None:
        assert same(value, decode(part, encode(part, value)))

    comes_back()


@pytest.mark.parametrize("snapshot", [sample_snapshot(), troubled_snapshot()])
def test_whole_snapshots_come_back(snapshot: LiveSnapshot) -> None:
    parts = {name: decode(name, encode(name, getattr(snapshot, name))) for name in PARTS}
    assert LiveSnapshot(**parts) == snapshot


def test_not_a_number_and_infinities_stay_what_they_are() -> None:
    pue = sample_snapshot().kpis[0]
    odd = (replace(pue, value=nan), replace(pue, value=inf), replace(pue, value=-0.0))
    back = decode("kpis", encode("kpis", odd))
    assert same(odd, back)


class _Side(IntEnum):
    LEFT = 0
    RIGHT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Curve:
    name: str
    side: _Side
    values: NDArray[np.float64]
    counts: NDArray[np.int64]
    on: date
    by_side: Mapping[_Side, tuple[float, ...]]


def test_arrays_come_back_with_their_bits() -> None:
    curve = _Curve(
        name="__array__",
        side=_Side.RIGHT,
        values=np.array([[1.0, nan], [-0.0, -inf]]),
        counts=np.array([2**62, -1]),
        on=date(2026, 11, 27),
        by_side={_Side.LEFT: (nan, 1e-300)},
    )
    codec = codec_of(tuple[_Curve, ...])
    assert same((curve,), load(codec, dump(codec, (curve,))))


def test_what_a_snapshot_cannot_hold_is_said() -> None:
    codec = codec_of(object)
    with pytest.raises(PydanticSerializationError, match="a snapshot holds no Lock"):
        dump(codec, asyncio.Lock())


class _Red(Enum):
    RED = 1


class _Blue(Enum):
    BLUE = 1


def _tree(field: str, kind: type[Enum]) -> type:
    """A dataclass in a dataclass; all such trees have the same names."""
    kind.__qualname__ = "Colour"
    inner = make_dataclass("Inner", [(field, kind)])
    return make_dataclass("Outer", [("all", GenericAlias(tuple, (inner, ...)))])


def test_another_field_or_member_is_another_format() -> None:
    trees = [_tree("a", _Red), _tree("b", _Red), _tree("a", _Blue)]

    assert len(set(map(format_of, trees))) == 3
    assert format_of(_tree("a", _Red)) == format_of(trees[0])
    assert snapshot_format() == format_of(LiveSnapshot)
