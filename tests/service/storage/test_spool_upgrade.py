"""A spool of the format before, with readings in it, whole or damaged."""

import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.readings import ReadingBatch
from service.storage.errors import SpoolInUseError
from service.storage.spool import Spool
from service.storage.spool_upgrade import upgrade_spool
from tests.service.storage.batches import ticks
from tests.service.storage.old_spool import CREATED_US, packed, write_old_spool
from tests.service.storage.spool_files import MEBIBYTE, values_in_order

PAGE_BYTES = 4096
# In one page, in the page of the tree alone, and over many pages.
SIZES = (1, 5, 20, 100, 128, 150, 1000, 3) * 8


def batches() -> list[ReadingBatch]:
    first, made = 0, []
    for size in SIZES:
        made.append(ticks([1], first, size))
        first += size
    return made


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool", quota_bytes=64 * MEBIBYTE)
    yield opened
    opened.close()


def test_everything_moves_over_and_the_old_file_goes(tmp_path: Path, spool: Spool) -> None:
    old = tmp_path / "spool.sqlite3"
    write_old_spool(old, batches(), letter=ticks([2], 0, 300), dropped_rows=7).close()
    upgrade_spool(old, spool)
    assert values_in_order(spool) == [float(n) for n in range(sum(SIZES))]
    state = spool.state()
    assert (state.dropped_rows, state.lost_rows, state.dead_letter_rows) == (7, 0, 300)
    assert state.oldest_us == CREATED_US
    assert spool.dead_letters(1)[0].reason == "refused: 23514"
    assert list(tmp_path.glob("spool.sqlite3*")) == []


def test_what_a_crash_left_in_the_log_moves_over(tmp_path: Path, spool: Spool) -> None:
    old, crashed = tmp_path / "spool.sqlite3", tmp_path / "crashed.sqlite3"
    db = write_old_spool(old, batches())
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{old}{suffix}", f"{crashed}{suffix}")
    db.close()
    upgrade_spool(crashed, spool)
    assert values_in_order(spool) == [float(n) for n in range(sum(SIZES))]


def test_a_damaged_log_costs_only_what_is_damaged(tmp_path: Path, spool: Spool) -> None:
    """SQLite reads a log up to its first bad page and says nothing of the rest."""
    old, crashed = tmp_path / "spool.sqlite3", tmp_path / "crashed.sqlite3"
    db = write_old_spool(old, batches()[:1])
    first = 1
    for size in (100, 20, 90, 100, 7):
        db.execute(
            "insert into entry (created_us, rows, crc32, payload) values (?, ?, ?, ?)",
            (CREATED_US, *packed(ticks([1], first, size))),
        )
        first += size
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{old}{suffix}", f"{crashed}{suffix}")
    db.close()
    log = Path(f"{crashed}-wal")
    data = bytearray(log.read_bytes())
    # The first page of the second of these inserts: the later ones write it anew.
    at = data.find(packed(ticks([1], 101, 20))[2])
    data[at] ^= 1
    log.write_bytes(data)
    upgrade_spool(crashed, spool)
    assert values_in_order(spool) == [float(n) for n in range(first)]
    assert spool.state().salvaged_rows == first
    assert len(list(tmp_path.glob("crashed.sqlite3.damaged-*"))) == 1


def test_a_log_of_what_was_drained_brings_nothing_back(tmp_path: Path, spool: Spool) -> None:
    old, crashed = tmp_path / "spool.sqlite3", tmp_path / "crashed.sqlite3"
    db = write_old_spool(old, batches())
    db.execute("delete from entry")
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{old}{suffix}", f"{crashed}{suffix}")
    db.close()
    upgrade_spool(crashed, spool)
    assert (spool.state().rows, spool.state().salvaged_rows) == (0, 0)
    assert list(tmp_path.glob("crashed.sqlite3*")) == []


def test_a_batch_that_does_not_fit_its_checksum_is_counted(tmp_path: Path, spool: Spool) -> None:
    old = tmp_path / "spool.sqlite3"
    db = write_old_spool(old, batches()[:3])
    db.execute("update entry set payload = x'00112233' where id = 3")
    db.close()
    upgrade_spool(old, spool)
    assert values_in_order(spool) == [float(n) for n in range(6)]
    assert (spool.state().lost_rows, spool.state().salvaged_rows) == (1, 6)
    assert len(list(tmp_path.glob("spool.sqlite3.damaged-*"))) == 1


def test_a_broken_head_costs_no_reading(tmp_path: Path, spool: Spool) -> None:
    old = tmp_path / "spool.sqlite3"
    write_old_spool(old, batches(), letter=ticks([2], 0, 300)).close()
    with old.open("r+b") as file:
        file.write(bytes(100))
    upgrade_spool(old, spool)
    assert values_in_order(spool) == [float(n) for n in range(sum(SIZES))]
    state = spool.state()
    assert (state.salvaged_rows, state.dead_letter_rows) == (sum(SIZES), 300)
    assert not old.exists()


def test_a_file_that_is_no_spool_is_put_aside(tmp_path: Path, spool: Spool) -> None:
    old = tmp_path / "spool.sqlite3"
    old.write_bytes(b"not a database" * 1000)
    upgrade_spool(old, spool)
    assert spool.state().rows == 0
    assert len(list(tmp_path.glob("spool.sqlite3.damaged-*"))) == 1


def test_a_spool_that_an_older_version_uses_is_left_alone(tmp_path: Path, spool: Spool) -> None:
    old = tmp_path / "spool.sqlite3"
    db = write_old_spool(old, batches()[:3])
    db.execute("pragma locking_mode = exclusive")
    db.execute("begin exclusive")
    with pytest.raises(SpoolInUseError, match="another process"):
        upgrade_spool(old, spool)
    db.execute("rollback")
    db.close()


def page_of(data: bytes, batch: ReadingBatch) -> int | None:
    """The one page of a batch that is short enough for one."""
    payload = packed(batch)[2]
    found = data.find(payload)
    return found // PAGE_BYTES if found >= 0 else None


@settings(max_examples=25)
@given(st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=1, max_size=4), st.booleans())
def test_damaged_pages_cost_only_the_batches_on_them(where: list[float], noise: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        old = Path(name) / "spool.sqlite3"
        write_old_spool(old, batches()).close()
        data = old.read_bytes()
        spoilt = {int(share * (len(data) // PAGE_BYTES)) for share in where}
        damaged = bytearray(data)
        for number in spoilt:
            content = random.Random(number).randbytes(PAGE_BYTES) if noise else bytes(PAGE_BYTES)
            damaged[number * PAGE_BYTES : (number + 1) * PAGE_BYTES] = content
        old.write_bytes(damaged)
        spool = Spool(Path(name) / "spool", quota_bytes=64 * MEBIBYTE)
        upgrade_spool(old, spool)
        found = values_in_order(spool)
        spool.close()
    assert found == sorted(set(found))
    for batch in batches():
        values, page = set(batch.value.tolist()), page_of(data, batch)
        assert values <= set(found) or not values & set(found)
        if page is not None:
            assert (values <= set(found)) == (page not in spoilt)
    # A long batch lies on ten pages: those that touch a spoilt one are few.
    lost_batches = sum(not set(batch.value.tolist()) <= set(found) for batch in batches())
    assert lost_batches <= 20 * len(spoilt)


def test_sqlite_itself_reads_what_these_tests_write(tmp_path: Path) -> None:
    old = tmp_path / "spool.sqlite3"
    write_old_spool(old, batches()).close()
    with sqlite3.connect(old) as db:
        assert db.execute("pragma quick_check").fetchall() == [("ok",)]
        assert db.execute("pragma page_size").fetchall() == [(PAGE_BYTES,)]
    db.close()
