"""A gateway whose dead units would take all of its time: the living keep theirs."""

import asyncio
import itertools
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from collectors.errors import LinkTimeout
from collectors.installation import Device
from collectors.modbus.lanes import LONGEST_WAIT_TRIALS, PATIENCE_TRIALS, Lane, Lanes
from collectors.modbus.link import PymodbusLink
from collectors.profiles.schema import Profile
from models.readings import DeviceState
from tests.collectors.builders import block, device, modbus_link, three_block_profile, until
from tests.collectors.running import Run, running
from tests.collectors.scripted_server import ScriptedServer, Unit

POLL_S = 0.5
TIMEOUT_S = 0.12
BUS_S = 0.1
LIVING = 7
# What a shared test machine may add to any wait.
SLACK_S = 0.25
PROFILES: dict[str, Profile] = {"thing": three_block_profile()}


def units(count: int, others_poll_s: float) -> list[Device]:
    return [
        device(f"d{u}", unit=u, poll_s=POLL_S if u == LIVING else others_poll_s)
        for u in range(1, count + 1)
    ]


@asynccontextmanager
async def gateway(
    count: int, dead: Sequence[int] = (), *, others_poll_s: float = POLL_S
) -> AsyncIterator[tuple[ScriptedServer, Run]]:
    async with ScriptedServer(bus_s=BUS_S) as server:
        for unit in dead:
            server.units[unit] = Unit(kind="silent")
        link = modbus_link(server.port, timeout_s=TIMEOUT_S)
        async with running([link], units(count, others_poll_s), PROFILES) as run:
            yield server, run


def gaps_s(run: Run, since_s: float) -> list[float]:
    """Times between the readings of the last point of the living unit, from an instant on."""
    at_s = run.sink.of(run.ids[f"d{LIVING}.p302"]).received_us / 1e6
    return [b - a for a, b in itertools.pairwise(at_s.tolist()) if a >= since_s]


def states(run: Run, count: int) -> set[DeviceState | None]:
    return {run.ward.state(f"d{u}") for u in range(1, count + 1)}


def assert_steady(gaps: Sequence[float]) -> None:
    assert len(gaps) > 4
    assert statistics.mean(gaps) == pytest.approx(POLL_S, rel=0.1)
    assert statistics.median(gaps) == pytest.approx(POLL_S, rel=0.1)
    assert max(gaps) < POLL_S + TIMEOUT_S + SLACK_S


@pytest.mark.asyncio
async def test_the_last_living_of_twenty_keeps_its_cadence_and_all_come_back() -> None:
    async with gateway(20) as (server, run):
        await until(lambda: states(run, 20) == {DeviceState.OK})
        died_s = time.time()
        for unit in range(1, 21):
            server.units[unit].kind = "normal" if unit == LIVING else "silent"
        await asyncio.sleep(7.0)
        assert states(run, 20) == {DeviceState.OK, DeviceState.LOST}
        first, *later = gaps_s(run, died_s - POLL_S)
        # nothing tells the living one from the others until each was asked once
        assert first < POLL_S + 19 * TIMEOUT_S + SLACK_S
        assert_steady(later)
        for unit in range(1, 21):
            server.units[unit].kind = "normal"
        # a lost device is left alone for five seconds at most
        took_s = await until(lambda: states(run, 20) == {DeviceState.OK}, 12.0)
        assert took_s < 5.0 + 2 * POLL_S + 20 * TIMEOUT_S


@pytest.mark.asyncio
@pytest.mark.timeout(40)
async def test_one_living_among_two_hundred_dead_is_found_at_the_start_and_kept() -> None:
    count = 201
    dead = [u for u in range(1, count + 1) if u != LIVING]
    # all at half a second would be more than the gateway can carry once they are back
    async with gateway(count, dead, others_poll_s=2.5) as (server, run):
        await until(lambda: run.ward.state(f"d{LIVING}") is DeviceState.OK, 5.0)
        found_s = time.time()
        await asyncio.sleep(5.0)
        assert_steady(gaps_s(run, found_s - POLL_S))
        # and the dead are still asked, or none would be found when it comes back
        asked = {a.unit for a in server.asked if a.unit != LIVING}
        assert len(asked) > 10
        for unit in dead:
            server.units[unit].kind = "normal"
        # which a lost device notices after five seconds at most
        await until(lambda: states(run, count) == {DeviceState.OK}, 12.0)


@pytest.mark.asyncio
async def test_a_unit_that_comes_last_in_a_dead_row_is_found_in_one_round() -> None:
    dead = [u for u in range(1, 31) if u != 30]
    async with gateway(30, dead) as (server, run):
        took_s = await until(lambda: run.ward.state("d30") is DeviceState.OK, 8.0)
        assert took_s < 29 * TIMEOUT_S + POLL_S + SLACK_S
        assert [a.unit for a in server.asked].index(30) == 29


@pytest.mark.asyncio
async def test_lost_units_take_a_fifth_of_a_busy_link_at_most() -> None:
    async with ScriptedServer() as server:
        link = PymodbusLink(modbus_link(server.port, timeout_s=TIMEOUT_S))
        for unit in range(1, 9):
            server.units[unit] = Unit(kind="silent")

        async def ask(unit: int) -> None:
            while True:
                with pytest.raises(LinkTimeout):
                    await link.read(unit, block(100, 1))

        async def healthy(end_s: float) -> float:
            longest_s = 0.0
            while (started_s := time.monotonic()) < end_s:
                await link.read(20, block(100, 1))
                longest_s = max(longest_s, time.monotonic() - started_s)
                link.expect(20, 0.01)
                await asyncio.sleep(0.01)
            return longest_s

        await link.read(20, block(100, 1))
        asking = [asyncio.create_task(ask(u)) for u in range(1, 9)]
        # until each was found silent
        await healthy(time.monotonic() + 8 * 2.5 * TIMEOUT_S)
        server.asked.clear()
        span_s = 20 * TIMEOUT_S
        longest_s = await healthy(time.monotonic() + span_s)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        await link.close()
        assert 2 <= sum(a.unit < 9 for a in server.asked) <= 1 + span_s / (5 * TIMEOUT_S)
        assert longest_s < TIMEOUT_S + SLACK_S


@pytest.mark.asyncio
async def test_who_failed_once_comes_before_who_failed_often() -> None:
    lanes = Lanes(0.02)
    order: list[int] = []

    async def ask(unit: int) -> None:
        async with lanes.turn(unit):
            order.append(unit)

    for unit, misses in ((1, 9), (2, 1), (3, 0)):
        for _ in range(misses):
            lanes.missed(unit, 0.0)
    lanes.answered(4)
    async with asyncio.timeout(2), asyncio.TaskGroup() as group, lanes.turn(9):
        for unit in (1, 2, 3, 4):
            group.create_task(ask(unit))
        await asyncio.sleep(0)
    assert order == [4, 3, 2, 1]


@pytest.mark.asyncio
async def test_of_lost_units_the_one_not_tried_longest_comes_first() -> None:
    lanes = Lanes(0.02)
    order: list[int] = []

    async def ask(unit: int) -> None:
        async with lanes.turn(unit):
            order.append(unit)

    for _ in range(9):
        for unit in (1, 2, 3):
            lanes.missed(unit, 0.0)
    for unit in (3, 1, 2):
        await ask(unit)
    order.clear()
    async with asyncio.timeout(2), asyncio.TaskGroup() as group, lanes.turn(9):
        # who comes again and again does not push in
        for unit in (2, 1, 3):
            group.create_task(ask(unit))
        await asyncio.sleep(0)
    assert order == [3, 1, 2]


@pytest.mark.asyncio
async def test_of_doubted_units_the_one_that_answered_last_comes_first() -> None:
    lanes = Lanes(0.02)
    order: list[int] = []

    async def ask(unit: int) -> None:
        async with lanes.turn(unit):
            order.append(unit)

    for unit in (9, 2, 1, 3):
        lanes.answered(unit)
        await asyncio.sleep(0.001)
    async with asyncio.timeout(2), asyncio.TaskGroup() as group, lanes.turn(9):
        lanes.missed(9, 0.0)
        # 4 was never asked
        for unit in (1, 2, 3, 4):
            group.create_task(ask(unit))
        await asyncio.sleep(0)
    assert order == [3, 1, 2, 4]


@pytest.mark.asyncio
async def test_a_lost_unit_for_which_there_is_no_time_is_an_answer_in_time() -> None:
    trial_s = 0.02
    lanes = Lanes(trial_s)
    lanes.missed(1, 0.0)
    started_s = time.monotonic()
    async with lanes.turn(9):
        with pytest.raises(LinkTimeout, match="no time to ask it"):
            async with lanes.turn(1):
                pass
    assert time.monotonic() - started_s < LONGEST_WAIT_TRIALS * trial_s + SLACK_S
    # its place is free again
    async with asyncio.timeout(1), lanes.turn(1):
        pass


@pytest.mark.asyncio
async def test_a_living_unit_that_falls_silent_puts_the_others_in_doubt() -> None:
    lanes = Lanes(0.02)
    assert lanes.lane(1) is Lane.DOUBTED
    for unit in (1, 2, 3):
        lanes.answered(unit)
    assert {lanes.lane(u) for u in (1, 2, 3)} == {Lane.LIVING}
    lanes.missed(1, 0.0)
    assert [lanes.lane(u) for u in (1, 2, 3)] == [Lane.LOST, Lane.DOUBTED, Lane.DOUBTED]
    await asyncio.sleep(0.001)
    lanes.answered(2)
    lanes.missed(3, 0.0)
    assert [lanes.lane(u) for u in (1, 2, 3)] == [Lane.LOST, Lane.LIVING, Lane.LOST]


@pytest.mark.asyncio
async def test_a_link_that_never_rests_still_serves_a_doubted_unit() -> None:
    trial_s = 0.02
    lanes = Lanes(trial_s)
    for unit in (1, 2):
        lanes.answered(unit)

    async def busy(unit: int) -> None:
        while True:
            async with lanes.turn(unit):
                await asyncio.sleep(0.002)
            lanes.expect(unit, 0.0)

    tasks = [asyncio.create_task(busy(u)) for u in (1, 2)]
    await asyncio.sleep(trial_s)
    started_s = time.monotonic()
    async with asyncio.timeout(2), lanes.turn(3):
        waited_s = time.monotonic() - started_s
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert 0.5 * PATIENCE_TRIALS * trial_s < waited_s < PATIENCE_TRIALS * trial_s + SLACK_S


@pytest.mark.asyncio
async def test_a_link_that_never_rests_takes_all_back_that_answer_again() -> None:
    trial_s = 0.05
    lanes = Lanes(trial_s)
    lanes.answered(1)
    lost = range(2, 12)
    for unit in lost:
        lanes.missed(unit, 0.0)

    async def ask(unit: int) -> None:
        async with lanes.turn(unit):
            await asyncio.sleep(0.001)
            lanes.answered(unit)

    async def busy() -> None:
        while True:
            await ask(1)
            lanes.expect(1, 0.0)

    lanes.expect(1, 0.0)
    living = [asyncio.create_task(busy()) for _ in range(2)]
    started_s = time.monotonic()
    async with asyncio.timeout(2), asyncio.TaskGroup() as group:
        for unit in lost:
            group.create_task(ask(unit))
    took_s = time.monotonic() - started_s
    for task in living:
        task.cancel()
    await asyncio.gather(*living, return_exceptions=True)
    assert 0.5 * PATIENCE_TRIALS * trial_s < took_s < 2 * PATIENCE_TRIALS * trial_s + SLACK_S


@pytest.mark.asyncio
async def test_a_waiter_that_is_cancelled_passes_its_turn_on() -> None:
    lanes = Lanes(0.02)
    waiting = asyncio.Event()

    async def ask(unit: int) -> None:
        waiting.set()
        async with lanes.turn(unit):
            await asyncio.sleep(0)

    async with lanes.turn(9):
        first, second = (asyncio.create_task(ask(u)) for u in (1, 2))
        await waiting.wait()
    # the turn is given to the first, which is cancelled before it can take it
    first.cancel()
    async with asyncio.timeout(1):
        await asyncio.gather(first, return_exceptions=True)
        await second


@pytest.mark.asyncio
async def test_a_turn_is_not_given_to_who_has_just_stopped_waiting() -> None:
    lanes = Lanes(0.02)

    async def ask(unit: int) -> None:
        async with lanes.turn(unit):
            await asyncio.sleep(0)

    async with lanes.turn(9):
        first, second = (asyncio.create_task(ask(u)) for u in (1, 2))
        await asyncio.sleep(0)
        # it is told to stop, and the turn becomes free before it has done so
        first.cancel()
    async with asyncio.timeout(1):
        await asyncio.gather(first, return_exceptions=True)
        await second
    assert first.cancelled()
