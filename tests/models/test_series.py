"""Laws of cumulative registers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.series import US_PER_HOUR, GridLevels, joint_totals, levels_at, trace_counter

HOURS = np.arange(200, dtype=np.int64) * US_PER_HOUR

gains = st.lists(st.floats(0.0, 50.0), min_size=2, max_size=60)


def register(steps: list[float], start: float = 0.0) -> np.ndarray:
    return start + np.concatenate([[0.0], np.cumsum(steps)])


@given(gains, st.floats(0, 1e6))
def test_a_steady_register_keeps_its_increments(steps: list[float], start: float) -> None:
    value = register(steps, start)

    trace = trace_counter(HOURS[: len(value)], value, max_rate_per_h=60.0)

    assert trace.level == pytest.approx(value)
    assert set(trace.segment.tolist()) == {0}


@given(gains, st.floats(900.0, 999.0))
def test_a_rollover_changes_nothing(steps: list[float], start: float) -> None:
    modulus = 1000.0
    unwrapped = register(steps, start)[:20]

    trace = trace_counter(
        HOURS[: len(unwrapped)], unwrapped % modulus, modulus=modulus, max_rate_per_h=50.0
    )

    # Readings that reach the modulus only by rounding may be left out: their neighbours agree.
    assert np.ptp(trace.level) == pytest.approx(np.ptp(unwrapped), abs=1e-6)
    assert set(trace.segment.tolist()) == {0}


@given(st.lists(st.floats(0.01, 50.0), min_size=6, max_size=60), st.data())
def test_a_single_misreading_changes_nothing(steps: list[float], data: st.DataObject) -> None:
    value = register(steps, 5_000.0)
    at = data.draw(st.integers(1, len(value) - 2))
    broken = value.copy()
    broken[at] = data.draw(st.sampled_from([0.0, 1e9, value[at] / 3]))

    trace = trace_counter(HOURS[: len(value)], broken, max_rate_per_h=60.0)

    assert trace.level[-1] - trace.level[0] == pytest.approx(value[-1] - value[0])
    assert set(trace.segment.tolist()) == {0}


@given(st.lists(st.floats(0.01, 50.0), min_size=4, max_size=40), st.floats(0.0, 100.0))
def test_across_a_replaced_meter_nothing_is_known(steps: list[float], new_index: float) -> None:
    old = register(steps, 80_000.0)
    new = register(steps, new_index)
    value = np.concatenate([old, new])
    ts = HOURS[: len(value)]

    trace = trace_counter(ts, value, max_rate_per_h=60.0)
    level, segment = levels_at(trace, ts, US_PER_HOUR)
    totals = joint_totals(
        GridLevels(edges_us=ts, level=level[np.newaxis], segment=segment[np.newaxis])
    )

    counted = (old[-1] - old[0]) + (new[-1] - new[0])
    assert totals.total[0] == pytest.approx(counted)
    assert totals.covered_s == pytest.approx(totals.window_s - 3600.0)


def test_a_reset_is_not_believed_before_the_next_reading_confirms_it() -> None:
    ts = HOURS[:4]

    unconfirmed = trace_counter(ts, np.array([10.0, 11.0, 12.0, 0.0]), max_rate_per_h=5.0)

    assert unconfirmed.level.tolist() == [10.0, 11.0, 12.0]


@given(gains, st.data())
def test_totals_add_up_over_any_split_of_the_window(
    steps: list[float], data: st.DataObject
) -> None:
    value = register(steps, 100.0)
    edges = HOURS[: len(value)]
    grid = GridLevels(
        edges_us=edges,
        level=value[np.newaxis],
        segment=np.zeros((1, len(value)), np.int64),
    )
    cut = data.draw(st.integers(1, len(edges) - 1))

    whole = joint_totals(grid)
    left, right = joint_totals(grid, 0, cut), joint_totals(grid, cut, len(edges) - 1)

    assert left.total + right.total == pytest.approx(whole.total)
    assert left.covered_s + right.covered_s == pytest.approx(whole.covered_s)


def test_a_silent_hour_costs_resolution_and_no_energy() -> None:
    edges = HOURS[:7]
    talking = np.arange(7.0) * 10.0
    silent = talking.copy()
    silent[2:5] = np.nan

    totals = joint_totals(
        GridLevels(
            edges_us=edges,
            level=np.stack([talking, silent]),
            segment=np.zeros((2, 7), np.int64),
        )
    )

    assert totals.total.tolist() == [60.0, 60.0]
    assert totals.coverage_ratio == 1.0
    assert totals.bridged_ratio == pytest.approx(4 / 6)


def test_a_meter_that_is_still_silent_takes_the_end_of_the_window_from_all() -> None:
    edges = HOURS[:7]
    silent = np.arange(7.0)
    silent[4:] = np.nan

    totals = joint_totals(
        GridLevels(
            edges_us=edges,
            level=np.stack([np.arange(7.0) * 10.0, silent]),
            segment=np.zeros((2, 7), np.int64),
        )
    )

    assert totals.total.tolist() == [30.0, 3.0]
    assert totals.coverage_ratio == pytest.approx(0.5)


def test_an_instant_is_unknown_when_the_readings_around_it_are_too_far_apart() -> None:
    trace = trace_counter(np.array([0, 100]), np.array([0.0, 1.0]))

    level, _ = levels_at(trace, np.array([0, 50, 100, 101]), 99)

    assert np.isnan(level).tolist() == [False, True, False, True]
