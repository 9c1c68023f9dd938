"""Who answers for which device or alarm of a site."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import asyncpg

from service.access.visitor import Visitor
from service.storage.connection import Pool
from service.storage.named_sql import load_queries
from service.storage.pooled import pooled

_SQL = load_queries("charges.sql")


class ChargeKind(StrEnum):
    """What somebody answers for."""

    DEVICE = "device"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCharge:
    """Somebody answers for something since ``at``, until ``ended_at`` (None: still)."""

    id: int
    kind: ChargeKind
    subject: str
    account: str
    name: str
    note: str
    at: datetime
    ended_at: datetime | None
    ended_by: str | None


class StoredCharges:
    """Those of one site. Raises StoreAway."""

    def __init__(self, pool: Pool, site: str) -> None:
        self._pool, self._site = pool, site

    async def charges(
        self, *, standing: bool, before: int | None, limit: int
    ) -> list[StoredCharge]:
        """The newest first: all that ever were, or those that stand."""
        async with pooled(self._pool) as conn:
            rows = await conn.fetch(_SQL["fetch_charges"], self._site, standing, before, limit)
        return [_charge(row) for row in rows]

    async def take(
        self, kind: ChargeKind, subject: str, who: Visitor, note: str, at: datetime
    ) -> StoredCharge:
        """Answer for something; whoever did before no longer does."""
        async with pooled(self._pool) as conn, conn.transaction():
            await conn.execute(_SQL["lock_charges"], self._site)
            thing = (self._site, kind.value, subject)
            await conn.fetch(_SQL["end_charge"], *thing, at, who.account)
            row = await conn.fetchrow(_SQL["take_charge"], *thing, who.account, who.name, note, at)
            assert row is not None
            return _charge(row)

    async def end(self, kind: ChargeKind, subject: str, who: Visitor, at: datetime) -> bool:
        """Nobody answers for it any more; whether somebody did."""
        async with pooled(self._pool) as conn:
            ended = await conn.fetch(
                _SQL["end_charge"], self._site, kind.value, subject, at, who.account
            )
        return bool(ended)


def _charge(row: asyncpg.Record) -> StoredCharge:
    return StoredCharge(**{**row, "kind": ChargeKind(row["kind"])})
