"""RTU over TCP against libmodbus on a serial line, behind a server that passes bytes on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from collectors.errors import LinkTimeout
from collectors.lessons import LessonsInMemory
from collectors.modbus.link import PymodbusLink
from collectors.modbus.source import Layout, ModbusSource
from collectors.profiles.schema import ModbusPoint, ModbusProfile
from tests.collectors.builders import block, modbus_link, modbus_point, modbus_profile
from tests.collectors.peers.libmodbus import serving_bus
from tests.collectors.peers.reading import cases, expected, told

ENCODINGS = cases("encodings.json")
# The peer is late every fifth time that it is asked for these.
POINTS = {
    "power_a_kwh": (100, "f32", 10.0),
    "energy_a_kwh": (102, "u32", 1_000_000.0),
    "const_a_kwh": (104, "u16", 4242.0),
    "power_b_kwh": (200, "f32", 20.0),
    "energy_b_kwh": (202, "u32", 1_000_100.0),
    "const_b_kwh": (204, "u16", 5353.0),
}


@asynccontextmanager
async def linked(program: Path, timeout_s: float) -> AsyncIterator[PymodbusLink]:
    async with serving_bus(program) as port:
        link = PymodbusLink(modbus_link(port, framing="rtu", timeout_s=timeout_s))
        try:
            yield link
        finally:
            await link.close()


def source_of(link: PymodbusLink, profile: ModbusProfile) -> ModbusSource:
    return ModbusSource(
        device="meter",
        unit=1,
        layout=Layout(profile),
        link=link,
        point_ids=range(len(profile.points)),
        poll_s=1.0,
        link_id="gw",
        lessons=LessonsInMemory(),
    )


@pytest.mark.asyncio
async def test_every_encoding_is_read_from_a_serial_line(libmodbus_program: Path) -> None:
    points = [ModbusPoint.model_validate(entry["point"]) for entry in ENCODINGS]
    async with linked(libmodbus_program, 0.4) as link:
        poll = await source_of(link, modbus_profile(points)).poll(probe=False)
        assert told(poll) == expected([(one["expected"], one["quality"]) for one in ENCODINGS])
        # A slave leaves what is for others alone, and libmodbus for half a second what follows
        # as well, which could be the answer of the other: two timeouts are longer than that.
        with pytest.raises(LinkTimeout, match="no answer within"):
            await link.read(2, block(0, 1))
        assert list((await link.read(1, block(0, 1))).registers) == [50012]


@pytest.mark.asyncio
async def test_no_late_reply_is_taken_for_the_next_one(libmodbus_program: Path) -> None:
    profile = modbus_profile(
        [
            modbus_point(name, at, type=kind, quantity="active_energy", kind="counter", unit="kWh")
            for name, (at, kind, _) in POINTS.items()
        ]
    )
    numbers = [value for _, _, value in POINTS.values()]
    missed = good = 0
    async with linked(libmodbus_program, 0.25) as link:
        source = source_of(link, profile)
        for _ in range(12):
            try:
                poll = await source.poll(probe=False)
            except LinkTimeout:
                missed += 1
                continue
            for reading, number in zip(told(poll), numbers, strict=True):
                assert reading in {(number, "good"), (None, "bad")}
                missed += reading[0] is None
                good += reading[0] is not None
    assert missed > 2
    assert good > missed
