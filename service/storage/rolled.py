"""What is asked of the roll-ups: ends of hours, totals of gauges, and what changed since."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import asyncpg
import numpy as np
from numpy.typing import NDArray

from models.legal_time.calendar_spans import Span, day_after
from models.legal_time.days import day_start, from_us, legal_day, to_us
from models.readings import IntArray, Quality
from models.registers.gauges import GaugeTotals, ValueRange, unknown_gauge
from models.registers.periods import Periods
from service.evaluation.ports import RolledReadings, RollupSpan, RollupState
from service.storage.connection import Connection
from service.storage.copy import decode_rows, native_us, row_dtype
from service.storage.named_sql import load_queries
from service.storage.readings import BucketColumns, bucket_columns, copy_out, point_slice
from service.storage.rollups import HOUR

_SQL = load_queries("rollups.sql")
_TIMEOUT_S = 60.0
_DAY = timedelta(days=1)
_HOUR_US = HOUR // HOUR.resolution
_GAUGE_ROW = row_dtype(
    point_id="i4",
    hour="i8",
    known_us="i8",
    integral="f8",
    minimum="f8",
    maximum="f8",
    loose_us="i8",
    loose_step="f8",
)
_RANGE_ROW = row_dtype(point_id="i4", hour="i8", low="f8", high="f8", in_range_us="i8")

_OF_UTC = {
    RollupSpan.HOUR: ("fetch_hours", HOUR),
    RollupSpan.SIX_HOURS: ("fetch_six_hours", 6 * HOUR),
}


async def fetch_state(
    conn: Connection, point_ids: Sequence[int] = (), since_revision: int | None = None
) -> RollupState:
    """How far the roll-ups reach, and what changed of some points after a revision, if asked."""
    row = await conn.fetchrow(_SQL["rolled"], list(point_ids), since_revision, timeout=_TIMEOUT_S)
    assert row is not None, "the migration made the row"
    changed = None if row["changed_from"] is None else (row["changed_from"], row["changed_upto"])
    if row["is_forgotten"]:
        # What changed is not known any more: everything may have.
        whole = await conn.fetchrow(_SQL["all_hours"], list(point_ids), timeout=_TIMEOUT_S)
        found = whole is not None and whole["first_hour"] is not None
        changed = (whole["first_hour"], whole["end_hour"]) if whole and found else None
    return RollupState(
        rolled_upto=row["rolled_upto"],
        revision=row["revision"],
        changed=changed,
        is_behind=row["is_behind"],
    )


async def fetch_rolled(
    conn: Connection, point_ids: Sequence[int], start: datetime, end: datetime
) -> BucketColumns:
    """First and last good reading of each point in each hour that begins in ``[start, end)``."""
    return bucket_columns(await copy_out(conn, _SQL["copy_rolled"], list(point_ids), start, end))


async def fetch_rolled_readings(
    conn: Connection,
    point_id: int,
    span: RollupSpan,
    period: tuple[datetime, datetime],
    limit: int,
) -> list[RolledReadings]:
    """What one point showed in each span that begins in ``[start, end)``."""
    if span in _OF_UTC:
        query, length = _OF_UTC[span]
        rows = await conn.fetch(_SQL[query], point_id, *period, limit, timeout=_TIMEOUT_S)
        return [_rolled_readings(row, (row["hour"], row["hour"] + length)) for row in rows]
    # A day that begins at an instant is the first that begins then or later.
    first, last = (legal_day(one - timedelta.resolution) + _DAY for one in period)
    query = _SQL["fetch_days" if span is RollupSpan.DAY else "fetch_months"]
    rows = await conn.fetch(query, point_id, first, last, limit, timeout=_TIMEOUT_S)
    kind = Span(span.value)
    return [
        _rolled_readings(row, (day_start(day), day_start(day_after(kind, day))))
        for row in rows
        for day in [row["first_day"]]
    ]


def _rolled_readings(row: asyncpg.Record, span: tuple[datetime, datetime]) -> RolledReadings:
    known_s = row["known_us"] / 1e6
    ends = ("first_ts", "first_value", "last_ts", "last_value", "minimum", "maximum")
    return RolledReadings(
        start=span[0],
        end=span[1],
        mean=row["integral"] / known_s if known_s else None,
        known_s=known_s,
        counts={quality: row[quality.name.lower()] for quality in Quality},
        **{name: row[name] for name in ends},
    )


async def fetch_rolled_gauges(
    conn: Connection,
    ranges_of: Mapping[int, Sequence[ValueRange]],
    start: datetime,
    end: datetime,
) -> dict[int, GaugeTotals]:
    """What gauges showed in the whole hours ``[start, end)``.

    Hours in which a range was not summed, and will not be as their readings are gone, are unknown.
    A point is left out while they are still to be summed: its range was not asked for before.
    """
    edges_us = np.arange(to_us(start), to_us(end) + 1, _HOUR_US, dtype=np.int64)
    periods = Periods.between(edges_us)
    points = list(ranges_of)
    rows = decode_rows(
        await copy_out(conn, _SQL["copy_rolled_gauges"], points, start, end), _GAUGE_ROW
    )
    asked = [point for point, ranges in ranges_of.items() if ranges]
    in_ranges = decode_rows(
        await copy_out(conn, _SQL["copy_rolled_ranges"], asked, start, end), _RANGE_ROW
    )
    in_ranges = in_ranges[np.argsort(in_ranges["point_id"], kind="stable")]
    found: dict[int, GaugeTotals] = {}
    lacking: dict[int, NDArray[np.bool_]] = {}
    for point, ranges in ranges_of.items():
        totals = found[point] = unknown_gauge(periods, ranges)
        own = rows[point_slice(rows["point_id"], point)]
        at = _places(own["hour"], edges_us)
        for name in ("known_us", "integral", "minimum", "maximum", "loose_us", "loose_step"):
            getattr(totals, name)[at] = own[name]
        of_point = in_ranges[point_slice(in_ranges["point_id"], point)]
        told = [
            _fill(totals.in_range_us[n], of_point, one, edges_us) for n, one in enumerate(ranges)
        ]
        lacks = (totals.known_us > 0) & ~np.all(told, axis=0) if ranges else np.zeros(0, bool)
        if lacks.any():
            lacking[point] = lacks
    summed = await _summed(conn, ranges_of, lacking, edges_us)
    for point, lacks in lacking.items():
        if point in summed:
            _forget(found[point], lacks)
        else:
            del found[point]
    return found


def _fill(
    in_range_us: IntArray, rows: NDArray[np.void], wanted: ValueRange, edges_us: IntArray
) -> NDArray[np.bool_]:
    """Write the time in a range to its hours; which hours tell it."""
    own = rows[(rows["low"] == wanted[0]) & (rows["high"] == wanted[1])]
    at = _places(own["hour"], edges_us)
    in_range_us[at] = own["in_range_us"]
    told = np.zeros(len(in_range_us), bool)
    told[at] = True
    return told


async def _summed(
    conn: Connection,
    ranges_of: Mapping[int, Sequence[ValueRange]],
    lacking: Mapping[int, NDArray[np.bool_]],
    edges_us: IntArray,
) -> set[int]:
    """The points whose ranges are summed wherever there are readings, as far as hours lack them."""
    if not lacking:
        return set()
    asked: dict[int, set[ValueRange]] = {point: set() for point in lacking}
    for row in await conn.fetch(_SQL["fetch_ranges"], list(lacking)):
        asked[row["point_id"]].add((row["low"], row["high"]))
    known = [point for point in lacking if set(ranges_of[point]) <= asked[point]]
    ends = [edges_us[np.flatnonzero(lacking[point])[[0, -1]]] for point in known]
    first, last = ([from_us(each[n]) for each in ends] for n in (0, 1))
    return {row["point_id"] for row in await conn.fetch(_SQL["nothing_waits"], known, first, last)}


def _forget(totals: GaugeTotals, hours: NDArray[np.bool_]) -> None:
    """Some hours are unknown, as :func:`models.registers.gauges.unknown_gauge` has them."""
    for name in ("known_us", "integral", "loose_us", "loose_step"):
        getattr(totals, name)[hours] = 0
    for extreme in (totals.minimum, totals.maximum):
        extreme[hours] = np.nan
    totals.in_range_us[:, hours] = 0


def _places(hours: NDArray[np.void], edges_us: IntArray) -> IntArray:
    return np.asarray((native_us(hours) - edges_us[0]) // _HOUR_US)
