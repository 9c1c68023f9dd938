"""What is asked of the past over HTTP reads a page of it, however long it is."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from service.storage.connection import Connection, connected
from service.storage.migrate import migrate
from service.storage.named_sql import load_queries
from tests.service.storage.conftest import create_database, drop_database
from tests.service.storage.long_history import RULE, SITE_ID, LongHistory
from tests.service.storage.test_plans import plan_of

pytestmark = pytest.mark.asyncio

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LENGTH = 4_000
LIMIT = 20
_FIRST = NOW - timedelta(days=400)
_LATE = _FIRST + timedelta(minutes=LENGTH - 30)
_HOURS = (NOW - timedelta(days=1), NOW)
# Null, or a text: what is asked for with and without.
ASKED: Mapping[str, tuple[str, str, tuple[object, ...]]] = {
    "breaches": ("breaches.sql", "fetch_page", (None, None, None, None, LIMIT)),
    "breaches, open": ("breaches.sql", "fetch_page", (None, "open", None, None, LIMIT)),
    "breaches, none": ("breaches.sql", "fetch_page", (None, "pending", None, None, LIMIT)),
    "breaches, later": ("breaches.sql", "fetch_page", (None, None, _LATE, "", LIMIT)),
    "breaches of no rule": ("breaches.sql", "fetch_page", (["none"], None, None, None, LIMIT)),
    "events of a breach": ("evidence.sql", "fetch_events", ("rule_100-1",)),
    "verdicts": ("evidence.sql", "fetch_verdicts", (None, _FIRST, 0, LIMIT)),
    "verdicts since": ("evidence.sql", "fetch_verdicts", (None, _LATE, 0, LIMIT)),
    "verdicts after": ("evidence.sql", "fetch_verdicts", (None, _FIRST, LENGTH - 30, LIMIT)),
    "verdicts of a rule": ("evidence.sql", "fetch_verdicts", ([RULE], _FIRST, 0, LIMIT)),
    "verdicts of a rare rule": ("evidence.sql", "fetch_verdicts", (["rare"], _FIRST, 0, LIMIT)),
    "chain": ("evidence.sql", "fetch_entries", (LENGTH - 30, LIMIT)),
    "head": ("evidence.sql", "fetch_head", ()),
    "imports": ("imports.sql", "fetch_imports_after", (LENGTH - 30, LIMIT)),
    "charges": ("charges.sql", "fetch_charges", (True, None, LIMIT)),
    "charges, all": ("charges.sql", "fetch_charges", (False, None, LIMIT)),
    "kpis": ("kpi_results.sql", "fetch_results", ("pue", "hour", *_HOURS, NOW, LIMIT)),
    "revisions": ("kpi_results.sql", "fetch_revisions", ("pue", "hour", *_HOURS, LIMIT)),
}
# A page, what a filter leaves out of it, and the events of one breach.
_MOST_ROWS = 150


@pytest.fixture(scope="module")
def long_url(embedded_url: str) -> Iterator[str]:
    url = asyncio.run(create_database(embedded_url))
    asyncio.run(_fill(url))
    yield url
    asyncio.run(drop_database(embedded_url, url))


async def _fill(url: str) -> None:
    async with connected(url) as conn:
        await migrate(conn)
        await LongHistory(conn, NOW).grow(LENGTH)


@pytest_asyncio.fixture
async def long_past(long_url: str) -> AsyncIterator[Connection]:
    async with connected(long_url) as conn:
        yield conn


def _rows_read(nodes: list[Mapping[str, Any]]) -> float:
    """Of tables and indexes, those that a filter left out included."""
    return sum(
        float((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])
        for node in nodes
        if "Scan" in node["Node Type"]
    )


@pytest.mark.parametrize("asked", ASKED)
async def test_a_page_is_read_and_no_more(long_past: Connection, asked: str) -> None:
    file, name, parameters = ASKED[asked]
    nodes = await plan_of(long_past, load_queries(file)[name], SITE_ID, *parameters)
    assert _rows_read(nodes) <= _MOST_ROWS


_VIEWS = {
    "verdicts": f"select * from boucle_views.verdicts where site = $1 and recorded_at >= '{_LATE}'",
    "revisions": "select * from boucle_views.kpi_revisions where site = $1 and kpi = 'pue' "
    f"and revised_at >= '{NOW + timedelta(hours=36)}'",
}


@pytest.mark.parametrize("view", _VIEWS)
async def test_the_views_read_the_time_that_is_asked_for(long_past: Connection, view: str) -> None:
    nodes = await plan_of(long_past, _VIEWS[view], SITE_ID)
    assert _rows_read(nodes) <= _MOST_ROWS
