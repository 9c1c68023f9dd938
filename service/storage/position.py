"""How far a journal was acknowledged and read, beside it in a file of two slots.

Written in turn and not synced, so that it costs nothing: a crash of the process loses none of it, a
crash of the machine at most its newest words, and the frames repeat those. It is what tells a file
that was cut short from one that was never longer.
"""

import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from service.storage.frame import Marks

_MAGIC = b"\xf5BRP"
# magic, CRC-32 of all that follows, turn, number after the last reading, marks
_SLOT = struct.Struct("<4sIQQ5Q")
_BEHIND_CRC = 8
# Slots lie on pages of their own: a write that is torn spoils one of them.
_OFFSETS = (0, 4096)
_FILE_BYTES = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Readings up to ``end_row``, not included, were acknowledged."""

    end_row: int
    marks: Marks


class PositionFile:
    """The file, open. ``found`` is what it said, None when no slot can be trusted."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        self.existed = os.fstat(self._file).st_size > 0
        self._turn, self.found = _newest(os.pread(self._file, _FILE_BYTES, 0))

    def write(self, position: Position) -> None:
        """Replace the older slot."""
        self._turn += 1
        fields = (self._turn, position.end_row, *position.marks)
        tail = _SLOT.pack(_MAGIC, 0, *fields)[_BEHIND_CRC:]
        slot = _SLOT.pack(_MAGIC, zlib.crc32(tail), *fields)
        os.pwrite(self._file, slot, _OFFSETS[self._turn % 2])

    def sync(self) -> None:
        """Make the last word durable."""
        os.fdatasync(self._file)

    def close(self) -> None:
        """Sync and release the file."""
        self.sync()
        os.close(self._file)


def _newest(data: bytes) -> tuple[int, Position | None]:
    slots = [slot for offset in _OFFSETS if (slot := _read_slot(data[offset:])) is not None]
    return max(slots, key=lambda slot: slot[0], default=(0, None))


def _read_slot(data: bytes) -> tuple[int, Position] | None:
    if len(data) < _SLOT.size:
        return None
    magic, crc32, turn, end_row, *marks = _SLOT.unpack_from(data)
    if magic != _MAGIC or zlib.crc32(data[_BEHIND_CRC : _SLOT.size]) != crc32:
        return None
    return turn, Position(end_row=end_row, marks=Marks(*marks))
