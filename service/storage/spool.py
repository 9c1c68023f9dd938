"""Readings on disk between their acknowledgement and their row in the database.

A journal of small frames, synced: what :meth:`Spool.append` returned from survives a crash of the
process and of the machine, and every frame that is whole is found again when the file around it is
damaged. Bounded: when full, the oldest file goes and is counted. A frame that the database refuses
for good is set aside as a dead letter with the reason, so that it blocks nothing and can still be
looked at.

Synchronous; its one owner calls it from one thread at a time.
"""

import fcntl
import os
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.readings import ReadingBatch
from service.storage.errors import SpoolInUseError, SpoolWriteError
from service.storage.frame import HEAD_BYTES, ROWS_PER_FRAME, Frame
from service.storage.journal import Journal, Record
from service.storage.packed_batch import ROW_BYTES, PackedBatch, unpack

_DEAD_LETTERS = "dead-letters"
# Dead letters are kept for people to look at; they may not crowd out live readings.
_DEAD_LETTER_SHARE = 4
_REASON_LENGTH = struct.Struct("<H")
_LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolEntry:
    """Some readings as they were acknowledged. ``end_row`` is the number after the last."""

    end_row: int
    rows: int
    created_us: int
    payload: memoryview

    @property
    def batch(self) -> ReadingBatch:
        """The readings."""
        return unpack(self.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """Readings that the database refused for good, and why."""

    reason: str
    batch: ReadingBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolState:
    """What lies in the spool; the last five count since it exists.

    ``lost_rows`` are gone with damaged bytes, ``salvaged_rows`` were found whole among them.
    """

    rows: int
    bytes: int
    oldest_us: int | None
    dead_letter_rows: int
    dropped_rows: int
    lost_rows: int
    lost_bytes: int
    salvaged_rows: int


class Spool:
    """The spool of one writer, exclusively locked while open."""

    def __init__(self, folder: Path, *, quota_bytes: int) -> None:
        self._quota_bytes = quota_bytes
        self._lock = _lock(folder)
        try:
            self._waiting = Journal(folder, quota_bytes=quota_bytes)
            self._dead_letters = _dead_letters(folder, quota_bytes)
        except BaseException:
            os.close(self._lock)
            raise

    def append(self, batches: Sequence[PackedBatch], *, created_us: int | None = None) -> None:
        """Make batches durable in one sync, dropping the oldest readings if it is full.

        ``created_us`` is when they were first acknowledged, if not now.

        Raises
        ------
        SpoolWriteError
            If the disk refuses or the batches exceed the quota; they are not kept then.
        """
        needed_bytes = sum(spooled_bytes(batch.rows) for batch in batches)
        if needed_bytes > self._quota_bytes:
            msg = f"{needed_bytes} bytes at once exceed the spool's {self._quota_bytes} bytes quota"
            raise SpoolWriteError(msg)
        since_us = time.time_ns() // 1000 if created_us is None else created_us
        self._waiting.append([part for batch in batches for part in _parts(batch, since_us)])

    def oldest(self, max_rows: int) -> list[SpoolEntry]:
        """The oldest entries, together at most ``max_rows`` readings but at least one entry."""
        return [
            SpoolEntry(
                end_row=frame.end_row,
                rows=frame.rows,
                created_us=frame.created_us,
                payload=frame.payload,
            )
            for frame in self._waiting.oldest(max_rows)
        ]

    def remove_through(self, entry: SpoolEntry) -> None:
        """Forget an entry that is in the database now, and all before it."""
        self._waiting.forget(entry.end_row)

    def set_aside(self, entry: SpoolEntry, reason: str) -> None:
        """Move the oldest entry to the dead letters."""
        letter = _with_reason(reason, entry.payload)
        record = Record(rows=entry.rows, created_us=entry.created_us, payload=letter)
        self._dead_letters.append([record])
        self._waiting.forget(entry.end_row)

    def add_dead_letter(self, batch: PackedBatch, reason: str) -> None:
        """Keep readings that the database refused for good."""
        self._dead_letters.append(
            [
                Record(
                    rows=part.rows,
                    created_us=part.created_us,
                    payload=_with_reason(reason, part.payload),
                )
                for part in _parts(batch, time.time_ns() // 1000)
            ]
        )

    def note_past(self, *, dropped_rows: int, lost_rows: int, salvaged_rows: int) -> None:
        """Count what was lost and salvaged before this spool existed."""
        self._waiting.note_past(dropped_rows, lost_rows, salvaged_rows)

    def dead_letters(self, max_rows: int) -> list[DeadLetter]:
        """The oldest dead letters."""
        return [_letter(frame) for frame in self._dead_letters.oldest(max_rows)]

    def state(self) -> SpoolState:
        """Count what is there."""
        marks, letters = self._waiting.marks, self._dead_letters.marks
        return SpoolState(
            rows=self._waiting.waiting_rows,
            bytes=self._waiting.waiting_bytes,
            oldest_us=self._waiting.oldest_us(),
            dead_letter_rows=self._dead_letters.waiting_rows,
            dropped_rows=marks.dropped_rows + letters.dropped_rows,
            lost_rows=marks.lost_rows + letters.lost_rows,
            lost_bytes=marks.lost_bytes + letters.lost_bytes,
            salvaged_rows=marks.salvaged_rows + letters.salvaged_rows,
        )

    def close(self) -> None:
        """Release the files."""
        try:
            self._waiting.close()
            self._dead_letters.close()
        finally:
            os.close(self._lock)


def merged(entries: Sequence[SpoolEntry]) -> ReadingBatch:
    """The readings of some entries in order: much faster than one by one."""
    return unpack(b"".join(entry.payload for entry in entries))


def spooled_bytes(rows: int) -> int:
    """What a batch takes on disk."""
    return rows * ROW_BYTES + -(-rows // ROWS_PER_FRAME) * HEAD_BYTES


def _parts(batch: PackedBatch, created_us: int) -> Iterator[Record]:
    payload = memoryview(batch.payload)
    for row in range(0, batch.rows, ROWS_PER_FRAME):
        rows = min(ROWS_PER_FRAME, batch.rows - row)
        part = payload[row * ROW_BYTES : (row + rows) * ROW_BYTES]
        yield Record(rows=rows, created_us=created_us, payload=part)


def _with_reason(reason: str, payload: bytes | memoryview) -> bytes:
    text = reason.encode()[:_LONGEST_REASON]
    return b"".join((_REASON_LENGTH.pack(len(text)), text, payload))


def _letter(frame: Frame) -> DeadLetter:
    [length] = _REASON_LENGTH.unpack_from(frame.payload)
    end = _REASON_LENGTH.size + length
    reason = bytes(frame.payload[_REASON_LENGTH.size : end]).decode(errors="replace")
    return DeadLetter(reason=reason, batch=unpack(frame.payload[end:]))


def _lock(folder: Path) -> int:
    try:
        folder.mkdir(exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as exc:
        msg = f"{folder} cannot be opened: {exc.strerror}; check the data folder"
        raise SpoolWriteError(msg) from exc
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        os.close(handle)
        msg = f"{folder} is in use by another process; stop it or use another data folder"
        raise SpoolInUseError(msg) from exc
    return handle


def _dead_letters(folder: Path, quota_bytes: int) -> Journal:
    letters = folder / _DEAD_LETTERS
    try:
        letters.mkdir(exist_ok=True)
    except OSError as exc:
        msg = f"{letters} cannot be made: {exc.strerror}; check the data folder"
        raise SpoolWriteError(msg) from exc
    return Journal(letters, quota_bytes=quota_bytes // _DEAD_LETTER_SHARE)
