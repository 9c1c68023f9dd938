"""What is asked of the readings: series as columns, ends of buckets, totals of gauges.

Windows are half-open, ``[start, end)``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg
import numpy as np
from numpy.typing import NDArray

from models.readings import FloatArray, IntArray, Quality
from models.registers.gauges import GaugeTotals, ValueRange, gauge_totals, unknown_gauge
from models.registers.holding import HOLD_US, LONGEST_HOLD_US
from models.registers.periods import Periods
from models.registers.samples import Samples
from service.storage.connection import Connection
from service.storage.copy import decode_rows, native_us, row_dtype
from service.storage.named_sql import load_queries

_SQL = load_queries("readings.sql")
_QUERY_TIMEOUT_S = 60.0

_SERIES_ROW = row_dtype(point_id="i4", ts="i8", value="f8", quality="i2", origin="i2")
_BUCKET_ROW = row_dtype(
    point_id="i4", bucket="i8", first_ts="i8", last_ts="i8", first="f8", last="f8"
)
# As many as the query sums at once.
MAX_RANGES = 6
_IN_RANGES = [f"in_{n}" for n in range(1, MAX_RANGES + 1)]
_GAUGE_ROW = row_dtype(
    point_id="i4",
    bucket="i8",
    known_us="i8",
    integral="f8",
    minimum="f8",
    maximum="f8",
    loose_us="i8",
    loose_step="f8",
    **dict.fromkeys(_IN_RANGES, "i8"),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)
# A reading stands for so long, if another lies as long before it.
_LONGEST_HOLD = LONGEST_HOLD_US * _US


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesColumns:
    """Readings as columns, ordered by point and time; NaN where a value is missing."""

    point_id: NDArray[np.int32]
    ts_us: IntArray
    value: FloatArray
    quality: NDArray[np.int16]
    origin: NDArray[np.int16]

    def of_point(self, point_id: int) -> "SeriesColumns":
        """The part of one point, as views."""
        part = point_slice(self.point_id, point_id)
        return SeriesColumns(
            point_id=self.point_id[part],
            ts_us=self.ts_us[part],
            value=self.value[part],
            quality=self.quality[part],
            origin=self.origin[part],
        )

    @property
    def good(self) -> Samples:
        """The readings of one point, NaN where one is not good."""
        value = np.where(self.quality == Quality.GOOD, self.value, np.nan)
        return Samples(ts_us=self.ts_us, value=value)


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketColumns:
    """First and last good reading per point and bucket, ordered by point and bucket.

    Buckets without a good reading have no row; with a single one, first and last are it.
    """

    point_id: NDArray[np.int32]
    bucket_us: IntArray
    first_ts_us: IntArray
    first_value: FloatArray
    last_ts_us: IntArray
    last_value: FloatArray

    def of_point(self, point_id: int) -> "BucketColumns":
        """The part of one point, as views."""
        part = point_slice(self.point_id, point_id)
        return BucketColumns(
            point_id=self.point_id[part],
            bucket_us=self.bucket_us[part],
            first_ts_us=self.first_ts_us[part],
            first_value=self.first_value[part],
            last_ts_us=self.last_ts_us[part],
            last_value=self.last_value[part],
        )


def point_slice(point_ids: NDArray[np.int32], point_id: int) -> slice:
    """Where one point is in a column sorted by point."""
    start, stop = np.searchsorted(point_ids, [point_id, point_id + 1])
    return slice(int(start), int(stop))


async def fetch_series(
    conn: Connection, point_ids: Sequence[int], start: datetime, end: datetime
) -> SeriesColumns:
    """Every reading of the points in the window."""
    return _series(await copy_out(conn, _SQL["copy_series"], list(point_ids), start, end))


async def fetch_page(
    conn: Connection, point_id: int, start: datetime, end: datetime, limit: int
) -> SeriesColumns:
    """At most so many readings of one point in the window, the earliest."""
    return _series(await copy_out(conn, _SQL["copy_page"], point_id, start, end, limit))


def _series(stream: bytes | bytearray) -> SeriesColumns:
    rows = decode_rows(stream, _SERIES_ROW)
    return SeriesColumns(
        point_id=rows["point_id"].astype(np.int32),
        ts_us=native_us(rows["ts"]),
        value=rows["value"].astype(np.float64),
        quality=rows["quality"].astype(np.int16),
        origin=rows["origin"].astype(np.int16),
    )


async def fetch_bins(
    conn: Connection, point_id: int, start: datetime, end: datetime, step: timedelta
) -> list[asyncpg.Record]:
    """Ends, extremes and counts of one point in each step of the window that has a reading."""
    return await conn.fetch(
        _SQL["fetch_bins"], point_id, start, end, step, timeout=_QUERY_TIMEOUT_S
    )


async def fetch_bucketed(
    conn: Connection,
    point_ids: Sequence[int],
    start: datetime,
    end: datetime,
    step: timedelta,
) -> BucketColumns:
    """First and last good reading of each point in each step of the window.

    Enough to know what a register counted in each step, at a cost that in Python does not
    depend on how often it was read. Buckets start at ``start + n * step``.
    """
    return bucket_columns(
        await copy_out(conn, _SQL["copy_bucketed"], list(point_ids), start, end, step)
    )


def bucket_columns(stream: bytes | bytearray) -> BucketColumns:
    """Binary rows of point, bucket, first and last time, first and last value."""
    rows = decode_rows(stream, _BUCKET_ROW)
    return BucketColumns(
        point_id=rows["point_id"].astype(np.int32),
        bucket_us=native_us(rows["bucket"]),
        first_ts_us=native_us(rows["first_ts"]),
        first_value=rows["first"].astype(np.float64),
        last_ts_us=native_us(rows["last_ts"]),
        last_value=rows["last"].astype(np.float64),
    )


async def fetch_gauges(
    conn: Connection,
    ranges_of: Mapping[int, Sequence[ValueRange]],
    start: datetime,
    end: datetime,
    step: timedelta,
    *,
    hold_us: int = HOLD_US,
) -> dict[int, GaugeTotals]:
    """What the gauge of each point showed in each step, summed by the server from every reading.

    As :func:`models.registers.gauges.gauge_totals` would give it from the good readings. Steps
    begin at multiples of ``step`` since 1970; the first and last are clipped to the window.

    Raises
    ------
    ValueError
        If a point has more ranges than the query sums at once.
    """
    for point_id, ranges in ranges_of.items():
        if len(ranges) > MAX_RANGES:
            msg = f"point {point_id} has {len(ranges)} ranges; at most {MAX_RANGES} are summed"
            raise ValueError(msg)
    start_us, end_us, step_us = (start - _EPOCH) // _US, (end - _EPOCH) // _US, step // _US
    origin_us = start_us // step_us * step_us
    unused = [(None, None)] * MAX_RANGES
    bounds = [one for ranges in ranges_of.values() for one in [*ranges, *unused][:MAX_RANGES]]
    stream = await copy_out(
        conn,
        _SQL["copy_gauges"],
        list(ranges_of),
        start,
        end,
        origin_us,
        step_us,
        hold_us,
        [low for low, _ in bounds],
        [high for _, high in bounds],
        LONGEST_HOLD_US,
    )
    rows = decode_rows(stream, _GAUGE_ROW)
    inner = np.arange(origin_us + step_us, end_us, step_us, dtype=np.int64)
    periods = Periods.between(np.concatenate([[start_us], inner, [end_us]]).astype(np.int64))
    return {
        point_id: _dense(rows[point_slice(rows["point_id"], point_id)], periods, ranges)
        for point_id, ranges in ranges_of.items()
    }


async def fetch_hours_of_gauges(
    conn: Connection,
    ranges_of: Mapping[int, Sequence[ValueRange]],
    start: datetime,
    end: datetime,
) -> dict[int, GaugeTotals]:
    """What the gauges showed in the hours of a short window, summed here as roll-ups are."""
    readings = await fetch_series(conn, list(ranges_of), start - 2 * _LONGEST_HOLD, end)
    start_us, end_us, hour_us = (start - _EPOCH) // _US, (end - _EPOCH) // _US, _HOUR // _US
    inner = np.arange(start_us // hour_us * hour_us + hour_us, end_us, hour_us, dtype=np.int64)
    periods = Periods.between(np.concatenate([[start_us], inner, [end_us]]).astype(np.int64))
    if end <= start:
        periods = Periods.between(np.zeros(1, np.int64))
    return {
        point: gauge_totals(readings.of_point(point).good, periods, ranges)
        for point, ranges in ranges_of.items()
    }


def _dense(rows: NDArray[np.void], periods: Periods, ranges: Sequence[ValueRange]) -> GaugeTotals:
    """Totals with a row for each step; the server leaves out those in which nothing is known."""
    totals, at = unknown_gauge(periods, ranges), rows["bucket"].astype(np.int64)
    for name in ("known_us", "integral", "minimum", "maximum", "loose_us", "loose_step"):
        getattr(totals, name)[at] = rows[name]
    for of_range, name in zip(totals.in_range_us, _IN_RANGES, strict=False):
        of_range[at] = rows[name]
    return totals


async def copy_out(conn: Connection, query: str, *args: object) -> bytearray:
    """The binary rows of a query."""
    stream = bytearray()

    async def take(chunk: bytes) -> None:
        stream.extend(chunk)

    await conn.copy_from_query(query, *args, output=take, format="binary", timeout=_QUERY_TIMEOUT_S)
    return stream
