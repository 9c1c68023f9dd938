"""Every frame that a spool ever held, kept beside it and read without the code of the spool.

A drained file is unlinked; a second link to it, made while it is there, keeps what it held. A file
lives for megabytes or until its writer is started again, which is much longer than between two
looks.
"""

import asyncio
import os
import struct
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

_LOOK_S = 0.02
# What service/storage/frame.py documents: magic, CRC-32 of all that follows, readings, bytes of
# payload, then 56 bytes that do not matter here; a reading is point, time, receipt, value, quality
# and origin.
_HEAD = struct.Struct("<4sIII56x")
_CRC_FROM = 8
_READING = struct.Struct("<iqqdhh")
_MAGIC = b"\xf5BRF"

Key = tuple[int, int]


class SpoolArchive:
    """Links to the files of every spool below a data folder."""

    def __init__(self, data: Path, archive: Path) -> None:
        archive.mkdir()
        self._data, self._archive = data, archive

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Link whatever comes for the length of a block."""
        ended = asyncio.Event()

        async def follow() -> None:
            while not ended.is_set():
                self._link()
                await asyncio.sleep(_LOOK_S)
            self._link()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(follow())
            try:
                yield
            finally:
                ended.set()

    def _link(self) -> None:
        for path in self._data.glob("spool-*/*.frames"):
            # One that went this moment was linked a look ago.
            with suppress(FileNotFoundError, FileExistsError):
                os.link(path, self._archive / f"{path.stat().st_ino}-{path.name}")

    def readings(self) -> dict[Key, set[float]]:
        """Point and time of every reading that was durable, with its values."""
        found: dict[Key, set[float]] = {}
        for path in self._archive.iterdir():
            for payload in _payloads(path.read_bytes()):
                for point, ts_us, _, value, _, _ in _READING.iter_unpack(payload):
                    found.setdefault((point, ts_us), set()).add(value)
        return found


def _payloads(data: bytes) -> Iterator[bytes]:
    """Of every frame that is whole: a write that a kill cut short was not acknowledged."""
    begin = data.find(_MAGIC)
    while 0 <= begin <= len(data) - _HEAD.size:
        _, crc32, _, size = _HEAD.unpack_from(data, begin)
        end = begin + _HEAD.size + size
        whole = end <= len(data) and zlib.crc32(data[begin + _CRC_FROM : end]) == crc32
        if whole:
            yield data[begin + _HEAD.size : end]
        begin = data.find(_MAGIC, end if whole else begin + 1)
