"""Whatever is damaged: what is whole comes back once and in order, and the rest is counted.

Where each frame lies is reckoned here from the layout, not asked of the code under test.
"""

import errno
import os
import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from service.storage.packed_batch import pack
from service.storage.spool import Spool
from tests.service.storage.batches import ticks
from tests.service.storage.spool_files import MEBIBYTE, frame_files, values_in_order

QUOTA_BYTES = 16 * 20_000
PAGE_BYTES = 4096
HEAD_BYTES = 72
ROW_BYTES = 32
# Readings of each append; those of more than 128 lie in several frames.
APPENDS = (1, 40, 128, 129, 300, 7, 200, 1, 1, 256, 90, 500, 3, 128, 128, 1000, 11, 64, 128, 300)
WAITING = range(41, sum(APPENDS))
POSITION = "position"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where some readings lie."""

    file: str
    begin: int
    end: int
    rows: range


@dataclass(frozen=True, kw_only=True)
class Pristine:
    """A spool that was closed in good order, partly drained."""

    folder: Path
    places: list[Place]


def frames_of(rows_of_appends: tuple[int, ...]) -> Iterator[range]:
    first = 0
    for rows in rows_of_appends:
        for begin in range(0, rows, 128):
            count = min(128, rows - begin)
            yield range(first + begin, first + begin + count)
        first += rows


def places_in(folder: Path) -> list[Place]:
    places = []
    frames = frames_of(APPENDS)
    first_left = int(frame_files(folder)[0].stem)
    for file in frame_files(folder):
        begin, size = 0, file.stat().st_size
        while begin < size:
            rows = next(frames)
            if rows.stop <= first_left:
                continue
            end = begin + HEAD_BYTES + ROW_BYTES * len(rows)
            places.append(Place(file=file.name, begin=begin, end=end, rows=rows))
            begin = end
        assert begin == size
    assert places[-1].rows.stop == sum(APPENDS)
    return places


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    folder = tmp_path_factory.mktemp("pristine") / "spool"
    spool = Spool(folder, quota_bytes=QUOTA_BYTES)
    first = 0
    for rows in APPENDS:
        spool.append([pack(ticks([1], first, rows))])
        first += rows
    spool.remove_through(spool.oldest(WAITING.start)[-1])
    waiting = spool.state().rows
    spool.close()
    assert waiting == len(WAITING)
    assert len(frame_files(folder)) > 3
    return Pristine(folder=folder, places=places_in(folder))


@dataclass(frozen=True, kw_only=True)
class Damage:
    """What befalls one file; where is a share of the files and of the file's length."""

    kind: str
    file: float
    begin: float
    length: int
    seed: int


def damages(kinds: Sequence[str]) -> st.SearchStrategy[list[Damage]]:
    shares = st.floats(0.0, 1.0, exclude_max=True)
    one = st.builds(
        Damage,
        kind=st.sampled_from(kinds),
        file=shares,
        begin=shares,
        length=st.sampled_from([1, 8, 100, PAGE_BYTES, 3 * PAGE_BYTES, 10**6]),
        seed=st.integers(0, 2**32),
    )
    return st.lists(one, min_size=1, max_size=5)


IN_PLACE = ("zeros", "noise", "copy")
ANY = (*IN_PLACE, "cut", "delete")


def inflict(folder: Path, damage: Damage) -> None:
    files = frame_files(folder)
    if not files:
        return
    file = files[int(damage.file * len(files))]
    data = bytearray(file.read_bytes())
    begin = int(damage.begin * len(data))
    end = min(len(data), begin + damage.length)
    noise = random.Random(damage.seed)
    if damage.kind == "delete":
        file.unlink()
        return
    if damage.kind == "cut":
        del data[begin:]
    elif damage.kind == "zeros":
        data[begin:end] = bytes(end - begin)
    elif damage.kind == "noise":
        data[begin:end] = noise.randbytes(end - begin)
    else:
        # A page that lands where another was: whole frames at a wrong place, and twice.
        other = noise.choice(files).read_bytes()
        at = noise.randrange(max(1, len(other)))
        data[begin:end] = other[at : at + end - begin].ljust(end - begin, b"\0")
    file.write_bytes(data)


def overwrite(file: Path, begin: int, data: bytes) -> None:
    with file.open("r+b") as handle:
        handle.seek(begin)
        handle.write(data)


def whole_rows(pristine: Pristine, folder: Path) -> list[float]:
    """The waiting readings of which no byte changed."""
    rows: list[float] = []
    for place in pristine.places:
        before = (pristine.folder / place.file).read_bytes()[place.begin : place.end]
        file = folder / place.file
        now = file.read_bytes()[place.begin : place.end] if file.exists() else b""
        if now == before and place.rows.start in WAITING:
            rows += map(float, place.rows)
    return rows


@contextmanager
def copy_of(pristine: Pristine) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "spool"
        shutil.copytree(pristine.folder, folder)
        yield folder


def check_found(found: list[float], expected: list[float], befallen: list[Damage]) -> None:
    """Each once, in order, none invented, none missing."""
    assert found == sorted(set(found))
    assert set(expected) <= set(found) <= {float(n) for n in range(WAITING.stop)}
    if "copy" not in {damage.kind for damage in befallen}:
        # A page that was copied may bring back what was destroyed at its own place.
        assert found == expected


@settings(max_examples=60)
@given(damages(ANY), st.sampled_from([None, 0, PAGE_BYTES]))
def test_whole_readings_come_back_once_and_the_rest_is_counted(
    pristine: Pristine, befallen: list[Damage], lost_slot: int | None
) -> None:
    with copy_of(pristine) as folder:
        for damage in befallen:
            inflict(folder, damage)
        if lost_slot is not None:
            overwrite(folder / POSITION, lost_slot, bytes(100))
        expected = whole_rows(pristine, folder)
        # What was counted once is not counted again.
        for _ in range(2):
            spool = Spool(folder, quota_bytes=QUOTA_BYTES)
            found, state = values_in_order(spool), spool.state()
            spool.close()
            check_found(found, expected, befallen)
            assert state.rows == len(found)
            assert state.lost_rows == len(WAITING) - len(found)
            assert state.dropped_rows == 0


@settings(max_examples=40)
@given(damages(ANY))
def test_without_its_position_the_spool_still_gives_what_is_whole(
    pristine: Pristine, befallen: list[Damage]
) -> None:
    """Readings drained before may come again; how many are lost at the end is not known."""
    with copy_of(pristine) as folder:
        for damage in befallen:
            inflict(folder, damage)
        overwrite(folder / POSITION, 0, b"\xaa" * 2 * PAGE_BYTES)
        expected = whole_rows(pristine, folder)
        spool = Spool(folder, quota_bytes=QUOTA_BYTES)
        found, state = values_in_order(spool), spool.state()
        spool.close()
        waiting = [value for value in found if value in WAITING]
        check_found(waiting, expected, befallen)
        assert found == sorted(set(found))
        assert state.lost_rows <= sum(APPENDS) - len(found)


@settings(max_examples=40)
@given(damages(IN_PLACE))
def test_damage_under_an_open_spool_is_salvaged_when_it_is_read(
    pristine: Pristine, befallen: list[Damage]
) -> None:
    fresh = [float(WAITING.stop + n) for n in range(5)]
    with copy_of(pristine) as folder:
        spool = Spool(folder, quota_bytes=QUOTA_BYTES)
        for damage in befallen:
            inflict(folder, damage)
        expected = whole_rows(pristine, folder)
        spool.append([pack(ticks([1], WAITING.stop, 5))])
        found, state = values_in_order(spool), spool.state()
        entries = spool.oldest(300)
        spool.remove_through(entries[-1])
        left = values_in_order(spool)
        spool.close()
        check_found(found[:-5], expected, befallen)
        assert found[-5:] == fresh
        assert state.rows == len(found)
        assert state.lost_rows == len(WAITING) + 5 - len(found)
        assert left == found[sum(len(entry.batch) for entry in entries) :]
        spool = Spool(folder, quota_bytes=QUOTA_BYTES)
        assert values_in_order(spool) == left
        assert spool.state().lost_rows == state.lost_rows
        spool.close()


def test_frames_out_of_place_hide_none_of_those_in_place(
    pristine: Pristine, tmp_path: Path
) -> None:
    folder = tmp_path / "spool"
    shutil.copytree(pristine.folder, folder)
    file = frame_files(folder)[2]
    first, *_, last = [place for place in pristine.places if place.file == file.name]
    data = file.read_bytes()
    overwrite(file, first.begin, data[last.begin : last.end])
    expected = whole_rows(pristine, folder)
    spool = Spool(folder, quota_bytes=QUOTA_BYTES)
    assert values_in_order(spool) == expected
    spool.close()


def test_without_its_position_the_frames_tell_what_was_drained(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    spool = Spool(folder, quota_bytes=QUOTA_BYTES)
    spool.append([pack(ticks([1], 0, 100))])
    spool.append([pack(ticks([1], 100, 100))])
    spool.remove_through(spool.oldest(100)[-1])
    spool.append([pack(ticks([1], 200, 1))])
    spool.close()
    overwrite(folder / POSITION, 0, bytes(2 * PAGE_BYTES))
    with capture_logs() as logs:
        spool = Spool(folder, quota_bytes=QUOTA_BYTES)
    assert values_in_order(spool) == [float(n) for n in range(100, 201)]
    assert spool.state().lost_rows == 0
    assert [one["event"] for one in logs] == ["spool_position_damaged"]
    spool.close()


def test_reading_goes_on_where_it_was_in_a_file_salvaged_meanwhile(
    pristine: Pristine, tmp_path: Path
) -> None:
    """Damage before the head makes the salvaged file shorter: every place in it moves."""
    folder = tmp_path / "spool"
    shutil.copytree(pristine.folder, folder)
    spool = Spool(folder, quota_bytes=QUOTA_BYTES)
    file = frame_files(folder)[0]
    places = [place for place in pristine.places if place.file == file.name]
    drained = [place for place in places if place.rows.start not in WAITING]
    waiting = [place for place in places if place.rows.start in WAITING]
    overwrite(file, drained[-1].begin, bytes(8))
    overwrite(file, waiting[2].begin, bytes(8))
    expected = whole_rows(pristine, folder)
    entries = spool.oldest(10_000)
    assert [value for entry in entries for value in entry.batch.value] == expected
    spool.remove_through(entries[0])
    rest = expected[len(entries[0].batch) :]
    assert values_in_order(spool) == rest
    assert spool.state().lost_rows == len(waiting[2].rows)
    assert spool.state().rows == len(rest)
    spool.close()


@pytest.mark.parametrize("backwards", [False, True])
def test_a_whole_frame_in_place_of_another_is_not_taken_for_it(
    pristine: Pristine, tmp_path: Path, backwards: bool
) -> None:
    folder = tmp_path / "spool"
    shutil.copytree(pristine.folder, folder)
    spool = Spool(folder, quota_bytes=QUOTA_BYTES)
    file = frame_files(folder)[-1]
    full = [p for p in pristine.places if p.file == file.name and len(p.rows) == 128]
    source, target = (full[-1], full[0]) if backwards else (full[0], full[-1])
    overwrite(file, target.begin, file.read_bytes()[source.begin : source.end])
    found = values_in_order(spool)
    assert found == [float(row) for row in WAITING if row not in target.rows]
    assert spool.state().lost_rows == 128
    spool.close()


def test_a_damaged_page_takes_three_frames_at_most(tmp_path: Path) -> None:
    """As many readings as an earlier format lost more than half of to one page."""
    spool = Spool(tmp_path / "spool", quota_bytes=64 * MEBIBYTE)
    for n in range(41):
        spool.append([pack(ticks([1], 820 * n, 820))])
    spool.close()
    [file] = frame_files(tmp_path / "spool")
    middle = file.stat().st_size // 2 // PAGE_BYTES * PAGE_BYTES
    overwrite(file, middle, random.Random(1).randbytes(PAGE_BYTES))
    spool = Spool(tmp_path / "spool", quota_bytes=64 * MEBIBYTE)
    state = spool.state()
    spool.close()
    assert 0 < state.lost_rows <= 3 * 128
    assert state.rows == state.salvaged_rows == 33_620 - state.lost_rows


def test_a_damaged_file_is_put_aside_and_named_with_the_counts(
    pristine: Pristine, tmp_path: Path
) -> None:
    folder = tmp_path / "spool"
    shutil.copytree(pristine.folder, folder)
    file = frame_files(folder)[1]
    overwrite(file, 0, bytes(50))
    damaged = file.read_bytes()
    with capture_logs() as logs:
        Spool(folder, quota_bytes=QUOTA_BYTES).close()
    [line] = [one for one in logs if one["event"] == "spool_damaged"]
    [first] = [p for p in pristine.places if p.file == file.name and p.begin == 0]
    rest = [p for p in pristine.places if p.file == file.name and p.begin > 0]
    assert line["log_level"] == "error"
    assert line["lost_rows"] == len(first.rows)
    assert line["lost_bytes"] == first.end
    assert line["salvaged_rows"] == sum(len(p.rows) for p in rest)
    assert Path(line["put_aside"]).read_bytes() == damaged


def test_damaged_files_do_not_crowd_out_readings(pristine: Pristine, tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    shutil.copytree(pristine.folder, folder)
    for file in frame_files(folder):
        overwrite(file, 0, bytes(50))
    with capture_logs() as logs:
        Spool(folder, quota_bytes=QUOTA_BYTES).close()
    aside = [Path(one["put_aside"]) for one in logs if one["event"] == "spool_damaged"]
    removed = {one["path"] for one in logs if one["event"] == "damaged_file_removed"}
    assert sum(file.stat().st_size for file in aside if file.exists()) <= QUOTA_BYTES // 4
    assert removed == {str(file) for file in aside if not file.exists()}
    assert removed


def test_a_sector_the_disk_cannot_read_costs_only_its_readings(
    pristine: Pristine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No disk at hand fails on demand: the read that touches the sector fails in its place."""
    folder = tmp_path / "spool"
    shutil.copytree(pristine.folder, folder)
    file = frame_files(folder)[1]
    sector = range(PAGE_BYTES, 2 * PAGE_BYTES)
    read = os.pread

    def failing(handle: int, length: int, offset: int) -> bytes:
        touches = offset < sector.stop and offset + length > sector.start
        if touches and os.fstat(handle).st_ino == bad.st_ino:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read(handle, length, offset)

    bad = file.stat()
    monkeypatch.setattr(os, "pread", failing)
    spool = Spool(folder, quota_bytes=QUOTA_BYTES)
    touched = {
        float(row)
        for place in pristine.places
        if place.file == file.name and place.begin < sector.stop and place.end > sector.start
        for row in place.rows
    }
    assert set(values_in_order(spool)) == {float(row) for row in WAITING} - touched
    assert spool.state().lost_rows == len(touched)
    spool.close()


def test_a_write_that_a_crash_cut_short_is_no_loss(pristine: Pristine, tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    shutil.copytree(pristine.folder, folder)
    with frame_files(folder)[-1].open("ab") as file:
        file.write(random.Random(1).randbytes(3000))
    with capture_logs() as logs:
        spool = Spool(folder, quota_bytes=QUOTA_BYTES)
    assert values_in_order(spool) == [float(row) for row in WAITING]
    assert (spool.state().lost_rows, spool.state().lost_bytes) == (0, 0)
    spool.append([pack(ticks([1], WAITING.stop, 1))])
    spool.close()
    spool = Spool(folder, quota_bytes=QUOTA_BYTES)
    assert values_in_order(spool) == [float(row) for row in range(WAITING.start, WAITING.stop + 1)]
    assert (spool.state().lost_rows, spool.state().lost_bytes) == (0, 0)
    spool.close()
    assert [one["event"] for one in logs] == ["spool_write_torn"]


def test_dead_letters_are_salvaged_as_well(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    spool = Spool(folder, quota_bytes=MEBIBYTE)
    for n in range(3):
        spool.append([pack(ticks([1], 100 * n, 100))])
        spool.set_aside(spool.oldest(1)[0], f"refused {n}")
    spool.close()
    [file] = frame_files(folder / "dead-letters")
    overwrite(file, file.stat().st_size // 2, b"\xff")
    spool = Spool(folder, quota_bytes=MEBIBYTE)
    assert [letter.reason for letter in spool.dead_letters(1000)] == ["refused 0", "refused 2"]
    state = spool.state()
    assert (state.dead_letter_rows, state.lost_rows, state.salvaged_rows) == (200, 100, 200)
    spool.close()
