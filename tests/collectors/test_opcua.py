"""OPC UA against a real server: status, times, missing nodes, restarts, silence."""

import asyncio
import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TypeAlias

import pytest
import pytest_asyncio

from collectors.errors import CollectorError, DeviceRefused, LinkDown, LinkError, LinkTimeout
from collectors.installation import Link
from collectors.opcua.link import AsyncuaLink
from collectors.opcua.source import OpcUaSource
from collectors.polling import Poll
from collectors.profiles.node_ids import NodeName
from collectors.profiles.schema import Profile
from models.readings import DeviceState, Quality
from models.trouble.trouble import Trouble
from tests.collectors.builders import (
    NAMESPACE,
    device,
    modbus_link,
    named,
    opcua_link,
    opcua_profile,
    until,
)
from tests.collectors.opcua_peer import OpcUaPeer, free_port, serving
from tests.collectors.relay import Relay, RelayFault, Wait
from tests.collectors.running import POLL_S, PROFILES, running, units
from tests.collectors.scripted_server import ScriptedServer

# One server for the module: the library needs a second or two to build one.
shared = pytest.mark.asyncio(loop_scope="module")
VARIABLES = {"M1.a": 20.5, "M1.b": 63.0}


def source_of(link: AsyncuaLink, *, nodes: tuple[str, ...] = ("a", "b")) -> OpcUaSource:
    profile = opcua_profile([(n, f"{{object}}.{n}") for n in nodes])
    return OpcUaSource(
        device="m1",
        object_name="M1",
        profile=profile,
        link=link,
        point_ids=range(1, len(nodes) + 1),
    )


@asynccontextmanager
async def linked(port: int, **changes: object) -> AsyncIterator[AsyncuaLink]:
    link = AsyncuaLink(opcua_link(port, **changes))
    try:
        yield link
    finally:
        await link.close()


Machine: TypeAlias = tuple[OpcUaPeer, AsyncuaLink, int]
MANY = {f"M1.n{i}": float(i % 100) for i in range(60)}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def machine() -> AsyncIterator[Machine]:
    port = free_port()
    async with serving(port, VARIABLES | MANY) as peer, linked(port) as link:
        yield peer, link, port


def qualities(poll: Poll) -> list[Quality]:
    return [Quality(q) for q in poll.batch.quality.tolist()]


async def poll_until_answered(source: OpcUaSource) -> Poll:
    async with asyncio.timeout(6):
        while True:
            try:
                return await source.poll(probe=True)
            except CollectorError:
                await asyncio.sleep(0.1)


@shared
async def test_values_status_and_times(machine: Machine) -> None:
    peer, link, _ = machine
    await peer.set("M1.a", 20.5)
    await peer.set("M1.b", 63.0)
    source = source_of(link)
    poll = await source.poll(probe=False)
    assert poll.batch.value.tolist() == [20.5, 63.0]
    assert qualities(poll) == [Quality.GOOD, Quality.GOOD]
    assert (poll.batch.ts_us < poll.batch.received_us).all()

    await peer.set("M1.a", 21.0, status=0x40000000)
    await peer.set("M1.b", 64.0, status=0x80050000)
    poll = await source.poll(probe=False)
    assert qualities(poll) == [Quality.UNCERTAIN, Quality.BAD]
    assert poll.batch.value[0] == 21.0
    assert math.isnan(poll.batch.value[1])
    assert poll.error is not None
    assert "M1.b: BadCommunicationError (0x80050000)" in poll.error.detail
    assert poll.error.trouble is Trouble.BEHIND_SERVER
    assert "M1.a: Uncertain (0x40000000)" in str(poll.doubt)

    await peer.set("M1.a", 900.0)
    await peer.set("M1.b", math.nan)
    poll = await source.poll(probe=False)
    assert qualities(poll) == [Quality.OUT_OF_RANGE, Quality.NOT_AVAILABLE]


@shared
async def test_an_unchanged_value_is_read_anew_each_time(machine: Machine) -> None:
    peer, link, _ = machine
    # An idle meter: changed two hours ago, and the server has not looked at it since.
    await peer.set("M1.a", 21.0, skew=timedelta(hours=-2), server_age=timedelta(hours=2))
    await peer.set("M1.b", 64.0, has_time=False)
    source = source_of(link)
    polls = [await source.poll(probe=False) for _ in range(3)]
    for poll in polls:
        assert qualities(poll) == [Quality.GOOD, Quality.GOOD]
        assert poll.doubt is None
        assert abs(float(poll.clock_offset_s or 0.0)) < 5.0
        assert (poll.batch.received_us - poll.batch.ts_us < 1_000_000).all()
    times = [int(poll.batch.ts_us[0]) for poll in polls]
    assert times == sorted(set(times))


@shared
async def test_a_source_time_in_the_future_is_named_and_does_not_place_the_reading(
    machine: Machine,
) -> None:
    peer, link, _ = machine
    await peer.set("M1.a", 21.0, skew=timedelta(seconds=30))
    await peer.set("M1.b", 64.0)
    poll = await source_of(link).poll(probe=False)
    assert qualities(poll) == [Quality.UNCERTAIN, Quality.GOOD]
    assert poll.batch.value.tolist() == [21.0, 64.0]
    assert (poll.batch.ts_us <= poll.batch.received_us).all()
    assert poll.clock_offset_s == pytest.approx(30.0, abs=2.0)
    assert poll.doubt is not None
    assert re.match(r"M1\.a: changed (29|30) s ahead of us.*behind the server", poll.doubt.detail)


@pytest.mark.asyncio
async def test_the_clock_of_a_server_is_measured_and_named_as_the_reason() -> None:
    port = free_port()
    profiles: dict[str, Profile] = {"machine": opcua_profile([("t", "{object}.a")])}
    devices = [device("m1", link="bms", profile="machine", object="M1", poll_s=POLL_S)]
    async with serving(port, VARIABLES) as peer:
        async with running([opcua_link(port)], devices, profiles) as run:
            await until(lambda: run.ward.state("m1") is DeviceState.OK)
            assert abs(float(run.ward.latest("m1").clock_offset_s or 0.0)) < 5.0
            peer.show_time(timedelta(hours=-2))
            await until(lambda: run.ward.state("m1") is DeviceState.DEGRADED)
            health = run.ward.latest("m1")
            assert health.clock_offset_s == pytest.approx(-7200.0, abs=2.0)
            assert health.bad_points == 0
            assert "7200 s behind" in str(health.last_error)
            peer.show_time(timedelta())
            await until(lambda: run.ward.state("m1") is DeviceState.OK)
        stored = run.sink.of(run.ids["m1.t"])
        assert set(stored.quality.tolist()) == {Quality.GOOD, Quality.UNCERTAIN}
        assert (abs(stored.ts_us - stored.received_us) < 2_000_000).all()


@shared
async def test_a_missing_node_costs_its_own_point_only(machine: Machine) -> None:
    peer, link, _ = machine
    await peer.set("M1.a", 20.5)
    await peer.set("M1.b", 63.0)
    poll = await source_of(link, nodes=("a", "gone", "b")).poll(probe=False)
    assert qualities(poll) == [Quality.GOOD, Quality.BAD, Quality.GOOD]
    assert (poll.bad_points, poll.failed_points) == (1, 1)


@shared
async def test_a_missing_namespace_names_what_there_is(machine: Machine) -> None:
    _, link, _ = machine
    with pytest.raises(DeviceRefused, match=NAMESPACE):
        await link.read([NodeName("urn:test:none", "M1.a", "M1.a")])


@shared
async def test_large_reads_are_split_and_keep_their_order(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, link, _ = machine
    monkeypatch.setattr(link, "_nodes_per_read", 7)
    reply = await link.read([named(one) for one in MANY])
    assert [v.value for v in reply.values] == list(MANY.values())


@pytest.mark.asyncio
async def test_a_restarted_server_with_other_namespace_numbers() -> None:
    port = free_port()
    async with linked(port) as link:
        source = source_of(link)
        with pytest.raises(LinkDown):
            await source.poll(probe=False)
        async with serving(port, VARIABLES):
            await poll_until_answered(source)
        with pytest.raises(LinkError):
            await source.poll(probe=False)
        async with serving(port, VARIABLES, namespaces_before=2) as peer:
            await peer.set("M1.a", 22.0)
            poll = await poll_until_answered(source)
            assert poll.batch.value.tolist() == [22.0, 63.0]


@shared
async def test_devices_share_one_session(machine: Machine) -> None:
    peer, link, _ = machine
    await peer.set("M1.a", 20.5)
    await peer.set("M1.b", 63.0)
    sources = [source_of(link) for _ in range(5)]
    polls = await asyncio.gather(*(s.poll(probe=False) for s in sources))
    assert [p.batch.value.tolist() for p in polls] == [[20.5, 63.0]] * 5
    client = link._client
    await sources[0].poll(probe=False)
    assert link._client is client


@shared
async def test_a_server_that_stops_answering_is_bounded(machine: Machine) -> None:
    peer, _, port = machine
    async with Relay(port) as relay, linked(relay.port, timeout_s=0.3) as link:
        source = source_of(link)
        await source.poll(probe=False)
        await relay.begin(RelayFault(script=lambda _: []))
        for _ in range(4):
            started = asyncio.get_running_loop().time()
            with pytest.raises((LinkTimeout, LinkDown)):
                await source.poll(probe=True)
            assert asyncio.get_running_loop().time() - started < 2.0
        await relay.end()
        await peer.set("M1.a", 23.0)
        poll = await poll_until_answered(source)
        assert poll.batch.value[0] == 23.0


@shared
async def test_an_answer_in_the_last_moment_never_ends_a_poll_without_a_word(
    machine: Machine,
) -> None:
    _, _, port = machine

    async def ask_late(delay_s: float) -> None:
        async with Relay(port) as relay, linked(relay.port, timeout_s=0.5) as link:
            await relay.begin(RelayFault(script=lambda data: [Wait(delay_s), data]))
            with suppress(LinkError):
                await link.read([named("M1.a")])

    # A session takes some answers: of many delays one brings an answer just when the time is up.
    asked = [ask_late(0.005 * number) for number in range(140)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [one for one in outcomes if one is not None] == []


@shared
async def test_both_protocols_side_by_side(machine: Machine) -> None:
    peer, _, port = machine
    await peer.set("M1.a", 63.5)
    profiles: dict[str, Profile] = PROFILES | {"machine": opcua_profile([("t", "{object}.a")])}
    devices = [
        *units(1),
        device("m1", link="bms", profile="machine", object="M1", poll_s=POLL_S),
        device("m2", link="bms", profile="machine", object="M2", poll_s=POLL_S),
    ]
    async with ScriptedServer() as server:
        links: list[Link] = [modbus_link(server.port), opcua_link(port)]
        async with running(links, devices, profiles) as run:
            await until(lambda: run.ward.state("m1") is DeviceState.OK)
            # the server lives, and M2 is not there
            await until(lambda: run.ward.state("m2") is DeviceState.LOST)
        assert set(run.sink.of(run.ids["m1.t"]).value.tolist()) == {63.5}
        assert set(run.sink.of(run.ids["m2.t"]).quality.tolist()) == {Quality.BAD}
        assert run.ward.state("d1") is DeviceState.OK
