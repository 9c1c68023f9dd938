"""Honest sites are left alone: the rate of false suspicions is at most the stated one."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest

from models.plausibility.coverage import coverage_just_enough, coverage_near_limit
from models.plausibility.heat_taker import TakerMonth, heat_above_taker, heat_drifts_from_taker
from models.plausibility.it_energy import Feed, it_above_ups, it_follows_weather
from models.plausibility.last_digits import round_figures
from models.plausibility.low_variance import too_smooth
from models.plausibility.permutation import association, high_passed
from models.plausibility.repeated import repeated_figures
from models.plausibility.silence import silent_when_hot
from models.plausibility.suspicion import FAMILY_LEVEL, Suspicion
from models.readings import FloatArray
from tests.models.plausibility.invented import all_checks, invented, suspicions

SITES = 200
DAYS = 210


def test_of_two_hundred_honest_sites_no_more_are_suspected_than_stated() -> None:
    suspected = {seed: suspicions(invented(seed, DAYS)) for seed in range(1000, 1000 + SITES)}

    assert sum(bool(found) for found in suspected.values()) <= FAMILY_LEVEL * SITES
    # Something was at stake: nearly all checks could say something of such a site.
    assert sum(one is not None for one in all_checks(invented(1000, DAYS))) >= 15


def _p_values(check: Callable[[np.random.Generator], Suspicion | None]) -> FloatArray:
    found = [check(np.random.default_rng(seed)) for seed in range(300)]
    return np.array([one.p_value for one in found if one is not None])


DAY_LIST = [date(2025, 1, 1) + timedelta(days=k) for k in range(300)]


def _weather(rng: np.random.Generator) -> FloatArray:
    noise = rng.normal(0.0, 2.0, 300)
    for k in range(1, 300):
        noise[k] += 0.75 * noise[k - 1]
    return np.asarray(12.0 - 8.0 * np.cos(np.arange(300) / 58.0) + noise)


def _random_silence(rng: np.random.Generator) -> Suspicion | None:
    gone = np.where(rng.random(300) < 0.08, 0.5, 0.0)
    return silent_when_hot(("m",), DAY_LIST, gone, _weather(rng))


def _summer_silence(rng: np.random.Generator) -> Suspicion | None:
    """Works in summer: a season is no hot day."""
    gone = np.where((rng.random(300) < 0.2) & (np.abs(np.arange(300) - 190) < 40), 0.5, 0.0)
    return silent_when_hot(("m",), DAY_LIST, gone, _weather(rng))


def _random_coverage(rng: np.random.Generator) -> Suspicion | None:
    """A day of which little is known has a KPI that scatters: no reason for suspicion."""
    known = np.where(rng.random(300) < 0.1, 0.2, 1.0)
    kpi = 1.2 + 0.01 * (_weather(rng) - 12.0) + rng.normal(0.0, 0.02, 300) / known
    return coverage_near_limit("pue", DAY_LIST, known, kpi, (1.25, True))


def _own_digits(rng: np.random.Generator) -> Suspicion | None:
    return round_figures(
        "m", (DAY_LIST[0], DAY_LIST[-1]), np.cumsum(rng.normal(9.0, 0.3, 400)).round(3), 0.001
    )


def _two_meters_of_heat(rng: np.random.Generator) -> Suspicion | None:
    months = [
        TakerMonth(
            first=DAY_LIST[28 * k],
            until=DAY_LIST[28 * k + 28],
            claimed_kwh=100.0 * (1.0 + e),
            claimed_u_kwh=1.0,
            taker_kwh=100.0 * (1.0 + f),
            taker_u_kwh=1.0,
        )
        for k, (e, f) in enumerate([tuple(rng.normal(0.0, 0.01, 2))] * 10)
    ]
    return heat_above_taker("m", months)


@pytest.mark.parametrize(
    "check",
    [_random_silence, _summer_silence, _random_coverage, _own_digits, _two_meters_of_heat],
    ids=lambda one: one.__name__,
)
def test_the_p_value_of_a_check_keeps_its_word(
    check: Callable[[np.random.Generator], Suspicion | None],
) -> None:
    p_values = _p_values(check)

    assert len(p_values) > 200
    # 300 draws: a true 5 % passes 9 %, and a true 1 % passes 3.5 %, once in a thousand times.
    assert (p_values <= 0.05).mean() <= 0.09
    assert (p_values <= 0.01).mean() <= 0.035


def test_the_association_of_unrelated_days_is_as_rare_as_it_says() -> None:
    p_values = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        found = association(high_passed(_weather(rng)), high_passed(_weather(rng)))
        assert found is not None
        p_values.append(found.p_value)

    assert np.mean(np.array(p_values) <= 0.05) <= 0.09
    assert np.mean(np.array(p_values) <= 0.01) <= 0.03


@pytest.mark.parametrize("resolution", [0.001, 0.1, 1.0, 10.0])
def test_a_coarse_register_or_a_constant_load_is_not_suspected(resolution: float) -> None:
    rng = np.random.default_rng(5)
    moving = rng.normal(6.0, 0.5, (300, 24))
    level = np.floor(np.cumsum(moving.ravel()) / resolution) * resolution
    counted = np.diff(level, prepend=0.0).reshape(300, 24)
    constant = np.floor(5.0 * np.arange(7201) / resolution) * resolution

    for hourly, register in (
        (counted, level),
        (np.diff(constant).reshape(300, 24), constant[1:]),
    ):
        repeats = repeated_figures("m", DAY_LIST, hourly, resolution)
        digits = round_figures("m", (DAY_LIST[0], DAY_LIST[-1]), register, resolution)
        smooth = too_smooth(("m", "n", "o"), DAY_LIST, np.stack([hourly] * 3), [resolution] * 3)
        for found in (repeats, digits, *smooth):
            assert found is None or found.p_value > 0.01


def test_a_ups_on_bypass_for_a_month_is_not_suspected() -> None:
    rng = np.random.default_rng(6)
    out = rng.normal(3000.0, 100.0, 300)
    loss = 90.0 + 0.016 * out
    loss[100:130] = 0.005 * out[100:130]
    feed = Feed(
        name="u",
        output_meters=("o",),
        input_kwh=out + loss,
        output_kwh=out,
        input_u_ratio=0.0058,
        output_u_ratio=0.0058,
    )

    found = it_above_ups(DAY_LIST, feed)

    assert found is not None
    assert found.p_value > 0.01


def test_less_heat_than_the_taker_says_is_nobodys_gain() -> None:
    month = TakerMonth(
        first=date(2026, 1, 1),
        until=date(2026, 2, 1),
        claimed_kwh=80.0,
        claimed_u_kwh=1.0,
        taker_kwh=100.0,
        taker_u_kwh=1.0,
    )
    found = heat_above_taker("m", (month,))

    assert found is not None
    assert found.p_value == 1.0


@pytest.mark.parametrize("n", [0, 1, 5, 40, 100])
def test_nothing_known_raises_nothing_and_says_nothing(n: int) -> None:
    days = DAY_LIST[:n]
    unknown, none = np.full(n, np.nan), np.zeros(n)
    hours = np.full((n, 24), np.nan)
    feed = Feed(
        name="u",
        output_meters=("o",),
        input_kwh=unknown,
        output_kwh=unknown,
        input_u_ratio=0.01,
        output_u_ratio=0.01,
    )
    found = [
        heat_above_taker("m", ()),
        heat_drifts_from_taker("m", ()),
        it_above_ups(days, feed),
        it_follows_weather("m", days, unknown, unknown),
        it_follows_weather("m", days, none, none),
        repeated_figures("m", days, hours, 0.001),
        round_figures("m", (date(2026, 1, 1), date(2026, 1, 2)), unknown, 0.001),
        silent_when_hot(("m",), days, none, unknown),
        silent_when_hot(("m",), days, none + 1.0, unknown),
        coverage_near_limit("pue", days, none, unknown, (1.3, True)),
        coverage_just_enough("pue", [], np.zeros(0), 0.95),
        *too_smooth(("a", "b", "c"), days, np.stack([hours] * 3), [0.001] * 3),
    ]

    assert all(one is None for one in found)
