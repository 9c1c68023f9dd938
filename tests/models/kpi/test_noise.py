"""Noise emergence from levels of equal intervals."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kpi.noise import ResidualLevel, energy_average_dba, noise_emergence
from models.kpi.result import Flag, KpiResult, Withheld
from models.readings import Window

NIGHT = Window(
    name="last_night",
    start=datetime(2026, 1, 1, 21, tzinfo=UTC),
    end=datetime(2026, 1, 2, 6, tzinfo=UTC),
)
RESIDUAL = ResidualLevel(level_dba=40.0, u_db=1.0, provenance="test", measured_on=date(2025, 6, 1))


def emergence(levels: list[float], wind: list[float], residual: ResidualLevel) -> KpiResult:
    return noise_emergence(
        "noise_emergence_night",
        NIGHT,
        np.array(levels),
        np.array(wind),
        residual,
        ambient_u_db=1.0,
        inputs=("east",),
    )


@given(st.lists(st.floats(20.0, 110.0), min_size=1, max_size=50))
def test_an_energy_average_lies_between_mean_and_maximum(levels: list[float]) -> None:
    level = energy_average_dba(np.array(levels))

    assert np.mean(levels) - 1e-9 <= level <= np.max(levels) + 1e-9


def test_windy_intervals_and_those_of_unknown_wind_do_not_count() -> None:
    nan = float("nan")
    result = emergence([43.0] * 8 + [70.0] * 2, [2.0] * 7 + [5.0, 9.0, nan], RESIDUAL)

    assert result.value == pytest.approx(3.0)
    assert result.coverage_ratio == pytest.approx(0.8)
    assert result.expanded_uncertainty == pytest.approx(2.0 * np.sqrt(2.0))


@pytest.mark.parametrize(
    ("usable", "reason"), [(5, None), (4, Withheld.LOW_COVERAGE), (0, Withheld.NO_DATA)]
)
def test_below_half_of_the_intervals_there_is_no_value(
    usable: int, reason: Withheld | None
) -> None:
    levels = [43.0] * usable + [float("nan")] * (10 - usable)

    assert emergence(levels, [0.0] * 10, RESIDUAL).withheld is reason


def test_a_residual_level_that_is_old_or_of_unknown_age_is_flagged() -> None:
    on = NIGHT.end.date()
    ages = {
        on - timedelta(days=3 * 365): (),
        on - timedelta(days=3 * 365 + 1): (Flag.OLD_RESIDUAL,),
        None: (Flag.OLD_RESIDUAL,),
    }

    for measured_on, flags in ages.items():
        residual = replace(RESIDUAL, measured_on=measured_on)
        assert emergence([43.0], [0.0], residual).flags == flags
