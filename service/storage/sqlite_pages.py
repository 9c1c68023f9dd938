"""Rows of a SQLite file that SQLite cannot read any more, from its pages.

Format: https://www.sqlite.org/fileformat2.html, sections 1.6, 2 and 4.1. Every page that looks like
a leaf of a table is read, wherever the tree that led to it went. Rows that were deleted may come
back, and bytes may be wrong: the caller checks what it is given.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

_LEAF_OF_TABLE = 0x0D
_LEAF_HEAD_BYTES = 8
_FILE_HEAD_BYTES = 100
_WAL_HEAD_BYTES = 32
_WAL_FRAME_HEAD_BYTES = 24
# Of integers by their serial type; 8 and 9 stand for the values 0 and 1.
_INTEGER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}

Column: TypeAlias = int | bytes | None
Pages: TypeAlias = Mapping[int, bytes]


Row: TypeAlias = tuple[int, Sequence[Column]]


def salvage_rows(path: Path, *, page_bytes: int = 4096) -> Iterator[Row]:
    """Row id and columns of every row found, texts as bytes; newest content of a page first."""
    file_pages = _file_pages(path, page_bytes)
    newest = file_pages | dict(_log_pages(path, page_bytes))
    for pages in (newest, file_pages):
        for number, page in pages.items():
            yield from _rows_of(page, number, pages, page_bytes)


def rows_in_log(path: Path, *, page_bytes: int = 4096) -> list[Row]:
    """Those on pages of the write-ahead log, of which SQLite reads no more than up to a bad one."""
    log_pages = dict(_log_pages(path, page_bytes))
    if not log_pages:
        return []
    pages = _file_pages(path, page_bytes) | log_pages
    return [
        row
        for number, page in log_pages.items()
        for row in _rows_of(page, number, pages, page_bytes)
    ]


def _file_pages(path: Path, page_bytes: int) -> dict[int, bytes]:
    data = _bytes_of(path)
    return {
        number + 1: data[begin : begin + page_bytes]
        for number, begin in enumerate(range(0, len(data), page_bytes))
    }


def _bytes_of(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _log_pages(path: Path, page_bytes: int) -> Iterator[tuple[int, bytes]]:
    wal = _bytes_of(path.with_name(f"{path.name}-wal"))
    step = _WAL_FRAME_HEAD_BYTES + page_bytes
    for begin in range(_WAL_HEAD_BYTES, len(wal) - step + 1, step):
        number = int.from_bytes(wal[begin : begin + 4], "big")
        yield number, wal[begin + _WAL_FRAME_HEAD_BYTES : begin + step]


def _rows_of(page: bytes, number: int, pages: Pages, page_bytes: int) -> Iterator[Row]:
    head = _FILE_HEAD_BYTES if number == 1 else 0
    if len(page) < page_bytes or page[head] != _LEAF_OF_TABLE:
        return
    cells = int.from_bytes(page[head + 3 : head + 5], "big")
    first = head + _LEAF_HEAD_BYTES
    for at in range(first, min(first + 2 * cells, page_bytes - 1), 2):
        cell = int.from_bytes(page[at : at + 2], "big")
        try:
            yield _row_at(page, cell, pages, page_bytes)
        except (IndexError, KeyError, ValueError):
            # Not a cell, or one whose rest lies on pages that are damaged.
            continue


def _row_at(page: bytes, at: int, pages: Pages, page_bytes: int) -> Row:
    size, at = _varint(page, at)
    row_id, at = _varint(page, at)
    return row_id, _columns(_payload(page, at, size, pages, page_bytes))


def _payload(page: bytes, at: int, size: int, pages: Pages, page_bytes: int) -> bytes:
    """The record, of which a page holds only the beginning when it is long."""
    most, least = page_bytes - 35, (page_bytes - 12) * 32 // 255 - 23
    if size <= most:
        return page[at : at + size]
    if size > len(pages) * page_bytes:
        raise ValueError(size)
    local = least + (size - least) % (page_bytes - 4)
    local = local if local <= most else least
    record = bytearray(page[at : at + local])
    following = int.from_bytes(page[at + local : at + local + 4], "big")
    while len(record) < size:
        rest = pages[following]
        record += rest[4 : 4 + size - len(record)]
        following = int.from_bytes(rest[:4], "big")
        if len(rest) <= 4:
            raise ValueError(following)
    return bytes(record)


def _columns(record: bytes) -> list[Column]:
    end_of_head, at = _varint(record, 0)
    value_at, columns = end_of_head, list[Column]()
    while at < end_of_head:
        kind, at = _varint(record, at)
        column, size = _column(record, value_at, kind)
        columns.append(column)
        value_at += size
    if value_at != len(record):
        raise ValueError(value_at)
    return columns


def _column(record: bytes, at: int, kind: int) -> tuple[Column, int]:
    if kind == 0:
        return None, 0
    if kind in {8, 9}:
        return kind - 8, 0
    if kind >= 12:
        size = (kind - 12) // 2
        return record[at : at + size], size
    size = _INTEGER_BYTES[kind]
    return int.from_bytes(record[at : at + size], "big", signed=True), size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for count in range(8):
        byte = data[at + count]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + count + 1
    return value << 8 | data[at + 8], at + 9
