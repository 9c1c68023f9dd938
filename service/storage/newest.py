"""The newest reading of each point, kept beside the readings by whoever writes them.

To look for it among the readings costs a look into the index of every week; a live picture asks
for all points every second.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from models.legal_time.days import from_us
from models.readings import FloatArray, IntArray, ReadingBatch
from service.storage.connection import Connection
from service.storage.copy import NO_TIME, decode_rows, native_us, row_dtype
from service.storage.named_sql import load_queries
from service.storage.readings import copy_out

_SQL = load_queries("newest.sql")

# Nobody is shown a reading older than this as the newest one.
REACH = timedelta(days=2)
# A clock may be ahead by so much. What a device says of a later time is kept, but would stand for
# the newest until then.
_AHEAD = timedelta(minutes=5)
_ROW = row_dtype(point_id="i4", ts="i8", received_at="i8", value="f8", quality="i2", origin="i2")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewestColumns:
    """A row of each point, in no order; NaN and ``NO_TIME`` where something is missing."""

    point_id: NDArray[np.int32]
    ts_us: IntArray
    received_us: IntArray
    value: FloatArray
    quality: NDArray[np.int16]
    origin: NDArray[np.int16]

    def rows(self) -> Iterator[tuple[int, int, int, float, int, int]]:
        """Point by point: number, time, time of receipt, value, quality, origin."""
        return zip(
            self.point_id.tolist(),
            self.ts_us.tolist(),
            self.received_us.tolist(),
            self.value.tolist(),
            self.quality.tolist(),
            self.origin.tolist(),
            strict=True,
        )


async def note_staged(conn: Connection, *, timeout_s: float) -> None:
    """Take over the newest of the staged readings; in the transaction that writes them."""
    await conn.execute(_SQL["note_staged"], _AHEAD, timeout=timeout_s)


async def note_batch(conn: Connection, batch: ReadingBatch) -> None:
    """Take over the newest readings of the points of a batch that was written."""
    await note_points(conn, np.unique(batch.point_id).tolist(), from_us(batch.ts_us.min()))


async def note_points(conn: Connection, point_ids: Sequence[int], since: datetime) -> None:
    """Take over the newest of readings that were written, as the last thing of a long transaction.

    What it locks others wait for, and in another order than theirs they would wait for each other.
    """
    await conn.execute(_SQL["note_points"], _AHEAD, point_ids, since)


async def fetch_newest(conn: Connection, site: str, since: datetime) -> NewestColumns:
    """The newest reading of each point of a site that has one since an instant."""
    rows = decode_rows(await copy_out(conn, _SQL["copy_newest"], site, since), _ROW)
    received = rows["received_at"].astype(np.int64)
    return NewestColumns(
        point_id=rows["point_id"].astype(np.int32),
        ts_us=native_us(rows["ts"]),
        received_us=np.where(received == NO_TIME, NO_TIME, native_us(rows["received_at"])),
        value=rows["value"].astype(np.float64),
        quality=rows["quality"].astype(np.int16),
        origin=rows["origin"].astype(np.int16),
    )
