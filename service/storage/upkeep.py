"""Keeps the tables of readings in order, for ever: makes room for what
comes, compresses what is old, lets go of what is older.

One connection, one small step at a time. It waits for a lock at most half as long as it takes a
server to look for a deadlock: where two wait for each other, it is the upkeep that gives way, and
tries again. Nothing it does is lost half-done.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import structlog

from service.storage.columnstore import compress_one, prepare_columnstore
from service.storage.connection import Connection, close_connection, open_connection
from service.storage.faults import WRITE_FAILURES
from service.storage.named_sql import load_queries
from service.storage.partitions import make_ahead
from service.storage.pieces import Piece, Store, fetch_pieces, kind_of_store
from service.storage.retention import KeepLimits, retain

_SQL = load_queries("upkeep.sql")
_IDLE_S = 60.0
_RETRY_S = 5.0
_AGAIN_AFTER = timedelta(hours=1)
_COMMAND_TIMEOUT_S = 120.0
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
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
        self._is_told = False
        self._known_on: Connection | None = None
        self._last_again = _EVER

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
            self._known_on = None
            await close_connection(conn)

    async def prepare(self, conn: Connection) -> None:
        """Make a connection one of the upkeep, that gives way."""
        await conn.execute(_SQL["limit_lock_wait"])

    async def step(self, conn: Connection) -> bool:
        """Do one thing that is due, if any; say whether another may be."""
        if not await conn.fetchval(_SQL["try_lock"]):
            return False
        try:
            may_be_more = await self._step(conn)
        except _BUSY as error:
            _log.debug("upkeep_gives_way", error=str(error))
            may_be_more = False
        # After any other error the connection is closed, and the lock with it.
        await conn.execute(_SQL["unlock"])
        return may_be_more

    async def _step(self, conn: Connection) -> bool:
        await self._get_to_know(conn)
        now = self._now()
        if self._store is Store.PARTITIONED and await make_ahead(conn, now):
            return True
        pieces = await fetch_pieces(conn, self._store)
        if await retain(conn, self._store, pieces, self._limits, now):
            return True
        return self._compresses and await self._compress(conn, pieces)

    async def _get_to_know(self, conn: Connection) -> None:
        """How readings are kept: it changes when a server gets TimescaleDB."""
        store = await kind_of_store(conn)
        if store is not self._store or conn is not self._known_on:
            licensed = store is Store.HYPERTABLE and await prepare_columnstore(conn)
            if store is Store.HYPERTABLE and not licensed and not self._is_told:
                self._is_told = True
                _log.warning(
                    "readings_not_compressed",
                    reason="TimescaleDB runs with the licence apache",
                    remedy="set timescaledb.license = 'timescale' on the server, or leave it",
                )
            self._compresses, self._store, self._known_on = licensed, store, conn

    async def _compress(self, conn: Connection, pieces: Sequence[Piece]) -> bool:
        """What came late into compressed chunks is compressed together, not row by row."""
        now = self._now()
        # A clock that was set back does not put it off.
        again = abs(now - self._last_again) >= _AGAIN_AFTER
        if await compress_one(conn, pieces, now, again=again):
            return True
        if again:
            self._last_again = now
        return False
