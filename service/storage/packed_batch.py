"""A batch of readings as bytes with a checksum, as it lies in the spool.

Layout: magic, row count, then each column in little-endian order. Not a pickle: a damaged
or foreign file can be refused, not run.
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.readings import ReadingBatch
from service.storage.errors import SpoolError

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


class DamagedBatchError(SpoolError):
    """The bytes are not those that were written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedBatch:
    """Bytes of a batch, their CRC-32 and the number of readings in them."""

    rows: int
    crc32: int
    payload: bytes


def pack(batch: ReadingBatch) -> PackedBatch:
    """Serialise a batch."""
    parts = [_HEAD.pack(_MAGIC, len(batch))]
    parts += [getattr(batch, name).astype(dtype).tobytes() for name, dtype in _COLUMNS]
    payload = b"".join(parts)
    return PackedBatch(rows=len(batch), crc32=zlib.crc32(payload), payload=payload)


def unpack(packed: PackedBatch) -> ReadingBatch:
    """Restore a batch.

    Raises
    ------
    DamagedBatchError
        If checksum, head or length do not fit.
    """
    payload = packed.payload
    if zlib.crc32(payload) != packed.crc32 or len(payload) < _HEAD.size:
        msg = f"checksum of {len(payload)} bytes does not fit"
        raise DamagedBatchError(msg)
    magic, rows = _HEAD.unpack_from(payload)
    if magic != _MAGIC or len(payload) != _HEAD.size + rows * _ROW_BYTES:
        msg = f"not a batch of {rows} readings: {len(payload)} bytes, magic {magic!r}"
        raise DamagedBatchError(msg)
    columns: dict[str, NDArray[Any]] = {}
    offset = _HEAD.size
    for name, dtype in _COLUMNS:
        column = np.frombuffer(payload, dtype, count=rows, offset=offset)
        columns[name] = column.astype(dtype.newbyteorder("="))
        offset += rows * dtype.itemsize
    return ReadingBatch(**columns)
