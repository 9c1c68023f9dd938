"""How long readings and hours are kept, and how they go.

Readings go by whole pieces, and only when their days are sealed (``service/storage/seals.py``).
Hours go by legal months, ten years later; days and months stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from models.legal_time.calendar_spans import months_after
from models.legal_time.days import day_start, legal_day
from service.storage.connection import Connection
from service.storage.named_sql import load_queries
from service.storage.pieces import Piece, Store
from service.storage.rollups import REACH
from service.storage.seals import (
    SealState,
    close_readings,
    fetch_first_reading,
    fetch_seal_state,
    is_rolled,
    seal_days,
)

_SQL = load_queries("retention.sql")
_TIMEOUT_S = 120.0
_DAY = timedelta(days=1)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_POINTS_AT_ONCE = 64
# Files of the past come one after the other: nothing of their time is closed for so long.
_IMPORTS_SETTLE = timedelta(days=30)
# The first hours after a seal may be rolled up again, and are made of what stood before them.
_KEPT_BEFORE_SEAL = 2 * REACH

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepLimits:
    """Whole legal months of readings, and years of hours, before the current month."""

    raw_months: int = 13
    hours_years: int = 10


async def retain(
    conn: Connection, store: Store, pieces: Sequence[Piece], limits: KeepLimits, now: datetime
) -> bool:
    """Do one thing that is due: drop a piece, close, seal a day, remove hours; say whether."""
    state = await fetch_seal_state(conn)
    expired = [one for one in pieces if one.end <= _months_before(now, limits.raw_months)]
    for piece in expired:
        if piece.end <= state.sealed_upto - _KEPT_BEFORE_SEAL and await _drop(conn, store, piece):
            return True
    goals = (_seal_after(piece) for piece in expired)
    goal = next((one for one in goals if one > state.sealed_upto), None)
    if goal is not None and await _approach(conn, state, goal, now):
        return True
    return await _remove_hours(conn, state, _months_before(now, 12 * limits.hours_years))


def _months_before(now: datetime, months: int) -> datetime:
    return day_start(months_after(legal_day(now).replace(day=1), -months))


def _seal_after(piece: Piece) -> datetime:
    """The start of the legal day until which days are sealed before a piece may go."""
    needed = piece.end + _KEPT_BEFORE_SEAL
    start = day_start(legal_day(needed))
    return start if start == needed else day_start(legal_day(needed) + _DAY)


async def _approach(conn: Connection, state: SealState, goal: datetime, now: datetime) -> bool:
    """Close until the goal, or seal the next day that has readings; False when it has to wait."""
    imported = await conn.fetchval(
        _SQL["fetch_import_start"], now - _IMPORTS_SETTLE, timeout=_TIMEOUT_S
    )
    if imported is not None and imported < goal:
        return False
    if state.closed_upto < goal:
        await close_readings(conn, goal)
        return True
    if not await is_rolled(conn, goal):
        return False
    first = await fetch_first_reading(conn, state.sealed_upto)
    start = goal if first is None else min(day_start(legal_day(first)), goal)
    end = min(day_start(legal_day(start) + _DAY), goal)
    await seal_days(conn, start, end, now)
    _log.info("readings_sealed", upto=end.isoformat())
    return True


async def _drop(conn: Connection, store: Store, piece: Piece) -> bool:
    start = piece.start or _EVER
    async with conn.transaction():
        await conn.execute(_SQL["lock_holds"], timeout=_TIMEOUT_S)
        if await conn.fetchval(_SQL["is_held"], start - _KEPT_BEFORE_SEAL, piece.end):
            return False
        if store is Store.HYPERTABLE:
            await conn.fetch(_SQL["drop_chunk"], start, piece.end, timeout=_TIMEOUT_S)
        else:
            await conn.execute(f"drop table {piece.name}", timeout=_TIMEOUT_S)
    _log.info("readings_dropped", piece=piece.name, end=piece.end.isoformat())
    return True


async def _remove_hours(conn: Connection, state: SealState, until: datetime) -> bool:
    """Hours of sealed months: a late reading can never ask for them again."""
    if not state.hours_from < until <= state.sealed_upto:
        return False
    points = [row["point_id"] for row in await conn.fetch(_SQL["fetch_points"])]
    for first in range(0, len(points), _POINTS_AT_ONCE):
        some = points[first : first + _POINTS_AT_ONCE]
        for table in ("delete_hours", "delete_ranges"):
            await conn.execute(_SQL[table], some, until, timeout=_TIMEOUT_S)
    await conn.execute(_SQL["set_hours_from"], until, timeout=_TIMEOUT_S)
    _log.info("hours_removed", before=until.isoformat())
    return True
