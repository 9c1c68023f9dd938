"""Laws of the heat chain, what it refuses, and its intervals against simulation."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.heat.booking import book_heat
from models.heat.coefficient import (
    FlowSensorPipe,
    heat_from_volume_kwh,
    wrong_fluid_ratio,
    wrong_pipe_ratio,
)
from models.heat.exchanger import (
    Arrangement,
    ExchangerReadings,
    effectiveness_ratio,
    exchanger_state,
    log_mean_difference_k,
    transfer_units,
)
from models.heat.figures import FigureHint, HeatSteps, two_figures
from models.heat.fluids import Fluid, FluidKind, density_kg_per_m3
from models.heat.fouling import days_to_threshold, fouling_trend, normalised_ua
from models.heat.heat_pump import carnot_fraction_ratio, cop_ratio
from models.heat.missed import HeatOffer, missed_heat
from models.heat.statement import TakerSteps, monthly_statement
from models.metering.uncertainty import HeatAccuracy
from models.readings import FloatArray, Window

CLASS_2 = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=15.0)
ntus = st.floats(0.01, 8.0)
ratios = st.floats(0.0, 1.0)
GLYCOL = Fluid(kind=FluidKind.PROPYLENE_GLYCOL, glycol_ratio=0.35, pressure_bar=3.0)


def arr(*values: float) -> FloatArray:
    return np.array(values)


@given(ntu=ntus, ratio=ratios, arrangement=st.sampled_from(Arrangement))
def test_transfer_units_undo_effectiveness(
    ntu: float, ratio: float, arrangement: Arrangement
) -> None:
    share = effectiveness_ratio(arr(ntu), arr(ratio), arrangement)

    assert 0.0 < share[0] < 1.0
    again = transfer_units(share, arr(ratio), arrangement)[0]
    # Where the curve is flat, many NTU give one effectiveness: judge by the effectiveness.
    assert effectiveness_ratio(arr(again), arr(ratio), arrangement)[0] == pytest.approx(share[0])


@given(ntu=ntus, ratio=ratios)
def test_counter_flow_is_the_best_and_parallel_flow_the_worst(ntu: float, ratio: float) -> None:
    shares = [
        effectiveness_ratio(arr(ntu), arr(ratio), each)[0]
        for each in (
            Arrangement.COUNTER_FLOW,
            Arrangement.SHELL_AND_TUBE,
            Arrangement.PARALLEL_FLOW,
        )
    ]

    assert shares[0] >= shares[1] - 1e-12
    assert shares[1] >= shares[2] - 1e-12


@given(a=st.floats(0.1, 90.0), b=st.floats(0.1, 90.0), factor=st.floats(0.5, 2.0))
def test_the_log_mean_lies_between_geometric_and_arithmetic_mean(
    a: float, b: float, factor: float
) -> None:
    mean = log_mean_difference_k(arr(a), arr(b))[0]

    assert np.sqrt(a * b) - 1e-9 <= mean <= 0.5 * (a + b) + 1e-9
    assert log_mean_difference_k(arr(factor * a), arr(factor * b))[0] == pytest.approx(
        factor * mean
    )


def exchanger(u_k: float = 0.1) -> ExchangerReadings:
    """A counter-flow exchanger built from its UA, so that the answer is known."""
    ua, hot_c, cold_c, hot, cold = 150.0, 15.0, 14.0, 66.0, 46.0
    share = effectiveness_ratio(arr(ua / cold_c), arr(cold_c / hot_c), Arrangement.COUNTER_FLOW)
    heat = share * cold_c * (hot - cold)
    return ExchangerReadings(
        primary_inlet_degc=arr(hot),
        primary_outlet_degc=hot - heat / hot_c,
        secondary_inlet_degc=arr(cold),
        secondary_outlet_degc=cold + heat / cold_c,
        primary_kw_per_k=arr(hot_c),
        secondary_kw_per_k=arr(cold_c),
        temperature_u_k=u_k,
        heat_u_ratio=0.01,
    )


@pytest.mark.parametrize("arrangement", [Arrangement.COUNTER_FLOW])
def test_ua_is_found_again_and_its_uncertainty_is_that_of_monte_carlo(
    arrangement: Arrangement,
) -> None:
    truth = exchanger(u_k=0.03)
    state = exchanger_state(truth, arrangement)
    rng = np.random.default_rng(3)
    sides = ("primary_inlet_degc", "primary_outlet_degc", "secondary_inlet_degc")
    shaken = {
        side: getattr(truth, side) + 0.03 * rng.standard_normal(100_000)
        for side in (*sides, "secondary_outlet_degc")
    }
    lmtd = log_mean_difference_k(
        shaken["primary_inlet_degc"] - shaken["secondary_outlet_degc"],
        shaken["primary_outlet_degc"] - shaken["secondary_inlet_degc"],
    )
    heat = state.heat_kw * (1.0 + 0.01 * rng.standard_normal(100_000))

    assert state.ua_kw_per_k[0] == pytest.approx(150.0)
    assert state.imbalance_ratio[0] == pytest.approx(0.0, abs=1e-12)
    assert state.ua_u_kw_per_k[0] == pytest.approx(np.std(heat / lmtd), rel=0.03)


def test_a_standing_or_crossed_exchanger_has_no_ua() -> None:
    crossed = replace(exchanger(), secondary_outlet_degc=arr(70.0))
    standing = replace(exchanger(), primary_kw_per_k=arr(0.0), secondary_kw_per_k=arr(0.0))

    for readings in (crossed, standing):
        assert np.isnan(exchanger_state(readings, Arrangement.COUNTER_FLOW).ua_kw_per_k[0])


def fouled(seed: int, per_day: float = -0.0009) -> tuple[FloatArray, FloatArray]:
    """Sixty days of UA every two hours that fall so much a day, with correlated noise."""
    rng = np.random.default_rng(seed)
    day = np.arange(0.0, 60.0, 1.0 / 12.0)
    noise = np.zeros(len(day))
    for n in range(1, len(day)):
        noise[n] = 0.8 * noise[n - 1] + rng.normal(0.0, 1.2)
    return day, 180.0 * (1.0 + per_day * day) + noise


def test_the_fouling_interval_holds_the_true_slope_as_often_as_it_says() -> None:
    hits = 0
    for seed in range(200):
        day, ua = fouled(seed)
        trend = fouling_trend(day, ua)
        assert trend is not None
        slope = -0.0009 * 180.0 / trend.ua_now_kw_per_k
        hits += trend.change_low_per_day <= slope <= trend.change_high_per_day

    assert 180 <= hits < 200


def test_a_cleaning_starts_the_trend_again() -> None:
    day, ua = fouled(1)
    cleaned = np.where(day < 30.0, 0.75 * ua, ua)

    trend = fouling_trend(day, cleaned)

    assert trend is not None
    assert trend.cleaned_at_day == pytest.approx(30.0, abs=0.5)


def test_a_clean_exchanger_is_not_said_to_foul() -> None:
    proven = 0
    for seed in range(100):
        trend = fouling_trend(*fouled(seed, per_day=0.0))
        assert trend is not None
        proven += trend.proven
        if not trend.proven:
            assert days_to_threshold(trend, 200.0, 0.75) is None

    assert proven <= 8  # one side of 95 %, some luck included


def test_ua_at_the_reference_flow_does_not_depend_on_the_flow() -> None:
    flow = np.linspace(3.0, 20.0, 50)
    ua = 185.0 * (flow / 16.2) ** 0.7

    assert normalised_ua(ua, flow, 16.2, 0.7) == pytest.approx(185.0)


def heat_steps(gain: float = 1.0, fluid: Fluid | None = None) -> HeatSteps:
    rng = np.random.default_rng(7)
    volume = rng.uniform(5.0, 15.0, 240)
    supply, back = rng.uniform(60.0, 64.0, 240), rng.uniform(44.0, 48.0, 240)
    kwargs = {} if fluid is None else {"fluid": fluid}
    heat = heat_from_volume_kwh(volume, supply, back, FlowSensorPipe.RETURN, **kwargs)
    return HeatSteps(
        register_kwh=gain * heat,
        volume_m3=volume,
        supply_temp_degc=supply,
        return_temp_degc=back,
    )


@given(gain=st.floats(0.5, 1.5))
def test_two_figures_disagree_beyond_their_uncertainty_only(gain: float) -> None:
    both = two_figures(heat_steps(gain), CLASS_2, FlowSensorPipe.RETURN, sampling_u_ratio=0.002)

    assert both.difference_kwh == pytest.approx((gain - 1.0) * both.calculated_kwh, abs=1e-6)
    assert both.disagree == (abs(both.difference_kwh) > both.expanded_uncertainty_kwh)
    assert 0.005 < both.expanded_uncertainty_kwh / both.calculated_kwh < 0.03


def test_a_meter_configured_for_glycol_is_recognised() -> None:
    steps = heat_steps(fluid=GLYCOL)

    both = two_figures(steps, CLASS_2, FlowSensorPipe.RETURN, sampling_u_ratio=0.002)

    assert both.disagree
    assert both.hint is FigureHint.GLYCOL_CONFIGURED
    assert both.register_kwh / both.calculated_kwh == pytest.approx(
        1.0 / wrong_fluid_ratio(62.0, 46.0, FlowSensorPipe.RETURN, true_fluid=GLYCOL), rel=0.002
    )


def test_the_other_pipe_makes_one_to_two_percent_at_thirty_kelvin() -> None:
    assert 0.01 < wrong_pipe_ratio(75.0, 45.0) - 1.0 < 0.02


def test_unknown_steps_count_in_neither_figure() -> None:
    steps = heat_steps()
    blind = replace(steps, supply_temp_degc=np.where(np.arange(240) < 60, np.nan, 62.0))

    both = two_figures(blind, CLASS_2, FlowSensorPipe.RETURN, sampling_u_ratio=0.002)

    assert both.coverage_ratio == 0.75
    assert both.register_kwh == pytest.approx(steps.register_kwh[60:].sum())


@given(cut=st.integers(1, 239))
def test_books_add_up_over_time(cut: int) -> None:
    rng = np.random.default_rng(11)
    heat, flow = rng.normal(40.0, 30.0, 240), rng.normal(4.0, 3.0, 240)
    drop = rng.normal(8.0, 5.0, 240)

    def books(part: slice) -> tuple[float, ...]:
        b = book_heat(heat[part], flow[part], drop[part], dt_min_k=3.0, least_flow_m3_per_h=0.1)
        return b.delivered_kwh, b.reversed_kwh, b.defrost_kwh, b.below_dt_min_kwh

    whole = books(slice(None))
    halves = zip(books(slice(cut)), books(slice(cut, None)), strict=True)
    assert [sum(pair) for pair in halves] == pytest.approx(whole)
    assert whole[3] <= whole[0]


def test_a_cop_above_carnot_is_no_cop() -> None:
    assert np.isnan(carnot_fraction_ratio(arr(9.0), arr(65.0), arr(20.0))[0])
    assert np.isnan(cop_ratio(arr(3.0), arr(0.0), 1.0)[0])
    with pytest.raises(ValueError, match="least_power_kw"):
        cop_ratio(arr(3.0), arr(1.0), 0.0)


def offer(asked: float, delivered: float, rejected: float) -> HeatOffer:
    return HeatOffer(
        rejected_kw=arr(rejected),
        asked_kw=arr(asked),
        delivered_kw=arr(delivered),
        machine_limit_kw=300.0,
        cop=arr(4.0),
        step_h=1.0,
    )


@given(st.floats(0.0, 500.0), st.floats(0.0, 300.0), st.floats(0.0, 300.0))
def test_missed_heat_is_within_what_was_rejected_asked_and_possible(
    asked: float, delivered: float, rejected: float
) -> None:
    missed = missed_heat(
        offer(asked, delivered, rejected),
        rejected_u_ratio=0.02,
        asked_u_ratio=0.02,
        tolerance_kw=1.0,
    )

    assert 0.0 <= missed.missed_kwh <= max(asked - delivered, 0.0) + 1e-9
    assert missed.missed_kwh <= 300.0 - delivered + 1e-9
    assert missed.at_source_kwh <= rejected + 1e-9
    if asked <= delivered:
        assert missed.missed_kwh == 0.0


def test_impossible_fluids_are_refused_and_frozen_ones_unknown() -> None:
    for wrong in (
        {"kind": FluidKind.WATER, "glycol_ratio": 0.2},
        {"kind": FluidKind.ETHYLENE_GLYCOL, "glycol_ratio": 0.9},
        {"pressure_bar": 0.0},
    ):
        with pytest.raises(ValueError, match=r"glycol_ratio|pressure_bar"):
            Fluid(**wrong)
    assert np.isnan(density_kg_per_m3(arr(-5.0, np.nan, 250.0))).all()
    assert np.isnan(density_kg_per_m3(arr(-60.0), GLYCOL)).all()


def test_a_statement_of_two_halves_adds_up_to_the_month() -> None:
    steps = heat_steps()

    def statement(part: slice) -> float:
        taker = TakerSteps(
            taker="loop",
            operator="CPCU",
            steps=HeatSteps(
                register_kwh=steps.register_kwh[part],
                volume_m3=steps.volume_m3[part],
                supply_temp_degc=steps.supply_temp_degc[part],
                return_temp_degc=steps.return_temp_degc[part],
            ),
            accuracy=CLASS_2,
            pipe=FlowSensorPipe.RETURN,
            step_h=1.0,
            min_supply_temp_degc=60.0,
        )
        month = Window(
            name="2026-01",
            start=datetime(2025, 12, 31, 23, tzinfo=UTC),
            end=datetime(2026, 1, 31, 23, tzinfo=UTC),
        )
        return monthly_statement(month, (taker,), sampling_u_ratio=0.002).delivered_kwh

    whole = statement(slice(None))
    assert whole == pytest.approx(statement(slice(100)) + statement(slice(100, None)))
