"""A spool as versions before the journal wrote it: SQLite with one row a batch."""

import sqlite3
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

from models.readings import ReadingBatch

_TABLES = (
    "create table entry (id integer primary key autoincrement, created_us integer not null, "
    "rows integer not null, crc32 integer not null, payload blob not null)",
    "create table dead_letter (id integer primary key, created_us integer not null, "
    "refused_us integer not null, rows integer not null, crc32 integer not null, "
    "payload blob not null, reason text not null)",
    "create table tally (name text primary key, count integer not null)",
)
_COLUMNS = (
    ("point_id", "<i4"),
    ("ts_us", "<i8"),
    ("received_us", "<i8"),
    ("value", "<f8"),
    ("quality", "<i2"),
    ("origin", "<i2"),
)
CREATED_US = 1_795_132_800_000_000


def packed(batch: ReadingBatch) -> tuple[int, int, bytes]:
    """Rows, CRC-32 and bytes, column after column."""
    parts = [struct.pack("<4sI", b"BRB1", len(batch))]
    parts += [getattr(batch, name).astype(dtype).tobytes() for name, dtype in _COLUMNS]
    payload = b"".join(parts)
    return len(batch), zlib.crc32(payload), payload


def write_old_spool(
    path: Path,
    batches: Sequence[ReadingBatch],
    *,
    letter: ReadingBatch | None = None,
    dropped_rows: int = 0,
) -> sqlite3.Connection:
    """The open database: closed, it folds its log into the file, as a clean stop did."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("pragma journal_mode = wal")
    for table in _TABLES:
        db.execute(table)
    db.execute("begin")
    for number, batch in enumerate(batches):
        db.execute(
            "insert into entry (created_us, rows, crc32, payload) values (?, ?, ?, ?)",
            (CREATED_US + number, *packed(batch)),
        )
    if letter is not None:
        db.execute(
            "insert into dead_letter values (1, 2, 3, ?, ?, ?, 'refused: 23514')", packed(letter)
        )
    db.execute("insert into tally values ('dropped_rows', ?)", (dropped_rows,))
    db.execute("commit")
    return db
