"""Temperatures over time: what every reading says, and what silence may hide."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kpi.gauged import Sensors
from models.kpi.inlet_air_temp import inlet_air_temp
from models.kpi.result import Withheld
from models.kpi.thermal_envelope import (
    AIR_CLASSES,
    air_ranges,
    liquid_ranges,
    liquid_supply_compliance,
    supply_air_compliance,
)
from models.readings import Window
from models.registers.gauges import GaugeTotals, ValueRange, gauge_totals
from models.registers.periods import Periods
from models.registers.samples import Samples

MINUTE_US = 60_000_000
HOURS = 24
DAY = Window(
    name="today",
    start=datetime(2026, 7, 1, tzinfo=UTC),
    end=datetime(2026, 7, 1, tzinfo=UTC) + timedelta(hours=HOURS),
)
EDGES_US = np.arange(HOURS + 1) * 60 * MINUTE_US
TENS = HOURS * 6
U_K = 0.25
A1 = AIR_CLASSES["A1"]


def sensor(ten_minutes: list[float], ranges: tuple[ValueRange, ...] = ()) -> GaugeTotals:
    """Hourly totals of a reading every ten minutes; NaN for a bad one."""
    samples = Samples(
        ts_us=np.arange(len(ten_minutes)) * 10 * MINUTE_US, value=np.array(ten_minutes, float)
    )
    return gauge_totals(samples, Periods.between(EDGES_US), ranges)


def test_a_mean_is_weighted_by_time_and_tells_its_extremes() -> None:
    first = sensor([40.0, 40.0, 40.0, 40.0, 26.5, 26.5] * HOURS)
    second = sensor([35.5] * TENS)

    result = inlet_air_temp(DAY, [first, second], sensor_u_k=U_K)

    assert result.value == pytest.approx(35.5)
    assert result.expanded_uncertainty == 0.5
    assert result.coverage_ratio == 1.0
    assert result.boundary.endswith("from 26.5 to 40.0 degC")
    assert [(part.name, part.u) for part in result.parts] == [("sensors", U_K)]


def test_silence_widens_the_mean_by_what_it_may_hide() -> None:
    quarter = TENS // 4
    one = sensor([*[20.0] * quarter, *[26.0] * quarter, *[20.0] * quarter, *[np.nan] * quarter])

    result = inlet_air_temp(DAY, [one], sensor_u_k=U_K)

    # A quarter of the day anywhere from 20 to 26 degC, seen from the mean of 22.
    hidden_u = 0.25 * np.hypot(23.0 - 22.0, 6.0 / np.sqrt(12.0))
    assert result.value == pytest.approx(22.0)
    assert result.coverage_ratio == pytest.approx(0.75)
    assert {part.name: part.u for part in result.parts}["missing"] == pytest.approx(hidden_u)
    assert result.expanded_uncertainty == pytest.approx(2 * np.hypot(U_K, hidden_u))


def by_the_hour(temps: list[float], ranges: tuple[ValueRange, ...] = ()) -> GaugeTotals:
    """Hourly totals of a reading each hour, the one before the day the first of two."""
    hours_us = np.arange(-2, len(temps) - 2) * 60 * MINUTE_US
    samples = Samples(ts_us=hours_us, value=np.array(temps))
    return gauge_totals(samples, Periods.between(EDGES_US), ranges)


def test_readings_by_the_hour_give_a_mean_with_what_moves_between_them() -> None:
    swinging = by_the_hour([20.0, 26.0] * 13)
    still = by_the_hour([23.0] * 26)

    result = inlet_air_temp(DAY, [swinging], sensor_u_k=U_K)

    # 44 minutes of each hour by any part of 6 K.
    loose_u = 44 / 60 * 6.0 / np.sqrt(3.0)
    assert result.value == pytest.approx(23.0)
    assert result.coverage_ratio == 1.0
    assert {part.name: part.u for part in result.parts} == {
        "sensors": U_K,
        "sampling": pytest.approx(loose_u),
    }
    assert result.expanded_uncertainty == pytest.approx(2 * np.hypot(U_K, loose_u))
    assert inlet_air_temp(DAY, [still], sensor_u_k=U_K).expanded_uncertainty == 0.5


def test_a_share_from_readings_by_the_hour_may_hide_what_lies_between() -> None:
    ranges = air_ranges(A1, sensor_u_k=U_K)

    result = supply_air_compliance(DAY, [by_the_hour([24.0] * 26, ranges)], A1, sensor_u_k=U_K)

    assert (result.value, result.coverage_ratio) == (1.0, 1.0)
    hidden_u = 44 / 60 * np.hypot(0.5, 1 / np.sqrt(12.0))
    assert result.expanded_uncertainty == pytest.approx(2 * hidden_u)


TEMPS = st.lists(st.floats(15.0, 35.0), min_size=TENS, max_size=TENS)


@given(TEMPS, st.integers(1, TENS // 2 - 1), st.integers(0, TENS - 1))
def test_the_whole_mean_lies_within_what_any_silence_may_hide(
    temps: list[float], silent: int, first: int
) -> None:
    """Bounded by the range that was seen: twice the stated u reaches past its ends."""
    holed = np.array(temps)
    holed[first : first + silent] = np.nan
    filled = np.where(np.isnan(holed), np.nanmax(holed), holed)

    hidden_u = Sensors.of([sensor(holed.tolist())]).hidden_mean_u()

    shown = float(np.nanmean(holed))
    assert abs(float(filled.mean()) - shown) <= 2.0 * hidden_u + 1e-9


def test_silences_at_once_are_one_silence_and_a_dead_sensor_takes_the_mean_with_it() -> None:
    holed = [*[20.0] * (TENS - 36), *[np.nan] * 36]

    both = inlet_air_temp(DAY, [sensor(holed), sensor(holed)], sensor_u_k=U_K)
    dead = inlet_air_temp(DAY, [sensor(holed), sensor([])], sensor_u_k=U_K)
    none = inlet_air_temp(DAY, [], sensor_u_k=U_K)

    assert both.coverage_ratio == pytest.approx(0.75)
    assert (dead.value, dead.withheld) == (None, Withheld.NO_DATA)
    assert none.withheld is Withheld.NO_DATA
    low = inlet_air_temp(DAY, [sensor(holed[-100:])], sensor_u_k=U_K)
    assert low.withheld is Withheld.LOW_COVERAGE


def test_a_share_is_of_time_and_not_of_hourly_means() -> None:
    """Ten minutes of each hour above the class: every hourly mean is inside."""
    ranges = air_ranges(A1, sensor_u_k=U_K)
    inlet = sensor([34.0, 24.0, 24.0, 24.0, 24.0, 24.0] * HOURS, ranges)

    result = supply_air_compliance(DAY, [inlet], A1, sensor_u_k=U_K)

    assert result.value == pytest.approx(5 / 6)
    assert result.expanded_uncertainty == 0.0
    assert "15 to 32 degC, humidity not judged" in result.boundary


def test_a_share_near_a_limit_is_as_unsure_as_its_sensors_and_its_silences() -> None:
    ranges = air_ranges(A1, sensor_u_k=U_K)
    near = [32.2, 31.8, 24.0, 24.0, 24.0, 24.0] * HOURS
    holed = [*near[: TENS - 36], *[np.nan] * 36]

    whole = supply_air_compliance(DAY, [sensor(near, ranges)], A1, sensor_u_k=U_K)
    part = supply_air_compliance(DAY, [sensor(holed, ranges)], A1, sensor_u_k=U_K)

    # 2 u of 0.5 K: from four sixths to six sixths.
    assert whole.value == pytest.approx(5 / 6)
    assert whole.expanded_uncertainty == pytest.approx(1 / 6)
    hidden_u = 0.25 * np.hypot(0.5 - 5 / 6, 1 / np.sqrt(12.0))
    assert part.expanded_uncertainty == pytest.approx(2 * np.hypot(1 / 12, hidden_u))


def test_classes_without_an_upper_limit_and_unknown_ones() -> None:
    ranges = liquid_ranges("W+", sensor_u_k=0.1)
    water = sensor([1.0, 60.0, 60.0, 60.0] * (TENS // 4), ranges)

    assert liquid_supply_compliance(DAY, [water], "W+", sensor_u_k=0.1).value == 0.75
    with pytest.raises(ValueError, match="no liquid class 'W99'"):
        liquid_ranges("W99", sensor_u_k=0.1)


def test_sensors_over_other_steps_are_refused() -> None:
    other = gauge_totals(
        Samples(ts_us=EDGES_US, value=EDGES_US.astype(np.float64)), Periods.between(EDGES_US[:5])
    )

    with pytest.raises(ValueError, match="same steps"):
        inlet_air_temp(DAY, [sensor([20.0]), other], sensor_u_k=U_K)
