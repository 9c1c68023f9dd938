"""Faults of registers, each the smallest that was once counted wrong."""

import numpy as np
import pytest

from models.registers.periods import JointCounts, Periods
from models.registers.register import EventKind, Register, RegisterEvent
from models.registers.samples import Samples
from models.registers.table import joint_counts
from models.registers.trace import RegisterTrace, trace_register

HOUR_US = 3_600_000_000
MINUTE_US = HOUR_US // 60


def traced(register: Register, shown: list[float], every_us: int = HOUR_US) -> RegisterTrace:
    ts_us = np.arange(len(shown), dtype=np.int64) * every_us
    return trace_register(register, Samples(ts_us=ts_us, value=np.array(shown)))


def over(trace: RegisterTrace, start_us: int, end_us: int) -> JointCounts:
    return joint_counts([trace], Periods(start_us=np.array([start_us]), end_us=np.array([end_us])))


def whole(trace: RegisterTrace, readings: int, every_us: int = HOUR_US) -> tuple[float, float]:
    """Total, and the covered part of the time in readings, from the first reading to the last."""
    counts = over(trace, 0, (readings - 1) * every_us)
    return round(float(counts.total[0, 0]), 6), float(counts.covered_s[0]) * 1e6 / every_us


def test_a_coarse_register_read_every_minute_is_one_count() -> None:
    """One kWh is more than 4 kW can count in a minute, and the least that can be seen."""
    coarse = Register(key="ups", max_rate_per_h=4.0, resolution=1.0)
    trace = traced(coarse, [1.0, 2.0, 2.0, 3.0], MINUTE_US)

    assert whole(trace, 4, MINUTE_US) == (2.0, 3.0)


def test_a_float32_register_read_every_ten_seconds_is_one_count() -> None:
    register = Register(key="intake", max_rate_per_h=100.0, float32_unit=0.001)
    trace = traced(register, [7_100_000.0, 7_100_000.512, 7_100_000.512], 10_000_000)

    assert whole(trace, 3, 10_000_000) == (0.512, 2.0)


def test_a_glitch_after_a_declared_event_does_not_undo_it() -> None:
    event = RegisterEvent(
        at_us=2 * HOUR_US, kind=EventKind.REPLACED, final_index=102.0, initial_index=5.0
    )
    register = Register(key="ups", max_rate_per_h=2.0, events=(event,))
    trace = traced(register, [100.0, 101.0, 5.0, 6.0, 0.0, 8.0])

    assert whole(trace, 6) == (5.0, 5.0)


def test_a_net_register_jumps_backwards_after_a_freeze() -> None:
    register = Register(key="grid", max_rate_per_h=2.0, net=True)
    trace = traced(register, [10.0, 8.0, 8.0, 8.0, 2.0, 0.0])

    assert whole(trace, 6) == (-10.0, 5.0)


def test_the_readings_after_a_freeze_are_kept_up_to_a_rollover() -> None:
    register = Register(key="ups", max_rate_per_h=2.0, modulus=100.0)
    trace = traced(register, [90.0, 90.0, 94.0, 96.0, 98.0, 0.0])

    assert trace.level.tolist() == [90.0, 94.0, 96.0, 98.0, 100.0]


def test_a_glitch_does_not_join_two_meters() -> None:
    """The higher index is another meter's, and its count goes on after the zero."""
    register = Register(key="ups", max_rate_per_h=10.0)
    trace = traced(register, [0.0, 1.0, 41.0, 42.0, 43.0, 0.0, 45.0, 46.0])

    assert whole(trace, 8) == (6.0, 6.0)


def test_two_undeclared_meters_are_not_joined_over_the_one_between() -> None:
    register = Register(key="ups", max_rate_per_h=10.0)
    trace = traced(register, [0.0, 1.0, 31.0, 32.0, 33.0, 58.0, 59.0, 60.0])

    assert whole(trace, 8) == (5.0, 5.0)


def test_zeros_near_the_top_of_the_range_are_no_rollover() -> None:
    register = Register(key="ups", max_rate_per_h=10.0, modulus=1000.0)
    trace = traced(register, [995.0, 996.0, 0.0, 0.0, 0.0, 998.0, 999.0])

    assert whole(trace, 7) == (4.0, 6.0)


def test_a_spike_at_a_rollover_is_dropped() -> None:
    register = Register(key="ups", max_rate_per_h=10.0, modulus=1000.0)
    trace = traced(register, [998.0, 999.0, 9.0, 1.0, 2.0])

    assert whole(trace, 5) == (4.0, 4.0)


def test_readings_outside_the_range_are_no_rollover() -> None:
    """-60 is 50 - 110: as a rollover of 100 it would count ten backwards."""
    register = Register(key="ups", max_rate_per_h=10.0, modulus=100.0)
    trace = traced(register, [49.0, 50.0, -60.0, -59.0, 53.0, 54.0])

    assert whole(trace, 6) == (5.0, 5.0)


def test_the_step_counts_in_a_period_that_is_still_running() -> None:
    register = Register(key="intake", max_rate_per_h=100.0, float32_unit=0.001)
    trace = traced(register, [7_100_000.0, 7_100_050.0])

    assert over(trace, 0, 2 * HOUR_US).step_u[0, 0] == pytest.approx(0.512 / np.sqrt(6))


def test_the_step_is_that_of_the_index_and_not_of_the_count() -> None:
    """A new meter that begins at a high index counts in greater steps than the old one did."""
    event = RegisterEvent(
        at_us=HOUR_US, kind=EventKind.REPLACED, final_index=1050.0, initial_index=7_100_000.0
    )
    register = Register(key="intake", max_rate_per_h=100.0, float32_unit=0.001, events=(event,))
    trace = traced(register, [1000.0, 7_100_000.0, 7_100_050.176])

    assert over(trace, HOUR_US, 2 * HOUR_US).step_u[0, 0] == pytest.approx(0.512 / np.sqrt(6))


def test_an_index_that_ran_on_behind_the_true_one_is_bridged_as_a_whole() -> None:
    """Three hours behind for eight hours, five of them above the level from which it fell."""
    register = Register(key="pdu", max_rate_per_h=15.0)
    true = [1000.0 + 10.0 * n for n in range(14)]
    trace = traced(register, [*true[:4], *true[1:9], *true[12:]])

    assert whole(trace, 14) == (130.0, 13.0)
    assert trace.level.tolist() == [*true[:4], *true[12:]]


def test_a_register_that_is_always_too_fast_has_no_count() -> None:
    """Watt-hours read as kilowatt-hours: not one break for each reading, which takes minutes."""
    register = Register(key="pdu", max_rate_per_h=80.0)
    trace = traced(register, [50_000.0 * n for n in range(100)])

    assert len(trace.ts_us) == 0
    assert whole(trace, 100) == (0.0, 0.0)


def test_a_replica_at_every_other_reading_is_still_dropped() -> None:
    register = Register(key="pdu", max_rate_per_h=1.5)
    shown = [100.0 + n - (10.0 if n % 2 else 0.0) for n in range(101)]
    trace = traced(register, shown)

    assert whole(trace, 101) == (100.0, 100.0)


def test_two_readings_of_an_older_index_do_not_take_the_true_ones_after_them() -> None:
    """The rise to the true index is slow enough to be one run with it, and another fall ends it."""
    register = Register(key="water", max_rate_per_h=10.0)
    true = [100.0 + n for n in range(9)]
    trace = traced(register, [*true[:3], 99.0, 100.0, *true[5:7], 101.0, *true[8:]])

    assert trace.level.tolist() == [*true[:3], *true[5:7], *true[8:]]
