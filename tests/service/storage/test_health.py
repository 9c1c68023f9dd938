"""The health of devices on its way to the database."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from collectors.ports import DeviceHealth, HealthSink
from models.readings import DeviceState
from models.trouble.trouble import Trouble
from service.storage.connection import Connection
from service.storage.devices import fetch_device_states, upsert_device_states
from service.storage.health import PgHealthSink, open_health_sink

T0 = datetime(2026, 11, 20, tzinfo=UTC)
HEALTH = DeviceHealth(
    device="pdu_01",
    state=DeviceState.OK,
    since=T0,
    last_ok_at=T0,
    polls_total=3,
    failures_total=1,
    consecutive_failures=0,
    bad_points=2,
    last_error="timeout after 1 s",
    trouble=Trouble.SILENT,
    last_poll_s=0.02,
)


@pytest.mark.asyncio
async def test_the_newest_report_of_each_device_is_written(
    conn: Connection, database_url: str
) -> None:
    async with open_health_sink(database_url, "site") as opened:
        sink: HealthSink = opened
        for n in range(50):
            await sink.report(replace(HEALTH, polls_total=n))
            await sink.report(replace(HEALTH, device="ups_a", polls_total=2 * n))
    rows = await fetch_device_states(conn, "site")
    assert [(row.device, row.polls_total) for row in rows] == [("pdu_01", 49), ("ups_a", 98)]
    assert (rows[0].state, rows[0].since, rows[0].last_poll_s) == (DeviceState.OK, T0, 0.02)
    assert await fetch_device_states(conn, "other") == []


@pytest.mark.asyncio
async def test_a_state_is_replaced(conn: Connection) -> None:
    off = replace(HEALTH, clock_offset_s=-7200.5)
    await upsert_device_states(conn, "site", [off])
    [row] = await fetch_device_states(conn, "site")
    assert row.clock_offset_s == -7200.5
    lost = replace(HEALTH, state=DeviceState.LOST, last_error=None, last_ok_at=None)
    await upsert_device_states(conn, "site", [HEALTH])
    await upsert_device_states(conn, "site", [lost])
    [row] = await fetch_device_states(conn, "site")
    assert (row.state, row.last_error, row.last_ok_at) == (DeviceState.LOST, None, None)
    assert row.clock_offset_s is None


async def polls_written(conn: Connection) -> int:
    return sum(row.polls_total for row in await fetch_device_states(conn, "site"))


@pytest.mark.asyncio
async def test_reports_survive_a_lost_connection(conn: Connection, database_url: str) -> None:
    sink = PgHealthSink(database_url, "site", flush_s=0.02)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(sink.run())
        for n in range(5):
            await sink.report(replace(HEALTH, polls_total=n))
            await asyncio.sleep(0.05)
            await conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where pid <> pg_backend_pid() and datname = current_database()"
            )
        while await polls_written(conn) != 4:  # nobody tells us
            await asyncio.sleep(0.02)
        sink.close()


@pytest.mark.asyncio
async def test_reports_without_a_database_cost_nothing() -> None:
    async with asyncio.timeout(5):
        async with open_health_sink("postgresql://nobody@127.0.0.1:1/none", "site") as sink:
            for n in range(1000):
                await sink.report(replace(HEALTH, polls_total=n))
