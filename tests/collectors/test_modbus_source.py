"""One Modbus device on real sockets: keep what was read, show what was not, learn."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from collectors.errors import LinkTimeout
from collectors.lessons import LessonsInMemory
from collectors.modbus.book import QUARANTINE_S
from collectors.modbus.link import PymodbusLink
from collectors.modbus.source import Layout, ModbusSource
from collectors.polling import Poll
from collectors.profiles.schema import ModbusProfile
from models.readings import Origin, Quality
from tests.collectors.builders import modbus_link, modbus_point, modbus_profile, three_block_profile
from tests.collectors.scripted_server import ScriptedServer, Unit


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@asynccontextmanager
async def thing(
    profile: ModbusProfile, unit: Unit | None = None
) -> AsyncIterator[tuple[ScriptedServer, ModbusSource, Clock]]:
    async with ScriptedServer() as server:
        server.units[1] = unit if unit is not None else Unit()
        link = PymodbusLink(modbus_link(server.port, timeout_s=0.1))
        clock = Clock()
        source = ModbusSource(
            device="thing",
            link_id="gw",
            unit=1,
            layout=Layout(profile),
            link=link,
            point_ids=range(1, len(profile.points) + 1),
            poll_s=1.0,
            lessons=LessonsInMemory(),
            clock=clock,
        )
        try:
            yield server, source, clock
        finally:
            await link.close()


def values(poll: Poll) -> list[float | None]:
    return [None if math.isnan(v) else v for v in poll.batch.value.tolist()]


def qualities(poll: Poll) -> list[Quality]:
    return [Quality(q) for q in poll.batch.quality.tolist()]


EVERYTHING = [100.0, 101.0, 102.0, 200.0, 201.0, 202.0, 300.0, 301.0, 302.0]


@pytest.mark.asyncio
async def test_a_healthy_poll_has_every_point_with_its_times() -> None:
    async with thing(three_block_profile()) as (server, source, _):
        poll = await source.poll(probe=False)
        assert values(poll) == EVERYTHING
        assert set(qualities(poll)) == {Quality.GOOD}
        assert (poll.bad_points, poll.error) == (0, None)
        batch = poll.batch
        assert batch.point_id.tolist() == list(range(1, 10))
        assert set(batch.origin.tolist()) == {Origin.MEASURED}
        assert (batch.ts_us <= batch.received_us).all()
        # each block has its own time, in the order of asking
        assert len(np.unique(batch.ts_us)) == 3
        assert len(server.asked) == 3


@pytest.mark.asyncio
async def test_an_unreadable_register_costs_its_own_point_only() -> None:
    async with thing(three_block_profile(), Unit(unreadable={201})) as (server, source, clock):
        for _ in range(2):
            poll = await source.poll(probe=False)
            assert values(poll) == [None if v == 201.0 else v for v in EVERYTHING]
            assert qualities(poll)[4] is Quality.BAD
            assert (poll.bad_points, poll.failed_points) == (1, 1)
            assert poll.error
        server.asked.clear()
        await source.poll(probe=False)
        assert 201 not in {a.address + i for a in server.asked for i in range(a.count)}
        server.units[1].unreadable.clear()
        clock.now_s += QUARANTINE_S
        poll = await source.poll(probe=False)
        assert values(poll) == EVERYTHING


@pytest.mark.asyncio
async def test_an_unreadable_hole_costs_no_point() -> None:
    profile = modbus_profile([modbus_point("a", 10), modbus_point("b", 12)])
    async with thing(profile, Unit(unreadable={11})) as (server, source, _):
        assert values(await source.poll(probe=False)) == [10.0, 12.0]
        server.asked.clear()
        await source.poll(probe=False)
        assert [(a.address, a.count) for a in server.asked] == [(10, 1), (12, 1)]


@pytest.mark.asyncio
@pytest.mark.parametrize("code", [1, 2, 3, 4, 6])
async def test_a_device_that_refuses_everything_is_visible(code: int) -> None:
    async with thing(three_block_profile(), Unit(kind="exception", code=code)) as (
        server,
        source,
        _,
    ):
        for _ in range(2):
            poll = await source.poll(probe=False)
            assert poll.failed_points == 9
            assert poll.error is not None
            assert f"exception {code}" in poll.error.detail
        server.asked.clear()
        await source.poll(probe=True)
        assert 1 <= len(server.asked) <= 3


@pytest.mark.asyncio
@pytest.mark.parametrize("code", [1, 2, 3])
async def test_a_refusal_of_everything_for_a_moment_teaches_nothing(code: int) -> None:
    async with thing(three_block_profile(), Unit(kind="exception", code=code)) as (
        server,
        source,
        clock,
    ):
        assert (await source.poll(probe=False)).failed_points == 9
        clock.now_s += 1.0
        assert (await source.poll(probe=True)).failed_points == 9
        server.units[1].kind = "normal"
        clock.now_s += 1.0
        poll = await source.poll(probe=True)
        assert values(poll) == EVERYTHING
        assert poll.learned.words is None
        server.asked.clear()
        await source.poll(probe=False)
        assert [(a.address, a.count) for a in server.asked] == [(100, 3), (200, 3), (300, 3)]


@pytest.mark.asyncio
async def test_a_refusal_that_ends_within_a_poll_costs_one_poll_more() -> None:
    async with thing(three_block_profile(), Unit(unreadable=set(range(100, 203)))) as (
        server,
        source,
        clock,
    ):
        poll = await source.poll(probe=False)
        assert values(poll) == [None] * 6 + EVERYTHING[6:]
        assert (poll.learned.split_blocks, poll.learned.refused_points) == (2, 6)
        server.units[1].unreadable.clear()
        clock.now_s += 1.0
        poll = await source.poll(probe=False)
        assert values(poll) == EVERYTHING
        assert poll.learned.words is None


@pytest.mark.asyncio
async def test_a_register_that_is_refused_for_ever_is_asked_rarely() -> None:
    async with thing(three_block_profile(), Unit(unreadable={201})) as (server, source, clock):
        for _ in range(3600):
            clock.now_s += 1.0
            if clock.now_s < 1600.0 or clock.now_s > 4500.0:
                poll = await source.poll(probe=False)
            if clock.now_s == 4500.0:
                server.asked.clear()
        assert values(poll) == [None if v == 201.0 else v for v in EVERYTHING]
        touching = [a for a in server.asked if a.address <= 201 < a.address + a.count]
        # the whole block and the register, in a hundred polls
        assert len(touching) <= 2
        assert poll.error is not None
        assert "holding 200..202 is read in 3 parts; refused: p201" in poll.error.detail


@pytest.mark.asyncio
async def test_a_mute_block_is_set_aside_and_retried() -> None:
    async with thing(three_block_profile(), Unit(mute={101})) as (server, source, clock):
        poll = await source.poll(probe=False)
        assert values(poll) == [None, None, None, *EVERYTHING[3:]]
        server.asked.clear()
        poll = await source.poll(probe=False)
        assert poll.failed_points == 3
        assert {a.address for a in server.asked} == {200, 300}
        server.units[1].mute.clear()
        clock.now_s += 1.0
        assert values(await source.poll(probe=False)) == EVERYTHING


@pytest.mark.asyncio
async def test_a_silent_device_raises_after_two_blocks_then_is_probed_with_one() -> None:
    async with thing(three_block_profile(), Unit(kind="silent")) as (server, source, _):
        with pytest.raises(LinkTimeout):
            await source.poll(probe=False)
        assert len(server.asked) == 2
        server.asked.clear()
        for expected in (1, 2, 3):
            with pytest.raises(LinkTimeout):
                await source.poll(probe=True)
            assert len(server.asked) == expected
        # a block that is never answered cannot hide the others
        assert {a.address for a in server.asked} == {100, 200, 300}
        server.units[1].kind = "normal"
        assert values(await source.poll(probe=True)) == EVERYTHING


@pytest.mark.asyncio
async def test_a_probe_that_is_answered_reads_on_and_forgives() -> None:
    async with thing(three_block_profile(), Unit(mute={201})) as (server, source, _):
        await source.poll(probe=False)
        server.units[1].mute.clear()
        assert values(await source.poll(probe=True)) == EVERYTHING


@pytest.mark.asyncio
@pytest.mark.parametrize("hang_up_s", [0.0, 0.01, 0.03])
async def test_a_peer_that_hangs_up_after_each_reply_is_read_whole(hang_up_s: float) -> None:
    # slow enough that the hang-up crosses with a question
    unit = Unit(delay_s=0.02, hang_up_s=hang_up_s)
    async with thing(three_block_profile(), unit) as (server, source, _):
        for _ in range(3):
            assert values(await source.poll(probe=False)) == EVERYTHING
        assert server.connections >= 4


@pytest.mark.asyncio
async def test_a_poll_that_was_cut_short_goes_on_where_it_stopped() -> None:
    async with thing(three_block_profile()) as (server, source, _):
        await source.poll(probe=False)
        server.units[1] = Unit(closing={200})
        poll = await source.poll(probe=False)
        assert values(poll) == [*EVERYTHING[:3], *[None] * 6]
        server.units[1] = Unit()
        server.asked.clear()
        assert values(await source.poll(probe=False)) == EVERYTHING
        assert [a.address for a in server.asked] == [200, 300, 100]


@pytest.mark.asyncio
@pytest.mark.parametrize("code", [5, 6])
async def test_a_busy_device_is_asked_again_within_the_poll(code: int) -> None:
    busy_every_second_time = [0, code] * 9
    async with thing(three_block_profile(), Unit(codes=busy_every_second_time)) as (_, source, _c):
        for _ in range(2):
            poll = await source.poll(probe=False)
            assert values(poll) == EVERYTHING
            assert poll.bad_points == 0
        assert poll.learned.words is None


@pytest.mark.asyncio
async def test_a_device_that_stays_busy_is_asked_three_times_at_most() -> None:
    async with thing(three_block_profile(), Unit(codes=[0, 0, *[6] * 9])) as (server, source, _):
        poll = await source.poll(probe=False)
        assert values(poll) == [*EVERYTHING[:6], None, None, None]
        assert [a.address for a in server.asked] == [100, 200, 300, 300, 300]


@pytest.mark.asyncio
async def test_wild_and_absent_values_are_told_apart() -> None:
    points = [
        modbus_point("a", 0, quantity="relative_humidity", kind="gauge", unit="%"),
        modbus_point("b", 1, nan_values=(1,)),
        modbus_point("c", 2),
    ]
    unit = Unit(value=lambda address: 900 if address == 0 else address)
    async with thing(modbus_profile(points), unit) as (_, source, _clock):
        poll = await source.poll(probe=False)
        assert qualities(poll) == [Quality.OUT_OF_RANGE, Quality.NOT_AVAILABLE, Quality.GOOD]
        assert values(poll) == [None, None, 2.0]
        assert (poll.bad_points, poll.failed_points) == (1, 0)


@pytest.mark.asyncio
async def test_what_cannot_be_is_worked_out_when_other_points_are_concerned() -> None:
    points = [
        modbus_point(name, address, type="i16", quantity="temperature", unit="degC")
        for name, address in (("a", 100), ("b", 101))
    ]
    held = {100: 0x7F7F, 101: 21}
    unit = Unit(value=lambda address: held[address])
    async with thing(modbus_profile(points), unit) as (_, source, _clock):
        told = []
        for a, b in ((0x7F7F, 21), (0x7F70, 22), (0x7F70, 0x7F7F), (20, 21)):
            held.update({100: a, 101: b})
            told.append((await source.poll(probe=False)).error)
    first, second, both, none = told
    assert first is second
    assert first is not None
    assert both is not None
    assert "words 7f7f are no possible temperature" in first.detail
    assert both.detail.endswith("(and 1 more)")
    assert none is None
