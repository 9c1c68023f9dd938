"""Accounts and their roles in the store: each function a statement of a caller's transaction."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from service.access.roles import Role
from service.access.visitor import Grant
from service.accounts.account import Account, GivenRole, Identity
from service.storage.connection import Connection, Pool
from service.storage.errors import StoreUnreachableError
from service.storage.faults import STORE_AWAY, away_reason
from service.storage.named_sql import load_queries

_SQL = load_queries("accounts.sql")
_ACQUIRE_TIMEOUT_S = 10.0
_TIMEOUT_S = 10.0


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """A connection in a transaction.

    Raises
    ------
    StoreUnreachableError
        When the store is away; nothing was written.
    """
    async with single_statements(pool) as conn, conn.transaction():
        yield conn


@asynccontextmanager
async def single_statements(pool: Pool) -> AsyncIterator[Connection]:
    """A connection on which each statement stands for itself.

    Raises
    ------
    StoreUnreachableError
        When the store is away.
    """
    try:
        async with pool.acquire(timeout=_ACQUIRE_TIMEOUT_S) as conn:
            yield conn
    except STORE_AWAY as error:
        msg = f"the database does not answer: {away_reason(error)}"
        raise StoreUnreachableError(msg) from error


async def add_account(
    conn: Connection,
    login: str,
    display_name: str,
    email: str | None,
    password_hash: str | None,
    *,
    must_change_password: bool,
    at: datetime,
    by: str,
    identity: Identity | None = None,
) -> UUID | None:
    """Add one; None when the name or the identity is taken."""
    added: UUID | None = await conn.fetchval(
        _SQL["add"],
        *(login, display_name, email, password_hash, must_change_password, at, by),
        *((None, None) if identity is None else (identity.issuer, identity.subject)),
        timeout=_TIMEOUT_S,
    )
    return added


async def fetch_accounts(conn: Connection) -> list[Account]:
    """Every account, by name."""
    return [Account(**row) for row in await conn.fetch(_SQL["fetch_all"], timeout=_TIMEOUT_S)]


async def fetch_account(conn: Connection, login: str, *, lock: bool = False) -> Account | None:
    """The account of a login name; locked, it changes only in this transaction."""
    row = await conn.fetchrow(_SQL["lock" if lock else "by_login"], login, timeout=_TIMEOUT_S)
    return None if row is None else Account(**row)


async def fetch_identified(conn: Connection, identity: Identity) -> Account | None:
    """The account of somebody a provider vouches for; it changes only in this transaction."""
    row = await conn.fetchrow(
        _SQL["lock_identified"], identity.issuer, identity.subject, timeout=_TIMEOUT_S
    )
    return None if row is None else Account(**row)


async def set_password_hash(
    conn: Connection, account: UUID, password_hash: str, *, must_change: bool, at: datetime
) -> None:
    """Another password."""
    await conn.execute(
        _SQL["set_password"], account, password_hash, must_change, at, timeout=_TIMEOUT_S
    )


async def renew_password_hash(conn: Connection, account: UUID, old: str, new: str) -> None:
    """The same password under other parameters, unless it was changed meanwhile."""
    await conn.execute(_SQL["set_rehashed"], account, old, new, timeout=_TIMEOUT_S)


async def disable_account(conn: Connection, account: UUID, at: datetime) -> None:
    """May not sign in any more."""
    await conn.execute(_SQL["disable"], account, at, timeout=_TIMEOUT_S)


async def erase_account(conn: Connection, account: UUID) -> None:
    """Gone, with its roles, sessions and tokens."""
    await conn.execute(_SQL["erase"], account, timeout=_TIMEOUT_S)


async def fetch_everything_of(conn: Connection, login: str) -> dict[str, Any] | None:
    """All that bears somebody's name, but secrets and their hashes; None for nobody."""
    found = await conn.fetchval(_SQL["everything_of"], login, timeout=_TIMEOUT_S)
    return None if found is None else dict(json.loads(found))


async def enable_account(conn: Connection, account: UUID) -> bool:
    """May sign in again; False when it was not disabled."""
    return await conn.fetchval(_SQL["enable"], account, timeout=_TIMEOUT_S) is not None


async def fetch_roles(conn: Connection, account: UUID | None = None) -> list[GivenRole]:
    """The roles that stand, of one account or of all."""
    rows = await conn.fetch(_SQL["grants"], account, timeout=_TIMEOUT_S)
    return [_given(row) for row in rows]


async def fetch_grants(conn: Connection, account: UUID) -> tuple[Grant, ...]:
    """What is granted to one account."""
    return tuple(one.grant for one in await fetch_roles(conn, account))


async def give_role(
    conn: Connection, account: UUID, grant: Grant, *, by: str, at: datetime
) -> int | None:
    """Give a role; None when it stands already."""
    given: int | None = await conn.fetchval(
        _SQL["give"],
        *(account, grant.role.value, grant.site, grant.taker, by, at),
        timeout=_TIMEOUT_S,
    )
    return given


async def revoke_role(
    conn: Connection, account: UUID, grant: int, *, by: str, at: datetime
) -> Grant | None:
    """Take a role back; None when the account has no such role."""
    row = await conn.fetchrow(_SQL["revoke"], account, grant, by, at, timeout=_TIMEOUT_S)
    return None if row is None else _given(row).grant


async def count_administrators(conn: Connection) -> int:
    """Accounts that may administer; nobody else changes that until this transaction ends."""
    await conn.execute(_SQL["lock_administrators"], timeout=_TIMEOUT_S)
    return int(await conn.fetchval(_SQL["administrators"], timeout=_TIMEOUT_S))


def _given(row: Record) -> GivenRole:
    return GivenRole(
        grant_id=row["grant_id"],
        account_id=row["account_id"],
        grant=Grant(role=Role(row["role"]), site=row["site"], taker=row["taker"]),
        given_by=row["given_by"],
        given_at=row["given_at"],
    )
