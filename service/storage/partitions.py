"""Weeks of readings as partitions where TimescaleDB is not: made ahead, or when one is missing.

There is no default partition: a reading in it would have to be moved before its week can be made,
with every writer locked out. Whoever meets a week that is missing makes it and writes again.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import numpy as np

from models.legal_time.days import from_us
from models.readings import IntArray
from service.storage.connection import Connection
from service.storage.named_sql import load_queries
from service.storage.pieces import PIECE

_SQL = load_queries("partitions.sql")
_TIMEOUT_S = 60.0
_PIECE_US = PIECE // PIECE.resolution
# A collector that starts alone, and stays alone for a month, makes no partition of its own.
_WEEKS_AHEAD = 4


def is_missing_partition(error: asyncpg.CheckViolationError) -> bool:
    """Whether a row was refused because its week is not there; no constraint is broken then."""
    return getattr(error, "constraint_name", None) is None


async def make_room(conn: Connection, ts_us: IntArray) -> None:
    """Make the weeks of some readings that are missing."""
    weeks = np.unique(ts_us // _PIECE_US).tolist()
    await _make(conn, [from_us(week * _PIECE_US) for week in weeks])


async def make_ahead(conn: Connection, now: datetime) -> bool:
    """Make the next weeks; say whether one was missing."""
    epoch = from_us(0)
    this_week = now - (now - epoch) % PIECE
    return await _make(conn, [this_week + n * PIECE for n in range(_WEEKS_AHEAD + 1)])


async def _make(conn: Connection, weeks: Sequence[datetime]) -> bool:
    """Make weeks that have no partition, in a transaction that holds nobody up.

    The table is made apart and attached: a lock that only another one that attaches waits for.
    """
    if not await conn.fetch(_SQL["fetch_missing"], weeks, timeout=_TIMEOUT_S):
        return False
    async with conn.transaction():
        await conn.execute(_SQL["lock_partitions"], timeout=_TIMEOUT_S)
        missing = await conn.fetch(_SQL["fetch_missing"], weeks, timeout=_TIMEOUT_S)
        for row in missing:
            await conn.execute(_ddl(row["start"]), timeout=_TIMEOUT_S)
    return bool(missing)


def _ddl(start: datetime) -> str:
    name = f"public.reading_{start:%Y%m%d}"
    # A week that was detached by hand and left has the name already: an error says so.
    return (
        f"create table {name} (like public.reading including constraints); "
        f"alter table public.reading attach partition {name} "
        f"for values from ('{start.isoformat()}') to ('{(start + PIECE).isoformat()}')"
    )
