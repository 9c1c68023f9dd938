"""Readings on disk between their acknowledgement and their row in the database.

One SQLite file, synchronous=FULL: what :meth:`Spool.append` returned from survives a crash
of the process and of the machine. Bounded: when full, the oldest entry goes and is counted.
An entry that cannot be read back, or that the database refuses for good, is set aside as a
dead letter with the reason, so that it blocks nothing and can still be looked at.

Synchronous; its one owner calls it from one thread at a time.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import structlog

from models.readings import ReadingBatch
from service.storage.errors import SpoolError, SpoolInUseError, SpoolWriteError
from service.storage.named_sql import load_queries
from service.storage.packed_batch import DamagedBatchError, PackedBatch, unpack

_SQL = load_queries("spool.sql")
_DROPPED = "dropped_rows"
_DAMAGED = "damaged_entries"
# Dead letters are kept for people to look at; they may not crowd out live readings.
_DEAD_LETTER_SHARE = 4
_ENTRIES_AT_ONCE = 256

# rows and bytes of an entry, under its id; a dict keeps the order of insertion
_Sizes: TypeAlias = dict[int, tuple[int, int]]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolEntry:
    """One batch as it was acknowledged."""

    id: int
    batch: ReadingBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolState:
    """What lies in the spool; the last three count since the file exists."""

    rows: int
    bytes: int
    oldest_us: int | None
    dropped_rows: int
    damaged_entries: int
    dead_letter_rows: int


class Spool:
    """The spool of one writer, exclusively locked while open."""

    def __init__(self, path: Path, *, quota_bytes: int) -> None:
        self._quota_bytes = quota_bytes
        self._db = _open_or_set_aside(path)
        self._sizes: _Sizes = {
            entry_id: (rows, size) for entry_id, rows, size in self._read("sizes")
        }
        self._used_bytes = sum(size for _, size in self._sizes.values())

    def append(self, batches: Sequence[PackedBatch]) -> None:
        """Make batches durable in one commit, dropping the oldest entries if it is full.

        Raises
        ------
        SpoolWriteError
            If the disk refuses or a batch alone exceeds the quota; nothing is kept then.
        """
        needed = sum(len(batch.payload) for batch in batches)
        if needed > self._quota_bytes:
            msg = f"{needed} bytes at once exceed the spool's quota of {self._quota_bytes} bytes"
            raise SpoolWriteError(msg)
        now_us = time.time_ns() // 1000
        fresh: _Sizes = {}
        with self._transaction() as db:
            dropped = self._drop_oldest(self._used_bytes + needed - self._quota_bytes)
            for batch in batches:
                row = (now_us, batch.rows, batch.crc32, batch.payload)
                entry_id = int(db.execute(_SQL["insert"], row).lastrowid or 0)
                fresh[entry_id] = (batch.rows, len(batch.payload))
        self._forget(dropped)
        self._sizes |= fresh
        self._used_bytes += needed

    def _drop_oldest(self, excess_bytes: int) -> list[int]:
        dropped: list[int] = []
        rows_dropped = 0
        for entry_id, (rows, size) in self._sizes.items():
            if excess_bytes <= 0:
                break
            self._db.execute(_SQL["remove"], (entry_id,))
            dropped.append(entry_id)
            rows_dropped += rows
            excess_bytes -= size
        if dropped:
            self._db.execute(_SQL["add_to_tally"], (_DROPPED, rows_dropped))
        return dropped

    def _forget(self, ids: Sequence[int]) -> None:
        for entry_id in ids:
            _, size = self._sizes.pop(entry_id, (0, 0))
            self._used_bytes -= size

    def oldest(self, max_rows: int) -> list[SpoolEntry]:
        """The oldest batches, together at most ``max_rows`` readings but at least one batch.

        Damaged entries met on the way are set aside and counted.
        """
        entries: list[SpoolEntry] = []
        total_rows = 0
        for entry_id, rows, crc32, payload in self._read("oldest", (_ENTRIES_AT_ONCE,)):
            if entries and total_rows + rows > max_rows:
                break
            packed = PackedBatch(rows=rows, crc32=crc32, payload=payload)
            try:
                entries.append(SpoolEntry(id=entry_id, batch=unpack(packed)))
                total_rows += rows
            except DamagedBatchError as exc:
                _log.error("spool_entry_damaged", entry=entry_id, rows=rows, reason=str(exc))
                self.set_aside(entry_id, f"damaged: {exc}", tally=_DAMAGED)
        return entries

    def remove(self, ids: Sequence[int]) -> None:
        """Forget entries that are in the database now."""
        with self._transaction() as db:
            db.executemany(_SQL["remove"], [(entry_id,) for entry_id in ids])
        self._forget(ids)

    def set_aside(self, entry_id: int, reason: str, *, tally: str | None = None) -> None:
        """Move an entry to the dead letters."""
        with self._transaction() as db:
            db.execute(_SQL["refuse"], (time.time_ns() // 1000, reason, entry_id))
            db.execute(_SQL["remove"], (entry_id,))
            if tally:
                db.execute(_SQL["add_to_tally"], (tally, 1))
            self._bound_dead_letters()
        self._forget([entry_id])

    def _bound_dead_letters(self) -> None:
        letters = self._read("dead_letter_sizes")
        excess_bytes = sum(size for *_, size in letters) - self._quota_bytes // _DEAD_LETTER_SHARE
        for letter_id, rows, size in letters:
            if excess_bytes <= 0:
                break
            self._db.execute(_SQL["remove_dead_letter"], (letter_id,))
            self._db.execute(_SQL["add_to_tally"], (_DROPPED, rows))
            excess_bytes -= size

    def state(self) -> SpoolState:
        """Count what is there."""
        tallies = dict(self._read("tallies"))
        [(oldest_us,)] = self._read("oldest_time")
        [(dead_letter_rows,)] = self._read("dead_letter_rows")
        return SpoolState(
            rows=sum(rows for rows, _ in self._sizes.values()),
            bytes=self._used_bytes,
            oldest_us=oldest_us,
            dropped_rows=tallies.get(_DROPPED, 0),
            damaged_entries=tallies.get(_DAMAGED, 0),
            dead_letter_rows=dead_letter_rows,
        )

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def _read(self, query: str, parameters: tuple[int, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(_SQL[query], parameters).fetchall()
        except sqlite3.Error as exc:
            msg = f"the spool cannot be read: {exc}"
            raise SpoolError(msg) from exc

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._db.execute("begin immediate")
            try:
                yield self._db
                self._db.execute("commit")
            except BaseException:
                # After a full disk SQLite may have rolled back by itself.
                with suppress(sqlite3.OperationalError):
                    self._db.execute("rollback")
                raise
        except sqlite3.Error as exc:
            msg = f"the spool cannot be written: {exc}; check the disk of the data folder"
            raise SpoolWriteError(msg) from exc


def _open_or_set_aside(path: Path) -> sqlite3.Connection:
    try:
        return _open(path)
    except sqlite3.DatabaseError as exc:
        if isinstance(exc, sqlite3.OperationalError):
            if exc.sqlite_errorname in {"SQLITE_BUSY", "SQLITE_LOCKED"}:
                msg = f"{path} is in use by another process; stop it or use another data folder"
                raise SpoolInUseError(msg) from exc
            msg = f"{path} cannot be opened: {exc}; check the data folder"
            raise SpoolWriteError(msg) from exc
        aside = path.with_name(f"{path.name}.damaged-{time.time_ns() // 1_000_000}")
        _log.error("spool_damaged", path=str(path), moved_to=str(aside), reason=str(exc))
        path.rename(aside)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    # Opened here, used by the owner's worker thread: one thread at a time.
    db = sqlite3.connect(path, isolation_level=None, timeout=0.5, check_same_thread=False)
    try:
        db.execute("pragma locking_mode = exclusive")
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        _check_pages(db)
        for name in ("create_entry", "create_dead_letter", "create_tally"):
            db.execute(_SQL[name])
    except BaseException:
        db.close()
        raise
    return db


def _check_pages(db: sqlite3.Connection) -> None:
    [(verdict,)] = db.execute("pragma quick_check(1)").fetchall()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)
