"""Several rates of one device, and several devices on one unit."""

import asyncio
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.assemble import installation_problems
from collectors.installation import Device, Installation
from collectors.lessons import LessonsInMemory
from collectors.modbus.lanes import Lane, Lanes
from collectors.modbus.link import PymodbusLink
from collectors.modbus.planning import plan_blocks
from collectors.modbus.source import Layout, ModbusSource
from collectors.opcua.nodes import NodeReply, NodeValue
from collectors.opcua.source import OpcUaSource
from collectors.plan import poll_plan
from collectors.profiles.node_ids import NodeName
from collectors.profiles.schema import Profile
from collectors.request_time import RequestTime
from collectors.schedule import Agenda, spread
from collectors.several_rates import SeveralRates
from models.readings import DeviceState, Quality
from tests.collectors.builders import (
    device,
    modbus_link,
    modbus_point,
    modbus_profile,
    opcua_profile,
    three_block_profile,
    until,
)
from tests.collectors.running import PROFILES, running
from tests.collectors.scripted_server import ScriptedServer, Unit

SLOW = {"p200": 60.0, "p201": 60.0, "p202": 60.0}
PERIODS_S = [1.0] * 3 + [60.0] * 3 + [1.0] * 3


@given(
    fast_s=st.sampled_from([0.05, 0.1, 1.0, 5.0]),
    times=st.sampled_from([2, 3, 10, 60]),
    devices=st.integers(1, 30),
    ticks=st.integers(2, 200),
)
def test_slow_ticks_are_some_of_the_fast_ones_and_none_is_served_twice(
    fast_s: float, times: int, devices: int, ticks: int
) -> None:
    rates_s = (fast_s, times * fast_s)
    for own in spread([rates_s] * devices):
        agenda, now_s = Agenda(own), own[0].first_s
        assert agenda.due(now_s) == rates_s
        served: list[float] = []
        for _ in range(ticks):
            due = agenda.due(now_s)
            # Never the slow ones alone.
            assert due[0] == fast_s
            served += [now_s] if len(due) == 2 else []
            agenda.served(due, now_s)
            now_s = agenda.next_s(now_s)
        gaps_s = np.diff(served[1:])
        assert gaps_s == pytest.approx(times * fast_s)


def test_the_slow_ticks_of_many_devices_are_spread() -> None:
    firsts = [own[1].phase_s for own in spread([(1.0, 60.0)] * 60)]
    assert max(Counter(int(phase_s) for phase_s in firsts).values()) == 1


def test_a_tick_missed_by_a_slow_poll_is_served_with_the_next_fast_one() -> None:
    [own] = spread([(1.0, 3.0)])
    agenda = Agenda(own)
    agenda.served(agenda.due(0.0), 0.0)
    agenda.served(agenda.due(2.0), 3.5)
    assert agenda.next_s(3.5) == 4.0
    assert agenda.due(4.0) == (1.0, 3.0)


def test_points_of_one_rate_are_read_together_and_holes_hold_the_others() -> None:
    profile = modbus_profile([modbus_point(f"p{a}", a) for a in range(6)])
    fast, slow = plan_blocks(profile, [1.0, 60.0, 60.0, 1.0, 1.0, 60.0])
    assert (fast.address, fast.count, fast.points) == (0, 5, (0, 3, 4))
    assert (slow.address, slow.count, slow.points) == (1, 5, (1, 2, 5))


@pytest.mark.asyncio
async def test_slow_points_are_asked_at_their_own_rate() -> None:
    slow = dict.fromkeys(SLOW, 0.5)
    async with ScriptedServer() as server:
        server.units[1] = Unit()
        devices = [device("d", unit=1, poll_s=0.1, poll_s_of=slow)]
        async with running([modbus_link(server.port)], devices) as run:
            await until(lambda: len([a for a in server.asked if a.address == 200]) >= 4)
        asked = Counter(a.address for a in server.asked)
        assert asked[200] * 3 < asked[100]
        assert abs(asked[100] - asked[300]) <= 1
        slow_s = [a.at_s for a in server.asked if a.address == 200]
        # The first poll is of everything; after it slow ticks keep their distance.
        assert np.diff(slow_s[1:]).min() > 0.25
        assert run.ward.state("d") is DeviceState.OK
        assert len(run.sink.of(run.ids["d.p201"])) < len(run.sink.of(run.ids["d.p101"]))
        assert set(run.sink.all.quality.tolist()) == {Quality.GOOD}


@pytest.mark.asyncio
async def test_slow_points_that_are_refused_are_told_between_their_ticks_too() -> None:
    profile = three_block_profile()
    async with ScriptedServer() as server:
        server.units[1] = Unit(unreadable={201})
        link = PymodbusLink(modbus_link(server.port))
        source = SeveralRates(
            ModbusSource(
                device="d",
                link_id="gw",
                unit=1,
                layout=Layout(profile, PERIODS_S),
                link=link,
                point_ids=range(1, 10),
                poll_s=1.0,
                lessons=LessonsInMemory(),
            ),
            range(1, 10),
            PERIODS_S,
        )
        whole = await source.poll(probe=False, due_s=(1.0, 60.0))
        fast = await source.poll(probe=False, due_s=(1.0,))
        assert (len(whole.batch), len(fast.batch)) == (9, 6)
        assert fast.batch.point_id.tolist() == [1, 2, 3, 7, 8, 9]
        assert set(fast.batch.quality.tolist()) == {Quality.GOOD}
        assert (fast.bad_points, fast.failed_points, fast.other_points) == (1, 1, 3)
        assert fast.error == whole.error is not None
        server.units[1].unreadable.clear()
        await source.poll(probe=False, due_s=(60.0,))
        await link.close()


@pytest.mark.asyncio
async def test_slow_variables_are_asked_at_their_own_rate() -> None:
    class Link:
        async def read(self, nodes: list[NodeName]) -> NodeReply:
            asked.append([node.written for node in nodes])
            at = RequestTime(sent_us=1, received_us=2)
            value = NodeValue(value=1.0, status=0, source_us=1, server_us=1, request=at)
            return NodeReply(values=[value] * len(nodes), clock_offset_us=0)

    asked: list[list[str]] = []
    source = OpcUaSource(
        device="m",
        object_name="M",
        profile=opcua_profile([("t", "{object}.t"), ("u", "{object}.u")]),
        link=Link(),  # type: ignore[arg-type]  # takes a list
        point_ids=(1, 2),
        periods_s=(60.0, 1.0),
    )
    poll = await source.poll(probe=False, due_s=(1.0,))
    assert poll.batch.point_id.tolist() == [2]
    await source.poll(probe=False, due_s=(1.0, 60.0))
    assert [len(names) for names in asked] == [1, 2]


def problems(*devices: Device, profiles: dict[str, Profile] = PROFILES) -> list[str]:
    installation = Installation(links=(modbus_link(502),), devices=devices)
    return list(installation_problems(installation, profiles))


def test_a_rate_of_what_is_not_there_is_a_mistake() -> None:
    assert problems(device("d", unit=1, absent=("p100",), poll_s_of={"p100": 1, "q": 1})) == [
        "device d: point 'p100' is absent and cannot have a rate of its own: take it out of one",
        "device d: profile thing has no point 'q' to poll; use p101, p102, p200, p201, p202, "
        "p300, p301, p302",
    ]


def test_the_plan_counts_each_rate() -> None:
    one = device("a", unit=1, poll_s=1.0, poll_s_of=SLOW)
    plan = poll_plan(
        Installation(links=(modbus_link(502),), devices=(one,)), PROFILES, answer_s=0.03
    )
    [rates] = [d.rates for d in plan.devices]
    assert [(r.poll_s, r.requests, r.points) for r in rates] == [(1.0, 2, 6), (60.0, 1, 3)]
    [link] = plan.links
    assert link.requests_per_s == pytest.approx(2 + 1 / 60)
    assert link.load_ratio == pytest.approx(0.03 * (2 + 1 / 60))
    assert plan.points_per_s == pytest.approx(6 + 3 / 60)


OTHER = modbus_profile([modbus_point("q400", 400)], id="other")


def test_one_unit_may_be_two_devices_but_nothing_is_read_twice() -> None:
    both: dict[str, Profile] = {**PROFILES, "other": OTHER}
    meter, more = device("a", unit=1), device("b", unit=1, profile="other")
    assert problems(meter, more, profiles=both) == []
    assert problems(meter, device("c", unit=1)) == ["device c: reads what a reads already"]
    names = [p.name for p in PROFILES["thing"].points]
    halves = (
        device("a", unit=1, absent=tuple(names[:4])),
        device("b", unit=1, absent=tuple(names[4:])),
    )
    assert problems(*halves) == []
    whatever = of_any_reply_unit(meter, more)
    assert list(installation_problems(whatever, both)) == []


def of_any_reply_unit(*devices: Device) -> Installation:
    return Installation(links=(modbus_link(502, any_reply_unit=True),), devices=devices)


@pytest.mark.asyncio
async def test_two_devices_on_one_unit_are_read_lost_and_found_together() -> None:
    both: dict[str, Profile] = {**PROFILES, "other": OTHER}
    async with ScriptedServer() as server:
        server.units[1] = Unit()
        devices = [device("a", unit=1), device("b", unit=1, profile="other")]
        async with running([modbus_link(server.port)], devices, both) as run:

            def both_are(state: DeviceState) -> bool:
                return run.ward.state("a") is run.ward.state("b") is state

            await until(lambda: both_are(DeviceState.OK))
            server.units[1].kind = "silent"
            await until(lambda: both_are(DeviceState.LOST))
            server.units[1].kind = "normal"
            # Each is left alone for five seconds at most.
            await until(lambda: both_are(DeviceState.OK), limit_s=8.0)
        assert run.sink.of(run.ids["b.q400"]).value.tolist()[0] == 400.0


def test_a_unit_that_answers_one_of_its_devices_is_living() -> None:
    lanes = Lanes(0.1)
    lanes.answered(1, "a")
    lanes.missed(1, 0.1, "b")
    # The first silence may be that of the unit.
    assert lanes.lane(1) is Lane.LOST
    lanes.answered(1, "a")
    for _ in range(3):
        lanes.missed(1, 0.1, "b")
        assert lanes.lane(1) is Lane.LIVING
    lanes.missed(1, 0.1, "a")
    assert lanes.lane(1) is Lane.LOST
    lanes.answered(1, "b")
    assert lanes.lane(1) is Lane.LIVING


@pytest.mark.asyncio
async def test_the_next_poll_of_the_faster_device_of_a_unit_is_kept_free() -> None:
    lanes = Lanes(0.2)
    lanes.missed(3, 0.2)
    lanes.answered(1, "fast")
    lanes.expect(1, 0.1, "fast")
    lanes.expect(1, 60.0, "slow")
    order: list[int] = []

    async def ask(unit: int) -> None:
        async with lanes.turn(unit):
            order.append(unit)
            lanes.answered(unit)

    async with asyncio.timeout(2), asyncio.TaskGroup() as group:
        # Never asked: it would take the link for two tenths of a second at the worst, and another
        # one has just done so.
        group.create_task(ask(2))
        await asyncio.sleep(0.05)
        assert order == []
        group.create_task(ask(1))
        await asyncio.sleep(0.0)
        lanes.expect(1, 60.0, "fast")
    assert order == [1, 2]
