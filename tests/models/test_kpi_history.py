from datetime import UTC, date, datetime
from math import nan

import numpy as np
import pytest

from models.kpi.result import DoubtReason, Withheld
from models.kpi_history import DTYPES, NOT_WITHHELD, WITHHELD, KpiColumns
from models.readings import Origin, Quality

START, END = datetime(2025, 11, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
ON = date(2026, 10, 31)


def columns(of_site: str = "aube", of_kpi: str = "pue", /, **changed: list[float]) -> KpiColumns:
    cells: dict[str, list[float]] = {
        "site": [0, 0],
        "kpi": [0, 0],
        "window": [0, 0],
        "on": [ON.toordinal(), ON.toordinal() - 1],
        "start_us": [START.timestamp() * 1e6] * 2,
        "end_us": [END.timestamp() * 1e6] * 2,
        "value": [1.3, nan],
        "expanded_uncertainty": [0.02, nan],
        "coverage_ratio": [0.99, 0.4],
        "origin": [Origin.IMPORTED, Origin.MEASURED],
        "numerator": [1300.0, nan],
    }
    return KpiColumns.of_rows(
        sites=(of_site,), kpis=(of_kpi,), windows=("12months",), **(cells | changed)
    )


def test_a_row_becomes_the_result_it_was_made_of() -> None:
    result = columns().result(0, unit="ratio")
    assert (result.kpi, result.unit, result.value) == ("pue", "ratio", 1.3)
    assert result.expanded_uncertainty == 0.02
    assert (result.window.name, result.window.start, result.window.end) == ("12months", START, END)
    assert result.coverage_ratio == 0.99
    assert result.origin is Origin.IMPORTED
    assert result.numerator == 1300.0
    assert result.withheld is None


@pytest.mark.parametrize(
    ("coverage", "why"),
    [(0.0, Withheld.NO_DATA), (0.4, Withheld.LOW_COVERAGE), (1.0, Withheld.IMPOSSIBLE)],
)
def test_a_row_without_a_value_is_withheld_and_never_zero(coverage: float, why: Withheld) -> None:
    result = columns(coverage_ratio=[1.0, coverage]).result(1)
    assert result.value is None
    assert result.expanded_uncertainty is None
    assert result.numerator is None
    assert result.withheld is why


def test_a_row_keeps_why_it_is_withheld_what_is_in_doubt_and_what_is_closed() -> None:
    no_meter = float(WITHHELD.index(Withheld.NO_METER))
    told = columns(withheld=[NOT_WITHHELD, no_meter], doubtful=[1.0, 0.0], closed=[1.0, 0.0])
    shown, away = told.result(0), told.result(1)
    assert (shown.withheld, away.withheld) == (None, Withheld.NO_METER)
    assert [one.reason for one in shown.doubts] == [DoubtReason.NOT_RECORDED]
    assert shown.quality is Quality.UNCERTAIN
    assert away.doubts == ()
    assert (shown.window.closed, away.window.closed) == (True, False)


def test_a_value_that_is_withheld_and_there_is_refused() -> None:
    with pytest.raises(ValueError, match="row 0 has a value, and says that it is withheld"):
        columns(withheld=[0.0, 0.0])
    with pytest.raises(ValueError, match="withheld of row 1 is 9"):
        columns(withheld=[-1.0, 9.0])


def test_columns_of_different_length_are_refused_with_their_lengths() -> None:
    with pytest.raises(ValueError, match=r"one length, got .*value \(1,\)"):
        columns(value=[1.0])


@pytest.mark.parametrize("name", ["site", "kpi", "window", "origin"])
@pytest.mark.parametrize("index", [-1, 9])
def test_an_index_that_names_nothing_is_refused_with_its_row(name: str, index: int) -> None:
    with pytest.raises(ValueError, match=f"{name} of row 1 is {index}"):
        columns(**{name: [0.0, float(index)]})


def test_a_window_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="window of row 1 ends before it starts"):
        columns(end_us=[END.timestamp() * 1e6, START.timestamp() * 1e6 - 1])


def test_a_missing_or_unknown_column_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="unknown: weather"):
        columns(weather=[1, 2])


def test_joined_histories_keep_every_row_under_its_own_names() -> None:
    parts = [columns("aube", "pue"), columns("brume", "wue"), columns("aube", "erf")]
    whole = KpiColumns.concat(parts)
    assert (whole.sites, whole.kpis, whole.windows) == (
        ("aube", "brume"),
        ("pue", "wue", "erf"),
        ("12months",),
    )
    assert [whole.sites[n] for n in whole.site] == ["aube"] * 2 + ["brume"] * 2 + ["aube"] * 2
    assert [whole.kpis[n] for n in whole.kpi] == ["pue"] * 2 + ["wue"] * 2 + ["erf"] * 2
    for name, kind in DTYPES.items():
        assert getattr(whole, name).dtype == kind, name
    aube = whole.of_site("aube")
    assert len(aube) == 4
    assert {aube.result(row).kpi for row in range(4)} == {"pue", "erf"}


def test_a_site_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="no site 'crue' in the history; it has aube"):
        columns().of_site("crue")


def test_a_mask_keeps_its_rows_alone() -> None:
    kept = columns().where(np.array([False, True]))
    assert len(kept) == 1
    assert np.isnan(kept.value[0])
