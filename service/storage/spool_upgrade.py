"""Brings readings of a spool as versions before this one kept it, a SQLite file, into a spool.

What SQLite cannot read any more is looked for in the pages of the file. The file goes once its
readings are safe, or is put aside when some could not be had.
"""

import sqlite3
import struct
import time
import zlib
from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import structlog
from numpy.typing import NDArray

from models.readings import ReadingBatch
from service.storage.errors import SpoolInUseError, SpoolWriteError
from service.storage.packed_batch import pack
from service.storage.spool import Spool
from service.storage.sqlite_pages import Row, rows_in_log, salvage_rows

_HEAD = struct.Struct("<4sI")
_MAGIC = b"BRB1"
_COLUMNS = (
    ("point_id", np.dtype("<i4")),
    ("ts_us", np.dtype("<i8")),
    ("received_us", np.dtype("<i8")),
    ("value", np.dtype("<f8")),
    ("quality", np.dtype("<i2")),
    ("origin", np.dtype("<i2")),
)
_ROW_BYTES = sum(dtype.itemsize for _, dtype in _COLUMNS)

_ENTRIES = "select id, created_us, crc32, payload from entry where id > ? order by id"
_LETTERS = "select id, crc32, payload, reason from dead_letter order by id"
# The highest number ever given, also when all are drained.
_LAST_ID = "select coalesce(max(seq), 0) from sqlite_sequence where name = 'entry'"
_TALLY = "select coalesce(sum(count), 0) from tally where name = 'dropped_rows'"
# Columns of the two tables as they lie in the pages, the number (null there) among them.
_ENTRY_COLUMNS = 5
_LETTER_COLUMNS = 7
_ENTRIES_AT_ONCE = 500

# number, time of acknowledgement, CRC-32, bytes
_Entry: TypeAlias = tuple[int, int, Any, Any]

_log = structlog.get_logger(__name__)


def upgrade_spool(old: Path, spool: Spool) -> None:
    """Move what the old file holds to the spool; safe to repeat after a crash.

    Raises
    ------
    SpoolInUseError
        If an older version still writes to it.
    """
    moving = _Moving(spool)
    damage = None
    # Before SQLite opens the file: it drops a log of which it trusts nothing more.
    log_rows = rows_in_log(old)
    try:
        with closing(_open(old)) as db:
            moving.dropped_rows = db.execute(_TALLY).fetchone()[0]
            for letter in db.execute(_LETTERS):
                moving.take_letter(*letter)
            moving.take(db.execute(_ENTRIES, (0,)))
            moving.last_id = db.execute(_LAST_ID).fetchone()[0]
    except sqlite3.DatabaseError as exc:
        if _is_busy(exc):
            msg = f"{old} is in use by another process; stop it or use another data folder"
            raise SpoolInUseError(msg) from exc
        damage = str(exc)
        _take_from_pages(salvage_rows(old), moving)
    else:
        if _take_from_pages(log_rows, moving):
            damage = "its log was damaged"
    damage = damage or ("checksums do not fit" if moving.lost_batches else None)
    moving.finish(is_damaged=damage is not None)
    _dispose(old, moving, damage)


class _Moving:
    """Carries batches over, in order, each once."""

    def __init__(self, spool: Spool) -> None:
        self.dropped_rows = 0
        self.rows = 0
        self.last_id = 0
        self.lost_batches = 0
        self._spool = spool
        self._letters: set[int] = set()

    def take(self, entries: Iterable[_Entry]) -> None:
        """Those that follow what was taken before; what does not fit its checksum is lost."""
        following = (entry for entry in entries if entry[0] > self.last_id)
        while group := list(islice(following, _ENTRIES_AT_ONCE)):
            batches = [_unpack(crc32, payload) for _, _, crc32, payload in group]
            packed = [pack(batch) for batch in batches if batch is not None]
            if packed:
                self._spool.append(packed, created_us=group[0][1])
            self.rows += sum(one.rows for one in packed)
            self.lost_batches += len(batches) - len(packed)
            self.last_id = group[-1][0]

    def take_letter(self, number: int, crc32: Any, payload: Any, reason: Any) -> None:
        """A batch the database refused."""
        batch = _unpack(crc32, payload)
        if batch is not None and number not in self._letters:
            self._letters.add(number)
            text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
            self._spool.add_dead_letter(pack(batch), text)

    def finish(self, *, is_damaged: bool) -> None:
        """Count in the new spool what the old one lost."""
        self._spool.note_past(
            dropped_rows=self.dropped_rows,
            # How many readings a lost batch held is lost with it: one at least.
            lost_rows=self.lost_batches,
            salvaged_rows=self.rows if is_damaged else 0,
        )


def _take_from_pages(rows: Iterable[Row], moving: _Moving) -> bool:
    """Take what SQLite did not give; whether there was anything."""
    found: dict[int, _Entry] = {}
    for number, columns in rows:
        if len(columns) == _ENTRY_COLUMNS and number not in found:
            _, created_us, _, crc32, payload = columns
            if isinstance(created_us, int) and _unpack(crc32, payload) is not None:
                found[number] = (number, created_us, crc32, payload)
        elif len(columns) == _LETTER_COLUMNS:
            *_, crc32, payload, reason = columns
            moving.take_letter(number, crc32, payload, reason)
    numbers = sorted(number for number in found if number > moving.last_id)
    if numbers:
        first = moving.last_id + 1 if moving.last_id else numbers[0]
        moving.lost_batches += numbers[-1] - first + 1 - len(numbers)
    moving.take(found[number] for number in numbers)
    return bool(numbers)


def _open(old: Path) -> sqlite3.Connection:
    db = sqlite3.connect(old, isolation_level=None, timeout=0.5)
    try:
        db.execute("pragma locking_mode = exclusive")
        db.execute("begin immediate")
    except BaseException:
        db.close()
        raise
    return db


def _is_busy(exc: sqlite3.Error) -> bool:
    # An error of the library's own, such as a text that is none, has no name.
    return getattr(exc, "sqlite_errorname", "") in {"SQLITE_BUSY", "SQLITE_LOCKED"}


def _dispose(old: Path, moving: _Moving, damage: str | None) -> None:
    files = [old.with_name(f"{old.name}{suffix}") for suffix in ("", "-wal", "-shm")]
    if damage is None:
        _log.info("spool_upgraded", path=str(old), rows=moving.rows)
        _each(files, lambda file: file.unlink(missing_ok=True))
        return
    suffix = f".damaged-{time.time_ns() // 1_000_000}"
    _log.error(
        "old_spool_damaged",
        path=str(old),
        put_aside=f"{old}{suffix}",
        reason=damage,
        salvaged_rows=moving.rows,
        lost_batches_at_least=moving.lost_batches,
    )
    _each(
        [file for file in files if file.exists()],
        lambda file: file.rename(file.with_name(f"{file.name}{suffix}")),
    )


def _each(files: Iterable[Path], act: Callable[[Path], object]) -> None:
    try:
        for file in files:
            act(file)
    except OSError as exc:
        msg = f"{exc.filename} cannot be moved: {exc.strerror}; check the data folder"
        raise SpoolWriteError(msg) from exc


def _unpack(crc32: Any, payload: Any) -> ReadingBatch | None:
    """The readings of an old entry, or None if its checksum, head or length do not fit."""
    if not isinstance(payload, bytes) or len(payload) < _HEAD.size or zlib.crc32(payload) != crc32:
        return None
    magic, rows = _HEAD.unpack_from(payload)
    if magic != _MAGIC or len(payload) != _HEAD.size + rows * _ROW_BYTES:
        return None
    columns: dict[str, NDArray[Any]] = {}
    offset = _HEAD.size
    for name, dtype in _COLUMNS:
        column = np.frombuffer(payload, dtype, count=rows, offset=offset)
        columns[name] = column.astype(dtype.newbyteorder("="))
        offset += rows * dtype.itemsize
    return ReadingBatch(**columns)
