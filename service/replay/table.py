"""A history of KPIs as a table that a spreadsheet opens: names, ISO dates, empty for unknown."""

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from math import isnan, nan
from pathlib import Path
from typing import Final

from models.kpi_history import KpiColumns
from models.legal_time.days import to_us
from models.readings import Origin
from service.replay.errors import HistoryFileError
from service.replay.history import check_names

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
)
_NUMBERS: Final = ("value", "expanded_uncertainty", "coverage_ratio", "numerator")
_UNIX: Final = datetime(1970, 1, 1, tzinfo=UTC)


def write_table(path: Path, columns: KpiColumns) -> None:
    """Write a history as CSV; numbers come back as they were.

    Raises
    ------
    HistoryFileError
        If a KPI or window is none a rule may name, or the place cannot be written.
    """
    check_names(path, columns)
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
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                told = ", ".join(missing)
                raise HistoryFileError(path, f"it has no column {told}", "add it to the first line")
            rows = [_row(path, reader.line_num, cells) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise HistoryFileError(
            path, f"cannot be read ({error})", "save it as CSV in UTF-8, with commas"
        ) from error
    columns = _columns(path, rows)
    check_names(path, columns)
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
        )


def _row(path: Path, line: int, cells: Mapping[str, str | None]) -> dict[str, str | float]:
    found: dict[str, str | float] = {}
    for name in _COLUMNS:
        text = (cells[name] or "").strip()
        try:
            found[name] = _read(name, text)
        except ValueError as error:
            raise HistoryFileError(
                path, f"line {line}, {name}: {text!r} cannot be read", str(error)
            ) from error
    return found


def _read(name: str, text: str) -> str | float:
    if name in _NUMBERS:
        return _number(text)
    if name == "on":
        return _day(text)
    if name in {"start", "end"}:
        return _moment(text)
    if name == "origin":
        if text.upper() not in Origin.__members__:
            msg = f"use one of {', '.join(one.name.lower() for one in Origin)}"
            raise ValueError(msg)
        return Origin[text.upper()].value
    if not text:
        msg = "write its name"
        raise ValueError(msg)
    return text


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


def _columns(path: Path, rows: list[dict[str, str | float]]) -> KpiColumns:
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
        )
    except ValueError as error:
        raise HistoryFileError(path, str(error), "correct the line") from error


def _iso(ts_us: int) -> str:
    return (_UNIX + timedelta(microseconds=ts_us)).isoformat()


def _text(number: float) -> str:
    return "" if isnan(number) else repr(number)
