"""Chillers and free cooling against arithmetic and textbooks, and their laws."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.heat.chiller import (
    ColdAccount,
    RejectionTemperatures,
    approach_k,
    approaches,
    cold_account,
    condenser_balance,
)
from models.heat.heat_pump import MachineEnergies
from models.readings import FloatArray

ORACLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "oracles" / "heat_machines.json").read_text(encoding="utf-8")
)
RNG = np.random.default_rng(12)
CHILLER = RNG.uniform(0.0, 200.0, 96) * (RNG.random(96) > 0.4)
FREE = RNG.uniform(0.0, 90.0, 96)
POWER = CHILLER / RNG.uniform(3.0, 7.0, 96)


def arr(*values: float) -> FloatArray:
    return np.array(values)


def account(
    chiller: FloatArray = CHILLER, free: FloatArray = FREE, power: FloatArray = POWER
) -> ColdAccount:
    return cold_account(chiller, free, power, 0.5, standing_below_kw=1e-6)


@pytest.mark.parametrize("case", ORACLES["cold"])
def test_eer_and_free_cooling_are_those_by_hand(case: dict[str, Any]) -> None:
    found = cold_account(
        arr(*case["chiller_kw"]),
        arr(*case["free_kw"]),
        arr(*case["electricity_kw"]),
        1.0,
        standing_below_kw=1.0,
    )

    assert found.eer_ratio == pytest.approx(case["eer"], abs=1e-6)
    assert found.free_ratio == pytest.approx(case["free"], abs=1e-6)
    assert found.free_hours_ratio == pytest.approx(case["free_hours"], abs=1e-6)


@pytest.mark.parametrize("case", ORACLES["machine"])
def test_the_condenser_of_the_books_rejects_cold_and_work(case: dict[str, Any]) -> None:
    balance = condenser_balance(
        MachineEnergies(
            warm_kwh=arr(case["warm"], 1.1 * case["warm"]),
            cold_kwh=arr(case["cold"], case["cold"]),
            electricity_kwh=arr(case["electricity"], case["electricity"]),
            warm_u_kwh=0.01 * arr(case["warm"], case["warm"]),
            cold_u_kwh=0.01 * arr(case["cold"], case["cold"]),
            electricity_u_kwh=0.005 * arr(case["electricity"], case["electricity"]),
        )
    )

    assert balance.residual_kwh[0] == pytest.approx(0.0, abs=1e-4 * case["warm"])
    assert balance.disagrees.tolist() == [False, True]


@given(order=st.permutations(range(96)))
def test_the_account_knows_no_order(order: list[int]) -> None:
    mixed = account(CHILLER[order], FREE[order], POWER[order])

    assert mixed.eer_ratio == pytest.approx(account().eer_ratio)
    assert mixed.free_ratio == pytest.approx(account().free_ratio)
    assert mixed.free_hours_ratio == account().free_hours_ratio


@given(cut=st.integers(1, 95))
def test_accounts_add_up_over_time_and_the_eer_lies_between(cut: int) -> None:
    halves = [
        account(CHILLER[part], FREE[part], POWER[part]) for part in (slice(cut), slice(cut, None))
    ]

    for name in ("chiller_kwh", "free_kwh", "electricity_kwh"):
        assert sum(getattr(half, name) for half in halves) == pytest.approx(
            getattr(account(), name)
        )
    eers = [half.eer_ratio for half in halves if half.electricity_kwh > 0.0]
    assert min(eers) - 1e-9 <= account().eer_ratio <= max(eers) + 1e-9
    assert all(0.0 <= half.free_ratio <= 1.0 for half in halves)


@given(more=st.floats(1.0, 1e3))
def test_more_free_cooling_raises_its_share_and_leaves_the_eer(more: float) -> None:
    greater = account(free=FREE + more)

    assert greater.free_ratio > account().free_ratio
    assert greater.eer_ratio == account().eer_ratio


def test_unknown_steps_count_nowhere() -> None:
    holed = np.where(np.arange(96) < 24, np.nan, POWER)

    found, known = account(power=holed), account(CHILLER[24:], FREE[24:], POWER[24:])

    assert found.coverage_ratio == 0.75
    assert found.eer_ratio == pytest.approx(known.eer_ratio)
    assert found.chiller_kwh == pytest.approx(known.chiller_kwh)


def test_a_plant_at_rest_has_no_figures_rather_than_zeros() -> None:
    rest = account(np.zeros(3), np.zeros(3), np.zeros(3))
    blind = account(np.full(3, np.nan), np.zeros(3), np.zeros(3))

    for found in (rest, blind):
        assert np.isnan([found.eer_ratio, found.free_ratio, found.free_hours_ratio]).all()
    assert (rest.coverage_ratio, blind.coverage_ratio) == (1.0, 0.0)


def test_the_uncertainties_are_those_of_monte_carlo() -> None:
    rng, draws = np.random.default_rng(9), 100_000
    chiller, free, power = (
        total * (1.0 + u * rng.standard_normal(draws))
        for total, u in ((600.0, 0.02), (400.0, 0.03), (120.0, 0.01))
    )
    found = ColdAccount(
        chiller_kwh=600.0,
        free_kwh=400.0,
        electricity_kwh=120.0,
        free_hours_ratio=0.3,
        coverage_ratio=1.0,
    )

    assert found.eer_u_ratio(0.02, 0.01) == pytest.approx(np.std(chiller / power) / 5.0, rel=0.02)
    assert found.free_u(0.02, 0.03) == pytest.approx(np.std(free / (chiller + free)), rel=0.02)


@given(water=st.floats(5.0, 60.0), distance=st.floats(0.0, 15.0), shift=st.floats(-20.0, 20.0))
def test_an_approach_is_a_difference_and_knows_no_zero_of_the_scale(
    water: float, distance: float, shift: float
) -> None:
    found = approach_k(arr(water + distance), arr(water))[0]

    assert found == pytest.approx(distance)
    assert approach_k(arr(water + distance + shift), arr(water + shift))[0] == pytest.approx(found)


def test_each_approach_takes_its_own_pair_of_sensors() -> None:
    found = approaches(
        RejectionTemperatures(
            condensing_degc=arr(38.0),
            condenser_water_out_degc=arr(35.5),
            dry_cooler_out_degc=arr(32.0),
            dry_bulb_degc=arr(25.0),
            tower_out_degc=arr(24.0),
            wet_bulb_degc=arr(19.0),
            free_cooled_out_degc=arr(14.0),
            free_cooling_inlet_degc=arr(12.5),
        )
    )

    values = (found.condenser_k, found.dry_cooler_k, found.tower_k, found.free_cooling_k)
    assert [float(one[0]) for one in values if one is not None] == [2.5, 7.0, 5.0, 1.5]


def test_a_missing_sensor_has_no_approach_and_a_wrong_one_is_unknown() -> None:
    found = approaches(
        RejectionTemperatures(
            tower_out_degc=arr(18.0, 18.8, np.nan), wet_bulb_degc=arr(19.0, 19.0, 19.0)
        )
    )

    assert (found.condenser_k, found.dry_cooler_k, found.free_cooling_k) == (None, None, None)
    assert found.tower_k is not None
    assert np.isnan(found.tower_k[[0, 2]]).all()
    assert found.tower_k[1] == pytest.approx(-0.2)  # within what two thermometers may differ


@pytest.mark.parametrize(("step_h", "standing"), [(0.0, 1.0), (-1.0, 1.0), (1.0, 0.0)])
def test_impossible_parameters_are_refused(step_h: float, standing: float) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        cold_account(CHILLER, FREE, POWER, step_h, standing_below_kw=standing)
    with pytest.raises(ValueError, match="steps differ"):
        cold_account(CHILLER, FREE[:5], POWER, 1.0, standing_below_kw=1.0)
