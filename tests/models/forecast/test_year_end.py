"""Forecasts of the year's end: laws, refusals, and an honest back-test on simulated years."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.forecast.climate import fit_climate, weather_paths
from models.forecast.crossing import crossing, still_needed
from models.forecast.demand import demand_paths, fit_demand
from models.forecast.year_end import (
    DailyHistory,
    NoForecast,
    YearEnd,
    YearPaths,
    year_end,
    year_paths,
)
from models.readings import FloatArray
from tests.models.forecast.back_testing import (
    Trial,
    back_test,
    hit_ratio,
    skill_over_last_year_ratio,
    skill_ratio,
)

if TYPE_CHECKING:
    from tests.models.forecast.conftest import PlantDays

YEAR = (365, 730)
ORIGINS = (396, 455, 516, 547, 577, 638, 685)
MIDDLE = (516, 547, 577)
SEEDS = (1, 2, 3)
KPIS = ("pue", "wue", "erf")
Days = Callable[[int], "PlantDays"]
Kpis = dict[str, DailyHistory]


@pytest.fixture(scope="module")
def kpis(plant_days: Days) -> Kpis:
    """The site's two years."""
    return plant_days(1).kpis


@pytest.fixture(scope="module")
def tested(plant_days: Days) -> dict[str, tuple[Trial, ...]]:
    """Trials of all seeds and origins, by KPI."""
    return {
        kpi: tuple(
            trial
            for seed in SEEDS
            for trial in back_test(plant_days(seed).kpis[kpi], YEAR, ORIGINS, seed=3)
        )
        for kpi in KPIS
    }


def upto(history: DailyHistory, day: int) -> DailyHistory:
    return replace(
        history,
        day=history.day[:day],
        numerator=history.numerator[:day],
        denominator=history.denominator[:day],
        outdoor_degc=history.outdoor_degc[:day],
    )


def forecast(history: DailyHistory, day: int, meter_u_ratio: float = 0.0) -> YearEnd:
    found = year_end(upto(history, day), YEAR, 5, meter_u_ratio=meter_u_ratio)
    assert isinstance(found, YearEnd)
    return found


def test_nineteen_in_twenty_intervals_hold_the_truth_but_not_by_being_wide(
    tested: dict[str, tuple[Trial, ...]],
) -> None:
    together = [trial for trials in tested.values() for trial in trials]

    assert len(together) == len(SEEDS) * len(ORIGINS) * len(KPIS)
    assert 0.85 <= hit_ratio(together) < 1.0
    for kpi, trials in tested.items():
        assert hit_ratio(trials) >= 0.8, kpi
        # An interval that holds everything because it holds all would be no forecast.
        widths = [t.upper - t.lower for t in trials if t.origin_day == ORIGINS[-1]]
        assert np.mean(widths) < {"pue": 0.012, "erf": 0.045, "wue": 0.015}[kpi]


@pytest.mark.parametrize("kpi", KPIS)
def test_at_mid_year_the_forecast_beats_the_value_so_far(
    kpi: str, tested: dict[str, tuple[Trial, ...]]
) -> None:
    middle = [trial for trial in tested[kpi] if trial.origin_day in MIDDLE]

    assert skill_ratio(middle) > 0.25
    assert skill_ratio(tested[kpi]) > 0.5
    assert skill_over_last_year_ratio(tested[kpi]) > 0.0


@pytest.mark.parametrize("kpi", KPIS)
def test_the_interval_shrinks_as_the_year_goes_by(kpi: str, kpis: Kpis) -> None:
    found = [forecast(kpis[kpi], day) for day in (400, 520, 640, 720)]
    widths = [each.upper - each.lower for each in found]

    assert widths == sorted(widths, reverse=True)


@settings(max_examples=5)
@given(factor=st.sampled_from([1e-3, 0.5, 7.0, 1e3]))
def test_the_unit_of_the_sums_does_not_matter(factor: float, kpis: Kpis) -> None:
    history = upto(kpis["pue"], 500)
    scaled = replace(
        history, numerator=factor * history.numerator, denominator=factor * history.denominator
    )

    one, other = (year_end(h, YEAR, 5) for h in (history, scaled))

    assert isinstance(one, YearEnd)
    assert isinstance(other, YearEnd)
    assert other.value == pytest.approx(one.value, rel=1e-9)


def test_the_probability_falls_as_the_limit_rises(kpis: Kpis) -> None:
    found = forecast(kpis["pue"], 500)
    shares = [found.probability_above(limit) for limit in (1.0, 1.38, 1.40, 1.42, 2.0)]

    assert shares == sorted(shares, reverse=True)
    assert (shares[0], shares[-1]) == (1.0, 0.0)


def test_the_meters_widen_the_interval(kpis: Kpis) -> None:
    plain, unsure = forecast(kpis["pue"], 700), forecast(kpis["pue"], 700, meter_u_ratio=0.01)

    assert unsure.upper - unsure.lower > 1.5 * (plain.upper - plain.lower)


def test_a_year_that_is_over_is_its_own_value(kpis: Kpis) -> None:
    history = kpis["pue"]
    found = forecast(kpis["pue"], 730)

    assert found.days_left == 0
    assert found.lower == found.upper == pytest.approx(found.value)
    assert found.value == pytest.approx(
        history.numerator[365:].sum() / history.denominator[365:].sum()
    )


def test_unknown_days_of_the_past_are_drawn_and_not_taken_as_zero(kpis: Kpis) -> None:
    history = upto(kpis["pue"], 600)
    gaps = history.numerator.copy()
    gaps[500:515] = np.nan

    gapped = year_end(replace(history, numerator=gaps), YEAR, 5)

    assert isinstance(gapped, YearEnd)
    assert gapped.value == pytest.approx(forecast(kpis["pue"], 600).value, abs=0.004)
    assert gapped.days_known == 600 - 365 - 15


def test_what_cannot_be_forecast_is_withheld_with_its_reason(kpis: Kpis) -> None:
    history = kpis["pue"]
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


def test_the_same_seed_gives_the_same_forecast(kpis: Kpis) -> None:
    assert forecast(kpis["erf"], 500).values.tolist() == forecast(kpis["erf"], 500).values.tolist()


def drawn(history: DailyHistory, day: int) -> YearPaths:
    found = year_paths(upto(history, day), YEAR, 5)
    assert isinstance(found, YearPaths)
    return found


def test_a_minimum_is_crossed_when_the_summer_takes_the_share_of_reused_heat_down(
    kpis: Kpis,
) -> None:
    """From February on, the year's ERF falls through 0.45 in late spring, as it then does."""
    history = kpis["erf"]
    course = np.cumsum(history.numerator[365:]) / np.cumsum(history.denominator[365:])
    truly = 365 + int(np.flatnonzero(course > 0.45)[-1]) + 1

    found = crossing(drawn(kpis["erf"], 420), 0.45, at_least=True)

    assert found.probability > 0.9
    assert found.earliest is not None
    assert found.day is not None
    assert found.earliest <= truly <= (found.latest or YEAR[1])
    assert found.earliest <= found.day


def test_a_limit_far_away_is_not_crossed(kpis: Kpis) -> None:
    found = crossing(drawn(kpis["pue"], 500), 2.0, at_least=False)

    assert (found.probability, found.day) == (0.0, None)


def test_the_heat_still_needed_is_what_makes_the_limit_come_out(kpis: Kpis) -> None:
    paths = drawn(kpis["erf"], 640)
    need = still_needed(paths, 0.40)
    whole = paths.so_far_denominator + paths.denominator.sum(axis=1)

    assert need.lower < need.amount < need.upper
    reached = (paths.so_far_numerator + need.amount) / np.median(whole)
    assert reached == pytest.approx(0.40, rel=1e-3)


def test_weather_goes_on_from_the_last_day_and_returns_to_the_season(kpis: Kpis) -> None:
    temp = kpis["pue"].outdoor_degc
    climate = fit_climate(np.arange(730), temp)
    assert climate is not None
    ahead = np.arange(730, 800)
    cold = float(climate.season_degc(np.array([729]))[0]) - 10.0

    paths = weather_paths(climate, ahead, (729, cold), np.random.default_rng(1), 2000)
    off = paths.mean(axis=0) - climate.season_degc(ahead)

    assert -10.0 < off[0] < -4.0
    # To what was seen of late winters, which two harmonics do not follow to the last tenth.
    assert abs(off[-1]) < 0.8


def test_quantities_of_different_days_do_not_share_chance() -> None:
    day, temp = np.arange(100), np.linspace(0.0, 20.0, 100)
    one, other = fit_demand(day, temp + 1.0, temp), fit_demand(day[:90], temp[:90] + 1.0, temp[:90])
    assert one is not None
    assert other is not None

    with pytest.raises(ValueError, match="same days"):
        demand_paths((one, other), day, temp[None, :], np.random.default_rng(1))


@given(
    level=st.sampled_from([0.0, 1e-9, 1.0, 1e6]),
    scatter=st.sampled_from([0.0, 1e-3, 1.0]),
    temp_degc=st.sampled_from([0.0, 12.0, 20.0, 22.7]),
    days=st.integers(45, 500),
)
@settings(max_examples=40)
def test_a_site_of_equal_days_in_equal_weather_goes_on_as_it_is(
    level: float, scatter: float, temp_degc: float, days: int
) -> None:
    """Level and slope cannot be told apart there, nor a season from none."""
    day, temp = np.arange(days), np.full(days, temp_degc)
    daily = level * (1.0 + scatter * np.random.default_rng(2).standard_normal(days))
    fit = fit_demand(day, daily, temp)
    assert fit is not None
    ahead = np.arange(days, days + 60)

    (paths,) = demand_paths((fit,), ahead, np.full((200, 60), temp_degc), np.random.default_rng(1))

    assert paths.mean() == pytest.approx(level, rel=0.1 + 2.0 * scatter, abs=1e-12)
    assert paths.std() <= 3.0 * scatter * level + 1e-6 * level


def test_weather_without_scatter_goes_on_without() -> None:
    """But for how much years differ from each other, which no single year tells."""
    climate = fit_climate(np.arange(400), np.full(400, 12.0))
    assert climate is not None

    drawn = weather_paths(climate, np.arange(400, 460), (399, 12.0), np.random.default_rng(1), 50)

    np.testing.assert_allclose(np.ptp(drawn, axis=1), 0.0, atol=1e-9)
    assert abs(drawn.mean() - 12.0) < 0.5


def hand_paths(numerator: list[list[float]], first_day: int = 0) -> YearPaths:
    """Paths of equal days of 100 after 1000 with 300, by hand."""
    top = np.array(numerator)
    return YearPaths(
        first_day=first_day,
        day=np.arange(top.shape[1]),
        so_far_numerator=300.0,
        so_far_denominator=1000.0,
        numerator=top,
        denominator=np.full(top.shape, 100.0),
        scale=1.0,
    )


def test_the_day_is_the_first_on_which_a_crossing_is_as_likely_as_not() -> None:
    """Four paths leave 0.25 for good on days 2, 4, 6 and never."""
    kept = ([30.0] * n + [0.0] * (8 - n) for n in (0, 2, 4, 8))
    paths = hand_paths(list(kept))

    found = crossing(paths, 0.25, at_least=True)

    assert (found.probability, found.day, found.earliest, found.latest) == (0.75, 4, 2, None)


def test_a_value_that_comes_back_has_not_crossed() -> None:
    found = crossing(hand_paths([[0.0, 0.0, 0.0, 500.0]] * 3), 0.27, at_least=True)

    assert (found.probability, found.day) == (0.0, None)


def test_what_unknown_days_of_the_past_brought_is_not_needed_again() -> None:
    """Days 0 and 1 are past and brought 40 each: 0.3 of 1400 less 300 less 80 on two days."""
    need = still_needed(hand_paths([[40.0] * 4] * 5, first_day=2), 0.3)

    assert need.days_left == 2
    assert need.amount == pytest.approx(40.0)
    assert need.per_day == pytest.approx(20.0)
    assert np.array(need.per_day_range) == pytest.approx(20.0)
    assert crossing(hand_paths([[0.0] * 4] * 5, first_day=2), 0.29, at_least=True).day == 2


@given(share=st.floats(0.0, 1.0), limit=st.floats(0.05, 0.9))
def test_what_was_delivered_and_what_is_needed_add_up(share: float, limit: float) -> None:
    paths = hand_paths([[0.0] * 6] * 3)
    given_away = 200.0 * share

    one = still_needed(paths, limit)
    other = still_needed(replace(paths, so_far_numerator=300.0 + given_away), limit)

    assert one.amount - other.amount == pytest.approx(given_away, abs=1e-9)


def test_with_no_day_left_nothing_can_be_spread_and_the_end_is_what_it_is(kpis: Kpis) -> None:
    over = drawn(kpis["erf"], 730)
    value = float(over.year_value()[0])

    assert still_needed(over, 0.4).per_day is None
    assert still_needed(over, 0.4).per_day_range is None
    assert crossing(over, value + 0.01, at_least=True).probability == 1.0
    assert crossing(over, value - 0.01, at_least=True).probability == 0.0


def test_a_winter_alone_does_not_foretell_a_summer(kpis: Kpis) -> None:
    """Temperatures of a year and more are known, the sums of January and February only."""
    history = upto(kpis["wue"], 425)
    winter = np.where(history.day >= 365, history.numerator, np.nan)

    found = year_end(replace(history, numerator=winter), YEAR, 1)

    assert found is NoForecast.NO_SEASON


def test_an_old_gap_does_not_loosen_the_weather_of_tomorrow(kpis: Kpis) -> None:
    history = upto(kpis["pue"], 600)
    gap, temp = history.numerator.copy(), history.outdoor_degc.copy()
    gap[500] = temp[500] = np.nan

    found = year_end(replace(history, numerator=gap, outdoor_degc=temp), YEAR, 5)

    assert isinstance(found, YearEnd)
    assert found.value == pytest.approx(forecast(kpis["pue"], 600).value, abs=0.002)


def test_bad_histories_and_years_are_refused(kpis: Kpis) -> None:
    history = upto(kpis["pue"], 500)

    with pytest.raises(ValueError, match="columns of one length"):
        replace(history, numerator=history.numerator[:9])
    with pytest.raises(ValueError, match="must rise"):
        replace(history, day=history.day[::-1])
    with pytest.raises(ValueError, match="start < end"):
        year_paths(history, (730, 365), 1)
    with pytest.raises(ValueError, match="0 or more"):
        year_end(history, YEAR, 1, meter_u_ratio=-0.1)


def test_months_of_drawn_weather_scatter_as_those_that_were(kpis: Kpis) -> None:
    temp = kpis["pue"].outdoor_degc
    climate = fit_climate(np.arange(730), temp)
    assert climate is not None
    ahead = np.arange(730, 1090)

    paths = weather_paths(climate, ahead, None, np.random.default_rng(1), 500)

    def monthly_k(daily: FloatArray, season: FloatArray) -> float:
        return float((daily - season).reshape(-1, 12, 30).mean(axis=2).std())

    past = monthly_k(temp[:360], climate.season_degc(np.arange(360)))
    assert 0.8 * past < monthly_k(paths, climate.season_degc(ahead)) < 1.8 * past


def test_a_site_without_it_energy_has_no_ratio_to_foretell(kpis: Kpis) -> None:
    history = upto(kpis["pue"], 500)

    assert year_end(replace(history, denominator=np.zeros(500)), YEAR, 1) is NoForecast.TOO_FEW_DAYS
