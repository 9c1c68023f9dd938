"""The stored past of one site, as the evaluation and the API ask for it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from math import isnan

import numpy as np

from models.kpi.imported import imported_window
from models.legal_time.days import from_us
from models.readings import Origin, Quality, Window
from models.registers.gauges import GaugeTotals, ValueRange, unknown_gauge
from models.registers.periods import Periods
from models.registers.samples import Samples
from service.evaluation.ports import (
    DeviceStatus,
    LatestReading,
    PipelineStatus,
    RollupState,
)
from service.storage.connection import Connection, Pool
from service.storage.copy import NO_TIME
from service.storage.devices import fetch_device_states
from service.storage.importer import fetch_imports
from service.storage.newest import REACH, fetch_newest
from service.storage.pipeline import fetch_collector_state
from service.storage.points import fetch_points
from service.storage.pooled import pooled
from service.storage.readings import (
    BucketColumns,
    fetch_bucketed,
    fetch_gauges,
    fetch_hours_of_gauges,
)
from service.storage.rolled import (
    fetch_rolled,
    fetch_rolled_gauges,
    fetch_state,
)
from service.storage.rollups import HOUR, add_ranges, want
from service.storage.seals import fetch_seal_state

# Twelve gauges read every 5 s are 6.4 million readings in this time, which the store sums in a
# third of its time limit.
_AT_ONCE = timedelta(days=31)
_US = timedelta(microseconds=1)
# No reading is sealed earlier, whatever the settings say.
_SURELY_KEPT = timedelta(days=31)
# A look is faster than to make one anew.
_QUALITIES = {one.value: one for one in Quality}
_ORIGINS = {one.value: one for one in Origin}


def _utc_now() -> datetime:
    return datetime.now(UTC)


class StoredHistory:
    """Implements :class:`service.evaluation.ports.ReadingHistory` on a pool."""

    def __init__(
        self,
        pool: Pool,
        site: str,
        *,
        steers: bool = False,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """``steers``: hours that are read are to be rolled up first, in the ranges asked for."""
        self._pool, self._steers = pool, steers
        self._site, self._now = site, now
        self._ids: dict[str, int] = {}
        self._wanted: set[int] = set()

    async def _point_ids(self, conn: Connection, keys: Sequence[str]) -> dict[str, int]:
        if any(key not in self._ids for key in keys) or not self._ids:
            self._ids = {row.key: row.point_id for row in await fetch_points(conn, self._site)}
        return {key: self._ids[key] for key in keys if key in self._ids}

    async def samples(
        self, keys: Sequence[str], start: datetime, end: datetime, step: timedelta
    ) -> dict[str, Samples]:
        """First and last good reading of each step, in time order, of each point.

        By the hour: of the hours that are rolled up, and of readings from then on. In smaller steps
        too, of hours whose readings may be gone.
        """
        start = _floor(start, step)
        async with pooled(self._pool) as conn:
            ids = await self._point_ids(conn, keys)
            rolled = start
            if step == HOUR:
                await self._want(conn, ids.values())
                rolled = min(max((await fetch_state(conn)).rolled_upto, start), end)
            elif start < self._now() - _SURELY_KEPT:
                rolled = min(max((await fetch_seal_state(conn)).sealed_upto, start), end)
                start = _floor(start, HOUR) if rolled > start else start
            past = await fetch_rolled(conn, list(ids.values()), start, rolled)
            recent = await fetch_bucketed(conn, list(ids.values()), rolled, end, step)
        return {
            key: _samples(past.of_point(point_id)).then(_samples(recent.of_point(point_id)))
            for key, point_id in ids.items()
        }

    async def gauges(
        self,
        keys: Sequence[str],
        start: datetime,
        end: datetime,
        step: timedelta,
        ranges: Mapping[str, Sequence[ValueRange]],
    ) -> dict[str, GaugeTotals]:
        """What each gauge showed in each step, from every good reading.

        By the hour: of the hours that are rolled up, and of readings before and after them.
        """
        async with pooled(self._pool) as conn:
            ids = await self._point_ids(conn, keys)
            wanted = {point_id: tuple(ranges.get(key, ())) for key, point_id in ids.items()}
            if step == HOUR:
                found = await self._hourly_gauges(conn, wanted, start, end)
            else:
                found = await fetch_gauges(conn, wanted, start, end, step)
        return {key: found[point_id] for key, point_id in ids.items()}

    async def _want(self, conn: Connection, point_ids: Iterable[int]) -> None:
        """Have hours that are read rolled up before others; said once for each point."""
        fresh = set(point_ids) - self._wanted
        if fresh and self._steers:
            await want(conn, sorted(fresh))
            self._wanted |= fresh

    async def _hourly_gauges(
        self,
        conn: Connection,
        wanted: Mapping[int, Sequence[ValueRange]],
        start: datetime,
        end: datetime,
    ) -> dict[int, GaugeTotals]:
        await self._want(conn, wanted)
        rolled_upto = (await fetch_state(conn)).rolled_upto
        first = _floor(start + HOUR - _US, HOUR)
        last = min(_floor(end, HOUR), rolled_upto)
        if last <= first:
            return await fetch_hours_of_gauges(conn, wanted, start, end)
        rolled = await fetch_rolled_gauges(conn, wanted, first, last)
        found = {}
        if rolled:
            own = {point: wanted[point] for point in rolled}
            before = await fetch_hours_of_gauges(conn, own, start, first)
            after = await fetch_hours_of_gauges(conn, own, last, end)
            found = {p: before[p].then(one).then(after[p]) for p, one in rolled.items()}
        others = {point: each for point, each in wanted.items() if point not in rolled}
        if others:
            if self._steers:
                await add_ranges(conn, others)
            found |= await _gauges_of_readings(conn, others, start, end)
        return found

    async def rolled(self, keys: Sequence[str], since_revision: int | None) -> RollupState:
        """How far the roll-ups reach, and the earliest hour of some points changed since."""
        async with pooled(self._pool) as conn:
            ids = await self._point_ids(conn, keys)
            return await fetch_state(conn, list(ids.values()), since_revision)

    async def latest(self) -> Mapping[str, LatestReading]:
        """The newest reading of every point of the site."""
        now = self._now()
        async with pooled(self._pool) as conn:
            await self._point_ids(conn, ())
            newest = await fetch_newest(conn, self._site, now - REACH)
        keys = {point_id: key for key, point_id in self._ids.items()}
        return {
            keys[point_id]: LatestReading(
                ts=from_us(ts_us),
                received_at=None if received_us == NO_TIME else from_us(received_us),
                value=None if isnan(value) else value,
                quality=_QUALITIES[quality],
                origin=_ORIGINS[origin],
            )
            for point_id, ts_us, received_us, value, quality, origin in newest.rows()
            if point_id in keys
        }

    async def device_statuses(self) -> Mapping[str, DeviceStatus]:
        """The last report on every device that has one."""
        async with pooled(self._pool) as conn:
            rows = await fetch_device_states(conn, self._site)
        return {
            row.device: DeviceStatus(
                state=row.state,
                since=row.since,
                last_ok_at=row.last_ok_at,
                polls_total=row.polls_total,
                failures_total=row.failures_total,
                last_error=row.last_error,
                clock_offset_s=row.clock_offset_s,
                trouble=row.trouble,
                charge=row.charge,
            )
            for row in rows
        }

    async def pipeline_status(self) -> PipelineStatus | None:
        """The last word of the collector on its own pipeline."""
        async with pooled(self._pool) as conn:
            state = await fetch_collector_state(conn, self._site)
        return None if state is None else PipelineStatus(**asdict(state))

    async def imported_windows(self) -> Sequence[Window]:
        """The stretches of time that were imported rather than measured live."""
        async with pooled(self._pool) as conn:
            rows = await fetch_imports(conn, self._site)
        return [imported_window(row.file_name, row.sha256, row.from_ts, row.to_ts) for row in rows]


async def _gauges_of_readings(
    conn: Connection,
    wanted: Mapping[int, Sequence[ValueRange]],
    start: datetime,
    end: datetime,
) -> dict[int, GaugeTotals]:
    """Hours of gauges from their readings, a month at a time."""
    periods = Periods(start_us=np.zeros(0, np.int64), end_us=np.zeros(0, np.int64))
    found = {point: unknown_gauge(periods, ranges) for point, ranges in wanted.items()}
    while start < end:
        until = min(_floor(start, HOUR) + _AT_ONCE, end)
        more = await fetch_gauges(conn, wanted, start, until, HOUR)
        found = {point: one.then(more[point]) for point, one in found.items()}
        start = until
    return found


def _floor(instant: datetime, step: timedelta) -> datetime:
    """Start of the step that contains the instant, counted from 1970."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return instant - (instant - epoch) % step


def _samples(columns: BucketColumns) -> Samples:
    """Firsts and lasts as one series; a bucket with one reading gives it once."""
    ts_us = np.column_stack([columns.first_ts_us, columns.last_ts_us]).ravel()
    value = np.column_stack([columns.first_value, columns.last_value]).ravel()
    keep = np.ones(len(ts_us), dtype=bool)
    keep[1::2] = columns.last_ts_us > columns.first_ts_us
    return Samples(ts_us=ts_us[keep], value=value[keep])
