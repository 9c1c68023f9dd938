"""What lies between readings, and which of them are numbers."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.metering.registers import stands_long
from models.registers.differences import Differences, finite_readings
from models.registers.register import Register
from models.registers.samples import NO_SAMPLES, Samples
from models.registers.trace import trace_register

HOUR_US = 3_600_000_000
shown = st.lists(st.floats(-1e9, 1e9) | st.sampled_from([nan, inf, -inf]), max_size=12)


def hourly(values: list[float]) -> Samples:
    ts_us = np.arange(len(values), dtype=np.int64) * HOUR_US
    return Samples(ts_us=ts_us, value=np.array(values, dtype=float))


@given(shown)
def test_only_numbers_are_kept_with_what_lies_between_them(values: list[float]) -> None:
    kept, between = finite_readings(hourly(values))

    finite = [(n * HOUR_US, one) for n, one in enumerate(values) if np.isfinite(one)]
    assert list(zip(kept.ts_us.tolist(), kept.value.tolist(), strict=True)) == finite
    assert between.span_us.tolist() == np.diff(kept.ts_us).tolist()
    assert between.gain.tolist() == np.diff(kept.value).tolist()


@pytest.mark.parametrize("values", [[], [inf], [nan], [1.0, inf], [inf, 1.0], [-inf, 1.0, 2.0]])
def test_what_is_no_number_is_found_at_the_ends_too(values: list[float]) -> None:
    assert np.isfinite(finite_readings(hourly(values))[0].value).all()


def test_the_least_gain_of_nothing_is_infinite() -> None:
    assert Differences.of(NO_SAMPLES).least_gain == inf
    assert Differences.of(hourly([3.0])).least_gain == inf


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_a_register_that_rises_throughout_stands_nowhere(gains: list[int]) -> None:
    trace = trace_register(Register(key="m"), hourly(np.cumsum([0.0, *gains]).tolist()))

    assert trace.rises == (min(gains) > 0)
    assert stands_long(trace) == (min(gains) == 0)
