"""Sessions that a provider vouches for, and what it said that counts only once."""

from datetime import datetime
from uuid import UUID

from service.accounts.tokens import stored_form
from service.storage.connection import Connection
from service.storage.named_sql import load_queries

_SQL = load_queries("vouched.sql")
_TIMEOUT_S = 10.0


async def note_vouched(conn: Connection, secret: str, sid: str | None, id_token: str) -> None:
    """Keep with a session what its provider needs to end it."""
    await conn.execute(_SQL["note"], stored_form(secret), sid, id_token, timeout=_TIMEOUT_S)


async def end_vouched(
    conn: Connection, issuer: str, subject: str | None, sid: str | None
) -> set[tuple[UUID, str]]:
    """End the sessions of one sign-in at a provider, or all of a person; whose they were."""
    if sid is not None:
        rows = await conn.fetch(_SQL["end_of_sid"], issuer, sid, subject, timeout=_TIMEOUT_S)
    else:
        rows = await conn.fetch(_SQL["end_of_subject"], issuer, subject, timeout=_TIMEOUT_S)
    return {(row["account_id"], row["login"]) for row in rows}


async def use_once(conn: Connection, what: str, ends_at: datetime) -> bool:
    """Whether this was not used before; it is now, until it is of no use anyhow."""
    used = await conn.fetchval(_SQL["use"], stored_form(what), ends_at, timeout=_TIMEOUT_S)
    return used is not None


async def sweep_used(conn: Connection, now: datetime) -> None:
    """Forget what nobody can use again."""
    await conn.execute(_SQL["sweep"], now, timeout=_TIMEOUT_S)
