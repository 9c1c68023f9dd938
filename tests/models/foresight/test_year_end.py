"""Forecasts of the year's end: laws, refusals, and an honest back-test on simulated years."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.foresight.backtest import Trial, back_test
from models.foresight.climate import fit_climate, weather_paths
from models.foresight.crossing import crossing, still_needed, year_to_date
from models.foresight.demand import demand_paths, fit_demand
from models.foresight.year_end import (
    DailyHistory,
    NoForecast,
    YearEnd,
    YearPaths,
    year_end,
    year_paths,
)
from models.readings import FloatArray
from simulators.plant import Plant

DAY_US = 86_400_000_000
YEAR = (365, 730)
ORIGINS = (396, 455, 516, 577, 638, 685)
SOURCES = ("intake_a", "intake_b", "genset_meter", "pv_meter")
WATERS = ("water_adiabatic", "water_humidifier", "water_rain")


@cache
def plant_years(seed: int) -> dict[str, DailyHistory]:
    """2025 and 2026 of the simulated site by day, as its meters counted them."""
    plant = Plant(seed)
    start = round(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
    registers = plant.measured_values(start + np.arange(731) * DAY_US)
    weather = plant.measured_values(start + np.arange(730 * 6) * (DAY_US // 6))
    temp = weather["weather_mast.outdoor_temp_degc"].reshape(-1, 6).mean(axis=1)

    def counted(*keys: str) -> FloatArray:
        return np.asarray(np.sum([np.diff(registers[key]) for key in keys], axis=0))

    facility = counted(*(f"{one}.active_energy_kwh" for one in SOURCES))
    it = counted(*(f"pdu_{n:02d}.active_energy_kwh" for n in range(1, 13)))
    heat = counted("heat_meter_loop.heat_energy_kwh", "heat_meter_greenhouse.heat_energy_kwh")
    water = counted(*(f"{one}.volume_m3" for one in WATERS))

    def history(top: object, bottom: object, scale: float = 1.0) -> DailyHistory:
        return DailyHistory(
            day=np.arange(730),
            numerator=np.asarray(top),
            denominator=np.asarray(bottom),
            outdoor_degc=temp,
            scale=scale,
        )

    return {
        "pue": history(facility, it),
        "wue": history(water, it, 1000.0),
        "erf": history(heat, facility),
    }


def upto(history: DailyHistory, day: int) -> DailyHistory:
    return replace(
        history,
        day=history.day[:day],
        numerator=history.numerator[:day],
        denominator=history.denominator[:day],
        outdoor_degc=history.outdoor_degc[:day],
    )


def forecast(kpi: str, day: int, **more: float) -> YearEnd:
    found = year_end(upto(plant_years(1)[kpi], day), YEAR, 5, **more)  # type: ignore[arg-type]
    assert isinstance(found, YearEnd)
    return found


def test_back_tested_intervals_hold_the_truth_and_beat_the_value_so_far() -> None:
    trials: dict[str, list[Trial]] = {"pue": [], "wue": [], "erf": []}
    for seed in range(1, 4):
        for kpi, history in plant_years(seed).items():
            trials[kpi] += back_test(history, YEAR, ORIGINS, seed=3).trials

    for kpi, least in (("pue", 0.85), ("erf", 0.85), ("wue", 0.80)):
        hits = [trial.hit for trial in trials[kpi]]
        error = np.mean([abs(t.value - t.truth) for t in trials[kpi]])
        naive = np.mean([abs((t.naive or 0.0) - t.truth) for t in trials[kpi]])
        assert len(hits) == 18
        assert np.mean(hits) >= least, kpi
        assert error < 0.5 * naive, kpi
        # An interval that holds everything because it holds all would be no forecast.
        widths = [t.upper - t.lower for t in trials[kpi] if t.origin_day == ORIGINS[-1]]
        assert np.mean(widths) < {"pue": 0.02, "erf": 0.06, "wue": 0.02}[kpi]


def test_the_interval_shrinks_as_the_year_goes_by() -> None:
    widths = [f.upper - f.lower for f in (forecast("pue", day) for day in (400, 520, 640, 720))]

    assert widths == sorted(widths, reverse=True)


@settings(max_examples=5)
@given(factor=st.sampled_from([1e-3, 0.5, 7.0, 1e3]))
def test_the_unit_of_the_sums_does_not_matter(factor: float) -> None:
    history = upto(plant_years(1)["pue"], 500)
    scaled = replace(
        history, numerator=factor * history.numerator, denominator=factor * history.denominator
    )

    one, other = (year_end(h, YEAR, 5) for h in (history, scaled))

    assert isinstance(one, YearEnd)
    assert isinstance(other, YearEnd)
    assert other.value == pytest.approx(one.value, rel=1e-3)


def test_the_probability_falls_as_the_limit_rises() -> None:
    found = forecast("pue", 500)
    shares = [found.probability_above(limit) for limit in (1.0, 1.38, 1.40, 1.42, 2.0)]

    assert shares == sorted(shares, reverse=True)
    assert (shares[0], shares[-1]) == (1.0, 0.0)


def test_the_meters_widen_the_interval() -> None:
    plain, unsure = forecast("pue", 700), forecast("pue", 700, meter_u_ratio=0.01)

    assert unsure.upper - unsure.lower > 1.5 * (plain.upper - plain.lower)


def test_a_year_that_is_over_is_its_own_value() -> None:
    history = plant_years(1)["pue"]
    found = forecast("pue", 730)

    assert found.days_left == 0
    assert found.lower == found.upper == pytest.approx(found.value)
    assert found.value == pytest.approx(
        history.numerator[365:].sum() / history.denominator[365:].sum()
    )


def test_unknown_days_of_the_past_are_drawn_and_not_taken_as_zero() -> None:
    history = upto(plant_years(1)["pue"], 600)
    gaps = history.numerator.copy()
    gaps[500:515] = np.nan

    gapped = year_end(replace(history, numerator=gaps), YEAR, 5)

    assert isinstance(gapped, YearEnd)
    assert gapped.value == pytest.approx(forecast("pue", 600).value, abs=0.004)
    assert gapped.days_known == 600 - 365 - 15


def test_what_cannot_be_forecast_is_withheld_with_its_reason() -> None:
    history = plant_years(1)["pue"]
    short = upto(history, 200)
    few = np.full(400, np.nan)
    few[380:] = history.numerator[380:400]
    holes = history.numerator[:500].copy()
    holes[365:420] = np.nan

    assert year_end(short, (0, 365), 1) is NoForecast.NO_SEASON
    assert year_end(replace(upto(history, 400), numerator=few), YEAR, 1) is NoForecast.TOO_FEW_DAYS
    assert (
        year_end(replace(upto(history, 500), numerator=holes), YEAR, 1) is NoForecast.LOW_COVERAGE
    )


def test_the_same_seed_gives_the_same_forecast() -> None:
    assert forecast("erf", 500).values.tolist() == forecast("erf", 500).values.tolist()


def drawn(kpi: str, day: int) -> YearPaths:
    found = year_paths(upto(plant_years(1)[kpi], day), YEAR, 5)
    assert isinstance(found, YearPaths)
    return found


def test_a_minimum_is_crossed_when_the_summer_takes_the_share_of_reused_heat_down() -> None:
    """From February on, the year's ERF falls through 0.45 in late spring, as it then does."""
    history = plant_years(1)["erf"]
    course = year_to_date(history.day[365:], history.numerator[365:], history.denominator[365:])
    truly = 365 + int(np.flatnonzero(course > 0.45)[-1]) + 1

    found = crossing(drawn("erf", 420), 0.45, at_least=True)

    assert found.probability > 0.9
    assert found.earliest is not None
    assert found.latest is not None
    assert found.earliest <= truly <= found.latest


def test_a_limit_far_away_is_not_crossed() -> None:
    found = crossing(drawn("pue", 500), 2.0, at_least=False)

    assert (found.probability, found.day) == (0.0, None)


def test_the_heat_still_needed_is_what_makes_the_limit_come_out() -> None:
    paths = drawn("erf", 640)
    need = still_needed(paths, 0.40)
    whole = paths.so_far_denominator + paths.denominator.sum(axis=1)

    assert need.lower < need.amount < need.upper
    reached = (paths.so_far_numerator + need.amount) / np.median(whole)
    assert reached == pytest.approx(0.40, rel=1e-3)


def test_weather_goes_on_from_the_last_day_and_returns_to_the_season() -> None:
    temp = plant_years(1)["pue"].outdoor_degc
    climate = fit_climate(np.arange(730), temp)
    assert climate is not None
    ahead = np.arange(730, 800)
    cold = float(climate.season_degc(np.array([729]))[0]) - 10.0

    paths = weather_paths(climate, ahead, (729, cold), np.random.default_rng(1), 2000)
    off = paths.mean(axis=0) - climate.season_degc(ahead)

    assert -10.0 < off[0] < -4.0
    assert abs(off[-1]) < 0.3


def test_quantities_of_different_days_do_not_share_chance() -> None:
    day, temp = np.arange(100), np.linspace(0.0, 20.0, 100)
    one, other = fit_demand(day, temp + 1.0, temp), fit_demand(day[:90], temp[:90] + 1.0, temp[:90])
    assert one is not None
    assert other is not None

    with pytest.raises(ValueError, match="same days"):
        demand_paths((one, other), day, temp[None, :], np.random.default_rng(1))


def test_a_back_test_needs_a_year_that_is_over() -> None:
    with pytest.raises(ValueError, match="the year ends on day 729"):
        back_test(upto(plant_years(1)["pue"], 600), YEAR, ORIGINS, seed=1)
