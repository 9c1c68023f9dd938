from collections.abc import Mapping
from datetime import UTC, date, datetime
from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.kpi.result import Withheld
from models.kpi_history import ADDED, DTYPES, NOT_WITHHELD, WITHHELD, KpiColumns
from service.replay.errors import HistoryFileError
from service.replay.history import read_history, write_history
from service.replay.table import read_table, write_table

START = round(datetime(2025, 10, 31, 23, tzinfo=UTC).timestamp()) * 1_000_000
YEAR_US = 365 * 86_400_000_000
NAMED = (("pue", "12months"), ("wue", "month"), ("noise_emergence_night", "last_night"))
Array = NDArray[np.generic]
# Within the bounds of each pair of NAMED.
VALUES = (st.floats(1.0, 1e9), st.floats(0.0, 1e9), st.floats(-130.0, 130.0))
SPREAD = st.one_of(st.just(nan), st.floats(0.0, 1e9))


def history(rows: list[tuple[int, int, float, float]]) -> KpiColumns:
    """Rows of site, pair of KPI and window, value and uncertainty."""
    site, pair, value, uncertainty = zip(*rows, strict=True) if rows else ((), (), (), ())
    return KpiColumns.of_rows(
        sites=("aube", "brume, « du soir »") if rows else (),
        kpis=tuple(kpi for kpi, _ in NAMED) if rows else (),
        windows=tuple(window for _, window in NAMED) if rows else (),
        site=site,
        kpi=pair,
        window=pair,
        on=[date(2026, 10, 31).toordinal()] * len(rows),
        start_us=[START + n for n in range(len(rows))],
        end_us=[START + YEAR_US] * len(rows),
        value=value,
        expanded_uncertainty=uncertainty,
        coverage_ratio=[0.97] * len(rows),
        origin=[n % 4 for n in range(len(rows))],
        numerator=[nan] * len(rows),
        withheld=[n % len(WITHHELD) if isnan(one) else NOT_WITHHELD for n, one in enumerate(value)],
        doubtful=[n % 2 == 0 for n in range(len(rows))],
        closed=[n % 3 == 1 for n in range(len(rows))],
        category=[n % 4 for n in range(len(rows))],
    )


def told(columns: KpiColumns) -> list[tuple[object, ...]]:
    """Each row by its names, so that the order of names does not matter."""
    return [
        (
            columns.sites[columns.site[n]],
            columns.kpis[columns.kpi[n]],
            columns.windows[columns.window[n]],
            *(
                repr(getattr(columns, name)[n])
                for name in DTYPES
                if name not in {"site", "kpi", "window"}
            ),
        )
        for n in range(len(columns))
    ]


ROWS = st.lists(
    st.integers(0, 2).flatmap(
        lambda pair: st.tuples(
            st.integers(0, 1), st.just(pair), st.just(nan) | VALUES[pair], SPREAD
        )
    ),
    max_size=6,
)


@given(rows=ROWS)
@settings(max_examples=30, deadline=None)
def test_a_history_comes_back_as_it_was(
    rows: list[tuple[int, int, float, float]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, columns = tmp_path_factory.mktemp("history"), history(rows)
    write_history(folder / "h.npz", columns)
    write_table(folder / "h.csv", columns)
    assert told(read_history(folder / "h.npz")) == told(columns)
    assert told(read_table(folder / "h.csv")) == told(columns)
    assert sorted(one.name for one in folder.iterdir()) == ["h.csv", "h.npz"]


def test_the_table_reads_like_a_table(tmp_path: Path) -> None:
    write_table(tmp_path / "h.csv", history([(0, 0, 1.3, nan)]))
    header, row = (tmp_path / "h.csv").read_text(encoding="utf-8").splitlines()
    assert header == (
        "site,kpi,window,on,start,end,value,expanded_uncertainty,coverage_ratio,origin,numerator,"
        "withheld,doubtful,closed,category"
    )
    assert row == (
        "aube,pue,12months,2026-10-31,2025-10-31T23:00:00+00:00,2026-10-31T23:00:00+00:00,"
        "1.3,,0.97,measured,,,true,false,"
    )


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (",1.3,", ',"1,3",', "line 2, value: '1,3' cannot be read; write a number"),
        (",2026-10-31,", ",31/10/2026,", "line 2, on: '31/10/2026' cannot be read; write a day"),
        ("2025-10-31T23:00:00+00:00", "2025-10-31T23:00:00", "line 2, start: .*with its offset"),
        ("measured", "guessed", "line 2, origin: 'guessed' cannot be read; use one of measured"),
        ("aube", "", "line 2, site: '' cannot be read; write its name"),
        (",pue,", ",peu,", "there is no KPI 'peu'; use one of pue"),
        (",12months,", ",last_night,", "pue is not given for the window 'last_night'"),
        ("expanded_uncertainty", "u", "it has no column expanded_uncertainty"),
        (
            ",true,",
            ",perhaps,",
            "line 2, doubtful: 'perhaps' cannot be read; use one of false, true",
        ),
        (",measured,,,", ",measured,,broken,", "line 2, withheld: .*use one of low_coverage"),
        (",measured,,,", ",measured,,no_data,", "row 0 has a value, and says that it is withheld"),
        (
            ",1.3,",
            ",0.5,",
            "line 2: value of pue is 0.5 ratio, which is impossible: it is at least 1",
        ),
        (
            ",0.97,",
            ",97,",
            "coverage_ratio of pue is 97 ratio, .* and 1; give it in ratio, where 1 is",
        ),
        (",1.3,,", ",1.3,-1,", "line 2: expanded_uncertainty of pue is -1 ratio"),
        (",1.3,,", ",inf,,", "line 2: value of pue is inf ratio"),
        ("2025-10-31T23", "2027-10-31T23", "the window of row 0 ends before it starts"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_with_its_place_and_the_remedy(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    path = tmp_path / "h.csv"
    write_table(path, history([(0, 0, 1.3, nan)]))
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(HistoryFileError, match=problem) as caught:
        read_table(path)
    assert caught.value.path == path


def test_a_file_that_is_no_history_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "h.npz"
    for content in (b"", b"PK\x03\x04 not really", b"\x80\x04N."):
        path.write_bytes(content)
        with pytest.raises(HistoryFileError, match=r"h\.npz: .*write it anew"):
            read_history(path)
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(HistoryFileError, match="it is one array"):
        read_history(path)
    path.unlink()
    with pytest.raises(HistoryFileError, match="there is no such file; check the path"):
        read_history(path)
    with pytest.raises(HistoryFileError, match="cannot be read"):
        read_table(path)


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "h.npz"
    arrays = arrays_of(tmp_path)
    save(path, arrays | {"sites": np.array(["aube"], dtype=object)})
    with pytest.raises(HistoryFileError, match=r"no \.npz of plain arrays"):
        read_history(path)


@pytest.mark.parametrize(
    ("name", "array", "problem"),
    [
        ("format", np.array(4), "its format is not 3"),
        ("format", np.array([2, 2]), "its format is not 3"),
        ("withheld", np.array([9], np.int8), "withheld of row 0 names no reason"),
        ("withheld_reasons", np.array(["no_wish"]), "no_wish"),
        ("value", np.array([0.5]), "row 0: value of pue is 0.5 ratio.*at least 1"),
        ("value", np.zeros(1, np.float32), "value is float32, not float64"),
        ("value", np.zeros(2), "one length"),
        ("site", np.array([7], np.int32), "site of row 0 is 7"),
        ("kpis", np.array(["peu"]), "there is no KPI 'peu'"),
    ],
)
def test_arrays_that_make_no_history_are_refused(
    tmp_path: Path,
    name: str,
    array: Array,
    problem: str,
) -> None:
    path = tmp_path / "h.npz"
    save(path, arrays_of(tmp_path) | {name: array})
    with pytest.raises(HistoryFileError, match=problem):
        read_history(path)


def test_a_missing_array_is_named(tmp_path: Path) -> None:
    path, arrays = tmp_path / "h.npz", arrays_of(tmp_path)
    del arrays["numerator"]
    save(path, arrays)
    with pytest.raises(HistoryFileError, match="it has no numerator"):
        read_history(path)


def test_a_history_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path, columns = tmp_path / "h.npz", history([(0, 0, 1.3, 0.02)])
    write_history(path, columns)
    unknown = KpiColumns.concat([columns, columns])
    object.__setattr__(unknown, "kpis", ("peu",))
    with pytest.raises(HistoryFileError, match="there is no KPI 'peu'"):
        write_history(path, unknown)
    assert told(read_history(path)) == told(columns)
    with pytest.raises(HistoryFileError, match="cannot be written"):
        write_history(tmp_path / "none" / "h.npz", columns)
    with pytest.raises(HistoryFileError, match="cannot be written"):
        write_table(tmp_path / "none" / "h.csv", columns)


def save(path: Path, arrays: Mapping[str, Array]) -> None:
    np.savez(path, allow_pickle=True, **arrays)


def arrays_of(folder: Path) -> dict[str, Array]:
    write_history(folder / "sound.npz", history([(0, 0, 1.3, 0.02)]))
    with np.load(folder / "sound.npz") as file:
        return {name: file[name] for name in file.files}


def test_a_code_means_the_reason_that_the_file_names(tmp_path: Path) -> None:
    """Reasons may be added and moved between versions."""
    path, arrays = tmp_path / "h.npz", arrays_of(tmp_path)
    names = np.array([one.value for one in reversed(WITHHELD)])
    code = np.array([names.tolist().index("no_meter")], np.int8)
    save(path, arrays | {"withheld_reasons": names, "withheld": code, "value": np.array([nan])})
    assert read_history(path).result(0).withheld is Withheld.NO_METER


def test_older_histories_are_read_without_doubts_and_closed_periods(tmp_path: Path) -> None:
    path, arrays = tmp_path / "h.npz", arrays_of(tmp_path)
    old = {name: array for name, array in arrays.items() if name not in ADDED}
    del old["withheld_reasons"]
    write_table(tmp_path / "h.csv", history([(0, 0, nan, nan)]))
    lines = (tmp_path / "h.csv").read_text(encoding="utf-8").splitlines()
    cut = "\n".join(",".join(line.split(",")[: -len(ADDED)]) for line in lines)
    (tmp_path / "h.csv").write_text(cut, encoding="utf-8")
    save(path, old | {"format": np.array(1), "value": np.array([nan])})
    for read in (read_history(path), read_table(tmp_path / "h.csv")):
        result = read.result(0)
        assert result.withheld is Withheld.LOW_COVERAGE
        assert (result.doubts, result.window.closed) == ((), False)
    save(path, old)
    with pytest.raises(
        HistoryFileError, match="it has no category, closed, doubtful, withheld, withheld_re"
    ):
        read_history(path)
