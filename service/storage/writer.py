"""The way into the readings table: columnar, and the same reading twice is once."""

from models.readings import ReadingBatch
from service.storage.connection import Connection
from service.storage.copy import READING_COLUMNS, copy_stream
from service.storage.named_sql import load_queries
from service.storage.rollup_queue import queue_batch, queue_late

_SQL = load_queries("writer.sql")
_STAGING = "reading_staging"
_TEMPORARY_SCHEMA = "pg_temp"


async def write_batch(conn: Connection, batch: ReadingBatch, *, timeout_s: float = 60.0) -> int:
    """Insert readings whose (point, time) is not there yet; return how many were new.

    Atomic: all or none. Safe to repeat after any failure.
    """
    if not len(batch):
        return 0
    nested = conn.is_in_transaction()
    async with conn.transaction():
        await conn.execute(_SQL["create_staging"], timeout=timeout_s)
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
        status = await conn.execute(_SQL["insert_from_staging"], timeout=timeout_s)
        await queue_late(conn, timeout_s=timeout_s)
    return row_count(status)


async def copy_batch(conn: Connection, batch: ReadingBatch, *, timeout_s: float = 120.0) -> int:
    """Insert readings none of which is there yet: about three times as fast.

    Of the past: each point's stretch is queued to be rolled up.

    Raises
    ------
    asyncpg.UniqueViolationError
        If one is there after all; none is written then.
    """
    async with conn.transaction():
        status = await conn.copy_to_table(
            "reading",
            source=copy_stream(batch),
            columns=list(READING_COLUMNS),
            format="binary",
            timeout=timeout_s,
        )
        await queue_batch(conn, batch)
    return row_count(status)


def row_count(status: str) -> int:
    """The number of rows in a command tag such as ``INSERT 0 12``."""
    return int(status.rpartition(" ")[2])
