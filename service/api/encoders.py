"""Rows written as CSV, Arrow and Parquet, a batch at a time."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

# A cell that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class TableFormat(StrEnum):
    """How rows are written."""

    JSON = "json"
    CSV = "csv"
    ARROW = "arrow"
    PARQUET = "parquet"


class CsvStyle(StrEnum):
    """Commas and points, or what a French spreadsheet reads: semicolons and decimal commas."""

    PLAIN = "plain"
    FR = "fr"


class Encoder(Protocol):
    """Writes the rows of one table."""

    # How many rows are encoded in one go.
    at_once: int

    def begin(self) -> bytes: ...

    def rows(self, batch: pa.RecordBatch) -> bytes: ...

    def end(self) -> bytes: ...


class _Csv:
    # The interpreter does nothing else meanwhile: some ten milliseconds.
    at_once = 8_192

    def __init__(self, schema: pa.Schema, style: CsvStyle) -> None:
        self._names, self._style = schema.names, style

    def begin(self) -> bytes:
        # Only with a mark does the spreadsheet take a file for UTF-8.
        encoding = "utf-8-sig" if self._style is CsvStyle.FR else "utf-8"
        return self._written([self._names]).encode(encoding)

    def rows(self, batch: pa.RecordBatch) -> bytes:
        columns = [_cells(column, self._style) for column in batch.columns]
        return self._written(zip(*columns, strict=True)).encode("utf-8")

    def end(self) -> bytes:
        return b""

    def _written(self, rows: Iterable[Iterable[Any]]) -> str:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=";" if self._style is CsvStyle.FR else ",").writerows(rows)
        return text.getvalue()


def _cells(column: pa.Array, style: CsvStyle) -> list[Any]:
    """The cells of a column. A float is written with as many digits as bring it back."""
    if pa.types.is_timestamp(column.type):
        return instants(column)
    if pa.types.is_floating(column.type) and style is CsvStyle.FR:
        return [None if one is None else repr(one).replace(".", ",") for one in column.to_pylist()]
    if pa.types.is_dictionary(column.type) or pa.types.is_string(column.type):
        return [safe_text(one) for one in column.to_pylist()]
    return list(column.to_pylist())


def safe_text(text: str | None) -> str | None:
    """Text that no spreadsheet takes for a formula.

    Examples
    --------
    >>> safe_text("=1+1"), safe_text("meter_1"), safe_text("kWh")
    ("'=1+1", 'meter_1', 'kWh')
    """
    return f"'{text}" if text is not None and text.startswith(_FORMULA) else text


def instants(column: pa.Array) -> list[str | None]:
    """RFC 3339 in UTC, with microseconds where there are any."""
    us = column.cast(pa.int64())
    written = np.datetime_as_string(us.fill_null(0).to_numpy().astype("datetime64[us]")).tolist()
    return [
        f"{text.removesuffix('.000000')}Z" if known else None
        for text, known in zip(written, us.is_valid().to_pylist(), strict=True)
    ]


class _Sink(io.RawIOBase):
    """Takes what a writer of files writes, and hands it on."""

    def __init__(self) -> None:
        self._taken = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        taken = bytes(data)
        self._taken += taken
        return len(taken)

    def drained(self) -> bytes:
        found = bytes(self._taken)
        self._taken.clear()
        return found


class _Arrow:
    at_once = 1_048_576

    def __init__(self, schema: pa.Schema, style: CsvStyle) -> None:
        del style
        self._sink = _Sink()
        self._writer = pa.ipc.new_stream(self._sink, schema)

    def begin(self) -> bytes:
        return self._sink.drained()

    def rows(self, batch: pa.RecordBatch) -> bytes:
        self._writer.write_batch(batch)
        return self._sink.drained()

    def end(self) -> bytes:
        self._writer.close()
        return self._sink.drained()


class _Parquet:
    at_once = 1_048_576

    def __init__(self, schema: pa.Schema, style: CsvStyle) -> None:
        del style
        self._sink = _Sink()
        self._writer = pq.ParquetWriter(self._sink, schema, compression="zstd")

    def begin(self) -> bytes:
        return self._sink.drained()

    def rows(self, batch: pa.RecordBatch) -> bytes:
        # A group of rows of its own: what is written need not be remembered.
        self._writer.write_table(pa.Table.from_batches([batch]))
        return self._sink.drained()

    def end(self) -> bytes:
        self._writer.close()
        return self._sink.drained()


ENCODERS: Final[Mapping[TableFormat, Callable[[pa.Schema, CsvStyle], Encoder]]] = {
    TableFormat.CSV: _Csv,
    TableFormat.ARROW: _Arrow,
    TableFormat.PARQUET: _Parquet,
}
