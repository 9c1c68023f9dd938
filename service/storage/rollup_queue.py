"""Readings that come after their hour may have been rolled up: whoever writes them queues them."""

from datetime import timedelta

import numpy as np

from models.legal_time.days import from_us
from models.readings import ReadingBatch
from service.storage.connection import Connection
from service.storage.named_sql import load_queries

_SQL = load_queries("rollup_queue.sql")

# Older than this by the clock of the server, a reading is late. Hours are rolled up later than this
# after their end, by more than a write may take.
_LATE_AFTER = timedelta(minutes=2)


async def queue_late(conn: Connection, *, timeout_s: float) -> None:
    """Queue what of the staged readings comes late; in the transaction that writes them."""
    await conn.execute(_SQL["queue_staged"], _LATE_AFTER, timeout=timeout_s)


async def queue_batch(conn: Connection, batch: ReadingBatch) -> None:
    """Queue the stretch of each point of a batch; in the transaction that writes it."""
    point_id, row = np.unique(batch.point_id, return_inverse=True)
    first_us = np.full(len(point_id), np.iinfo(np.int64).max)
    last_us = np.full(len(point_id), np.iinfo(np.int64).min)
    np.minimum.at(first_us, row, batch.ts_us)
    np.maximum.at(last_us, row, batch.ts_us)
    await conn.execute(
        _SQL["queue_spans"],
        point_id.tolist(),
        [from_us(one) for one in first_us.tolist()],
        [from_us(one) for one in last_us.tolist()],
    )
