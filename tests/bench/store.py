"""A database for a benchmark: the server of BOUCLE_DATABASE_URL, else an embedded one."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.storage.connection import connected
from service.storage.embedded import EmbeddedPostgres
from service.storage.migrate import migrate
from tests.acceptance.running import open_folder


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


async def _migrated(dsn: str) -> None:
    async with connected(dsn) as conn:
        await migrate(conn)
