"""The judge of the readings: what it takes for true, and what not."""

from typing import Final

import pytest

from tests.collectors.wire_faults.held import TRUE_TIME_NS, Held

SECOND_NS: Final = 1_000_000_000


def test_a_value_is_true_of_its_own_point_and_time_only() -> None:
    now_ns = TRUE_TIME_NS()
    held = Held(1)
    value = float(held.value(3, now_ns))
    window = (now_ns - SECOND_NS // 100, now_ns + SECOND_NS // 100)
    assert held.held(3, value, *window)
    assert not held.held(2, value, *window)
    assert not Held(2).held(3, value, *window)
    assert not held.held(3, value + 0.5, *window)
    # as an answer to a question of a second ago, or of one to come, it would be false
    for seconds in (-3600, -1, 1, 3600):
        moved = tuple(at_ns + seconds * SECOND_NS for at_ns in window)
        assert not held.held(3, value, *moved)


@pytest.mark.parametrize("seconds", [1.0, 100.0])
def test_a_register_that_steps_back_holds_the_smaller_number_from_then_on(seconds: float) -> None:
    held = Held(1)
    before_ns = TRUE_TIME_NS()
    before = float(held.value(0, before_ns))
    held.step_back(seconds)
    after_ns = TRUE_TIME_NS()
    after = float(held.value(0, after_ns))
    assert after < before
    assert held.held(0, after, after_ns, after_ns)
    assert held.held(0, before, before_ns, before_ns)
    soon_ns = after_ns + SECOND_NS // 2
    assert not held.held(0, before, soon_ns, soon_ns)


def test_a_register_that_stands_still_holds_its_number_for_ever() -> None:
    held = Held(1)
    held.stand_still()
    value = float(held.value(0))
    later_ns = TRUE_TIME_NS() + 60 * SECOND_NS
    assert held.held(0, value, later_ns, later_ns)
