"""The spool on disk: what it keeps, what it drops, what it survives."""

import os
import resource
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.storage.errors import SpoolInUseError, SpoolWriteError
from service.storage.packed_batch import pack, unpack
from service.storage.spool import Spool, merged, spooled_bytes
from tests.service.storage.batches import batch_of_rows, ticks
from tests.service.storage.spool_files import (
    MEBIBYTE,
    frame_files,
    values_in,
    values_in_order,
)


@given(st.lists(st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**52), st.floats())))
def test_packing_loses_nothing(rows: list[tuple[int, int, float]]) -> None:
    batch = batch_of_rows(rows)
    back = unpack(pack(batch).payload)
    for name in ("point_id", "ts_us", "received_us", "value", "quality", "origin"):
        np.testing.assert_array_equal(getattr(back, name), getattr(batch, name))
        assert getattr(back, name).dtype == getattr(batch, name).dtype


def test_readings_survive_reopening_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    spool = Spool(path, quota_bytes=MEBIBYTE)
    spool.append([pack(ticks([1], n, 1)) for n in range(5)])
    spool.close()
    spool = Spool(path, quota_bytes=MEBIBYTE)
    oldest = spool.oldest(3)
    assert [entry.batch.value[0] for entry in oldest] == [0.0, 1.0, 2.0]
    spool.remove_through(oldest[-1])
    assert values_in(spool) == [3.0, 4.0]
    spool.close()
    spool = Spool(path, quota_bytes=MEBIBYTE)
    assert values_in(spool) == [3.0, 4.0]
    state = spool.state()
    assert (state.rows, state.dropped_rows, state.lost_rows) == (2, 0, 0)
    assert state.oldest_us is not None
    spool.close()


def test_a_large_batch_comes_back_in_parts_and_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", quota_bytes=16 * MEBIBYTE)
    spool.append([pack(ticks([1], 0, 1000)), pack(ticks([1], 1000, 1))])
    assert values_in_order(spool) == [float(n) for n in range(1001)]
    assert spool.state().bytes == spooled_bytes(1000) + spooled_bytes(1)
    assert merged(spool.oldest(1001)).value.tolist() == values_in_order(spool)
    assert max(entry.rows for entry in spool.oldest(1001)) < 1000
    spool.close()


def test_what_is_in_the_database_leaves_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    spool = Spool(path, quota_bytes=MEBIBYTE)
    for n in range(20):
        spool.append([pack(ticks([1], 1000 * n, 1000))])
        spool.remove_through(spool.oldest(1000)[-1])
    assert (spool.state().rows, spool.state().bytes, spool.state().oldest_us) == (0, 0, None)
    assert sum(file.stat().st_size for file in frame_files(path)) < 3 * MEBIBYTE / 16
    spool.close()


def test_only_a_full_spool_drops_and_then_its_oldest(tmp_path: Path) -> None:
    size = spooled_bytes(10)
    spool = Spool(tmp_path / "spool", quota_bytes=4 * size)
    for n in range(4):
        spool.append([pack(ticks([1], 10 * n, 10))])
    assert spool.state().dropped_rows == 0
    for n in range(4, 6):
        spool.append([pack(ticks([1], 10 * n, 10))])
    state = spool.state()
    assert (state.rows, state.bytes, state.dropped_rows) == (40, 4 * size, 20)
    assert values_in(spool) == [float(n) for n in range(20, 60)]
    with pytest.raises(SpoolWriteError, match="quota"):
        spool.append([pack(ticks([1], 0, 1000))])
    assert spool.state().rows == 40
    spool.close()
    again = Spool(tmp_path / "spool", quota_bytes=4 * size)
    assert (again.state().dropped_rows, again.state().lost_rows) == (20, 0)
    again.close()


def test_readings_dropped_while_they_were_read_are_not_forgotten_twice(tmp_path: Path) -> None:
    size = spooled_bytes(10)
    spool = Spool(tmp_path / "spool", quota_bytes=2 * size)
    spool.append([pack(ticks([1], 0, 10))])
    [first] = spool.oldest(10)
    for n in range(1, 4):
        spool.append([pack(ticks([1], 10 * n, 10))])
    spool.remove_through(first)
    assert values_in(spool) == [float(n) for n in range(20, 40)]
    spool.close()


def test_dead_letters_are_kept_with_their_reason_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    quota_bytes = 8 * spooled_bytes(100)
    spool = Spool(path, quota_bytes=quota_bytes)
    for n in range(5):
        spool.append([pack(ticks([1], 100 * n, 100))])
        spool.set_aside(spool.oldest(1)[0], f"refused {n}")
    state = spool.state()
    assert (state.dead_letter_rows, state.dropped_rows, state.rows) == (100, 400, 0)
    spool.close()
    spool = Spool(path, quota_bytes=quota_bytes)
    [letter] = spool.dead_letters(1)
    assert (letter.reason, letter.batch.value[0]) == ("refused 4", 400.0)
    spool.close()


def test_a_full_disk_acknowledges_nothing_and_harms_nothing(tmp_path: Path) -> None:
    """The limit of the size of a file stands for the end of the disk; the kernel cuts the write."""
    path = tmp_path / "spool"
    spool = Spool(path, quota_bytes=16 * MEBIBYTE)
    spool.append([pack(ticks([1], 0, 100))])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(SpoolWriteError, match="disk"):
            spool.append([pack(ticks([1], 100, 1000))])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert spool.state().rows == 100
    spool.append([pack(ticks([1], 100, 100))])
    assert values_in_order(spool) == [float(n) for n in range(200)]
    spool.close()
    spool = Spool(path, quota_bytes=16 * MEBIBYTE)
    assert values_in_order(spool) == [float(n) for n in range(200)]
    assert spool.state().lost_bytes == 0
    spool.close()


def test_a_spool_has_one_owner(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    spool = Spool(path, quota_bytes=MEBIBYTE)
    with pytest.raises(SpoolInUseError, match="another process"):
        Spool(path, quota_bytes=MEBIBYTE)
    spool.close()
    Spool(path, quota_bytes=MEBIBYTE).close()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpoolWriteError, match="data folder"):
        Spool(tmp_path / "missing" / "spool", quota_bytes=MEBIBYTE)


def test_files_are_not_left_open(tmp_path: Path) -> None:
    def handles() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # counts, wants no paths

    before = handles()
    for n in range(3):
        spool = Spool(tmp_path / "spool", quota_bytes=MEBIBYTE)
        for m in range(20):
            spool.append([pack(ticks([1], 5000 * n + m, 500))])
        spool.remove_through(spool.oldest(100_000)[-1])
        spool.close()
    assert handles() == before
