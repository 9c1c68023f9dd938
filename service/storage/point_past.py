"""The stored past of single points, a page at a time: readings, roll-ups, and steps between them.

A page is a query of its own. What a slow reader downloads for an hour holds neither a connection
nor a snapshot of the database, and costs the memory of one page. Readings are never written over,
so that the pages fit together.
"""

from datetime import datetime, timedelta
from math import isnan

import asyncpg
import numpy as np

from models.legal_time.days import from_us
from models.quantities import StateClass
from models.readings import Quality
from models.registers.gauges import GaugeTotals
from service.evaluation.ports import RolledReadings, RollupSpan
from service.evaluation.recorded import Reach, RecordedPoint, RecordedReadings
from service.storage.connection import Connection, Pool
from service.storage.points import PointRow, fetch_points
from service.storage.pooled import pooled
from service.storage.readings import fetch_bins, fetch_gauges, fetch_page
from service.storage.rolled import fetch_rolled_readings, fetch_state
from service.storage.seals import fetch_seal_state


class StoredPointPast:
    """Reads what the points of one site showed. Every method raises StoreAway."""

    def __init__(self, pool: Pool, site: str) -> None:
        self._pool, self._site = pool, site
        self._rows: dict[str, PointRow] = {}

    async def point(self, key: str) -> RecordedPoint | None:
        """A point that was ever recorded, by its key; None where none was."""
        async with pooled(self._pool) as conn:
            row = await self._row(conn, key)
        if row is None:
            return None
        return RecordedPoint(key=key, unit=row.unit)

    async def reach(self) -> Reach:
        """How far back single readings go, and how far the hours have come."""
        async with pooled(self._pool) as conn:
            sealed = await fetch_seal_state(conn)
            rolled = await fetch_state(conn)
        return Reach(readings_from=sealed.sealed_upto, hours_upto=rolled.rolled_upto)

    async def readings(
        self, key: str, start: datetime, end: datetime, limit: int
    ) -> RecordedReadings:
        """At most so many readings in ``[start, end)``, the earliest."""
        async with pooled(self._pool) as conn:
            row = await self._row(conn, key)
            found = await fetch_page(conn, -1 if row is None else row.point_id, start, end, limit)
        return RecordedReadings(
            ts_us=found.ts_us, value=found.value, quality=found.quality, origin=found.origin
        )

    async def rollups(
        self, key: str, span: RollupSpan, period: tuple[datetime, datetime], limit: int
    ) -> list[RolledReadings]:
        """What a point showed in each span that begins in ``[start, end)``, in order."""
        async with pooled(self._pool) as conn:
            row = await self._row(conn, key)
            if row is None:
                return []
            return await fetch_rolled_readings(conn, row.point_id, span, period, limit)

    async def steps(
        self, key: str, start: datetime, end: datetime, step: timedelta
    ) -> list[RolledReadings]:
        """The same in each step since 1970, from the readings; steps without any are left out."""
        async with pooled(self._pool) as conn:
            row = await self._row(conn, key)
            if row is None:
                return []
            bins = await fetch_bins(conn, row.point_id, start, end, step)
            stood = None
            if row.kind != StateClass.COUNTER:
                found = await fetch_gauges(conn, {row.point_id: ()}, start, end, step)
                stood = _places(found[row.point_id], step)
        return [_rolled(one, step, stood) for one in bins]

    async def _row(self, conn: Connection, key: str) -> PointRow | None:
        if key not in self._rows:
            self._rows = {row.key: row for row in await fetch_points(conn, self._site)}
        return self._rows.get(key)


# What stood in each step: seconds known, mean, lowest and highest value.
_Stood = dict[datetime, tuple[float, float | None, float | None, float | None]]


def _places(totals: GaugeTotals, step: timedelta) -> _Stood:
    step_us = step // timedelta.resolution
    starts = totals.periods.start_us // step_us * step_us
    columns = (totals.known_s, totals.mean, totals.minimum, totals.maximum)
    rows = np.stack(columns, axis=1).tolist()
    return {
        from_us(at): (known, _known(mean), _known(low), _known(high))
        for at, (known, mean, low, high) in zip(starts.tolist(), rows, strict=True)
    }


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def _rolled(row: asyncpg.Record, step: timedelta, stood: _Stood | None) -> RolledReadings:
    """A step as a roll-up would have it: of a gauge what stood, of a register its readings."""
    start: datetime = row["bin"]
    known_s, mean, low, high = 0.0, None, row["minimum"], row["maximum"]
    if stood is not None:
        known_s, mean, low, high = stood[start]
    return RolledReadings(
        start=start,
        end=start + step,
        first_ts=row["first_ts"],
        first_value=row["first_value"],
        last_ts=row["last_ts"],
        last_value=row["last_value"],
        minimum=low,
        maximum=high,
        mean=mean,
        known_s=known_s,
        counts={quality: row[quality.name.lower()] for quality in Quality},
    )
