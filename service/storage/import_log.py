"""The log of imports of one site, as it is read over HTTP."""

from service.evaluation.ports import StoreAway
from service.storage.connection import Pool
from service.storage.faults import STORE_AWAY, away_reason
from service.storage.importer import ImportRow
from service.storage.named_sql import load_queries

_SQL = load_queries("imports.sql")
_ACQUIRE_TIMEOUT_S = 10.0
_QUERY_TIMEOUT_S = 60.0


class StoredImports:
    """Which files of past readings were taken in."""

    def __init__(self, pool: Pool, site: str) -> None:
        self._pool, self._site = pool, site

    async def after(self, number: int, limit: int) -> list[ImportRow]:
        """At most so many after a number, oldest first; raises StoreAway."""
        query = _SQL["fetch_imports_after"]
        try:
            async with self._pool.acquire(timeout=_ACQUIRE_TIMEOUT_S) as conn:
                rows = await conn.fetch(query, self._site, number, limit, timeout=_QUERY_TIMEOUT_S)
        except STORE_AWAY as error:
            raise StoreAway(away_reason(error)) from error
        return [ImportRow(**row) for row in rows]
