"""Falls of registers: what is believed live, whatever a register shows."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from models.registers.dips import DipWatch

HOUR_US = 3_600_000_000


def believed(shown: list[float], step_us: int = 2_000_000) -> list[float]:
    watch = DipWatch()
    return [value for n, value in enumerate(shown) if watch.believes(n * step_us, value)]


@given(st.lists(st.floats(0.0, 1e6), max_size=60))
def test_what_is_believed_falls_only_to_less_than_half_and_after_three_rises(
    shown: list[float],
) -> None:
    """Within a day."""
    told = believed(shown)

    for before, after in itertools.pairwise(told):
        assert after >= before or after < 0.5 * before
    falls = sum(after < before for before, after in itertools.pairwise(told))
    assert len(shown) - len(told) >= 3 * falls


@given(st.lists(st.floats(0.0, 10.0), min_size=2, max_size=60), st.integers(1, 40))
def test_zeros_for_however_long_and_an_older_index_are_not_believed(
    gains: list[float], stretch: int
) -> None:
    level = [1000.0 + sum(gains[: n + 1]) for n in range(len(gains))]
    middle = len(level) // 2
    for wrong in ([0.0] * stretch, [level[0] - 100.0 + n for n in range(stretch)]):
        assert believed([*level[:middle], *wrong, *level[middle:]]) == level


def test_an_older_index_that_goes_on_for_more_than_a_day_is_believed() -> None:
    shown = [1000.0, *(900.0 + n for n in range(30))]

    assert believed(shown, HOUR_US) == [1000.0, *shown[25:]]
