"""Missing time against textbook sampling, by hand, and against years whose truth is known."""

import json
from math import hypot, isnan, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import lfilter

from models.missing import missing_ratio
from models.readings import FloatArray

CASES: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "oracles" / "missing.json").read_text()
)
RUNS = 400
DAYS = 365
METER_U_RATIO = 0.005
Gap = NDArray[np.bool_]


def wandering(rng: np.random.Generator, memory: float, deviation: float) -> FloatArray:
    """A first-order autoregressive year, settled before it begins."""
    shocks = rng.normal(0.0, deviation * sqrt(1.0 - memory**2), DAYS + 200)
    return np.asarray(lfilter([1.0], [1.0, -memory], shocks)[200:])


def year(rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """E_DC, E_IT, recovered heat and outdoor temperature by day of a year in Paris."""
    season = np.cos(2.0 * np.pi * (np.arange(DAYS) - 15) / DAYS)
    outdoor_degc = 12.5 - 8.0 * season + wandering(rng, 0.8, 3.0)
    it_kwh = 9600.0 * (1.0 + wandering(rng, 0.9, 0.05))
    ratio = 1.22 + 0.006 * (outdoor_degc - 12.5) + wandering(rng, 0.6, 0.012)
    heat = it_kwh * (0.5 - 0.015 * (outdoor_degc - 12.5) + wandering(rng, 0.7, 0.04))
    return ratio * it_kwh, it_kwh, np.maximum(heat, 0.0), outdoor_degc


def gap(rng: np.random.Generator, kind: str, days: int = 45) -> Gap:
    """Days here and there, days in a row, or half of each."""
    known = np.ones(DAYS, dtype=bool)
    in_a_row = {"scattered": 0, "contiguous": days, "both": days // 2}[kind]
    first = int(rng.integers(0, DAYS - in_a_row))
    known[first : first + in_a_row] = False
    known[rng.choice(DAYS, days - in_a_row, replace=False)] = False
    return known


def share_within(kind: str, with_outdoor: bool, meter_u_ratio: float) -> tuple[float, ...]:
    """How often the truth lies within two u of the value, of its estimate, and of the sum's."""
    hits = np.zeros(3)
    for seed in range(RUNS):
        rng = np.random.default_rng(seed)
        facility, it, heat, outdoor = year(rng)
        known = gap(rng, kind)
        covariate = outdoor if with_outdoor else None
        bias = 1.0 + rng.uniform(-1.0, 1.0, 2) * meter_u_ratio * sqrt(3.0)
        truth = facility.sum() / it.sum()
        meters_u = truth * meter_u_ratio * sqrt(2.0)
        one = missing_ratio(facility * bias[0], it * bias[1], known, covariate)
        total = missing_ratio(heat, np.ones(DAYS), known, covariate)
        hits += [
            abs(one.ratio - truth) <= 2.0 * hypot(one.u, meters_u),
            abs(one.estimate - truth) <= 2.0 * hypot(one.estimate_u, meters_u),
            abs(total.estimate - heat.mean()) <= 2.0 * total.estimate_u,
        ]
    return tuple(hits / RUNS)


@pytest.mark.parametrize("kind", ["scattered", "contiguous", "both"])
@pytest.mark.parametrize("with_outdoor", [True, False])
def test_the_true_year_lies_within_the_interval_as_often_as_it_should(
    kind: str, with_outdoor: bool
) -> None:
    for share in share_within(kind, with_outdoor, METER_U_RATIO):
        assert 0.90 <= share <= 0.99


@pytest.mark.parametrize("kind", ["scattered", "contiguous", "both"])
def test_what_is_missing_is_not_hidden_behind_the_meters(kind: str) -> None:
    """With perfect meters, the estimate's interval stands on the missing days alone."""
    _, estimate, _ = share_within(kind, with_outdoor=True, meter_u_ratio=0.0)

    assert 0.90 <= estimate <= 0.99


def test_the_total_of_the_petition_sheets_comes_out() -> None:
    """Sheets drawn at random in random order have no memory, and none is found on the whole."""
    case = CASES["petition"]
    drawn = [float(n) for n, times in case["signatures"].items() for _ in range(times)]
    found = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        known = np.zeros(case["sheets"], dtype=bool)
        known[rng.choice(case["sheets"], len(drawn), replace=False)] = True
        sheets = np.full(case["sheets"], np.nan)
        sheets[known] = rng.permutation(drawn)
        mean = missing_ratio(sheets, np.ones(case["sheets"]), known)
        assert mean.estimate * case["sheets"] == pytest.approx(case["estimate"], abs=0.5)
        found.append(mean.estimate_u * case["sheets"])

    assert np.mean(found) == pytest.approx(case["standard_error"], rel=0.01)


@pytest.mark.parametrize("case", CASES["equal_blocks"], ids=lambda case: str(case["blocks"]))
def test_blocks_without_memory_have_the_finite_population_correction(case: dict[str, Any]) -> None:
    known = np.arange(case["blocks"]) % case["every"] > 0
    sign = np.where(np.cumsum(known) % 2 == 0, 1.0, -1.0)

    one = missing_ratio(1.3 + case["a"] * sign, np.ones(case["blocks"]), known)

    assert one.u == pytest.approx(case["u"], rel=1e-3)
    assert one.estimate_u == pytest.approx(one.u)


def test_a_missing_summer_is_seen_coming_from_the_temperature() -> None:
    case = CASES["summer_gap"]
    ratio = np.repeat(case["ratio"], case["blocks_each"])
    outdoor = np.repeat(case["degc"], case["blocks_each"])
    known = np.ones(len(ratio), dtype=bool)
    known[-case["missing_of_last"] :] = False

    one = missing_ratio(ratio, np.ones(len(ratio)), known, outdoor)

    assert one.ratio == pytest.approx(case["known_ratio"])
    assert one.estimate == pytest.approx(case["whole_ratio"])
    assert one.u == pytest.approx(case["u"])
    assert one.estimate_u == pytest.approx(0.0, abs=1e-9)


def test_a_gap_in_a_row_weighs_more_than_days_here_and_there() -> None:
    in_a_row, scattered = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        facility, it, _, _ = year(rng)
        in_a_row.append(missing_ratio(facility, it, gap(rng, "contiguous")).u)
        scattered.append(missing_ratio(facility, it, gap(rng, "scattered")).u)

    assert np.mean(in_a_row) > 2.0 * np.mean(scattered)


def test_memory_makes_many_days_worth_few() -> None:
    rng = np.random.default_rng(2)
    facility, it, _, outdoor = year(rng)
    known = gap(rng, "scattered")

    without = missing_ratio(facility, it, known)
    with_outdoor = missing_ratio(facility, it, known, outdoor)

    assert without.effective_blocks < with_outdoor.effective_blocks < known.sum()


@given(st.integers(0, 10_000), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_units_do_not_matter(seed: int, above: float, below: float) -> None:
    rng = np.random.default_rng(seed)
    facility, it, _, outdoor = year(rng)
    known = gap(rng, "both")

    one = missing_ratio(facility, it, known, outdoor)
    other = missing_ratio(facility * above, it * below, known, outdoor * 1.8 + 32.0)

    assert other.u == pytest.approx(one.u * above / below, rel=1e-6)
    assert other.estimate == pytest.approx(one.estimate * above / below)
    assert other.estimate_u == pytest.approx(one.estimate_u * above / below, rel=1e-6)


@given(st.integers(0, 10_000))
def test_what_stands_in_missing_blocks_is_not_looked_at(seed: int) -> None:
    rng = np.random.default_rng(seed)
    facility, it, _, outdoor = year(rng)
    known = gap(rng, "contiguous")
    nowhere = np.where(known, facility, np.nan)
    anything = np.where(known, facility, 1e12)

    assert missing_ratio(nowhere, it, known, outdoor) == missing_ratio(
        anything, np.where(known, it, np.nan), known, outdoor
    )


def test_a_gap_in_the_temperature_is_bridged() -> None:
    rng = np.random.default_rng(1)
    facility, it, _, outdoor = year(rng)
    known = gap(rng, "contiguous")
    patchy = outdoor.copy()
    patchy[::7] = np.nan
    unknown = np.full(DAYS, np.nan)

    one = missing_ratio(facility, it, known, patchy)

    assert one.estimate == pytest.approx(missing_ratio(facility, it, known, outdoor).estimate, 2e-3)
    assert missing_ratio(facility, it, known, unknown) == missing_ratio(facility, it, known)


def test_nothing_missing_adds_nothing_and_too_little_says_nothing() -> None:
    ones = np.ones(20)
    few = np.arange(20) < 13

    whole = missing_ratio(1.3 * ones, ones, ones > 0)
    little = missing_ratio(1.3 * ones, ones, few)

    assert whole.ratio == pytest.approx(1.3)
    assert (whole.u, whole.estimate_u, whole.known_ratio) == (0.0, 0.0, 1.0)
    assert isnan(little.ratio)
    assert isnan(little.u)
    assert isnan(missing_ratio(ones, 0.0 * ones, ones > 0).u)
    assert little.known_ratio == pytest.approx(0.65)


@pytest.mark.parametrize(
    ("numerator", "known", "covariate", "message"),
    [
        (np.ones(3), np.ones(4, dtype=bool), None, "one length"),
        (np.array([1.0, np.nan, 1.0, 1.0]), np.ones(4, dtype=bool), None, "without a number"),
        (np.ones(30), np.arange(30) > 2, np.ones(3), "covariate"),
    ],
)
def test_what_does_not_fit_is_refused(
    numerator: FloatArray, known: Gap, covariate: FloatArray | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        missing_ratio(numerator, np.ones(len(known)), known, covariate)
