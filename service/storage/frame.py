"""The unit of the spool's journal: some readings that can be found and trusted by themselves.

A frame is a head, which says which readings they are, and their bytes, under one CRC-32. It lies in
one piece in its file, so that a scan of the bytes finds every frame that is whole whatever happened
to its neighbours. Readings are numbered without gaps: a number that no frame has is a lost reading,
and lost readings can be counted.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

# Small, so that a damaged page of the disk takes few readings with it: one frame fills about one.
ROWS_PER_FRAME = 128
_MAGIC = b"\xf5BRF"
# magic, CRC-32 of all that follows, readings, bytes of payload, number of the first reading,
# microseconds of UTC since 1970, marks
_HEAD = struct.Struct("<4sIIIQQ5Q")
_BEHIND_CRC = 8
HEAD_BYTES = _HEAD.size


class Marks(NamedTuple):
    """How far a journal is read, and what it lost since it exists."""

    # Every reading before this number has gone its way.
    head_row: int = 0
    # The quota was full.
    dropped_rows: int = 0
    # Bytes on disk were damaged: readings that are gone, bytes that no frame claims, and readings
    # that were found again in the same files.
    lost_rows: int = 0
    lost_bytes: int = 0
    salvaged_rows: int = 0

    def merged(self, other: "Marks") -> "Marks":
        """Of two reports of the same journal, the later in every figure: none ever falls."""
        return Marks(*map(max, self, other))


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A frame whose checksum fits, and where it lies. ``is_gap`` stands for lost readings."""

    first_row: int
    rows: int
    created_us: int
    marks: Marks
    payload: memoryview
    begin: int
    end: int

    @property
    def end_row(self) -> int:
        """The number after the last reading."""
        return self.first_row + self.rows

    @property
    def is_gap(self) -> bool:
        """Whether it only says that these readings are lost."""
        return not self.payload


def build_frame(
    first_row: int, rows: int, created_us: int, marks: Marks, payload: bytes | memoryview
) -> bytes:
    """The bytes of a frame; an empty payload stands for lost readings."""
    fields = (rows, len(payload), first_row, created_us, *marks)
    tail = _HEAD.pack(_MAGIC, 0, *fields)[_BEHIND_CRC:]
    crc32 = zlib.crc32(payload, zlib.crc32(tail))
    return b"".join((_HEAD.pack(_MAGIC, crc32, *fields), payload))


def read_frame(data: memoryview, begin: int) -> Frame | None:
    """The frame that begins there, or None when none does or its checksum does not fit."""
    if begin + HEAD_BYTES > len(data):
        return None
    magic, crc32, rows, size, first_row, created_us, *marks = _HEAD.unpack_from(data, begin)
    end = begin + HEAD_BYTES + size
    if magic != _MAGIC or end > len(data):
        return None
    if zlib.crc32(data[begin + _BEHIND_CRC : end]) != crc32:
        return None
    return Frame(
        first_row=first_row,
        rows=rows,
        created_us=created_us,
        marks=Marks(*marks),
        payload=data[begin + HEAD_BYTES : end],
        begin=begin,
        end=end,
    )


def scan(data: bytes) -> Iterator[Frame]:
    """Every frame that is whole, wherever it lies among damaged bytes."""
    view = memoryview(data)
    begin = data.find(_MAGIC)
    while begin >= 0:
        frame = read_frame(view, begin)
        begin = data.find(_MAGIC, begin + 1 if frame is None else frame.end)
        if frame is not None:
            yield frame
