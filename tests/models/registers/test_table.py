"""Many registers over many periods: what is known to all of them, bridged, and missing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.registers.continuity import US_PER_HOUR
from models.registers.periods import Cause, Periods
from models.registers.register import Register
from models.registers.samples import NO_SAMPLES, Samples
from models.registers.standstill import Witness
from models.registers.table import RegisterTable, joint_counts
from models.registers.trace import RegisterTrace, trace_register

NAN = float("nan")
gains = st.lists(st.floats(0.0, 50.0), min_size=2, max_size=40)


def traced(shown: list[float], witness: Witness | None = None) -> RegisterTrace:
    ts_us = np.arange(len(shown), dtype=np.int64) * US_PER_HOUR
    register = Register(key="m", max_rate_per_h=60.0)
    samples = Samples(ts_us=ts_us, value=np.array(shown))
    return trace_register(register, samples, () if witness is None else (witness,))


def hours(*edges: int) -> Periods:
    return Periods.between(np.array(edges, np.int64) * US_PER_HOUR)


@given(gains, st.data())
def test_totals_add_up_over_any_split(steps: list[float], data: st.DataObject) -> None:
    trace = traced([100.0, *(100.0 + np.cumsum(steps)).tolist()])
    cut = data.draw(st.integers(0, len(steps)))
    whole = joint_counts([trace], hours(0, len(steps)))
    parts = joint_counts([trace], hours(0, cut, len(steps)))

    assert parts.total.sum() == pytest.approx(whole.total.sum())
    assert parts.covered_s.sum() == whole.covered_s.sum()


def test_a_silent_hour_costs_resolution_and_no_energy() -> None:
    talking = traced([10.0 * n for n in range(12)])
    silent = traced([10.0 * n if n < 3 or n > 6 else NAN for n in range(12)])
    counts = joint_counts([talking, silent], hours(0, 11))

    assert counts.total.tolist() == [[110.0], [110.0]]
    assert counts.coverage_ratio.tolist() == [1.0]
    assert counts.bridged_ratio.tolist() == [pytest.approx(5 / 11)]
    assert counts.cause.tolist() == [Cause.NONE]


def test_a_meter_that_is_still_silent_takes_the_end_of_the_period_from_all() -> None:
    silent = traced([float(n) if n < 4 else NAN for n in range(7)])
    counts = joint_counts([traced([10.0 * n for n in range(7)]), silent], hours(0, 6))

    assert counts.total.tolist() == [[30.0], [3.0]]
    assert counts.coverage_ratio.tolist() == [0.5]
    assert counts.missing_s.tolist() == [[0.0], [3 * 3600.0]]
    assert counts.cause.tolist() == [Cause.NO_READING]


@given(st.lists(st.floats(0.01, 50.0), min_size=4, max_size=40), st.floats(0.0, 100.0))
def test_across_a_replaced_meter_nothing_is_known(steps: list[float], index: float) -> None:
    gained = [0.0, *np.cumsum(steps).tolist()]
    trace = traced([80_000.0 + g for g in gained] + [index + g for g in gained])
    counts = joint_counts([trace], hours(0, 2 * len(gained) - 1))

    assert counts.total[0, 0] == pytest.approx(2.0 * gained[-1])
    assert counts.covered_s[0] == counts.periods.duration_s[0] - 3600.0
    assert counts.cause.tolist() == [Cause.BREAK]


def test_the_gravest_cause_is_told_for_each_period() -> None:
    power = Witness(
        name="power", ts_us=np.arange(9) * US_PER_HOUR, least=np.linspace(0.0, 40.0 * (9 - 1), 9)
    )
    trace = traced([0.0, 50.0, 50.0, 50.0, 100.0, 150.0, 9_000.0, 9_050.0], power)
    counts = joint_counts([trace], hours(0, 1, 3, 5, 7, 9))

    assert counts.cause.tolist() == [
        Cause.NONE,
        Cause.FROZEN,
        Cause.NONE,
        Cause.BREAK,
        Cause.NO_READING,
    ]
    assert counts.frozen_s.tolist() == [0.0, 7200.0, 0.0, 0.0, 0.0]


def test_a_register_without_readings_leaves_nothing_known_to_all() -> None:
    table = RegisterTable(
        {"a": traced([0.0, 1.0, 2.0]), "none": trace_register(Register(key="n"), NO_SAMPLES)},
        hours(0, 1, 2),
    )

    for keys in (("a", "none"), ("a", "unheard of"), ()):
        counts = table.joint(keys)
        assert counts.total.tolist() == [[0.0, 0.0]] * len(keys)
        assert counts.covered_s.tolist() == [0.0, 0.0]
        assert counts.cause.tolist() == [Cause.NO_READING] * 2
    assert table.joint(("a", "unheard of")).missing_s.tolist() == [[0.0, 0.0], [3600.0, 3600.0]]
    assert np.isnan(table.each(("none", "unheard of"))).all()
    assert table.each(("a",)).tolist() == [[1.0, 1.0]]


def test_no_register_and_no_period_are_nothing() -> None:
    nothing = Periods(start_us=np.zeros(0, np.int64), end_us=np.zeros(0, np.int64))

    assert joint_counts([], hours(0, 1)).covered_s.tolist() == [0.0]
    assert joint_counts([traced([0.0, 1.0])], nothing).total.shape == (1, 0)


def test_periods_that_end_before_they_start_are_refused() -> None:
    with pytest.raises(ValueError, match="period 1 ends before it starts"):
        Periods(start_us=np.array([0, 5]), end_us=np.array([1, 4]))
    with pytest.raises(ValueError, match="need one length"):
        Periods(start_us=np.array([0, 5]), end_us=np.array([1]))
