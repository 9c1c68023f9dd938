"""Which readings of a register are one count: each rule of the folder's README by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.registers.continuity import (
    RATE_SLACK,
    US_PER_HOUR,
    Piece,
    continuous_pieces,
    dropped_mask,
    most_gain,
)
from models.registers.register import Register
from models.registers.samples import Samples

METER = Register(key="ups", max_rate_per_h=10.0)
gains = st.lists(st.floats(0.0, 10.0), min_size=1, max_size=60)


def pieces(register: Register, shown: list[float], every_us: int = US_PER_HOUR) -> list[Piece]:
    ts_us = np.arange(len(shown), dtype=np.int64) * every_us
    return continuous_pieces(register, Samples(ts_us=ts_us, value=np.array(shown)))


def spans(register: Register, shown: list[float]) -> list[tuple[int, int, float, bool]]:
    return [(one.start, one.stop, one.offset, one.joined) for one in pieces(register, shown)]


@given(gains, st.floats(0.0, 1e6))
def test_a_steady_register_is_one_piece(steps: list[float], start: float) -> None:
    shown = (start + np.concatenate([[0.0], np.cumsum(steps)])).tolist()

    assert spans(METER, shown) == [(0, len(shown), 0.0, False)]


def test_no_reading_is_no_piece_and_one_is_one() -> None:
    assert spans(METER, []) == []
    assert spans(METER, [7.0]) == [(0, 1, 0.0, False)]
    assert spans(METER, [7.0, 7.0]) == [(0, 2, 0.0, False)]


def test_a_step_may_be_as_large_as_the_limit_and_no_larger() -> None:
    most = RATE_SLACK * 10.0

    assert len(pieces(METER, [0.0, most])) == 1
    assert len(pieces(METER, [0.0, most * (1.0 + 1e-9)])) == 2


def test_the_limit_holds_for_ten_seconds_at_least_and_nowhere_without_a_rate() -> None:
    us = np.array([1, 10_000_000, 20_000_000])

    assert most_gain(us, 360.0).tolist() == pytest.approx([1.5, 1.5, 3.0])
    assert np.isinf(most_gain(us, None)).all()


@given(gains, st.floats(900.0, 999.0))
def test_a_rollover_changes_nothing(steps: list[float], start: float) -> None:
    register = Register(key="ups", max_rate_per_h=10.0, modulus=1000.0)
    true = start + np.concatenate([[0.0], np.cumsum(steps)])
    shown = true % 1000.0
    kept = pieces(register, shown.tolist())
    level = np.concatenate([shown[one.start : one.stop] + one.offset for one in kept])

    # A reading that reaches the modulus only by rounding may be left out.
    assert np.ptp(level) == pytest.approx(np.ptp(true), abs=1e-6)
    assert all(one.joined for one in kept[1:])


@given(st.lists(st.floats(0.01, 10.0), min_size=6, max_size=40), st.data())
def test_a_single_misreading_changes_nothing(steps: list[float], data: st.DataObject) -> None:
    true = 5_000.0 + np.concatenate([[0.0], np.cumsum(steps)])
    at = data.draw(st.integers(1, len(true) - 2))
    shown = true.copy()
    shown[at] = data.draw(st.sampled_from([0.0, 1e9, true[at] / 3, -1.0]))
    kept = pieces(METER, shown.tolist())

    assert all(one.joined for one in kept[1:])
    assert dropped_mask(kept, len(shown)).nonzero()[0].tolist() == [at]
    assert {one.offset for one in kept} == {0.0}


def test_a_net_register_runs_both_ways_within_its_rate() -> None:
    net = Register(key="grid", max_rate_per_h=10.0, net=True)

    assert len(pieces(net, [0.0, 8.0, -3.0, -15.0])) == 1
    assert len(pieces(net, [0.0, -15.1, -15.1])) == 2


def test_where_nothing_continues_the_count_starts_again() -> None:
    assert spans(METER, [5_000.0, 5_001.0, 3.0, 4.0, 5.0]) == [
        (0, 2, 0.0, False),
        (2, 5, 0.0, False),
    ]


def test_of_an_older_index_only_what_passes_the_level_is_counted() -> None:
    shown = [500.0, 505.0, 495.0, 500.0, 505.5, 510.0]

    assert spans(METER, shown) == [(0, 2, 0.0, False), (4, 6, 0.0, True)]
