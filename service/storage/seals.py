"""Legal days whose readings are sealed: what they were is kept as a hash, and never changes again.

First a day is closed: from then on nobody writes readings of it. When all that was written before
is rolled up it is sealed, from the rows themselves. Then they may go.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from service.storage.connection import Connection
from service.storage.named_sql import load_queries
from service.storage.raw_days import RawDay, fetch_raw_days

_SQL = load_queries("seals.sql")
_TIMEOUT_S = 60.0

# For whoever writes readings, in the transaction that writes them, before it looks how far they
# are closed.
SHARE_CLOSING = _SQL["share_closing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealState:
    """Until when readings are closed and sealed, and from when hours are kept."""

    closed_upto: datetime
    sealed_upto: datetime
    hours_from: datetime


async def fetch_seal_state(conn: Connection) -> SealState:
    """How far closing and sealing have come."""
    row = await conn.fetchrow(_SQL["fetch_state"], timeout=_TIMEOUT_S)
    assert row is not None, "the migration made the row"
    return SealState(**row)


async def close_readings(conn: Connection, upto: datetime) -> None:
    """Take no more readings of before an instant. Who is writing some is waited for."""
    async with conn.transaction():
        await conn.execute(_SQL["lock_closing"], timeout=_TIMEOUT_S)
        await conn.execute(_SQL["close"], upto, timeout=_TIMEOUT_S)


async def is_rolled(conn: Connection, upto: datetime) -> bool:
    """Whether everything before an instant is rolled up."""
    return bool(await conn.fetchval(_SQL["is_rolled"], upto, timeout=_TIMEOUT_S))


async def fetch_first_reading(conn: Connection, since: datetime) -> datetime | None:
    """The time of the oldest reading from an instant on; None without any."""
    first: datetime | None = await conn.fetchval(_SQL["fetch_first"], since, timeout=_TIMEOUT_S)
    return first


async def seal_days(conn: Connection, start: datetime, end: datetime, now: datetime) -> None:
    """Seal the days of every point as a whole, and all time before; they must be closed."""
    sealed: list[tuple[int, RawDay]] = []
    for row in await conn.fetch(_SQL["fetch_points"], timeout=_TIMEOUT_S):
        point_id = row["point_id"]
        sealed += [(point_id, day) for day in await fetch_raw_days(conn, point_id, start, end)]
    async with conn.transaction():
        await conn.execute(_SQL["hold_roll_ups"], timeout=_TIMEOUT_S)
        await conn.execute(
            _SQL["insert_seals"],
            now,
            [point_id for point_id, _ in sealed],
            [day.day for _, day in sealed],
            [day.rows for _, day in sealed],
            [day.sha256 for _, day in sealed],
            [json.dumps(day.corrections) for _, day in sealed],
            timeout=_TIMEOUT_S,
        )
        await conn.execute(_SQL["seal"], end, timeout=_TIMEOUT_S)


async def fetch_seals(
    conn: Connection, point_id: int, first: date, until: date
) -> Sequence[RawDay]:
    """The sealed days of a point, ``until`` not inside."""
    rows = await conn.fetch(_SQL["fetch_seals"], point_id, first, until, timeout=_TIMEOUT_S)
    return [
        RawDay(
            day=row["day"],
            rows=row["rows"],
            sha256=row["sha256"],
            corrections=json.loads(row["corrections"]),
        )
        for row in rows
    ]
