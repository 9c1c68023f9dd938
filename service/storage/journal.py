"""A queue of readings on disk: appended at one end, read and forgotten at the other.

Files of some mebibytes, each a row of frames, named by the number of their first reading. What
:meth:`Journal.append` returned from is synced. Bounded: when full, the oldest file goes and what
nobody had read of it is counted. Damaged files are salvaged when the journal is opened, and when a
frame does not read back.

Synchronous; its one owner calls it from one thread at a time.
"""

import errno
import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import structlog

from service.storage.errors import SpoolWriteError
from service.storage.frame import Frame, Marks, build_frame, read_frame
from service.storage.position import Position, PositionFile
from service.storage.segment import (
    Found,
    Segment,
    bound_aside,
    examine,
    newest_marks,
    segment_path,
    segment_paths,
    sync_folder,
)

_POSITION = "position"
_SEGMENT_BYTES = 4 * 1024 * 1024
# A full journal forgets a whole file: about this part of what it may hold.
_SEGMENTS_AT_LEAST = 16
# Damaged files are kept for people to look at; they may not crowd out live readings.
_ASIDE_SHARE = 4
# A sync that does not change the length of the file costs half: small appends go into zeros that
# were written before them, this many bytes at a time.
_RESERVED_BYTES = 256 * 1024
_SMALL_APPEND_SHARE = 8
# Both hold the largest frame many times.
_READ_BYTES = 1024 * 1024
_PEEK_BYTES = 32 * 1024

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What becomes a frame."""

    rows: int
    created_us: int
    payload: bytes | memoryview


class Journal:
    """The queue of one folder, which the caller has locked."""

    def __init__(self, folder: Path, *, quota_bytes: int) -> None:
        self.marks = Marks()
        self._folder = folder
        self._quota_bytes = quota_bytes
        self._segment_bytes = min(_SEGMENT_BYTES, quota_bytes // _SEGMENTS_AT_LEAST)
        self._reserved_bytes = min(_RESERVED_BYTES, self._segment_bytes)
        # Up to where the file that is written to holds zeros.
        self._reserved_end = 0
        self._segments: deque[Segment] = deque()
        self._used_bytes = 0
        self._end_row = 0
        # Lost readings that are counted already: number of the first, number after the last.
        self._gaps: list[tuple[int, int]] = []
        self._active: int | None = None
        # Where the head lies in the first segment, or before: frames already read are skipped.
        self._head_offset = 0
        # Segment and offset behind the frames read last, by the number after their readings.
        self._ends: dict[int, tuple[Segment, int]] = {}
        self._oldest_us: int | None = None
        with _translated():
            self._position = PositionFile(folder / _POSITION)
            self._open()

    @property
    def waiting_rows(self) -> int:
        """Readings that wait."""
        return self._rows_between(self.marks.head_row, self._end_row)

    @property
    def waiting_bytes(self) -> int:
        """Size of what waits."""
        return self._used_bytes - self._head_offset

    def oldest_us(self) -> int | None:
        """When the oldest waiting reading was appended, microseconds of UTC since 1970."""
        if self.waiting_rows and self._oldest_us is None:
            with _translated():
                oldest = next(self._frames_ahead(_PEEK_BYTES), None)
            self._oldest_us = None if oldest is None else oldest.created_us
        return self._oldest_us

    def append(self, records: Sequence[Record]) -> None:
        """Make records durable together, then forget the oldest if there is too much.

        Raises
        ------
        SpoolWriteError
            If the disk refuses; they are not kept then.
        """
        with _translated():
            segment, handle = self._segment_to_write()
            data, end_row = self._framed(records)
            try:
                _write_durably(handle, self._with_reserve(data, segment.bytes), segment.bytes)
            except BaseException:
                self._abandon_active()
                raise
            segment.bytes += len(data)
            self._used_bytes += len(data)
            segment.end_row = self._end_row = end_row
            self._drop_over_quota()
            self._note_position()

    def oldest(self, max_rows: int) -> list[Frame]:
        """The oldest frames, together at most ``max_rows`` readings but at least one frame."""
        frames: list[Frame] = []
        rows = 0
        self._ends.clear()
        with _translated():
            for frame in self._frames_ahead(_READ_BYTES):
                rows += frame.rows
                if frames and rows > max_rows:
                    break
                frames.append(frame)
        return frames

    def forget(self, end_row: int) -> None:
        """Forget every reading before this number, with which one of the frames read last ended.

        Not synced: after a crash of the machine the newest of them may be read again.
        """
        if end_row > self.marks.head_row:
            with _translated():
                self._move_head(end_row, self._ends.get(end_row))
                self._note_position()

    def note_past(self, dropped_rows: int, lost_rows: int, salvaged_rows: int) -> None:
        """Count what was lost and salvaged before this journal existed."""
        marks = self.marks
        self.marks = marks._replace(
            dropped_rows=marks.dropped_rows + dropped_rows,
            lost_rows=marks.lost_rows + lost_rows,
            salvaged_rows=marks.salvaged_rows + salvaged_rows,
        )
        with _translated():
            self._note_position()
            self._position.sync()

    def close(self) -> None:
        """Release the files."""
        with _translated():
            self._close_active()
            # Both slots hold the last word then: either may be damaged.
            self._note_position()
            self._note_position()
            self._position.close()

    def _open(self) -> None:
        position, paths = self._position.found, segment_paths(self._folder)
        if position is not None:
            self.marks, self._end_row = position.marks, position.end_row
            self._position.sync()
        elif self._position.existed or paths:
            _log.error("spool_position_damaged", folder=str(self._folder))
            self.marks = newest_marks(path for _, path in paths)
        for (first_row, path), following in zip_longest(paths, paths[1:]):
            # What ends the last file is only remembered; the others end where the next begins.
            known_end = None if position is None else position.end_row
            end_row = following[0] if following else known_end
            if following and following[0] <= self.marks.head_row:
                path.unlink()
            else:
                self._take(examine(path, first_row, end_row, self.marks, is_last=not following))
        self._miss_the_first(is_certain=position is not None)
        self._move_head(self.marks.head_row, None)
        bound_aside(self._folder, self._quota_bytes // _ASIDE_SHARE)
        self._note_position()
        self._position.sync()
        sync_folder(self._folder)

    def _take(self, found: Found) -> None:
        self.marks = found.marks
        self._segments.append(found.segment)
        self._used_bytes += found.segment.bytes
        self._gaps += found.gaps
        self._end_row = max(self._end_row, found.segment.end_row)

    def _miss_the_first(self, *, is_certain: bool) -> None:
        """Count readings whose files are gone altogether."""
        head_row = self.marks.head_row
        first_row = self._segments[0].first_row if self._segments else self._end_row
        if first_row <= head_row:
            return
        lost_rows = first_row - head_row if is_certain else 0
        _log.error("spool_files_missing", folder=str(self._folder), lost_rows=lost_rows)
        self.marks = self.marks._replace(
            head_row=first_row, lost_rows=self.marks.lost_rows + lost_rows
        )

    def _segment_to_write(self) -> tuple[Segment, int]:
        if self._active is not None:
            if self._segments[-1].bytes < self._segment_bytes:
                return self._segments[-1], self._active
            self._close_active()
        if self._segments and self._segments[-1].first_row == self._end_row:
            # It was begun and nothing of it was acknowledged.
            self._segments.pop()
        path = segment_path(self._folder, self._end_row)
        segment = Segment(path=path, first_row=self._end_row, end_row=self._end_row, bytes=0)
        self._active = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        self._segments.append(segment)
        sync_folder(self._folder)
        return segment, self._active

    def _framed(self, records: Sequence[Record]) -> tuple[bytes, int]:
        row, frames = self._end_row, []
        for one in records:
            frames.append(build_frame(row, one.rows, one.created_us, self.marks, one.payload))
            row += one.rows
        return b"".join(frames), row

    def _with_reserve(self, data: bytes, offset: int) -> bytes:
        is_small = len(data) <= self._reserved_bytes // _SMALL_APPEND_SHARE
        if offset + len(data) <= self._reserved_end or not is_small:
            return data
        self._reserved_end = offset + self._reserved_bytes
        return data.ljust(self._reserved_bytes, b"\0")

    def _close_active(self) -> None:
        """End the file that is written to, without what was reserved or only half written."""
        if self._active is None:
            return
        handle, self._active = self._active, None
        self._reserved_end = 0
        # Zeros behind the last frame do no harm.
        with suppress(OSError):
            os.ftruncate(handle, self._segments[-1].bytes)
        os.close(handle)

    def _abandon_active(self) -> None:
        """Write nothing behind bytes of which the disk may keep any part: a new file comes next."""
        with suppress(OSError):
            self._close_active()

    def _drop_over_quota(self) -> None:
        excess_bytes = self._used_bytes - self._quota_bytes
        end_row = self.marks.head_row
        for segment in self._segments:
            if excess_bytes <= 0:
                break
            excess_bytes -= segment.bytes
            end_row = segment.end_row
        if end_row == self.marks.head_row:
            return
        if end_row == self._end_row:
            self._close_active()
        dropped_rows = self._rows_between(self.marks.head_row, end_row)
        self.marks = self.marks._replace(dropped_rows=self.marks.dropped_rows + dropped_rows)
        self._move_head(end_row, None)

    def _rows_between(self, first_row: int, end_row: int) -> int:
        lost = sum(max(0, min(end, end_row) - max(begin, first_row)) for begin, end in self._gaps)
        return end_row - first_row - lost

    def _move_head(self, row: int, place: tuple[Segment, int] | None) -> None:
        """Let reading begin at this number; files that lie wholly before it go."""
        self.marks = self.marks._replace(head_row=row)
        self._oldest_us = None
        self._gaps = [gap for gap in self._gaps if gap[1] > row]
        read = [segment for segment in self._segments if segment.end_row <= row]
        if self._active is not None and read and read[-1] is self._segments[-1]:
            read.pop()
        if read:
            # Else a crash would leave a head before the first file, as if that one were missing.
            self._note_position()
            self._position.sync()
        for segment in read:
            self._segments.popleft()
            self._used_bytes -= segment.bytes
            segment.path.unlink(missing_ok=True)
        is_first = place is not None and self._segments and place[0] is self._segments[0]
        self._head_offset = place[1] if place and is_first else 0

    def _frames_ahead(self, read_bytes: int) -> Iterator[Frame]:
        """Readings from the head on, without the gaps between them."""
        offset = self._head_offset
        for segment in list(self._segments):
            for frame, end in self._frames_of(segment, offset, read_bytes):
                self._ends[frame.end_row] = (segment, end)
                if not frame.is_gap:
                    yield frame
            offset = 0

    def _frames_of(
        self, segment: Segment, offset: int, read_bytes: int
    ) -> Iterator[tuple[Frame, int]]:
        """Frames ahead of the head, with the offset behind each, salvaging on the way."""
        row = max(segment.first_row, self.marks.head_row)
        was_salvaged = False
        while row < segment.end_row:
            data = memoryview(_read(segment, offset, read_bytes))
            begin = 0
            # One that skips readings is whole and lies where another should.
            while (frame := read_frame(data, begin)) is not None and frame.first_row <= row:
                begin = frame.end
                if frame.end_row > row:
                    row = frame.end_row
                    yield frame, offset + begin
            offset += begin
            if begin:
                continue
            if was_salvaged:
                # The disk spoils what was written a moment ago.
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            self._salvage(segment)
            was_salvaged, offset = True, 0

    def _salvage(self, segment: Segment) -> None:
        if segment is self._segments[-1]:
            self._close_active()
        found = examine(segment.path, segment.first_row, segment.end_row, self.marks, is_last=False)
        self.marks = found.marks
        self._used_bytes += found.segment.bytes - segment.bytes
        segment.bytes = found.segment.bytes
        self._gaps = [gap for gap in self._gaps if not _lies_in(gap, segment)]
        self._gaps += [gap for gap in found.gaps if gap[1] > self.marks.head_row]
        # The offsets were those of the damaged file.
        self._ends = {row: end for row, end in self._ends.items() if end[0] is not segment}
        if segment is self._segments[0]:
            self._head_offset = 0
        bound_aside(self._folder, self._quota_bytes // _ASIDE_SHARE)
        self._note_position()

    def _note_position(self) -> None:
        self._position.write(Position(end_row=self._end_row, marks=self.marks))


def _lies_in(gap: tuple[int, int], segment: Segment) -> bool:
    return segment.first_row <= gap[0] < segment.end_row


def _read(segment: Segment, offset: int, read_bytes: int) -> bytes:
    handle = os.open(segment.path, os.O_RDONLY)
    try:
        return os.pread(handle, max(0, min(read_bytes, segment.bytes - offset)), offset)
    except OSError:
        # An unreadable sector: salvage reads around it.
        return b""
    finally:
        os.close(handle)


def _write_durably(handle: int, data: bytes, offset: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(handle, rest, offset)
        rest, offset = rest[written:], offset + written
    os.fdatasync(handle)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        reason = exc.strerror or str(exc)
        msg = f"the spool cannot be used: {reason}; check the disk of the data folder"
        raise SpoolWriteError(msg) from exc
