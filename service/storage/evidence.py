"""The chain of verdicts in its table, and the raw rows of a site as hashes by legal day."""

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.legal_time.days import day_edges_us, day_start, legal_day
from models.readings import Origin
from service.evaluation.ports import StoreAway
from service.evidence.build import ImportedFile, RawDays
from service.evidence.canonical import canonical
from service.evidence.chain import ChainEntry, Head
from service.evidence.recording import Make
from service.storage.connection import Connection, Pool
from service.storage.copy import decode_rows, native_us, row_dtype
from service.storage.faults import STORE_AWAY, away_reason
from service.storage.importer import fetch_imports
from service.storage.lease import Held
from service.storage.named_sql import load_queries
from service.storage.points import fetch_points

_SQL = load_queries("evidence.sql")
_ACQUIRE_TIMEOUT_S = 10.0
_QUERY_TIMEOUT_S = 60.0
_PAGE = 1000

# What comes later than this after its time was not read live: it waited in a spool.
LATE_AFTER = timedelta(minutes=10)
# A week of rows of one point is at most a few megabytes.
_RAW_STRIDE = timedelta(days=7)
_RAW_ROW = row_dtype(ts="i8", value="f8", quality="i2", origin="i2", late="i2")
# The bytes that are hashed: little-endian time, value, quality, origin; NaN in its one form.
_HASHED_ROW = np.dtype([("ts_us", "<i8"), ("value", "<f8"), ("quality", "<i2"), ("origin", "<i2")])
_ONE_NAN = np.frombuffer(bytes.fromhex("000000000000f87f"), "<f8")[0]


@asynccontextmanager
async def _reaching(pool: Pool) -> AsyncIterator[Connection]:
    try:
        async with pool.acquire(timeout=_ACQUIRE_TIMEOUT_S) as conn:
            yield conn
    except STORE_AWAY as error:
        raise StoreAway(away_reason(error)) from error


class StoredChain:
    """Implements :class:`service.evidence.recording.ChainStore` on a pool."""

    def __init__(self, pool: Pool, site: str, held: Held | None = None) -> None:
        """``held``: what may only be written while a lease is."""
        self._pool = pool
        self._site = site
        self._held = held

    async def newest_of_each_rule(self) -> Mapping[str, ChainEntry]:
        """The newest entry of each rule that the evaluation wrote, packs left aside."""
        async with _reaching(self._pool) as conn:
            rows = await conn.fetch(
                _SQL["fetch_newest_of_each_rule"], self._site, timeout=_QUERY_TIMEOUT_S
            )
        return {row["rule_id"]: _entry(dict(row)) for row in rows}

    async def append(self, make: Make) -> Sequence[ChainEntry]:
        """Add what ``make`` gives for the head, as a whole, nobody else adding meanwhile."""
        async with _reaching(self._pool) as conn, conn.transaction():
            if self._held is not None:
                await self._held.guard(conn)
            await conn.execute(_SQL["lock_chain"], self._site, timeout=_QUERY_TIMEOUT_S)
            entries = make(await self._head(conn))
            columns = zip(*(_columns(entry) for entry in entries), strict=True)
            if entries:
                await conn.execute(
                    _SQL["insert_entries"],
                    self._site,
                    *(list(column) for column in columns),
                    timeout=_QUERY_TIMEOUT_S,
                )
        return entries

    async def head(self) -> Head:
        """The newest entry; seq 0 before the first."""
        async with _reaching(self._pool) as conn:
            return await self._head(conn)

    async def _head(self, conn: Connection) -> Head:
        row = await conn.fetchrow(_SQL["fetch_head"], self._site, timeout=_QUERY_TIMEOUT_S)
        return Head() if row is None else Head(seq=row["seq"], sha256=row["sha256"])

    async def entries(self, since: int = 1, limit: int = _PAGE) -> Sequence[ChainEntry]:
        """At most ``limit`` entries from a number on, in order."""
        async with _reaching(self._pool) as conn:
            rows = await conn.fetch(
                _SQL["fetch_entries"], self._site, since, limit, timeout=_QUERY_TIMEOUT_S
            )
        return [_entry(dict(row)) for row in rows]

    async def all_entries(self, since: int = 1) -> Sequence[ChainEntry]:
        """Every entry from a number on, in order."""
        found: list[ChainEntry] = []
        while page := await self.entries(since):
            found += page
            since = page[-1].seq + 1
        return found

    async def seq_before(self, rule_id: str, seq: int) -> int | None:
        """The newest entry of a rule before an entry."""
        return await self._number(_SQL["fetch_seq_before"], rule_id, seq)

    async def first_seq_since(self, instant: datetime) -> int | None:
        """The first entry that was written from an instant on."""
        return await self._number(_SQL["fetch_first_seq_since"], instant)

    async def _number(self, query: str, *args: object) -> int | None:
        async with _reaching(self._pool) as conn:
            found: int | None = await conn.fetchval(
                query, self._site, *args, timeout=_QUERY_TIMEOUT_S
            )
        return found


def _columns(entry: ChainEntry) -> tuple[object, ...]:
    return (
        entry.seq,
        entry.recorded_at,
        entry.rule_id,
        entry.reason,
        canonical(entry.body).decode("utf-8"),
        entry.prev_sha256,
        entry.public_key,
        entry.sha256,
        entry.signature,
    )


def _entry(row: Mapping[str, Any]) -> ChainEntry:
    """A body that is no JSON any more is kept as it is: the check of the chain names it."""
    text = str(row["body"])
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    return ChainEntry(**{**row, "body": body if isinstance(body, dict) else {"": text}})


class StoredPast:
    """Implements :class:`service.evidence.build.RawPast` on a pool, within a time limit."""

    def __init__(self, pool: Pool, site: str, limit_s: float) -> None:
        self._pool = pool
        self._site = site
        self._limit_s = limit_s

    async def imports(self) -> Sequence[ImportedFile]:
        """The files that were taken in."""
        async with _reaching(self._pool) as conn:
            rows = await fetch_imports(conn, self._site)
        return [
            ImportedFile(
                file_name=row.file_name,
                sha256=row.sha256,
                rows=row.rows,
                from_ts=row.from_ts,
                to_ts=row.to_ts,
                imported_at=row.imported_at,
            )
            for row in rows
        ]

    async def raw_days(self, since: Mapping[str, datetime], end: datetime) -> RawDays:
        """Every row of each point from its instant on; what the time allows."""
        days = _Days()
        complete = True
        try:
            async with asyncio.timeout(self._limit_s), _reaching(self._pool) as conn:
                ids = {row.key: row.point_id for row in await fetch_points(conn, self._site)}
                for key, start in since.items():
                    if key in ids:
                        await _read_point(conn, ids[key], (start, end), days.of(key))
        except TimeoutError:
            complete = False
        return RawDays(hashes=days.hashes(), corrections=days.corrections(), complete=complete)


async def _read_point(
    conn: Connection, point_id: int, span: tuple[datetime, datetime], days: "_PointDays"
) -> None:
    start, end = span
    while start < end:
        stop = min(_midnight_after(start + _RAW_STRIDE), end)
        stream = bytearray()

        async def take(chunk: bytes, stream: bytearray = stream) -> None:
            stream.extend(chunk)

        await conn.copy_from_query(
            _SQL["copy_raw"],
            point_id,
            start,
            stop,
            LATE_AFTER,
            output=take,
            format="binary",
            timeout=_QUERY_TIMEOUT_S,
        )
        days.take(decode_rows(stream, _RAW_ROW), start, stop)
        start = stop


def _midnight_after(instant: datetime) -> datetime:
    return day_start(legal_day(instant) + timedelta(days=1))


class _PointDays:
    """The legal days of one point."""

    def __init__(self) -> None:
        self.hashes: dict[str, list[object]] = {}
        self.corrections: dict[str, dict[str, int]] = {}

    def take(self, rows: NDArray[np.void], start: datetime, stop: datetime) -> None:
        """Hash the rows of some whole days; a first or last day may be cut."""
        ts_us = native_us(rows["ts"])
        day = legal_day(start)
        while day_start(day) < stop:
            low, high = np.searchsorted(ts_us, day_edges_us(day, day + timedelta(days=1)))
            if high > low:
                self._take_day(day, rows[low:high], ts_us[low:high])
            day += timedelta(days=1)

    def _take_day(self, day: date, rows: NDArray[np.void], ts_us: NDArray[np.int64]) -> None:
        hashed = np.empty(len(rows), _HASHED_ROW)
        hashed["ts_us"] = ts_us
        hashed["value"] = np.where(np.isnan(rows["value"]), _ONE_NAN, rows["value"])
        hashed["quality"], hashed["origin"] = rows["quality"], rows["origin"]
        digest = hashlib.sha256(hashed.tobytes()).hexdigest()
        self.hashes[day.isoformat()] = [len(rows), digest]
        counts = {
            one.name.lower(): int(np.count_nonzero(rows["origin"] == one))
            for one in Origin
            if one is not Origin.MEASURED
        }
        counts["late"] = int(np.count_nonzero(rows["late"]))
        if any(counts.values()):
            self.corrections[day.isoformat()] = {n: c for n, c in counts.items() if c}


class _Days:
    """The legal days of some points."""

    def __init__(self) -> None:
        self._points: dict[str, _PointDays] = defaultdict(_PointDays)

    def of(self, key: str) -> _PointDays:
        return self._points[key]

    def hashes(self) -> dict[str, dict[str, list[object]]]:
        return {key: one.hashes for key, one in self._points.items()}

    def corrections(self) -> dict[str, dict[str, dict[str, int]]]:
        return {key: one.corrections for key, one in self._points.items() if one.corrections}
