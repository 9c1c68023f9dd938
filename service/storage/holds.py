"""Disputed periods, whose readings are kept beyond their time."""

from dataclasses import dataclass
from datetime import datetime

from service.storage.connection import Connection
from service.storage.errors import NoSuchHoldError
from service.storage.named_sql import load_queries

_SQL = load_queries("holds.sql")
_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One hold; it stands until it is lifted."""

    hold_id: int
    from_ts: datetime
    to_ts: datetime
    who: str
    why: str
    set_at: datetime
    lifted_by: str | None
    lifted_why: str | None
    lifted_at: datetime | None


async def set_hold(
    conn: Connection, site: str, start: datetime, end: datetime, *, who: str, why: str
) -> int:
    """Keep the readings of ``[start, end)``; the number of the hold."""
    return int(await conn.fetchval(_SQL["set"], site, start, end, who, why, timeout=_TIMEOUT_S))


async def lift_hold(conn: Connection, site: str, hold_id: int, *, who: str, why: str) -> None:
    """Let the readings of a hold go.

    Raises
    ------
    NoSuchHoldError
        If no hold of the site that stands has this number.
    """
    if await conn.fetchval(_SQL["lift"], site, hold_id, who, why, timeout=_TIMEOUT_S) is None:
        raise NoSuchHoldError(hold_id)


async def fetch_holds(conn: Connection, site: str) -> list[Hold]:
    """Every hold that was ever set for a site, oldest first."""
    return [Hold(**row) for row in await conn.fetch(_SQL["fetch"], site, timeout=_TIMEOUT_S)]
