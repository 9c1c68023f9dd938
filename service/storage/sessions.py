"""Sessions and tokens in the store: found by the hash of their secret."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from service.access.roles import Action, Role
from service.access.visitor import Grant
from service.accounts.account import ApiToken, Session
from service.accounts.tokens import stored_form
from service.storage.connection import Connection
from service.storage.named_sql import load_queries

_SQL = load_queries("sessions.sql")
_TIMEOUT_S = 10.0


async def open_session(
    conn: Connection,
    secret: str,
    account: UUID,
    at: datetime,
    idle_ends_at: datetime,
    ends_at: datetime,
) -> None:
    """A session begins."""
    await conn.execute(
        _SQL["open"],
        stored_form(secret),
        account,
        at,
        min(idle_ends_at, ends_at),
        ends_at,
        timeout=_TIMEOUT_S,
    )


async def fetch_session(conn: Connection, secret: str) -> Session | None:
    """The session of a secret, ended or not; None for a disabled account, too."""
    found = await fetch_known_session(conn, secret)
    return None if found is None else found[0]


async def fetch_known_session(
    conn: Connection, secret: str
) -> tuple[Session, tuple[Grant, ...]] | None:
    """The same, with what is granted to whose it is."""
    row = await conn.fetchrow(_SQL["fetch"], stored_form(secret), timeout=_TIMEOUT_S)
    if row is None:
        return None
    fields = dict(row)
    grants = _grants(fields.pop("grants"))
    return Session(**fields), grants


async def touch_session(
    conn: Connection, secret: str, at: datetime, idle_ends_at: datetime
) -> None:
    """It was used: its idleness begins anew."""
    await conn.execute(_SQL["touch"], stored_form(secret), at, idle_ends_at, timeout=_TIMEOUT_S)


async def close_session(conn: Connection, secret: str) -> str | None:
    """End a session; what a provider signed when it began, if one did."""
    ended: str | None = await conn.fetchval(_SQL["close"], stored_form(secret), timeout=_TIMEOUT_S)
    return ended


async def close_sessions(conn: Connection, account: UUID, but: str | None = None) -> int:
    """End every session of an account, but one; how many."""
    kept = None if but is None else stored_form(but)
    return len(await conn.fetch(_SQL["close_all"], account, kept, timeout=_TIMEOUT_S))


async def sweep_sessions(conn: Connection, now: datetime) -> None:
    """Forget those that ended."""
    await conn.execute(_SQL["sweep"], now, timeout=_TIMEOUT_S)


async def add_token(
    conn: Connection,
    text: str,
    account: UUID,
    name: str,
    actions: frozenset[Action],
    sites: frozenset[str] | None,
    *,
    at: datetime,
    expires_at: datetime,
) -> int:
    """Keep a new token; its number."""
    return int(
        await conn.fetchval(
            _SQL["add_token"],
            stored_form(text),
            account,
            name,
            sorted(one.value for one in actions),
            None if sites is None else sorted(sites),
            at,
            expires_at,
            timeout=_TIMEOUT_S,
        )
    )


async def fetch_known_token(
    conn: Connection, text: str
) -> tuple[ApiToken, tuple[Grant, ...]] | None:
    """The token of a text, expired and revoked ones included, with the roles of its account.

    None for a disabled account.
    """
    row = await conn.fetchrow(_SQL["known_token"], stored_form(text), timeout=_TIMEOUT_S)
    if row is None:
        return None
    fields = dict(row)
    grants = _grants(fields.pop("grants"))
    return _token(fields), grants


async def fetch_tokens(conn: Connection, account: UUID) -> list[ApiToken]:
    """Every token an account ever had."""
    rows = await conn.fetch(_SQL["tokens_of"], account, timeout=_TIMEOUT_S)
    return [_token(dict(row)) for row in rows]


async def use_token(conn: Connection, token: int, at: datetime) -> None:
    """It was used."""
    await conn.execute(_SQL["use_token"], token, at, timeout=_TIMEOUT_S)


async def revoke_token(conn: Connection, account: UUID, token: int, at: datetime) -> str | None:
    """End a token; its name, or None when there is none to end."""
    name: str | None = await conn.fetchval(
        _SQL["revoke_token"], account, token, at, timeout=_TIMEOUT_S
    )
    return name


async def revoke_tokens(conn: Connection, account: UUID, at: datetime) -> None:
    """End all tokens of an account."""
    await conn.execute(_SQL["revoke_tokens"], account, at, timeout=_TIMEOUT_S)


def _grants(text: str) -> tuple[Grant, ...]:
    return tuple(
        Grant(role=Role(one["role"]), site=one["site"], taker=one["taker"])
        for one in json.loads(text)
    )


def _token(row: Mapping[str, Any]) -> ApiToken:
    fields = dict(row)
    fields["actions"] = frozenset(Action(one) for one in row["actions"])
    fields["sites"] = None if row["sites"] is None else frozenset(row["sites"])
    return ApiToken(**fields)
