"""The meters of the plant: in error, inside their class, and only in what they count."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.readings import FloatArray
from simulators.plant import DEFAULT_EPOCH, Plant
from simulators.plant.meters import energy_gain, heat_meter_error, heat_meter_mpe, meter_errors
from simulators.plant.signals import ENERGY_METERS, HEAT_METERS, PDUS, UPSS, WATER_METERS

SEEDS = (1, 2, 3)
INTAKES = ("intake_a", "intake_b")
START = datetime(2025, 6, 20, tzinfo=UTC)


def us(time: datetime) -> int:
    return int(time.timestamp()) * 1_000_000


@pytest.fixture(scope="module", params=SEEDS)
def pair(request: pytest.FixtureRequest) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    plant = Plant(request.param)
    ends = np.array([us(START), us(START + timedelta(days=40)), us(START + timedelta(days=200))])
    return plant.true_values(ends), plant.measured_values(ends)


def grown(values: dict[str, FloatArray], key: str) -> float:
    return float(values[key][-1] - values[key][0])


def register_error(pair: tuple[dict[str, FloatArray], dict[str, FloatArray]], key: str) -> float:
    true, measured = pair
    return grown(measured, key) / grown(true, key) - 1.0


def test_energy_registers_are_inside_their_class(
    pair: tuple[dict[str, FloatArray], dict[str, FloatArray]],
) -> None:
    for device in (*ENERGY_METERS, *PDUS, "chiller_1", "heat_pump_1"):
        error = register_error(pair, f"{device}.active_energy_kwh")
        # class 0.5 with class 0.5 transformers comes to a hair more than class 1
        assert 0.0 < abs(error) < (1.005**2 - 1.0 if device in INTAKES else 0.01), device
    for device in UPSS:
        for way in ("input", "output"):
            assert 0.0 < abs(register_error(pair, f"{device}.{way}_energy_kwh")) < 0.01


def test_power_has_the_error_of_its_register(
    pair: tuple[dict[str, FloatArray], dict[str, FloatArray]],
) -> None:
    true, measured = pair
    for device in ("intake_a", "pdu_05", "heat_pump_board", "ups_pump_meter"):
        power = f"{device}.active_power_kw"
        error = register_error(pair, f"{device}.active_energy_kwh")
        np.testing.assert_allclose(measured[power] / true[power] - 1.0, error, atol=1e-9)


def test_heat_and_water_registers_are_inside_their_class(
    pair: tuple[dict[str, FloatArray], dict[str, FloatArray]],
) -> None:
    for device in HEAT_METERS:
        mpe = heat_meter_mpe(device)
        error = register_error(pair, f"{device}.heat_energy_kwh")
        assert 0.0 < abs(error) < np.prod(1.0 + np.array(mpe)) - 1.0, device
        assert abs(register_error(pair, f"{device}.volume_m3")) < mpe[0], device
    for device in WATER_METERS:
        assert 0.0 < abs(register_error(pair, f"{device}.volume_m3")) < 0.02, device


def test_parts_of_a_heat_meter_make_its_error() -> None:
    for seed in range(1, 30):
        for device in HEAT_METERS:
            error = heat_meter_error(seed, device)
            flow, difference, calculator = heat_meter_mpe(device)
            parts = (1.0 + error.flow) * (1.0 + error.difference) * (1.0 + error.calculator)
            assert error.heat == pytest.approx(parts - 1.0, abs=1e-15)
            assert abs(error.flow) < flow
            assert abs(error.difference) < difference
            assert abs(error.calculator) < calculator


def draws(draw: Callable[[int], float]) -> FloatArray:
    return np.array([draw(seed) for seed in range(1, 2001)])


def assert_uniform(errors: FloatArray, mpe: float) -> None:
    """Uniform over all of +-MPE: 2 000 draws reach its ends and halves hold halves."""
    assert 0.99 * mpe < np.abs(errors).max() <= mpe
    assert errors.std() == pytest.approx(mpe / np.sqrt(3.0), rel=0.04)
    assert np.mean(np.abs(errors) > 0.5 * mpe) == pytest.approx(0.5, abs=0.04)
    assert errors.mean() == pytest.approx(0.0, abs=0.05 * mpe)


def test_meters_use_the_whole_of_their_class() -> None:
    assert_uniform(draws(lambda seed: energy_gain(seed, "pdu_01")), 0.01)
    assert_uniform(draws(lambda seed: energy_gain(seed, "ups_a", "/output")), 0.01)
    water = draws(lambda seed: float(meter_errors(seed, ("water_rain.volume_m3",))[0][0]))
    assert_uniform(water, 0.02)


def test_an_intake_has_two_independent_errors() -> None:
    errors = draws(lambda seed: energy_gain(seed, "intake_a"))

    # two uniform errors of half a percent: as spread as the root of the sum of their squares
    assert errors.std() == pytest.approx(0.005 * np.sqrt(2.0 / 3.0), rel=0.04)
    assert np.abs(errors).max() > 0.009


def test_the_three_parts_of_a_heat_meter_are_independent_and_use_their_class() -> None:
    found = [heat_meter_error(seed, "heat_meter_source") for seed in range(1, 2001)]
    parts = np.array([(e.flow, e.difference, e.calculator) for e in found])
    for errors, mpe in zip(parts.T, heat_meter_mpe("heat_meter_source"), strict=True):
        assert_uniform(errors, mpe)
    correlations = np.corrcoef(parts.T)[np.triu_indices(3, 1)]
    assert np.abs(correlations).max() < 0.07


def test_mpes_are_those_of_en_1434_at_the_usual_difference() -> None:
    # class 2 at q_p: 2 + 0.02; pair 0.5 + 3 * 3/dT; calculator 0.5 + 3/dT, in percent
    expected = (0.0202, 0.005 + 0.03 * 3.0 / 6.0, 0.005 + 0.01 * 3.0 / 6.0)
    assert heat_meter_mpe("heat_meter_chilled_water") == pytest.approx(expected)


def test_meters_err_apart_from_each_other() -> None:
    names = ("pdu_01", "pdu_02", "intake_a", "intake_b", "mech_board_a")
    gains = np.array([[energy_gain(seed, name) for seed in range(1, 2001)] for name in names])
    correlations = np.corrcoef(gains)[np.triu_indices(len(names), 1)]
    assert np.abs(correlations).max() < 0.08


def test_measured_heat_meter_agrees_with_itself(
    pair: tuple[dict[str, FloatArray], dict[str, FloatArray]],
) -> None:
    _, measured = pair
    for device in HEAT_METERS:
        spread = measured[f"{device}.supply_temp_degc"] - measured[f"{device}.return_temp_degc"]
        np.testing.assert_allclose(spread, measured[f"{device}.delta_t_k"], atol=1e-9)


def test_measured_currents_and_power_agree(
    pair: tuple[dict[str, FloatArray], dict[str, FloatArray]],
) -> None:
    _, measured = pair
    for device in ("intake_a", "mech_board_b", "ups_pump_meter"):
        phases = sum(
            measured[f"{device}.voltage_l{n}_v"] * measured[f"{device}.current_l{n}_a"] / 1e3
            for n in (1, 2, 3)
        )
        np.testing.assert_allclose(phases, measured[f"{device}.apparent_power_kva"], rtol=1e-9)
        active = measured[f"{device}.power_factor_ratio"] * phases
        np.testing.assert_allclose(active, measured[f"{device}.active_power_kw"], rtol=1e-9)


def test_registers_start_from_the_same_index_whether_true_or_measured() -> None:
    plant = Plant(4)
    at = np.array([us(DEFAULT_EPOCH)])
    true, measured = plant.true_values(at), plant.measured_values(at)

    for key in plant.signal_keys():
        if key.endswith(("_kwh", "_m3", "_hours_h")):
            assert measured[key][0] == pytest.approx(true[key][0], abs=1e-6), key
            assert true[key][0] > 0.0, key


def test_states_and_definitions_are_read_exactly(
    pair: tuple[dict[str, FloatArray], dict[str, FloatArray]],
) -> None:
    true, measured = pair
    for key in true:
        if key.endswith(("_state", "power_factor_ratio", "frequency_hz", "run_hours_h")):
            np.testing.assert_array_equal(measured[key], true[key])


def test_two_meters_differ() -> None:
    plant = Plant(1)
    ends = np.array([us(START), us(START + timedelta(days=30))])
    both = plant.true_values(ends), plant.measured_values(ends)
    errors = {round(register_error(both, f"{d}.active_energy_kwh"), 12) for d in PDUS}

    assert len(errors) == len(PDUS)
