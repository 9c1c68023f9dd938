"""Laws of the pure OPC UA decoding."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.conversion import Conversion
from collectors.opcua.decode import MAX_SKEW_US, decode_value
from collectors.opcua.nodes import NodeValue
from models.quantities import Quantity
from models.readings import Quality

NOW_US = 1_800_000_000_000_000
KW = Conversion.of(Quantity.ACTIVE_POWER, "W", scale=10.0, offset=0.0)


@given(
    value=st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())
    ),
    status=st.integers(0, 2**32 - 1),
    source_us=st.one_of(st.none(), st.integers(0, 2 * NOW_US)),
    is_state=st.booleans(),
)
def test_any_value_gives_a_reading_near_now(
    value: object, status: int, source_us: int | None, is_state: bool
) -> None:
    node = NodeValue(value=value, status=status, source_us=source_us)
    decoded = decode_value(node, KW, received_us=NOW_US, is_state=is_state)
    assert abs(decoded.ts_us - NOW_US) <= MAX_SKEW_US
    is_usable = decoded.quality in (Quality.GOOD, Quality.UNCERTAIN)
    assert math.isnan(decoded.value) != is_usable
    if status >> 31:
        assert not is_usable


@pytest.mark.parametrize(
    ("status", "quality"),
    [
        (0x00000000, Quality.GOOD),
        (0x00960000, Quality.GOOD),
        (0x40900000, Quality.UNCERTAIN),
        (0x80340000, Quality.BAD),
        (0x80320000, Quality.NOT_AVAILABLE),
        (0xC0000000, Quality.BAD),
    ],
)
def test_status_becomes_quality(status: int, quality: Quality) -> None:
    node = NodeValue(value=200, status=status, source_us=NOW_US)
    decoded = decode_value(node, KW, received_us=NOW_US, is_state=False)
    assert decoded.quality is quality
    if quality in (Quality.GOOD, Quality.UNCERTAIN):
        assert decoded.value == pytest.approx(2.0)


def test_an_old_state_is_good_but_a_future_one_is_not() -> None:
    for source_us, quality in (
        (NOW_US - 10**12, Quality.GOOD),
        (NOW_US + 10**12, Quality.UNCERTAIN),
    ):
        node = NodeValue(value=1, status=0, source_us=source_us)
        decoded = decode_value(node, KW, received_us=NOW_US, is_state=True)
        assert (decoded.quality, decoded.ts_us) == (quality, NOW_US)
