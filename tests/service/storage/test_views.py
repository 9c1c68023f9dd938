"""The views of the database: what each role sees of each site, and that it sees nothing else."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio

from models.readings import Origin, Quality
from models.site.disclosure import OPEN, Confidentiality, Disclosure
from service.storage.connection import Connection, connected, open_pool
from service.storage.migrate import migrate
from service.storage.reader_roles import READER_ROLES, login_sql
from tests.service.storage.conftest import SERVERS, create_database, drop_database, server_of
from tests.service.storage.disclosed_sites import PERSON, SITES, disclose, fill_site
from tests.service.storage.views_table import COLUMNS, DOCUMENT, with_views

pytestmark = pytest.mark.asyncio

PUBLIC, AUTHORITY, OPERATOR = Confidentiality
VIEWS = {
    *("sites", "devices", "points", "readings", "imports", "kpis", "kpi_revisions", "holds"),
    *("readings_by_hour", "readings_by_day", "readings_by_month"),
    *("breaches", "breach_events", "verdicts", "journal"),
}
OF_RULES = {"breaches", "breach_events", "verdicts"}
SEEN = {
    ("closed", PUBLIC): {"sites", "kpis", "kpi_revisions"},
    ("closed", AUTHORITY): VIEWS - {"devices", "journal"},
    ("closed", OPERATOR): VIEWS,
    ("guarded", PUBLIC): {"sites"},
    # The only rule of the test is on the WUE.
    ("guarded", AUTHORITY): VIEWS - {"devices", "journal"} - OF_RULES,
    ("guarded", OPERATOR): VIEWS,
    ("open", PUBLIC): VIEWS,
    ("open", AUTHORITY): VIEWS,
    ("open", OPERATOR): VIEWS,
    ("untold", PUBLIC): set(),
    ("untold", AUTHORITY): set(),
    ("untold", OPERATOR): VIEWS - {"sites"},
}
KPIS_SEEN = {
    ("closed", PUBLIC): {"pue"},
    ("guarded", AUTHORITY): {"pue"},
    ("guarded", OPERATOR): {"pue", "wue"},
    ("open", PUBLIC): {"pue", "wue"},
}
# But for what PostgreSQL and TimescaleDB tell everybody of themselves.
_RELATIONS = """
select c.oid::regclass::text as name, n.nspname as schema, c.relkind::text as kind
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and n.nspname not like 'pg\\_%temp%'
    and not exists (
        select from pg_depend as d
        where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
            and d.refclassid = 'pg_extension'::regclass
    )
    -- Sequences of its tables, which the extension does not list.
    and n.nspname not in ('_timescaledb_catalog', '_timescaledb_config')
    and not (n.nspname = '_timescaledb_internal' and c.relkind = 'S')
order by 1
"""
_LOGIN = "boucle_test_analyst"


@pytest.fixture(scope="module", params=SERVERS)
def sites_url(
    request: pytest.FixtureRequest, embedded_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A database with the sites of SITES."""
    server_url = server_of(request.param, embedded_url)
    url = asyncio.run(create_database(server_url))
    asyncio.run(_fill(url, tmp_path_factory.mktemp("imports")))
    yield url
    asyncio.run(drop_database(server_url, url))


async def _fill(url: str, folder: Path) -> None:
    async with connected(url) as conn, open_pool(url) as pool:
        await migrate(conn)
        for name in SITES:
            await fill_site(pool, conn, name, folder)


@pytest_asyncio.fixture
async def owner(sites_url: str) -> AsyncIterator[Connection]:
    async with connected(sites_url) as conn:
        yield conn


@pytest_asyncio.fixture
async def analyst_url(owner: Connection, sites_url: str) -> AsyncIterator[str]:
    """Who logs in with the clearance of the public."""
    await owner.execute(login_sql(_LOGIN, PUBLIC))
    parts = urlsplit(sites_url)
    yield urlunsplit(parts._replace(netloc=f"{_LOGIN}@{parts.netloc.rpartition('@')[2]}"))
    await owner.execute(f"drop owned by {_LOGIN}; drop role {_LOGIN}")


@pytest.mark.parametrize("level", Confidentiality)
async def test_each_role_sees_what_it_may(level: Confidentiality, owner: Connection) -> None:
    await owner.execute(f"set role {READER_ROLES[level]}")
    seen: dict[str, set[str]] = {site: set() for site in SITES}
    for view in VIEWS:
        for row in await owner.fetch(f"select distinct site from boucle_views.{view}"):
            seen[row["site"]].add(view)
    assert seen == {site: SEEN[site, level] for site in SITES}
    for view in ("kpis", "kpi_revisions"):
        for (site, of), kpis in KPIS_SEEN.items():
            query = f"select kpi from boucle_views.{view} where site = $1"
            if of is level:
                assert {row["kpi"] for row in await owner.fetch(query, site)} == kpis


@pytest.mark.parametrize("level", Confidentiality)
async def test_names_of_people_are_not_for_the_public(
    level: Confidentiality, owner: Connection
) -> None:
    await owner.execute(f"set role {READER_ROLES[level]}")
    wanted = {"boucle", None} if level is PUBLIC else {"boucle", PERSON}
    events = await owner.fetch("select who from boucle_views.breach_events where site = 'open'")
    assert {row["who"] for row in events} == wanted
    [hold] = await owner.fetch("select who from boucle_views.holds where site = 'open'")
    assert hold["who"] == (None if level is PUBLIC else PERSON)
    for view in VIEWS:
        rows = await owner.fetch(f"select v::text from boucle_views.{view} as v")
        named = any(PERSON in row["v"] for row in rows)
        assert named == (level is not PUBLIC and view in {"breach_events", "holds", "journal"}), (
            view
        )


async def test_all_views_are_tried_here(owner: Connection) -> None:
    assert {row["view"] for row in await owner.fetch(COLUMNS)} == VIEWS


async def test_who_owns_the_tables_sees_everything_and_who_narrows_itself_less(
    owner: Connection,
) -> None:
    query = "select count(distinct site) from boucle_views.points"
    assert await owner.fetchval(query) == len(SITES)
    await owner.execute(f"set role {READER_ROLES[PUBLIC]}")
    assert await owner.fetchval(query) == 1


async def test_what_a_site_file_says_anew_counts_at_once(owner: Connection, sites_url: str) -> None:
    query = "select count(*) from boucle_views.points where site = 'open'"
    async with open_pool(sites_url) as pool:
        await owner.execute(f"set role {READER_ROLES[PUBLIC]}")
        before = await owner.fetchval(query)
        await disclose(pool, "open", Disclosure())
        hidden = await owner.fetchval(query)
        await disclose(pool, "open", OPEN)
        after = await owner.fetchval(query)
    assert (hidden, after) == (0, before)
    assert before > 0


@pytest.mark.parametrize("level", Confidentiality)
async def test_nothing_else_can_be_read_and_nothing_written(
    level: Confidentiality, owner: Connection
) -> None:
    relations = await owner.fetch(_RELATIONS)
    ours = [row for row in relations if row["schema"] != "boucle_views"]
    kept = {"reading", "site_disclosure", "account", "account_session", "api_token", "audit_log"}
    assert kept < {row["name"] for row in ours}
    await owner.execute(f"set role {READER_ROLES[level]}")
    for row in ours:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.fetch(f"select from {row['name']} limit 1")
    rights = "insert, update, delete, truncate, references, trigger"
    for row in relations:
        if row["kind"] == "S":
            assert not await owner.fetchval(
                "select has_sequence_privilege($1, 'usage, update')", row["name"]
            )
            continue
        assert not await owner.fetchval("select has_table_privilege($1, $2)", row["name"], rights)
        columns = "insert, update, references" + ("" if row not in ours else ", select")
        assert not await owner.fetchval(
            "select has_any_column_privilege($1, $2)", row["name"], columns
        ), row["name"]
    for statement in (
        "delete from boucle_views.sites",
        "insert into boucle_views.sites (site) values ('x')",
        "create table boucle_views.mine (n integer)",
        "create view boucle_views.mine as select 1",
        "alter view boucle_views.sites reset (security_barrier)",
        "create role boucle_test_mine",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.execute(statement)


async def test_a_login_is_bounded_and_gains_nothing_by_letting_go_of_its_bounds(
    analyst_url: str,
) -> None:
    async with connected(analyst_url) as conn:
        assert await conn.fetchval("show statement_timeout") == "30s"
        assert await conn.fetchval("show idle_in_transaction_session_timeout") == "1min"
        assert await conn.fetchval("select count(distinct site) from points") == 1
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await conn.execute("create temporary table mine (n integer)")
        await conn.execute("set default_transaction_read_only = off; set statement_timeout = 0")
        for statement in (
            f"set role {READER_ROLES[OPERATOR]}",
            f"set session authorization {READER_ROLES[OPERATOR]}",
            f"grant {READER_ROLES[OPERATOR]} to {_LOGIN}",
            "select from public.site_disclosure",
            "delete from public.reading",
            "delete from sites",
            "create table boucle_views.mine (n integer)",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(statement)


async def test_a_function_of_a_reader_is_told_nothing_but_what_it_may_see(
    analyst_url: str,
) -> None:
    """It is cheap, so that a plan would ask it first, and tells what it is asked of."""
    told: list[str] = []
    async with connected(analyst_url) as conn:
        conn.add_log_listener(lambda _, message: told.append(str(message)))
        await conn.execute("set default_transaction_read_only = off")
        await conn.execute(
            "create function pg_temp.tells(text) returns boolean language plpgsql cost 0.0001 as "
            "$$ begin raise notice 'told %', $1; return true; end $$"
        )
        for column in ("kpi || site", "site || kpi"):
            await conn.fetch(f"select * from kpis where pg_temp.tells({column})")
    assert any("pueclosed" in one for one in told)
    assert not [one for one in told if "wueclosed" in one or "guarded" in one or "untold" in one]


async def test_a_clearance_is_given_and_taken(owner: Connection, analyst_url: str) -> None:
    query = "select count(distinct site) from points"
    for level, sites in ((OPERATOR, 4), (AUTHORITY, 3), (PUBLIC, 1)):
        await owner.execute(login_sql(_LOGIN, level))
        async with connected(analyst_url) as conn:
            assert await conn.fetchval(query) == sites


async def test_words_for_quality_and_origin(owner: Connection) -> None:
    for quality in Quality:
        name = await owner.fetchval(f"select boucle_views.quality_name({quality:d}::smallint)")
        assert name == quality.name.lower()
    for origin in Origin:
        name = await owner.fetchval(f"select boucle_views.origin_name({origin:d}::smallint)")
        assert name == origin.name.lower()


async def test_values_are_those_of_the_tables(owner: Connection) -> None:
    read = "select point, \"time\", value from boucle_views.readings where site = 'open'"
    stored = (
        "select p.key, r.ts, r.value from reading as r join point as p using (point_id) "
        "where p.site = 'open'"
    )
    rows = await owner.fetch(f"{read} order by 1, 2")
    assert rows
    assert [tuple(row) for row in rows] == [
        tuple(row) for row in await owner.fetch(f"{stored} order by 1, 2")
    ]
    good = await owner.fetchval(
        "select sum(good) from boucle_views.readings_by_day where site = 'open'"
    )
    assert good == len([row for row in rows if row["value"] is not None])
    [revised] = await owner.fetch(
        "select value_before, value_after, unit from boucle_views.kpi_revisions "
        "where site = 'open' and kpi = 'wue'"
    )
    assert tuple(revised) == (1.5, 1.25, "L/kWh")
    [breach] = await owner.fetch("select * from boucle_views.breaches where site = 'open'")
    assert (breach["rule"], breach["value"], breach["unit"]) == ("paris_wue", 0.6, "L/kWh")
    verdicts = await owner.fetch("select * from boucle_views.verdicts where site = 'open'")
    assert {(one["rule"], one["kpi"], one["value"]) for one in verdicts} == {
        ("paris_wue", "wue", 0.6)
    }


async def test_every_view_and_column_says_what_it_is_and_its_unit(owner: Connection) -> None:
    words = {
        "double precision": (", s;", ", in unit", "ratio", "degrees", "Absolute, k = 2, in unit"),
        "numeric": (", s;",),
        "integer": ("count",),
        "bigint": ("count", "Number"),
        "timestamp with time zone": ("UTC",),
        "date": ("Europe/Paris",),
        "text": ("",),
        "boolean": ("Whether",),
        "jsonb": ("What",),
    }
    for row in await owner.fetch(COLUMNS):
        name = f"{row['view']}.{row['name']}"
        assert row["about"], name
        assert row["text"], name
        assert any(word in row["text"] for word in words[row["type"]]), name
        if row["type"] == "double precision" and row["text"].endswith(" s."):
            assert row["name"].endswith("_s"), name


async def test_the_document_is_what_the_database_says(owner: Connection) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == await with_views(owner, text), "run python -m tests.service.storage.views_table"
