"""A history of KPIs as one ``.npz`` of plain arrays; ``table.py`` has it for a spreadsheet."""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import numpy as np
from numpy.typing import NDArray

from charter_rules.law.kpis import KPIS
from models.kpi.result import Withheld
from models.kpi_history import ADDED, DTYPES, NOT_WITHHELD, WITHHELD, KpiColumns
from service.replay.errors import HistoryFileError

_FORMAT: Final = 3
# What histories of an earlier format do not say; those of the first give no reasons either.
_LACKS: Final = {1: ADDED, 2: frozenset({"category"}), _FORMAT: frozenset[str]()}
_REASONS: Final = "withheld_reasons"
_NOT_PERCENT: Final = {"ratio": ", where 1 is 100 %"}
# What the sum of a coverage may round to.
_ROUNDING: Final = 1e-9
_NAMES: Final = ("sites", "kpis", "windows")
_ANEW: Final = "write it anew with the version of Boucle that reads it"


def _row(row: int) -> str:
    return f"row {row}"


def write_history(path: Path, columns: KpiColumns) -> None:
    """Write a history, whole or not at all.

    Raises
    ------
    HistoryFileError
        If a KPI or window is none a rule may name, or the place cannot be written.
    """
    check(path, columns)
    arrays: dict[str, NDArray[np.generic]] = {name: getattr(columns, name) for name in DTYPES}
    arrays["format"] = np.array(_FORMAT)
    arrays |= {name: np.array(getattr(columns, name), dtype=np.str_) for name in _NAMES}
    arrays[_REASONS] = np.array([one.value for one in WITHHELD], dtype=np.str_)
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
    written = arrays["format"].tolist() if "format" in arrays else _FORMAT
    if not isinstance(written, int) or written not in _LACKS:
        raise HistoryFileError(path, f"its format is not {_FORMAT}", _ANEW)
    kinds = {name: kind for name, kind in DTYPES.items() if name not in _LACKS[written]}
    has_reasons = "withheld" in kinds
    asked = {"format", *_NAMES, *kinds, *([_REASONS] if has_reasons else [])}
    missing = sorted(asked - arrays.keys())
    if missing:
        raise HistoryFileError(path, f"it has no {', '.join(missing)}", _ANEW)
    for name, kind in kinds.items():
        if arrays[name].dtype != kind:
            problem = f"{name} is {arrays[name].dtype}, not {np.dtype(kind)}"
            raise HistoryFileError(path, problem, _ANEW)
    try:
        if has_reasons:
            codes = arrays["withheld"].astype(np.int8)
            arrays["withheld"] = _reasons_of_today(codes, arrays[_REASONS].tolist())
        columns = KpiColumns.of_rows(
            sites=tuple(arrays["sites"].tolist()),
            kpis=tuple(arrays["kpis"].tolist()),
            windows=tuple(arrays["windows"].tolist()),
            **{name: arrays[name] for name in kinds},
        )
    except ValueError as error:
        raise HistoryFileError(path, str(error), _ANEW) from error
    check(path, columns)
    return columns


def _reasons_of_today(withheld: NDArray[np.int8], reasons: Sequence[str]) -> NDArray[np.int8]:
    """The codes of a file, by the names it gives them, as the codes of this version.

    Raises
    ------
    ValueError
        If a name is none of this version, or a code names nothing.
    """
    code_of = np.array([*(WITHHELD.index(Withheld(one)) for one in reasons), NOT_WITHHELD], np.int8)
    wrong = (withheld < NOT_WITHHELD) | (withheld >= len(reasons))
    if np.any(wrong):
        msg = f"withheld of row {int(np.argmax(wrong))} names no reason"
        raise ValueError(msg)
    return code_of[withheld]


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


def check(path: Path, columns: KpiColumns, place_of: Callable[[int], str] = _row) -> None:
    """Refuse what no rule can name, which would be passed over in silence, and the impossible.

    Raises
    ------
    HistoryFileError
        With the KPI or window that is unknown, or the first row whose figures are not physical.
    """
    _check_names(path, columns)
    _check_bounds(path, columns, place_of)


def _check_bounds(path: Path, columns: KpiColumns, place_of: Callable[[int], str]) -> None:
    """An index in percent, or a figure of another KPI, must not come out as a verdict."""
    lower = np.array([KPIS[kpi].lower for kpi in columns.kpis])
    upper = np.array([KPIS[kpi].upper for kpi in columns.kpis])
    for name, least, most in (
        ("value", lower[columns.kpi], upper[columns.kpi]),
        ("coverage_ratio", 0.0, 1.0 + _ROUNDING),
        ("expanded_uncertainty", 0.0, np.inf),
    ):
        column = getattr(columns, name)
        # NaN is not known, which is allowed; infinity is no figure.
        wrong = (column < least) | (column > most) | np.isinf(column)
        if not wrong.any():
            continue
        row = int(np.argmax(wrong))
        kpi = columns.kpis[columns.kpi[row]]
        low, high = (float(np.broadcast_to(one, column.shape)[row]) for one in (least, most))
        unit = KPIS[kpi].unit if name != "coverage_ratio" else "ratio"
        problem = (
            f"{place_of(row)}: {name} of {kpi} is {float(column[row]):g} {unit}, "
            f"which is impossible: it is {_told(low, high)}"
        )
        raise HistoryFileError(path, problem, f"give it in {unit}{_NOT_PERCENT.get(unit, '')}")


def _told(low: float, high: float) -> str:
    return f"at least {low:g}" if high == np.inf else f"between {low:g} and {high:g}"


def _check_names(path: Path, columns: KpiColumns) -> None:
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
