"""Real servers for the tests of the store: the embedded one, and the one of the environment."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest
import pytest_asyncio

from service.storage.connection import Connection, connected
from service.storage.embedded import EmbeddedPostgres
from service.storage.migrate import migrate
from tests.service.storage.office import Clock, Office, open_office
from tests.service.storage.whole_site import WholeSite, serve_whole

SERVER_VARIABLE = "BOUCLE_DATABASE_URL"
SERVERS = ["embedded", "server"] if os.environ.get(SERVER_VARIABLE) else ["embedded"]

_TEST_DATABASES = "boucle_test_"
_EMPTY_TABLES = """
truncate reading, reading_newest, point, device_state, point_raw, import_log, kpi_result,
    kpi_progress, rollup_queue, rollup_change, rollup_wanted, rollup_range, reading_hour,
    reading_hour_range, reading_day, reading_month, raw_seal, reading_set_aside, raw_hold,
    site_identity, site_disclosure restart identity;
update upkeep_state set closed_upto = default, sealed_upto = default, hours_from = default;
update rollup_state set rolled_upto = date_trunc('hour', now() - interval '5 minutes');
"""


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


def server_of(kind: str, embedded_url: str) -> str:
    """Where a kind of server is reached."""
    return embedded_url if kind == "embedded" else os.environ[SERVER_VARIABLE]


async def create_database(server_url: str) -> str:
    """Make an empty database on a server and say where it is."""
    name = f"{_TEST_DATABASES}{uuid4().hex[:12]}"
    async with connected(server_url) as conn:
        await conn.execute(f'create database "{name}"')
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


async def drop_database(server_url: str, url: str) -> None:
    """Remove a database that a test made."""
    name = urlsplit(url).path.removeprefix("/")
    async with connected(server_url) as conn:
        await conn.execute(f'drop database "{name}" with (force)')


@pytest_asyncio.fixture(params=SERVERS)
async def empty_url(request: pytest.FixtureRequest, embedded_url: str) -> AsyncIterator[str]:
    """An empty database, on each kind of server there is."""
    server_url = server_of(request.param, embedded_url)
    url = await create_database(server_url)
    yield url
    await drop_database(server_url, url)


@pytest.fixture(scope="session", params=SERVERS)
def shared_url(request: pytest.FixtureRequest, embedded_url: str) -> Iterator[str]:
    """One migrated database for the run, on each kind of server there is."""
    server_url = server_of(request.param, embedded_url)

    async def create_and_migrate() -> str:
        url = await create_database(server_url)
        async with connected(url) as conn:
            await migrate(conn)
        return url

    url = asyncio.run(create_and_migrate())
    yield url
    asyncio.run(drop_database(server_url, url))


@pytest.fixture(scope="session")
def whole_site(embedded_url: str) -> Iterator[WholeSite]:
    """``boucle serve`` with something of everything, for tests that do not mind what others do."""
    url = asyncio.run(create_database(embedded_url))
    with serve_whole(url) as served:
        yield served
    asyncio.run(drop_database(embedded_url, url))


@pytest_asyncio.fixture
async def database_url(shared_url: str) -> str:
    """A migrated database without rows."""
    async with connected(shared_url) as conn:
        await conn.execute(_EMPTY_TABLES)
    return shared_url


@pytest_asyncio.fixture
async def conn(database_url: str) -> AsyncIterator[Connection]:
    """A connection to a migrated database."""
    async with connected(database_url) as connection:
        yield connection


@pytest.fixture
def clock() -> Clock:
    """A clock that the test moves."""
    return Clock()


@pytest_asyncio.fixture
async def office(shared_url: str, clock: Clock) -> AsyncIterator[Office]:
    """Accounts; names and addresses are new in each test, so that nothing is emptied before it."""
    async with open_office(shared_url, clock) as opened:
        yield opened
