"""Past readings from files: checked as a whole, then written as a whole, marked imported."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import numpy as np
from numpy.typing import NDArray

from models.quantities import QUANTITIES, Quantity
from models.readings import Origin, Quality, ReadingBatch
from service.storage.connection import Connection
from service.storage.import_files import ProblemList, WideTable, load_table
from service.storage.named_sql import load_queries
from service.storage.partitions import make_room
from service.storage.pieces import Store, fetch_pieces, kind_of_store
from service.storage.points import PointRow, fetch_points
from service.storage.seals import fetch_seal_state
from service.storage.writer import copy_batch, write_batch

_SQL = load_queries("imports.sql")
_US_PER_S = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# A clock that is a little ahead is no reason to refuse a file.
_CLOCK_TOLERANCE = timedelta(days=1)
_ANALYZE_TIMEOUT_S = 120.0

# A block is written in one piece. Blocks follow time, as the chunks of a hypertable do.
_BLOCK_CELLS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did. ``rows`` are readings in the file, ``inserted`` those new to us."""

    file_name: str
    sha256: str
    site: str
    points: int
    rows: int
    inserted: int
    from_ts: datetime
    to_ts: datetime
    elapsed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """What the store knows of each column of the file."""

    point_id: NDArray[np.int32]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


async def import_file(
    conn: Connection, site: str, path: Path, progress: Callable[[int, int], None]
) -> ImportReport:
    """Import a file of past readings; the same file twice changes nothing.

    ``progress`` is called with readings done and in all. Readings that are already there
    stay as they are: what was measured is not replaced by what is imported.

    Raises
    ------
    ImportRefusedError
        If anything in the file is wrong; nothing is written then.
    """
    return await import_table(conn, site, await asyncio.to_thread(load_table, path), progress)


async def import_table(
    conn: Connection, site: str, table: WideTable, progress: Callable[[int, int], None]
) -> ImportReport:
    """Import a file that is read already, as :func:`import_file` does.

    Raises
    ------
    ImportRefusedError
        If anything in it is wrong; nothing is written then.
    """
    started_s = time.monotonic()
    closed_upto = (await fetch_seal_state(conn)).closed_upto
    columns = _checked_columns(table, await fetch_points(conn, site), closed_upto)
    total = int(np.count_nonzero(~np.isnan(table.values)))
    from_ts, to_ts = _time(int(table.ts_us.min())), _time(int(table.ts_us.max()))
    done = inserted = 0
    progress(0, total)
    store = await kind_of_store(conn)
    if store is Store.PARTITIONED:
        # On their own: in the transaction of the import they would hold up whoever needs another.
        await make_room(conn, table.ts_us)
    async with conn.transaction():
        for batch in _blocks(table, columns):
            inserted += await _write_block(conn, batch)
            done += len(batch)
            progress(done, total)
        await conn.execute(
            _SQL["log_import"], site, table.file_name, table.sha256, total, from_ts, to_ts
        )
    if inserted:
        await _analyze(conn, store, from_ts, to_ts)
    return ImportReport(
        file_name=table.file_name,
        sha256=table.sha256,
        site=site,
        points=len(table.keys),
        rows=total,
        inserted=inserted,
        from_ts=from_ts,
        to_ts=to_ts,
        elapsed_s=time.monotonic() - started_s,
    )


async def _analyze(conn: Connection, store: Store, from_ts: datetime, to_ts: datetime) -> None:
    """Let the planner know: it must not believe that a piece is still empty."""
    for piece in await fetch_pieces(conn, store):
        if piece.end > from_ts and (piece.start is None or piece.start <= to_ts):
            await conn.execute(f"analyze {piece.name}", timeout=_ANALYZE_TIMEOUT_S)


def _time(time_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=time_us)


def _checked_columns(table: WideTable, points: list[PointRow], closed_upto: datetime) -> _Columns:
    problems = ProblemList(table.file_name)
    known = {point.key: point for point in points}
    _check_keys(table, known, problems)
    _check_times(table, problems)
    _check_closed(table, closed_upto, problems)
    _check_values(table, problems)
    problems.refuse_if_any()
    specs = [QUANTITIES[Quantity(known[key].quantity)] for key in table.keys]
    return _Columns(
        point_id=np.array([known[key].point_id for key in table.keys], np.int32),
        lower=np.array([spec.lower for spec in specs]),
        upper=np.array([spec.upper for spec in specs]),
    )


def _check_keys(table: WideTable, known: Mapping[str, PointRow], problems: ProblemList) -> None:
    seen: set[str] = set()
    for number, key in enumerate(table.keys, start=1):
        where = f"column {number + 1}" if table.file_name.endswith(".csv") else f"key {number}"
        if key in seen:
            problems.add(where, f"the key {key!r} is there twice", "keep one of the columns")
        elif key not in known:
            problems.add(
                where,
                f"the site has no point {key!r}",
                "use a key <device>.<point> of the site file, or add the device there",
            )
        seen.add(key)


def _check_times(table: WideTable, problems: ProblemList) -> None:
    if not len(table.ts_us) or np.isnan(table.values).all():
        problems.add("file", "it has no readings", "check what wrote it")
        return
    latest = datetime.now(UTC) + _CLOCK_TOLERANCE
    earliest_us, latest_us = (round(t.timestamp() * _US_PER_S) for t in (_EARLIEST, latest))
    outside = (table.ts_us < earliest_us) | (table.ts_us > latest_us)
    for row in np.flatnonzero(outside)[:20]:
        problems.add(
            table.places[row],
            f"the time {int(table.ts_us[row])} us is before 2000 or in the future",
            "give microseconds of UTC since 1970, or a date of the past",
        )
    order = np.argsort(table.ts_us, kind="stable")
    repeated = order[1:][np.diff(table.ts_us[order]) == 0]
    for row in np.sort(repeated)[:20]:
        problems.add(table.places[row], "its time is there twice", "keep one of the rows")


def _check_closed(table: WideTable, closed_upto: datetime, problems: ProblemList) -> None:
    closed = np.flatnonzero(table.ts_us < round(closed_upto.timestamp() * _US_PER_S))
    if len(closed):
        problems.add(
            table.places[closed[0]],
            f"{len(closed)} times, this one first, are before {closed_upto:%Y-%m-%d %H:%M} UTC, "
            "and readings of then are sealed",
            "leave them out",
        )


def _check_values(table: WideTable, problems: ProblemList) -> None:
    for row, column in np.argwhere(np.isinf(table.values))[:20]:
        problems.add(
            table.where(row, column),
            "the value is infinite",
            "give a number, or mark it as missing",
        )


def _blocks(table: WideTable, columns: _Columns) -> Iterator[ReadingBatch]:
    """The table in pieces of time; in each, point after point, as the primary key orders."""
    order = np.argsort(table.ts_us, kind="stable")
    received_us = time.time_ns() // 1000
    rows_per_block = max(1, _BLOCK_CELLS // max(1, len(table.keys)))
    by_id = np.argsort(columns.point_id)
    for start in range(0, len(order), rows_per_block):
        rows = order[start : start + rows_per_block]
        values = table.values[np.ix_(rows, by_id)].T
        present = ~np.isnan(values)
        in_range = (values >= columns.lower[by_id, None]) & (values <= columns.upper[by_id, None])
        quality = np.where(in_range, Quality.GOOD, Quality.OUT_OF_RANGE).astype(np.int16)
        point_id = np.broadcast_to(columns.point_id[by_id, None], values.shape)
        ts_us = np.broadcast_to(table.ts_us[rows], values.shape)
        count = int(np.count_nonzero(present))
        yield ReadingBatch(
            point_id=point_id[present],
            ts_us=ts_us[present],
            received_us=np.full(count, received_us, np.int64),
            value=values[present],
            quality=quality[present],
            origin=np.full(count, Origin.IMPORTED, np.int16),
        )


async def _write_block(conn: Connection, batch: ReadingBatch) -> int:
    """Straight into the table where nothing can collide, else around what is there."""
    if not len(batch):
        return 0
    occupied = await conn.fetchval(
        _SQL["has_readings"],
        np.unique(batch.point_id).tolist(),
        _time(int(batch.ts_us.min())),
        _time(int(batch.ts_us.max())),
    )
    if not occupied:
        try:
            async with conn.transaction():
                return await copy_batch(conn, batch)
        except asyncpg.UniqueViolationError:
            # A collector wrote one of them since we looked.
            pass
    return await write_batch(conn, batch, timeout_s=120.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """One line of the log of imports."""

    id: int
    site: str
    file_name: str
    sha256: str
    rows: int
    from_ts: datetime
    to_ts: datetime
    imported_at: datetime


async def fetch_imports(conn: Connection, site: str) -> list[ImportRow]:
    """The imports of a site, oldest first."""
    return [ImportRow(**row) for row in await conn.fetch(_SQL["fetch_imports"], site)]
