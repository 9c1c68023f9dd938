"""The way into the readings table: columnar, and the same reading twice is once."""

from datetime import datetime

import asyncpg
import structlog

from models.legal_time.days import to_us
from models.readings import ReadingBatch
from service.storage.connection import Connection
from service.storage.copy import READING_COLUMNS, copy_stream
from service.storage.errors import ReadingsClosedError
from service.storage.named_sql import load_queries
from service.storage.newest import note_batch, note_staged
from service.storage.partitions import is_missing_partition, make_room
from service.storage.rollup_queue import queue_batch, queue_late
from service.storage.seals import SHARE_CLOSING, fetch_seal_state

_SQL = load_queries("writer.sql")
_STAGING = "reading_staging"
_TEMPORARY_SCHEMA = "pg_temp"

_log = structlog.get_logger(__name__)


async def write_batch(conn: Connection, batch: ReadingBatch, *, timeout_s: float = 60.0) -> int:
    """Insert readings whose (point, time) is not there yet; return how many were new.

    Atomic: all or none. Safe to repeat after any failure. What comes after its legal day was closed
    is set aside (``reading_set_aside``) and counts as nothing. Inside of a transaction, who began
    it says at its end which points were written (:func:`service.storage.newest.note_points`).
    """
    if not len(batch):
        return 0
    try:
        return await _write(conn, batch, timeout_s)
    except asyncpg.CheckViolationError as error:
        if not is_missing_partition(error):
            raise
    await make_room(conn, batch.ts_us)
    return await _write(conn, batch, timeout_s)


async def copy_batch(conn: Connection, batch: ReadingBatch, *, timeout_s: float = 120.0) -> int:
    """Insert readings none of which is there yet: about three times as fast.

    Of the past: each point's stretch is queued to be rolled up. Inside of a transaction, as
    :func:`write_batch`.

    Raises
    ------
    asyncpg.UniqueViolationError
        If one is there after all; none is written then.
    ReadingsClosedError
        If one is of a legal day that is closed; none is written then.
    """
    if not len(batch):
        return 0
    try:
        return await _copy(conn, batch, timeout_s)
    except asyncpg.CheckViolationError as error:
        if not is_missing_partition(error):
            raise
    await make_room(conn, batch.ts_us)
    return await _copy(conn, batch, timeout_s)


async def _write(conn: Connection, batch: ReadingBatch, timeout_s: float) -> int:
    nested = conn.is_in_transaction()
    async with conn.transaction():
        await conn.execute(f"{_SQL['create_staging']}; {SHARE_CLOSING}", timeout=timeout_s)
        if nested:
            await conn.execute(_SQL["empty_staging"], timeout=timeout_s)
        await conn.copy_to_table(
            _STAGING,
            schema_name=_TEMPORARY_SCHEMA,
            source=copy_stream(batch),
            columns=list(READING_COLUMNS),
            format="binary",
            timeout=timeout_s,
        )
        closed_upto = (await fetch_seal_state(conn)).closed_upto
        if int(batch.ts_us.min()) < to_us(closed_upto):
            await _set_aside(conn, closed_upto, timeout_s)
        status = await conn.execute(_SQL["insert_from_staging"], timeout=timeout_s)
        await queue_late(conn, timeout_s=timeout_s)
        if not nested:
            await note_staged(conn, timeout_s=timeout_s)
    return row_count(status)


async def _copy(conn: Connection, batch: ReadingBatch, timeout_s: float) -> int:
    nested = conn.is_in_transaction()
    async with conn.transaction():
        await conn.execute(SHARE_CLOSING, timeout=timeout_s)
        closed_upto = (await fetch_seal_state(conn)).closed_upto
        if int(batch.ts_us.min()) < to_us(closed_upto):
            raise ReadingsClosedError(closed_upto)
        status = await conn.copy_to_table(
            "reading",
            source=copy_stream(batch),
            columns=list(READING_COLUMNS),
            format="binary",
            timeout=timeout_s,
        )
        await queue_batch(conn, batch)
        if not nested:
            await note_batch(conn, batch)
    return row_count(status)


async def _set_aside(conn: Connection, closed_upto: datetime, timeout_s: float) -> None:
    rows = row_count(await conn.execute(_SQL["set_aside"], closed_upto, timeout=timeout_s))
    if rows:
        _log.warning("readings_set_aside", rows=rows, closed_upto=closed_upto.isoformat())


def row_count(status: str) -> int:
    """The number of rows in a command tag such as ``INSERT 0 12``."""
    return int(status.rpartition(" ")[2])
