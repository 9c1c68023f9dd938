"""Who makes the roles of the readers, and when the database knows what a site discloses."""

import asyncio
from dataclasses import replace

import pytest

from models.site.disclosure import OPEN, Confidentiality
from service.__main__ import main
from service.access.levels import levels_of
from service.storage import disclosure
from service.storage.connection import Connection, connected, open_pool
from service.storage.disclosure import StoredDisclosure
from service.storage.migrate import migrate
from service.storage.reader_roles import READER_ROLES, grant_readers
from tests.models.kpi.small_site import IDENTITY

pytestmark = pytest.mark.asyncio

PUBLIC, AUTHORITY, OPERATOR = Confidentiality


async def test_who_may_not_make_roles_is_told_and_migrates_all_the_same(
    empty_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with connected(empty_url) as conn:
        name = await conn.fetchval("select current_database()")
        for role in READER_ROLES.values():
            await conn.execute(f"alter role {role} rename to {role}_away")
        await conn.execute("create role boucle_test_owner")
        try:
            await conn.execute(f'grant create on database "{name}" to boucle_test_owner')
            await conn.execute("grant create on schema public to boucle_test_owner")
            await conn.execute("set role boucle_test_owner")
            assert 23 in await migrate(conn)
            assert not await grant_readers(conn)
            # Nobody is cleared for more than the owner is, and the views can be read.
            assert await conn.fetchval("select boucle_views.clearance()") == OPERATOR
            assert await conn.fetch("select from boucle_views.kpis") == []
            # Who administers the database does what is said.
            await conn.execute("reset role")
            capsys.readouterr()
            assert main(["sql-roles"]) == 0
            await conn.execute(capsys.readouterr().out)
            await conn.execute("set role boucle_test_owner")
            assert await grant_readers(conn)
            await conn.execute("reset role")
            await conn.execute(f"set role {READER_ROLES[PUBLIC]}")
            assert await conn.fetch("select from boucle_views.kpis") == []
        finally:
            await conn.execute("reset role")
            for role in READER_ROLES.values():
                await conn.execute(f"drop owned by {role}; drop role {role}")
                await conn.execute(f"alter role {role}_away rename to {role}")
            await conn.execute("drop owned by boucle_test_owner; drop role boucle_test_owner")


async def test_a_login_has_a_name_that_needs_no_quotes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("a; drop table reading", "Claire", "x'y", READER_ROLES[OPERATOR], "pg_x", ""):
        assert main(["sql-roles", "--login", name]) == 2
    capsys.readouterr()
    assert main(["sql-roles", "--login", "claire", "--clearance", "authority"]) == 0
    assert f"grant {READER_ROLES[AUTHORITY]} to claire" in capsys.readouterr().out


async def test_a_database_that_is_away_is_told_as_soon_as_it_is_back(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disclosure, "_RETRY_S", 0.05)
    levels = list(levels_of(OPEN, {}))
    told = "select count(*) from site_disclosure where site = 'late'"
    stop = asyncio.Event()
    async with open_pool(database_url) as pool:
        await conn.execute("alter table site_disclosure rename to site_disclosure_away")
        late = StoredDisclosure(pool, replace(IDENTITY, id="late"), levels)
        task = asyncio.create_task(late.run(stop))
        await asyncio.sleep(0.2)
        await conn.execute("alter table site_disclosure_away rename to site_disclosure")
        assert await conn.fetchval(told) == 0
        async with asyncio.timeout(10):
            await task
    assert await conn.fetchval(told) == len(levels)
