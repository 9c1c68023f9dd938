"""Files of past readings as arrays: the ``.npz`` and the wide ``.csv`` form.

``.npz``: ``ts_us`` int64[n] (UTC microseconds), ``keys`` str[m], ``values`` float64[n, m],
NaN for missing. ``.csv``: header ``ts,<key>,<key>…``, ISO 8601 times with offset, an empty
cell for missing. Values are in the canonical unit of the point's quantity.
"""

import csv
import hashlib
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from models.readings import FloatArray, IntArray
from service.storage.errors import ImportProblem, ImportRefusedError

MAX_PROBLEMS = 20
_US_PER_S = 1_000_000


@dataclass(slots=True)
class ProblemList:
    """What is wrong with one file, up to ``MAX_PROBLEMS``, to be mended in one go."""

    file_name: str
    problems: list[ImportProblem] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether looking on would tell nothing more."""
        return len(self.problems) >= MAX_PROBLEMS

    def add(self, where: str, message: str, remedy: str) -> None:
        """Note one problem."""
        if not self.is_full:
            self.problems.append(ImportProblem(where=where, message=message, remedy=remedy))

    def refuse_if_any(self) -> None:
        """Raise :class:`ImportRefusedError` if there is a problem."""
        if self.problems:
            raise ImportRefusedError(self.file_name, self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class WideTable:
    """Values by time (rows) and point key (columns); NaN is missing.

    ``places`` names each row as the reader of the file finds it.
    """

    file_name: str
    sha256: str
    ts_us: IntArray
    keys: tuple[str, ...]
    values: FloatArray
    places: Sequence[str]

    def where(self, row: int, column: int) -> str:
        """Name a cell."""
        return f"{self.places[row]}, column {self.keys[column]}"


def load_table(path: Path) -> WideTable:
    """Read a file of past readings.

    Raises
    ------
    ImportRefusedError
        With what is wrong in the form of the file.
    """
    problems = ProblemList(path.name)
    loaders = {".npz": _load_npz, ".csv": _load_csv}
    loader = loaders.get(path.suffix.lower())
    table = None
    if loader is None:
        problems.add("file", f"the ending {path.suffix!r} is not known", "use .npz or .csv")
    else:
        try:
            table = loader(path, problems)
        except OSError as exc:
            problems.add("file", exc.strerror or str(exc), "check its path and permissions")
    problems.refuse_if_any()
    if table is None:
        msg = f"{path.name}: a loader must return a table or name a problem"
        raise AssertionError(msg)
    return table


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _load_npz(path: Path, problems: ProblemList) -> WideTable | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in ("ts_us", "keys", "values")}
    except KeyError as exc:
        problems.add("file", str(exc.args[0]), "give the arrays ts_us, keys and values")
        return None
    except (ValueError, EOFError, zipfile.BadZipFile) as exc:
        problems.add("file", f"it is no .npz archive of plain arrays: {exc}", "write it anew")
        return None
    ts_us, keys, values = arrays["ts_us"], arrays["keys"], arrays["values"]
    if ts_us.dtype.kind != "i" or ts_us.ndim != 1:
        problems.add("ts_us", f"it is {ts_us.dtype}{list(ts_us.shape)}", "give int64[n]")
    if keys.dtype.kind != "U" or keys.ndim != 1:
        problems.add("keys", f"it is {keys.dtype}{list(keys.shape)}", "give str[m]")
    if values.dtype.kind != "f" or values.shape != (*ts_us.shape, *keys.shape):
        shape = f"float64[{ts_us.size}, {keys.size}]"
        problems.add("values", f"it is {values.dtype}{list(values.shape)}", f"give {shape}")
    if problems.problems:
        return None
    return WideTable(
        file_name=path.name,
        sha256=_sha256(path),
        ts_us=ts_us.astype(np.int64),
        keys=tuple(keys.tolist()),
        values=values.astype(np.float64),
        places=_RowNames(len(ts_us)),
    )


class _RowNames(Sequence[str]):
    """Names for the rows of an archive, made when asked for."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, row: int) -> str:  # type: ignore[override]  # slices are not needed
        return f"row {row}"


def _load_csv(path: Path, problems: ProblemList) -> WideTable | None:
    ts_us: list[int] = []
    rows: list[FloatArray] = []
    places: list[str] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            header = next(lines, [])
            if len(header) < 2 or header[0] != "ts":
                problems.add("line 1", "the header is not 'ts,<key>,<key>…'", "write it so")
                return None
            keys = tuple(header[1:])
            for cells in lines:
                if problems.is_full:
                    return None
                place = f"line {lines.line_num}"
                time_us = _time_us(cells[0] if cells else "", place, problems)
                row = _numbers(cells[1:], keys, place, problems)
                if time_us is not None and row is not None:
                    ts_us.append(time_us)
                    rows.append(row)
                    places.append(place)
    except (csv.Error, UnicodeDecodeError) as exc:
        problems.add("file", f"it is no UTF-8 CSV: {exc}", "save it as CSV, UTF-8, with commas")
        return None
    return WideTable(
        file_name=path.name,
        sha256=_sha256(path),
        ts_us=np.array(ts_us, np.int64),
        keys=keys,
        values=np.vstack(rows) if rows else np.empty((0, len(keys))),
        places=places,
    )


def _time_us(text: str, place: str, problems: ProblemList) -> int | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        problems.add(
            f"{place}, column ts",
            f"{text!r} is not a time",
            "write ISO 8601 with offset, such as 2026-11-20T08:00:00+01:00",
        )
        return None
    if time.tzinfo is None:
        problems.add(
            f"{place}, column ts",
            f"{text!r} does not say in which time zone",
            f"add the offset, such as {text}+01:00 or {text}Z",
        )
        return None
    return round(time.timestamp() * _US_PER_S)


def _numbers(
    cells: Sequence[str], keys: Sequence[str], place: str, problems: ProblemList
) -> FloatArray | None:
    if len(cells) != len(keys):
        problems.add(
            place,
            f"it has {len(cells)} values for {len(keys)} keys",
            "give one per key, empty if missing, with a point as decimal sign",
        )
        return None
    try:
        return np.array([float(cell) if cell else math.nan for cell in cells])
    except ValueError:
        for key, cell in zip(keys, cells, strict=True):
            if cell and not _is_number(cell):
                problems.add(
                    f"{place}, column {key}",
                    f"{cell!r} is not a number",
                    "give a number, or leave the cell empty if it is missing",
                )
        return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
