"""Points that one device lacks: not asked, not counted, and no reason to be degraded."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.assemble import installation_problems
from collectors.errors import ProfileError
from collectors.installation import Device, Installation
from collectors.modbus.planning import plan_blocks
from collectors.plan import poll_plan
from collectors.profiles.schema import ModbusProfile, Profile, ReadableRange
from collectors.variants import variant_of
from models.readings import DeviceState, Quality
from tests.collectors.builders import (
    device,
    modbus_link,
    modbus_point,
    modbus_profile,
    opcua_profile,
    until,
)
from tests.collectors.running import PROFILES, running
from tests.collectors.scripted_server import ScriptedServer, Unit


def planned(profile: Profile) -> set[int]:
    assert isinstance(profile, ModbusProfile)
    return {r for b in plan_blocks(profile) for r in range(b.address, b.address + b.count)}


@given(
    addresses=st.sets(st.integers(0, 60), min_size=2, max_size=25),
    dice=st.randoms(use_true_random=False),
    has_ranges=st.booleans(),
)
def test_absent_registers_are_not_even_read_across(
    addresses: set[int], dice: random.Random, has_ranges: bool
) -> None:
    points = [modbus_point(f"p{a}", a) for a in sorted(addresses)]
    ranges = (ReadableRange(space="holding", start=0, end=61),) if has_ranges else ()
    profile = modbus_profile(points, readable_ranges=ranges)
    absent = {p.name for p in points if dice.random() < 0.4}
    if len(absent) == len(points):
        return
    asked = planned(variant_of(profile, absent))
    assert asked.isdisjoint({p.address for p in points if p.name in absent})
    assert asked >= {p.address for p in points if p.name not in absent}


def test_a_register_that_another_point_has_as_well_is_still_read() -> None:
    profile = modbus_profile([modbus_point("word", 10), modbus_point("pair", 10, type="u32")])
    assert planned(variant_of(profile, ["pair"])) == {10}
    assert planned(variant_of(profile, ["word"])) == {10, 11}


def test_nothing_absent_is_the_profile_itself() -> None:
    profile = modbus_profile([modbus_point("a", 1)])
    assert variant_of(profile, ()) is profile
    with pytest.raises(ProfileError, match="all points are absent"):
        variant_of(profile, ["a"])


@pytest.mark.asyncio
async def test_a_variant_without_a_register_is_well_when_that_is_declared() -> None:
    async with ScriptedServer() as server:
        # the register in the middle of a block, and every request that touches it, is refused
        for unit in (1, 2):
            server.units[unit] = Unit(unreadable={201})
        devices = [device("d1", unit=1), device("d2", unit=2, absent=("p201",))]
        async with running([modbus_link(server.port)], devices) as run:
            await until(lambda: run.ward.state("d2") is DeviceState.OK)
            await until(lambda: run.ward.state("d1") is DeviceState.DEGRADED)
        assert len(run.sink.of(run.ids["d2.p201"])) == 0
        assert len(run.sink.of(run.ids["d1.p201"])) > 0
        assert set(run.sink.of(run.ids["d2.p202"]).value.tolist()) == {202.0}
        touched = {a.address + i for a in server.requests_of(2) for i in range(a.count)}
        assert 201 not in touched
        assert run.ward.latest("d2").learned is None


@pytest.mark.asyncio
async def test_a_point_that_is_always_out_of_range_can_be_declared_too() -> None:
    points = [
        modbus_point("humidity", 0, quantity="relative_humidity", kind="gauge", unit="%"),
        modbus_point("counter", 1),
    ]
    profiles: dict[str, Profile] = {"thing": modbus_profile(points)}
    async with ScriptedServer() as server:
        for unit in (1, 2):
            server.units[unit] = Unit(value=lambda address: 900 if address == 0 else 7)
        devices = [device("d1", unit=1), device("d2", unit=2, absent=("humidity",))]
        async with running([modbus_link(server.port)], devices, profiles) as run:
            await until(lambda: run.ward.state("d1") is DeviceState.DEGRADED)
            await until(lambda: run.ward.state("d2") is DeviceState.OK)
        assert set(run.sink.of(run.ids["d2.counter"]).quality.tolist()) == {Quality.GOOD}


def problems(*devices: Device, profiles: dict[str, Profile] = PROFILES) -> list[str]:
    installation = Installation(links=(modbus_link(502),), devices=devices)
    return list(installation_problems(installation, profiles))


def test_a_name_that_the_profile_has_not_is_a_mistake() -> None:
    assert problems(device("d", unit=1, absent=("p100", "q"))) == [
        "device d: profile thing has no point 'q' that could be absent"
    ]
    everything = tuple(p.name for p in PROFILES["thing"].points)
    assert problems(device("d", unit=1, absent=everything)) == [
        "device d: all points are absent: leave the device out"
    ]


def test_the_plan_counts_what_is_there() -> None:
    devices = (device("a", unit=1), device("b", unit=2, absent=("p200", "p201", "p202")))
    plan = poll_plan(Installation(links=(modbus_link(502),), devices=devices), PROFILES)
    assert [(r.requests, r.points) for d in plan.devices for r in d.rates] == [(3, 9), (2, 6)]


def test_variables_of_a_server_can_be_absent_too() -> None:
    profile = opcua_profile([("t", "{object}.t"), ("u", "{object}.u")])
    assert [p.name for p in variant_of(profile, ["t"]).points] == ["u"]
