"""The demo's table: a withheld or doubtful figure never passes."""

from typing import Any

import pytest

from service.demo.report import Comparison, table


def comparison(**changes: Any) -> Comparison:
    values: dict[str, Any] = {
        "kpi": "pue",
        "window": "today",
        "unit": "ratio",
        "measured": 1.40,
        "expanded_uncertainty": 0.01,
        "truth": 1.405,
        "coverage_ratio": 1.0,
        "withheld": None,
    }
    return Comparison(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "agrees"),
    [
        ({}, True),
        ({"truth": 1.42}, False),
        ({"measured": None, "withheld": "no_data"}, False),
        ({"expanded_uncertainty": None}, False),
    ],
)
def test_only_a_truth_inside_the_stated_uncertainty_agrees(
    changes: dict[str, Any], agrees: bool
) -> None:
    assert comparison(**changes).agrees is agrees


def test_the_table_says_what_is_withheld_and_what_lies_outside() -> None:
    text = table(
        [comparison(), comparison(measured=None, withheld="no_data"), comparison(truth=1.412)]
    )

    assert "1.4000 ± 0.0100" in text
    assert "withheld: no_data" in text
    assert text.count("WRONG") == 1
    assert text.count("outside") == 1


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"truth": 1.412}, False),  # beyond k = 2, within k = 3
        ({"truth": 1.416}, True),
        ({"measured": None, "withheld": "no_data"}, True),
        ({"expanded_uncertainty": None}, True),
        ({"measured": 0.0, "truth": 0.0, "expanded_uncertainty": 0.0}, False),
    ],
)
def test_what_no_sound_meter_explains_is_wrong(changes: dict[str, Any], wrong: bool) -> None:
    assert comparison(**changes).is_wrong is wrong
