"""The heat coefficient against steam tables, IF97 written a second time, and its laws."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.heat.coefficient import (
    FlowSensorPipe,
    heat_coefficient_kwh_per_m3_k,
    heat_from_volume_kwh,
    wrong_fluid_ratio,
    wrong_pipe_ratio,
)
from models.heat.fluids import WATER, Fluid, FluidKind
from models.readings import FloatArray

FOLDER = Path(__file__).parents[2] / "oracles"
ORACLES: dict[str, Any] = json.loads((FOLDER / "heat_coefficient.json").read_text(encoding="utf-8"))
FLUIDS: dict[str, Any] = json.loads((FOLDER / "heat_fluids.json").read_text(encoding="utf-8"))
SUPPLY, RETURN = FlowSensorPipe.SUPPLY, FlowSensorPipe.RETURN
GLYCOL = Fluid(kind=FluidKind.ETHYLENE_GLYCOL, glycol_ratio=0.35, pressure_bar=3.0)
temps = st.floats(1.0, 95.0)
pipes = st.sampled_from(FlowSensorPipe)
carriers = st.sampled_from([WATER, GLYCOL])


def arr(*values: float) -> FloatArray:
    return np.array(values)


def volume_and_enthalpy(temp_degc: float, mpa: float) -> tuple[float, float]:
    """IAPWS-IF97, region 1, from the release's own equation."""
    table = FLUIDS["if97_region_1_coefficients"][0]
    terms = zip(table["i"], table["j"], table["n"], strict=True)
    kelvin = temp_degc + 273.15
    a, b = 7.1 - mpa / 16.53, 1386.0 / kelvin - 1.222
    by_pi = by_tau = 0.0
    for i, j, n in terms:
        by_pi -= n * i * a ** (i - 1) * b**j
        by_tau += n * a**i * j * b ** (j - 1)
    return by_pi / 16.53 * 0.461526e-3 * kelvin, 0.461526 * 1386.0 * by_tau


def test_every_case_names_its_source() -> None:
    cases = [case for group in ORACLES.values() if isinstance(group, list) for case in group]

    assert len(cases) >= 30
    for case in cases:
        assert len(case["source"]) > 10
        assert case["reliability"] in {"S", "S2", "B", "D"}


@pytest.mark.parametrize("case", ORACLES["small_difference"])
def test_k_of_a_small_difference_is_density_times_heat_capacity(case: dict[str, float]) -> None:
    at = arr(case["temp_degc"])

    for pipe in FlowSensorPipe:
        for half_k in (0.0, 0.5):
            k = heat_coefficient_kwh_per_m3_k(at + half_k, at - half_k, pipe)[0]
            # 16 bar instead of one make up to 0.0007 less, half a kelvin in density 0.0004.
            assert k == pytest.approx(case["k"], abs=0.0012)


@pytest.mark.parametrize("case", ORACLES["steam_tables"])
def test_k_is_that_of_steam_tables_in_either_pipe(case: dict[str, Any]) -> None:
    k = heat_coefficient_kwh_per_m3_k(
        arr(case["supply_temp_degc"]), arr(case["return_temp_degc"]), FlowSensorPipe(case["pipe"])
    )[0]

    # The tables give the volume to 0.05 % and are at saturation, not at 16 bar.
    assert k == pytest.approx(case["k"], rel=1.5e-3)


@given(supply=temps, back=temps, pipe=pipes)
def test_k_is_that_of_the_release_of_if97_at_16_bar(
    supply: float, back: float, pipe: FlowSensorPipe
) -> None:
    if abs(supply - back) < 0.1:
        back = supply + 1.0
    (v_supply, h_supply), (v_return, h_return) = (
        volume_and_enthalpy(temp, 1.6) for temp in (supply, back)
    )
    at_sensor = v_supply if pipe is SUPPLY else v_return
    expected = (h_supply - h_return) / (supply - back) / at_sensor / 3600.0

    k = heat_coefficient_kwh_per_m3_k(arr(supply), arr(back), pipe)[0]
    assert k == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("case", ORACLES["wrong_pipe"])
def test_the_other_pipe_makes_the_ratio_of_the_volumes(case: dict[str, float]) -> None:
    at = case["supply_temp_degc"], case["return_temp_degc"]

    assert wrong_pipe_ratio(*at) == pytest.approx(case["ratio"], abs=1.2e-3)
    if at[0] - at[1] == 30.0:
        assert 0.01 < wrong_pipe_ratio(*at) - 1.0 < 0.021


@pytest.mark.parametrize("case", ORACLES["wrong_fluid"])
def test_a_water_meter_in_glycol_shows_what_the_tables_say(case: dict[str, Any]) -> None:
    fluid = Fluid(kind=FluidKind(case["kind"]), glycol_ratio=case["glycol_ratio"], pressure_bar=1.0)
    at = case["supply_temp_degc"], case["return_temp_degc"]

    ratio = wrong_fluid_ratio(*at, RETURN, true_fluid=fluid)
    assert ratio == pytest.approx(case["ratio"], abs=case["tolerance"])


@given(supply=temps, back=temps, pipe=pipes, share=st.floats(0.05, 0.6))
def test_fluids_taken_for_each_other_undo_each_other(
    supply: float, back: float, pipe: FlowSensorPipe, share: float
) -> None:
    mixture = Fluid(kind=FluidKind.PROPYLENE_GLYCOL, glycol_ratio=share)

    over = wrong_fluid_ratio(supply, back, pipe, true_fluid=mixture)
    under = wrong_fluid_ratio(supply, back, pipe, meter_fluid=mixture)
    assert over * under == pytest.approx(1.0)
    assert wrong_fluid_ratio(supply, back, pipe, meter_fluid=mixture, true_fluid=mixture) == 1.0


@given(supply=temps, back=temps, fluid=carriers)
def test_pipes_taken_for_each_other_undo_each_other(
    supply: float, back: float, fluid: Fluid
) -> None:
    shown = wrong_pipe_ratio(supply, back, RETURN, fluid)

    assert shown * wrong_pipe_ratio(supply, back, SUPPLY, fluid) == pytest.approx(1.0)
    at = arr(supply), arr(back)
    in_return, in_supply = (
        heat_coefficient_kwh_per_m3_k(*at, pipe, fluid)[0] for pipe in (RETURN, SUPPLY)
    )
    assert in_return / in_supply == pytest.approx(shown)


@given(at=temps, gap=st.floats(1e-6, 0.02), pipe=pipes, fluid=carriers)
def test_k_has_no_step_where_the_difference_vanishes(
    at: float, gap: float, pipe: FlowSensorPipe, fluid: Fluid
) -> None:
    near = heat_coefficient_kwh_per_m3_k(arr(at + gap), arr(at), pipe, fluid)[0]
    equal = heat_coefficient_kwh_per_m3_k(arr(at), arr(at), pipe, fluid)[0]

    assert near == pytest.approx(equal, rel=1e-4)


@given(factor=st.floats(0.0, 1e4), supply=temps, back=temps, pipe=pipes, fluid=carriers)
def test_heat_is_proportional_to_volume_and_has_the_sign_of_both(
    factor: float, supply: float, back: float, pipe: FlowSensorPipe, fluid: Fluid
) -> None:
    one = heat_from_volume_kwh(arr(1.0), arr(supply), arr(back), pipe, fluid)[0]
    many = heat_from_volume_kwh(arr(factor, -factor), arr(supply), arr(back), pipe, fluid)

    assert many.tolist() == pytest.approx([factor * one, -factor * one])
    assert np.sign(one) == np.sign(supply - back)


@given(cut=st.integers(0, 50), pipe=pipes)
def test_heat_adds_up_over_time(cut: int, pipe: FlowSensorPipe) -> None:
    rng = np.random.default_rng(2)
    volume, supply, back = rng.uniform(0, 5, 50), rng.uniform(50, 80, 50), rng.uniform(20, 48, 50)

    def heat(part: slice) -> float:
        return float(heat_from_volume_kwh(volume[part], supply[part], back[part], pipe).sum())

    assert heat(slice(cut)) + heat(slice(cut, None)) == pytest.approx(heat(slice(None)))


@given(middle=st.floats(20.0, 80.0))
def test_going_round_a_loop_gives_no_heat(middle: float) -> None:
    """Enthalpy is a property of state: a mass heated in two stages takes up what it does in one."""
    volume = arr(3.0)

    def heat(hot: float, cold: float) -> float:
        # The same mass, counted cold each time.
        mass_share = wrong_pipe_ratio(cold, 10.0) ** -1.0
        share = heat_from_volume_kwh(volume / mass_share, arr(hot), arr(cold), RETURN)
        return float(share[0])

    assert heat(90.0, middle) + heat(middle, 10.0) == pytest.approx(heat(90.0, 10.0))


def test_no_flow_is_no_heat_and_unknown_is_unknown() -> None:
    volume = arr(0.0, 0.0, 1.0, np.nan, 1.0, 1.0)
    supply = arr(60.0, np.nan, np.nan, 60.0, 60.0, -3.0)
    back = arr(40.0, 40.0, 40.0, 40.0, np.nan, 40.0)

    heat = heat_from_volume_kwh(volume, supply, back, RETURN)
    assert heat[:2].tolist() == [0.0, 0.0]
    assert np.isnan(heat[2:]).all()
