"""RTU over TCP: nothing but a quiet line tells one reply from another."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from collectors.errors import CorruptReply, LinkTimeout
from collectors.modbus.link import PymodbusLink
from collectors.modbus.quiet import QuietLine
from models.trouble.trouble import Trouble
from tests.collectors.builders import block, modbus_link
from tests.collectors.serial_bus import LATE_S, SerialBus

TIMEOUT_S = 0.1


@asynccontextmanager
async def bus_and_link() -> AsyncIterator[tuple[SerialBus, PymodbusLink]]:
    async with SerialBus() as bus:
        link = PymodbusLink(modbus_link(bus.port, framing="rtu", timeout_s=TIMEOUT_S))
        try:
            yield bus, link
        finally:
            await link.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("late", [1.2, 1.9])
async def test_a_reply_after_its_time_answers_no_other_question(late: float) -> None:
    async with bus_and_link() as (bus, link):
        bus.delays_s = [late * TIMEOUT_S]
        with pytest.raises(LinkTimeout):
            await link.read(1, block(200, 2))
        assert list((await link.read(1, block(300, 2))).registers) == [300, 301]
        assert list((await link.read(1, block(400, 2))).registers) == [400, 401]


@pytest.mark.asyncio
async def test_a_cancelled_question_leaves_no_answer_for_the_next() -> None:
    async with bus_and_link() as (bus, link):
        await link.read(1, block(100, 2))
        bus.delays_s = [0.8 * TIMEOUT_S]
        task = asyncio.create_task(link.read(1, block(200, 2)))
        await asyncio.sleep(0.4 * TIMEOUT_S)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert list((await link.read(1, block(300, 2))).registers) == [300, 301]


@pytest.mark.asyncio
async def test_what_a_predecessor_asked_is_not_believed() -> None:
    async with bus_and_link() as (bus, link):
        _, writer = await asyncio.open_connection("127.0.0.1", bus.port)
        bus.delays_s = [0.6 * TIMEOUT_S]
        request = bytes([1, 3, 0, 200, 0, 2])
        writer.write(request + b"\0\0")
        await asyncio.sleep(0.1 * TIMEOUT_S)
        writer.close()
        assert list((await link.read(1, block(300, 2))).registers) == [300, 301]


@pytest.mark.asyncio
async def test_a_quiet_line_costs_nothing() -> None:
    async with bus_and_link() as (bus, link):
        await link.read(1, block(100, 2))
        started = time.monotonic()
        for address in (200, 300, 400):
            await link.read(1, block(address, 2))
        assert time.monotonic() - started < 3 * LATE_S + TIMEOUT_S
        assert bus.connections == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("address", [100, 0x300])
async def test_an_echo_is_named_and_never_a_reading(address: int) -> None:
    # the echo of a request for 0x300 is a well-formed reply of three bytes
    async with bus_and_link() as (bus, link):
        bus.echoes = True
        for _ in range(2):
            with pytest.raises(CorruptReply, match="request itself came back") as refused:
                await link.read(1, block(address, 1))
            assert refused.value.trouble is Trouble.ECHO
        bus.echoes = False
        assert list((await link.read(1, block(address, 1))).registers) == [address]


@pytest.mark.asyncio
async def test_a_reply_of_another_unit_is_named() -> None:
    async with bus_and_link() as (bus, link):
        bus.unit_of = lambda unit: unit + 4
        with pytest.raises(CorruptReply, match=r"of unit 1: .*bears unit 5"):
            await link.read(1, block(100, 2))


@pytest.mark.asyncio
async def test_bytes_that_nobody_asked_for_are_waited_out() -> None:
    async with bus_and_link() as (bus, link):
        await link.read(1, block(100, 1))
        bus.say(b"\x01\x03\x02")
        await asyncio.sleep(0.02)
        started = time.monotonic()
        assert list((await link.read(1, block(300, 1))).registers) == [300]
        assert time.monotonic() - started > 0.7 * TIMEOUT_S


@pytest.mark.asyncio
async def test_a_line_that_never_rests_is_an_error_that_says_so() -> None:
    line = QuietLine(0.05)

    async def chatter() -> None:
        while True:
            line.doubt()
            await asyncio.sleep(0.01)

    async with asyncio.TaskGroup() as group:
        other = group.create_task(chatter())
        with pytest.raises(CorruptReply, match="second master"):
            await line.wait()
        other.cancel()
    assert line.is_doubtful
