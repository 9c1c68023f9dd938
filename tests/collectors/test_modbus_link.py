"""The Modbus link against a peer that misbehaves on real sockets."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from collectors.errors import (
    CollectorError,
    CorruptReply,
    DeviceRefused,
    LinkDown,
    LinkError,
    LinkTimeout,
)
from collectors.modbus.link import PymodbusLink
from models.trouble.trouble import Trouble
from tests.collectors.builders import block, modbus_link
from tests.collectors.opcua_peer import free_port
from tests.collectors.scripted_server import ScriptedServer, Unit

TIMEOUT_S = 0.2
# What a shared test machine may add to any wait.
SLACK_S = 0.25


@asynccontextmanager
async def peer(
    framing: str = "mbap", **changes: object
) -> AsyncIterator[tuple[ScriptedServer, PymodbusLink]]:
    async with ScriptedServer(framing) as server:
        link = PymodbusLink(
            modbus_link(server.port, framing=framing, timeout_s=TIMEOUT_S, **changes)
        )
        try:
            yield server, link
        finally:
            await link.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("framing", ["mbap", "rtu"])
@pytest.mark.parametrize(("space", "code"), [("holding", 3), ("input", 4)])
async def test_registers_come_as_asked(framing: str, space: str, code: int) -> None:
    async with peer(framing) as (server, link):
        before_us = time.time_ns() // 1000
        reply = await link.read(7, block(100, 5, space))
        assert list(reply.registers) == [100, 101, 102, 103, 104]
        assert before_us <= reply.sent_us <= reply.middle_us <= reply.received_us
        # On RTU framing it is proven first that answers fit their questions.
        counts = {"mbap": [5], "rtu": [4, 5]}[framing]
        asked = [(a.unit, a.code, a.address, a.count) for a in server.asked]
        assert asked == [(7, code, 100, count) for count in counts]


@pytest.mark.asyncio
@pytest.mark.parametrize("framing", ["mbap", "rtu"])
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("silent", LinkTimeout),
        ("closed", LinkDown),
        ("short", CorruptReply),
        ("exception", DeviceRefused),
        ("garbage", LinkError),
        ("wrong_unit", LinkError),
        ("wrong_function", CorruptReply),
        ("truncated", CorruptReply),
        ("odd_count", LinkError),
    ],
)
async def test_every_misbehaviour_is_one_of_our_errors(
    framing: str, kind: str, error: type[CollectorError]
) -> None:
    async with peer(framing) as (server, link):
        server.units[1] = Unit(kind=kind)
        started = time.monotonic()
        with pytest.raises(error):
            await link.read(1, block(100, 4))
        assert time.monotonic() - started < TIMEOUT_S + SLACK_S
        # and the link is as good as new for the next unit
        reply = await link.read(2, block(300, 2))
        assert list(reply.registers) == [300, 301]


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["wrong_transaction", "zero_transaction"])
async def test_a_reply_to_another_transaction_is_not_believed(kind: str) -> None:
    async with peer() as (server, link):
        server.units[1] = Unit(kind=kind)
        with pytest.raises(CorruptReply):
            await link.read(1, block(100, 4))
        assert list((await link.read(2, block(300, 2))).registers) == [300, 301]


@pytest.mark.asyncio
async def test_garbage_is_noticed_before_the_time_is_up() -> None:
    async with peer() as (server, link):
        server.units[1] = Unit(kind="garbage")
        started = time.monotonic()
        with pytest.raises(CorruptReply, match="protocol id"):
            await link.read(1, block(100, 4))
        assert time.monotonic() - started < TIMEOUT_S / 2


@pytest.mark.asyncio
async def test_a_hang_up_is_noticed_before_the_time_is_up() -> None:
    async with peer() as (server, link):
        server.units[1] = Unit(kind="closed")
        started = time.monotonic()
        with pytest.raises(LinkDown, match="closed"):
            await link.read(1, block(100, 4))
        assert time.monotonic() - started < TIMEOUT_S / 2


@pytest.mark.asyncio
@pytest.mark.parametrize("framing", ["mbap", "rtu"])
async def test_a_late_reply_never_answers_the_next_request(framing: str) -> None:
    async with peer(framing) as (server, link):
        server.units[1] = Unit(delay_s=1.2 * TIMEOUT_S)
        with pytest.raises(LinkTimeout):
            await link.read(1, block(200, 2))
        server.units[1] = Unit(delay_s=0.5 * TIMEOUT_S)
        assert list((await link.read(1, block(300, 2))).registers) == [300, 301]


@pytest.mark.asyncio
@pytest.mark.parametrize("framing", ["mbap", "rtu"])
async def test_a_cancelled_request_leaves_nothing_behind(framing: str) -> None:
    async with peer(framing) as (server, link):
        server.units[1] = Unit(delay_s=0.1)
        task = asyncio.create_task(link.read(1, block(200, 2)))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert list((await link.read(1, block(300, 2))).registers) == [300, 301]


@pytest.mark.asyncio
@pytest.mark.parametrize(("code", "error"), [(2, DeviceRefused), (11, LinkTimeout)])
async def test_exceptions_of_device_and_gateway_differ(
    code: int, error: type[CollectorError]
) -> None:
    async with peer() as (server, link):
        server.units[1] = Unit(kind="exception", code=code)
        with pytest.raises(error, match=f"exception {code}"):
            await link.read(1, block(100, 4))


@pytest.mark.asyncio
async def test_nobody_listens_and_then_somebody_does() -> None:
    async with peer() as (server, link):
        await server.stop()
        for _ in range(20):
            with pytest.raises(LinkDown):
                await link.read(1, block(100, 1))
        await server.start()
        await asyncio.sleep(1.05)
        assert list((await link.read(1, block(100, 1))).registers) == [100]
        assert server.connections == 1


@pytest.mark.asyncio
async def test_a_mute_connection_is_replaced() -> None:
    async with peer() as (server, link):
        server.units[1] = Unit(kind="silent")
        for _ in range(4):
            with pytest.raises(LinkTimeout):
                await link.read(1, block(100, 1))
        assert server.connections == 2


@pytest.mark.asyncio
async def test_one_request_at_a_time_with_a_gap_between() -> None:
    async with peer(gap_s=0.03) as (server, link):
        server.units[1] = Unit(delay_s=0.02)
        await asyncio.gather(*(link.read(1, block(a, 1)) for a in range(4)))
        times = [a.at_s for a in server.asked]
        assert all(b - a >= 0.045 for a, b in itertools.pairwise(times))
        assert server.connections == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("unit", [0, 3])
async def test_a_reply_of_another_unit_is_refused_at_once_and_both_are_named(unit: int) -> None:
    async with peer() as (server, link):
        server.units[unit] = Unit(kind="wrong_unit")
        started = time.monotonic()
        with pytest.raises(CorruptReply, match=rf"of unit {unit}: .*bears unit {unit + 1}"):
            await link.read(unit, block(100, 2))
        assert time.monotonic() - started < TIMEOUT_S / 2


@pytest.mark.asyncio
async def test_a_device_that_writes_another_unit_is_read_where_that_is_declared() -> None:
    async with peer(any_reply_unit=True) as (server, link):
        server.units[3] = Unit(kind="wrong_unit")
        assert list((await link.read(3, block(100, 2))).registers) == [100, 101]
        server.units[3].codes = [2]
        server.units[3].kind = "normal"
        with pytest.raises(DeviceRefused):
            await link.read(3, block(100, 2))


@pytest.mark.asyncio
@pytest.mark.parametrize("any_reply_unit", [False, True])
async def test_a_late_reply_of_another_unit_is_passed_over(any_reply_unit: bool) -> None:
    async with peer(any_reply_unit=any_reply_unit) as (server, link):
        server.units[1] = Unit(delay_s=1.3 * TIMEOUT_S)
        with pytest.raises(LinkTimeout):
            await link.read(1, block(200, 2))
        server.units[2] = Unit(delay_s=0.8 * TIMEOUT_S)
        assert list((await link.read(2, block(300, 2))).registers) == [300, 301]
        assert server.connections == 1


@pytest.mark.asyncio
async def test_a_device_that_answers_to_unit_zero_only_is_read() -> None:
    async with peer() as (server, link):
        assert list((await link.read(0, block(100, 2))).registers) == [100, 101]
        assert [a.unit for a in server.asked] == [0]


@pytest.mark.asyncio
async def test_why_there_is_no_connection_stays_while_the_units_wait_for_the_next_attempt() -> None:
    link = PymodbusLink(modbus_link(free_port()))
    told = []
    for unit in (1, 2, 3):
        with pytest.raises(LinkDown, match=r"cannot connect to .*Connect call failed") as no:
            await link.read(unit, block(0, 1))
        told.append((str(no.value), no.value.trouble))
    assert told == [told[0]] * 3
    assert told[0][1] is Trouble.NOTHING_LISTENS


@pytest.mark.asyncio
async def test_the_name_of_a_host_that_nobody_knows_is_told_as_such() -> None:
    link = PymodbusLink(modbus_link(502, host="no-such-host.invalid"))
    with pytest.raises(LinkDown) as no:
        await link.read(1, block(0, 1))
    assert no.value.trouble is Trouble.NAME_UNKNOWN
