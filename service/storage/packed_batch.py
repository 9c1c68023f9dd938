"""A batch of readings as bytes, a fixed-length record a reading, as it lies in the spool.

Not a pickle: damaged or foreign bytes can be refused, not run. The checksum is that of the frame
around it (:mod:`service.storage.frame`).
"""

from dataclasses import dataclass

import numpy as np

from models.readings import ReadingBatch

_RECORD = np.dtype(
    [
        ("point_id", "<i4"),
        ("ts_us", "<i8"),
        ("received_us", "<i8"),
        ("value", "<f8"),
        ("quality", "<i2"),
        ("origin", "<i2"),
    ]
)
ROW_BYTES = _RECORD.itemsize


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedBatch:
    """Bytes of a batch and the number of readings in them."""

    rows: int
    payload: bytes


def pack(batch: ReadingBatch) -> PackedBatch:
    """Serialise a batch."""
    records = np.empty(len(batch), _RECORD)
    for name in _RECORD.names or ():
        records[name] = getattr(batch, name)
    return PackedBatch(rows=len(batch), payload=records.tobytes())


def unpack(payload: bytes | memoryview) -> ReadingBatch:
    """Restore a batch from bytes whose checksum fitted."""
    records = np.frombuffer(payload, _RECORD)
    return ReadingBatch(
        **{
            name: records[name].astype(records.dtype[name].newbyteorder("="))
            for name in _RECORD.names or ()
        }
    )
