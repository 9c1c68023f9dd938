"""Tells the database who and where a site is, and who may see what of it: the views ask for it."""

import asyncio
from collections.abc import Sequence

import structlog

from models.site.identity import Identity
from service.access.levels import Level
from service.storage.connection import Pool
from service.storage.faults import STORE_AWAY, away_reason
from service.storage.lease import Held
from service.storage.named_sql import load_queries

_SQL = load_queries("disclosure.sql")
_ACQUIRE_TIMEOUT_S = 10.0
_TIMEOUT_S = 10.0
_RETRY_S = 5.0

_log = structlog.get_logger(__name__)


class StoredDisclosure:
    """Who and where one site is, and who may see what of it."""

    def __init__(
        self, pool: Pool, identity: Identity, levels: Sequence[Level], held: Held | None = None
    ) -> None:
        """``held``: what may only be written while a lease is."""
        self._pool, self._identity, self._levels, self._held = pool, identity, levels, held

    async def run(self, stop: asyncio.Event) -> None:
        """Write it once, as soon as the database is there."""
        away = False
        while not stop.is_set():
            try:
                await self.write()
            except STORE_AWAY as error:
                if not away:
                    _log.warning("disclosure_waits", error=away_reason(error))
                away = True
            else:
                return
            try:
                await asyncio.wait_for(stop.wait(), _RETRY_S)
            except TimeoutError:
                continue

    async def write(self) -> None:
        """In the place of what was there of the site."""
        one = self._identity
        columns = [list(column) for column in zip(*self._levels, strict=True)]
        async with self._pool.acquire(timeout=_ACQUIRE_TIMEOUT_S) as conn, conn.transaction():
            if self._held is not None:
                await self._held.guard(conn)
            await conn.execute(
                _SQL["upsert_identity"],
                one.id,
                one.name,
                one.operator,
                one.city,
                one.latitude_deg,
                one.longitude_deg,
                timeout=_TIMEOUT_S,
            )
            await conn.execute(_SQL["forget_levels"], one.id, timeout=_TIMEOUT_S)
            await conn.execute(_SQL["insert_levels"], one.id, *columns, timeout=_TIMEOUT_S)
