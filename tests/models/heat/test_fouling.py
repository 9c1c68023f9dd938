"""Fouling on simulated series whose truth is known: intervals, cleanings, days left."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.heat.fouling import (
    FoulingTrend,
    days_to_threshold,
    fouling_trend,
    normalised_ua,
)
from models.readings import FloatArray

CLEAN = 180.0
PER_DAY = -0.0015
RUNS = 200
# 95 % of 200 runs are 190 with a standard deviation of 3.1; four of them, and never all.
LEAST, MOST = 178, 199


def correlated(rng: np.random.Generator, points: int, correlation: float, sd: float) -> FloatArray:
    noise = rng.normal(0.0, sd, points)
    for n in range(1, points):
        noise[n] = correlation * noise[n - 1] + np.sqrt(1.0 - correlation**2) * noise[n]
    return noise


def series(
    seed: int, *, per_day: float = PER_DAY, points: int = 360, correlation: float = 0.7
) -> tuple[FloatArray, FloatArray]:
    """Sixty days of UA at the reference flow with correlated noise of 1 %."""
    rng = np.random.default_rng(seed)
    day = np.linspace(0.0, 60.0, points)
    return day, CLEAN * (1.0 + per_day * day) + correlated(rng, points, correlation, 1.8)


@pytest.mark.parametrize("correlation", [0.0, 0.7])
def test_the_interval_of_the_slope_holds_the_truth_as_often_as_it_says(correlation: float) -> None:
    hits = 0
    for seed in range(RUNS):
        trend = fouling_trend(*series(seed, correlation=correlation))
        assert trend is not None
        truth = PER_DAY * CLEAN / trend.ua_now_kw_per_k
        hits += trend.change_low_per_day <= truth <= trend.change_high_per_day

    assert LEAST <= hits <= MOST


def test_the_interval_of_the_days_left_holds_the_truth_as_often_as_it_says() -> None:
    hits, truth = 0, 0.25 / -PER_DAY - 60.0
    for seed in range(RUNS):
        trend = fouling_trend(*series(seed))
        assert trend is not None
        left = days_to_threshold(trend, CLEAN, 0.75)
        assert left is not None
        assert left.latest is not None
        assert left.earliest <= left.expected <= left.latest
        hits += left.earliest <= truth <= left.latest

    assert LEAST <= hits <= MOST


def test_a_clean_exchanger_is_seldom_said_to_foul_and_has_no_days_left() -> None:
    proven = 0
    for seed in range(RUNS):
        trend = fouling_trend(*series(seed, per_day=0.0))
        assert trend is not None
        proven += trend.proven
        if not trend.proven:
            assert days_to_threshold(trend, 200.0, 0.75) is None

    assert 0 < proven <= 13  # 2.5 % of one side are five


@pytest.mark.parametrize("cleaned_at", [15.0, 30.0, 45.0])
def test_a_cleaning_is_seen_where_it_was_and_starts_the_trend_again(cleaned_at: float) -> None:
    day, ua = series(3)
    fouled = np.where(day < cleaned_at, 0.78 * ua, ua)

    trend = fouling_trend(day, fouled)

    assert trend is not None
    assert trend.cleaned_at_day is not None
    assert trend.cleaned_at_day == pytest.approx(day[day >= cleaned_at][0], abs=1e-9)
    assert trend.points == np.sum(day >= cleaned_at)
    assert trend.change_low_per_day <= PER_DAY * CLEAN / trend.ua_now_kw_per_k
    assert trend.change_high_per_day >= PER_DAY * CLEAN / trend.ua_now_kw_per_k


def test_fouling_alone_is_no_cleaning() -> None:
    for seed in range(50):
        trend = fouling_trend(*series(seed, per_day=-0.004))
        assert trend is not None
        assert trend.cleaned_at_day is None


@settings(max_examples=25)
@given(scale=st.floats(0.01, 100.0), shift=st.floats(-1e4, 1e4))
def test_the_trend_knows_neither_unit_nor_calendar(scale: float, shift: float) -> None:
    day, ua = series(5)
    plain, moved = fouling_trend(day, ua), fouling_trend(day + shift, scale * ua)

    assert plain is not None
    assert moved is not None
    assert moved.change_per_day == pytest.approx(plain.change_per_day)
    assert moved.change_low_per_day == pytest.approx(plain.change_low_per_day)
    assert moved.ua_now_kw_per_k == pytest.approx(scale * plain.ua_now_kw_per_k)
    assert moved.lever_days == pytest.approx(plain.lever_days)


def test_unknown_values_are_left_out_and_not_taken_as_zero() -> None:
    day, ua = series(6)
    holes = np.where(np.arange(len(ua)) % 7 == 0, np.nan, ua)

    whole, holed = fouling_trend(day, ua), fouling_trend(day, holes)

    assert whole is not None
    assert holed is not None
    assert holed.points == np.isfinite(holes).sum()
    assert holed.change_per_day == pytest.approx(whole.change_per_day, rel=0.1)


def test_too_little_says_nothing() -> None:
    day, ua = series(7)

    assert fouling_trend(day[:29], ua[:29]) is None
    assert fouling_trend(day / 20.0, ua) is None
    assert fouling_trend(day, np.full(len(day), np.nan)) is None


def line(
    now: float = 160.0,
    u: float = 0.0,
    slope: float = -0.2,
    half: float = 0.05,
    lever: float = 0.0,
) -> FoulingTrend:
    return FoulingTrend(
        ua_now_kw_per_k=now,
        ua_now_u_kw_per_k=u,
        change_per_day=slope / now,
        change_low_per_day=(slope - half) / now,
        change_high_per_day=(slope + half) / now,
        proven=slope + half < 0.0,
        cleaned_at_day=None,
        points=100,
        lever_days=lever,
        coverage_factor=2.0,
    )


def test_days_left_are_those_by_hand() -> None:
    # From 160 to 0.75 x 200 = 150: 10 at 0.2, 0.25 and 0.15 a day.
    left = days_to_threshold(line(), 200.0, 0.75)

    assert left is not None
    assert left.latest is not None
    assert (left.expected, left.earliest, left.latest) == pytest.approx((50.0, 40.0, 10.0 / 0.15))


def test_an_error_of_the_slope_swings_the_line_about_the_middle_of_the_data() -> None:
    # 166 is sure thirty days ago: 16 at 0.25 and 0.15 a day from then on.
    left = days_to_threshold(line(u=0.05 / 2.0 * 30.0, lever=30.0), 200.0, 0.75)

    assert left is not None
    assert left.latest is not None
    assert (left.expected, left.earliest) == pytest.approx((50.0, 16.0 / 0.25 - 30.0))
    assert left.latest == pytest.approx(16.0 / 0.15 - 30.0)


def test_an_unsure_level_widens_the_days_left() -> None:
    sure, unsure = (days_to_threshold(line(u=u), 200.0, 0.75) for u in (0.0, 2.0))

    assert sure is not None
    assert unsure is not None
    assert sure.latest is not None
    assert unsure.latest is not None
    assert unsure.earliest < sure.earliest < sure.latest < unsure.latest


def test_below_the_threshold_no_day_is_left_and_an_unproven_line_has_none() -> None:
    low = days_to_threshold(line(now=149.0), 200.0, 0.75)

    assert low is not None
    assert (low.earliest, low.expected, low.latest) == (0.0, 0.0, 0.0)
    assert days_to_threshold(line(half=0.3), 200.0, 0.75) is None


def test_ua_is_normalised_by_its_law_and_a_standing_flow_has_none() -> None:
    flow = np.array([5.0, 10.0, 20.0, 0.0, np.nan])
    ua = 100.0 * (flow / 10.0) ** 0.7

    found = normalised_ua(ua, flow, 10.0, 0.7)

    assert found[:3] == pytest.approx(100.0)
    assert np.isnan(found[3:]).all()


def test_impossible_parameters_are_refused() -> None:
    one = np.array([1.0])
    for reference, exponent in ((0.0, 0.7), (10.0, -0.1), (10.0, 1.1)):
        with pytest.raises(ValueError, match="exponent"):
            normalised_ua(one, one, reference, exponent)
    for clean in (0.0, np.nan):
        with pytest.raises(ValueError, match="clean_ua"):
            days_to_threshold(line(), clean, 0.75)
    with pytest.raises(ValueError, match="threshold_ratio"):
        days_to_threshold(line(), 200.0, 1.0)
