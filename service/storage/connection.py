"""Connections to the store: one set of session settings and time limits for all."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from service.storage.errors import StoreUnreachableError

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

CONNECT_TIMEOUT_S = 10.0
_COMMAND_TIMEOUT_S = 60.0
_CLOSE_TIMEOUT_S = 5.0

_NOTHING: Mapping[str, str] = {}
_SESSION = {
    "application_name": "boucle",
    # Times are compared and bucketed in UTC whatever the server's own setting.
    "TimeZone": "UTC",
    # Costs more than it gives on queries of some milliseconds.
    "jit": "off",
    # A plan for any window locks every piece of the readings, one for this window its own.
    "plan_cache_mode": "force_custom_plan",
    # What comes late is looked for among compressed readings, however many those are. A server
    # without TimescaleDB keeps the setting and does not read it.
    "timescaledb.max_tuples_decompressed_per_dml_transaction": "0",
}

# What asyncpg and the operating system raise when no server is there to talk to.
CONNECT_FAILURES = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    # asyncpg's own state gets confused when the server goes away between two messages.
    asyncpg.InternalClientError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)


def _unreachable(exc: BaseException) -> StoreUnreachableError:
    reason = str(exc) or type(exc).__name__
    return StoreUnreachableError(
        f"the database does not answer: {reason}; check that it runs and BOUCLE_DATABASE_URL"
    )


async def open_connection(
    dsn: str,
    *,
    timeout_s: float = CONNECT_TIMEOUT_S,
    command_timeout_s: float = _COMMAND_TIMEOUT_S,
    session: Mapping[str, str] = _NOTHING,
) -> Connection:
    """Connect; the caller closes with :func:`close_connection`.

    Raises
    ------
    StoreUnreachableError
        If nobody answers or the server refuses us.
    """
    try:
        return await asyncpg.connect(
            dsn,
            timeout=timeout_s,
            command_timeout=command_timeout_s,
            server_settings={**_SESSION, **session},
        )
    except CONNECT_FAILURES as exc:
        raise _unreachable(exc) from exc


async def close_connection(conn: Connection) -> None:
    """Close politely, and cut the line when the server does not react."""
    try:
        await conn.close(timeout=_CLOSE_TIMEOUT_S)
    except CONNECT_FAILURES:
        conn.terminate()


@asynccontextmanager
async def connected(
    dsn: str, *, command_timeout_s: float = _COMMAND_TIMEOUT_S
) -> AsyncIterator[Connection]:
    """One connection for the length of a block."""
    conn = await open_connection(dsn, command_timeout_s=command_timeout_s)
    try:
        yield conn
    finally:
        await close_connection(conn)


@asynccontextmanager
async def open_pool(
    dsn: str, *, max_size: int = 5, session: Mapping[str, str] = _NOTHING
) -> AsyncIterator[Pool]:
    """A pool for readers; connections are made as needed, so the store may be away now."""
    pool = asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=max_size,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=_COMMAND_TIMEOUT_S,
        server_settings={**_SESSION, **session},
    )
    await pool
    try:
        yield pool
    finally:
        pool.terminate()
