"""What the collector says of its own pipeline, for those who watch that nothing is lost."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from collectors.stats import CollectorStats
from service.storage.connection import Connection, connected
from service.storage.faults import WRITE_FAILURES
from service.storage.named_sql import load_queries
from service.storage.spooled_writer import SpooledWriter, WriterStats

_SQL = load_queries("pipeline.sql")
_EVERY_S = 5.0
_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorState:
    """The last word of a collector. ``updated_at`` tells whether it is alive."""

    acknowledged_total: int
    written_total: int
    spooled_rows: int
    spooled_bytes: int
    oldest_age_s: float | None
    dropped_total: int
    dead_letter_total: int
    poll_stretch: float
    updated_at: datetime


async def report_pipeline(
    dsn: str, site: str, writer: SpooledWriter, stats: CollectorStats, stop: asyncio.Event
) -> None:
    """Write the state every few seconds until told to stop; a lost report is no matter."""
    while not stop.is_set():
        try:
            async with connected(dsn, command_timeout_s=_TIMEOUT_S) as conn:
                while not stop.is_set():
                    await upsert_collector_state(conn, site, writer, stats)
                    await _pause(stop)
        except WRITE_FAILURES:
            # The health of devices already tells that the database is away, and since when.
            await _pause(stop)


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_EVERY_S):
            await stop.wait()
    except TimeoutError:
        return


def dropped_total(writer: WriterStats, stats: CollectorStats) -> int:
    """Readings lost, wherever they were: a full spool, damaged files, a full queue before it."""
    return writer.dropped_total + writer.lost_total + stats.rows_dropped_total


async def upsert_collector_state(
    conn: Connection, site: str, writer: SpooledWriter, stats: CollectorStats
) -> None:
    """Write what the pipeline holds and lost."""
    now = writer.stats()
    await conn.execute(
        _SQL["upsert_collector_state"],
        site,
        now.acknowledged_total,
        now.written_total,
        now.spooled_rows,
        now.spooled_bytes,
        now.oldest_age_s,
        dropped_total(now, stats),
        now.dead_letter_total,
        stats.poll_stretch,
    )


async def fetch_collector_state(conn: Connection, site: str) -> CollectorState | None:
    """The last word of the collector of a site; None before its first."""
    row = await conn.fetchrow(_SQL["fetch_collector_state"], site)
    return None if row is None else CollectorState(**row)
