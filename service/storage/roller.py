"""Keeps the roll-ups up with the readings, for ever, whatever the database does."""

import asyncio
import time

import asyncpg
import structlog

from service.storage.connection import close_connection, connected, open_connection
from service.storage.errors import StoreUnreachableError
from service.storage.faults import WRITE_FAILURES
from service.storage.rollups import MAX_HOURS_AT_ONCE, MIN_HOURS_AT_ONCE, roll_all, roll_up

_IDLE_S = 5.0
_RETRY_S = 2.0
_COMMAND_TIMEOUT_S = 120.0
# What a transaction should take: short enough to be lost, long enough to be worth its commit.
_QUICK_S, _SLOW_S = 1.0, 5.0

_log = structlog.get_logger(__name__)


class Roller:
    """One connection; the hours of a transaction follow how long the last one took."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._hours = MIN_HOURS_AT_ONCE

    async def run(self, stop: asyncio.Event) -> None:
        """Roll up what waits, then look again every few seconds, until told to stop."""
        down = False
        while not stop.is_set():
            try:
                await self._roll_on_one_connection(stop)
            except WRITE_FAILURES as error:
                if not down:
                    _log.warning("roll_ups_wait", error=str(error) or type(error).__name__)
                down = True
                self._hours = MIN_HOURS_AT_ONCE
                await _pause(stop, _RETRY_S)
            else:
                down = False

    async def _roll_on_one_connection(self, stop: asyncio.Event) -> None:
        conn = await open_connection(self._dsn, command_timeout_s=_COMMAND_TIMEOUT_S)
        try:
            while not stop.is_set():
                started = time.monotonic()
                if not await roll_up(conn, hours_at_once=self._hours):
                    await _pause(stop, _IDLE_S)
                    continue
                self._follow(time.monotonic() - started)
        except asyncpg.UndefinedTableError:
            _log.warning("roll_ups_wait", error="not migrated", remedy="run: boucle migrate")
            await _pause(stop, _IDLE_S)
        finally:
            await close_connection(conn)

    def _follow(self, took_s: float) -> None:
        if took_s < _QUICK_S:
            self._hours = min(2 * self._hours, MAX_HOURS_AT_ONCE)
        elif took_s > _SLOW_S:
            self._hours = max(self._hours // 2, MIN_HOURS_AT_ONCE)


async def catch_up(dsn: str) -> None:
    """Roll up all that waits, for a command that brings readings in or asks for figures.

    Raises
    ------
    StoreUnreachableError
        If the server goes away meanwhile; the next one goes on.
    """
    async with connected(dsn, command_timeout_s=_COMMAND_TIMEOUT_S) as conn:
        try:
            await roll_all(conn)
        except WRITE_FAILURES as error:
            msg = f"the readings are not rolled up: {error}; boucle evaluate goes on with it"
            raise StoreUnreachableError(msg) from error


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
