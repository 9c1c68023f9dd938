"""Past readings from files: checked as a whole, then written as a whole, marked imported."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import numpy as np
from numpy.typing import NDArray

from models.legal_time.days import to_us
from models.quantities import QUANTITIES, Quantity
from models.readings import IntArray, Origin, Quality, ReadingBatch
from service.storage.connection import Connection, connected
from service.storage.errors import ImportConflictError, SchemaError, StoreUnreachableError
from service.storage.import_checks import check_content
from service.storage.import_conflicts import Conflict, Met, conflicts_of_block, write_block
from service.storage.import_files import load_table
from service.storage.import_table import ProblemList, WideTable
from service.storage.named_sql import load_queries
from service.storage.newest import note_points
from service.storage.partitions import make_room
from service.storage.pieces import Store, fetch_pieces, kind_of_store
from service.storage.points import PointRow, fetch_points
from service.storage.seals import fetch_seal_state

_SQL = load_queries("imports.sql")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ANALYZE_TIMEOUT_S = 120.0

# Not every OSError: whoever shows the progress may have one of its own.
_LOST = (
    ConnectionError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)

# A block is written in one piece. Blocks follow time, as the chunks of a hypertable do.
_BLOCK_CELLS = 1_000_000
# Each look at a reading asks every chunk within the times of the block: few of a week each.
_BLOCK_SPAN_US = 28 * 86_400 * 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did with the readings of a file, ``rows`` in all.

    Each was new to us, already there as it is, or is stored otherwise: a conflict, of which
    ``first_conflicts`` tells some. What is stored stays.
    """

    file_name: str
    sha256: str
    site: str
    points: int
    rows: int
    inserted: int
    already_there: int
    conflicts: int
    first_conflicts: tuple[Conflict, ...]
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
    stay as they are: what is stored is not replaced, and the report tells what differs.

    Raises
    ------
    ImportRefusedError
        If anything in the file is wrong; nothing is written then.
    """
    return await import_table(conn, site, await asyncio.to_thread(load_table, path), progress)


async def import_table(
    conn: Connection,
    site: str,
    table: WideTable,
    progress: Callable[[int, int], None],
    *,
    strict: bool = False,
) -> ImportReport:
    """Import a file that is read already, as :func:`import_file` does.

    The import is logged, and announced on the channel ``boucle_import``, with its transaction.

    Raises
    ------
    ImportRefusedError
        If anything in it is wrong; nothing is written then.
    ImportConflictError
        If it is ``strict`` and a reading is stored otherwise; nothing is written then.
    StoreUnreachableError
        If the database goes away; nothing is written then, unless all is.
    """
    started_s = time.monotonic()
    closed_upto = (await fetch_seal_state(conn)).closed_upto
    columns = _checked_columns(table, await fetch_points(conn, site), closed_upto)
    total = int(np.count_nonzero(~np.isnan(table.values)))
    from_ts, to_ts = _time(int(table.ts_us.min())), _time(int(table.ts_us.max()))
    progress(0, total)
    with _loss_told(table.file_name):
        store = await kind_of_store(conn)
        if store is Store.PARTITIONED:
            # On their own: in the import's transaction they would hold up whoever needs another.
            await make_room(conn, table.ts_us)
        async with conn.transaction():
            if strict:
                await _refuse_conflicts(conn, table, columns)
            met = await _write_blocks(conn, table, columns, lambda done: progress(done, total))
            if strict:
                # A collector may have written since we looked.
                _refuse_if_any(table, met)
            await note_points(conn, columns.point_id.tolist(), from_ts)
            await conn.execute(
                _SQL["log_import"], site, table.file_name, table.sha256, total, from_ts, to_ts
            )
            await conn.execute(
                _SQL["announce"], _announcement(site, table.sha256, (from_ts, to_ts), met.inserted)
            )
    if met.inserted:
        await _analyze(conn, store, from_ts, to_ts)
    return ImportReport(
        file_name=table.file_name,
        sha256=table.sha256,
        site=site,
        points=len(table.keys),
        rows=total,
        inserted=met.inserted,
        already_there=met.already_there,
        conflicts=met.conflicts,
        first_conflicts=tuple(met.first_conflicts),
        from_ts=from_ts,
        to_ts=to_ts,
        elapsed_s=time.monotonic() - started_s,
    )


async def _write_blocks(
    conn: Connection, table: WideTable, columns: _Columns, progress: Callable[[int], None]
) -> Met:
    met = Met()
    for batch in _blocks(table, columns):
        met.add(await write_block(conn, batch))
        progress(met.readings)
    return met


@contextmanager
def _loss_told(file_name: str) -> Iterator[None]:
    """A database that goes away takes the whole import with it: that is said, and no more."""
    try:
        yield
    except _LOST as exc:
        reason = str(exc) or type(exc).__name__
        msg = (
            f"the database went away: {reason}; nothing of {file_name} is in, or all of it: import "
            "it again, twice is once"
        )
        raise StoreUnreachableError(msg) from exc


def _announcement(
    site: str, sha256: str, first_and_last: tuple[datetime, datetime], inserted: int
) -> str:
    """What is sent to whoever listens on ``boucle_import``: JSON, of less than 8000 bytes."""
    from_ts, to_ts = first_and_last
    return json.dumps(
        {
            "site": site,
            "sha256": sha256,
            "from_ts": from_ts.isoformat(),
            "to_ts": to_ts.isoformat(),
            "inserted": inserted,
        }
    )


async def _refuse_conflicts(conn: Connection, table: WideTable, columns: _Columns) -> None:
    met = Met()
    for batch in _blocks(table, columns):
        met.add(await conflicts_of_block(conn, batch))
    _refuse_if_any(table, met)


def _refuse_if_any(table: WideTable, met: Met) -> None:
    if met.conflicts:
        told = [str(one) for one in met.first_conflicts]
        raise ImportConflictError(table.file_name, met.conflicts, told)


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
    _check_known(table, known, problems)
    check_content(table, problems)
    _check_closed(table, closed_upto, problems)
    problems.refuse_if_any()
    specs = [QUANTITIES[Quantity(known[key].quantity)] for key in table.keys]
    return _Columns(
        point_id=np.array([known[key].point_id for key in table.keys], np.int32),
        lower=np.array([spec.lower for spec in specs]),
        upper=np.array([spec.upper for spec in specs]),
    )


def _check_known(table: WideTable, known: Mapping[str, PointRow], problems: ProblemList) -> None:
    for number, key in enumerate(table.keys):
        if key not in known:
            problems.add(
                table.where_key(number),
                f"the site has no point {key!r}",
                "use a key <device>.<point> of the site file, or add the device there",
            )


def _rows_of_blocks(ts_us: IntArray, order: IntArray, most_rows: int) -> Iterator[IntArray]:
    in_order_us = ts_us[order]
    start = 0
    while start < len(order):
        end_of_span = np.searchsorted(in_order_us, in_order_us[start] + _BLOCK_SPAN_US)
        end = min(start + most_rows, int(end_of_span))
        yield order[start:end]
        start = end


def _check_closed(table: WideTable, closed_upto: datetime, problems: ProblemList) -> None:
    closed = np.flatnonzero(table.ts_us < to_us(closed_upto))
    if len(closed):
        problems.add(
            table.places[closed[0]],
            f"{len(closed)} times, this one first, are before {closed_upto:%Y-%m-%d %H:%M} UTC, "
            "and readings of then are sealed",
            "leave them out",
        )


def _blocks(table: WideTable, columns: _Columns) -> Iterator[ReadingBatch]:
    """The table in pieces of time; in each, point after point, as the primary key orders."""
    order = np.argsort(table.ts_us, kind="stable")
    received_us = time.time_ns() // 1000
    rows_per_block = max(1, _BLOCK_CELLS // max(1, len(table.keys)))
    by_id = np.argsort(columns.point_id)
    for rows in _rows_of_blocks(table.ts_us, order, rows_per_block):
        values = table.values[np.ix_(rows, by_id)].T
        present = ~np.isnan(values)
        in_range = (values >= columns.lower[by_id, None]) & (values <= columns.upper[by_id, None])
        quality = np.where(in_range, Quality.GOOD, Quality.OUT_OF_RANGE).astype(np.int16)
        point_id = np.broadcast_to(columns.point_id[by_id, None], values.shape)
        ts_us = np.broadcast_to(table.ts_us[rows], values.shape)
        count = int(np.count_nonzero(present))
        if not count:
            continue
        yield ReadingBatch(
            point_id=point_id[present],
            ts_us=ts_us[present],
            received_us=np.full(count, received_us, np.int64),
            value=values[present],
            quality=quality[present],
            origin=np.full(count, Origin.IMPORTED, np.int16),
        )


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


async def list_imports(dsn: str, site: str) -> list[ImportRow]:
    """The imports of a site, oldest first, of a database that may have no tables yet.

    Raises
    ------
    SchemaError
        If it has none.
    """
    async with connected(dsn) as conn:
        try:
            return await fetch_imports(conn, site)
        except asyncpg.UndefinedTableError as exc:
            msg = "the database has no log of imports yet; run 'boucle migrate'"
            raise SchemaError(msg) from exc
