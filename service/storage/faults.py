"""Which failures of a write pass by themselves and which are the fault of the readings."""

import asyncpg

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


def is_permanent(exc: BaseException) -> bool:
    """Whether the same rows would be refused again and again."""
    if not isinstance(exc, asyncpg.PostgresError):
        return False
    return (exc.sqlstate or "").startswith(_CLASSES_OF_BAD_ROWS)
