"""Evaporation, blow-down and pads against handbook figures, and their laws."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.air.psychrometrics import humidity_ratio_kg_per_kg, wet_bulb_degc
from models.heat.evaporation import (
    WaterVerdict,
    blow_down_m3,
    check_make_up,
    cycles_from_conductivity,
    cycles_of_concentration,
    evaporated_m3,
    latent_heat_kj_per_kg,
    pad_effectiveness_ratio,
    pad_evaporated_kg_per_s,
    pad_outlet_degc,
    tower_evaporated_m3,
    water_budget,
)
from models.readings import FloatArray

ORACLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "oracles" / "evaporation.json").read_text(encoding="utf-8")
)
volumes = st.floats(0.01, 1e4)
cycles = st.floats(1.2, 12.0)
nan = float("nan")


def one(value: float) -> FloatArray:
    return np.array([float(value)])


def test_every_case_names_its_source() -> None:
    cases = [case for group in ORACLES.values() if isinstance(group, list) for case in group]

    assert len(cases) > 12
    for case in cases:
        assert len(case["source"]) > 10
        assert case["reliability"] in {"S", "S2", "B", "D"}


@pytest.mark.parametrize("case", ORACLES["latent_heat"])
def test_latent_heat_is_that_of_iapws(case: dict[str, float]) -> None:
    assert latent_heat_kj_per_kg(one(case["temp_degc"]))[0] == pytest.approx(
        case["kj_per_kg"], rel=2.5e-4
    )


@pytest.mark.parametrize("case", ORACLES["tower_evaporation"])
def test_a_tower_evaporates_what_its_latent_heat_takes(case: dict[str, float]) -> None:
    found = tower_evaporated_m3(
        one(case["rejected_kwh"]), case["latent_ratio"], one(case["surface_temp_degc"])
    )

    assert found[0] == pytest.approx(case["evaporated_m3"], rel=2.5e-4)


@pytest.mark.parametrize("case", ORACLES["tower_balance"])
def test_the_balance_of_a_tower_is_that_of_the_worked_examples(case: dict[str, float]) -> None:
    budget = water_budget(case["evaporated"], case["cycles"], case["drift"])

    assert budget.blow_down_m3 == pytest.approx(case["blow_down"], abs=0.6)
    assert budget.make_up_m3 == pytest.approx(case["make_up"], abs=0.6)
    assert cycles_of_concentration(
        case["make_up"], case["blow_down"], case["drift"]
    ) == pytest.approx(case["cycles"], rel=1e-4)


@pytest.mark.parametrize("case", ORACLES["conductivity"])
def test_cycles_follow_from_conductivities(case: dict[str, float]) -> None:
    found = cycles_from_conductivity(one(case["basin"]), one(case["make_up"]))

    assert found[0] == pytest.approx(case["cycles"])


@pytest.mark.parametrize("case", ORACLES["pad"])
def test_a_pad_follows_the_wet_bulb_line(case: dict[str, float]) -> None:
    temp, humidity = one(case["temp_degc"]), one(case["relative_humidity"])
    wet_bulb = wet_bulb_degc(temp, humidity)
    outlet = pad_outlet_degc(temp, wet_bulb, case["effectiveness"])
    water = pad_evaporated_kg_per_s(
        one(case["dry_air_kg_per_s"]),
        humidity_ratio_kg_per_kg(temp, humidity),
        humidity_ratio_kg_per_kg(outlet, one(case["outlet_relative_humidity"])),
    )

    assert outlet[0] == pytest.approx(case["outlet_degc"], abs=1e-3)
    assert water[0] == pytest.approx(case["evaporated_kg_per_s"], rel=1e-3)


@pytest.mark.parametrize("case", ORACLES["make_up_check"])
def test_the_make_up_check_is_that_by_hand(case: dict[str, Any]) -> None:
    check = check_make_up(
        case["metered_m3"],
        case["metered_u_ratio"],
        case["latent_heat_kwh"],
        case["latent_u_ratio"],
        surface_temp_degc=case["surface_temp_degc"],
        cycles=case["cycles"],
        cycles_u_ratio=case["cycles_u_ratio"],
    )

    assert check.expected_m3 == pytest.approx(case["expected_m3"], rel=2.5e-4)
    assert check.expanded_uncertainty_m3 == pytest.approx(case["expanded_uncertainty_m3"], rel=3e-4)
    assert check.verdict.value == case["verdict"]
    assert check.impossible is case["impossible"]
    assert check.metered_to_expected_ratio == pytest.approx(
        case["metered_m3"] / case["expected_m3"], rel=3e-4
    )


@given(evaporated=volumes, concentration=cycles, drift_share=st.floats(0.0, 1.0))
def test_cycles_come_back_from_the_budget_they_made(
    evaporated: float, concentration: float, drift_share: float
) -> None:
    drift = drift_share * evaporated / (concentration - 1.0)
    budget = water_budget(evaporated, concentration, drift)

    assert cycles_of_concentration(budget.make_up_m3, budget.blow_down_m3, drift) == pytest.approx(
        concentration
    )
    assert budget.make_up_m3 > evaporated


@given(evaporated=volumes, low=cycles, high=cycles)
def test_more_cycles_let_less_water_go(evaporated: float, low: float, high: float) -> None:
    low, high = sorted((low, high))

    assert blow_down_m3(evaporated, high) <= blow_down_m3(evaporated, low)


@given(heat=st.floats(0.0, 1e6), share=st.floats(0.0, 1.0), scale=st.floats(0.1, 10.0))
def test_evaporation_scales_with_heat_and_stays_below_all_latent(
    heat: float, share: float, scale: float
) -> None:
    temp = one(25.0)
    part = tower_evaporated_m3(one(heat), share, temp)[0]

    assert tower_evaporated_m3(one(scale * heat), share, temp)[0] == pytest.approx(scale * part)
    assert 0.0 <= part <= evaporated_m3(one(heat), temp)[0] * (1.0 + 1e-12)


@given(
    dry=st.floats(15.0, 45.0),
    depression=st.floats(0.5, 20.0),
    effectiveness=st.floats(0.0, 1.0),
)
def test_effectiveness_and_outlet_undo_each_other(
    dry: float, depression: float, effectiveness: float
) -> None:
    wet = np.array([dry - depression - 1e-9])
    outlet = pad_outlet_degc(one(dry), wet, effectiveness)

    assert wet[0] - 1e-9 <= outlet[0] <= dry
    assert pad_effectiveness_ratio(one(dry), outlet, wet)[0] == pytest.approx(
        effectiveness, abs=1e-9
    )


def test_a_pad_takes_from_the_air_the_heat_its_water_needs() -> None:
    temp, humidity, flow = one(35.0), one(0.3), one(10.0)
    wet_bulb = wet_bulb_degc(temp, humidity)
    before = humidity_ratio_kg_per_kg(temp, humidity)
    # A saturated outlet is at the wet bulb: the air's sensible heat has become latent.
    water = pad_evaporated_kg_per_s(flow, before, humidity_ratio_kg_per_kg(wet_bulb, one(1.0)))
    sensible_kw = flow * (1.006 + 1.86 * before) * (temp - wet_bulb)

    assert water[0] * latent_heat_kj_per_kg(wet_bulb)[0] == pytest.approx(sensible_kw[0], rel=0.002)


@given(metered=st.floats(0.0, 10.0))
def test_every_make_up_has_the_verdict_its_distance_calls_for(metered: float) -> None:
    check = check_make_up(metered, 0.012, 1000.0, 0.05, surface_temp_degc=20.0, cycles=3.0)
    excess = metered - check.expected_m3

    if abs(excess) <= check.expanded_uncertainty_m3:
        assert check.verdict is WaterVerdict.PLAUSIBLE
    else:
        assert (check.verdict is WaterVerdict.TOO_MUCH) == (excess > 0.0)
    # What is impossible is also too little: no blow-down only lowers what is needed.
    assert not check.impossible or check.verdict is WaterVerdict.TOO_LITTLE


def test_the_uncertainty_of_the_ratio_is_that_of_monte_carlo() -> None:
    check = check_make_up(
        2.2, 0.012, 1000.0, 0.03, surface_temp_degc=20.0, cycles=3.0, cycles_u_ratio=0.05
    )
    rng = np.random.default_rng(2)
    heat, concentration, meter = (
        1.0 + u * rng.standard_normal(200_000) for u in (0.03, 0.05, 0.012)
    )
    c = 3.0 * concentration
    ratio = 2.2 * meter / (check.evaporated_m3 * heat * c / (c - 1.0))

    assert check.expanded_uncertainty_ratio == pytest.approx(2.0 * float(np.std(ratio)), rel=0.02)


def test_what_is_missing_stays_unknown_and_is_no_finding() -> None:
    for metered, heat, temp in (
        (nan, 1e3, 20.0),
        (2.0, nan, 20.0),
        (2.0, 1e3, 80.0),
        (-1, 1e3, 20),
    ):
        check = check_make_up(metered, 0.01, heat, 0.05, surface_temp_degc=temp, cycles=3.0)
        assert check.verdict is WaterVerdict.UNKNOWN
        assert not check.impossible
    assert np.isnan(cycles_of_concentration(15.0, nan))
    assert np.isnan(cycles_of_concentration(nan, 5.0))
    assert np.isnan(cycles_of_concentration(0.0, 0.0))
    assert cycles_of_concentration(15.0, 0.0) == float("inf")
    assert np.isnan(blow_down_m3(nan, 3.0))
    assert np.isnan(blow_down_m3(-1.0, 3.0))
    assert np.isnan(cycles_from_conductivity(one(900.0), one(0.0))[0])
    assert np.isnan(tower_evaporated_m3(one(-5.0), 0.8, one(20.0))[0])
    assert np.isnan(tower_evaporated_m3(one(5.0), 1.2, one(20.0))[0])
    assert np.isnan(pad_effectiveness_ratio(one(20.0), one(19.9), one(19.8))[0])
    assert np.isnan(pad_evaporated_kg_per_s(one(-1.0), one(0.01), one(0.02))[0])


def test_drift_may_let_go_more_than_the_cycles_ask_for() -> None:
    assert blow_down_m3(1.0, 5.0, drift=0.4) == 0.0


def test_wrong_parameters_are_refused() -> None:
    for wrong in (1.0, 0.5, nan):
        with pytest.raises(ValueError, match="cycles"):
            blow_down_m3(1.0, wrong)
    with pytest.raises(ValueError, match="effectiveness"):
        pad_outlet_degc(one(30.0), one(20.0), 1.1)
    with pytest.raises(ValueError, match="uncertainty"):
        check_make_up(1.0, -0.1, 1.0, 0.1, surface_temp_degc=20.0, cycles=3.0)
