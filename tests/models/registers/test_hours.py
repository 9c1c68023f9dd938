"""What is kept of the readings of an hour, against the readings one by one."""

from math import inf, isfinite, isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.readings import FloatArray, IntArray, Quality
from models.registers.hours import NO_TIME_US, HourReadings, hour_readings
from models.registers.periods import Periods
from models.registers.register import Register
from models.registers.samples import Samples
from models.registers.table import RegisterTable
from models.registers.trace import trace_register

HOUR_US = 3_600_000_000
YEAR_DAYS = 365
reading = st.tuples(
    st.integers(1, 3),
    st.integers(-3 * HOUR_US, 3 * HOUR_US) | st.integers(-3, 3).map(lambda n: n * HOUR_US),
    st.floats(-5.0, 5.0) | st.sampled_from([nan, inf]),
    st.sampled_from(list(Quality)),
)
readings = st.lists(reading, max_size=30, unique_by=lambda one: one[:2]).map(
    lambda rows: sorted(rows, key=lambda one: one[:2])
)


def rolled(rows: list[tuple[int, int, float, Quality]]) -> HourReadings:
    return hour_readings(
        np.array([one[0] for one in rows], np.int32),
        np.array([one[1] for one in rows], np.int64),
        np.array([one[2] for one in rows], np.float64),
        np.array([one[3] for one in rows], np.int16),
    )


@given(readings)
def test_each_hour_keeps_its_ends_its_extremes_and_its_counts(
    rows: list[tuple[int, int, float, Quality]],
) -> None:
    by_hour: dict[tuple[int, int], list[tuple[int, float, Quality]]] = {}
    for point, ts_us, value, quality in rows:
        by_hour.setdefault((point, ts_us // HOUR_US * HOUR_US), []).append((ts_us, value, quality))

    found = rolled(rows)

    assert list(zip(found.point_id.tolist(), found.hour_us.tolist(), strict=True)) == list(by_hour)
    for n, inside in enumerate(by_hour.values()):
        good = [one for one in inside if one[2] is Quality.GOOD and isfinite(one[1])]
        assert found.counts[:, n].sum() == len(inside)
        assert found.counts[Quality.GOOD, n] == len(good)
        for quality in (Quality.UNCERTAIN, Quality.OUT_OF_RANGE, Quality.NOT_AVAILABLE):
            assert found.counts[quality, n] == sum(one[2] is quality for one in inside)
        if not good:
            assert found.first_us[n] == found.last_us[n] == NO_TIME_US
            assert all(isnan(one[n]) for one in (found.first_value, found.last_value))
            assert all(isnan(one[n]) for one in (found.minimum, found.maximum))
            continue
        assert (found.first_us[n], found.first_value[n]) == good[0][:2]
        assert (found.last_us[n], found.last_value[n]) == good[-1][:2]
        assert found.minimum[n] == min(one[1] for one in good)
        assert found.maximum[n] == max(one[1] for one in good)


def test_no_reading_is_no_hour() -> None:
    assert len(rolled([])) == 0


def by_hour(ts_us: IntArray, value: FloatArray) -> Samples:
    """What is left of readings once they are rolled up: the ends of each hour."""
    hours = hour_readings(
        np.zeros(len(ts_us), np.int32), ts_us, value, np.zeros(len(ts_us), np.int16)
    )
    times = np.column_stack([hours.first_us, hours.last_us]).ravel()
    values = np.column_stack([hours.first_value, hours.last_value]).ravel()
    at = np.unique(times, return_index=True)[1]
    return Samples(ts_us=times[at], value=values[at])


def year_of_readings() -> tuple[IntArray, FloatArray]:
    """Two minutes apart with seconds of jitter, in steps of 10 Wh."""
    rng = np.random.default_rng(11)
    count = YEAR_DAYS * 720
    ts_us = np.arange(count) * 120_000_000 + rng.integers(0, 5_000_000, count)
    return ts_us, np.floor(500_000 + 100 * np.cumsum(rng.gamma(4.0, 0.8, count))) / 100


FAULTS = ("none", "zeros", "older replica", "standing still", "spike", "silence")


def befall(fault: str, value: FloatArray, start: int, stop: int) -> None:
    """What a meter shows from one reading to another, inside an hour."""
    shown = {
        "none": value[start:stop],
        "zeros": 0.0,
        "older replica": value[max(start - 4000, 0)],
        # Then the true index.
        "standing still": value[start],
        "spike": np.append(7.0 * value[start], value[start + 1 : stop]),
        "silence": nan,
    }
    value[start:stop] = shown[fault]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_year_from_its_hours_is_the_year_from_its_readings_to_the_last_digit(
    fault: str,
) -> None:
    ts_us, value = year_of_readings()
    rng = np.random.default_rng(3)
    for hour in rng.choice(np.arange(24, (YEAR_DAYS - 1) * 24), 200, replace=False).tolist():
        start = 30 * hour + int(rng.integers(2, 8))
        befall(fault, value, start, start + int(rng.integers(2, 20)))
    register = Register(key="m.energy", resolution=0.01, max_rate_per_h=500.0)
    days = np.arange(0, YEAR_DAYS + 1, dtype=np.int64) * 24 * HOUR_US
    found = []
    for samples in (Samples(ts_us=ts_us, value=value), by_hour(ts_us, value)):
        trace = trace_register(register, samples)
        for edges in (days, days[[0, -1]]):
            joint = RegisterTable({"m": trace}, Periods.between(edges)).joint(["m"])
            found.append((joint.total, joint.covered_s))

    for one, other in zip(found[:2], found[2:], strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])
    assert found[1][0].sum() > 1e5
