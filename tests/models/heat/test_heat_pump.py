"""Heat pumps against textbooks, arithmetic, simulation and their laws."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.heat.heat_pump import (
    BoundarySide,
    HeatPumpAccount,
    MachineEnergies,
    carnot_cop_ratio,
    carnot_fraction_ratio,
    cop_ratio,
    cop_u_ratio,
    erf_of_side,
    machine_balance,
    performance_factor,
)
from models.readings import FloatArray

ORACLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "oracles" / "heat_machines.json").read_text(encoding="utf-8")
)
energies = st.floats(0.1, 1e4)


def arr(*values: float) -> FloatArray:
    return np.array(values)


def machine(warm: float, cold: float, electricity: float, **more: Any) -> MachineEnergies:
    return MachineEnergies(
        warm_kwh=arr(warm),
        cold_kwh=arr(cold),
        electricity_kwh=arr(electricity),
        **{
            "warm_u_kwh": arr(0.01 * warm),
            "cold_u_kwh": arr(0.01 * cold),
            "electricity_u_kwh": arr(0.005 * electricity),
            **more,
        },
    )


def account(side: BoundarySide, source: float, electricity: float) -> HeatPumpAccount:
    return HeatPumpAccount(
        source_kwh=source,
        delivered_kwh=source + electricity,
        electricity_kwh=electricity,
        side=side,
    )


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
def test_source_heat_and_cop_are_those_of_the_books(case: dict[str, Any]) -> None:
    balance = machine_balance(machine(case["warm"], case["cold"], case["electricity"]))

    assert balance.source_kwh[0] == pytest.approx(case["cold"], rel=1e-5)
    assert not balance.disagrees[0]
    assert cop_ratio(arr(case["warm"]), arr(case["electricity"]), 1e-3)[0] == pytest.approx(
        case["cop"], rel=1e-4
    )


@pytest.mark.parametrize("case", ORACLES["performance_factor"])
def test_the_seasonal_factor_is_the_ratio_of_sums(case: dict[str, Any]) -> None:
    factor = performance_factor(
        np.array(case["heat_kwh"], dtype=float),
        np.array(case["electricity_kwh"], dtype=float),
        heat_u_ratio=0.01,
        electricity_u_ratio=0.005,
    )

    assert factor.value_ratio == pytest.approx(case["value"], abs=1e-6)
    assert factor.heat_kwh / factor.electricity_kwh == pytest.approx(case["value"], abs=1e-6)


@pytest.mark.parametrize("case", ORACLES["boundary"])
def test_each_side_of_the_boundary_has_its_consequences(case: dict[str, Any]) -> None:
    found = HeatPumpAccount(
        source_kwh=case["source_kwh"],
        delivered_kwh=case["delivered_kwh"],
        electricity_kwh=case["electricity_kwh"],
        side=BoundarySide(case["side"]),
    )

    assert found.reused_kwh == case["reused_kwh"]
    assert found.electricity_in_facility_kwh == case["in_facility_kwh"]
    assert found.imbalance_kwh == 0.0
    assert erf_of_side(found, 1000.0) == pytest.approx(case["erf"], abs=1e-6)


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


def test_the_uncertainty_of_a_cop_is_that_of_monte_carlo() -> None:
    rng = np.random.default_rng(4)
    heat = 120.0 * (1.0 + 0.012 * rng.standard_normal(100_000))
    power = 30.0 * (1.0 + 0.005 * rng.standard_normal(100_000))

    assert cop_u_ratio(arr(0.012), arr(0.005))[0] == pytest.approx(
        np.std(heat / power) / 4.0, rel=0.02
    )


@given(
    pairs=st.lists(st.tuples(energies, energies), min_size=1, max_size=12),
    scale=st.floats(0.01, 100.0),
)
def test_the_seasonal_factor_knows_neither_size_nor_order_and_lies_among_the_cops(
    pairs: list[tuple[float, float]], scale: float
) -> None:
    heat, electricity = np.array(pairs).T

    def value(h: FloatArray, e: FloatArray) -> float:
        return performance_factor(h, e, heat_u_ratio=0.01, electricity_u_ratio=0.01).value_ratio

    found = value(heat, electricity)
    assert value(scale * heat, scale * electricity) == pytest.approx(found)
    assert value(heat[::-1], electricity[::-1]) == pytest.approx(found)
    cops = heat / electricity
    assert cops.min() * (1 - 1e-9) <= found <= cops.max() * (1 + 1e-9)


def test_a_season_without_electricity_has_no_factor_and_half_known_says_so() -> None:
    still = performance_factor(arr(0.0), arr(0.0), heat_u_ratio=0.0, electricity_u_ratio=0.0)
    half = performance_factor(
        arr(40.0, np.nan), arr(10.0, 9.0), heat_u_ratio=0.0, electricity_u_ratio=0.0
    )

    assert np.isnan(still.value_ratio)
    assert (half.value_ratio, half.coverage_ratio) == (4.0, 0.5)
    with pytest.raises(ValueError, match="differ"):
        performance_factor(arr(1.0, 2.0), arr(1.0), heat_u_ratio=0.0, electricity_u_ratio=0.0)
    with pytest.raises(ValueError, match="uncertainty"):
        performance_factor(arr(1.0), arr(1.0), heat_u_ratio=-0.1, electricity_u_ratio=0.0)


@given(cold=energies, electricity=energies, lost=st.floats(0.0, 0.5))
def test_a_machine_that_keeps_the_first_law_leaves_no_residual(
    cold: float, electricity: float, lost: float
) -> None:
    warm = cold + (1.0 - lost) * electricity

    balance = machine_balance(machine(warm, cold, electricity, lost_ratio=lost))

    assert balance.residual_kwh[0] == pytest.approx(0.0, abs=1e-9 * warm)
    assert balance.source_kwh[0] == pytest.approx(cold, rel=1e-9, abs=1e-9 * warm)


def test_the_uncertainty_of_the_balance_is_that_of_monte_carlo() -> None:
    rng, draws = np.random.default_rng(5), 100_000
    warm, cold = 400.0 + 4.0 * rng.standard_normal(draws), 300.0 + 3.0 * rng.standard_normal(draws)
    electricity = 100.0 + 6.0 * rng.standard_normal(draws)

    balance = machine_balance(machine(400.0, 300.0, 100.0, electricity_u_kwh=arr(6.0)))

    assert balance.source_u_kwh[0] == pytest.approx(np.std(warm - electricity), rel=0.02)
    assert balance.residual_u_kwh[0] == pytest.approx(np.std(warm - cold - electricity), rel=0.02)


def test_a_wrong_meter_is_noticed_and_a_missing_one_accuses_nobody() -> None:
    wrong = machine_balance(machine(400.0, 250.0, 100.0))
    unmetered = machine_balance(machine(400.0, np.nan, 100.0))

    assert wrong.disagrees[0]
    assert wrong.residual_kwh[0] == 50.0
    assert not unmetered.disagrees[0]
    assert unmetered.source_kwh[0] == 300.0
    assert np.isnan(unmetered.residual_kwh[0])


def test_sound_machines_are_accused_as_seldom_as_the_interval_says() -> None:
    rng, draws = np.random.default_rng(6), 2_000
    ones = np.ones(draws)
    balance = machine_balance(
        MachineEnergies(
            warm_kwh=400.0 + 4.0 * rng.standard_normal(draws),
            cold_kwh=300.0 + 3.0 * rng.standard_normal(draws),
            electricity_kwh=100.0 + 0.5 * rng.standard_normal(draws),
            warm_u_kwh=4.0 * ones,
            cold_u_kwh=3.0 * ones,
            electricity_u_kwh=0.5 * ones,
        )
    )

    assert 0.03 < np.mean(balance.disagrees) < 0.06  # 4.6 % beyond k = 2


@given(source=energies, electricity=energies, other=st.floats(1e4, 1e6))
def test_the_boundary_moves_heat_and_electricity_together(
    source: float, electricity: float, other: float
) -> None:
    inside, outside = (account(side, source, electricity) for side in BoundarySide)

    assert inside.reused_kwh - outside.reused_kwh == pytest.approx(electricity)
    assert inside.electricity_in_facility_kwh == electricity
    assert 0.0 < erf_of_side(outside, other) <= erf_of_side(inside, other) * (1 + 1e-12)


@pytest.mark.parametrize("lost", [-0.1, 1.0, np.nan])
def test_an_impossible_loss_is_refused(lost: float) -> None:
    with pytest.raises(ValueError, match="lost_ratio"):
        machine(400.0, 300.0, 100.0, lost_ratio=lost)


def test_a_data_centre_without_energy_has_no_erf() -> None:
    with pytest.raises(ValueError, match="other_energy_kwh"):
        erf_of_side(account(BoundarySide.INSIDE, 300.0, 100.0), 0.0)
