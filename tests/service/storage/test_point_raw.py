"""The last raw words of each point on their way to the database, and back."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from collectors.raw import RawBook, RawPoint, RawRegisters, RawVariable
from service.evaluation.ports import StoreAway
from service.storage.connection import Connection, open_pool
from service.storage.point_raw import (
    RawReport,
    StoredRaw,
    fetch_point_raw,
    report_raw,
    upsert_point_raw,
)

AT_US = 1_795_000_000_000_001
REGISTERS = RawRegisters(unit=3, space="holding", address=2000, words=(0, 1, 65535, 7))
METER = RawPoint(key="meter.energy", read_us=AT_US, raw=REGISTERS)
TANK = RawPoint(
    key="tank.level",
    read_us=AT_US,
    raw=RawVariable(
        node="nsu=urn:x;s=Tank.Level",
        data_type="Float",
        value=0.1,
        status=0,
        source_us=AT_US - 5,
        server_us=None,
    ),
)
NEVER = RawPoint(key="gone.power", read_us=None, raw=None, failed_us=AT_US, failure="refused")
ALL = (METER, TANK, NEVER)


def keys_of(points: Sequence[RawPoint]) -> list[str]:
    return [one.key for one in points]


@pytest.mark.asyncio
async def test_words_come_back_as_they_were(conn: Connection) -> None:
    await upsert_point_raw(conn, "site", ALL)
    found = await fetch_point_raw(conn, "site", [*keys_of(ALL), "other.point"])
    assert found == {one.key: one for one in ALL}
    assert await fetch_point_raw(conn, "elsewhere", keys_of(ALL)) == {}


@pytest.mark.asyncio
async def test_a_point_has_one_row_and_a_failure_keeps_its_words(conn: Connection) -> None:
    await upsert_point_raw(conn, "site", [METER])
    later = replace(METER, read_us=AT_US + 1, raw=replace(REGISTERS, words=(1, 2, 3, 4)))
    await upsert_point_raw(conn, "site", [later])
    assert await fetch_point_raw(conn, "site", [METER.key]) == {METER.key: later}

    # A collector that starts anew has no words of its own of a point that fails.
    failing = RawPoint(
        key=METER.key, read_us=None, raw=None, failed_us=AT_US + 9, failure="no answer"
    )
    await upsert_point_raw(conn, "site", [failing])
    [found] = (await fetch_point_raw(conn, "site", [METER.key])).values()
    assert (found.read_us, found.raw) == (later.read_us, later.raw)
    assert (found.failed_us, found.failure) == (AT_US + 9, "no answer")

    await upsert_point_raw(conn, "site", [later])
    assert (await fetch_point_raw(conn, "site", [METER.key]))[METER.key] == later
    assert await conn.fetchval("select count(*) from point_raw") == 1


@pytest.mark.asyncio
async def test_what_no_text_of_the_database_can_hold_is_left_out(conn: Connection) -> None:
    assert isinstance(TANK.raw, RawVariable)
    odd = replace(TANK, raw=replace(TANK.raw, value="a\0b\ud800"), failure="x\0y", failed_us=AT_US)
    await upsert_point_raw(conn, "site", [odd])
    [found] = (await fetch_point_raw(conn, "site", [TANK.key])).values()
    assert isinstance(found.raw, RawVariable)
    assert (found.raw.value, found.failure) == ("ab?", "xy")


def test_only_what_changed_is_written() -> None:
    report = RawReport()
    assert report.news(ALL) == list(ALL)
    report.written(ALL)
    assert report.news(ALL) == []
    assert METER.read_us is not None
    same, minutes = replace(METER, read_us=METER.read_us + 30_000_000), 300_000_000
    assert report.news([same]) == []
    aged = replace(METER, read_us=METER.read_us + minutes)
    other = replace(METER, raw=replace(REGISTERS, words=(9, 9, 9, 9)))
    failed = replace(METER, failed_us=AT_US, failure="no answer")
    for news in (aged, other, failed):
        assert report.news([news]) == [news]
    report.written([failed])
    assert report.news([METER]) == [METER]


class Device:
    def __init__(self, *points: RawPoint) -> None:
        self.points = points

    def raw(self) -> Sequence[RawPoint]:
        return self.points


@pytest.mark.asyncio
async def test_the_collector_reports_until_it_is_stopped(
    conn: Connection, database_url: str
) -> None:
    book, stop = RawBook(), asyncio.Event()
    book.follow([Device(METER), Device(TANK, NEVER)])
    async with open_pool(database_url) as pool:
        stored = StoredRaw(pool, "site")
        async with asyncio.timeout(15), asyncio.TaskGroup() as tasks:
            tasks.create_task(report_raw(database_url, "site", book, stop))
            while len(await stored.raw_of(keys_of(ALL))) < len(ALL):  # nobody tells us
                await asyncio.sleep(0.1)
            stop.set()
        assert await stored.raw_of(keys_of(ALL)) == {one.key: one for one in ALL}


@pytest.mark.asyncio
async def test_a_closed_store_is_away(conn: Connection, database_url: str) -> None:
    del conn
    async with open_pool(database_url) as pool:
        stored = StoredRaw(pool, "site")
    with pytest.raises(StoreAway):
        await stored.raw_of(["a"])
