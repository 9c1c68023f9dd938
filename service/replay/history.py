"""A history of KPIs as one ``.npz`` of plain arrays; ``table.py`` has it for a spreadsheet."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import numpy as np
from numpy.typing import NDArray

from charter_rules.kpis import KPIS
from models.kpi_history import DTYPES, KpiColumns
from service.replay.errors import HistoryFileError

_FORMAT: Final = 1
_NAMES: Final = ("sites", "kpis", "windows")
_ANEW: Final = "write it anew with the version of Boucle that reads it"


def write_history(path: Path, columns: KpiColumns) -> None:
    """Write a history, whole or not at all.

    Raises
    ------
    HistoryFileError
        If a KPI or window is none a rule may name, or the place cannot be written.
    """
    check_names(path, columns)
    arrays: dict[str, NDArray[np.generic]] = {name: getattr(columns, name) for name in DTYPES}
    arrays["format"] = np.array(_FORMAT)
    arrays |= {name: np.array(getattr(columns, name), dtype=np.str_) for name in _NAMES}
    try:
        _write_whole(path, arrays)
    except OSError as error:
        raise HistoryFileError(
            path, f"cannot be written ({error})", "give another place"
        ) from error


def read_history(path: Path) -> KpiColumns:
    """Read what :func:`write_history` wrote.

    Raises
    ------
    HistoryFileError
        If the file is away, is no history, or holds what no history can hold.
    """
    arrays = _arrays(path)
    missing = sorted({"format", *_NAMES, *DTYPES} - arrays.keys())
    if missing:
        raise HistoryFileError(path, f"it has no {', '.join(missing)}", _ANEW)
    if arrays["format"].shape != () or arrays["format"].item() != _FORMAT:
        raise HistoryFileError(path, f"its format is not {_FORMAT}", _ANEW)
    for name, kind in DTYPES.items():
        if arrays[name].dtype != kind:
            problem = f"{name} is {arrays[name].dtype}, not {np.dtype(kind)}"
            raise HistoryFileError(path, problem, _ANEW)
    try:
        columns = KpiColumns.of_rows(
            sites=tuple(arrays["sites"].tolist()),
            kpis=tuple(arrays["kpis"].tolist()),
            windows=tuple(arrays["windows"].tolist()),
            **{name: arrays[name] for name in DTYPES},
        )
    except ValueError as error:
        raise HistoryFileError(path, str(error), _ANEW) from error
    check_names(path, columns)
    return columns


def _write_whole(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Beside its place first: a reader finds the old file or the new one, never half of one."""
    with NamedTemporaryFile(dir=path.parent, suffix=".npz", delete=False) as file:
        beside = Path(file.name)
        try:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        except BaseException:
            beside.unlink()
            raise
    beside.replace(path)


def check_names(path: Path, columns: KpiColumns) -> None:
    """Refuse a KPI or a window that no rule can name: its rows would be passed over in silence."""
    pairs = np.unique(np.stack([columns.kpi, columns.window]).astype(np.int64), axis=1)
    for kpi_at, window_at in pairs.T.tolist():
        kpi, window = columns.kpis[kpi_at], columns.windows[window_at]
        if kpi not in KPIS:
            known = ", ".join(KPIS)
            raise HistoryFileError(path, f"there is no KPI {kpi!r}", f"use one of {known}")
        if window not in KPIS[kpi].windows:
            known = ", ".join(KPIS[kpi].windows)
            problem = f"{kpi} is not given for the window {window!r}"
            raise HistoryFileError(path, problem, f"use one of {known}")


def _arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if not isinstance(loaded, np.lib.npyio.NpzFile):
                raise HistoryFileError(path, "it is one array, not a history", _ANEW)
            return {name: loaded[name] for name in loaded.files}
    except FileNotFoundError as error:
        raise HistoryFileError(path, "there is no such file", "check the path") from error
    except OSError as error:
        raise HistoryFileError(path, f"cannot be read ({error})", "check the file") from error
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        problem = f"it is no .npz of plain arrays ({error})"
        raise HistoryFileError(path, problem, _ANEW) from error
