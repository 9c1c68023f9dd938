"""What goes wrong between a register and its record is what it is said to be."""

import numpy as np
import pytest

from models.readings import FloatArray, IntArray
from tests.models.reading_faults import (
    US_PER_HOUR,
    ReadingFault,
    Recorded,
    Register,
    recorded,
    sound,
)

POLLS_US = np.arange(0, 96 * US_PER_HOUR, US_PER_HOUR // 12, dtype=np.int64)
STRETCH_US = (30 * US_PER_HOUR, 40 * US_PER_HOUR)


def index_at(ts_us: IntArray) -> FloatArray:
    hours = ts_us / US_PER_HOUR
    return np.asarray(5000.0 + 10.0 * hours + np.sin(hours))


REGISTER = Register(polls_us=POLLS_US, index_at=index_at, step=0.01)
TRUE = sound(REGISTER).index


def made(kind: ReadingFault, seed: int = 3) -> Recorded:
    return recorded(REGISTER, kind, STRETCH_US, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", ReadingFault)
def test_every_fault_is_repeatable_and_within_the_record(kind: ReadingFault) -> None:
    one, again = made(kind), made(kind)

    assert np.array_equal(one.ts_us, again.ts_us)
    assert np.array_equal(one.index, again.index)
    assert len(one.ts_us) == len(one.index) > 0
    if one.wrong_us is not None:
        assert POLLS_US[0] <= one.wrong_us[0] <= one.wrong_us[1] <= POLLS_US[-1]


@pytest.mark.parametrize(
    "kind",
    [
        ReadingFault.STANDING_THEN_TRUE,
        ReadingFault.ZEROS,
        ReadingFault.OLDER_INDEX,
        ReadingFault.REPLICA,
        ReadingFault.GLITCHES,
        ReadingFault.SILENCE,
    ],
)
def test_outside_the_stretch_the_record_is_true_and_inside_it_is_not(kind: ReadingFault) -> None:
    one = made(kind)
    assert one.wrong_us is not None
    assert not one.unknowable
    inside = (one.ts_us > one.wrong_us[0]) & (one.ts_us < one.wrong_us[1])
    true = sound(Register(polls_us=one.ts_us, index_at=index_at, step=0.01)).index

    assert np.array_equal(one.index[~inside], true[~inside])
    assert not np.array_equal(one.index, TRUE)


def test_what_was_lost_for_good_is_missing_from_the_index_ever_after() -> None:
    one = made(ReadingFault.STANDING_AND_LOST)
    assert one.wrong_us is not None
    start, end = np.searchsorted(POLLS_US, one.wrong_us)

    assert len(set(one.index[start : end + 1].tolist())) == 1
    assert TRUE[-1] - one.index[-1] == pytest.approx(TRUE[end] - TRUE[start])


@pytest.mark.parametrize("kind", [ReadingFault.REPLACED_DECLARED, ReadingFault.REPLACED_IN_OUTAGE])
def test_a_declared_replacement_tells_the_whole_count(kind: ReadingFault) -> None:
    one = made(kind)
    event = one.declared
    assert event is not None
    assert event.final_index is not None
    assert event.initial_index is not None
    before, after = one.index[one.ts_us < event.at_us], one.index[one.ts_us >= event.at_us]

    counted = event.final_index - before[0] + after[-1] - event.initial_index
    assert counted == pytest.approx(TRUE[-1] - TRUE[0])


def test_a_corrected_ratio_tells_the_whole_count() -> None:
    one = made(ReadingFault.RATIO_CORRECTED)
    event = one.declared
    assert event is not None
    assert event.final_index is not None
    before, after = one.index[one.ts_us < event.at_us], one.index[one.ts_us >= event.at_us]

    counted = (event.final_index - before[0]) * event.factor_before + after[-1] - event.final_index
    assert counted == pytest.approx(TRUE[-1] - TRUE[0])


def test_late_and_doubled_readings_are_all_there() -> None:
    one = made(ReadingFault.LATE_AND_DOUBLED)

    assert np.any(np.diff(one.ts_us) < 0)
    assert len(one.ts_us) > len(POLLS_US)
    assert dict(zip(one.ts_us.tolist(), one.index.tolist(), strict=True)) == dict(
        zip(POLLS_US.tolist(), TRUE.tolist(), strict=True)
    )
