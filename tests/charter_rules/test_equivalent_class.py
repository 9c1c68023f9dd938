"""The European classes as words: at their bounds, with uncertainty, and never as a label."""

from datetime import UTC, datetime

import pytest

from charter_rules.equivalent_class import class_of, equivalent_class, eu_classes
from models.kpi.result import KpiResult
from models.readings import Window

# C(2026) 3472 final, Annex I, as quoted by secondary records: upper bound of each class.
PUE = {"A": 1.15, "B": 1.25, "C": 1.35, "D": 1.5, "E": 1.7, "F": 1.9}
WUE = {"A": 0.1, "B": 0.2, "C": 0.4, "D": 0.6, "E": 0.8, "F": 1.0}


def annual(kpi: str, value: float | None, u: float | None) -> KpiResult:
    window = Window(
        name="12months",
        start=datetime(2025, 1, 1, tzinfo=UTC),
        end=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return KpiResult(
        kpi=kpi,
        window=window,
        unit="ratio",
        value=value,
        expanded_uncertainty=u,
        coverage_ratio=1.0,
    )


@pytest.mark.parametrize(("kpi", "bounds"), [("pue", PUE), ("wue", WUE)])
def test_a_class_ends_at_its_bound(kpi: str, bounds: dict[str, float]) -> None:
    letters = [*bounds, "G"]

    for place, (letter, top) in enumerate(bounds.items()):
        assert class_of(kpi, top) == letter
        assert class_of(kpi, top + 1e-9) == letters[place + 1]
    assert dict(eu_classes().bounds[kpi]) == bounds


def test_the_sentence_names_the_text_and_its_status() -> None:
    told = equivalent_class(annual("pue", 1.31, 0.01), "en")

    assert told == (
        "equivalent class C by C(2026) 3472 final, annexe I "
        "(EU text adopted, not in force; read in a secondary source)"
    )
    assert "classe équivalente C selon" in equivalent_class(annual("pue", 1.31, 0.01), "fr")


def test_a_figure_near_a_bound_may_be_in_either_class() -> None:
    assert "class C or D by" in equivalent_class(annual("pue", 1.345, 0.01), "en")


@pytest.mark.parametrize(("kpi", "value"), [("erf", 0.3), ("pue", None)])
def test_nothing_is_said_where_the_rating_says_nothing(kpi: str, value: float | None) -> None:
    assert equivalent_class(annual(kpi, value, 0.01), "fr") == ""
