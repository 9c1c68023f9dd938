"""The class of the European rating: right letter, in words, and never as a verdict or a label."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter_rules.law.kpis import KPIS
from charter_rules.law.loader import load_library
from charter_rules.law.schema import ParameterShape
from charter_rules.wording.english import ENGLISH
from charter_rules.wording.equivalent_class import ClassScale, class_scale, told_class
from charter_rules.wording.french import FRENCH
from charter_rules.wording.language import Wording
from models.kpi.result import KpiResult, Withheld
from models.readings import Origin, Window

TODAY = date(2026, 11, 21)
END = datetime(2026, 11, 21, tzinfo=UTC)
PARAMETERS: dict[str, ParameterShape] = {
    name: sheet.shape for name, sheet in load_library().parameters.sheets.items()
}


def scale(kpi: str = "pue") -> ClassScale:
    found = class_scale(kpi, PARAMETERS, TODAY)
    assert found is not None
    return found


def result(value: float | None, uncertainty: float | None = 0.0, kpi: str = "pue") -> KpiResult:
    return KpiResult(
        kpi=kpi,
        window=Window(name="12months", start=END - timedelta(days=365), end=END),
        unit=KPIS[kpi].unit,
        value=value,
        expanded_uncertainty=uncertainty,
        coverage_ratio=1.0,
        withheld=Withheld.NO_DATA if value is None else None,
        origin=Origin.MEASURED,
    )


def told(one: KpiResult, wording: Wording = ENGLISH) -> str:
    return told_class(scale(one.kpi), one, wording).replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("kpi", "value", "letter", "place"),
    [
        ("pue", 1.0, "A", "up to 1.15"),
        ("pue", 1.15, "A", "up to 1.15"),
        ("pue", 1.1501, "B", "above 1.15, up to 1.25"),
        ("pue", 1.25, "B", "above 1.15, up to 1.25"),
        ("pue", 1.35, "C", "above 1.25, up to 1.35"),
        ("pue", 1.5, "D", "above 1.35, up to 1.5"),
        ("pue", 1.7, "E", "above 1.5, up to 1.7"),
        ("pue", 1.9, "F", "above 1.7, up to 1.9"),
        ("pue", 1.9001, "G", "above 1.9"),
        ("wue_fresh", 0.0, "A", "up to 0.1 L/kWh"),
        ("wue_fresh", 0.1, "A", "up to 0.1 L/kWh"),
        ("wue_fresh", 0.2, "B", "above 0.1 L/kWh, up to 0.2 L/kWh"),
        ("wue_fresh", 0.4, "C", "above 0.2 L/kWh, up to 0.4 L/kWh"),
        ("wue_fresh", 0.6, "D", "above 0.4 L/kWh, up to 0.6 L/kWh"),
        ("wue_fresh", 0.8, "E", "above 0.6 L/kWh, up to 0.8 L/kWh"),
        ("wue_fresh", 1.0, "F", "above 0.8 L/kWh, up to 1 L/kWh"),
        ("wue_fresh", 1.0001, "G", "above 1 L/kWh"),
    ],
)
def test_a_bound_belongs_to_the_better_class(
    kpi: str, value: float, letter: str, place: str
) -> None:
    assert f"of class {letter} ({place})." in told(result(value, kpi=kpi))


def test_an_uncertainty_that_crosses_a_bound_names_both_classes() -> None:
    assert "of class B or C: the uncertainty, ± 0.020" in told(result(1.25, 0.02))
    assert "of class B (above" in told(result(1.23, 0.02))
    assert "of class B or C or D" in told(result(1.3, 0.1))


def test_an_unknown_uncertainty_is_said() -> None:
    assert "of class C (above 1.25, up to 1.35), of unknown uncertainty." in told(result(1.3, None))


def test_the_sentence_says_that_it_is_neither_a_limit_nor_the_label_nor_law() -> None:
    english, french = told(result(1.3)), told(result(1.3), FRENCH)

    assert "A class is not a limit" in english
    assert "not the European label" in english
    assert "adopted, not in force; read in a secondary source" in english
    assert "un PUE de 1,300 serait dans la plage de la classe C" in french
    assert "au-dessus de 1,25, jusqu'à 1,35" in french.replace("’", "'")
    assert "pas en vigueur" in french


def test_no_value_has_no_class() -> None:
    assert told(result(None)) == ""
    assert told(result(float("nan"))) == ""


def test_the_water_that_the_rating_counts_is_fresh_water() -> None:
    with pytest.raises(ValueError, match="no classes for wue: use one of pue, wue_fresh"):
        class_scale("wue", PARAMETERS, TODAY)


def test_another_result_than_the_yearly_one_is_refused() -> None:
    month = result(1.3)
    month = replace(month, window=replace(month.window, name="month"))

    with pytest.raises(ValueError, match="over month"):
        told_class(scale(), month, ENGLISH)
    with pytest.raises(ValueError, match="was asked of wue_fresh"):
        told_class(scale(), result(0.2, kpi="wue_fresh"), ENGLISH)


def test_without_a_table_there_is_no_scale() -> None:
    name = "eu_rating_pue"
    bare = {
        day: one.model_copy(update={"brackets": None})
        for day, one in PARAMETERS[name].values.items()
    }
    without = {key: one for key, one in PARAMETERS.items() if key != name}

    assert class_scale("pue", without, TODAY) is None
    without[name] = PARAMETERS[name].model_copy(update={"values": bare})
    assert class_scale("pue", without, TODAY) is None


def test_bounds_follow_their_dates() -> None:
    name, later = "eu_rating_pue", date(2029, 1, 1)
    entry = next(iter(PARAMETERS[name].values.values()))
    stricter = entry.model_copy(update={"brackets": (entry.brackets or {}) | {"A": 1.1}})
    values = PARAMETERS[name].values | {later: stricter}
    amended = PARAMETERS | {name: PARAMETERS[name].model_copy(update={"values": values})}

    before = class_scale("pue", amended, date(2028, 12, 31))
    after = class_scale("pue", amended, later)

    assert before is not None
    assert after is not None
    assert (float(before.uppers[0]), float(after.uppers[0])) == (1.15, 1.1)


def test_no_rule_weighs_a_class() -> None:
    """A table by class stands where there is no figure to weigh."""
    tables = [
        entry
        for shape in PARAMETERS.values()
        for entry in shape.values.values()
        if entry.brackets is not None
    ]

    assert len(tables) == 2
    assert all(entry.value is None for entry in tables)


@given(
    low=st.floats(min_value=1.0, max_value=3.0),
    high=st.floats(min_value=1.0, max_value=3.0),
)
def test_a_better_figure_never_has_a_worse_class(low: float, high: float) -> None:
    def letter(value: float) -> str:
        return told(result(value)).partition("of class ")[2][0]

    assert letter(min(low, high)) <= letter(max(low, high))
