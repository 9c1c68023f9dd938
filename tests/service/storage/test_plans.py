"""The queries that are asked all the time open only the weeks they ask for, by index, in memory."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from models.registers.holding import HOLD_US, LONGEST_HOLD_US
from models.site.disclosure import Confidentiality
from service.storage.connection import Connection, connected
from service.storage.migrate import migrate
from service.storage.named_sql import load_queries
from service.storage.pieces import PIECE
from service.storage.reader_roles import READER_ROLES
from service.storage.retention import KeepLimits
from service.storage.upkeep import Upkeep
from service.storage.writer import copy_batch
from tests.service.storage.batches import S_US, batch_of, register
from tests.service.storage.conftest import SERVERS, create_database, drop_database, server_of

pytestmark = pytest.mark.asyncio

# The end of the last day of a week: the newest piece is full.
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
WEEKS = 20
POINTS = 20
DAY = timedelta(days=1)
_READINGS = load_queries("readings.sql")
_ROLLUPS = load_queries("rollups.sql")
_IMPORTS = load_queries("imports.sql")
_NEWEST = load_queries("newest.sql")
_EVIDENCE = load_queries("raw_days.sql")
_YEAR_OF_HOURS = """
insert into reading_hour
select p, '2025-11-20Z'::timestamptz + n * interval '1 hour', null, n, null, n, 360, 0, 0, 0, 0,
    n, n, 3600000000, 1.0, 0, 0.0, n
from generate_series(1, 40) as p, generate_series(0, 8759) as n
"""
_YEAR_OF_RANGES = """
insert into reading_hour_range
select p, '2025-11-20Z'::timestamptz + n * interval '1 hour', low, 27, 3600000000
from generate_series(1, 20) as p, generate_series(0, 8759) as n, generate_series(15, 17) as low
"""
_CHANGES = """
insert into rollup_change
select n, p, '2026-01-01Z'::timestamptz, '2026-01-02Z'::timestamptz
from generate_series(1, 4000) as n, generate_series(1, 20) as p
"""


@pytest.fixture(scope="module", params=SERVERS)
def full_url(request: pytest.FixtureRequest, embedded_url: str) -> Iterator[str]:
    """Twenty weeks of readings, the old ones compressed where they can be, and a year of hours."""
    server_url = server_of(request.param, embedded_url)
    url = asyncio.run(create_database(server_url))
    asyncio.run(fill(url))
    yield url
    asyncio.run(drop_database(server_url, url))


@pytest_asyncio.fixture
async def full(full_url: str) -> AsyncIterator[Connection]:
    async with connected(full_url) as conn:
        yield conn


async def fill(url: str) -> None:
    start_us = int((NOW - WEEKS * PIECE).timestamp()) * S_US
    ts_us = start_us + np.arange(0, WEEKS * 7 * 86400, 600, dtype=np.int64) * S_US
    async with connected(url) as conn:
        await migrate(conn)
        ids = await register(conn, POINTS)
        for part in np.array_split(ts_us, 4):
            count = len(part) * len(ids)
            batch = batch_of(
                np.repeat(ids, len(part)).tolist(), np.tile(part, len(ids)).tolist(), [1.0] * count
            )
            await copy_batch(conn, batch)
        await conn.execute(_YEAR_OF_HOURS)
        await conn.execute(_YEAR_OF_RANGES)
        await conn.execute(_CHANGES)
        # Nothing waits, as in a store that has run for a while.
        await conn.execute("delete from rollup_queue")
        upkeep = Upkeep("", limits=KeepLimits(), now=lambda: NOW)
        await upkeep.prepare(conn)
        while await upkeep.step(conn):
            pass
        await conn.execute("analyze")


async def plan_of(conn: Connection, query: str, *args: object) -> list[Mapping[str, Any]]:
    """Every node of the plan, as it ran."""
    rows = await conn.fetch(f"explain (analyze, timing off, format json) {query}", *args)
    nodes = list(nodes_below(json.loads(rows[0][0])[0]["Plan"]))
    assert nodes
    return nodes


def nodes_below(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from nodes_below(below)


def tables(nodes: list[Mapping[str, Any]]) -> set[str]:
    """Tables that were read; compressed readings count with the chunk that they stand for."""
    return {
        node["Relation Name"]
        for node in nodes
        if "Relation Name" in node
        and node.get("Actual Loops", 0) > 0
        and not node["Relation Name"].startswith("compress_")
    }


def assert_frugal(nodes: list[Mapping[str, Any]], most_pieces: int) -> None:
    """No more pieces than were asked for, none of them read through, nothing sorted on disk."""
    pieces = {one for one in tables(nodes) if one.startswith(("reading_2", "_hyper_"))}
    assert 0 < len(pieces) <= most_pieces, pieces
    read_through = [
        node["Relation Name"]
        for node in nodes
        if node["Node Type"] == "Seq Scan"
        and node.get("Actual Loops", 0) > 0
        and node["Actual Rows"] + node.get("Rows Removed by Filter", 0) > 500
    ]
    assert read_through == []
    assert_in_memory(nodes)


def assert_in_memory(nodes: list[Mapping[str, Any]]) -> None:
    assert [one for one in nodes if one.get("Sort Space Type") == "Disk"] == []
    assert [one for one in nodes if one.get("Temp Written Blocks", 0) > 0] == []


async def test_the_newest_of_each_point(full: Connection) -> None:
    nodes = await plan_of(full, _NEWEST["copy_newest"], "site", NOW - 2 * DAY)
    assert "reading_newest" in tables(nodes) <= {"point", "reading_newest"}


async def test_a_query_that_is_asked_again_keeps_to_its_weeks(full: Connection) -> None:
    await full.execute(
        f"prepare again (integer[], timestamptz, timestamptz) as {_READINGS['copy_series']}"
    )
    for days in range(8):
        start = NOW - (days + 1) * DAY
        await full.fetch(f"execute again ('{{7}}', '{start}', '{start + DAY}')")
    nodes = await plan_of(full, f"execute again ('{{7}}', '{NOW - DAY}', '{NOW}')")
    # A plan for any window has all the others below it, too, to be left out when it runs.
    named = {one["Relation Name"] for one in nodes if "Relation Name" in one}
    assert len(named) == 1
    assert not [one for one in nodes if one.get("Subplans Removed") or one.get("Chunks excluded")]


@pytest.mark.parametrize("weeks_ago", [0, 10, 18])
async def test_a_day_of_one_point(full: Connection, weeks_ago: int) -> None:
    end = NOW - weeks_ago * PIECE
    nodes = await plan_of(full, _READINGS["copy_series"], [7], end - DAY, end)
    assert nodes[0]["Actual Rows"] == 144
    assert_frugal(nodes, 2)
    # What is opened of a compressed week are the batches of the point.
    opened = [one for one in nodes if one.get("Relation Name", "").startswith("compress_")]
    assert sum(one["Actual Rows"] * one["Actual Loops"] for one in opened) <= 2


@pytest.mark.parametrize("weeks_ago", [0, 10])
async def test_an_hour_of_all_points(full: Connection, weeks_ago: int) -> None:
    end = NOW - weeks_ago * PIECE
    points = list(range(1, POINTS + 1))
    nodes = await plan_of(full, _READINGS["copy_series"], points, end - DAY / 24, end)
    assert nodes[0]["Actual Rows"] == 6 * POINTS
    assert_frugal(nodes, 1)


async def test_the_ends_of_five_minutes_of_three_hours(full: Connection) -> None:
    nodes = await plan_of(
        full, _READINGS["copy_bucketed"], [3, 4], NOW - DAY / 8, NOW, timedelta(minutes=5)
    )
    assert_frugal(nodes, 1)


async def test_totals_of_gauges_of_a_week(full: Connection) -> None:
    origin_us = int((NOW - PIECE).timestamp()) * S_US
    bounds: list[float | None] = [None] * 12
    nodes = await plan_of(
        full,
        _READINGS["copy_gauges"],
        [3, 4],
        NOW - PIECE,
        NOW,
        origin_us,
        3_600_000_000,
        HOLD_US,
        bounds,
        bounds,
        LONGEST_HOLD_US,
    )
    assert_frugal(nodes, 2)


async def test_whether_an_import_collides(full: Connection) -> None:
    points = list(range(1, POINTS + 1))
    start = NOW - 18 * PIECE
    nodes = await plan_of(full, _IMPORTS["has_readings"], points, start, start + DAY)
    assert_frugal(nodes, 2)


async def test_the_rows_of_a_week_for_evidence(full: Connection) -> None:
    end = NOW - 8 * PIECE
    nodes = await plan_of(full, _EVIDENCE["copy_raw"], 5, end - PIECE, end, timedelta(minutes=10))
    assert_frugal(nodes, 2)


async def test_a_year_of_hours(full: Connection) -> None:
    start = datetime(2025, 11, 20, tzinfo=UTC)
    nodes = await plan_of(
        full, _ROLLUPS["copy_rolled"], [3, 4, 5], start, start + timedelta(days=365)
    )
    assert nodes[0]["Actual Rows"] == 3 * 8760
    assert tables(nodes) == {"reading_hour"}
    assert not [one for one in nodes if one["Node Type"] == "Seq Scan"]
    assert_in_memory(nodes)


async def test_a_year_of_the_time_in_ranges(full: Connection) -> None:
    asked = list(range(1, 5)), NOW - 365 * DAY, NOW
    nodes = await plan_of(full, _ROLLUPS["copy_rolled_ranges"], *asked)
    assert nodes[0]["Actual Rows"] > 100_000
    assert_in_memory(nodes)


async def test_what_changed_since(full: Connection) -> None:
    nodes = await plan_of(full, _ROLLUPS["rolled"], [3, 4, 5], 3990)
    changes = [one for one in nodes if one.get("Relation Name") == "rollup_change"]
    assert changes
    assert not [one for one in changes if one["Node Type"] == "Seq Scan"]
    assert_in_memory(nodes)


@pytest.mark.parametrize("since_revision", [None, -2])
async def test_changes_are_not_looked_through_for_who_asks_for_none_or_for_forgotten_ones(
    full: Connection, since_revision: int | None
) -> None:
    nodes = await plan_of(full, _ROLLUPS["rolled"], [3, 4, 5], since_revision)
    changes = [
        one
        for one in nodes
        if one.get("Relation Name") == "rollup_change" and one.get("Actual Loops", 0) > 0
    ]
    # The oldest that is told, at most.
    assert sum(one["Actual Rows"] for one in changes) <= 1


@pytest_asyncio.fixture
async def reader(full_url: str) -> AsyncIterator[Connection]:
    """Who reads the views, of a site that discloses everything."""
    async with connected(full_url) as conn:
        await conn.execute(
            "insert into site_disclosure values ('site', 'point', '', 0) on conflict do nothing"
        )
        await conn.execute(f"set role {READER_ROLES[Confidentiality.PUBLIC]}")
        yield conn


@pytest.mark.parametrize("weeks_ago", [0, 10, 18])
async def test_a_day_of_one_point_by_its_view(reader: Connection, weeks_ago: int) -> None:
    end = NOW - weeks_ago * PIECE
    # The batches of twenty points are on one page, which a plan may well read whole.
    await reader.execute("set enable_seqscan = off")
    nodes = await plan_of(
        reader,
        f"""select "time", value, quality from boucle_views.readings
        where site = 'site' and point = 'meter_7.active_energy_kwh'
            and "time" between '{end - DAY}' and '{end - timedelta(seconds=1)}'
        order by "time" """,
    )
    assert nodes[0]["Actual Rows"] == 144
    assert_frugal(nodes, 2)
    opened = [one for one in nodes if one.get("Relation Name", "").startswith("compress_")]
    assert sum(one["Actual Rows"] * one["Actual Loops"] for one in opened) <= 2


async def test_what_is_not_for_a_reader_is_not_even_opened(reader: Connection) -> None:
    await reader.execute("reset role; update site_disclosure set level = 1")
    await reader.execute(f"set role {READER_ROLES[Confidentiality.PUBLIC]}")
    nodes = await plan_of(
        reader,
        f"""select * from boucle_views.readings
        where site = 'site' and point = 'meter_7.active_energy_kwh' and "time" > '{NOW - DAY}'""",
    )
    await reader.execute("reset role; update site_disclosure set level = 0")
    assert not {one for one in tables(nodes) if one.startswith(("reading_2", "_hyper_"))}


@pytest.mark.parametrize("span", ["hour", "day", "month"])
async def test_a_year_of_one_point_by_the_view_of_its_hours_days_and_months(
    reader: Connection, span: str
) -> None:
    nodes = await plan_of(
        reader,
        f"""select * from boucle_views.readings_by_{span}
        where site = 'site' and point = 'meter_7.active_energy_kwh' and {span} >= '2026-01-01'""",
    )
    rolled = [one for one in nodes if one.get("Relation Name") == f"reading_{span}"]
    assert rolled
    assert not [one for one in rolled if one["Node Type"] == "Seq Scan" and span == "hour"]
    assert_in_memory(nodes)
