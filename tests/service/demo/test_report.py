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
    text = table([comparison(), comparison(measured=None, withheld="no_data")])

    assert "1.4000 ± 0.0100" in text
    assert "withheld: no_data" in text
    assert text.count("OUTSIDE") == 1
