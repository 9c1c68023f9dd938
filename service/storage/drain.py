"""Moves readings from the spool to the database, for ever, whatever the database does."""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence

import asyncpg
import structlog

from models.readings import ReadingBatch
from service.storage.connection import Connection, close_connection, open_connection
from service.storage.drain_rate import DrainRate
from service.storage.errors import StoreReplacedError, StoreUnreachableError
from service.storage.faults import WRITE_FAILURES, awaited, away_reason, is_permanent
from service.storage.live_first import LiveReadings
from service.storage.settings import SpoolSettings
from service.storage.spool import SpoolEntry, merged
from service.storage.spool_thread import SpoolThread
from service.storage.store_guard import StoreGuard
from service.storage.writer import write_batch

_FIRST_BACKOFF_S = 0.1
# How often an idle drain looks whether its connection still lives.
_IDLE_CHECK_S = 1.0
# A server in health rolls back in milliseconds.
_ROLLBACK_S = 1.0
# How often the store is marked; much less than a copy may lag unnoticed.
_MARK_S = 30.0

_log = structlog.get_logger(__name__)


class Drain:
    """One connection, one transaction at a time, oldest readings first."""

    def __init__(
        self, dsn: str, spool: SpoolThread, *, guard: StoreGuard, settings: SpoolSettings
    ) -> None:
        self.written_total = 0
        # What was moved and changed nothing: the table had it, or its day was closed.
        self.already_there_total = 0
        self.database_up = False
        self.rate = DrainRate()
        self.live = LiveReadings()
        # Why what answers is not taken for the store; None when it is, or nothing answers.
        self.store_replaced: str | None = None
        self._dsn = dsn
        self._spool = spool
        self._guard = guard
        self._mark_at_s = 0.0
        self._settings = settings
        self._work = asyncio.Event()
        self._closing = asyncio.Event()
        self._deadline: asyncio.Timeout | None = None
        self._down_since: float | None = None
        # What this outage was said to wait for.
        self._awaited: set[str] = set()

    def wake(self) -> None:
        """Say that the spool holds something."""
        self._work.set()

    def close(self) -> None:
        """Write what can be written soon, then return from :meth:`run`."""
        self._closing.set()
        self._limit_closing()
        self._work.set()

    async def run(self) -> None:
        """Drain until :meth:`close`."""
        try:
            async with asyncio.timeout(None) as self._deadline:
                if self._closing.is_set():
                    self._limit_closing()
                await self._keep_draining()
        except TimeoutError:
            _log.warning("readings_left_in_spool", waiting_rows=self._spool.state.rows)

    def _limit_closing(self) -> None:
        if self._deadline is not None:
            loop = asyncio.get_running_loop()
            self._deadline.reschedule(loop.time() + self._settings.closing_s)

    async def _keep_draining(self) -> None:
        delays_s = self._backoff()
        while True:
            moved_before = self.written_total + self.already_there_total
            try:
                await self._drain_on_one_connection()
            except WRITE_FAILURES as exc:
                self._note_down(exc)
            else:
                return
            if self._closing.is_set():
                return
            if self.written_total + self.already_there_total != moved_before:
                delays_s = self._backoff()
            await self._pause(next(delays_s))

    def _backoff(self) -> Iterator[float]:
        delay_s = _FIRST_BACKOFF_S
        while True:
            # Jitter spreads several collectors that lost the same server.
            yield delay_s * random.uniform(0.5, 1.0)
            delay_s = min(2 * delay_s, self._settings.max_backoff_s)

    async def _drain_on_one_connection(self) -> None:
        """Work until closing; raises whatever ends the connection's usefulness."""
        settings = self._settings
        conn = await open_connection(
            self._dsn,
            timeout_s=settings.connect_timeout_s,
            command_timeout_s=settings.write_timeout_s,
            session={"lock_timeout": f"{settings.lock_timeout_s * 1000:.0f}ms"},
        )
        try:
            await self._guard.check(conn)
            self._mark_at_s = 0.0
            await self._mark_now_and_then(conn)
            if not self._spool.state.rows:
                self._note_up()
            while await self._has_work(conn):
                await self._move_some(conn)
                await self._write_live(conn)
                # Not before: a full disk and a lock let us in and take nothing.
                self._note_up()
                await self._mark_now_and_then(conn)
        except BaseException:
            conn.terminate()
            raise
        await close_connection(conn)

    async def _mark_now_and_then(self, conn: Connection) -> None:
        if time.monotonic() >= self._mark_at_s:
            await self._guard.mark(conn)
            self._mark_at_s = time.monotonic() + _MARK_S

    async def _has_work(self, conn: Connection) -> bool:
        """Wait until there is something to move; False when it is time to stop."""
        while not self._spool.state.rows:
            if self._closing.is_set():
                return False
            self._work.clear()
            try:
                async with asyncio.timeout(_IDLE_CHECK_S):
                    await self._work.wait()
            except TimeoutError:
                if conn.is_closed():
                    msg = "the database closed the connection"
                    raise StoreUnreachableError(msg) from None
                await self._mark_now_and_then(conn)
        if self._spool.state.rows < self._settings.max_rows_per_commit:
            await self._pause(self._settings.linger_s)
        return True

    async def _pause(self, delay_s: float) -> None:
        try:
            async with asyncio.timeout(delay_s):
                await self._closing.wait()
        except TimeoutError:
            return

    async def _move_some(self, conn: Connection) -> None:
        entries = await self._spool.oldest(self._settings.max_rows_per_commit)
        if not entries:
            return
        rows = sum(entry.rows for entry in entries)
        try:
            with self.rate.moving(rows):
                new = await self._write(conn, merged(entries))
                await self._spool.remove_through(entries[-1])
        except asyncpg.PostgresError as exc:
            if not is_permanent(exc):
                raise
            await self._move_one_by_one(conn, entries)
            return
        self._count(rows, new)

    async def _write_live(self, conn: Connection) -> None:
        """Write the newest readings ahead of those that wait before them."""
        oldest_us = self._spool.state.oldest_us
        age_s = 0.0 if oldest_us is None else time.time() - oldest_us / 1e6
        newest = self.live.take(age_s)
        if newest is None:
            return
        try:
            self.written_total += await self._write(conn, newest)
        except asyncpg.PostgresError as exc:
            if not is_permanent(exc):
                raise
            # They are told of and set aside when it is their turn.

    async def _move_one_by_one(self, conn: Connection, entries: Sequence[SpoolEntry]) -> None:
        """Find the readings the database refuses; the others must not suffer for it."""
        for entry in entries:
            try:
                new = await self._write(conn, entry.batch)
            except asyncpg.PostgresError as exc:
                if not is_permanent(exc):
                    raise
                reason = f"refused: {exc.sqlstate} {exc}"
                _log.error("readings_refused", rows=entry.rows, reason=reason)
                await self._spool.set_aside(entry, reason)
            else:
                await self._spool.remove_through(entry)
                self._count(entry.rows, new)

    def _count(self, rows: int, new: int) -> None:
        self.written_total += new
        self.already_there_total += rows - new

    async def _write(self, conn: Connection, batch: ReadingBatch) -> int:
        """Write; how many were new."""
        timeout_s = self._settings.write_timeout_s
        writing = asyncio.create_task(write_batch(conn, batch, timeout_s=timeout_s))
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.shield(writing)
        finally:
            if not writing.done():
                await _give_up(writing, conn)

    def _note_up(self) -> None:
        if self._down_since is not None:
            outage_s = round(time.monotonic() - self._down_since, 1)
            waiting_rows = self._spool.state.rows
            _log.info("database_back", outage_s=outage_s, waiting_rows=waiting_rows)
        self._down_since = None
        self._awaited.clear()
        self.store_replaced = None
        self.database_up = True

    def _note_down(self, exc: BaseException) -> None:
        self.database_up = False
        self.live.forget()
        replaced = str(exc) if isinstance(exc, StoreReplacedError) else None
        if replaced is not None and replaced != self.store_replaced:
            _log.error("store_replaced", reason=replaced, waiting_rows=self._spool.state.rows)
        self.store_replaced = replaced
        if self._down_since is None:
            self._down_since = time.monotonic()
        # Once for each thing that is waited for: a server that fell may be full when it is back.
        if replaced is None and awaited(exc) not in self._awaited:
            self._awaited.add(awaited(exc))
            _log.warning("database_lost", reason=away_reason(exc))


async def _give_up(writing: asyncio.Task[int], conn: Connection) -> None:
    """End a write that is late or no longer wanted.

    Cancelled, it asks for a rollback. A server that is frozen does not answer that either, and
    the line is cut.
    """
    writing.cancel()
    await asyncio.wait({writing}, timeout=_ROLLBACK_S)
    conn.terminate()
    await asyncio.gather(writing, return_exceptions=True)
