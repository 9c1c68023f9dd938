"""Which failures pass by themselves, what they wait for, and which are the fault of the rows."""

from typing import Final

import asyncpg

from service.storage.connection import CONNECT_FAILURES
from service.storage.errors import StoreUnreachableError

# SQLSTATE classes that speak of the rows themselves. Everything else (no connection, a full
# disk, a restart, a missing table, a lock) concerns the server or its operator and passes
# without touching the readings, so they wait.
_CLASSES_OF_BAD_ROWS = (
    "22",  # data exception: out of range, invalid
    "23",  # integrity constraint violation
    "54",  # program limit exceeded
    "P0",  # raised on purpose by a trigger
)

# What a write may raise when it is worth trying again.
WRITE_FAILURES = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # asyncpg's own state gets confused when the server goes away between two messages.
    asyncpg.InternalClientError,
    StoreUnreachableError,
)

# What the same call may not raise the next time, because it is no fault of the call: a server that
# is away, overloaded, full, read-only, or busy with somebody else. Anything else is a bug.
STORE_AWAY = (
    *CONNECT_FAILURES,
    asyncpg.UndefinedTableError,  # a database that is being set up or restored
    asyncpg.TransactionRollbackError,  # deadlock, serialisation failure
    asyncpg.OperatorInterventionError,  # statement timeout, shutdown, dropped database
    asyncpg.InsufficientResourcesError,  # disk full, out of memory, too many connections
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.PostgresIOError,
)

# SQLSTATE to what happened and what is waited for.
_NAMED: Final = {
    "40P01": ("deadlock", "the other transaction"),
    "40001": ("serialisation failure", "the other transaction"),
    "57014": ("statement timeout or cancelled", "the server to be less busy"),
    "55P03": ("lock not available", "whoever holds the lock"),
    "53300": ("too many connections", "a connection to become free"),
    "53100": ("disk full", "room on the disk of the database"),
    "53200": ("out of memory", "memory on the server of the database"),
    "25006": ("read-only", "the database to take writes"),
    "25P03": ("idle in transaction", "the next try"),
    "42P01": ("table missing", "boucle migrate"),
    "57P01": ("shut down", "the database to come back"),
    "57P02": ("crashed", "the database to come back"),
    "57P03": ("starting or stopping", "the database to be up"),
    "58030": ("input/output error", "the disk of the database"),
}


def is_permanent(exc: BaseException) -> bool:
    """Whether the same rows would be refused again and again."""
    if not isinstance(exc, asyncpg.PostgresError):
        return False
    return (exc.sqlstate or "").startswith(_CLASSES_OF_BAD_ROWS)


def away_reason(exc: BaseException) -> str:
    """What happened and what is waited for, in one line."""
    what, awaited = _told(_cause(exc))
    return f"{what}; waiting for {awaited}"


def awaited(exc: BaseException) -> str:
    """What is waited for: the same of failures that pass together."""
    return _told(_cause(exc))[1]


def _cause(exc: BaseException) -> BaseException:
    """What the server said, also when it refused the connection itself."""
    inner: BaseException | None = exc
    while isinstance(inner, StoreUnreachableError):
        inner = inner.__cause__
    is_named = isinstance(inner, asyncpg.PostgresError) and inner.sqlstate in _NAMED
    return inner if inner is not None and is_named else exc


def _told(exc: BaseException) -> tuple[str, str]:
    text = str(exc).partition("\n")[0] or type(exc).__name__
    if isinstance(exc, asyncpg.PostgresError) and exc.sqlstate in _NAMED:
        what, awaited = _NAMED[exc.sqlstate]
        return f"{what} ({text})", awaited
    if isinstance(exc, TimeoutError):
        return "no answer in time", "the database to answer"
    return text, "the database to come back"
