"""The raw rows of a point in a legal day, as their number and their hash."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from models.legal_time.days import day_edges_us, day_start, legal_day
from models.readings import Origin
from service.storage.connection import Connection
from service.storage.copy import decode_rows, native_us, row_dtype
from service.storage.named_sql import load_queries
from service.storage.readings import copy_out

_SQL = load_queries("raw_days.sql")

# What comes later than this after its time was not read live: it waited in a spool.
LATE_AFTER = timedelta(minutes=10)
_RAW_ROW = row_dtype(ts="i8", value="f8", quality="i2", origin="i2", late="i2")
# The bytes that are hashed: little-endian time, value, quality, origin; NaN in its one form.
_HASHED_ROW = np.dtype([("ts_us", "<i8"), ("value", "<f8"), ("quality", "<i2"), ("origin", "<i2")])
_ONE_NAN = np.frombuffer(bytes.fromhex("000000000000f87f"), "<f8")[0]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawDay:
    """Rows of a point in a legal day: their number, their hash, how many were not read live."""

    day: date
    rows: int
    sha256: str
    corrections: dict[str, int]


async def fetch_raw_days(
    conn: Connection, point_id: int, start: datetime, stop: datetime
) -> list[RawDay]:
    """Each legal day of a point that has rows in ``[start, stop)``; a first or last may be cut."""
    stream = await copy_out(conn, _SQL["copy_raw"], point_id, start, stop, LATE_AFTER)
    rows = decode_rows(stream, _RAW_ROW)
    ts_us = native_us(rows["ts"])
    found = []
    day = legal_day(start)
    while day_start(day) < stop:
        low, high = np.searchsorted(ts_us, day_edges_us(day, day + _DAY))
        if high > low:
            found.append(_raw_day(day, rows[low:high], ts_us[low:high]))
        day += _DAY
    return found


def _raw_day(day: date, rows: NDArray[np.void], ts_us: NDArray[np.int64]) -> RawDay:
    hashed = np.empty(len(rows), _HASHED_ROW)
    hashed["ts_us"] = ts_us
    hashed["value"] = np.where(np.isnan(rows["value"]), _ONE_NAN, rows["value"])
    hashed["quality"], hashed["origin"] = rows["quality"], rows["origin"]
    counts = {
        one.name.lower(): int(np.count_nonzero(rows["origin"] == one))
        for one in Origin
        if one is not Origin.MEASURED
    }
    counts["late"] = int(np.count_nonzero(rows["late"]))
    return RawDay(
        day=day,
        rows=len(rows),
        sha256=hashlib.sha256(hashed.tobytes()).hexdigest(),
        corrections={name: count for name, count in counts.items() if count},
    )
