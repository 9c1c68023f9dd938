"""Reconciliation against published cases, another solver, and its own statistics."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg

from models.balance.reconciliation import reconcile, reconcile_nodes
from tests.models.balance.plant_counts import MARCH, hourly_kwh, increments, names, nodes, row

CASES = json.loads(
    (Path(__file__).parents[2] / "oracles" / "reconciliation.json").read_text(encoding="utf-8")
)["cases"]
SPLIT = np.array([[1.0, -1.0, -1.0, 0.0], [0.0, 0.0, 1.0, -1.0]])
NAMES = ("in", "a", "b", "c")


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_published_cases_come_out(case: dict[str, Any]) -> None:
    found = reconcile(
        tuple(str(n) for n in range(len(case["measured"]))),
        np.array(case["measured"], dtype=float),
        np.diag(np.array(case["variance"], dtype=float)),
        np.array(case["balances"], dtype=float),
    )

    assert found.reconciled_kwh == pytest.approx(case["reconciled"], abs=case["tolerance"])
    if "chi_square" in case:
        assert found.chi_square == pytest.approx(case["chi_square"])


def test_another_way_to_solve_it_finds_the_same_minimum() -> None:
    """Free parameters along the null space of the balances, by ordinary least squares."""
    rng = np.random.default_rng(1)
    root = rng.normal(size=(4, 4))
    covariance, measured = root @ root.T + np.eye(4), np.array([100.0, 58.0, 45.0, 41.0])
    whiten = np.linalg.inv(np.linalg.cholesky(covariance))
    free = linalg.null_space(SPLIT)
    fit, *_ = np.linalg.lstsq(whiten @ free, whiten @ measured, rcond=None)
    rest = whiten @ (measured - free @ fit)

    found = reconcile(NAMES, measured, covariance, SPLIT)

    assert found.reconciled_kwh == pytest.approx(free @ fit)
    assert found.chi_square == pytest.approx(rest @ rest)


@given(st.lists(st.floats(1.0, 1e4), min_size=4, max_size=4), st.floats(0.001, 0.1))
def test_balances_hold_and_nothing_becomes_less_sure(total: list[float], u: float) -> None:
    measured = np.array(total)
    found = reconcile(NAMES, measured, np.diag(np.square(u * measured)), SPLIT)

    assert SPLIT @ found.reconciled_kwh == pytest.approx(0.0, abs=1e-6 * measured.max())
    assert (found.reconciled_u_kwh <= found.raw_u_kwh * (1.0 + 1e-9)).all()


def test_the_global_test_rejects_as_often_as_it_says_and_finds_gross_errors() -> None:
    rng = np.random.default_rng(2)
    truth, u = np.array([100.0, 60.0, 40.0, 40.0]), np.array([0.6, 0.4, 0.3, 0.3])
    rejected = named = 0
    for _ in range(1000):
        measured = truth + u * rng.standard_normal(4)
        rejected += reconcile(NAMES, measured, np.diag(u**2), SPLIT).gross_error
        # b stands in both balances; an error of in or a could not be told apart.
        measured[2] += 6.0
        named += reconcile(NAMES, measured, np.diag(u**2), SPLIT).suspects[:1] == ("b",)

    assert rejected <= 25  # 1 % of 1,000, some luck included
    assert named >= 990


def test_a_balance_that_follows_from_others_changes_nothing() -> None:
    measured, covariance = np.array([100.0, 58.0, 45.0, 41.0]), np.eye(4)
    more = np.vstack([SPLIT, SPLIT.sum(axis=0)])

    once, twice = (reconcile(NAMES, measured, covariance, a) for a in (SPLIT, more))

    assert twice.reconciled_kwh == pytest.approx(once.reconciled_kwh)
    assert twice.freedom == once.freedom == 2


def test_malformed_problems_are_refused() -> None:
    with pytest.raises(ValueError, match="uncertainty above 0"):
        reconcile(NAMES, np.ones(4), np.zeros((4, 4)), SPLIT)
    with pytest.raises(ValueError, match="finite totals"):
        reconcile(NAMES, np.array([1.0, np.nan, 1.0, 1.0]), np.eye(4), SPLIT)


def test_a_sound_site_reconciles_and_a_lying_meter_is_found_out() -> None:
    for seed in range(5):
        counts = increments(hourly_kwh(seed, MARCH, 72))
        total = counts.value.sum(axis=1)
        sound = reconcile_nodes(nodes(), names(), total, counts.u_ratio * total + 0.1)
        total[row("ups_b_output")] *= 1.12
        lied = reconcile_nodes(nodes(), names(), total, counts.u_ratio * total + 0.1)

        assert not sound.gross_error
        assert lied.gross_error
        assert "ups_b_output" in lied.suspects
