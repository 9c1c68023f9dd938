"""The heat chain against textbook figures, steam tables and other implementations."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.heat.coefficient import FlowSensorPipe, heat_coefficient_kwh_per_m3_k
from models.heat.exchanger import (
    Arrangement,
    effectiveness_ratio,
    log_mean_difference_k,
    transfer_units,
)
from models.heat.fluids import Fluid, density_kg_per_m3, enthalpy_kj_per_kg
from models.heat.heat_pump import carnot_cop_ratio

ORACLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "oracles" / "heat_chain.json").read_text(encoding="utf-8")
)
KELVIN = 273.15


def one(value: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([value])


def test_every_case_names_its_source() -> None:
    for name, cases in ORACLES.items():
        for case in cases if isinstance(cases, list) else ():
            assert len(case["source"]) > 10, name
            assert case["reliability"] in {"S", "S2", "B", "D"}, name


@pytest.mark.parametrize("case", ORACLES["iapws_if97_region_1"])
def test_water_has_the_iapws_density_and_enthalpy(case: dict[str, float]) -> None:
    temp = one(case["kelvin"] - KELVIN)
    water = Fluid(pressure_bar=10.0 * case["mpa"])

    assert 1.0 / density_kg_per_m3(temp, water)[0] == pytest.approx(
        case["volume_m3_per_kg"], rel=1e-8
    )
    assert enthalpy_kj_per_kg(temp, water)[0] == pytest.approx(case["enthalpy_kj_per_kg"], rel=1e-8)


@pytest.mark.parametrize("case", ORACLES["water_coefficient"])
def test_the_heat_coefficient_of_a_small_difference_is_that_of_water(
    case: dict[str, float],
) -> None:
    temp = one(case["temp_degc"])

    for pipe in FlowSensorPipe:
        k = heat_coefficient_kwh_per_m3_k(temp + 0.5, temp - 0.5, pipe)[0]
        assert k == pytest.approx(case["k"], abs=0.0012)


@pytest.mark.parametrize("case", ORACLES["effectiveness"])
def test_effectiveness_is_that_of_the_tables(case: dict[str, Any]) -> None:
    arrangement = Arrangement(case["arrangement"])
    value = effectiveness_ratio(one(case["ntu"]), one(case["c"]), arrangement)

    assert value[0] == pytest.approx(case["value"], abs=case.get("tolerance", 1e-5))
    assert transfer_units(value, one(case["c"]), arrangement)[0] == pytest.approx(case["ntu"])


@pytest.mark.parametrize("case", ORACLES["log_mean"])
def test_the_log_mean_difference_is_that_of_the_textbook(case: dict[str, float]) -> None:
    for ends in ((case["a"], case["b"]), (case["b"], case["a"])):
        found = log_mean_difference_k(*(one(end) for end in ends))[0]
        assert found == pytest.approx(case["value"], abs=case["tolerance"])


@pytest.mark.parametrize("case", ORACLES["carnot"])
def test_the_carnot_limit_is_that_of_thermodynamics(case: dict[str, float]) -> None:
    found = carnot_cop_ratio(one(case["sink"]), one(case["source_degc"]))[0]

    assert found == pytest.approx(case["value"], abs=1e-4)
