"""The spool on disk: what it keeps, what it drops, what it survives."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.readings import ReadingBatch
from service.storage.errors import SpoolInUseError, SpoolWriteError
from service.storage.packed_batch import DamagedBatchError, PackedBatch, pack, unpack
from service.storage.spool import Spool
from tests.service.storage.batches import batch_of_rows, ticks

MEBIBYTE = 1024 * 1024


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**52), st.floats())))
def test_packing_loses_nothing(rows: list[tuple[int, int, float]]) -> None:
    batch = batch_of_rows(rows)
    back = unpack(pack(batch))
    for name in ("point_id", "ts_us", "received_us", "value", "quality", "origin"):
        np.testing.assert_array_equal(getattr(back, name), getattr(batch, name))
        assert getattr(back, name).dtype == getattr(batch, name).dtype


@settings(deadline=None)  # the machine may be busy
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_any_damaged_byte_is_noticed(position: int, flip: int) -> None:
    packed = pack(ticks([1, 2], 0, 5))
    payload = bytearray(packed.payload)
    payload[position % len(payload)] ^= flip
    with pytest.raises(DamagedBatchError):
        unpack(PackedBatch(rows=packed.rows, crc32=packed.crc32, payload=bytes(payload)))


def values_in(spool: Spool) -> list[float]:
    entries = spool.oldest(1_000_000)
    values = np.unique(ReadingBatch.concat([e.batch for e in entries]).value)
    return [float(value) for value in values]


def test_readings_survive_reopening_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite3"
    spool = Spool(path, quota_bytes=MEBIBYTE)
    spool.append([pack(ticks([1], n, 1)) for n in range(5)])
    spool.close()
    spool = Spool(path, quota_bytes=MEBIBYTE)
    assert [entry.batch.value[0] for entry in spool.oldest(3)] == [0.0, 1.0, 2.0]
    spool.remove([entry.id for entry in spool.oldest(3)])
    assert values_in(spool) == [3.0, 4.0]
    state = spool.state()
    assert (state.rows, state.dropped_rows) == (2, 0)
    assert state.oldest_us is not None
    spool.close()


def test_only_a_full_spool_drops_and_then_its_oldest(tmp_path: Path) -> None:
    size = len(pack(ticks([1], 0, 10)).payload)
    spool = Spool(tmp_path / "spool.sqlite3", quota_bytes=4 * size)
    for n in range(4):
        spool.append([pack(ticks([1], 10 * n, 10))])
    assert spool.state().dropped_rows == 0
    spool.append([pack(ticks([1], 40, 10)), pack(ticks([1], 50, 10))])
    state = spool.state()
    assert (state.rows, state.bytes, state.dropped_rows) == (40, 4 * size, 20)
    assert values_in(spool) == [float(n) for n in range(20, 60)]
    with pytest.raises(SpoolWriteError, match="quota"):
        spool.append([pack(ticks([1], 0, 1000))])
    assert spool.state().rows == 40
    spool.close()
    again = Spool(tmp_path / "spool.sqlite3", quota_bytes=4 * size)
    assert again.state().dropped_rows == 20
    again.close()


def test_a_damaged_entry_is_set_aside_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite3"
    spool = Spool(path, quota_bytes=MEBIBYTE)
    spool.append([pack(ticks([1], n, 1)) for n in range(3)])
    spool.close()
    with sqlite3.connect(path) as db:
        db.execute("update entry set payload = x'00112233' where id = 2")
    db.close()
    spool = Spool(path, quota_bytes=MEBIBYTE)
    assert values_in(spool) == [0.0, 2.0]
    state = spool.state()
    assert (state.rows, state.damaged_entries, state.dead_letter_rows) == (2, 1, 1)
    spool.close()


def test_dead_letters_are_bounded(tmp_path: Path) -> None:
    size = len(pack(ticks([1], 0, 10)).payload)
    spool = Spool(tmp_path / "spool.sqlite3", quota_bytes=8 * size)
    for n in range(5):
        spool.append([pack(ticks([1], 10 * n, 10))])
        spool.set_aside(spool.oldest(1)[0].id, "refused")
    state = spool.state()
    assert (state.dead_letter_rows, state.dropped_rows, state.rows) == (20, 30, 0)
    spool.close()


def test_a_file_that_is_no_spool_is_moved_away(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite3"
    path.write_bytes(b"not a database" * 1000)
    spool = Spool(path, quota_bytes=MEBIBYTE)
    spool.append([pack(ticks([1], 0, 1))])
    spool.close()
    assert len(list(tmp_path.glob("*.damaged-*"))) == 1


def test_damaged_pages_are_moved_away(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite3"
    spool = Spool(path, quota_bytes=MEBIBYTE)
    spool.append([pack(ticks([1], n, 200)) for n in range(5)])
    spool.close()
    data = bytearray(path.read_bytes())
    data[4096:12288] = b"\xaa" * 8192
    path.write_bytes(data)
    spool = Spool(path, quota_bytes=MEBIBYTE)
    assert spool.state().rows == 0
    spool.close()
    assert len(list(tmp_path.glob("*.damaged-*"))) == 1


def test_a_spool_has_one_owner(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite3"
    spool = Spool(path, quota_bytes=MEBIBYTE)
    with pytest.raises(SpoolInUseError, match="another process"):
        Spool(path, quota_bytes=MEBIBYTE)
    spool.close()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpoolWriteError, match="data folder"):
        Spool(tmp_path / "missing" / "spool.sqlite3", quota_bytes=MEBIBYTE)
