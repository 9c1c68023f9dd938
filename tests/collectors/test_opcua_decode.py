"""Laws of the pure OPC UA decoding."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.conversion import Conversion
from collectors.device_clock import AHEAD_AT_MOST_S, BEHIND_AT_MOST_S, doubt_of_clock, is_off
from collectors.opcua.decode import decode_value
from collectors.opcua.nodes import NodeValue
from collectors.request_time import RequestTime
from models.quantities import Quantity
from models.readings import Quality
from models.trouble.words_en import ENGLISH

NOW_US = 1_800_000_000_000_000
REQUEST = RequestTime(sent_us=NOW_US - 40_000, received_us=NOW_US)
KW = Conversion.of(Quantity.ACTIVE_POWER, "W", scale=10.0, offset=0.0)
TIMES = st.one_of(st.none(), st.integers(0, 2 * NOW_US))


def node(
    value: object = 200,
    status: int = 0,
    source_us: int | None = NOW_US,
    server_us: int | None = None,
) -> NodeValue:
    return NodeValue(
        value=value, status=status, source_us=source_us, server_us=server_us, request=REQUEST
    )


@given(
    value=st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())
    ),
    status=st.integers(0, 2**32 - 1),
    source_us=TIMES,
    server_us=TIMES,
    is_clock_off=st.booleans(),
)
def test_any_value_gives_a_reading_within_its_request(
    value: object, status: int, source_us: int | None, server_us: int | None, is_clock_off: bool
) -> None:
    decoded = decode_value(node(value, status, source_us, server_us), KW, is_clock_off=is_clock_off)
    assert REQUEST.sent_us <= decoded.ts_us <= REQUEST.received_us
    is_usable = decoded.quality in (Quality.GOOD, Quality.UNCERTAIN)
    assert math.isnan(decoded.value) != is_usable
    if status >> 31:
        assert not is_usable
    if is_clock_off:
        assert decoded.quality is not Quality.GOOD


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
    decoded = decode_value(node(status=status), KW, is_clock_off=False)
    assert decoded.quality is quality
    if quality in (Quality.GOOD, Quality.UNCERTAIN):
        assert decoded.value == pytest.approx(2.0)


@pytest.mark.parametrize("age_us", [0, 61_000_000, 10**12])
def test_an_unchanged_value_is_fresh_however_old_its_source_time(age_us: int) -> None:
    decoded = decode_value(node(source_us=NOW_US - age_us), KW, is_clock_off=False)
    assert (decoded.quality, decoded.ts_us) == (Quality.GOOD, REQUEST.middle_us)


def test_a_time_in_the_future_is_a_wrong_clock() -> None:
    for ahead_s, quality in ((2, Quality.GOOD), (30, Quality.UNCERTAIN)):
        future_us = NOW_US + ahead_s * 1_000_000
        for times in ({"source_us": future_us}, {"server_us": future_us}):
            assert decode_value(node(**times), KW, is_clock_off=False).quality is quality


def test_the_server_tells_the_time_within_the_request_only() -> None:
    told_us = REQUEST.sent_us + 1
    assert decode_value(node(server_us=told_us), KW, is_clock_off=False).ts_us == told_us
    for elsewhere_us in (REQUEST.sent_us - 1, REQUEST.received_us + 1):
        decoded = decode_value(node(server_us=elsewhere_us), KW, is_clock_off=False)
        assert decoded.ts_us == REQUEST.middle_us


def test_the_doubt_names_how_far_and_what_to_do() -> None:
    for offset_s in (AHEAD_AT_MOST_S, -BEHIND_AT_MOST_S, 0.0):
        assert not is_off(offset_s)
    assert is_off(AHEAD_AT_MOST_S + 0.1)
    assert is_off(-BEHIND_AT_MOST_S - 0.1)
    assert "7200 s behind" in doubt_of_clock(-7200.0).detail
    assert "30 s ahead" in doubt_of_clock(30.0).detail
    assert "NTP" in ENGLISH[doubt_of_clock(30.0).trouble].check
