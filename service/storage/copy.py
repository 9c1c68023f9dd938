"""Columns to and from PostgreSQL's binary COPY format, without a Python object per row.

The format: a signature, then per row a field count and per field its length and big-endian
bytes, length -1 and no bytes for NULL, then a field count of -1 as trailer. Times are
microseconds since 2000-01-01 UTC.
"""

from collections.abc import AsyncIterator

import numpy as np
from numpy.typing import NDArray

from models.readings import ReadingBatch

# In ReadingBatch.received_us: the time of receipt is not known, NULL in the table.
NO_RECEIVED_US = int(np.iinfo(np.int64).min)

READING_COLUMNS = ("point_id", "ts", "received_at", "value", "quality", "origin")

_POSTGRES_EPOCH_US = 946_684_800_000_000
_SIGNATURE = b"PGCOPY\n\xff\r\n\x00"
_HEADER = _SIGNATURE + b"\x00" * 8
_TRAILER = b"\xff\xff"
_FLAGS_AND_EXTENSION_BYTES = 8

# Large enough to keep the socket busy, small enough to overlap encoding and sending.
_CHUNK_ROWS = 16_384

_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("point_id_len", ">i4"),
        ("point_id", ">i4"),
        ("ts_len", ">i4"),
        ("ts", ">i8"),
        ("received_at_len", ">i4"),
        ("received_at", ">i8"),
        ("value_len", ">i4"),
        ("value", ">f8"),
        ("quality_len", ">i4"),
        ("quality", ">i2"),
        ("origin_len", ">i4"),
        ("origin", ">i2"),
    ]
)


def _payload_bytes(field: str) -> slice:
    dtype, offset = _ROW.fields[field][:2]  # type: ignore[index]  # _ROW has named fields
    return slice(offset, offset + dtype.itemsize)


_RECEIVED_BYTES = _payload_bytes("received_at")
_VALUE_BYTES = _payload_bytes("value")


def encode_rows(batch: ReadingBatch) -> bytes:
    """Rows of the binary format, without header and trailer.

    NaN values and ``NO_RECEIVED_US`` become NULL.
    """
    rows = np.empty(len(batch), _ROW)
    rows["fields"] = len(READING_COLUMNS)
    for column in READING_COLUMNS:
        rows[f"{column}_len"] = _ROW[column].itemsize
    no_received = batch.received_us == NO_RECEIVED_US
    no_value = np.isnan(batch.value)
    rows["point_id"] = batch.point_id
    rows["ts"] = batch.ts_us - _POSTGRES_EPOCH_US
    rows["received_at"] = np.where(no_received, 0, batch.received_us - _POSTGRES_EPOCH_US)
    rows["value"] = batch.value
    rows["quality"] = batch.quality
    rows["origin"] = batch.origin
    if not (no_received.any() or no_value.any()):
        return rows.tobytes()
    rows["received_at_len"][no_received] = -1
    rows["value_len"][no_value] = -1
    return _without_null_payloads(rows, no_received, no_value)


def _without_null_payloads(
    rows: NDArray[np.void], no_received: NDArray[np.bool_], no_value: NDArray[np.bool_]
) -> bytes:
    data = rows.view(np.uint8).reshape(len(rows), _ROW.itemsize)
    keep = np.ones(data.shape, np.bool_)
    keep[no_received, _RECEIVED_BYTES] = False
    keep[no_value, _VALUE_BYTES] = False
    return data[keep].tobytes()


async def copy_stream(batch: ReadingBatch) -> AsyncIterator[bytes]:
    """The batch as a COPY stream in chunks, encoded as the socket takes them."""
    yield _HEADER
    for start in range(0, len(batch), _CHUNK_ROWS):
        yield encode_rows(_rows_of(batch, slice(start, start + _CHUNK_ROWS)))
    yield _TRAILER


def _rows_of(batch: ReadingBatch, rows: slice) -> ReadingBatch:
    return ReadingBatch(
        point_id=batch.point_id[rows],
        ts_us=batch.ts_us[rows],
        received_us=batch.received_us[rows],
        value=batch.value[rows],
        quality=batch.quality[rows],
        origin=batch.origin[rows],
    )


def row_dtype(**columns: str) -> np.dtype[np.void]:
    """Layout of a binary row of NOT NULL columns, given as numpy codes in query order.

    Examples
    --------
    >>> row_dtype(point_id="i4", ts="i8").itemsize
    22
    """
    parts = [("fields", ">i2")]
    for name, code in columns.items():
        parts += [(f"{name}_len", ">i4"), (name, f">{code}")]
    return np.dtype(parts)


def decode_rows(stream: bytes | bytearray, dtype: np.dtype[np.void]) -> NDArray[np.void]:
    """Rows of a COPY TO stream whose columns are never NULL, as a view on its bytes.

    Raises
    ------
    ValueError
        If the stream is cut short or has NULLs or other columns.
    """
    start = len(_SIGNATURE) + _FLAGS_AND_EXTENSION_BYTES
    body = len(stream) - start - len(_TRAILER)
    if body < 0 or not stream.startswith(_SIGNATURE) or not stream.endswith(_TRAILER):
        msg = f"not a complete binary COPY stream: {len(stream)} bytes"
        raise ValueError(msg)
    count, rest = divmod(body, dtype.itemsize)
    if rest:
        msg = f"{body} bytes are no whole number of rows of {dtype.itemsize} bytes"
        raise ValueError(msg)
    return np.frombuffer(stream, dtype, count=count, offset=start)


def native_us(column: NDArray[np.void]) -> NDArray[np.int64]:
    """A decoded timestamptz column as microseconds of UTC since 1970."""
    return column.astype(np.int64) + _POSTGRES_EPOCH_US
