"""A database for a benchmark: the server of BOUCLE_DATABASE_URL, else an embedded one."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.storage.connection import connected
from service.storage.embedded import EmbeddedPostgres
from service.storage.migrate import migrate
from tests.acceptance.running import open_folder
from tests.service.storage.conftest import create_database, drop_database


@asynccontextmanager
async def bench_store() -> AsyncIterator[str]:
    """The dsn of a migrated database."""
    url = os.environ.get("BOUCLE_DATABASE_URL")
    if url:
        await _migrated(url)
        yield url
        return
    with open_folder() as folder:
        async with EmbeddedPostgres(folder / "postgres") as postgres:
            await _migrated(postgres.dsn)
            yield postgres.dsn


@asynccontextmanager
async def own_bench_store() -> AsyncIterator[str]:
    """The dsn of a migrated database that nobody else uses, and that is dropped at the end."""
    url = os.environ.get("BOUCLE_DATABASE_URL")
    if not url:
        async with bench_store() as dsn:
            yield dsn
        return
    own = await create_database(url)
    try:
        await _migrated(own)
        yield own
    finally:
        await drop_database(url, own)


async def _migrated(dsn: str) -> None:
    async with connected(dsn) as conn:
        await migrate(conn)
