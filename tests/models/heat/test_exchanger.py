"""Exchangers against textbooks, other software, a solution by small steps, and their laws."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.heat.exchanger import (
    Arrangement,
    ExchangerReadings,
    correction_factor_ratio,
    effectiveness_ratio,
    exchanger_state,
    log_mean_difference_k,
    transfer_units,
)
from models.readings import FloatArray

ORACLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "oracles" / "heat_exchangers.json").read_text(encoding="utf-8")
)
ntus = st.floats(1e-3, 10.0)
ratios = st.floats(0.0, 1.0)
arrangements = st.sampled_from(Arrangement)
PHASE_FREE = [each for each in Arrangement if each is not Arrangement.PHASE_CHANGE]


def arr(*values: float) -> FloatArray:
    return np.array(values)


def readings(temps: list[float], rates: list[float], **more: Any) -> ExchangerReadings:
    return ExchangerReadings(
        primary_inlet_degc=arr(temps[0]),
        primary_outlet_degc=arr(temps[1]),
        secondary_inlet_degc=arr(temps[2]),
        secondary_outlet_degc=arr(temps[3]),
        primary_kw_per_k=arr(rates[0]),
        secondary_kw_per_k=arr(rates[1]),
        **{"temperature_u_k": 0.05, "heat_u_ratio": 0.01, **more},
    )


def at_work(
    arrangement: Arrangement, ua: float = 40.0, primary: float = 15.0, secondary: float = 25.0
) -> list[float]:
    """Temperatures of an exchanger of known UA, by its effectiveness."""
    least, most = sorted((primary, secondary))
    heat = effectiveness_ratio(arr(ua / least), arr(least / most), arrangement)[0] * least * 45.0
    return [65.0, 65.0 - heat / primary, 20.0, 20.0 + heat / secondary]


def test_every_case_names_its_source() -> None:
    for name, cases in ORACLES.items():
        for case in cases if isinstance(cases, list) else ():
            assert len(case["source"]) > 10, name
            assert case["reliability"] in {"S", "S2", "B", "D"}, name


@pytest.mark.parametrize("case", ORACLES["effectiveness"])
def test_effectiveness_is_that_of_books_and_other_software(case: dict[str, Any]) -> None:
    found = effectiveness_ratio(arr(case["ntu"]), arr(case["c"]), Arrangement(case["arrangement"]))

    assert found[0] == pytest.approx(case["value"], abs=case["tolerance"])


@pytest.mark.parametrize("case", ORACLES["transfer_units"])
def test_transfer_units_are_those_of_books_and_other_software(case: dict[str, Any]) -> None:
    found = transfer_units(
        arr(case["effectiveness"]), arr(case["c"]), Arrangement(case["arrangement"])
    )

    assert found[0] == pytest.approx(case["value"], abs=case["tolerance"])


@pytest.mark.parametrize("case", ORACLES["unreachable"])
def test_an_effectiveness_beyond_the_limit_has_no_transfer_units(case: dict[str, Any]) -> None:
    arrangement, c = Arrangement(case["arrangement"]), arr(case["c"])

    assert np.isnan(transfer_units(arr(case["effectiveness"]), c, arrangement)[0])
    assert np.isfinite(transfer_units(arr(case["effectiveness"] - 1e-3), c, arrangement)[0])


@pytest.mark.parametrize("case", ORACLES["log_mean"])
def test_the_log_mean_is_that_by_hand(case: dict[str, float]) -> None:
    found = log_mean_difference_k(arr(case["end_a_k"]), arr(case["end_b_k"]))[0]

    assert found == pytest.approx(case["value_k"], abs=case["tolerance"])


@pytest.mark.parametrize("case", ORACLES["correction_factor"])
def test_the_correction_factor_is_that_by_hand(case: dict[str, Any]) -> None:
    found = correction_factor_ratio(
        arr(case["p"]), arr(case["r"]), Arrangement(case["arrangement"])
    )

    assert found[0] == pytest.approx(case["value"], abs=case["tolerance"])


@pytest.mark.parametrize("case", ORACLES["ua"])
def test_ua_is_that_of_the_worked_examples(case: dict[str, Any]) -> None:
    state = exchanger_state(
        readings(case["temps_degc"], case["rates_kw_per_k"]), Arrangement(case["arrangement"])
    )

    assert state.ua_kw_per_k[0] == pytest.approx(case["ua_kw_per_k"], abs=case["tolerance"])
    assert state.imbalance_ratio[0] == pytest.approx(0.0, abs=1e-3)


def by_small_steps(ntu: float, c: float, cells: int = 400) -> float:
    """Unmixed cross-flow as a sheet of cells marched through: no formula, second order."""
    hot_outlet = np.zeros(cells)
    cold = np.zeros(cells)
    a, b = ntu / cells, c * ntu / cells
    for row in range(cells):
        hot = 1.0
        for column in range(cells):
            # Trapezoidal rule in both directions within the cell.
            drive = (hot - cold[column]) / (1.0 + 0.5 * (a + b))
            hot, cold[column] = hot - a * drive, cold[column] + b * drive
        hot_outlet[row] = hot
    return float(1.0 - hot_outlet.mean())


@pytest.mark.parametrize(("ntu", "c"), [(1.0, 1.0), (3.0, 0.5)])
def test_unmixed_cross_flow_is_that_of_a_sheet_of_small_cells(ntu: float, c: float) -> None:
    found = effectiveness_ratio(arr(ntu), arr(c), Arrangement.CROSS_FLOW_UNMIXED)[0]

    assert found == pytest.approx(by_small_steps(ntu, c), abs=2e-5)


@given(ntu=ntus, ratio=ratios, arrangement=arrangements)
def test_effectiveness_lies_between_parallel_and_counter_flow(
    ntu: float, ratio: float, arrangement: Arrangement
) -> None:
    def share(each: Arrangement) -> float:
        return float(effectiveness_ratio(arr(ntu), arr(ratio), each)[0])

    found = share(arrangement)
    assert 0.0 <= found <= 1.0
    assert found >= share(Arrangement.PARALLEL_FLOW) - 1e-12
    if arrangement is not Arrangement.PHASE_CHANGE:
        assert found <= share(Arrangement.COUNTER_FLOW) + 1e-12


@given(ratio=ratios, arrangement=arrangements)
def test_effectiveness_rises_with_transfer_units(ratio: float, arrangement: Arrangement) -> None:
    shares = effectiveness_ratio(np.linspace(0.0, 50.0, 300), arr(ratio), arrangement)

    assert shares[0] == pytest.approx(0.0, abs=1e-15)
    assert np.all(np.diff(shares) >= -1e-13)


@given(ntu=st.floats(1e-3, 4.0), ratio=ratios, arrangement=arrangements)
def test_transfer_units_make_the_round_trip(
    ntu: float, ratio: float, arrangement: Arrangement
) -> None:
    share = effectiveness_ratio(arr(ntu), arr(ratio), arrangement)

    # One stream mixed saturates near NTU 4; elsewhere the curve still rises.
    assert transfer_units(share, arr(ratio), arrangement)[0] == pytest.approx(ntu, rel=1e-6)


@given(ntu=ntus)
def test_all_arrangements_are_one_where_a_stream_keeps_its_temperature(ntu: float) -> None:
    for each in Arrangement:
        found = effectiveness_ratio(arr(ntu), arr(0.0), each)[0]
        assert found == pytest.approx(-np.expm1(-ntu), rel=1e-9)


@pytest.mark.parametrize("wrong", [(-1.0, 0.5), (np.inf, 0.5), (np.nan, 0.5), (1.0, 1.1)])
def test_what_cannot_be_has_no_effectiveness(wrong: tuple[float, float]) -> None:
    for each in Arrangement:
        assert np.isnan(effectiveness_ratio(arr(wrong[0]), arr(wrong[1]), each)[0])


@given(ends=st.lists(st.tuples(st.floats(0.1, 90.0), st.floats(0.1, 90.0)), min_size=2, max_size=9))
def test_the_log_mean_goes_element_by_element_and_knows_no_order(
    ends: list[tuple[float, float]],
) -> None:
    a, b = np.array(ends).T

    found = log_mean_difference_k(a, b)

    assert log_mean_difference_k(b, a) == pytest.approx(found)
    assert log_mean_difference_k(a[::-1], b[::-1])[::-1] == pytest.approx(found)


def test_the_log_mean_is_smooth_through_equal_ends_and_nan_where_streams_cross() -> None:
    gaps = np.concatenate([-np.geomspace(1.0, 1e-12, 50), [0.0], np.geomspace(1e-12, 1.0, 50)])
    # To third order in the gap over the mean: mean (1 - (gap/mean)^2 / 12).
    expected = 10.0 * (1.0 - (gaps / 10.0) ** 2 / 12.0)

    assert log_mean_difference_k(10.0 + gaps / 2, 10.0 - gaps / 2) == pytest.approx(
        expected, rel=1e-6
    )
    assert np.isnan(log_mean_difference_k(arr(5.0, 0.0, np.nan), arr(-1.0, 3.0, 3.0))).all()


@settings(max_examples=25)
@given(
    arrangement=st.sampled_from(PHASE_FREE),
    ua=st.floats(1.0, 60.0),
    primary=st.floats(10.0, 30.0),
    secondary=st.floats(10.0, 30.0),
)
def test_ua_is_found_again_from_the_temperatures_it_makes(
    arrangement: Arrangement, ua: float, primary: float, secondary: float
) -> None:
    temps = at_work(arrangement, ua, primary, secondary)

    state = exchanger_state(readings(temps, [primary, secondary]), arrangement)

    # Near saturation of mixed cross-flow the temperatures hardly tell the UA.
    assert state.ua_kw_per_k[0] == pytest.approx(ua, rel=1e-5)
    assert state.imbalance_ratio[0] == pytest.approx(0.0, abs=1e-10)
    assert 0.0 < state.correction_ratio[0] <= 1.0 + 1e-12


@settings(max_examples=25)
@given(scale=st.floats(0.01, 100.0), arrangement=st.sampled_from(PHASE_FREE))
def test_twice_the_flows_at_the_same_temperatures_are_twice_the_ua(
    scale: float, arrangement: Arrangement
) -> None:
    temps = at_work(arrangement)
    small = exchanger_state(readings(temps, [15.0, 25.0]), arrangement)
    large = exchanger_state(readings(temps, [15.0 * scale, 25.0 * scale]), arrangement)

    assert large.ua_kw_per_k[0] == pytest.approx(scale * small.ua_kw_per_k[0])
    assert large.ua_u_kw_per_k[0] == pytest.approx(scale * small.ua_u_kw_per_k[0])


@pytest.mark.parametrize("arrangement", PHASE_FREE)
def test_the_uncertainty_by_flows_and_thermometers_is_that_of_monte_carlo(
    arrangement: Arrangement,
) -> None:
    temps = at_work(arrangement, ua=20.0)
    flows = {"heat_u_ratio": None, "primary_flow_u_ratio": 0.01, "secondary_flow_u_ratio": 0.03}
    one = readings(temps, [15.0, 25.0], **flows)
    rng, draws = np.random.default_rng(8), 20_000
    shaken = [temp + 0.05 * rng.standard_normal(draws) for temp in temps]
    rates = [15.0 * (1.0 + 0.01 * rng.standard_normal(draws))]
    rates.append(25.0 * (1.0 + 0.03 * rng.standard_normal(draws)))
    many = ExchangerReadings(
        primary_inlet_degc=shaken[0],
        primary_outlet_degc=shaken[1],
        secondary_inlet_degc=shaken[2],
        secondary_outlet_degc=shaken[3],
        primary_kw_per_k=rates[0],
        secondary_kw_per_k=rates[1],
        temperature_u_k=0.0,
        primary_flow_u_ratio=0.01,
        secondary_flow_u_ratio=0.03,
    )

    stated = exchanger_state(one, arrangement).ua_u_kw_per_k[0]

    assert stated == pytest.approx(
        np.nanstd(exchanger_state(many, arrangement).ua_kw_per_k), rel=0.04
    )


def test_the_surer_side_weighs_more_and_a_given_heat_counts_alone() -> None:
    temps, rates = [65.0, 45.0, 20.0, 32.0], [15.0, 26.0]
    sure = readings(
        temps, rates, heat_u_ratio=None, primary_flow_u_ratio=0.001, secondary_flow_u_ratio=0.1,
        temperature_u_k=0.0,
    )  # fmt: skip
    given_heat = readings(temps, rates, heat_kw=arr(305.0))

    assert exchanger_state(sure, Arrangement.COUNTER_FLOW).heat_kw[0] == pytest.approx(
        300.0, abs=0.1
    )
    state = exchanger_state(given_heat, Arrangement.COUNTER_FLOW)
    assert state.heat_kw[0] == 305.0
    assert state.imbalance_ratio[0] == pytest.approx(-12.0 / 306.0)


def test_a_condenser_takes_its_heat_from_a_meter() -> None:
    condenser = readings([50.0, 50.0, 20.0, 36.0], [np.nan, 100.0], heat_kw=arr(1600.0))

    state = exchanger_state(condenser, Arrangement.PHASE_CHANGE)

    # 16 K over ln(30/14); the flow of the vapour is unknown and not needed.
    assert state.ua_kw_per_k[0] == pytest.approx(1600.0 / (16.0 / np.log(30.0 / 14.0)))
    assert np.isfinite(state.ua_u_kw_per_k[0])


@pytest.mark.parametrize(
    "spoilt",
    [
        {"primary_inlet_degc": arr(np.nan)},
        {"secondary_outlet_degc": arr(70.0)},
        {"primary_kw_per_k": arr(0.0)},
        {"primary_kw_per_k": arr(np.nan)},
        {"secondary_outlet_degc": arr(15.0)},
        {"primary_outlet_degc": arr(66.0)},
    ],
)
def test_unknown_standing_or_impossible_steps_have_no_ua(spoilt: dict[str, FloatArray]) -> None:
    sound = readings(at_work(Arrangement.COUNTER_FLOW), [15.0, 25.0])

    state = exchanger_state(replace(sound, **spoilt), Arrangement.COUNTER_FLOW)  # type: ignore[arg-type]

    assert np.isnan(state.ua_kw_per_k[0])
    assert np.isnan(state.ua_u_kw_per_k[0])


def test_temperatures_out_of_reach_of_parallel_flow_have_no_ua_there() -> None:
    temps = at_work(Arrangement.COUNTER_FLOW, ua=80.0, primary=20.0, secondary=20.0)
    state = exchanger_state(readings(temps, [20.0, 20.0]), Arrangement.PARALLEL_FLOW)

    assert np.isnan(state.ua_kw_per_k[0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"heat_u_ratio": None},
        {"primary_flow_u_ratio": 0.01},
        {"heat_u_ratio": None, "primary_flow_u_ratio": 0.01},
        {"heat_u_ratio": -0.01},
        {"temperature_u_k": np.nan},
    ],
)
def test_missing_double_or_negative_uncertainties_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"u_ratio|uncertainty"):
        readings([65.0, 45.0, 20.0, 32.0], [15.0, 25.0], **wrong)
