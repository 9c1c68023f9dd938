"""CUSUM against its textbook, and on the simulated site."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.foresight.anomaly import tabular_cusum, watch_efficiency
from models.readings import FloatArray
from simulators.plant import Plant

ORACLE = json.loads(
    (Path(__file__).parents[2] / "oracles" / "foresight.json").read_text(encoding="utf-8")
)
DAY_US = 86_400_000_000


def test_the_worked_example_of_the_textbook_comes_out() -> None:
    case = ORACLE["cusum"]
    sums = tabular_cusum(np.array(case["observations"]) - 10.0)

    over = np.flatnonzero(sums.upper > 5.0) + 1
    assert over[0] == case["first_over_5"]
    assert sums.upper[over[0] - 1] == pytest.approx(case["upper_at_29"])
    assert sums.upper_count[over[0] - 1] == case["count"]
    assert (sums.lower <= 5.0).all()


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


def daily(seed: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Two years of overhead energy, IT energy and temperature of the simulated site, by day."""
    plant = Plant(seed)
    start = round(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
    registers = plant.measured_values(start + np.arange(731) * DAY_US)
    hourly = plant.measured_values(start + np.arange(730 * 6) * (DAY_US // 6))
    cooling = sum(
        np.diff(registers[f"{one}.active_energy_kwh"]) for one in ("mech_board_a", "mech_board_b")
    )
    it = sum(np.diff(registers[f"pdu_{n:02d}.active_energy_kwh"]) for n in range(1, 13))
    temp = hourly["weather_mast.outdoor_temp_degc"].reshape(-1, 6).mean(axis=1)
    return np.asarray(cooling), np.asarray(it), temp


@pytest.mark.parametrize("seed", [1, 2])
def test_a_lasting_loss_of_efficiency_is_found_and_sized(seed: int) -> None:
    cooling, it, temp = daily(seed)
    fouled = cooling.copy()
    fouled[560:] += 60.0

    watch = watch_efficiency(fouled, it, temp, 365)
    assert watch is not None

    found = [shift for shift in watch.shifts if 545 <= shift.began <= 600]
    assert found
    assert found[0].detected <= 600
    assert found[0].size == pytest.approx(60.0, abs=4.0 * found[0].u + 20.0)


def test_too_short_a_reference_and_unseen_weather_are_not_judged() -> None:
    cooling, it, temp = daily(1)

    assert watch_efficiency(cooling, it, temp, 20) is None
    watch = watch_efficiency(cooling, it, temp, 60)  # January and February only
    assert watch is not None
    assert np.isnan(watch.unexplained[200])
