"""Past readings in an ``.npz``: what its headers say is checked before an array is made.

Neither the directory of a zip nor the header of an array needs to be true. Each is read in short
pieces and believed only where the two agree and stay below the limits.
"""

import hashlib
import math
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from service.storage.import_table import (
    MAX_KEY_CHARS,
    MAX_KEYS,
    ProblemList,
    RowPlaces,
    WideTable,
    check_cells,
    check_key_texts,
    shown,
)

# Uncompressed, MAX_CELLS readings take half of it, and as many times the other half.
MAX_NPZ_BYTES: Final = 1 << 30
# The directory of a zip is read in one piece: room for a thousand members, of which three are ours.
_MAX_READ_BYTES: Final = 1 << 17
_CHUNK_BYTES: Final = 1 << 16

_MAGIC: Final = b"\x93NUMPY\x01\x00"
_LENGTH_BYTES: Final = 2
_DESCR: Final = re.compile(r"'descr':\s*'([<>|=]?[a-zA-Z][0-9]{0,4})'")
_FORTRAN: Final = re.compile(r"'fortran_order':\s*(True|False)\b")
_SHAPE: Final = re.compile(r"'shape':\s*\(([^()]*)\)")
_COUNT: Final = re.compile(r"[0-9]{1,18}")
# What numpy.savez and savez_compressed write; others may ask for gigabytes of dictionary.
_PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1
_SAVEZ: Final = "write it with numpy.savez(path, ts_us=…, keys=…, values=…)"
_UNREADABLE: Final = (
    ValueError,
    EOFError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    NotImplementedError,
)


@dataclass(frozen=True, slots=True)
class _Form:
    """What an array must be."""

    wanted: str
    kind: str
    dimensions: int
    most_item_bytes: int


_FORMS: Final = {
    "ts_us": _Form("int64[n]", "i", 1, 8),
    "keys": _Form(f"str[m], of up to {MAX_KEY_CHARS} characters each", "U", 1, 4 * MAX_KEY_CHARS),
    "values": _Form("float64[n, m]", "f", 2, 8),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """What an array says of itself, not yet believed."""

    info: zipfile.ZipInfo
    size_bytes: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @property
    def data_bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    def __str__(self) -> str:
        return f"{self.dtype}{list(self.shape)}"


class _ShortReads:
    """A file of which nothing long is read at once, whatever the size that it names."""

    def __init__(self, file: BufferedReader) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(min(size, _MAX_READ_BYTES + 1) if size >= 0 else _MAX_READ_BYTES + 1)
        if len(data) > _MAX_READ_BYTES:
            msg = f"its directory is larger than {_MAX_READ_BYTES >> 10} KiB"
            raise zipfile.BadZipFile(msg)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


def load_npz(file: BufferedReader, problems: ProblemList) -> WideTable | None:
    """Read the three arrays, or say what is wrong with them."""
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        with zipfile.ZipFile(_ShortReads(file)) as archive:
            headers = dict(_headers(archive, problems))
            if len(headers) == len(_FORMS):
                _check_together(headers, problems)
            if problems.problems:
                return None
            arrays = {name: _data(archive, name, header) for name, header in headers.items()}
            keys = _texts(arrays["keys"])
    except _UNREADABLE as exc:
        problems.add("file", f"it is no .npz archive of plain arrays: {exc}", _SAVEZ)
        return None
    check_key_texts(keys, "keys", problems)
    return WideTable(
        file_name=problems.file_name,
        sha256=sha256,
        ts_us=arrays["ts_us"].astype(np.int64, copy=False),
        keys=keys,
        values=arrays["values"].astype(np.float64, copy=False),
        places=RowPlaces("row", range(len(arrays["ts_us"]))),
    )


def _headers(archive: zipfile.ZipFile, problems: ProblemList) -> Iterator[tuple[str, _Header]]:
    names = archive.namelist()
    for name, form in _FORMS.items():
        count = names.count(f"{name}.npy")
        if count != 1:
            often = f"{count} times" if count else "not"
            problems.add("file", f"the array {name} is {often} in it", _SAVEZ)
            continue
        header = _header(archive, archive.getinfo(f"{name}.npy"), name, problems)
        if header is not None:
            _check_form(header, form, name, problems)
            yield name, header


def _header(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, problems: ProblemList
) -> _Header | None:
    if info.compress_type not in _PACKINGS or info.flag_bits & _ENCRYPTED:
        problems.add(name, "it is encrypted, or packed neither plainly nor by deflate", _SAVEZ)
        return None
    with archive.open(info) as member:
        start = member.read(len(_MAGIC) + _LENGTH_BYTES)
        length = int.from_bytes(start[len(_MAGIC) :], "little")
        text = member.read(length).decode("latin-1")
    if not start.startswith(_MAGIC) or len(text) != length:
        problems.add(name, "it does not begin as an array of the .npy format 1.0", _SAVEZ)
        return None
    descr, fortran, shape = (one.search(text) for one in (_DESCR, _FORTRAN, _SHAPE))
    if descr is None or fortran is None or shape is None:
        problems.add(
            name, f"its header is {shown(text.strip(), 120)}", f"give {_FORMS[name].wanted}"
        )
        return None
    if fortran[1] == "True":
        problems.add(
            name,
            "it lies column after column (Fortran order)",
            f"write {name}=numpy.ascontiguousarray({name})",
        )
        return None
    return _described(info, len(start) + length, (name, descr[1], shape[1]), problems)


def _described(
    info: zipfile.ZipInfo, size_bytes: int, said: tuple[str, str, str], problems: ProblemList
) -> _Header | None:
    name, descr, shape = said
    counts = [count.strip() for count in shape.removesuffix(",").split(",")] if shape else []
    if not all(_COUNT.fullmatch(count) for count in counts):
        problems.add(
            name, f"its shape ({shown(shape)}) has what is no count", f"give {_FORMS[name].wanted}"
        )
        return None
    try:
        dtype = np.dtype(descr)
    except (TypeError, ValueError):
        problems.add(name, f"its type {descr!r} is not known", f"give {_FORMS[name].wanted}")
        return None
    return _Header(
        info=info, size_bytes=size_bytes, dtype=dtype, shape=tuple(int(one) for one in counts)
    )


def _check_form(header: _Header, form: _Form, name: str, problems: ProblemList) -> None:
    if (
        header.dtype.kind != form.kind
        or len(header.shape) != form.dimensions
        or not 0 < header.dtype.itemsize <= form.most_item_bytes
    ):
        problems.add(name, f"it is {header}", f"give {form.wanted}")


def _check_together(headers: dict[str, _Header], problems: ProblemList) -> None:
    """Sizes against limits, against each other and against what the archive says."""
    ts_us, keys, values = (headers[name] for name in _FORMS)
    rows, columns = math.prod(ts_us.shape), math.prod(keys.shape)
    if columns > MAX_KEYS:
        problems.add(
            "keys",
            f"it has {columns} keys, more than the {MAX_KEYS} that are taken",
            "cut it by devices into several files",
        )
    if not check_cells(rows, max(columns, 1), "values", problems):
        return
    if values.shape != (rows, columns):
        problems.add("values", f"it is {values}", f"give float64[{rows}, {columns}]")
    if problems.problems:
        return
    for name, header in headers.items():
        needed, there = header.size_bytes + header.data_bytes, header.info.file_size
        if needed != there:
            problems.add(
                name,
                f"its header asks for {needed} bytes and the archive has {there} of it: it is cut "
                "short or forged",
                _SAVEZ,
            )


def _data(archive: zipfile.ZipFile, name: str, header: _Header) -> NDArray[Any]:
    array = np.empty(header.shape, header.dtype)
    room = array.reshape(-1).view(np.uint8).data
    with archive.open(header.info) as member:
        member.read(header.size_bytes)
        for start in range(0, len(room), _CHUNK_BYTES):
            part = room[start : start + _CHUNK_BYTES]
            data = member.read(len(part))
            if len(data) != len(part):
                msg = f"{name} ends after {start + len(data)} of {len(room)} bytes"
                raise EOFError(msg)
            part[:] = data
        # Only a read beyond the end compares the checksum.
        member.read(1)
    return array


def _texts(array: NDArray[Any]) -> tuple[str, ...]:
    codes = array.view(f"{array.dtype.byteorder}u4")
    if codes.size and codes.max() > sys.maxunicode:
        msg = "keys has characters that no text has"
        raise ValueError(msg)
    return tuple(array.tolist())
