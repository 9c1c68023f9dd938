"""Noise emergence from levels of equal intervals."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.kpi.noise import (
    ResidualLevel,
    duration_term_db,
    energy_average_dba,
    noise_emergence,
)
from models.kpi.result import Flag, KpiResult, UncertaintyPart, Withheld, withheld_result
from models.readings import Origin, Window

NIGHT = Window(
    name="last_night",
    start=datetime(2026, 1, 1, 21, tzinfo=UTC),
    end=datetime(2026, 1, 2, 6, tzinfo=UTC),
)
RESIDUAL = ResidualLevel(level_dba=40.0, u_db=1.0, provenance="test", measured_on=date(2025, 6, 1))


def emergence(
    levels: list[float], wind: list[float], residual: ResidualLevel, ambient_u_db: float = 1.0
) -> KpiResult:
    return noise_emergence(
        "noise_emergence_night",
        NIGHT,
        np.array(levels),
        np.array(wind),
        residual,
        ambient_u_db=ambient_u_db,
        inputs=("east",),
    )


@given(st.lists(st.floats(20.0, 110.0), min_size=1, max_size=50))
def test_an_energy_average_lies_between_mean_and_maximum(levels: list[float]) -> None:
    level = energy_average_dba(np.array(levels))

    assert np.mean(levels) - 1e-9 <= level <= np.max(levels) + 1e-9


def test_an_average_of_nothing_is_unknown() -> None:
    assert np.isnan(energy_average_dba(np.array([np.nan])))


def test_an_emergence_says_all_that_it_rests_on() -> None:
    residual = replace(RESIDUAL, u_db=4.0)

    assert emergence([43.0, 43.0], [0.0, 0.0], residual, 3.0) == KpiResult(
        kpi="noise_emergence_night",
        window=NIGHT,
        unit="dB(A)",
        value=3.0,
        expanded_uncertainty=10.0,
        coverage_ratio=1.0,
        boundary="property line; residual level: test",
        origin=Origin.MEASURED,
        parts=(UncertaintyPart(name="ambient", u=3.0), UncertaintyPart(name="residual", u=4.0)),
        numerator=43.0,
        numerator_unit="dB(A)",
        denominator=40.0,
        denominator_unit="dB(A)",
        inputs=("east",),
    )


@pytest.mark.parametrize(
    ("levels", "coverage", "why"),
    [([], 0.0, Withheld.NO_DATA), ([43.0, np.nan, np.nan, np.nan], 0.25, Withheld.LOW_COVERAGE)],
)
def test_a_withheld_emergence_says_of_what_and_how_much_was_read(
    levels: list[float], coverage: float, why: Withheld
) -> None:
    assert emergence(levels, [0.0] * len(levels), RESIDUAL) == withheld_result(
        "noise_emergence_night", "dB(A)", NIGHT, why, coverage_ratio=coverage
    )


# minutes and dB(A), from the list of R.1336-7
DURATIONS = [
    *((0, 6), (1, 6), (1.1, 5), (5, 5), (5.1, 4), (20, 4), (20.1, 3), (120, 3), (120.1, 2)),
    *((240, 2), (240.1, 1), (480, 1), (480.1, 0)),
]


@pytest.mark.parametrize(("minutes", "term"), DURATIONS)
def test_a_shorter_noise_may_exceed_the_limit_by_what_the_text_says(
    minutes: float, term: float
) -> None:
    assert duration_term_db(minutes) == term


@pytest.mark.parametrize("minutes", [-0.1, float("nan")])
def test_no_noise_lasts_less_than_nothing(minutes: float) -> None:
    with pytest.raises(ValueError, match=f"^a noise lasts no {minutes} min$"):
        duration_term_db(minutes)


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
