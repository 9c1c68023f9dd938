"""Past readings in a ``.csv``: line after line, none of them endless."""

import csv
import hashlib
import os
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedReader
from typing import Final

import numpy as np

from service.storage.import_cells import is_time_header, numbers_of, time_us_of
from service.storage.import_table import (
    ProblemList,
    RowPlaces,
    WideTable,
    check_cells,
    check_key_texts,
)

# A year of 300 points every five minutes, at 16 characters a value; a minute to read.
MAX_CSV_BYTES: Final = 512 << 20
# MAX_KEYS keys of a hundred characters.
MAX_LINE_BYTES: Final = 1 << 20
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(slots=True)
class _Columns:
    """What was read: eight bytes a number, not an object."""

    ts_us: "array[int]" = field(default_factory=lambda: array("q"))
    values: "array[float]" = field(default_factory=lambda: array("d"))
    line_numbers: "array[int]" = field(default_factory=lambda: array("q"))


def load_csv(file: BufferedReader, problems: ProblemList) -> WideTable | None:
    """Read the lines, or say what is wrong in them."""
    digest = hashlib.sha256()
    lines = _cells_by_line(_lines(file, digest, problems), problems)
    _, header = next(lines, (1, []))
    if problems.problems:
        return None
    if len(header) < 2 or not is_time_header(header[0]):
        problems.add(
            "line 1", "the header is not 'ts,<key>,<key>…' or 'ts_us,<key>,…'", "write it so"
        )
        return None
    keys = tuple(header[1:])
    check_key_texts(keys, "line 1", problems)
    if problems.problems:
        return None
    columns = _Columns()
    for number, cells in lines:
        _take(number, cells, header, columns, problems)
        if problems.is_full or not check_cells(
            len(columns.ts_us), len(keys), f"line {number}", problems
        ):
            break
    if problems.problems:
        return None
    return WideTable(
        file_name=problems.file_name,
        sha256=digest.hexdigest(),
        ts_us=np.frombuffer(columns.ts_us, np.int64),
        keys=keys,
        values=np.frombuffer(columns.values, np.float64).reshape(-1, len(keys)),
        places=RowPlaces("line", columns.line_numbers),
    )


def _take(
    number: int, cells: list[str], header: list[str], columns: _Columns, problems: ProblemList
) -> None:
    place = f"line {number}"
    if cells == [""]:
        problems.add(place, "it is empty", "remove it")
        return
    time_us = time_us_of(cells[0], header[0], place, problems)
    numbers = numbers_of(cells[1:], header[1:], place, problems)
    if time_us is not None and numbers is not None:
        columns.ts_us.append(time_us)
        columns.values.extend(numbers)
        columns.line_numbers.append(number)


def _lines(
    file: BufferedReader, digest: "hashlib._Hash", problems: ProblemList
) -> Iterator[tuple[int, bytes]]:
    number, read_bytes = 0, 0
    # Not beyond what it had when it was opened: one that is written meanwhile has no end.
    size_bytes = os.fstat(file.fileno()).st_size
    while read_bytes < size_bytes and (line := file.readline(MAX_LINE_BYTES + 1)):
        number += 1
        read_bytes += len(line)
        if len(line) > MAX_LINE_BYTES:
            problems.add(
                f"line {number}",
                f"it is longer than {MAX_LINE_BYTES} bytes, the most that is read as one line",
                "end each time with a line feed, and give a file some thousand keys at most",
            )
            return
        digest.update(line)
        yield number, line


def _cells_by_line(
    lines: Iterator[tuple[int, bytes]], problems: ProblemList
) -> Iterator[tuple[int, list[str]]]:
    """A record is one line: no value of a meter needs more, and a quote left open would."""
    for number, line in lines:
        try:
            text = line.removeprefix(_BYTE_ORDER_MARK if number == 1 else b"").decode("utf-8")
            if "\0" in text:
                problems.add(
                    f"line {number}",
                    "it has a NUL byte: it is no text, or UTF-16",
                    "save it as CSV, UTF-8, with commas",
                )
                return
            text = text.rstrip("\r\n")
            if "\r" in text:
                problems.add(
                    f"line {number}",
                    "it has a carriage return inside",
                    "save it as CSV, UTF-8, whose lines end with a line feed",
                )
                return
            cells = next(csv.reader([text], strict=True)) if '"' in text else text.split(",")
        except UnicodeDecodeError as exc:
            problems.add(
                f"line {number}", f"it is no UTF-8: {exc}", "save it as CSV, UTF-8, with commas"
            )
            return
        except csv.Error as exc:
            problems.add(f"line {number}", f"it is no CSV: {exc}", "mend its quotes, or leave them")
            continue
        yield number, cells
