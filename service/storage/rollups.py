"""Rolls readings up by the hour, legal day and legal month, as they come and as they come late.

Hours are rolled up some minutes after their end; what comes later stands in ``rollup_queue``, put
there by whoever wrote it. One at a time works: it holds the row of ``rollup_state``.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.legal_time.days import day_start, days_from, floor_hour, legal_day, to_us
from models.readings import IntArray, Quality
from models.registers.continuity import US_PER_HOUR
from models.registers.gauges import GaugeTotals, ValueRange, gauge_totals
from models.registers.holding import LONGEST_HOLD_US
from models.registers.hours import HourReadings, hour_readings
from models.registers.periods import Periods
from service.storage.connection import Connection
from service.storage.copy import NO_TIME, copy_columns, row_dtype
from service.storage.named_sql import load_queries
from service.storage.readings import SeriesColumns, fetch_series, point_slice

_SQL = load_queries("rollups.sql")
HOUR = timedelta(hours=1)
_TIMEOUT_S = 120.0

# So long after its end an hour is rolled up: readings that were not late when they were written
# (service/storage/rollup_queue.py) are committed by then, as a write has a minute.
_DUE_AFTER = timedelta(minutes=5)
# A reading stands for so long: it reaches into hours after its own.
REACH = timedelta(microseconds=LONGEST_HOLD_US)
# What is rolled up in one transaction: points, and hours, few of which hold millions of readings of
# points that are read every second, and many none of points that are read by the hour.
_POINTS_AT_ONCE = 64
# An hour is a revision: a few months of them, or many imports.
_REVISIONS_TOLD = 4000
MIN_HOURS_AT_ONCE, MAX_HOURS_AT_ONCE = 2, 1024

_STAGED = row_dtype(
    point_id="i4",
    hour="i8",
    first_ts="i8",
    first_value="f8",
    last_ts="i8",
    last_value="f8",
    **dict.fromkeys((one.name.lower() for one in Quality), "i4"),
    minimum="f8",
    maximum="f8",
    known_us="i8",
    integral="f8",
    loose_us="i8",
    loose_step="f8",
    revision="i8",
)
_STAGED_RANGE = row_dtype(point_id="i4", hour="i8", low="f8", high="f8", in_range_us="i8")
_TIMES = frozenset({"hour", "first_ts", "last_ts"})
_OF_GAUGE = ("known_us", "integral", "loose_us", "loose_step")

_Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """Hours ``[start, end)`` of some points."""

    points: tuple[int, ...]
    start: datetime
    end: datetime


async def want(conn: Connection, point_ids: Sequence[int]) -> None:
    """Have the hours of some points rolled up before those of others."""
    await conn.execute(_SQL["want"], list(point_ids))


async def add_ranges(conn: Connection, ranges: Mapping[int, Sequence[ValueRange]]) -> None:
    """Have the time of gauges in some ranges summed from now on, and for what is stored."""
    rows = [(point, low, high) for point, each in ranges.items() for low, high in each]
    if rows:
        await conn.execute(
            _SQL["add_ranges"], *(list(column) for column in zip(*rows, strict=True))
        )


async def roll_up(
    conn: Connection, *, hours_at_once: int = MAX_HOURS_AT_ONCE, now: datetime | None = None
) -> bool:
    """Roll up what waits longest, in one transaction; say whether more may wait.

    Parameters
    ----------
    conn : Connection
        Outside of a transaction.
    hours_at_once : int
        How many hours at most.
    now : datetime or None
        Hours are due by it; None for the clock of the server.
    """
    async with conn.transaction():
        state = await conn.fetchrow(_SQL["hold"], _DUE_AFTER, now)
        assert state is not None, "the migration made the row"
        upto, due = state["rolled_upto"], state["due_upto"]
        sealed = await conn.fetchval(_SQL["fetch_sealed_upto"])
        tasks = await _queued(conn, (sealed, upto), hours_at_once * HOUR)
        if not tasks and upto < due:
            end = min(due, upto + hours_at_once * HOUR)
            tasks = [_Task(points=await _all_points(conn), start=upto, end=end)]
            await conn.execute(_SQL["reach"], end)
        if tasks:
            revision = await conn.fetchval(_SQL["next_revision"])
            await conn.execute(_SQL["create_changed"])
            for task in tasks:
                await _roll_up(conn, task, revision)
            await _roll_up_legal(conn, revision)
            await conn.execute(_SQL["tell_changes"], revision)
            await conn.execute(_SQL["forget_changes"], revision - _REVISIONS_TOLD)
    return bool(tasks)


async def roll_all(conn: Connection) -> None:
    """Roll up all that waits."""
    while await roll_up(conn):
        pass


async def _roll_up_legal(conn: Connection, revision: int) -> None:
    """The legal days and months of the hours that changed."""
    changed = await conn.fetchrow(_SQL["changed_hours"])
    if changed is None or changed["first_hour"] is None:
        return
    days = days_from(
        legal_day(changed["first_hour"]), legal_day(changed["last_hour"]) + timedelta(days=1)
    )
    starts = [day_start(day) for day in [*days, days[-1] + timedelta(days=1)]]
    for of_span in ("upsert_days", "upsert_months"):
        await conn.execute(_SQL[of_span], revision, days, starts, timeout=_TIMEOUT_S)


async def _all_points(conn: Connection) -> tuple[int, ...]:
    return tuple(row["point_id"] for row in await conn.fetch(_SQL["fetch_points"], None))


async def _queued(
    conn: Connection, within: tuple[datetime, datetime], most: timedelta
) -> list[_Task]:
    """The oldest rows of the queue, cut to what is done at once; the rest is put back.

    Hours from before the seal stay as they are: their readings may be gone.
    """
    sealed, upto = within
    rows = await conn.fetch(_SQL["take_queued"], _POINTS_AT_ONCE, timeout=_TIMEOUT_S)
    spans: dict[tuple[datetime, datetime], dict[int, None]] = {}
    rest: list[tuple[int, datetime, datetime]] = []
    for row in rows:
        start, end = floor_hour(row["from_ts"]), floor_hour(row["to_ts"] + REACH) + HOUR
        start, end = max(start, sealed), min(end, upto)
        if end > start + most:
            end = start + most
            rest.append((row["point_id"], end, row["to_ts"]))
        if end > start:
            spans.setdefault((start, end), {})[row["point_id"]] = None
    if rest:
        await conn.execute(_SQL["put_back"], *(list(column) for column in zip(*rest, strict=True)))
    return [
        _Task(points=tuple(sorted(points)), start=start, end=end)
        for (start, end), points in sorted(spans.items())
    ]


async def _roll_up(conn: Connection, task: _Task, revision: int) -> None:
    for first in range(0, len(task.points), _POINTS_AT_ONCE):
        points = task.points[first : first + _POINTS_AT_ONCE]
        await _roll_up_some(conn, _Task(points=points, start=task.start, end=task.end), revision)


async def _roll_up_some(conn: Connection, task: _Task, revision: int) -> None:
    kinds = await conn.fetch(_SQL["fetch_points"], list(task.points))
    ranges: dict[int, list[ValueRange]] = {row["point_id"]: [] for row in kinds if row["is_gauge"]}
    for row in await conn.fetch(_SQL["fetch_ranges"], list(ranges)):
        ranges[row["point_id"]].append((row["low"], row["high"]))
    # What stands into the first hour, and the gap before it.
    reach = 2 * REACH if ranges else timedelta()
    readings = await fetch_series(conn, task.points, task.start - reach, task.end)
    hours, in_ranges = await asyncio.to_thread(_summed, readings, ranges, task)
    hours["revision"] = np.full(len(hours["hour"]), revision, np.int64)
    await _stage(conn, "hour_staging", _STAGED, hours)
    await conn.execute(_SQL["upsert_hours"], timeout=_TIMEOUT_S)
    if in_ranges:
        await _stage(conn, "hour_range_staging", _STAGED_RANGE, in_ranges)
        await conn.execute(_SQL["upsert_ranges"], timeout=_TIMEOUT_S)


def _summed(
    readings: SeriesColumns, ranges: Mapping[int, Sequence[ValueRange]], task: _Task
) -> tuple[_Columns, _Columns]:
    """Rows of the hours, and of the time in ranges; the latter empty without any."""
    inside = readings.ts_us >= to_us(task.start)
    read = hour_readings(
        readings.point_id[inside],
        readings.ts_us[inside],
        readings.value[inside],
        readings.quality[inside],
    )
    periods = Periods.between(
        np.arange(to_us(task.start), to_us(task.end) + 1, US_PER_HOUR, dtype=np.int64)
    )
    gauges = {
        point: gauge_totals(readings.of_point(point).good, periods, each)
        for point, each in ranges.items()
    }
    hours = _joined(_hours_of(read, point, gauges.get(point)) for point in task.points)
    in_ranges = [rows for point, one in gauges.items() for rows in _range_rows(point, one)]
    return hours, _joined(in_ranges) if in_ranges else {}


async def _stage(
    conn: Connection, table: str, layout: np.dtype[np.void], columns: _Columns
) -> None:
    await conn.execute(_SQL[f"create_{table}"])
    await conn.execute(_SQL[f"empty_{table}"])
    await conn.copy_to_table(
        table,
        schema_name="pg_temp",
        source=copy_columns(layout, columns, times=_TIMES),
        columns=list(columns),
        format="binary",
        timeout=_TIMEOUT_S,
    )


def _hours_of(read: HourReadings, point_id: int, gauge: GaugeTotals | None) -> _Columns:
    """Rows of one point, for each hour in which it was read or known."""
    own = point_slice(read.point_id, point_id)
    read_us = read.hour_us[own]
    known = np.flatnonzero(gauge.known_us > 0) if gauge is not None else np.zeros(0, np.int64)
    stood_us = gauge.periods.start_us[known] if gauge is not None else known
    hour_us = np.union1d(read_us, stood_us)
    count, at = len(hour_us), np.searchsorted(hour_us, read_us)

    def spread(column: NDArray[Any], rows: IntArray, elsewhere: float) -> NDArray[Any]:
        whole = np.full(count, elsewhere, column.dtype)
        whole[rows] = column
        return whole

    columns: _Columns = {"point_id": np.full(count, point_id, np.int32), "hour": hour_us}
    columns["first_ts"] = spread(read.first_us[own], at, NO_TIME)
    columns["first_value"] = spread(read.first_value[own], at, np.nan)
    columns["last_ts"] = spread(read.last_us[own], at, NO_TIME)
    columns["last_value"] = spread(read.last_value[own], at, np.nan)
    for quality in Quality:
        columns[quality.name.lower()] = spread(read.counts[quality, own], at, 0)
    columns["minimum"] = spread(read.minimum[own], at, np.nan)
    columns["maximum"] = spread(read.maximum[own], at, np.nan)
    if gauge is None:
        return columns | {name: np.zeros(count, np.int64) for name in _OF_GAUGE}
    stood = np.searchsorted(hour_us, stood_us)
    for name in ("minimum", "maximum"):
        columns[name] = spread(getattr(gauge, name)[known], stood, np.nan)
    return columns | {name: spread(getattr(gauge, name)[known], stood, 0) for name in _OF_GAUGE}


def _range_rows(point_id: int, gauge: GaugeTotals) -> Iterator[_Columns]:
    """A row for each range and hour in which the gauge is known, one of no time included."""
    known = gauge.known_us > 0
    count = int(known.sum())
    for (low, high), in_range_us in zip(gauge.ranges, gauge.in_range_us, strict=True):
        yield {
            "point_id": np.full(count, point_id, np.int32),
            "hour": gauge.periods.start_us[known],
            "low": np.full(count, low),
            "high": np.full(count, high),
            "in_range_us": in_range_us[known],
        }


def _joined(parts: Iterable[_Columns]) -> _Columns:
    each = list(parts)
    return {name: np.concatenate([one[name] for one in each]) for name in each[0]}
