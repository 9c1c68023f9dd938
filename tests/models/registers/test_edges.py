"""The level of a register between two readings, and the interval in which it lies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.registers.continuity import US_PER_HOUR
from models.registers.edges import UNKNOWN, levels_at
from models.registers.register import Register
from models.registers.samples import NO_SAMPLES, Samples
from models.registers.trace import RegisterTrace, trace_register


def traced(
    values: list[float], *, rate: float | None = None, net: bool = False, gap_h: int = 10
) -> RegisterTrace:
    ts_us = np.arange(len(values), dtype=np.int64) * gap_h * US_PER_HOUR
    samples = Samples(ts_us=ts_us, value=np.array(values))
    return trace_register(Register(key="m", max_rate_per_h=rate, net=net), samples)


def interval(trace: RegisterTrace, hour: float) -> tuple[float, float]:
    edge = levels_at([trace], np.array([round(hour * US_PER_HOUR)]))
    half = float(edge.width[0, 0]) / 2.0
    return float(edge.level[0, 0]) - half, float(edge.level[0, 0]) + half


def test_without_a_rate_the_readings_bound_the_level() -> None:
    """5 h into 10 kWh: from nothing yet to all of it; 1 h in: 1 kWh, and 9 kWh to the far end."""
    trace = traced([0.0, 10.0])

    assert interval(trace, 5.0) == pytest.approx((0.0, 10.0))
    assert interval(trace, 1.0) == pytest.approx((-8.0, 10.0))


def test_with_a_rate_the_level_lies_between_what_can_be_counted_from_either_side() -> None:
    """At most 2 kWh an hour: after 1 h no more than 2, and 1 h before the end no less than 8."""
    trace = traced([0.0, 10.0], rate=2.0)

    assert interval(trace, 1.0) == pytest.approx((0.0, 2.0))
    assert interval(trace, 9.0) == pytest.approx((8.0, 10.0))
    assert interval(trace, 5.0) == pytest.approx((0.0, 10.0))


def test_a_net_register_may_have_run_past_both_readings() -> None:
    """1 kWh an hour either way; level 5 between two readings of 5, four hours from the nearer."""
    trace = traced([5.0, 5.0], rate=1.0, net=True)

    assert interval(trace, 4.0) == pytest.approx((1.0, 9.0))
    assert interval(traced([5.0, 5.0], rate=1.0), 4.0) == (5.0, 5.0)


def test_on_a_reading_the_level_is_known_and_outside_all_it_is_not() -> None:
    trace = traced([0.0, 10.0])
    edge = levels_at([trace], np.array([-1, 0, 10, 11]) * US_PER_HOUR)

    assert edge.width.tolist() == [[0.0] * 4]
    assert edge.segment.tolist() == [[UNKNOWN, 0, 0, UNKNOWN]]
    assert np.isnan(edge.level[0]).tolist() == [True, False, False, True]


@given(
    st.lists(st.lists(st.floats(0.0, 20.0), max_size=8), min_size=1, max_size=4),
    st.lists(st.integers(-20, 100), max_size=10),
)
def test_many_registers_at_once_are_each_as_if_alone(
    registers: list[list[float]], at_h: list[int]
) -> None:
    traces = [
        traced(np.cumsum(steps).tolist(), rate=[None, 1.0, 3.0][n % 3], net=n % 2 == 1)
        for n, steps in enumerate(registers)
    ]
    traces.append(trace_register(Register(key="none"), NO_SAMPLES))
    at_us = np.array(at_h, np.int64) * US_PER_HOUR
    together = levels_at(traces, at_us)

    for row, trace in enumerate(traces):
        alone = levels_at([trace], at_us)
        for name in ("level", "width", "segment", "reading"):
            assert np.array_equal(
                getattr(together, name)[row], getattr(alone, name)[0], equal_nan=True
            )
