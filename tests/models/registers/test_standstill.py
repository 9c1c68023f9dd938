"""Who says that a register should have moved, and what is made of it."""

import numpy as np
import pytest

from models.registers.continuity import US_PER_HOUR
from models.registers.periods import Cause
from models.registers.register import Register
from models.registers.samples import Samples
from models.registers.standstill import Witness, flat_stretches
from models.registers.trace import RegisterTrace, trace_register

HOURS = np.arange(40, dtype=np.int64) * US_PER_HOUR
SAYS_9 = Witness(name="power", ts_us=HOURS, least=np.linspace(0.0, 9.0 * (40 - 1), 40))


def traced(shown: list[float], *witnesses: Witness, **more: float) -> RegisterTrace:
    register = Register(key="ups", max_rate_per_h=20.0, **more)  # type: ignore[arg-type]  # as its fields
    samples = Samples(ts_us=HOURS[: len(shown)], value=np.array(shown))
    return trace_register(register, samples, witnesses)


def lost(trace: RegisterTrace) -> list[tuple[int, int, Cause]]:
    return [
        (one.start_us // US_PER_HOUR, one.end_us // US_PER_HOUR, one.cause) for one in trace.lost
    ]


def bridged(trace: RegisterTrace) -> list[tuple[int, int]]:
    return [(one.start_us // US_PER_HOUR, one.end_us // US_PER_HOUR) for one in trace.bridged]


def test_a_jump_to_the_true_index_bridges_the_stand() -> None:
    trace = traced([0.0, 10.0, 10.0, 10.0, 40.0, 50.0], SAYS_9)

    assert trace.level.tolist() == [0.0, 10.0, 40.0, 50.0]
    assert (bridged(trace), lost(trace)) == ([(1, 4)], [])


def test_a_count_that_goes_on_from_where_it_stood_has_lost_the_time() -> None:
    trace = traced([0.0, 10.0, 10.0, 10.0, 20.0, 30.0], SAYS_9)

    assert lost(trace) == [(1, 3, Cause.FROZEN)]
    assert trace.segment.tolist() == [0, 0, 1, 1, 1]
    assert trace.frozen_since_us is None


def test_a_stand_that_lasts_is_lost_for_now() -> None:
    trace = traced([0.0, 10.0, 20.0, 20.0, 20.0], SAYS_9)

    assert lost(trace) == [(2, 4, Cause.FROZEN)]
    assert trace.frozen_since_us == 2 * US_PER_HOUR


@pytest.mark.parametrize(
    ("resolution", "starting", "accused"),
    [(0.0, 0.0, True), (8.9, 0.0, True), (9.1, 0.0, False), (0.0, 8.9, True), (0.0, 9.1, False)],
)
def test_what_a_register_may_hide_is_twice_its_step_and_its_starting_rate(
    resolution: float, starting: float, accused: bool
) -> None:
    """Two hours in which at least 18 kWh were counted."""
    shown = [0.0, 10.0, 20.0, 20.0, 20.0]
    trace = traced(shown, SAYS_9, resolution=resolution, starting_rate_per_h=starting)

    assert (trace.frozen_since_us is not None) is accused


def test_nothing_is_accused_without_a_witness_or_outside_what_it_saw() -> None:
    late = Witness(name="power", ts_us=HOURS[3:], least=np.linspace(0.0, 9.0 * (37 - 1), 37))
    silent = Witness(name="power", ts_us=HOURS[:1], least=np.zeros(1))

    for witnesses in ((), (late,), (silent,)):
        trace = traced([0.0, 10.0, 10.0, 10.0, 20.0], *witnesses)
        assert (lost(trace), len(trace.level)) == ([], 5)


def test_the_witness_that_says_most_counts() -> None:
    little = Witness(name="children", ts_us=HOURS, least=np.linspace(0.0, 0.1 * (40 - 1), 40))

    assert traced([0.0, 10.0, 10.0, 10.0], little, SAYS_9).frozen_since_us == US_PER_HOUR
    assert traced([0.0, 10.0, 10.0, 10.0], SAYS_9, little).frozen_since_us == US_PER_HOUR


def test_a_flat_stretch_ends_where_a_segment_does() -> None:
    first, last = flat_stretches(np.full(5, 7.0), np.array([0, 0, 1, 1, 1]))

    assert (first.tolist(), last.tolist()) == ([0, 2], [1, 4])
    assert flat_stretches(np.zeros(0), np.zeros(0, np.int64))[0].tolist() == []
