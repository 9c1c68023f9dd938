"""Files of past readings, cut short, forged or of another kind: named, never believed."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.storage import import_files
from service.storage.errors import ImportRefusedError
from service.storage.import_csv import MAX_CSV_BYTES, MAX_LINE_BYTES, load_csv
from service.storage.import_files import load_table
from service.storage.import_npz import MAX_NPZ_BYTES
from service.storage.import_table import MAX_CELLS, MAX_KEY_CHARS, MAX_KEYS, ProblemList, WideTable
from tests.service.storage.forged_npz import HONEST, KEY, ROWS, crowded, forge, headed, npy

MIB = 1 << 20
# What reading a file that is refused may add to a process: its buffers, and nothing of its size.
FLAT_MIB = 8
LINE = b"2025-11-20T01:00:00Z,1\n"


def twice(path: Path) -> Path:
    forge(path, {})
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("values.npy", HONEST["values"])
    return path


def cut(path: Path) -> Path:
    forge(path, {}, packing=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes()[:-60])
    return path


def pickled(path: Path) -> Path:
    values = np.array([[1], [{}]], dtype=object)
    np.savez(path, allow_pickle=True, ts_us=np.arange(2), keys=np.array(["a"]), values=values)
    return path


def lines(*, lines: int, line: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        with path.open("wb") as file:
            file.write(f"ts,{KEY}\n".encode())
            file.write(line * lines)
        return path

    return write


def raw(content: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return write


def sparse(size: int) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.touch()
        os.truncate(path, size)
        return path

    return write


NPZ: dict[str, tuple[Callable[[Path], Path], str]] = {
    "member of 4 GB": (
        lambda p: forge(p, {"values": headed("(500000000, 1)")}, sizes={"values": 0xFFFFFFFE}),
        r"values: it is float64\[500000000, 1\]; give float64\[4, 1\]",
    ),
    "times of 4 GB": (
        lambda p: forge(p, {"ts_us": headed("(500000000,)", "'<i8'")}, sizes={"ts_us": 0xFFFFFFFE}),
        rf"values: 500000000 times of 1 points are more than {MAX_CELLS} values.*cut it by time",
    ),
    "as much as is read": (
        lambda p: forge(
            p,
            {
                "ts_us": headed(f"({MAX_CELLS},)", "'<i8'"),
                "values": headed(f"({MAX_CELLS}, 1)"),
            },
            sizes={"ts_us": 8 * MAX_CELLS + 128, "values": 8 * MAX_CELLS + 128},
        ),
        r"file: .*ts_us ends after 0 of 512000000 bytes",
    ),
    "a bomb": (
        lambda p: forge(
            p, {"values": HONEST["values"] + bytes(256 * MIB)}, sizes={"values": 128 + 8 * ROWS}
        ),
        r"file: it is no .npz archive.*CRC.*numpy.savez",
    ),
    "more than its header": (
        lambda p: forge(p, {"values": HONEST["values"] + bytes(256 * MIB)}),
        r"values: its header asks for 160 bytes and the archive has 268435616 of it",
    ),
    "less than its header": (
        lambda p: forge(p, {"values": HONEST["values"][:-1]}),
        r"values: its header asks for 160 bytes and the archive has 159 of it: it is cut short",
    ),
    "a huge shape": (
        lambda p: forge(p, {"ts_us": headed(f"({10**18 - 1},)", "'<i8'")}),
        r"values: 9{18} times of 1 points are more than",
    ),
    "a negative shape": (
        lambda p: forge(p, {"values": headed("(-4, 1)")}),
        r"values: its shape \('-4, 1'\) has what is no count; give float64\[n, m\]",
    ),
    "half a row": (lambda p: forge(p, {"values": headed("(4.0, 1)")}), "values: its shape .*count"),
    "a long count": (
        lambda p: forge(p, {"values": headed(f"({'9' * 5000}, 1)")}),
        r"values: its shape .*\(5003 characters\)",
    ),
    "Python objects": (pickled, r"values: it is object\[2, 1\]; give float64\[n, m\]"),
    "Fortran order": (
        lambda p: forge(p, {"values": npy(np.asfortranarray(np.ones((4, 2))))}),
        r"values: it lies column after column.*ascontiguousarray\(values\)",
    ),
    "fields": (
        lambda p: forge(p, {"values": headed("(4, 1)", "[('a', '<f8')]")}),
        r"values: its header is .*give float64\[n, m\]",
    ),
    "an unknown type": (
        lambda p: forge(p, {"values": headed("(4, 1)", "'<f3'")}),
        "values: its type '<f3' is not known",
    ),
    "nested brackets": (
        lambda p: forge(p, {"values": headed("(" * 30_000)}),
        r"values: its header is .*\(300\d\d characters\)",
    ),
    "format 2": (
        lambda p: forge(p, {"values": HONEST["values"].replace(b"\x01\x00", b"\x02\x00", 1)}),
        "values: it does not begin as an array",
    ),
    "half a header": (
        lambda p: forge(p, {"values": HONEST["values"][:50]}),
        "values: it does not begin as an array",
    ),
    "no letters": (
        lambda p: forge(p, {"keys": headed("(1,)", "'<U1'", data=b"\xff\xff\xff\xff")}),
        "file: .*keys has characters that no text has",
    ),
    "control characters": (
        lambda p: forge(p, {"keys": npy(np.array(["\x1b[2J"]))}),
        r"keys: key 1, '\\x1b\[2J', .*cannot be printed",
    ),
    "long keys": (
        lambda p: forge(p, {"keys": npy(np.array(["x" * (MAX_KEY_CHARS + 1)]))}),
        rf"keys: it is <U201\[1\]; give str\[m\], of up to {MAX_KEY_CHARS} characters",
    ),
    "many keys": (
        lambda p: forge(p, {"keys": npy(np.array(["x"] * (MAX_KEYS + 1)))}),
        rf"keys: it has 10001 keys, more than the {MAX_KEYS}",
    ),
    "the same twice": (twice, "file: the array values is 2 times in it"),
    "encrypted": (lambda p: forge(p, {}, encrypted=True), "values: it is encrypted"),
    "another packing": (lambda p: forge(p, {}, packing=zipfile.ZIP_LZMA), "packed neither"),
    "cut short": (cut, "file: it is no .npz archive"),
    "a long directory": (lambda p: crowded(p, 1_000_000), "its directory is larger than 128 KiB"),
    "a large file": (
        sparse(MAX_NPZ_BYTES + 1),
        r"file: it has 1073741825 bytes, more than the 1073741824 bytes \(1024 MiB\)",
    ),
}
CSV: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a large file": (
        sparse(MAX_CSV_BYTES + 1),
        r"file: it has 536870913 bytes, more than the 536870912 bytes \(512 MiB\).*cut it by time",
    ),
    "an endless line": (
        lines(lines=64, line=b"1," * (MIB // 2)),
        f"line 2: it is longer than {MAX_LINE_BYTES} bytes",
    ),
    "an endless record": (
        lines(lines=4_000_000, line=b'"\n",'),
        "line 2: it is no CSV: unexpected end of data",
    ),
    "NUL bytes": (
        lines(lines=1, line=b"2025-11-20T01:00:00Z,1\x000\n"),
        "line 2: it has a NUL byte.*save it as CSV, UTF-8",
    ),
    "UTF-16": (
        lambda p: (p.write_text("ts,a\n", encoding="utf-16-le") and p) or p,
        "line 1: it has a NUL byte: it is no text, or UTF-16",
    ),
    "Latin-1": (lines(lines=1, line=b"2025-11-20T01:00:00Z,\xb5\n"), "line 2: it is no UTF-8"),
    "an empty line": (lines(lines=1, line=b"\n"), "line 2: it is empty; remove it"),
    "carriage returns": (
        lines(lines=2, line=b"2025-11-20T01:00:00Z,1\r"),
        "line 2: it has a carriage return inside; save it as CSV",
    ),
    "many keys": (
        lambda p: (p.write_text("ts" + ",x" * (MAX_KEYS + 1)) and p) or p,
        rf"line 1: it has 10001 keys, more than the {MAX_KEYS}",
    ),
    "nothing": (raw(b""), "line 1: the header is not 'ts,<key>,<key>…' or 'ts_us,"),
}
CASES = {
    **{f"{name}.npz": case for name, case in NPZ.items()},
    **{f"{name}.csv": case for name, case in CSV.items()},
}

# The peak of the process itself: what getrusage tells begins with that of its parent.
READER = """
import json, re, sys
from pathlib import Path
from service.storage import import_files
from service.storage.errors import ImportRefusedError
from service.storage.import_files import load_table

def peak_kib():
    return int(re.search(r"VmHWM:\\s*([0-9]+)", Path("/proc/self/status").read_text())[1])

def read(path):
    Path("/proc/self/clear_refs").write_text("5")  # the peak is now what is in use
    before_kib = peak_kib()
    try:
        load_table(path)
        said = "was read"
    except ImportRefusedError as error:
        said = str(error)
    return said, (peak_kib() - before_kib) / 1024

read(Path(sys.argv[1]))
print(json.dumps({path: read(Path(path)) for path in sys.argv[2:]}))
"""


@pytest.fixture(scope="module")
def readings_of(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, float]]:
    """What a process said of each file, and by how much the file made it grow."""
    folder = tmp_path_factory.mktemp("forged")
    honest = forge(folder / "honest.npz", {})
    paths = [make(folder / name) for name, (make, _) in CASES.items()]
    done = subprocess.run(
        [sys.executable, "-c", READER, honest, *paths],
        check=True,
        capture_output=True,
        text=True,
        timeout=100,
    )
    for path in paths:
        path.unlink()
    return {Path(path).name: tuple(found) for path, found in json.loads(done.stdout).items()}


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_named_and_takes_no_memory(
    readings_of: dict[str, tuple[str, float]], name: str
) -> None:
    said, grown_mib = readings_of[name]

    assert "nothing was imported" in said
    assert re.search(CASES[name][1], said), said
    assert grown_mib < FLAT_MIB


def test_what_is_no_ordinary_file_is_not_waited_for(tmp_path: Path) -> None:
    pipe, folder = tmp_path / "pipe.csv", tmp_path / "folder.npz"
    os.mkfifo(pipe)
    folder.mkdir()

    for path in (pipe, folder):
        with pytest.raises(ImportRefusedError, match="it is no ordinary file"):
            load_table(path)


def test_a_file_that_is_being_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = lines(lines=3, line=LINE)(tmp_path / "past.csv")

    def load_while_it_is_written(file: BufferedReader, problems: ProblemList) -> WideTable | None:
        with path.open("ab") as writer:
            writer.write(LINE)
        return load_csv(file, problems)

    monkeypatch.setitem(import_files._LOADERS, ".csv", (load_while_it_is_written, MAX_CSV_BYTES))
    with pytest.raises(ImportRefusedError, match="changed while it was read"):
        load_table(path)


def test_a_file_that_grows_as_fast_as_it_is_read_is_read_to_an_end(tmp_path: Path) -> None:
    path = lines(lines=3, line=LINE)(tmp_path / "past.csv")

    class Growing(BufferedReader):
        def readline(self, size: int | None = -1, /) -> bytes:
            with path.open("ab") as writer:
                writer.write(LINE)
            return super().readline(size)

    with Growing(io.FileIO(path)) as file:
        table = load_csv(file, ProblemList(path.name))

    assert table is not None
    assert len(table.ts_us) == 3


def test_a_csv_may_count_its_times(tmp_path: Path) -> None:
    written, counted = tmp_path / "written.csv", tmp_path / "counted.csv"
    written.write_bytes(b"\xef\xbb\xbfts,a.b\r\n2025-11-20T01:00:00+01:00,1.5\r\n")
    counted.write_text('"ts_us","a.b"\n1763596800000000,"1.5"')

    tables = [load_table(path) for path in (written, counted)]

    for table in tables:
        assert table.keys == ("a.b",)
        assert table.ts_us.tolist() == [1_763_596_800_000_000]
        assert table.values.tolist() == [[1.5]]
        assert table.where(0, 0) == "line 2, column a.b"


def test_floats_of_any_width_and_order_are_read(tmp_path: Path) -> None:
    values = np.array([[1.5, np.nan], [-2.0, 1e6]])
    for dtype in ("<f4", ">f4", "<f8", ">f8"):
        path = tmp_path / f"{dtype[1:]}.npz"
        keys = np.array(["a.b", "a.c"], ">U9")
        np.savez_compressed(
            path, ts_us=np.array([1, 2], ">i8"), keys=keys, values=values.astype(dtype)
        )

        table = load_table(path)

        assert table.keys == ("a.b", "a.c")
        assert table.ts_us.tolist() == [1, 2]
        np.testing.assert_array_equal(table.values, values)
        assert table.values.dtype == np.float64


def loads_or_refuses(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with suppress(ImportRefusedError):
        load_table(path)


CHANGES = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=4)


@given(packing=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]), changes=CHANGES)
def test_no_damage_to_an_archive_is_a_crash(
    tmp_path_factory: pytest.TempPathFactory, packing: int, changes: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    data = bytearray(forge(path, {}, packing=packing).read_bytes())
    for at, byte in changes:
        data[at % len(data)] = byte
    loads_or_refuses(path, bytes(data))


@given(st.binary(max_size=200))
def test_no_bytes_in_a_csv_are_a_crash(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.csv"
    loads_or_refuses(path, f"ts,{KEY}\n".encode() + content)
