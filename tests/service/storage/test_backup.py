"""A backup brings back every reading, roll-up, seal and verdict, and a store that works on."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from models.site.disclosure import Confidentiality
from service.evidence.chain import Head, first_fault
from service.storage.connection import Connection, connected, open_pool
from service.storage.evidence import StoredChain
from service.storage.migrate import migrate
from service.storage.pg_binaries import find_binaries
from service.storage.pieces import fetch_pieces, kind_of_store
from service.storage.reader_roles import READER_ROLES
from service.storage.rollups import roll_all
from service.storage.writer import write_batch
from tests.service.storage.batches import S_US, batch_of
from tests.service.storage.conftest import create_database, drop_database
from tests.service.storage.test_evidence_chain import add
from tests.service.storage.test_retention import START, START_US, filled, hashes, keep_up

pytestmark = pytest.mark.asyncio

BACKUP = Path("deploy/backup/backup.sh").absolute()
RESTORE = Path("deploy/backup/restore.sh").absolute()
_MAY_READ = "select has_table_privilege($1, 'boucle_views.kpis', 'select')"
_TABLES = """
select relname from pg_class
where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and not relispartition
order by relname
"""


@pytest_asyncio.fixture
async def restored_url(database_url: str) -> AsyncIterator[str]:
    """An empty database on the same server."""
    url = await create_database(database_url)
    yield url
    await drop_database(database_url, url)


async def run(script: Path, *arguments: str, embedded: bool) -> None:
    path = os.environ["PATH"]
    if embedded:
        # Its programs are newer than those that may be installed.
        path = f"{find_binaries(None).folder}:{path}"
    process = await asyncio.create_subprocess_exec(
        script,
        *arguments,
        env={**os.environ, "PATH": path},
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()


async def is_embedded(conn: Connection) -> bool:
    """Whether the server is that of the programs that the embedded one has."""
    server = find_binaries(None).folder / "postgres"
    process = await asyncio.create_subprocess_exec(
        server, "--version", stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    return f" {conn.get_server_version().major}." in told.decode()


async def contents(conn: Connection) -> dict[str, tuple[Any, ...]]:
    """Number of rows and hash of each table."""
    found = {}
    for row in await conn.fetch(_TABLES):
        name = row["relname"]
        sums = await conn.fetchrow(
            f"select count(*), md5(string_agg(t::text, ' ' order by t::text)) from {name} as t"
        )
        assert sums is not None
        found[name] = tuple(sums)
    return found


async def test_what_is_restored_is_what_was_there_and_works_on(
    conn: Connection, database_url: str, restored_url: str, tmp_path: Path
) -> None:
    # Readings that are dropped, compressed, and as they came; a chain of verdicts.
    ids = await filled(conn)
    await keep_up(conn, START + timedelta(days=140))
    async with open_pool(database_url) as pool:
        await add(StoredChain(pool, "backed_up"), "backed_up", "a", "b", "a")
    embedded = await is_embedded(conn)
    dump = str(tmp_path / "store.dump")

    await run(BACKUP, database_url, dump, embedded=embedded)
    await run(RESTORE, dump, restored_url, embedded=embedded)

    async with connected(restored_url) as other:
        before = await contents(conn)
        assert await contents(other) == before
        assert before["reading"][0] > 1000
        assert before["raw_seal"][0] > 100
        assert await kind_of_store(other) is await kind_of_store(conn)
        store = await kind_of_store(conn)
        pieces = await fetch_pieces(conn, store)
        assert [(p.start, p.end, p.is_compressed) for p in await fetch_pieces(other, store)] == [
            (p.start, p.end, p.is_compressed) for p in pieces
        ]
        assert await hashes(restored_url) == await hashes(database_url)
        # Rights name roles of a server, which another one may not have.
        assert not await other.fetchval(_MAY_READ, READER_ROLES[Confidentiality.PUBLIC])
        async with open_pool(restored_url) as pool:
            entries = await StoredChain(pool, "backed_up").all_entries()
        assert first_fault(entries, "backed_up", Head())[1] is None
        assert len(entries) == 3

        # It is up to date, takes readings late and now, rolls them up, and lets old ones go.
        assert await migrate(other) == ()
        assert await other.fetchval(_MAY_READ, READER_ROLES[Confidentiality.PUBLIC])
        day_us = 86400 * S_US
        more = batch_of(
            [ids[0]] * 2, [START_US + 70 * day_us + 1, START_US + 150 * day_us], [1.0] * 2
        )
        assert await write_batch(other, more) == 2
        await roll_all(other)
        await keep_up(other, START + timedelta(days=200))
        assert await other.fetchval("select min(ts) from reading") > START + timedelta(days=110)
