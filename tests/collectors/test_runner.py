"""The whole of the collectors on real sockets: dead, slow and returning devices."""

import asyncio
import math
import time
from collections.abc import Callable
from typing import Any

import pytest

from collectors.assemble import installation_problems
from collectors.errors import InstallationError
from collectors.installation import Installation
from collectors.plan import poll_plan
from collectors.polling import Poll, measured_poll
from collectors.profiles.schema import Profile
from collectors.runner import run_collectors
from collectors.stats import CollectorStats
from models.readings import DeviceState, Quality
from tests.collectors.builders import (
    Sink,
    Ward,
    device,
    ids_of,
    modbus_link,
    opcua_link,
    opcua_profile,
    until,
)
from tests.collectors.running import POLL_S, PROFILES, TIMEOUT_S, running, units
from tests.collectors.scripted_server import ScriptedServer, Unit

# What a shared test machine may add to any wait.
SLACK_S = 0.4


@pytest.mark.asyncio
async def test_readings_arrive_combined_and_stop_hands_everything_over() -> None:
    async with ScriptedServer() as server:
        async with running([modbus_link(server.port)], units(5)) as run:
            await asyncio.sleep(1.5)
        everything = run.sink.all
        assert set(everything.point_id.tolist()) == set(run.ids.values())
        assert set(everything.quality.tolist()) == {Quality.GOOD}
        assert len(everything) == run.stats.rows_read_total == run.stats.rows_accepted_total
        assert run.stats.rows_dropped_total == run.stats.failures_total == 0
        # 5 devices x 10 polls a second x 9 points, in about 4 batches a second
        assert 300 < len(everything) <= 5 * 17 * 9
        assert len(run.sink.batches) <= 8
        assert {run.ward.state(f"d{u}") for u in range(1, 6)} == {DeviceState.OK}
        assert server.connections == 1


@pytest.mark.asyncio
async def test_one_dead_device_delays_nobody_beyond_one_timeout_and_returns() -> None:
    async with ScriptedServer() as server:
        link = modbus_link(server.port, timeout_s=TIMEOUT_S)
        async with running([link], units(6)) as run:
            await until(lambda: run.ward.state("d3") is DeviceState.OK)
            server.units[3].kind = "silent"
            await until(lambda: run.ward.state("d3") is DeviceState.LOST)
            last_us = int(run.sink.of(run.ids["d3.p100"]).received_us.max())
            asked = len(server.requests_of(3))
            await asyncio.sleep(3.0)
            # no reading is made up for a silent device, and it is asked little
            silent = run.sink.of(run.ids["d3.p100"])
            assert int(silent.received_us.max()) == last_us
            assert len(server.requests_of(3)) - asked <= 6
            for unit in (1, 2, 4, 5, 6):
                assert run.ward.state(f"d{unit}") is DeviceState.OK
                gap_s = run.sink.longest_gap_s(run.ids[f"d{unit}.p100"])
                assert gap_s < POLL_S + 2 * TIMEOUT_S + SLACK_S
            server.units[3].kind = "normal"
            # its back-off at this point is capped at 5 s
            took_s = await until(lambda: run.ward.state("d3") is DeviceState.OK, 8.0)
            assert took_s < 5.0 + 2 * POLL_S + SLACK_S
    # of the two requests that found it silent, none delayed another unit twice
    assert run.stats.bugs_total == 0


@pytest.mark.asyncio
async def test_a_pulled_gateway_comes_back_with_all_its_units() -> None:
    async with ScriptedServer() as server, ScriptedServer() as other:
        links = [modbus_link(server.port), modbus_link(other.port, id="gw2")]
        devices = [*units(3), device("e1", link="gw2", unit=1, poll_s=POLL_S)]
        async with running(links, devices) as run:
            await until(lambda: run.ward.state("d3") is DeviceState.OK)
            await server.stop()
            await until(lambda: {run.ward.state(f"d{u}") for u in (1, 2, 3)} == {DeviceState.LOST})
            await server.start()
            await until(lambda: {run.ward.state(f"d{u}") for u in (1, 2, 3)} == {DeviceState.OK}, 8)
        assert run.sink.longest_gap_s(run.ids["e1.p100"]) < POLL_S + SLACK_S
        assert run.ward.latest("e1").failures_total == 0


@pytest.mark.asyncio
async def test_garbage_exceptions_and_partial_answers_are_survived_and_visible() -> None:
    async with ScriptedServer() as server:
        server.units[2] = Unit(kind="garbage")
        server.units[3] = Unit(kind="exception", code=4)
        server.units[4] = Unit(unreadable={200, 201})
        server.units[5] = Unit(kind="short")
        async with running([modbus_link(server.port)], units(5)) as run:
            expected = {
                "d1": DeviceState.OK,
                "d2": DeviceState.LOST,
                "d3": DeviceState.LOST,
                "d4": DeviceState.DEGRADED,
                "d5": DeviceState.LOST,
            }
            await until(lambda: {d: run.ward.state(d) for d in expected} == expected)
            # everything is handed over a moment after it was read
            await asyncio.sleep(0.5)
        assert set(run.sink.of(run.ids["d3.p100"]).quality.tolist()) == {Quality.BAD}
        assert set(run.sink.of(run.ids["d4.p200"]).quality.tolist()) == {Quality.BAD}
        assert all(math.isnan(v) for v in run.sink.of(run.ids["d4.p200"]).value)
        assert set(run.sink.of(run.ids["d4.p202"]).value.tolist()) == {202.0}
        assert len(run.sink.of(run.ids["d2.p100"])) == 0
        assert len(run.sink.of(run.ids["d5.p100"])) == 0
        assert run.ward.latest("d4").bad_points == 2
        assert "exception 4" in str(run.ward.latest("d3").last_error)


@pytest.mark.asyncio
async def test_a_stop_does_not_wait_for_a_silent_device() -> None:
    async with ScriptedServer() as server:
        server.units[1] = Unit(kind="silent")
        server.units[2] = Unit(kind="silent")
        async with running([modbus_link(server.port, timeout_s=0.4)], units(2)) as run:
            await asyncio.sleep(1.0)
            started = time.monotonic()
            run.stop.set()
        assert time.monotonic() - started < 0.4 + 0.5 + SLACK_S


@pytest.mark.asyncio
async def test_an_installation_that_does_not_fit_names_every_mistake() -> None:
    installation = Installation(
        links=(modbus_link(502), opcua_link(4840)),
        devices=(
            device("a", link="nowhere", unit=1),
            device("b", profile="unknown", unit=2),
            device("c", link="bms", object="X"),
            device("d"),
            device("e", unit=3),
            device("f", unit=3),
        ),
    )
    with pytest.raises(InstallationError) as caught:
        await run_collectors(installation, PROFILES, {}, Sink(), Ward(), stop=asyncio.Event())
    text = str(caught.value)
    for part in (
        "device a: link 'nowhere' is not one of gw, bms",
        "device b: there is no profile 'unknown'",
        "device c: link bms speaks opcua, profile thing is for modbus",
        "device d: a Modbus device needs a unit",
        "device f: reads what e reads already",
        "point e.p100 has no id",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("link", "unit_ids", "problem"),
    [
        ({"any_reply_unit": True}, [1, 2], "any_reply_unit is for a link with one unit"),
        ({"any_reply_unit": True, "framing": "rtu"}, [1], "any_reply_unit is for framing mbap"),
        ({"framing": "rtu"}, [0, 1], "nobody answers to unit 0 of a bus"),
    ],
)
def test_a_link_that_cannot_tell_its_units_is_a_mistake(
    link: dict[str, Any], unit_ids: list[int], problem: str
) -> None:
    devices = tuple(device(f"d{u}", unit=u) for u in unit_ids)
    installation = Installation(links=(modbus_link(502, **link),), devices=devices)
    (found,) = installation_problems(installation, PROFILES)
    assert found.startswith(f"link gw: {problem}")


def test_units_that_can_be_told_are_none() -> None:
    one = (device("d0", unit=0),)
    for link in (modbus_link(502), modbus_link(502, any_reply_unit=True)):
        assert not list(installation_problems(Installation(links=(link,), devices=one), PROFILES))


@pytest.mark.asyncio
async def test_a_bug_is_logged_once_and_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with ScriptedServer() as server:
        installation = Installation(links=(modbus_link(server.port),), devices=tuple(units(2)))
        ids = ids_of(installation, PROFILES)
        sink, ward, stats, stop = Sink(), Ward(), CollectorStats(), asyncio.Event()
        monkeypatch.setattr(
            "collectors.modbus.source.measured_poll",
            _raising_for(ids["d1.p100"]),
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(
                run_collectors(installation, PROFILES, ids, sink, ward, stop=stop, stats=stats)
            )
            await until(lambda: ward.state("d1") is DeviceState.LOST)
            await until(lambda: ward.state("d2") is DeviceState.OK)
            stop.set()
        assert stats.bugs_total >= 2
        assert "ZeroDivisionError" in str(ward.latest("d1").last_error)


def _raising_for(point_id: int) -> Callable[..., Poll]:
    """A mistake in our own code, met by one device only."""

    def wrapped(**columns: Any) -> Poll:
        if columns["point_id"][0] == point_id:
            raise ZeroDivisionError
        return measured_poll(**columns)

    return wrapped


def test_the_plan_counts_requests_and_load() -> None:
    links = (modbus_link(502, gap_s=0.02), opcua_link(4840))
    devices = [
        device("a", unit=1, poll_s=2.0),
        device("b", unit=2, poll_s=1.0),
        device("m", link="bms", profile="machine", object="M", poll_s=5.0),
    ]
    profiles: dict[str, Profile] = PROFILES | {
        "machine": opcua_profile([("t", "{object}.t"), ("u", "{object}.u")])
    }
    plan = poll_plan(Installation(links=links, devices=tuple(devices)), profiles, answer_s=0.03)
    assert [(r.requests, r.registers, r.points) for d in plan.devices for r in d.rates] == [
        (3, 9, 9),
        (3, 9, 9),
        (1, 0, 2),
    ]
    modbus, opcua = plan.links
    assert modbus.requests_per_s == pytest.approx(4.5)
    assert modbus.load_ratio == pytest.approx(4.5 * 0.05)
    assert (modbus.devices, opcua.devices) == (2, 1)
    assert plan.points_per_s == pytest.approx(13.5 + 0.4)
