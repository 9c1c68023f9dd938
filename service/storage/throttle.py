"""The counts of failed sign-ins: a try is counted before its password is looked at.

So that a thousand tries at once are a thousand tries; whoever knew the password is forgiven.
"""

from datetime import datetime, timedelta

from service.accounts.throttle import (
    KEPT_FOR,
    KNOWN_FOR,
    Count,
    Counted,
    failures_now,
    subjects,
    wait,
)
from service.storage.connection import Connection
from service.storage.named_sql import load_queries

_SQL = load_queries("throttle.sql")
_TIMEOUT_S = 10.0


async def count_try(conn: Connection, login: str, address: str | None, now: datetime) -> timedelta:
    """Count a try as failed, or say how long it must wait; then it does not count."""
    keys = subjects(login, address)
    await conn.execute(_SQL["meet"], list(keys.values()), timeout=_TIMEOUT_S)
    rows = await conn.fetch(_SQL["lock"], list(keys.values()), timeout=_TIMEOUT_S)
    stored = {
        row["subject_sha256"]: Count(
            failures=row["failures"],
            last_failed_at=row["last_failed_at"],
            succeeded_at=row["succeeded_at"],
        )
        for row in rows
    }
    counts: dict[Counted, Count] = {kind: stored[key] for kind, key in keys.items()}
    left = wait(counts, now)
    if left > timedelta(0):
        return left
    for kind, key in keys.items():
        failures = failures_now(kind, counts[kind], now) + 1
        await conn.execute(_SQL["count"], key, failures, now, timeout=_TIMEOUT_S)
    return timedelta(0)


async def forgive_try(conn: Connection, login: str, address: str | None, now: datetime) -> None:
    """It was the password: nothing of this name is counted at this address any more."""
    keys = subjects(login, address)
    await conn.fetch(_SQL["lock"], list(keys.values()), timeout=_TIMEOUT_S)
    await conn.execute(
        _SQL["forgive"], keys[Counted.PAIR], list(keys.values()), now, timeout=_TIMEOUT_S
    )


async def withdraw_try(conn: Connection, login: str, address: str | None) -> None:
    """Nobody looked at the password after all."""
    keys = subjects(login, address)
    await conn.fetch(_SQL["lock"], list(keys.values()), timeout=_TIMEOUT_S)
    await conn.execute(_SQL["withdraw"], list(keys.values()), timeout=_TIMEOUT_S)


async def sweep_throttle(conn: Connection, now: datetime) -> None:
    """Forget what does not count any more."""
    await conn.execute(_SQL["sweep"], now - KEPT_FOR, now - KNOWN_FOR, timeout=_TIMEOUT_S)
