"""CUSUM against its textbook, and on the simulated site."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.forecast.anomaly import Shift, Watch, tabular_cusum, watch_efficiency
from models.forecast.baseline import fit_baseline
from models.readings import FloatArray

if TYPE_CHECKING:
    from tests.models.forecast.conftest import PlantDays

Days = Callable[[int], "PlantDays"]
ORACLE = json.loads(
    (Path(__file__).parents[2] / "oracles" / "foresight.json").read_text(encoding="utf-8")
)
SEEDS = (1, 2, 3)
STEP = 560
SHORT = 20


def watched(overhead: FloatArray, it: FloatArray, temp: FloatArray, reference: int) -> Watch:
    watch = watch_efficiency(overhead, it, temp, reference)
    assert watch is not None
    return watch


def test_the_worked_example_of_the_textbook_comes_out() -> None:
    case = ORACLE["cusum"]
    values = np.array(case["observations"])
    sums = tabular_cusum(values - 10.0)

    over = np.flatnonzero(sums.upper > 5.0) + 1
    count = int(sums.upper_count[over[0] - 1])
    assert over[0] == case["first_over_5"]
    assert sums.upper[over[0] - 1] == pytest.approx(case["upper_at_29"])
    assert count == case["count"]
    assert (sums.lower <= 5.0).all()
    # The textbook's estimate of the new mean: target + K + C+ / N+.
    assert 10.0 + 0.5 + sums.upper[over[0] - 1] / count == pytest.approx(
        case["new_mean"], abs=0.005
    )


@pytest.mark.parametrize(("shift", "length", "tolerance"), ORACLE["average_run_length"]["shifts"])
def test_run_lengths_are_those_of_the_table(shift: float, length: float, tolerance: float) -> None:
    rng = np.random.default_rng(4)
    runs, horizon = 1500, 4000 if shift == 0.0 else 200
    z = rng.standard_normal((runs, horizon)) + shift
    upper, lower = np.zeros(runs), np.zeros(runs)
    first = np.full(runs, horizon)
    for n in range(horizon):
        upper = np.maximum(0.0, upper + z[:, n] - 0.5)
        lower = np.maximum(0.0, lower - z[:, n] - 0.5)
        first = np.where((first == horizon) & ((upper > 5.0) | (lower > 5.0)), n + 1, first)
    alone = tabular_cusum(z[0])
    over = np.flatnonzero((alone.upper > 5.0) | (alone.lower > 5.0))

    assert (over[0] + 1 if len(over) else horizon) == first[0]
    assert first.mean() == pytest.approx(length, rel=tolerance)


@given(
    st.lists(st.floats(-4.0, 4.0), min_size=5, max_size=60),
    st.lists(st.integers(0, 60), max_size=10),
)
def test_unknown_days_neither_raise_nor_clear(values: list[float], gaps: list[int]) -> None:
    z = np.array(values)
    gapped = np.insert(z, [min(gap, len(z)) for gap in gaps], np.nan)

    assert tabular_cusum(gapped).upper[-1] == tabular_cusum(z).upper[-1]
    assert tabular_cusum(-z).lower.tolist() == tabular_cusum(z).upper.tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_twentieth_more_cooling_is_found_within_days_and_sized(
    seed: int, plant_days: Days
) -> None:
    days = plant_days(seed)
    more = np.where(np.arange(730) >= STEP, 0.05 * days.cooling_kwh, 0.0)

    watch = watched(days.overhead_kwh + more, days.it_kwh, days.outdoor_degc, 365)

    (found, *_) = [shift for shift in watch.shifts if shift.detected >= STEP]
    truth = float(more[found.detected + 1 : found.detected + 15].mean())
    assert found.direction == 1
    assert abs(found.began - STEP) <= 10
    assert found.detected - STEP <= 14
    assert found.size == pytest.approx(truth, abs=3.0 * found.u)
    assert found.per_load == pytest.approx(truth / 6000.0, abs=3.5 * found.per_load_u)


def test_a_year_without_a_fault_hardly_ever_alarms(plant_days: Days) -> None:
    """Chance alone would raise one alarm in 465 days, that is 2.4 in these three years."""
    alarms: list[Shift] = []
    for days in map(plant_days, SEEDS):
        alarms += watched(days.overhead_kwh, days.it_kwh, days.outdoor_degc, 365).shifts

    assert len(alarms) <= 3


def test_less_than_before_is_a_shift_downwards(plant_days: Days) -> None:
    days = plant_days(1)
    less = np.where(np.arange(730) >= STEP, -100.0, 0.0)

    watch = watched(days.overhead_kwh + less, days.it_kwh, days.outdoor_degc, 365)

    assert next(shift.direction for shift in watch.shifts if shift.detected >= STEP) == -1


def test_a_shift_that_ends_is_told_twice(plant_days: Days) -> None:
    days = plant_days(1)
    place = np.arange(730)
    more = np.where((place >= 450) & (place < STEP), 120.0, 0.0)

    watch = watched(days.overhead_kwh + more, days.it_kwh, days.outdoor_degc, 365)

    assert [shift.direction for shift in watch.shifts[:2]] == [1, -1]
    assert abs(watch.shifts[1].began - STEP) <= 10


@settings(max_examples=5)
@given(factor=st.sampled_from([1e-3, 0.25, 40.0, 1e3]))
def test_the_unit_of_the_energies_does_not_matter(factor: float, plant_days: Days) -> None:
    days = plant_days(1)
    more = days.overhead_kwh + np.where(np.arange(730) >= STEP, 100.0, 0.0)

    one = watched(more, days.it_kwh, days.outdoor_degc, 365)
    other = watched(factor * more, factor * days.it_kwh, days.outdoor_degc, 365)

    assert [(s.began, s.detected) for s in other.shifts] == [
        (s.began, s.detected) for s in one.shifts
    ]
    assert other.shifts[0].size == pytest.approx(factor * one.shifts[0].size)
    assert other.shifts[0].per_load == pytest.approx(one.shifts[0].per_load)


def test_days_that_are_not_known_raise_no_alarm(plant_days: Days) -> None:
    days = plant_days(1)
    gaps = days.overhead_kwh.copy()
    gaps[400:430] = np.nan
    gaps[STEP : STEP + 3] = np.nan

    watch = watched(gaps, days.it_kwh, days.outdoor_degc, 365)

    assert np.isnan(watch.unexplained[400:430]).all()
    assert len(watch.shifts) <= 1


def test_correlated_chance_does_not_alarm_more_often_than_stated() -> None:
    """AR(1) with r = 0.6, whitened: about one alarm in 465 days or fewer, not one in 40."""
    rng = np.random.default_rng(11)
    found = 0
    for _ in range(12):
        noise = np.zeros(800)
        for n in range(1, 800):
            noise[n] = 0.6 * noise[n - 1] + rng.normal(0.0, 20.0)
        temp = rng.uniform(0.0, 25.0, 800)
        found += len(watched(1500.0 + noise, np.full(800, 6e3), temp, 400).shifts)

    assert found <= 12 * 400 / 465 + 4


def test_too_short_a_reference_and_unseen_weather_are_not_judged(plant_days: Days) -> None:
    days = plant_days(1)

    assert watch_efficiency(days.cooling_kwh, days.it_kwh, days.outdoor_degc, SHORT) is None
    winter_only = watched(days.cooling_kwh, days.it_kwh, days.outdoor_degc, 60)
    assert np.isnan(winter_only.unexplained[200])


def test_a_quantity_without_scatter_is_not_judged() -> None:
    flat = np.full(100, 500.0)

    assert fit_baseline(flat, np.full(100, 6e3), np.linspace(0.0, 20.0, 100), 80) is None
    assert fit_baseline(flat, np.zeros(100), np.linspace(0.0, 20.0, 100), 80) is None


def test_what_cannot_be_watched_is_refused() -> None:
    flat = np.ones(50)

    with pytest.raises(ValueError, match="one load and temperature per day"):
        watch_efficiency(flat, flat[:10], flat, 40)
    with pytest.raises(ValueError, match="the reference has 60 days"):
        watch_efficiency(flat, flat, flat, 60)
    with pytest.raises(ValueError, match="above 0"):
        watch_efficiency(flat, flat, flat, 40, decision=0.0)
