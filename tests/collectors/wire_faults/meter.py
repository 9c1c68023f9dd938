"""The Modbus meter of these tests: three blocks of six registers, and what they hold."""

import struct
from typing import Final

from collectors.profiles.schema import ModbusProfile
from models.quantities import Quantity
from tests.collectors.builders import modbus_point, modbus_profile
from tests.collectors.wire_faults.held import Held

# Blocks of one length: an answer to one question has the form of an answer to the others.
_U32_AT: Final = (100, 102, 104, 200, 202, 204, 300)
_F64_AT: Final = 302
ADDRESSES: Final = (*_U32_AT, _F64_AT)
FIRST_BLOCK: Final = ("p100", "p102", "p104")
SECOND_BLOCK: Final = ("p200", "p202", "p204")
_NOTHING_THERE: Final = 0xDEAD
NOT_AVAILABLE: Final = 0xFFFFFFFF


def meter_profile() -> ModbusProfile:
    """Energy counters; the last one is a long float."""
    common = {"quantity": Quantity.ACTIVE_ENERGY, "kind": "counter", "unit": "kWh"}
    integers = [
        modbus_point(f"p{a}", a, type="u32", nan_values=(NOT_AVAILABLE,), **common) for a in _U32_AT
    ]
    return modbus_profile(
        [*integers, modbus_point(f"p{_F64_AT}", _F64_AT, type="f64", **common)], id="meter"
    )


def words(held: Held) -> dict[int, int]:
    """All registers as they are now."""
    image: dict[int, int] = {}
    for index, address in enumerate(ADDRESSES):
        form = ">d" if address == _F64_AT else ">I"
        data = struct.pack(form, held.value(index))
        for place in range(len(data) // 2):
            image[address + place] = int.from_bytes(data[2 * place : 2 * place + 2], "big")
    return image


def read(image: dict[int, int], address: int, count: int) -> list[int]:
    return [image.get(a, _NOTHING_THERE) for a in range(address, address + count)]
