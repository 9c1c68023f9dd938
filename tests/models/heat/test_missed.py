"""Missed heat: hand cases, bounds, splits, and its uncertainty against simulation."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.heat.missed import HeatOffer, MissedHeat, missed_heat
from models.readings import FloatArray

ORACLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "oracles" / "heat_statement.json").read_text(encoding="utf-8")
)
N = 12
powers = arrays(np.float64, N, elements=st.floats(0.0, 500.0))
gaps = arrays(np.float64, N, elements=st.one_of(st.floats(-50.0, 500.0), st.just(np.nan)))
flags = arrays(np.float64, N, elements=st.sampled_from([0.0, 1.0]))
cops = arrays(np.float64, N, elements=st.one_of(st.floats(1.5, 8.0), st.just(np.inf)))
LIMIT_KW = 300.0


def column(values: list[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values])


def book(offer: HeatOffer, tolerance_kw: float = 1.0) -> MissedHeat:
    return missed_heat(offer, rejected_u_ratio=0.02, asked_u_ratio=0.03, tolerance_kw=tolerance_kw)


@st.composite
def offers(draw: st.DrawFn, rows: st.SearchStrategy[FloatArray] = powers) -> HeatOffer:
    return HeatOffer(
        rejected_kw=draw(rows),
        asked_kw=draw(rows),
        delivered_kw=draw(rows),
        machine_limit_kw=LIMIT_KW,
        cop=draw(cops),
        step_h=0.5,
        usable=draw(flags),
        running=draw(flags),
    )


@pytest.mark.parametrize("case", ORACLES["missed"])
def test_missed_heat_is_that_by_hand(case: dict[str, Any]) -> None:
    count = len(case["rejected_kw"])
    offer = HeatOffer(
        rejected_kw=column(case["rejected_kw"]),
        asked_kw=column(case["asked_kw"]),
        delivered_kw=column(case["delivered_kw"]),
        machine_limit_kw=case["machine_limit_kw"],
        cop=np.full(count, np.inf if case["cop"] is None else case["cop"]),
        step_h=1.0,
        usable=None if case["usable"] is None else column(case["usable"]),
    )
    u_ratios = {name: case[name] for name in case if name.endswith("u_ratio")}
    missed = missed_heat(offer, tolerance_kw=case["tolerance_kw"], **u_ratios)

    for name in ("missed_kwh", "at_source_kwh", "expanded_uncertainty_kwh", "coverage_ratio"):
        assert getattr(missed, name) == pytest.approx(case[name], rel=1e-5), name
    for name in ("asked_ratio", "limited_by_machine_ratio"):
        assert getattr(missed, name) == pytest.approx(case[name]), name
    for name, value in case["split"].items():
        assert getattr(missed.split, name) == pytest.approx(value, abs=1e-9), name


@given(offer=offers())
def test_missed_heat_is_within_rejected_asked_and_possible(offer: HeatOffer) -> None:
    missed = book(offer)
    hours = offer.step_h

    assert missed.missed_kwh >= 0.0
    assert missed.at_source_kwh <= offer.rejected_kw.sum() * hours + 1e-9
    assert missed.at_source_kwh <= missed.missed_kwh + 1e-9
    unanswered = np.maximum(offer.asked_kw - offer.delivered_kw, 0.0)
    assert missed.missed_kwh <= unanswered.sum() * hours + 1e-9
    left = np.maximum(LIMIT_KW - offer.delivered_kw, 0.0)
    assert missed.missed_kwh <= left.sum() * hours + 1e-9


@given(offer=offers(gaps))
def test_the_reasons_of_rejection_add_up_to_all_of_it(offer: HeatOffer) -> None:
    missed = book(offer)
    split = missed.split
    if missed.coverage_ratio == 0.0:
        assert np.isnan(missed.missed_kwh)
        return

    parts = (split.not_asked_kwh, split.too_cold_kwh, split.at_limit_kwh)
    done = (split.standing_kwh, split.running_kwh)
    assert min(*parts, *done) >= -1e-9
    assert sum(parts) + sum(done) == pytest.approx(split.raisable_kwh)
    assert sum(done) == pytest.approx(missed.missed_kwh)


@given(offer=offers(gaps), cut=st.integers(1, N - 1))
def test_missed_heat_adds_up_over_time(offer: HeatOffer, cut: int) -> None:
    def part(piece: slice) -> MissedHeat:
        assert offer.usable is not None
        assert offer.running is not None
        return book(
            replace(
                offer,
                rejected_kw=offer.rejected_kw[piece],
                asked_kw=offer.asked_kw[piece],
                delivered_kw=offer.delivered_kw[piece],
                cop=offer.cop[piece],
                usable=offer.usable[piece],
                running=offer.running[piece],
            )
        )

    halves = part(slice(cut)), part(slice(cut, None))
    whole = book(offer)
    known = [half for half in halves if half.coverage_ratio > 0.0]
    if known:
        assert sum(half.missed_kwh for half in known) == pytest.approx(whole.missed_kwh)
        assert sum(half.split.at_limit_kwh for half in known) == pytest.approx(
            whole.split.at_limit_kwh
        )


@given(offer=offers())
def test_nothing_is_missed_when_the_loop_refuses(offer: HeatOffer) -> None:
    missed = book(replace(offer, asked_kw=np.minimum(offer.asked_kw, offer.delivered_kw)))

    assert missed.missed_kwh == 0.0
    assert missed.split.not_asked_kwh == pytest.approx(missed.split.raisable_kwh)


@given(offer=offers(), more=st.floats(0.0, 200.0))
def test_more_rejected_or_more_capacity_never_misses_less(offer: HeatOffer, more: float) -> None:
    base = book(offer).missed_kwh

    assert book(replace(offer, rejected_kw=offer.rejected_kw + more)).missed_kwh >= base - 1e-9
    assert book(replace(offer, asked_kw=offer.asked_kw + more)).missed_kwh >= base - 1e-9
    assert book(replace(offer, machine_limit_kw=LIMIT_KW + more)).missed_kwh >= base - 1e-9


@given(offer=offers(), scale=st.floats(0.1, 10.0))
def test_missed_heat_knows_no_size(offer: HeatOffer, scale: float) -> None:
    large = replace(
        offer,
        rejected_kw=scale * offer.rejected_kw,
        asked_kw=scale * offer.asked_kw,
        delivered_kw=scale * offer.delivered_kw,
        machine_limit_kw=scale * LIMIT_KW,
    )

    small, large_missed = book(offer, 0.0), book(large, 0.0)
    assert large_missed.missed_kwh == pytest.approx(scale * small.missed_kwh, abs=1e-6)


def test_a_limit_by_step_is_that_step_s_limit() -> None:
    offer = HeatOffer(
        rejected_kw=np.array([90.0, 90.0, 90.0]),
        asked_kw=np.array([200.0, 200.0, 200.0]),
        delivered_kw=np.array([50.0, 50.0, 50.0]),
        machine_limit_kw=np.array([60.0, 0.0, np.nan]),
        cop=np.full(3, 4.0),
        step_h=1.0,
    )
    missed = book(offer)

    assert missed.missed_kwh == pytest.approx(10.0)
    assert missed.split.at_limit_kwh == pytest.approx(110.0 + 120.0)
    assert missed.coverage_ratio == pytest.approx(2.0 / 3.0)


def test_heat_that_flowed_back_adds_nothing_to_what_was_asked() -> None:
    offer = HeatOffer(
        rejected_kw=np.array([900.0]),
        asked_kw=np.array([100.0]),
        delivered_kw=np.array([-40.0]),
        machine_limit_kw=LIMIT_KW,
        cop=np.array([4.0]),
        step_h=1.0,
    )

    assert book(offer).missed_kwh == pytest.approx(100.0)


def test_unknown_is_neither_missed_nor_zero() -> None:
    offer = HeatOffer(
        rejected_kw=np.array([90.0, np.nan, 90.0, 90.0]),
        asked_kw=np.array([np.nan, 200.0, 200.0, 200.0]),
        delivered_kw=np.array([50.0, 50.0, 50.0, 50.0]),
        machine_limit_kw=LIMIT_KW,
        cop=np.array([4.0, 4.0, np.nan, 4.0]),
        step_h=1.0,
        usable=np.array([1.0, 1.0, 1.0, np.nan]),
    )
    missed = book(offer)

    assert missed.coverage_ratio == 0.0
    for value in (missed.missed_kwh, missed.expanded_uncertainty_kwh, missed.asked_ratio):
        assert np.isnan(value)
    assert np.isnan(missed.split.raisable_kwh)


def test_the_uncertainty_is_that_of_monte_carlo() -> None:
    rng = np.random.default_rng(4)
    rejected, asked = rng.uniform(20.0, 60.0, 300), rng.uniform(230.0, 290.0, 300)
    # Far from where two bounds meet: half of the steps lack heat, half lack demand.
    asked[:150] += 200.0
    rejected[150:] += 200.0
    offer = HeatOffer(
        rejected_kw=rejected,
        asked_kw=asked,
        delivered_kw=np.full(300, 150.0),
        machine_limit_kw=2000.0,
        cop=np.full(300, 4.0),
        step_h=1.0,
    )
    stated = missed_heat(
        offer, rejected_u_ratio=0.02, asked_u_ratio=0.02, delivered_u_ratio=0.01, tolerance_kw=1.0
    )
    drawn = [
        missed_heat(
            replace(
                offer,
                rejected_kw=rejected * (1.0 + 0.02 * a),
                asked_kw=asked * (1.0 + 0.02 * b),
                delivered_kw=offer.delivered_kw * (1.0 + 0.01 * c),
            ),
            rejected_u_ratio=0.02,
            asked_u_ratio=0.02,
            tolerance_kw=1.0,
        ).missed_kwh
        for a, b, c in rng.standard_normal((3000, 3))
    ]

    assert stated.expanded_uncertainty_kwh == pytest.approx(2.0 * float(np.std(drawn)), rel=0.06)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"step_h": 0.0}, "step_h"),
        ({"machine_limit_kw": 0.0}, "machine_limit_kw"),
        ({"machine_limit_kw": np.array([-1.0])}, "machine_limit_kw"),
        ({"asked_kw": np.array([1.0, 2.0])}, "shape"),
    ],
)
def test_wrong_offers_are_refused(wrong: dict[str, Any], told: str) -> None:
    right = HeatOffer(
        rejected_kw=np.array([1.0]),
        asked_kw=np.array([1.0]),
        delivered_kw=np.array([0.0]),
        machine_limit_kw=10.0,
        cop=np.array([4.0]),
        step_h=1.0,
    )

    with pytest.raises(ValueError, match=told):
        replace(right, **wrong)
    with pytest.raises(ValueError, match="negative"):
        missed_heat(right, rejected_u_ratio=-0.1, asked_u_ratio=0.0, tolerance_kw=0.0)
