"""A connection of a pool, for the length of a block, as those who ask for the past want it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from service.evaluation.ports import StoreAway
from service.storage.connection import Connection, Pool
from service.storage.faults import STORE_AWAY, away_reason

_ACQUIRE_TIMEOUT_S: Final = 10.0


@asynccontextmanager
async def pooled(pool: Pool) -> AsyncIterator[Connection]:
    """One connection; whatever says that the database is away becomes StoreAway."""
    try:
        async with pool.acquire(timeout=_ACQUIRE_TIMEOUT_S) as conn:
            try:
                yield conn
            except (TimeoutError, asyncio.CancelledError):
                # A frozen server would hold up the polite release that follows.
                conn.terminate()
                raise
    except STORE_AWAY as error:
        raise StoreAway(away_reason(error)) from error
