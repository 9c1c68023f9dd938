"""A file of a journal: frames one after the other. What is whole in a damaged one is salvaged.

Its name is the number of its first reading; it was written by one process, front to back.
"""

import os
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from service.storage.frame import Frame, Marks, build_frame, scan

_SUFFIX = ".frames"
_PAGE_BYTES = 4096
# Where damaged files are put aside, in the folder of the journal.
_ASIDE = "damaged"

_log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Segment:
    """A file that is known to be whole: readings from ``first_row`` up to ``end_row``, without."""

    path: Path
    first_row: int
    end_row: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a file holds: a segment whose every reading is there or known to be lost.

    ``gaps`` are the lost ones: number of the first, number after the last.
    """

    segment: Segment
    gaps: Sequence[tuple[int, int]]
    marks: Marks


def segment_path(folder: Path, first_row: int) -> Path:
    """Where the segment that begins with this reading lies."""
    return folder / f"{first_row:020d}{_SUFFIX}"


def segment_paths(folder: Path) -> list[tuple[int, Path]]:
    """The number of the first reading and the file of each segment, in order."""
    found = [
        (int(path.stem), path)
        for path in folder.glob(f"*{_SUFFIX}")
        if path.stem.isascii() and path.stem.isdecimal()
    ]
    return sorted(found)


def newest_marks(paths: Iterable[Path]) -> Marks:
    """What the frames say together of how far their journal was read."""
    marks = Marks()
    for path in paths:
        for frame in scan(read_damaged(path)):
            marks = marks.merged(frame.marks)
    return marks


def examine(
    path: Path, first_row: int, end_row: int | None, marks: Marks, *, is_last: bool
) -> Found:
    """Read a file and salvage it if it is damaged.

    ``end_row`` is how far its readings must reach, and of all but the last file the most they may
    reach; None when nobody knows, because what remembers it is damaged too. ``marks`` are those of
    the journal: readings before their head have gone their way, so that nobody misses them. Those
    returned count what is lost and salvaged here.
    """
    data = read_damaged(path)
    frames = _in_order(scan(data), first_row, None if is_last else end_row)
    for frame in frames:
        marks = marks.merged(frame.marks)
    last_row = frames[-1].end_row if frames else first_row
    whole_bytes = _whole_prefix(frames, first_row)
    torn_bytes = len(_without_reserve(data, frames)) - (whole_bytes or 0)
    is_complete = torn_bytes == 0 if end_row is None else last_row >= end_row
    if whole_bytes is None or not is_complete:
        return _salvage(path, data, frames, first_row, max(last_row, end_row or 0), marks)
    if torn_bytes:
        # A write that a crash cut short, or that the disk refused: nobody was told it was kept.
        _log.warning("spool_write_torn", path=str(path), torn_bytes=torn_bytes)
    segment = Segment(path=path, first_row=first_row, end_row=last_row, bytes=whole_bytes)
    gaps = [(frame.first_row, frame.end_row) for frame in frames if frame.is_gap]
    return Found(segment=segment, gaps=gaps, marks=marks)


def _in_order(frames: Iterable[Frame], first_row: int, end_row: int | None) -> list[Frame]:
    """Those that belong here, each reading once: bytes may lie where others were before."""
    kept: list[Frame] = []
    next_row = first_row
    for frame in sorted(frames, key=lambda frame: frame.first_row):
        if frame.first_row >= next_row and (end_row is None or frame.first_row < end_row):
            kept.append(frame)
            next_row = frame.end_row
    return kept


def _without_reserve(data: bytes, frames: Sequence[Frame]) -> bytes:
    """Up to the last frame, or the last byte behind it that is none of the zeros written ahead."""
    end = max((frame.end for frame in frames), default=0)
    return data[:end] + data[end:].rstrip(b"\0")


def _whole_prefix(frames: Sequence[Frame], first_row: int) -> int | None:
    """How many bytes the frames fill from the front without a gap; None when there is one."""
    begin, row = 0, first_row
    for frame in frames:
        if (frame.begin, frame.first_row) != (begin, row):
            return None
        begin, row = frame.end, frame.end_row
    return begin


def _salvage(
    path: Path,
    data: bytes,
    frames: Sequence[Frame],
    first_row: int,
    end_row: int,
    marks: Marks,
) -> Found:
    """Write what is whole to a new file in place of the damaged one, which is put aside."""
    readings = [frame for frame in frames if not frame.is_gap]
    parts, lost_rows, row = [], 0, first_row
    now_us = time.time_ns() // 1000
    for frame in frames:
        if row < frame.first_row:
            parts.append(build_frame(row, frame.first_row - row, now_us, Marks(), b""))
            lost_rows += _missed(row, frame.first_row, marks.head_row)
        parts.append(data[frame.begin : frame.end])
        row = frame.end_row
    if row < end_row:
        parts.append(build_frame(row, end_row - row, now_us, Marks(), b""))
        lost_rows += _missed(row, end_row, marks.head_row)
    frame_bytes = sum(frame.end - frame.begin for frame in frames)
    lost_bytes = len(_without_reserve(data, frames)) - frame_bytes
    salvaged_rows = sum(_missed(f.first_row, f.end_row, marks.head_row) for f in readings)
    aside = _put_aside(path)
    _replace(path, b"".join(parts))
    _log.error(
        "spool_damaged",
        path=str(path),
        put_aside=str(aside),
        salvaged_rows=salvaged_rows,
        lost_rows=lost_rows,
        lost_bytes=lost_bytes,
    )
    marks = marks._replace(
        lost_rows=marks.lost_rows + lost_rows,
        lost_bytes=marks.lost_bytes + lost_bytes,
        salvaged_rows=marks.salvaged_rows + salvaged_rows,
    )
    return examine(path, first_row, end_row, marks, is_last=False)


def _missed(first_row: int, end_row: int, head_row: int) -> int:
    return max(0, end_row - max(first_row, head_row))


def _put_aside(path: Path) -> Path:
    folder = path.parent / _ASIDE
    folder.mkdir(exist_ok=True)
    aside = folder / f"{path.name}.{time.time_ns() // 1_000_000}"
    try:
        os.link(path, aside)
    except OSError:
        # A file system without hard links.
        shutil.copyfile(path, aside)
    return aside


def bound_aside(folder: Path, quota_bytes: int) -> None:
    """Let damaged files take no more than this; the newest is kept whatever its size."""
    files = sorted((folder / _ASIDE).glob("*"), key=lambda path: path.stat().st_mtime_ns)
    excess_bytes = sum(path.stat().st_size for path in files) - quota_bytes
    for path in files[:-1]:
        if excess_bytes <= 0:
            return
        excess_bytes -= path.stat().st_size
        path.unlink()
        _log.warning("damaged_file_removed", path=str(path), quota_bytes=quota_bytes)


def _replace(path: Path, data: bytes) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_damaged(path: Path) -> bytes:
    """The bytes of a file, with zeros where the disk cannot read them any more."""
    handle = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(handle).st_size
        data = bytearray()
        while len(data) < size and (more := _read_pages(handle, len(data), size)):
            data += more
        return bytes(data)
    finally:
        os.close(handle)


def _read_pages(handle: int, begin: int, size: int) -> bytes:
    try:
        return os.pread(handle, size - begin, begin)
    except OSError:
        pass
    wanted = min(_PAGE_BYTES, size - begin)
    try:
        return os.pread(handle, wanted, begin)
    except OSError:
        return bytes(wanted)
