"""Files of past readings as arrays: the ``.npz`` and the wide ``.csv`` form.

``.npz``: ``ts_us`` int64[n] (UTC microseconds), ``keys`` str[m], ``values`` float64[n, m],
NaN for missing. ``.csv``: header ``ts,<key>,<key>…`` with ISO 8601 times with offset, or
``ts_us,<key>,…`` with microseconds; plain decimal numbers, an empty cell for missing.
Values are in the canonical unit of the point's quantity.
"""

import os
import stat
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path
from typing import Final, TypeAlias

from service.storage.import_csv import MAX_CSV_BYTES, load_csv
from service.storage.import_npz import MAX_NPZ_BYTES, load_npz
from service.storage.import_table import ProblemList, WideTable

_Loader: TypeAlias = Callable[[BufferedReader, ProblemList], WideTable | None]
_LOADERS: Final[dict[str, tuple[_Loader, int]]] = {
    ".npz": (load_npz, MAX_NPZ_BYTES),
    ".csv": (load_csv, MAX_CSV_BYTES),
}


def load_table(path: Path) -> WideTable:
    """Read a file of past readings; its size is looked at first.

    Raises
    ------
    ImportRefusedError
        With what is wrong in the form of the file.
    """
    problems = ProblemList(path.name)
    table = None
    try:
        table = _load(path, problems)
    except OSError as exc:
        problems.add("file", exc.strerror or str(exc), "check its path and permissions")
    problems.refuse_if_any()
    if table is None:
        msg = f"{path.name}: a loader must return a table or name a problem"
        raise AssertionError(msg)
    return table


def _load(path: Path, problems: ProblemList) -> WideTable | None:
    form = path.suffix.lower()
    if form not in _LOADERS:
        problems.add("file", f"the ending {path.suffix!r} is not known", "use .npz or .csv")
        return None
    load, most_bytes = _LOADERS[form]
    # Before it is opened: a pipe would be waited for, a device never ends.
    if not stat.S_ISREG(path.stat().st_mode):
        problems.add("file", "it is no ordinary file", "name a file on disk")
        return None
    with path.open("rb") as file:
        before = os.fstat(file.fileno())
        if before.st_size > most_bytes:
            problems.add(
                "file",
                f"it has {before.st_size} bytes, more than the {most_bytes} bytes "
                f"({most_bytes >> 20} MiB) that are read of a {form}",
                "cut it by time into several files",
            )
            return None
        table = load(file, problems)
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        problems.add("file", "it changed while it was read", "import it when it is written")
    return table
