"""Every way to cheat is named by its kind, on sites that are honest in everything else."""

from dataclasses import replace

import numpy as np
import pytest

from models.plausibility.suspicion import SuspicionKind, named
from tests.models.plausibility.invented import (
    LIMIT,
    Cheat,
    Invented,
    all_checks,
    invented,
    suspicions,
)

SEEDS = (11, 12, 13, 14)


def _claims_more(site: Invented, _rng: np.random.Generator) -> None:
    site.months = [replace(one, claimed_kwh=1.12 * one.claimed_kwh) for one in site.months]


def _claims_one_month(site: Invented, _rng: np.random.Generator) -> None:
    site.months[6] = replace(site.months[6], claimed_kwh=1.35 * site.months[6].claimed_kwh)


def _claims_more_and_more(site: Invented, _rng: np.random.Generator) -> None:
    level = float(np.mean([one.taker_kwh / one.claimed_kwh for one in site.months]))
    site.months = [
        replace(one, claimed_kwh=one.claimed_kwh * level * (0.96 + 0.009 * k))
        for k, one in enumerate(site.months)
    ]


def _counts_more_it(site: Invented, _rng: np.random.Generator) -> None:
    site.output_gain = 1.09


def _hides_a_chiller(site: Invented, rng: np.random.Generator) -> None:
    kwh_per_h = 0.25 * np.maximum(site.outdoor_degc - 10.0, 0.0)
    site.racks[1] += kwh_per_h[:, None] * rng.uniform(0.9, 1.1, site.racks[1].shape)


def _copies_days(site: Invented, rng: np.random.Generator) -> None:
    for day in rng.choice(np.arange(100, 300), 6, replace=False):
        site.racks[1, day] = site.racks[1, day - 7]


def _fills_in_a_line(site: Invented, _rng: np.random.Generator) -> None:
    site.racks[1, 200:202] = site.racks[1, 200, 0]


def _smooths(site: Invented, _rng: np.random.Generator) -> None:
    part = site.racks[1, 150:220]
    part[:] = part.mean(axis=1, keepdims=True) + 0.1 * (part - part.mean(axis=1, keepdims=True))


def _rounds(site: Invented, _rng: np.random.Generator) -> None:
    site.rounded_to, site.rounded_from = 1.0, 300


def _stops_when_hot(site: Invented, _rng: np.random.Generator) -> None:
    hot = site.outdoor_degc > np.convolve(site.outdoor_degc, np.ones(61) / 61.0, "same") + 3.5
    site.missing["rack_1"] = np.where(hot & (np.arange(365) % 2 == 0), 0.4, 0.0)


def _stops_near_the_limit(site: Invented, rng: np.random.Generator) -> None:
    # Here the KPI follows the work, and not the weather.
    busy = np.repeat(rng.random(73) < 0.35, 5)
    site.pue = np.where(busy, LIMIT + 0.05, LIMIT - 0.1) + rng.normal(0.0, 0.005, 365)
    middle = busy & (np.arange(365) % 5 == 2)
    site.missing["rack_1"] = np.where(middle, 0.3, 0.0)


def _measures_just_enough(site: Invented, rng: np.random.Generator) -> None:
    site.month_coverage = rng.uniform(0.9501, 0.9545, 12)


CHEATS: list[tuple[Cheat, SuspicionKind]] = [
    (_claims_more, SuspicionKind.HEAT_ABOVE_TAKER),
    (_claims_one_month, SuspicionKind.HEAT_ABOVE_TAKER),
    (_claims_more_and_more, SuspicionKind.HEAT_DRIFTS_FROM_TAKER),
    (_counts_more_it, SuspicionKind.IT_ABOVE_UPS),
    (_hides_a_chiller, SuspicionKind.IT_FOLLOWS_WEATHER),
    (_copies_days, SuspicionKind.REPEATED_FIGURES),
    (_fills_in_a_line, SuspicionKind.REPEATED_FIGURES),
    (_smooths, SuspicionKind.TOO_SMOOTH),
    (_rounds, SuspicionKind.ROUND_FIGURES),
    (_stops_when_hot, SuspicionKind.SILENT_WHEN_HOT),
    (_stops_near_the_limit, SuspicionKind.COVERAGE_NEAR_LIMIT),
    (_measures_just_enough, SuspicionKind.COVERAGE_JUST_ENOUGH),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("cheat", "kind"), CHEATS, ids=[c.__name__ for c, _ in CHEATS])
def test_a_cheat_is_named_by_its_kind_and_nothing_else_is(
    cheat: Cheat, kind: SuspicionKind, seed: int
) -> None:
    site = invented(seed)
    cheat(site, np.random.default_rng(seed))

    found = suspicions(site)

    assert {one.kind for one in found} == {kind}
    assert all(one.since < one.until and one.about and one.figures for one in found)


def test_every_kind_has_a_cheat_that_it_names() -> None:
    assert {kind for _, kind in CHEATS} == set(SuspicionKind)


def test_the_days_of_a_copy_are_told() -> None:
    site = invented(21)
    site.racks[1, 160] = site.racks[1, 120]

    (found,) = suspicions(site)

    assert (found.about, found.effect) == (("rack_2",), 1.0)
    assert (found.since, found.until) == (site.days[160], site.days[161])


def test_a_smoothed_stretch_is_told_within_a_week() -> None:
    site = invented(22)
    _smooths(site, np.random.default_rng(22))

    (found,) = suspicions(site)

    assert abs((found.since - site.days[150]).days) <= 7
    assert abs((found.until - site.days[220]).days) <= 7


def test_the_order_of_the_checks_names_nothing_else() -> None:
    site = invented(23)
    _claims_more(site, np.random.default_rng(23))
    _rounds(site, np.random.default_rng(23))

    every = all_checks(site)

    assert named(every) == named(reversed(every))
    assert len(named(every)) == 2
