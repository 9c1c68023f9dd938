"""Heat told twice: hand cases, simulation as the oracle of the interval, causes, laws."""

from dataclasses import replace
from math import hypot, inf, isnan, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.heat.coefficient import FlowSensorPipe, heat_from_volume_kwh
from models.heat.figures import FigureHint, HeatSteps, OtherSensors, TwoFigures, two_figures
from models.heat.fluids import WATER, Fluid, FluidKind
from models.metering.uncertainty import HeatAccuracy
from models.readings import FloatArray

CLASS_2 = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=15.0)
SUPPLY, RETURN = FlowSensorPipe.SUPPLY, FlowSensorPipe.RETURN
EG_30 = Fluid(kind=FluidKind.ETHYLENE_GLYCOL, glycol_ratio=0.3, pressure_bar=3.0)
RNG = np.random.default_rng(20)
VOLUME = RNG.uniform(5.0, 15.0, 96)
HOT, COLD = RNG.uniform(60.0, 70.0, 96), RNG.uniform(32.0, 40.0, 96)


def day(
    gain: float = 1.0,
    *,
    meter_fluid: Fluid = WATER,
    meter_pipe: FlowSensorPipe = RETURN,
    **more: Any,
) -> HeatSteps:
    """A day whose register was made by a calculator with that configuration and gain."""
    heat = heat_from_volume_kwh(VOLUME, HOT, COLD, meter_pipe, meter_fluid)
    columns: dict[str, Any] = {
        "register_kwh": gain * heat,
        "volume_m3": VOLUME,
        "supply_temp_degc": HOT,
        "return_temp_degc": COLD,
        **more,
    }
    return HeatSteps(**columns)


def compare(steps: HeatSteps, pipe: FlowSensorPipe = RETURN, **more: Any) -> TwoFigures:
    return two_figures(steps, CLASS_2, pipe, **{"sampling_u_ratio": 0.002, **more})


def steady(count: int, **more: Any) -> HeatSteps:
    """Hours of 10 m3 from 60 to 40 degC: by steam tables 230.5 kWh each."""
    ones = np.ones(count)
    columns: dict[str, Any] = {
        "register_kwh": 230.4 * ones,
        "volume_m3": 10.0 * ones,
        "supply_temp_degc": 60.0 * ones,
        "return_temp_degc": 40.0 * ones,
        **more,
    }
    return HeatSteps(**columns)


def u_of(both: TwoFigures) -> dict[str, float]:
    return {part.name: part.u for part in both.parts}


def test_the_budget_is_that_by_hand() -> None:
    """EN 1434-1 at 20 K with 3 K least: calculator 0.5 + 0.15 %, pair 0.5 + 0.45 %."""
    steps = steady(4, resolution_kwh=1.0, resolution_m3=0.1, resolution_k=0.1)
    others = OtherSensors(delta_t_u_k=0.1, volume_u_ratio=0.02)
    both = compare(steps, fluid_u_ratio=0.001, others=others)
    heat = both.calculated_kwh
    expected = {
        "calculator": 0.0065 * heat / sqrt(3.0),
        "temperature_pairs": hypot(0.0095 / sqrt(3.0), 0.1 / 20.0) * heat,
        "flow_sensors": 0.02 * heat,
        "sampling": 0.002 * heat,
        "fluid": 0.001 * heat,
        "resolution": hypot(1.0, 0.1 * 23.05, 0.1 / 20.0 * heat) / sqrt(6.0),
    }

    assert heat == pytest.approx(4 * 230.4, rel=2e-3)
    assert u_of(both) == pytest.approx(expected, rel=1e-3)
    assert both.u_difference_kwh == pytest.approx(hypot(*expected.values()), rel=1e-3)
    assert both.expanded_uncertainty_kwh == pytest.approx(2.0 * both.u_difference_kwh)


def test_sensors_that_both_figures_share_are_not_in_the_budget() -> None:
    assert set(u_of(compare(steady(4)))) == {"calculator", "sampling"}
    pairs = compare(steady(4), others=OtherSensors(delta_t_u_k=0.05))
    assert set(u_of(pairs)) == {"calculator", "temperature_pairs", "sampling"}


def test_each_gap_shows_the_resolution_of_the_register_once_more() -> None:
    whole = steady(7, resolution_kwh=1.0)
    gappy = replace(whole, register_kwh=np.where(np.arange(7) % 3 == 1, np.nan, 230.4))

    assert u_of(compare(whole))["resolution"] == pytest.approx(1.0 / sqrt(6.0))
    assert u_of(compare(gappy))["resolution"] == pytest.approx(sqrt(3.0) / sqrt(6.0))


def simulate(draws: int, others: OtherSensors | None) -> tuple[FloatArray, TwoFigures]:
    """Differences of many meters of class 2 at 25 K, errors drawn by their parts."""
    rng = np.random.default_rng(5)
    volume, supply, drop = 10.0, 65.0, 25.0
    flow_e = 0.0203 * rng.uniform(-1, 1, draws)
    pair_e = (0.005 + 0.03 * 3.0 / drop) * rng.uniform(-1, 1, draws)
    calculator_e = (0.005 + 0.01 * 3.0 / drop) * rng.uniform(-1, 1, draws)
    seen_volume, seen_drop = volume * (1.0 + flow_e), drop * (1.0 + pair_e)
    register = (
        heat_from_volume_kwh(seen_volume, np.full(draws, supply), supply - seen_drop, RETURN)
        * (1.0 + calculator_e)
        * (1.0 + 0.003 * rng.standard_normal(draws))
    )
    if others is not None:
        assert others.delta_t_u_k is not None
        assert others.volume_u_ratio is not None
        seen_drop = drop + others.delta_t_u_k * rng.standard_normal(draws)
        own = 0.0203 / sqrt(3.0)
        other = sqrt(others.volume_u_ratio**2 - own**2)
        seen_volume = volume * (1.0 + other * rng.standard_normal(draws))
    reckoned = heat_from_volume_kwh(seen_volume, np.full(draws, supply), supply - seen_drop, RETURN)
    one = np.ones(1)
    said = two_figures(
        HeatSteps(
            register_kwh=register[:1],
            volume_m3=volume * one,
            supply_temp_degc=supply * one,
            return_temp_degc=(supply - drop) * one,
        ),
        CLASS_2,
        RETURN,
        sampling_u_ratio=0.003,
        others=others,
    )
    return register - reckoned, said


@pytest.mark.parametrize("others", [None, OtherSensors(delta_t_u_k=0.15, volume_u_ratio=0.018)])
def test_the_interval_is_that_of_simulated_meters(others: OtherSensors | None) -> None:
    differences, said = simulate(100_000, others)

    assert said.u_difference_kwh == pytest.approx(np.std(differences), rel=0.02)
    beyond = np.mean(np.abs(differences) > said.expanded_uncertainty_kwh)
    assert 0.01 < beyond < 0.055  # about one in twenty, and not none: intervals are not padded


@pytest.mark.parametrize("pipe", [SUPPLY, RETURN])
@pytest.mark.parametrize("fluid", [WATER, EG_30])
def test_a_sound_meter_agrees_with_itself(pipe: FlowSensorPipe, fluid: Fluid) -> None:
    both = compare(day(meter_pipe=pipe, meter_fluid=fluid), pipe, fluid=fluid)

    assert both.difference_kwh == pytest.approx(0.0, abs=1e-9)
    assert not both.disagree
    assert both.hint is None
    assert both.coverage_ratio == 1.0


@pytest.mark.parametrize("share", [0.2, 0.3, 0.4, 0.5])
@pytest.mark.parametrize("kind", [FluidKind.ETHYLENE_GLYCOL, FluidKind.PROPYLENE_GLYCOL])
def test_glycol_in_the_configuration_is_named(kind: FluidKind, share: float) -> None:
    fluid = Fluid(kind=kind, glycol_ratio=share, pressure_bar=3.0)

    in_water = compare(day(meter_fluid=fluid))
    assert (in_water.disagree, in_water.hint) == (True, FigureHint.GLYCOL_CONFIGURED)
    in_glycol = compare(day(), fluid=fluid)
    assert (in_glycol.disagree, in_glycol.hint) == (True, FigureHint.WATER_CONFIGURED)


def test_a_water_meter_in_glycol_that_nobody_declared_is_not_seen() -> None:
    assert not compare(day()).disagree


@pytest.mark.parametrize(("sits", "configured"), [(RETURN, SUPPLY), (SUPPLY, RETURN)])
def test_the_flow_sensor_in_the_other_pipe_is_named(
    sits: FlowSensorPipe, configured: FlowSensorPipe
) -> None:
    steps = day(meter_pipe=configured)
    both = compare(steps, sits, sampling_u_ratio=0.001)

    assert (both.disagree, both.hint) == (True, FigureHint.OTHER_PIPE)
    assert (both.difference_kwh > 0.0) == (configured is RETURN)


def test_the_other_pipe_does_not_explain_more_than_it_makes() -> None:
    """At 5 K the pipes differ by 0.2 %: six times as much has another cause."""
    heat = heat_from_volume_kwh(VOLUME, COLD + 5.0, COLD, RETURN)
    steps = day(supply_temp_degc=COLD + 5.0, register_kwh=heat)
    least = 1.02 * compare(steps).expanded_uncertainty_kwh / heat.sum()

    both = compare(replace(steps, register_kwh=(1.0 - least) * heat))
    assert 0.01 < least < 0.02
    assert both.disagree
    assert both.hint is not FigureHint.OTHER_PIPE


@pytest.mark.parametrize(
    ("gain", "hint"),
    [
        (1.08, FigureHint.REGISTER_TOO_HIGH),
        (0.5, FigureHint.REGISTER_TOO_LOW),
        (0.0, FigureHint.REGISTER_TOO_LOW),
        (-1.0, FigureHint.REGISTER_TOO_LOW),
    ],
)
def test_other_disagreements_have_a_direction_only(gain: float, hint: FigureHint) -> None:
    both = compare(day(gain))

    assert (both.disagree, both.hint) == (True, hint)


def test_a_register_that_counts_without_flow_is_an_alarm() -> None:
    steps = steady(5, volume_m3=np.zeros(5), supply_temp_degc=np.full(5, np.nan))
    both = compare(steps)

    assert both.register_kwh == pytest.approx(1152.0)
    assert both.calculated_kwh == 0.0
    assert both.normalised_error == inf
    assert (both.disagree, both.hint) == (True, FigureHint.REGISTER_TOO_HIGH)


def test_flow_below_the_resolution_of_the_volume_is_no_alarm() -> None:
    """1 m3 at 20 K hides 23 kWh, U = 2/sqrt(6) of it: 19 kWh."""
    small = steady(2, volume_m3=np.zeros(2), register_kwh=np.full(2, 9.0), resolution_m3=1.0)

    assert not compare(small).disagree
    assert compare(replace(small, register_kwh=np.full(2, 11.0))).disagree


@pytest.mark.parametrize("steps", [steady(0), steady(3, volume_m3=np.full(3, np.nan))])
def test_without_a_common_step_nothing_is_said(steps: HeatSteps) -> None:
    both = compare(steps)

    said = (both.register_kwh, both.calculated_kwh, both.difference_kwh, both.normalised_error)
    assert all(isnan(value) for value in said)
    assert isnan(both.expanded_uncertainty_kwh)
    assert (both.coverage_ratio, both.disagree, both.hint) == (0.0, False, None)


def test_unknown_steps_count_in_neither_figure() -> None:
    register = np.where(np.arange(96) < 24, np.nan, day().register_kwh)
    volume = np.where(np.arange(96) >= 72, np.nan, VOLUME)
    both = compare(day(register_kwh=register, volume_m3=volume))

    assert both.coverage_ratio == 0.5
    assert both.register_kwh == pytest.approx(both.calculated_kwh)
    assert both.register_kwh == pytest.approx(day().register_kwh[24:72].sum())


@given(gain=st.floats(0.3, 2.0), scale=st.floats(0.01, 100.0))
def test_the_verdict_knows_no_size(gain: float, scale: float) -> None:
    steps = day(gain)
    one = compare(steps)
    large = compare(
        replace(steps, register_kwh=scale * steps.register_kwh, volume_m3=scale * VOLUME)
    )

    assert large.normalised_error == pytest.approx(one.normalised_error, abs=1e-6)
    assert large.calculated_kwh == pytest.approx(scale * one.calculated_kwh)
    assert large.hint is one.hint


@given(cut=st.integers(1, 95), gain=st.floats(0.5, 1.5))
def test_figures_and_lasting_errors_add_up_over_time(cut: int, gain: float) -> None:
    whole = day(gain)

    def part(of: slice) -> TwoFigures:
        return compare(
            HeatSteps(
                register_kwh=whole.register_kwh[of],
                volume_m3=VOLUME[of],
                supply_temp_degc=HOT[of],
                return_temp_degc=COLD[of],
            )
        )

    early, late, both = part(slice(cut)), part(slice(cut, None)), compare(whole)
    assert early.register_kwh + late.register_kwh == pytest.approx(both.register_kwh)
    assert early.calculated_kwh + late.calculated_kwh == pytest.approx(both.calculated_kwh)
    assert u_of(early)["calculator"] + u_of(late)["calculator"] == pytest.approx(
        u_of(both)["calculator"]
    )


@given(order=st.permutations(range(96)), gain=st.floats(0.5, 1.5))
def test_the_order_of_steps_does_not_matter(order: list[int], gain: float) -> None:
    steps = day(gain)
    mixed = HeatSteps(
        register_kwh=steps.register_kwh[order],
        volume_m3=VOLUME[order],
        supply_temp_degc=HOT[order],
        return_temp_degc=COLD[order],
    )

    assert compare(mixed).normalised_error == pytest.approx(
        compare(steps).normalised_error, abs=1e-9
    )


@given(gain=st.floats(0.2, 3.0))
def test_the_alarm_rings_beyond_the_expanded_uncertainty_only(gain: float) -> None:
    both = compare(day(gain))

    assert both.disagree == (abs(both.difference_kwh) > both.expanded_uncertainty_kwh)
    assert (both.hint is not None) == both.disagree


@given(u_k=st.floats(0.0, 1.0), u_volume=st.floats(0.0, 0.1), more=st.floats(0.001, 0.5))
def test_more_doubt_in_the_other_sensors_never_narrows_the_interval(
    u_k: float, u_volume: float, more: float
) -> None:
    def width(delta_t_u_k: float, volume_u_ratio: float) -> float:
        others = OtherSensors(delta_t_u_k=delta_t_u_k, volume_u_ratio=volume_u_ratio)
        return compare(day(), others=others).expanded_uncertainty_kwh

    one = width(u_k, u_volume)
    assert compare(day()).expanded_uncertainty_kwh <= one
    assert width(u_k + more, u_volume) > one
    assert width(u_k, u_volume + more) > one


def test_defrost_does_not_cancel_what_is_unsure_of_heat() -> None:
    half = np.where(np.arange(96) < 48, 1.0, -1.0)
    turned = day(
        register_kwh=half * day().register_kwh,
        supply_temp_degc=np.where(half > 0.0, HOT, COLD),
        return_temp_degc=np.where(half > 0.0, COLD, HOT),
    )

    assert u_of(compare(turned))["calculator"] == pytest.approx(
        u_of(compare(day()))["calculator"], rel=0.02
    )


def test_impossible_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in shape"):
        compare(day(volume_m3=VOLUME[:5]))
    for name, wrong in (("sampling_u_ratio", -0.1), ("fluid_u_ratio", np.nan)):
        ratios: dict[str, Any] = {name: wrong}
        with pytest.raises(ValueError, match="standard uncertainties"):
            compare(day(), **ratios)
