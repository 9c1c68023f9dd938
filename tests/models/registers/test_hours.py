"""What is kept of the readings of an hour, against the readings one by one."""

from math import inf, isfinite, isnan, nan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.readings import Quality
from models.registers.hours import NO_TIME_US, HourReadings, hour_readings

HOUR_US = 3_600_000_000
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
