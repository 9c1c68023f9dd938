"""Moist air against handbook figures and other implementations, and its laws."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.air.psychrometrics import (
    STANDARD_PRESSURE_PA,
    dew_point_degc,
    humidity_ratio_kg_per_kg,
    moist_air_enthalpy_kj_per_kg,
    saturation_pressure_pa,
    wet_bulb_degc,
)
from models.readings import FloatArray

ORACLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "oracles" / "psychrometrics.json").read_text(encoding="utf-8")
)
temps = st.floats(-30.0, 50.0)
humidities = st.floats(0.01, 1.0)
pressures = st.floats(70_000.0, 106_000.0)


def one(value: float) -> FloatArray:
    return np.array([float(value)])


def test_every_case_names_its_source() -> None:
    cases = [case for group in ORACLES.values() if isinstance(group, list) for case in group]

    assert len(cases) > 30
    for case in cases:
        assert len(case["source"]) > 10
        assert case["reliability"] in {"S", "S2", "B", "D"}


@pytest.mark.parametrize("case", ORACLES["saturation_pressure"])
def test_saturated_vapour_has_the_pressure_of_the_tables(case: dict[str, float]) -> None:
    assert saturation_pressure_pa(one(case["temp_degc"]))[0] == pytest.approx(
        case["pressure_pa"], rel=case["tolerance_ratio"]
    )


@pytest.mark.parametrize("case", ORACLES["saturated_humidity"])
def test_saturated_air_holds_the_water_of_the_tables(case: dict[str, float]) -> None:
    assert humidity_ratio_kg_per_kg(one(case["temp_degc"]), one(1.0))[0] == pytest.approx(
        case["humidity_kg_per_kg"], rel=case["tolerance_ratio"]
    )


@pytest.mark.parametrize("case", ORACLES["saturated_enthalpy"])
def test_saturated_air_has_the_enthalpy_of_the_tables(case: dict[str, float]) -> None:
    temp = one(case["temp_degc"])
    carried = humidity_ratio_kg_per_kg(temp, one(1.0))

    assert moist_air_enthalpy_kj_per_kg(temp, carried)[0] == pytest.approx(
        case["enthalpy_kj_per_kg"], rel=case["tolerance_ratio"]
    )


@pytest.mark.parametrize("case", ORACLES["moist_air"])
def test_moist_air_is_as_another_implementation_has_it(case: dict[str, float]) -> None:
    temp, humidity = one(case["temp_degc"]), one(case["relative_humidity"])
    pressure = case["pressure_pa"]
    carried = humidity_ratio_kg_per_kg(temp, humidity, pressure)

    assert carried[0] == pytest.approx(case["humidity_kg_per_kg"], abs=1e-8)
    assert dew_point_degc(temp, humidity)[0] == pytest.approx(case["dew_point_degc"], abs=1e-3)
    assert moist_air_enthalpy_kj_per_kg(temp, carried)[0] == pytest.approx(
        case["enthalpy_kj_per_kg"], abs=1e-4
    )
    # The other implementation stops its bisection at 0.001 K.
    assert wet_bulb_degc(temp, humidity, pressure)[0] == pytest.approx(
        case["wet_bulb_degc"], abs=1.2e-3
    )


@pytest.mark.parametrize("case", ORACLES["real_gas"])
def test_real_moist_air_is_met_within_what_the_ideal_gas_misses(case: dict[str, float]) -> None:
    temp, humidity = one(case["temp_degc"]), one(case["relative_humidity"])
    pressure = case["pressure_pa"]

    assert wet_bulb_degc(temp, humidity, pressure)[0] == pytest.approx(
        case["wet_bulb_degc"], abs=0.025
    )
    assert dew_point_degc(temp, humidity)[0] == pytest.approx(case["dew_point_degc"], abs=0.02)
    assert humidity_ratio_kg_per_kg(temp, humidity, pressure)[0] == pytest.approx(
        case["humidity_kg_per_kg"], rel=0.006
    )


def humidity_of(temp: float, carried: float, pressure: float) -> float:
    vapour = carried * pressure / (0.621945 + carried)
    return vapour / float(saturation_pressure_pa(one(temp))[0])


@pytest.mark.parametrize("case", ORACLES["wet_bulb_equation"])
def test_the_wet_bulb_undoes_the_handbook_equation(case: dict[str, float]) -> None:
    temp, pressure = case["temp_degc"], case["pressure_pa"]
    humidity = humidity_of(temp, case["humidity_kg_per_kg"], pressure)

    assert wet_bulb_degc(one(temp), one(humidity), pressure)[0] == pytest.approx(
        case["wet_bulb_degc"], abs=0.01
    )


@pytest.mark.parametrize("case", ORACLES["handbook_example"])
def test_the_handbook_example_comes_out(case: dict[str, float]) -> None:
    temp = one(case["temp_degc"])
    carried = one(case["humidity_kg_per_kg"])
    humidity = humidity_of(case["temp_degc"], carried[0], STANDARD_PRESSURE_PA)

    assert humidity == pytest.approx(case["relative_humidity"], abs=0.005)
    assert wet_bulb_degc(temp, one(humidity))[0] == pytest.approx(case["wet_bulb_degc"], abs=0.1)
    assert moist_air_enthalpy_kj_per_kg(temp, carried)[0] == pytest.approx(
        case["enthalpy_kj_per_kg"], abs=0.3
    )


@given(temp=temps, humidity=humidities, pressure=pressures)
def test_the_wet_bulb_lies_between_dew_point_and_dry_bulb(
    temp: float, humidity: float, pressure: float
) -> None:
    wet_bulb = wet_bulb_degc(one(temp), one(humidity), pressure)[0]

    assert dew_point_degc(one(temp), one(humidity))[0] - 1e-6 <= wet_bulb <= temp + 1e-6


@given(temp=temps, low=humidities, high=humidities, pressure=pressures)
def test_wetter_air_has_a_higher_wet_bulb_and_dew_point_even_around_freezing(
    temp: float, low: float, high: float, pressure: float
) -> None:
    pair, both = np.sort(np.array([low, high])), np.array([temp, temp])

    for result in (wet_bulb_degc(both, pair, pressure), dew_point_degc(both, pair)):
        assert result[0] <= result[1] + 1e-9


@given(cold=temps, warm=temps, humidity=humidities)
def test_warmer_air_of_the_same_humidity_has_a_higher_dew_point(
    cold: float, warm: float, humidity: float
) -> None:
    pair = np.sort(np.array([cold, warm]))
    result = dew_point_degc(pair, np.array([humidity, humidity]))

    assert result[0] <= result[1] + 1e-9


@given(temp=temps, humidity=humidities)
def test_the_dew_point_is_saturated_by_the_vapour_there_is(temp: float, humidity: float) -> None:
    dew_point = dew_point_degc(one(temp), one(humidity))

    assert saturation_pressure_pa(dew_point)[0] == pytest.approx(
        humidity * saturation_pressure_pa(one(temp))[0], rel=1e-6
    )


@given(temp=temps, pressure=pressures)
def test_saturated_air_has_one_temperature(temp: float, pressure: float) -> None:
    full = one(1.0)

    assert dew_point_degc(one(temp), full)[0] == pytest.approx(temp, abs=1e-6)
    assert wet_bulb_degc(one(temp), full, pressure)[0] == pytest.approx(temp, abs=1e-6)


@given(order=st.permutations(range(6)))
def test_each_step_stands_for_itself(order: list[int]) -> None:
    temp = np.array([-10.0, 0.0, 5.0, 20.0, 35.0, np.nan])
    humidity = np.array([0.7, 1.0, 0.3, 0.5, 0.2, 0.5])
    pressure = np.array([101e3, 99e3, 95e3, 90e3, 103e3, 101e3])

    np.testing.assert_array_equal(
        wet_bulb_degc(temp[order], humidity[order], pressure[order]),
        wet_bulb_degc(temp, humidity, pressure)[order],
    )


def test_near_freezing_the_wick_is_wet_as_long_as_it_can_be() -> None:
    temp = np.full(4001, 4.0)
    wet_bulb = wet_bulb_degc(temp, np.linspace(0.2, 0.8, 4001))

    assert (np.diff(wet_bulb) > 0.0).all()
    # The change of branch: ice up to some tenths of a kelvin below zero, then water from zero on.
    assert not ((wet_bulb > -0.2) & (wet_bulb < 0.0)).any()
    assert (wet_bulb >= 0.0).any()


def test_ice_and_water_meet_at_the_triple_point() -> None:
    ice, water = saturation_pressure_pa(np.array([0.01, 0.01 + 1e-9]))

    assert water == pytest.approx(ice, rel=1e-6)
    # Sublimation takes more heat than evaporation, so the pressure over ice is the steeper one.
    below, above = saturation_pressure_pa(np.array([-0.99, 1.01]))
    assert ice / below > above / water


@pytest.mark.parametrize(
    ("temp", "humidity"),
    [(np.nan, 0.5), (20.0, np.nan), (20.0, 1.01), (20.0, -0.1), (-101.0, 0.5), (201.0, 0.5)],
)
def test_missing_or_impossible_air_is_unknown(temp: float, humidity: float) -> None:
    assert np.isnan(wet_bulb_degc(one(temp), one(humidity))[0])
    assert np.isnan(dew_point_degc(one(temp), one(humidity))[0])
    assert np.isnan(humidity_ratio_kg_per_kg(one(temp), one(humidity))[0])


def test_what_boils_or_has_no_dew_point_is_unknown() -> None:
    assert np.isnan(humidity_ratio_kg_per_kg(one(120.0), one(1.0))[0])
    assert np.isnan(humidity_ratio_kg_per_kg(one(20.0), one(0.5), one(np.nan))[0])
    assert np.isnan(dew_point_degc(one(20.0), one(0.0))[0])
    assert np.isnan(dew_point_degc(one(-95.0), one(0.01))[0])
    assert np.isnan(moist_air_enthalpy_kj_per_kg(one(20.0), one(-0.001))[0])
    # Hot dry air has a wet bulb all the same, below the boiling point.
    assert 60.0 < wet_bulb_degc(one(120.0), one(0.1))[0] < 100.0
    # Nearly all steam: the search passes temperatures at which the wick would boil.
    assert 99.0 < wet_bulb_degc(one(190.0), one(0.08))[0] < 100.0
