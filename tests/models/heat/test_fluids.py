"""Heat carriers against IAPWS-IF97 written a second time, tables of mixtures, and laws."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.heat.fluids import (
    Fluid,
    FluidKind,
    density_kg_per_m3,
    enthalpy_kj_per_kg,
    heat_capacity_kj_per_kg_k,
    liquid_range_degc,
)
from models.readings import FloatArray
from tests.acceptance.running import ROOT

ORACLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "oracles" / "heat_fluids.json").read_text(encoding="utf-8")
)
KELVIN = 273.15
PROPERTIES = (density_kg_per_m3, enthalpy_kj_per_kg, heat_capacity_kj_per_kg_k)
WATER_16_BAR = Fluid()
mixtures = st.builds(
    Fluid,
    kind=st.sampled_from([FluidKind.ETHYLENE_GLYCOL, FluidKind.PROPYLENE_GLYCOL]),
    glycol_ratio=st.floats(0.01, 0.6),
    pressure_bar=st.floats(1.0, 16.0),
)
fluids = st.one_of(st.just(WATER_16_BAR), mixtures)


def arr(*values: float) -> FloatArray:
    return np.array(values)


def if97_region_1(kelvin: FloatArray, mpa: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Specific volume, enthalpy and heat capacity from the release's own equation."""
    table = ORACLES["if97_region_1_coefficients"][0]
    i, j, n = (np.array(table[name], dtype=float)[:, None] for name in ("i", "j", "n"))
    gas, pi, tau = 0.461526, mpa / 16.53, 1386.0 / np.asarray(kelvin)[None, :]
    a, b = 7.1 - pi, tau - 1.222
    by_pi = (-n * i * a ** (i - 1.0) * b**j).sum(axis=0)
    by_tau = (n * a**i * j * b ** (j - 1.0)).sum(axis=0)
    by_tau_twice = (n * a**i * j * (j - 1.0) * b ** (j - 2.0)).sum(axis=0)
    volume = pi * by_pi * gas * kelvin / (1e3 * mpa)
    return volume, gas * kelvin * tau[0] * by_tau, -gas * tau[0] ** 2 * by_tau_twice


def test_every_case_names_its_source() -> None:
    cases = [case for group in ORACLES.values() if isinstance(group, list) for case in group]

    assert len(cases) >= 40
    for case in cases:
        assert len(case["source"]) > 10
        assert case["reliability"] in {"S", "S2", "B", "D"}


@pytest.mark.parametrize("case", ORACLES["if97_region_1"])
def test_the_second_if97_gives_the_verification_values_of_the_release(
    case: dict[str, float],
) -> None:
    volume, enthalpy, capacity = if97_region_1(arr(case["kelvin"]), case["mpa"])

    assert volume[0] == pytest.approx(case["volume_m3_per_kg"], rel=1e-8)
    assert enthalpy[0] == pytest.approx(case["enthalpy_kj_per_kg"], rel=1e-8)
    assert capacity[0] == pytest.approx(case["heat_capacity_kj_per_kg_k"], rel=1e-8)


@pytest.mark.parametrize("case", [c for c in ORACLES["if97_region_1"] if c["mpa"] <= 10.0])
def test_water_has_the_verification_values_of_the_release(case: dict[str, float]) -> None:
    temp, water = arr(case["kelvin"] - KELVIN), Fluid(pressure_bar=10.0 * case["mpa"])

    assert 1.0 / density_kg_per_m3(temp, water)[0] == pytest.approx(
        case["volume_m3_per_kg"], rel=1e-8
    )
    assert enthalpy_kj_per_kg(temp, water)[0] == pytest.approx(case["enthalpy_kj_per_kg"], rel=1e-8)
    assert heat_capacity_kj_per_kg_k(temp, water)[0] == pytest.approx(
        case["heat_capacity_kj_per_kg_k"], rel=1e-8
    )


@pytest.mark.parametrize("bar", [1.0, 3.0, 16.0, 100.0])
def test_water_is_that_of_the_second_if97_at_every_temperature(bar: float) -> None:
    water = Fluid(pressure_bar=bar)
    temp = np.linspace(*liquid_range_degc(water), 400, endpoint=False)
    volume, enthalpy, capacity = if97_region_1(temp + KELVIN, 0.1 * bar)

    assert 1.0 / density_kg_per_m3(temp, water) == pytest.approx(volume, rel=1e-10)
    assert enthalpy_kj_per_kg(temp, water) == pytest.approx(enthalpy, rel=1e-9, abs=1e-8)
    assert heat_capacity_kj_per_kg_k(temp, water) == pytest.approx(capacity, rel=1e-9)


@pytest.mark.parametrize("case", ORACLES["if97_saturation"])
def test_water_ends_where_it_boils_and_not_in_steam(case: dict[str, float]) -> None:
    water = Fluid(pressure_bar=10.0 * case["mpa"])
    boiling = case["kelvin"] - KELVIN

    assert liquid_range_degc(water)[1] == pytest.approx(boiling, abs=1e-5)
    below, above = density_kg_per_m3(arr(boiling - 0.01, boiling + 0.01), water)
    assert below > 600.0
    assert np.isnan(above)


@pytest.mark.parametrize("case", ORACLES["mixtures"])
def test_mixtures_are_those_of_the_tables(case: dict[str, Any]) -> None:
    fluid = Fluid(kind=FluidKind(case["kind"]), glycol_ratio=case["glycol_ratio"], pressure_bar=1.0)
    temp, tolerance = arr(case["temp_degc"]), case["tolerance_ratio"]

    assert density_kg_per_m3(temp, fluid)[0] == pytest.approx(
        case["density_kg_per_m3"], rel=tolerance
    )
    assert heat_capacity_kj_per_kg_k(temp, fluid)[0] == pytest.approx(
        case["heat_capacity_kj_per_kg_k"], rel=tolerance
    )


@pytest.mark.parametrize("case", ORACLES["inhibited_mixtures"])
def test_commercial_mixtures_are_up_to_one_percent_denser(case: dict[str, Any]) -> None:
    fluid = Fluid(kind=FluidKind(case["kind"]), glycol_ratio=case["glycol_ratio"])
    temp = arr(case["temp_degc"])

    lighter = 1.0 - density_kg_per_m3(temp, fluid)[0] / case["density_kg_per_m3"]
    assert 0.0 < lighter < 0.01
    if case["heat_capacity_kj_per_kg_k"] is not None:
        assert heat_capacity_kj_per_kg_k(temp, fluid)[0] == pytest.approx(
            case["heat_capacity_kj_per_kg_k"], rel=5e-3
        )


@pytest.mark.parametrize("case", ORACLES["freezing"])
def test_mixtures_end_where_ice_appears(case: dict[str, Any]) -> None:
    fluid = Fluid(kind=FluidKind(case["kind"]), glycol_ratio=case["glycol_ratio"])
    freezing, known = case["temp_degc"], case["tolerance_k"]

    assert liquid_range_degc(fluid)[0] == pytest.approx(freezing, abs=known)
    frozen, liquid = density_kg_per_m3(arr(freezing - known, freezing + known), fluid)
    assert np.isnan(frozen)
    assert liquid > 990.0


@given(fluid=fluids, share=st.floats(0.0, 0.99))
def test_enthalpy_grows_by_the_heat_capacity(fluid: Fluid, share: float) -> None:
    low, high = liquid_range_degc(fluid)
    temp = low + 0.02 + share * (high - low - 0.04)
    cold, hot = enthalpy_kj_per_kg(arr(temp - 0.01, temp + 0.01), fluid)

    slope = (hot - cold) / 0.02
    assert slope > 0.0
    # The data of a mixture have no pressure in their heat capacity: a little is left over.
    assert slope == pytest.approx(heat_capacity_kj_per_kg_k(arr(temp), fluid)[0], rel=2e-3)


@given(fluid=fluids, order=st.permutations(range(6)))
def test_each_temperature_is_answered_by_itself(fluid: Fluid, order: list[int]) -> None:
    temp = arr(20.0, np.nan, -80.0, 60.0, 400.0, np.inf)

    for answer in PROPERTIES:
        found = answer(temp, fluid)
        assert np.isfinite(found).tolist() == [True, False, False, True, False, False]
        np.testing.assert_array_equal(answer(temp[order], fluid), found[order])
        np.testing.assert_array_equal(answer(temp.reshape(2, 3), fluid), found.reshape(2, 3))


@given(temp=st.floats(0.0, 90.0), more=st.floats(0.01, 0.5))
def test_more_glycol_is_denser_and_carries_less(temp: float, more: float) -> None:
    for kind in (FluidKind.ETHYLENE_GLYCOL, FluidKind.PROPYLENE_GLYCOL):
        thin, thick = (Fluid(kind=kind, glycol_ratio=x) for x in (0.1, 0.1 + more))
        at = arr(temp)
        assert heat_capacity_kj_per_kg_k(at, thick)[0] < heat_capacity_kj_per_kg_k(at, thin)[0]
        if kind is FluidKind.ETHYLENE_GLYCOL:
            assert density_kg_per_m3(at, thick)[0] > density_kg_per_m3(at, thin)[0]


def test_no_temperatures_give_no_values() -> None:
    for answer in PROPERTIES:
        assert answer(np.array([])).shape == (0,)
        assert np.isnan(answer(arr(np.nan, np.nan))).all()


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"glycol_ratio": 0.2}, "water has no glycol_ratio"),
        ({"kind": FluidKind.ETHYLENE_GLYCOL}, "above 0 and at most 0.6"),
        ({"kind": FluidKind.ETHYLENE_GLYCOL, "glycol_ratio": 30.0}, "at most 0.6, got 30"),
        ({"kind": FluidKind.PROPYLENE_GLYCOL, "glycol_ratio": -0.1}, "glycol_ratio"),
        ({"kind": FluidKind.PROPYLENE_GLYCOL, "glycol_ratio": np.nan}, "glycol_ratio"),
        ({"pressure_bar": 0.0}, "between 0.5 and 100"),
        ({"pressure_bar": 1600.0}, "pressure_bar"),
        ({"pressure_bar": np.nan}, "pressure_bar"),
    ],
)
def test_impossible_fluids_are_refused_with_the_range(wrong: dict[str, Any], place: str) -> None:
    with pytest.raises(ValueError, match=place):
        Fluid(**wrong)


def test_the_package_may_be_imported_later_and_is_the_same_module() -> None:
    code = (
        "import sys, numpy; from models.heat import fluids; "
        "before = fluids.density_kg_per_m3(numpy.array([20.0])); "
        "assert 'CoolProp' not in sys.modules; "
        "import CoolProp.CoolProp as whole; "
        "assert whole is sys.modules['CoolProp.CoolProp']; "
        "assert abs(whole.PropsSI('D', 'T', 293.15, 'P', 16e5, 'IF97::Water') - before[0]) < 1e-9"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=ROOT, timeout=60)
