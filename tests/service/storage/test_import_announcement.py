"""An import is announced to whoever listens: when it is in, and not when it is not."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from service.storage.connection import Connection, connected
from service.storage.errors import ImportConflictError
from service.storage.importer import import_table
from service.storage.writer import write_batch
from tests.service.storage.batches import batch_of, register
from tests.service.storage.import_tables import MIDNIGHT_US, quiet, table

pytestmark = pytest.mark.asyncio


class Ear:
    """Hears what is said on the channel of imports."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._heard: list[str] = []

    async def listen(self) -> None:
        def hear(conn: object, pid: int, channel: str, payload: object) -> None:
            self._heard.append(str(payload))

        await self._conn.add_listener("boucle_import", hear)

    async def heard(self) -> list[str]:
        """Everything until now: what was sent before a mark arrives before it."""
        await self._conn.execute("select pg_notify('boucle_import', 'mark')")
        async with asyncio.timeout(10):
            while self._heard[-1:] != ["mark"]:
                await asyncio.sleep(0.01)
        heard, self._heard = self._heard[:-1], []
        return heard


@pytest_asyncio.fixture
async def ear(database_url: str) -> AsyncIterator[Ear]:
    async with connected(database_url) as listening:
        ear = Ear(listening)
        await ear.listen()
        yield ear
        await listening.reset()


async def test_an_import_is_announced_when_it_is_committed(conn: Connection, ear: Ear) -> None:
    await register(conn, 2)
    past = table(rows=3)

    async with conn.transaction():
        await import_table(conn, "site", past, quiet)
        assert await ear.heard() == []

    [said] = await ear.heard()
    assert json.loads(said) == {
        "site": "site",
        "sha256": past.sha256,
        "from_ts": "2025-11-20T00:00:00+00:00",
        "to_ts": "2025-11-20T02:00:00+00:00",
        "inserted": 6,
    }


async def test_an_import_that_is_rolled_back_is_not_announced(conn: Connection, ear: Ear) -> None:
    await register(conn, 2)
    undone = conn.transaction()
    await undone.start()
    await import_table(conn, "site", table(rows=3), quiet)
    await undone.rollback()

    assert await ear.heard() == []


async def test_a_refused_import_is_not_announced(conn: Connection, ear: Ear) -> None:
    [point, _] = await register(conn, 2)
    await write_batch(conn, batch_of([point], [MIDNIGHT_US], [9.5]))

    with pytest.raises(ImportConflictError):
        await import_table(conn, "site", table(rows=3), quiet, strict=True)

    assert await ear.heard() == []
