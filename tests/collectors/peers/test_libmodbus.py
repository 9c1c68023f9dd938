"""The Modbus link against libmodbus, which shares no code with it: every value as it is listed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from collectors.errors import CorruptReply, DeviceRefused, LinkTimeout
from collectors.lessons import LessonsInMemory
from collectors.modbus.link import PymodbusLink
from collectors.modbus.source import Layout, ModbusSource
from collectors.profiles.schema import ModbusPoint, ModbusProfile, Profile
from models.readings import DeviceState, Quality
from tests.collectors.builders import (
    block,
    device,
    modbus_link,
    modbus_point,
    modbus_profile,
    until,
)
from tests.collectors.peers.reading import Told, cases, expected, told
from tests.collectors.running import running

ENCODINGS = cases("encodings.json")
# What the meters of the cases are: maps as their makers print them.
POWER: dict[str, Any] = {"quantity": "active_power", "kind": "gauge", "unit": "W"}
ENERGY: dict[str, Any] = {"quantity": "active_energy", "kind": "counter", "unit": "kWh"}
VOLTAGE: dict[str, Any] = {"quantity": "voltage", "kind": "gauge", "unit": "V"}
FACTOR: dict[str, Any] = {"quantity": "power_factor", "kind": "gauge", "unit": "ratio"}


def eastron() -> ModbusProfile:
    floats: dict[str, Any] = {"space": "input", "type": "f32"}
    return modbus_profile(
        [
            modbus_point("voltage_l1_v", 0x00, **floats, **VOLTAGE),
            modbus_point("active_power_kw", 0x34, **floats, **POWER),
            modbus_point("active_energy_kwh", 0x48, **floats, **ENERGY),
        ],
        max_span=80,
    )


EASTRON: list[Told] = [(230.1, "good"), (6.452, "good"), (4485.62, "good")]


def gavazzi() -> ModbusProfile:
    swapped: dict[str, Any] = {
        "space": "input",
        "type": "i32",
        "word_order": "little",
        "scale": 0.1,
    }
    return modbus_profile(
        [
            modbus_point("active_power_kw", 0x28, **swapped, **POWER),
            modbus_point("active_energy_kwh", 0x42, **swapped, **ENERGY),
            modbus_point("export_kwh", 0x5C, **swapped, **ENERGY),
        ],
        max_gap=30,
    )


def source_of(link: PymodbusLink, unit: int, profile: ModbusProfile) -> ModbusSource:
    return ModbusSource(
        device="meter",
        unit=unit,
        layout=Layout(profile),
        link=link,
        point_ids=range(len(profile.points)),
        poll_s=1.0,
        link_id="gw",
        lessons=LessonsInMemory(),
    )


@asynccontextmanager
async def linked(port: int, **changes: object) -> AsyncIterator[PymodbusLink]:
    link = PymodbusLink(modbus_link(port, timeout_s=1.0, **changes))
    try:
        yield link
    finally:
        await link.close()


def points(entries: Sequence[dict[str, Any]]) -> list[ModbusPoint]:
    return [ModbusPoint.model_validate(entry["point"]) for entry in entries]


@pytest.mark.asyncio
async def test_every_encoding_is_read_as_the_number_it_holds(libmodbus_port: int) -> None:
    async with linked(libmodbus_port) as link:
        source = source_of(link, 1, modbus_profile(points(ENCODINGS)))
        poll = await source.poll(probe=False)
    assert told(poll) == expected([(one["expected"], one["quality"]) for one in ENCODINGS])
    assert poll.error is not None
    assert poll.error.detail.startswith("f32_wild_degc (holding 53, f32): words 4461 0000")


@pytest.mark.asyncio
async def test_units_behind_one_link_are_not_mistaken_for_each_other(libmodbus_port: int) -> None:
    frequency = modbus_profile(points(ENCODINGS)[:1])
    async with linked(libmodbus_port) as link:
        sources = [source_of(link, unit, frequency) for unit in (1, 2, 1, 2)]
        polls = [await source.poll(probe=False) for source in sources]
    hz: list[Told] = [(50.012, "good"), (49.876, "good")]
    assert [one for poll in polls for one in told(poll)] == expected(hz + hz)


@pytest.mark.asyncio
async def test_registers_beyond_the_map_cost_their_own_points_only(libmodbus_port: int) -> None:
    profile = modbus_profile(
        [modbus_point("inside", 508), modbus_point("outside", 512), modbus_point("first", 0)]
    )
    async with linked(libmodbus_port) as link:
        source = source_of(link, 1, profile)
        poll = await source.poll(probe=False)
    assert told(poll) == [(0.0, "good"), (None, "bad"), (50012.0, "good")]
    assert poll.error is not None
    assert poll.error.detail == "holding 512..512 of unit 1: refused with exception 2"
    assert poll.learned.words == "holding 508..512 is read in 2 parts; refused: outside"


@pytest.mark.asyncio
@pytest.mark.parametrize("code", range(1, 12))
async def test_every_exception_is_told_with_its_code(libmodbus_port: int, code: int) -> None:
    """10 and 11 are of the gateway: the unit is silent, and has refused nothing."""
    error = LinkTimeout if code in {10, 11} else DeviceRefused
    async with linked(libmodbus_port) as link:
        with pytest.raises(error, match=rf"\bexception {code}\b"):
            await link.read(200 + code, block(0, 2))
        assert list((await link.read(2, block(0, 1))).registers) == [49876]


@pytest.mark.asyncio
async def test_a_meter_that_stamps_another_unit_is_read_where_that_is_declared(
    libmodbus_port: int,
) -> None:
    async with linked(libmodbus_port) as link:
        with pytest.raises(CorruptReply, match=r"of unit 3: .*bears unit 1"):
            await source_of(link, 3, eastron()).poll(probe=False)
    async with linked(libmodbus_port, any_reply_unit=True) as link:
        assert told(await source_of(link, 3, eastron()).poll(probe=False)) == expected(EASTRON)


@pytest.mark.asyncio
async def test_a_meter_that_answers_to_unit_zero_is_read(libmodbus_port: int) -> None:
    async with linked(libmodbus_port) as link:
        assert told(await source_of(link, 0, eastron()).poll(probe=False)) == expected(EASTRON)


@pytest.mark.asyncio
async def test_a_meter_that_is_busy_every_second_time_is_read_whole(libmodbus_port: int) -> None:
    async with linked(libmodbus_port) as link:
        source = source_of(link, 5, eastron())
        for _ in range(2):
            poll = await source.poll(probe=False)
            assert told(poll) == expected(EASTRON)
            assert poll.learned.words is None


@pytest.mark.asyncio
async def test_a_variant_without_its_count_of_export_gives_everything_else(
    libmodbus_port: int,
) -> None:
    profiles: dict[str, Profile] = {"em24": gavazzi()}
    devices = [
        device("all", unit=4, profile="em24"),
        device("less", link="gw2", unit=4, profile="em24", absent=("export_kwh",)),
    ]
    links = [modbus_link(libmodbus_port), modbus_link(libmodbus_port, id="gw2")]
    async with running(links, devices, profiles) as run:
        await until(lambda: run.ward.state("less") is DeviceState.OK)
        await until(lambda: run.ward.state("all") is DeviceState.DEGRADED)
    for name in ("all", "less"):
        for point, value in (("active_power_kw", -3.2005), ("active_energy_kwh", 70000.5)):
            read = run.sink.of(run.ids[f"{name}.{point}"])
            assert set(read.value.round(6).tolist()) == {value}
            assert set(read.quality.tolist()) == {Quality.GOOD}
    assert set(run.sink.of(run.ids["all.export_kwh"]).quality.tolist()) == {Quality.BAD}
    assert len(run.sink.of(run.ids["less.export_kwh"])) == 0


@pytest.mark.asyncio
async def test_a_power_factor_in_four_quadrants_spoils_nothing_else(libmodbus_port: int) -> None:
    """1.05 means 0.95 capacitive, which a profile cannot say yet: no value, and never 1.05."""
    profile = modbus_profile(
        [
            modbus_point("power_kw", 0x0BF3, type="f32", **{**POWER, "unit": "kW"}),
            modbus_point("factor_ratio", 0x0C0B, type="f32", **FACTOR),
            modbus_point("energy_kwh", 0x0C83, type="u64", **{**ENERGY, "unit": "Wh"}),
        ]
    )
    async with linked(libmodbus_port) as link:
        poll = await source_of(link, 8, profile).poll(probe=False)
    assert told(poll) == expected([(87.5, "good"), (None, "out_of_range"), (1234567.891, "good")])
