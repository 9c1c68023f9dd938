"""Every query of the dashboards on real tables, by the role that only reads."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from charter_rules.findings import Verdict
from models.kpi.registry import KPIS
from models.kpi.result import KpiResult
from models.readings import Window
from models.site.disclosure import Confidentiality
from service.dashboards.provisioning import READER, read_only_role
from service.dashboards.sql import VERDICT_NUMBERS
from service.evaluation.closed_periods import ClosedSpan, Progress
from service.evidence.recording import VerdictChain
from service.journal.happening import Happening, HappeningKind
from service.storage.connection import Connection, open_pool
from service.storage.evidence import StoredChain
from service.storage.holds import lift_hold, set_hold
from service.storage.importer import import_file
from service.storage.journal_book import JournalBook
from service.storage.kpi_results import StoredKpis
from service.storage.reader_roles import VIEWS_SCHEMA
from tests.service.dashboards.written import LANGS, Asked, filled_sql, sql
from tests.service.storage.batches import register
from tests.service.storage.breach_findings import FACTS, KEY
from tests.service.storage.test_breaches import findings, live
from tests.service.storage.test_importer import quiet, write_npz

pytestmark = pytest.mark.asyncio

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
# Registered points and the import are of this one.
IMPORTED_SITE = "site"


def result(kpi: str, span: ClosedSpan, value: float) -> KpiResult:
    start = NOW - 5 * DAY
    return KpiResult(
        kpi=kpi,
        window=Window(name=span.value, start=start, end=start + DAY),
        unit=KPIS[kpi].unit,
        value=value,
        expanded_uncertainty=0.25,
        coverage_ratio=1.0,
    )


@pytest_asyncio.fixture
async def site(database_url: str, conn: Connection, tmp_path: Path) -> AsyncIterator[str]:
    """A site of which all there can be is stored: by those who store it."""
    name = f"site_{uuid4().hex[:8]}"
    async with open_pool(database_url) as pool:
        wue_by_hour: list[float | None] = [*[0.6] * 25, *[0.2] * 25]
        await live(pool, name, wue_by_hour, start=NOW - 4 * DAY)
        for hours, wue in ((0, 0.6), (24, 0.6), (26, 0.2), (49, 0.2)):
            at = NOW - 4 * DAY + timedelta(hours=hours)
            chain = VerdictChain(name, StoredChain(pool, name), KEY)
            await chain.observe(findings(wue, at), FACTS, at)
        store = StoredKpis(pool, name)
        for value, at in ((1.5, NOW - DAY), (1.25, NOW - timedelta(hours=1))):
            results = [(span, result(kpi, span, value)) for kpi in KPIS for span in ClosedSpan]
            await store.record(results, Progress(revision=1, waiting=None), at)
        lost = Happening(at=NOW - DAY, kind=HappeningKind.DEVICE, subject="pdu_07", after="lost")
        await JournalBook(pool, name).add([lost])
    hold = await set_hold(conn, name, NOW - 9 * DAY, NOW - 8 * DAY, who="A", why="disputed")
    await lift_hold(conn, name, hold, who="B", why="settled")
    await register(conn, 3)
    write_npz(tmp_path / "past.npz", 10)
    await import_file(conn, IMPORTED_SITE, tmp_path / "past.npz", quiet)
    await conn.execute(read_only_role(Confidentiality.OPERATOR))
    yield name
    await conn.execute(f"reset role; drop owned by {READER}; drop role {READER}")


async def answered(conn: Connection, asked: Asked, *sites: str) -> list[asyncpg.Record]:
    start, end = NOW - 30 * DAY, NOW + DAY
    text = filled_sql(asked.text, sites, start.isoformat(), end.isoformat())
    return await conn.fetch(text)


@pytest.mark.parametrize("lang", LANGS)
async def test_every_query_is_answered_to_the_role_that_reads(
    lang: str, site: str, conn: Connection
) -> None:
    await conn.execute(f"set role {READER}")
    queries = list(sql(lang))
    assert len(queries) > 30
    for asked in queries:
        rows = await answered(conn, asked, site, IMPORTED_SITE)
        assert rows, asked.name
        fields = set(rows[0].keys())
        wanted = set(asked.columns) or (
            {"time", "text", "tags"} if asked.ref_id == "Anno" else {"time", "metric", "value"}
        )
        assert fields == wanted, asked.name
        assert not await answered(conn, asked, "another"), asked.name


async def test_figures_are_those_in_force_with_their_uncertainty(
    site: str, conn: Connection
) -> None:
    by_day = [one for one in sql("en") if one.panel == "PUE by the day"]
    told = [(await answered(conn, one, site))[0] for one in by_day]
    assert [row["value"] for row in told] == [1.25, 1.0, 1.5]
    [revised] = [one for one in sql("en") if one.panel == "Revised figures"]
    rows = await answered(conn, revised, site)
    assert {(row["before"], row["after"]) for row in rows} == {(1.5, 1.25)}
    assert len(rows) == min(200, len(KPIS) * len(ClosedSpan))


async def test_a_breach_is_marked_from_its_beginning_to_its_end(
    site: str, conn: Connection
) -> None:
    marks = next(one for one in sql("en") if one.panel == "Breaches" and one.ref_id == "Anno")
    rows = await answered(conn, marks, site)
    assert [row["tags"].split(",")[-1] for row in rows] == ["began", "opened", "resolved"]
    [table] = [one for one in sql("en") if one.panel == "Breaches" and one.ref_id == "A"]
    [row] = await answered(conn, table, site)
    assert (row["state"], row["began"]) == ("resolved", rows[0]["time"])
    assert (row["opened"], row["resolved"]) == (rows[1]["time"], rows[2]["time"])


async def test_verdicts_of_a_day_are_its_last(site: str, conn: Connection) -> None:
    [history] = [one for one in sql("en") if one.panel == "Verdicts by the day"]
    rows = [row for row in await answered(conn, history, site) if "paris_wue" in row["metric"]]
    verdicts = {n: verdict for verdict, n in VERDICT_NUMBERS.items()}
    told = [verdicts[row["value"]] for row in rows]
    assert len(told) == len({row["time"] for row in rows}) > 1
    assert told[-1] is Verdict.COMPLIANT
    assert told[0] is not Verdict.COMPLIANT


async def test_every_query_asks_views_only(site: str) -> None:
    for one in sql("en"):
        asked = re.findall(r"\b(?:from|join) +(?!\()([\w.]+)", one.text)
        assert asked, one.name
        assert all(name.startswith(f"{VIEWS_SCHEMA}.") or name == "(" for name in asked), one.name


async def test_a_grafana_for_everybody_shows_what_is_for_everybody(
    site: str, conn: Connection
) -> None:
    await conn.execute(read_only_role(Confidentiality.PUBLIC))
    await conn.execute(f"set role {READER}")
    # Nobody said who may see what of this site.
    for asked in sql("en"):
        assert not await answered(conn, asked, site, IMPORTED_SITE), asked.name


async def test_a_quote_in_the_name_of_a_site_is_no_matter_of_ours() -> None:
    """Grafana quotes what is chosen (sqlstring): no query puts a plain variable into its text."""
    for one in sql("en"):
        assert "$" not in one.text.replace("${site:sqlstring}", "").replace("$__timeFilter(", "")
