"""Ten thousand readings a second through a spooled writer, and what the table has of them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import numpy as np

from models.readings import Origin, Quality, ReadingBatch
from service.storage.connection import Connection
from service.storage.spooled_writer import SpooledWriter

POINTS = np.arange(1, 101, dtype=np.int32)
ROWS_PER_S = 10_000
_BATCH_S = len(POINTS) / ROWS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Acknowledged readings that are not in the table, and readings that are there again."""

    lost: int
    doubled: int


class PacedLoad:
    """Offers a batch each hundredth of a second, whether or not those before were acknowledged."""

    def __init__(self, writer: SpooledWriter) -> None:
        self.offered = 0
        self._writer = writer
        self._acknowledged: list[int] = []
        # Readings of now, as a plant has them; of the past they would be queued as late.
        self._first_us = time.time_ns() // 1000
        self._ended = False

    @property
    def offered_rows(self) -> int:
        """Readings that were offered so far."""
        return self.offered * len(POINTS)

    @property
    def acknowledged_rows(self) -> int:
        """Readings that the writer took upon itself."""
        return len(self._acknowledged) * len(POINTS)

    def batch(self, number: int) -> ReadingBatch:
        """A reading of each point; the value is the number of the batch."""
        rows = len(POINTS)
        ts_us = np.full(rows, self._first_us + round(number * _BATCH_S * 1e6), np.int64)
        return ReadingBatch(
            point_id=POINTS,
            ts_us=ts_us,
            received_us=ts_us,
            value=np.full(rows, float(number)),
            quality=np.full(rows, Quality.GOOD, np.int16),
            origin=np.full(rows, Origin.MEASURED, np.int16),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The load for the length of a block; at its end every offer has had its answer."""
        async with asyncio.TaskGroup() as offers:
            offers.create_task(self._offer_all(offers))
            try:
                yield
            finally:
                self._ended = True

    async def _offer_all(self, offers: asyncio.TaskGroup) -> None:
        started = time.monotonic()
        while not self._ended:
            offers.create_task(self._offer(self.offered))
            self.offered += 1
            await asyncio.sleep(max(0.0, started + self.offered * _BATCH_S - time.monotonic()))

    async def _offer(self, number: int) -> None:
        await self._writer.accept(self.batch(number))
        self._acknowledged.append(number)

    async def damage(self, conn: Connection) -> Damage:
        """Compare the table with what was acknowledged."""
        rows = await conn.fetch(
            "select value::bigint as number, count(*) as readings, "
            "count(distinct point_id) as points from reading group by value"
        )
        points = {row["number"]: row["points"] for row in rows}
        return Damage(
            lost=sum(len(POINTS) - points.get(number, 0) for number in self._acknowledged),
            doubled=sum(row["readings"] - row["points"] for row in rows),
        )
