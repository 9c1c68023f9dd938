"""The last raw words of each point, kept by the collectors, against real servers."""

import asyncio
import struct
from collections.abc import Sequence

import pytest

from collectors.errors import CollectorError
from collectors.installation import Installation
from collectors.lessons import LessonsInMemory
from collectors.memory import Memory
from collectors.modbus.link import PymodbusLink
from collectors.modbus.source import Layout, ModbusSource
from collectors.opcua.link import AsyncuaLink
from collectors.opcua.source import OpcUaSource
from collectors.profiles.schema import ModbusProfile
from collectors.raw import RawPoint, RawRegisters, RawVariable
from collectors.runner import run_collectors
from models.readings import Quality
from tests.collectors.builders import (
    NAMESPACE,
    Sink,
    Ward,
    device,
    modbus_link,
    modbus_point,
    modbus_profile,
    opcua_link,
    opcua_profile,
    three_block_profile,
    until,
)
from tests.collectors.opcua_peer import free_port, serving
from tests.collectors.scripted_server import ScriptedServer, Unit

FLOAT = struct.unpack(">HH", struct.pack(">f", 231.75))


def source_on(
    link: PymodbusLink, profile: ModbusProfile, periods_s: Sequence[float] | None = None
) -> ModbusSource:
    return ModbusSource(
        device="thing",
        link_id="gw",
        unit=1,
        layout=Layout(profile, periods_s),
        link=link,
        point_ids=range(1, len(profile.points) + 1),
        poll_s=1.0,
        lessons=LessonsInMemory(),
    )


def by_key(points: Sequence[RawPoint]) -> dict[str, RawPoint]:
    return {one.key: one for one in points}


def words_of(point: RawPoint) -> tuple[int, ...]:
    assert isinstance(point.raw, RawRegisters)
    return point.raw.words


@pytest.mark.asyncio
async def test_words_are_kept_as_they_came_with_where_and_when() -> None:
    profile = modbus_profile(
        [
            modbus_point("state", 300),
            modbus_point(
                "volts", 100, type="f32", quantity="voltage", unit="V", word_order="little"
            ),
            modbus_point("far", 7, space="input"),
        ]
    )
    told = {100: FLOAT[1], 101: FLOAT[0], 300: 0xBEEF, 7: 1}
    async with ScriptedServer() as server:
        server.units[1] = Unit(value=lambda address: told.get(address, 0))
        link = PymodbusLink(modbus_link(server.port))
        source = source_on(link, profile)
        assert source.raw() == []  # never read: nothing, and no zeros
        poll = await source.poll(probe=False)
        await link.close()

    kept = by_key(source.raw())
    assert {key: one.raw for key, one in kept.items()} == {
        "thing.state": RawRegisters(unit=1, space="holding", address=300, words=(0xBEEF,)),
        "thing.volts": RawRegisters(
            unit=1, space="holding", address=100, words=(FLOAT[1], FLOAT[0])
        ),
        "thing.far": RawRegisters(unit=1, space="input", address=7, words=(1,)),
    }
    times = dict(zip(("thing.state", "thing.volts", "thing.far"), poll.batch.ts_us, strict=True))
    assert {key: one.read_us for key, one in kept.items()} == times
    assert poll.batch.value[1] == 231.75
    assert {(one.failed_us, one.failure) for one in kept.values()} == {(None, None)}


@pytest.mark.asyncio
async def test_a_failed_read_keeps_the_last_good_words_and_says_so() -> None:
    counter = {"n": 1}
    async with ScriptedServer() as server:
        unit = server.units[1] = Unit(value=lambda address: address + counter["n"])
        link = PymodbusLink(modbus_link(server.port, timeout_s=0.1))
        source = source_on(link, three_block_profile())
        await source.poll(probe=False)
        before = by_key(source.raw())

        counter["n"], unit.unreadable = 2, {201}
        poll = await source.poll(probe=False)
        after = by_key(source.raw())
        assert Quality(int(poll.batch.quality[4])) is Quality.BAD
        refused = after["thing.p201"]
        assert (refused.read_us, refused.raw) == (
            before["thing.p201"].read_us,
            before["thing.p201"].raw,
        )
        assert refused.failed_us == poll.batch.ts_us[4]
        assert refused.failure == "holding 201..201 of unit 1: refused with exception 2"
        assert words_of(after["thing.p200"]) == (202,)
        assert after["thing.p200"].failure is None

        unit.kind = "silent"
        with pytest.raises(CollectorError):
            await source.poll(probe=True)
        silent = by_key(source.raw())
        assert all("no answer" in str(one.failure) for one in silent.values())
        assert words_of(silent["thing.p200"]) == (202,)

        unit.kind, unit.unreadable = "normal", set()
        await source.poll(probe=True)
        assert by_key(source.raw())["thing.p100"].failure is None
        await link.close()


@pytest.mark.asyncio
async def test_a_point_that_was_never_read_has_a_failure_and_no_words() -> None:
    async with ScriptedServer() as server:
        server.units[1] = Unit(unreadable={201})
        link = PymodbusLink(modbus_link(server.port))
        source = source_on(link, three_block_profile())
        await source.poll(probe=False)
        await link.close()
    refused = by_key(source.raw())["thing.p201"]
    assert (refused.read_us, refused.raw) == (None, None)
    assert refused.failed_us is not None


@pytest.mark.asyncio
async def test_slow_points_keep_their_words_while_the_fast_are_read() -> None:
    counter = {"n": 1}
    periods_s = [1.0, 60.0, 1.0] * 3
    async with ScriptedServer() as server:
        server.units[1] = Unit(value=lambda address: address + counter["n"])
        link = PymodbusLink(modbus_link(server.port))
        source = source_on(link, three_block_profile(), periods_s)
        assert source.raw() == []
        await source.poll(probe=False, due_s=[1.0])
        assert set(by_key(source.raw())) == {
            f"thing.p{block + n}" for block in (100, 200, 300) for n in (0, 2)
        }
        await source.poll(probe=False, due_s=[1.0, 60.0])
        counter["n"] = 5
        await source.poll(probe=False, due_s=[1.0])
        await link.close()
    kept = by_key(source.raw())
    assert words_of(kept["thing.p100"]) == (105,)
    assert words_of(kept["thing.p101"]) == (102,)
    slow, fast = kept["thing.p101"].read_us, kept["thing.p100"].read_us
    assert slow is not None
    assert fast is not None
    assert slow < fast


@pytest.mark.asyncio
async def test_variables_are_kept_with_type_status_and_source_time() -> None:
    port = free_port()
    profile = opcua_profile([("a", "{object}.a"), ("b", "{object}.b"), ("c", "{object}.c")])
    async with serving(port, {"M1.a": 20.5, "M1.b": 63.0}) as peer:
        link = AsyncuaLink(opcua_link(port))
        source = OpcUaSource(
            device="m1", object_name="M1", profile=profile, link=link, point_ids=(1, 2, 3)
        )
        assert source.raw() == []
        await source.poll(probe=False)
        first = by_key(source.raw())
        variable = first["m1.a"].raw
        assert isinstance(variable, RawVariable)
        assert variable.node == f"nsu={NAMESPACE};s=M1.a"
        assert (variable.data_type, variable.value, variable.status) == ("Double", 20.5, 0)
        assert variable.source_us is not None
        assert first["m1.c"].raw is None
        assert "BadNodeIdUnknown" in str(first["m1.c"].failure)

        await peer.set("M1.a", 900.0, status=0x40000000)
        await peer.set("M1.b", 64.0, status=0x80050000)
        await source.poll(probe=False)
        second = by_key(source.raw())
        await link.close()
    doubtful = second["m1.a"].raw
    assert isinstance(doubtful, RawVariable)
    # The value that cannot be, as it came: nothing is made of it yet.
    assert (doubtful.value, doubtful.status) == (900.0, 0x40000000)
    assert second["m1.b"].raw == first["m1.b"].raw
    assert "BadCommunicationError" in str(second["m1.b"].failure)


@pytest.mark.asyncio
async def test_the_collectors_of_a_site_show_their_sources() -> None:
    memory, stop, ward = Memory(), asyncio.Event(), Ward()
    assert list(memory.raw.sources) == []
    async with ScriptedServer() as server, asyncio.TaskGroup() as tasks:
        server.units[1] = Unit()
        installation = Installation(
            links=(modbus_link(server.port),), devices=(device("d1", unit=1, poll_s=0.1),)
        )
        profile = three_block_profile()
        ids = {f"d1.{point.name}": n for n, point in enumerate(profile.points)}
        profiles = {"thing": profile}
        tasks.create_task(
            run_collectors(installation, profiles, ids, Sink(), ward, stop=stop, memory=memory)
        )
        await until(lambda: any(source.raw() for source in memory.raw.sources))
        stop.set()
    [source] = memory.raw.sources
    assert {one.key for one in source.raw()} == set(ids)
