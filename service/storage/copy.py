"""Columns to and from PostgreSQL's binary COPY format, without a Python object per row.

The format: a signature, then per row a field count and per field its length and big-endian
bytes, length -1 and no bytes for NULL, then a field count of -1 as trailer. Times are
microseconds since 2000-01-01 UTC.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.readings import ReadingBatch

# A time that is not known, NULL in the table: of receipt in ReadingBatch.received_us.
NO_TIME = int(np.iinfo(np.int64).min)

READING_COLUMNS = ("point_id", "ts", "received_at", "value", "quality", "origin")

_POSTGRES_EPOCH_US = 946_684_800_000_000
_SIGNATURE = b"PGCOPY\n\xff\r\n\x00"
_HEADER = _SIGNATURE + b"\x00" * 8
_TRAILER = b"\xff\xff"
_FLAGS_AND_EXTENSION_BYTES = 8

# Large enough to keep the socket busy, small enough to overlap encoding and sending.
_CHUNK_ROWS = 16_384


def encode_rows(batch: ReadingBatch) -> bytes:
    """Rows of the binary format, without header and trailer.

    NaN values and ``NO_TIME`` become NULL.
    """
    columns: dict[str, NDArray[Any]] = {
        "point_id": batch.point_id,
        "ts": batch.ts_us,
        "received_at": batch.received_us,
        "value": batch.value,
        "quality": batch.quality,
        "origin": batch.origin,
    }
    return encode_columns(_READING_ROW, columns, times=_READING_TIMES)


def encode_columns(
    layout: np.dtype[np.void], columns: Mapping[str, NDArray[Any]], *, times: Collection[str]
) -> bytes:
    """Rows of the binary format from columns, without header and trailer.

    Parameters
    ----------
    layout : dtype
        Of :func:`row_dtype`, with the columns in the order of the table's.
    columns : mapping of name to array, shape (n,)
        NaN becomes NULL.
    times : collection of str
        Those that are microseconds of UTC since 1970, where ``NO_TIME`` becomes NULL.
    """
    rows = np.empty(len(columns[next(iter(columns))]), layout)
    rows["fields"] = len(columns)
    nulls: dict[str, NDArray[np.bool_]] = {}
    for name, column in columns.items():
        rows[f"{name}_len"] = layout[name].itemsize
        if name in times:
            null = column == NO_TIME
            rows[name] = np.where(null, 0, column - _POSTGRES_EPOCH_US)
        else:
            null = np.isnan(column) if column.dtype.kind == "f" else np.zeros(0, bool)
            rows[name] = column
        if null.any():
            rows[f"{name}_len"][null] = -1
            nulls[name] = null
    return rows.tobytes() if not nulls else _without_payloads(rows, nulls)


def _without_payloads(rows: NDArray[np.void], nulls: Mapping[str, NDArray[np.bool_]]) -> bytes:
    data = rows.view(np.uint8).reshape(len(rows), rows.dtype.itemsize)
    keep = np.ones(data.shape, np.bool_)
    for name, null in nulls.items():
        dtype, offset = rows.dtype.fields[name][:2]  # type: ignore[index]  # it has named fields
        keep[null, offset : offset + dtype.itemsize] = False
    return data[keep].tobytes()


async def copy_stream(batch: ReadingBatch) -> AsyncIterator[bytes]:
    """The batch as a COPY stream in chunks, encoded as the socket takes them."""
    yield _HEADER
    for start in range(0, len(batch), _CHUNK_ROWS):
        yield encode_rows(_rows_of(batch, slice(start, start + _CHUNK_ROWS)))
    yield _TRAILER


async def copy_columns(
    layout: np.dtype[np.void], columns: Mapping[str, NDArray[Any]], *, times: Collection[str]
) -> AsyncIterator[bytes]:
    """Columns as a COPY stream, as :func:`encode_columns` encodes them."""
    yield _HEADER
    for start in range(0, len(columns[next(iter(columns))]), _CHUNK_ROWS):
        part = {name: column[start : start + _CHUNK_ROWS] for name, column in columns.items()}
        yield encode_columns(layout, part, times=times)
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


_READING_ROW = row_dtype(
    point_id="i4", ts="i8", received_at="i8", value="f8", quality="i2", origin="i2"
)
_READING_TIMES = frozenset({"ts", "received_at"})
