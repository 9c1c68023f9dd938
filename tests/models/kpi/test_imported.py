"""What a figure owes to imported files."""

from datetime import UTC, datetime, timedelta

import pytest

from models.kpi.imported import document, imported_window, with_origin
from models.kpi.result import KpiResult
from models.readings import Origin, Window

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
RESULT = KpiResult(
    kpi="pue",
    window=Window(name="day", start=START, end=START + DAY),
    unit="ratio",
    value=1.2,
    expanded_uncertainty=0.01,
    coverage_ratio=1.0,
)


def file(first: datetime, last: datetime, name: str = "a.csv") -> Window:
    return imported_window(name, "5cfb1683ff5206753ddf1f73", first, last)


@pytest.mark.parametrize(
    ("first", "last", "imported"),
    [
        (START - DAY, START - timedelta(microseconds=1), False),
        # Its last reading is the first of the period.
        (START - DAY, START, True),
        (START + DAY / 2, START + DAY / 2, True),
        (START - DAY, START + 2 * DAY, True),
        (START + DAY - timedelta(microseconds=1), START + 2 * DAY, True),
        (START + DAY, START + 2 * DAY, False),
    ],
)
def test_a_figure_is_imported_where_any_reading_of_it_may_be(
    first: datetime, last: datetime, imported: bool
) -> None:
    result = with_origin(RESULT, [file(first, last)])

    assert result.origin is (Origin.IMPORTED if imported else Origin.MEASURED)
    assert result.documents == (("a.csv (SHA-256 5cfb1683ff52…)",) if imported else ())


def test_the_newest_files_are_named_each_once() -> None:
    files = [file(START, START + DAY, f"{n}.csv") for n in range(12)]

    named = with_origin(RESULT, [*files, files[3]]).documents

    assert len(named) == 8
    assert [one.partition(" ")[0] for one in named[:3]] == ["3.csv", "11.csv", "10.csv"]


def test_a_document_without_a_hash_is_its_name() -> None:
    assert document("report of 3 November", None) == "report of 3 November"
