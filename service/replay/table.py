"""A history of KPIs as a table that a spreadsheet opens: names, ISO dates, empty for unknown."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import isnan, nan
from pathlib import Path
from typing import Final

from models.kpi.result import Withheld
from models.kpi_history import ADDED, NOT_WITHHELD, WITHHELD, KpiColumns
from models.legal_time.days import to_us
from models.readings import Origin
from service.replay.errors import HistoryFileError
from service.replay.history import check

_COLUMNS: Final = (
    "site",
    "kpi",
    "window",
    "on",
    "start",
    "end",
    "value",
    "expanded_uncertainty",
    "coverage_ratio",
    "origin",
    "numerator",
    "withheld",
    "doubtful",
    "closed",
    "category",
)
# Tables written before these columns were there do without.
_ASKED: Final = tuple(name for name in _COLUMNS if name not in ADDED)
_TRUTHS: Final = ("false", "true")
_CATEGORIES: Final = ("", "1", "2", "3")
_UNIX: Final = datetime(1970, 1, 1, tzinfo=UTC)


def write_table(path: Path, columns: KpiColumns) -> None:
    """Write a history as CSV; numbers come back as they were.

    Raises
    ------
    HistoryFileError
        If a KPI or window is none a rule may name, or the place cannot be written.
    """
    check(path, columns)
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            writer.writerows(_lines(columns))
    except OSError as error:
        raise HistoryFileError(
            path, f"cannot be written ({error})", "give another place"
        ) from error


def read_table(path: Path) -> KpiColumns:
    """Read a history from CSV.

    Raises
    ------
    HistoryFileError
        With the line and the column of the first cell that cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            given = [name for name in _COLUMNS if name in (reader.fieldnames or ())]
            missing = [name for name in _ASKED if name not in given]
            if missing:
                told = ", ".join(missing)
                raise HistoryFileError(path, f"it has no column {told}", "add it to the first line")
            rows = [_row(path, reader.line_num, cells, given) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise HistoryFileError(
            path, f"cannot be read ({error})", "save it as CSV in UTF-8, with commas"
        ) from error
    columns = _columns(path, rows, given)
    check(path, columns, lambda row: f"line {rows[row]['line']}")
    return columns


def _lines(columns: KpiColumns) -> Iterator[tuple[str, ...]]:
    for row in range(len(columns)):
        yield (
            columns.sites[columns.site[row]],
            columns.kpis[columns.kpi[row]],
            columns.windows[columns.window[row]],
            date.fromordinal(int(columns.on[row])).isoformat(),
            _iso(int(columns.start_us[row])),
            _iso(int(columns.end_us[row])),
            _text(float(columns.value[row])),
            _text(float(columns.expanded_uncertainty[row])),
            _text(float(columns.coverage_ratio[row])),
            Origin(int(columns.origin[row])).name.lower(),
            _text(float(columns.numerator[row])),
            _reason(int(columns.withheld[row])),
            _TRUTHS[bool(columns.doubtful[row])],
            _TRUTHS[bool(columns.closed[row])],
            str(int(columns.category[row]) or ""),
        )


def _reason(code: int) -> str:
    return "" if code == NOT_WITHHELD else WITHHELD[code].value


def _row(
    path: Path, line: int, cells: Mapping[str, str | None], given: Sequence[str]
) -> dict[str, str | float]:
    found: dict[str, str | float] = {"line": line}
    for name in given:
        text = (cells[name] or "").strip()
        try:
            found[name] = _read(name, text)
        except ValueError as error:
            raise HistoryFileError(
                path, f"line {line}, {name}: {text!r} cannot be read", str(error)
            ) from error
    return found


def _read(name: str, text: str) -> str | float:
    reader = _READERS.get(name)
    if reader is not None:
        return reader(text)
    if not text:
        msg = "write its name"
        raise ValueError(msg)
    return text


def _origin(text: str) -> int:
    if text.upper() not in Origin.__members__:
        msg = f"use one of {', '.join(one.name.lower() for one in Origin)}"
        raise ValueError(msg)
    return Origin[text.upper()].value


def _withheld(text: str) -> int:
    if text and text not in set(Withheld):
        msg = f"use one of {', '.join(Withheld)}, or nothing where there is a value"
        raise ValueError(msg)
    return WITHHELD.index(Withheld(text)) if text else NOT_WITHHELD


def _flag(text: str) -> bool:
    told = text.lower() or _TRUTHS[False]
    if told not in _TRUTHS:
        msg = f"use one of {', '.join(_TRUTHS)}"
        raise ValueError(msg)
    return told == _TRUTHS[True]


def _category(text: str) -> int:
    if text not in _CATEGORIES:
        msg = "use 1, 2 or 3, or nothing where none is known"
        raise ValueError(msg)
    return _CATEGORIES.index(text)


def _number(text: str) -> float:
    try:
        return float(text) if text else nan
    except ValueError as error:
        msg = "write a number with a decimal point, or nothing when it is not known"
        raise ValueError(msg) from error


def _day(text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError as error:
        msg = "write a day as 2026-10-31"
        raise ValueError(msg) from error


def _moment(text: str) -> int:
    msg = "write a time with its offset, as 2026-10-31T23:00:00+00:00"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(msg) from error
    if moment.tzinfo is None:
        raise ValueError(msg)
    return to_us(moment)


_READERS: Final[Mapping[str, Callable[[str], float]]] = {
    "on": _day,
    "start": _moment,
    "end": _moment,
    "value": _number,
    "expanded_uncertainty": _number,
    "coverage_ratio": _number,
    "origin": _origin,
    "numerator": _number,
    "withheld": _withheld,
    "doubtful": _flag,
    "closed": _flag,
    "category": _category,
}


def _columns(path: Path, rows: list[dict[str, str | float]], given: Sequence[str]) -> KpiColumns:
    names = {
        kind: tuple(dict.fromkeys(str(row[kind]) for row in rows))
        for kind in ("site", "kpi", "window")
    }
    place = {kind: {name: n for n, name in enumerate(known)} for kind, known in names.items()}
    indexed = {kind: [places[str(row[kind])] for row in rows] for kind, places in place.items()}
    try:
        return KpiColumns.of_rows(
            sites=names["site"],
            kpis=names["kpi"],
            windows=names["window"],
            **indexed,
            on=[float(row["on"]) for row in rows],
            start_us=[int(row["start"]) for row in rows],
            end_us=[int(row["end"]) for row in rows],
            value=[float(row["value"]) for row in rows],
            expanded_uncertainty=[float(row["expanded_uncertainty"]) for row in rows],
            coverage_ratio=[float(row["coverage_ratio"]) for row in rows],
            origin=[float(row["origin"]) for row in rows],
            numerator=[float(row["numerator"]) for row in rows],
            **{name: [float(row[name]) for row in rows] for name in given if name in ADDED},
        )
    except ValueError as error:
        raise HistoryFileError(path, str(error), "correct the line") from error


def _iso(ts_us: int) -> str:
    return (_UNIX + timedelta(microseconds=ts_us)).isoformat()


def _text(number: float) -> str:
    return "" if isnan(number) else repr(number)
