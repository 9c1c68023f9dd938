"""Heat pumps against textbooks, arithmetic, simulation and their laws."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.heat.heat_pump import (
    carnot_cop_ratio,
    carnot_fraction_ratio,
    cop_ratio,
)
from models.readings import FloatArray

ORACLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "oracles" / "heat_machines.json").read_text(encoding="utf-8")
)


def arr(*values: float) -> FloatArray:
    return np.array(values)


def test_every_case_names_its_source() -> None:
    for name, cases in ORACLES.items():
        for case in cases if isinstance(cases, list) else ():
            assert len(case["source"]) > 10, name
            assert case["reliability"] in {"S", "S2", "B", "D"}, name


@pytest.mark.parametrize("case", ORACLES["carnot_cop"])
def test_the_carnot_limit_is_that_of_the_books(case: dict[str, Any]) -> None:
    found = carnot_cop_ratio(arr(case["sink_degc"]), arr(case["source_degc"]))[0]

    assert found == pytest.approx(case["value"], abs=case["tolerance"])


@pytest.mark.parametrize("case", ORACLES["carnot_fraction"])
def test_the_carnot_fraction_is_that_of_the_book(case: dict[str, Any]) -> None:
    found = carnot_fraction_ratio(
        arr(case["cop"]), arr(case["sink_degc"]), arr(case["source_degc"])
    )

    assert found[0] == pytest.approx(case["value"], abs=case["tolerance"])


@pytest.mark.parametrize("case", ORACLES["machine"])
def test_the_cop_is_that_of_the_books(case: dict[str, Any]) -> None:
    assert cop_ratio(arr(case["warm"]), arr(case["electricity"]), 1e-3)[0] == pytest.approx(
        case["cop"], rel=1e-4
    )


@given(sink=st.floats(-40.0, 120.0), lift=st.floats(0.5, 100.0), fraction=st.floats(0.01, 1.0))
def test_no_cop_is_above_carnot(sink: float, lift: float, fraction: float) -> None:
    limit = carnot_cop_ratio(arr(sink), arr(sink - lift))

    assert limit[0] > 1.0
    found = carnot_fraction_ratio(fraction * 0.999 * limit, arr(sink), arr(sink - lift))[0]
    assert found == pytest.approx(0.999 * fraction)
    assert np.isnan(carnot_fraction_ratio(1.01 * limit, arr(sink), arr(sink - lift))[0])


@given(source=st.floats(-20.0, 40.0), lift=st.floats(1.0, 80.0), more=st.floats(0.1, 20.0))
def test_the_carnot_limit_falls_with_the_lift(source: float, lift: float, more: float) -> None:
    low, high = carnot_cop_ratio(arr(source + lift, source + lift + more), arr(source, source))

    assert high < low


def test_no_lift_no_limit() -> None:
    assert np.isnan(carnot_cop_ratio(arr(20.0, 20.0, np.nan), arr(20.0, 25.0, 0.0))).all()


def test_standing_defrosting_or_unknown_machines_have_no_cop() -> None:
    found = cop_ratio(
        arr(100.0, 5.0, -20.0, np.nan, 100.0, 0.0), arr(25.0, 0.5, 10.0, 10.0, np.nan, 10.0), 1.0
    )

    assert found[0] == 4.0
    assert np.isnan(found[1:5]).all()
    assert found[5] == 0.0  # running without effect is a COP, and a bad one
    for least in (0.0, -1.0, np.nan):
        with pytest.raises(ValueError, match="least_power_kw"):
            cop_ratio(arr(1.0), arr(1.0), least)
