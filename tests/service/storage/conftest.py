"""Real servers for the tests of the store: the embedded one, and the one of the environment."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest
import pytest_asyncio

from service.storage.connection import Connection, connected
from service.storage.embedded import EmbeddedPostgres
from service.storage.migrate import migrate

SERVER_VARIABLE = "BOUCLE_DATABASE_URL"
SERVERS = ["embedded", "server"] if os.environ.get(SERVER_VARIABLE) else ["embedded"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter: pytest's own is closed to all but its user."""
    folder = Path(tempfile.mkdtemp(prefix="boucle-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def embedded_url() -> Iterator[str]:
    """An embedded server for the whole run."""
    folder = Path(tempfile.mkdtemp(prefix="boucle-test-", dir="/tmp"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder)
    yield asyncio.run(server.start())
    asyncio.run(server.stop())
    shutil.rmtree(folder)


@asynccontextmanager
async def fresh_database(server_url: str) -> AsyncIterator[str]:
    """An empty database on a server, dropped afterwards."""
    name = f"boucle_test_{uuid4().hex[:12]}"
    async with connected(server_url) as conn:
        await conn.execute(f'create database "{name}"')
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        async with connected(server_url) as conn:
            await conn.execute(f'drop database "{name}" with (force)')


@pytest_asyncio.fixture(params=SERVERS)
async def empty_url(request: pytest.FixtureRequest, embedded_url: str) -> AsyncIterator[str]:
    """An empty database, on each kind of server there is."""
    server_url = embedded_url if request.param == "embedded" else os.environ[SERVER_VARIABLE]
    async with fresh_database(server_url) as url:
        yield url


@pytest_asyncio.fixture
async def database_url(empty_url: str) -> str:
    """A migrated database, on each kind of server there is."""
    async with connected(empty_url) as conn:
        await migrate(conn)
    return empty_url


@pytest_asyncio.fixture
async def conn(database_url: str) -> AsyncIterator[Connection]:
    """A connection to a migrated database."""
    async with connected(database_url) as connection:
        yield connection
