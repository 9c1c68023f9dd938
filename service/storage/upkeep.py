"""Keeps the tables of readings in order, for ever: compresses what is old,
and lets go of what is older.

One connection, one small step at a time. It waits for a lock at most half as long as it takes a
server to look for a deadlock: where two wait for each other, it is the upkeep that gives way, and
tries again. Nothing it does is lost half-done.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import asyncpg
import structlog

from service.storage.columnstore import compress_one, prepare_columnstore
from service.storage.connection import Connection, close_connection, open_connection
from service.storage.faults import WRITE_FAILURES
from service.storage.pieces import Piece, Store, fetch_pieces, kind_of_store
from service.storage.retention import KeepLimits, retain

_IDLE_S = 60.0
_RETRY_S = 5.0
_AGAIN_AFTER_S = 3600.0
_COMMAND_TIMEOUT_S = 120.0
_LIMIT_LOCK_WAIT = "set lock_timeout = '500ms'"
_BUSY = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.ObjectInUseError,
)

_log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


class Upkeep:
    """The task that keeps the store up; ``now`` tells it the time."""

    def __init__(
        self, dsn: str, *, limits: KeepLimits, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._dsn = dsn
        self._limits = limits
        self._now = now
        self._store = Store.PLAIN
        self._compresses = False
        self._again_at_s = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Do what is due, then look again every minute, until told to stop."""
        async with asyncio.TaskGroup() as tasks:
            work = tasks.create_task(self._work(), name="upkeep-work")
            await stop.wait()
            # A chunk may take minutes: the end of the process does not wait for it.
            work.cancel()

    async def _work(self) -> None:
        down = False
        while True:
            try:
                await self._on_one_connection()
            except WRITE_FAILURES as error:
                if not down:
                    _log.warning("upkeep_waits", error=str(error) or type(error).__name__)
                down = True
                await asyncio.sleep(_RETRY_S)
            else:
                down = False

    async def _on_one_connection(self) -> None:
        conn = await open_connection(self._dsn, command_timeout_s=_COMMAND_TIMEOUT_S)
        try:
            await self.prepare(conn)
            while True:
                may_wait = not await self.step(conn)
                await asyncio.sleep(_IDLE_S if may_wait else 0)
        except asyncpg.UndefinedTableError:
            _log.warning("upkeep_waits", error="not migrated", remedy="run: boucle migrate")
            await asyncio.sleep(_IDLE_S)
        finally:
            await close_connection(conn)

    async def prepare(self, conn: Connection) -> None:
        """Get to know the store, once a connection."""
        await conn.execute(_LIMIT_LOCK_WAIT)
        self._store = await kind_of_store(conn)
        self._compresses = self._store is Store.HYPERTABLE and await prepare_columnstore(conn)

    async def step(self, conn: Connection) -> bool:
        """Do one thing that is due, if any; say whether another may be."""
        try:
            return await self._step(conn)
        except _BUSY as error:
            _log.debug("upkeep_gives_way", error=str(error))
            return False

    async def _step(self, conn: Connection) -> bool:
        pieces = await fetch_pieces(conn, self._store)
        if await retain(conn, self._store, pieces, self._limits, self._now()):
            return True
        return self._compresses and await self._compress(conn, pieces)

    async def _compress(self, conn: Connection, pieces: Sequence[Piece]) -> bool:
        """What came late into compressed chunks is compressed together, not row by row."""
        again = time.monotonic() >= self._again_at_s
        if await compress_one(conn, pieces, self._now(), again=again):
            return True
        if again:
            self._again_at_s = time.monotonic() + _AGAIN_AFTER_S
        return False
