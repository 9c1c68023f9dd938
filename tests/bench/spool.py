"""Rows a second into and out of the spool, against a SQLite file that syncs as often.

The table is the spool of earlier versions: one row a batch, synchronous=FULL. Both are measured in
turn, so that a disk that others use is slow for both.
"""

import sqlite3
import statistics
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from models.readings import ReadingBatch
from service.storage.packed_batch import pack, unpack
from service.storage.spool import Spool, merged
from tests.bench.result import Result, result
from tests.service.storage.batches import ticks

_QUOTA_BYTES = 512 * 1024 * 1024
_ROUNDS = 9
_DRAIN_ROWS = 50_000
# Readings of each sync: a small site, and a large one catching up.
_SIZES = {150: 200, 5000: 60}


def run() -> list[Result]:
    results = []
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        for rows, count in _SIZES.items():
            ours, theirs = [], []
            for number in range(_ROUNDS):
                batches = [ticks([1], n * rows, rows) for n in range(count)]
                folder = Path(name) / f"{rows}-{number}"
                folder.mkdir()
                ours.append(_spool(folder, batches))
                theirs.append(_sqlite(folder, batches))
            for index, what in enumerate(("spool_append", "spool_drain")):
                value, reference = (
                    statistics.median(rates[index] for rates in side) for side in (ours, theirs)
                )
                against = f"SQLite, synchronous=FULL, {rows} readings a commit"
                results.append(result(what, value, "rows/s", reference, against))
    return results


def _spool(folder: Path, batches: list[ReadingBatch]) -> tuple[float, float]:
    spool = Spool(folder / "spool", quota_bytes=_QUOTA_BYTES)

    def fill() -> None:
        for batch in batches:
            spool.append([pack(batch)])

    def drain() -> None:
        while entries := spool.oldest(_DRAIN_ROWS):
            merged(entries)
            spool.remove_through(entries[-1])

    rates = _rate(fill, batches), _rate(drain, batches)
    spool.close()
    return rates


def _sqlite(folder: Path, batches: list[ReadingBatch]) -> tuple[float, float]:
    db = sqlite3.connect(folder / "bench.sqlite3", isolation_level=None)
    for pragma in ("locking_mode = exclusive", "journal_mode = wal", "synchronous = full"):
        db.execute(f"pragma {pragma}")
    db.execute("create table entry (id integer primary key, crc32 integer, payload blob)")

    def fill() -> None:
        for batch in batches:
            payload = pack(batch).payload
            db.execute("begin immediate")
            db.execute(
                "insert into entry (crc32, payload) values (?, ?)", (zlib.crc32(payload), payload)
            )
            db.execute("commit")

    def drain() -> None:
        at_once = max(1, _DRAIN_ROWS // len(batches[0]))
        select = "select id, crc32, payload from entry order by id limit ?"
        while entries := db.execute(select, (at_once,)).fetchall():
            assert all(zlib.crc32(payload) == crc32 for _, crc32, payload in entries)
            ReadingBatch.concat([unpack(payload) for *_, payload in entries])
            db.execute("begin immediate")
            db.executemany("delete from entry where id = ?", [(entry[0],) for entry in entries])
            db.execute("commit")

    rates = _rate(fill, batches), _rate(drain, batches)
    db.close()
    return rates


def _rate(work: Callable[[], None], batches: list[ReadingBatch]) -> float:
    started = time.perf_counter()
    work()
    return sum(map(len, batches)) / (time.perf_counter() - started)
