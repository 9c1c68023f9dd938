"""A value that cannot be is told with its registers, and with the order in which they could be."""

import struct

import numpy as np
import pytest

from collectors.modbus.decode import Decoder
from collectors.modbus.misread import misread_cause
from models.readings import Quality
from models.trouble.trouble import Trouble
from tests.collectors.builders import modbus_point


def swapped(value: float) -> list[int]:
    high, low = struct.unpack(">HH", struct.pack(">f", value))
    return [low, high]


@pytest.mark.parametrize("volts", [230.0, 231.7])
def test_exchanged_words_of_a_voltage_are_no_voltage_and_say_so(volts: float) -> None:
    # 230.0 V with its words exchanged is 2.4e-41, which is between 0 and any limit
    point = modbus_point("v", 10, type="f32", quantity="voltage", unit="V")
    decoder, image = Decoder([point]), np.array(swapped(volts), np.uint16)
    value, quality = decoder.decode(image)
    assert np.isnan(value[0])
    assert quality.tolist() == [Quality.OUT_OF_RANGE]
    cause = misread_cause([point], decoder, image, quality == Quality.OUT_OF_RANGE)
    assert cause.trouble is Trouble.IMPOSSIBLE_VALUE
    assert cause.detail == (
        f"v (holding 10, f32): words {image[0]:04x} {image[1]:04x} are no possible voltage; "
        f"with word_order: little they would be {volts:g} V"
    )


def test_zero_is_a_value_and_a_subnormal_number_none() -> None:
    points = [
        modbus_point("a", 0, type="f64", quantity="active_power", unit="W"),
        modbus_point("b", 4, type="f32", quantity="active_power", unit="W"),
    ]
    decoder = Decoder(points)
    image = np.zeros(decoder.image_size, np.uint16)
    assert decoder.decode(image)[1].tolist() == [Quality.GOOD, Quality.GOOD]
    image[:] = 1
    image[0] = image[4] = 0
    assert set(decoder.decode(image)[1].tolist()) == {Quality.OUT_OF_RANGE}


def test_nothing_is_suggested_where_no_order_gives_a_possible_value() -> None:
    point = modbus_point("t", 0, type="i16", quantity="temperature", unit="degC")
    image = np.array([0x7F7F], np.uint16)
    cause = misread_cause([point], Decoder([point]), image, np.array([True]))
    assert cause.detail == "t (holding 0, i16): words 7f7f are no possible temperature"
