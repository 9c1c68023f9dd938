"""Twelve invented sites, whose truth is known, under the default charter: what a verdict is worth.

A breach is only said beyond an interval meant to hold the truth 95 times in 100, and on one side
of it: for a site that stands exactly on a limit, at most 2.5 false breaches in 100 are expected.
"""

from collections import Counter

import pytest

from charter_rules.findings import MISSED, Verdict
from charter_rules.law.loader import load_rulebook
from charter_rules.replay.engine import as_if_published, replay
from models.kpi_history import KpiColumns
from service.replay.fleet import Fleet
from service.replay.truths import read_truths
from tests.service.replay.against_truth import Compared, against_truth, confusion

# One site declares a refrigerant that it does not have; the rule takes declarations.
LIE = ("site_05", "taxonomy_refrigerant_gwp")


@pytest.fixture(scope="module")
def compared(fleet: Fleet, history: KpiColumns) -> list[Compared]:
    rulebook, facts = as_if_published(load_rulebook()), fleet.facts()
    table = replay(rulebook, facts, history)
    truths = read_truths(fleet.folder, tuple(facts))
    return list(against_truth(rulebook, facts, table, truths))


def test_no_breach_is_false_and_no_compliance_but_the_lie(compared: list[Compared]) -> None:
    false = {(one.site, one.rule) for one in compared if one.is_false}

    assert false <= {LIE}
    assert LIE in false  # what is declared and not measured can deceive: the page says so


def test_most_true_breaches_are_caught_and_the_others_are_not_called_compliant(
    compared: list[Compared],
) -> None:
    missed = [
        one
        for one in compared
        if one.truly_missed and one.is_provable and (one.site, one.rule) != LIE
    ]
    verdicts = Counter(one.verdict for one in missed)

    assert len(missed) >= 15
    proven = sum(verdicts[one] for one in MISSED)
    assert proven / len(missed) >= 0.6
    assert verdicts[Verdict.COMPLIANT] == 0


def test_sites_that_keep_the_limits_are_mostly_proven_to(compared: list[Compared]) -> None:
    kept = [one for one in compared if not one.truly_missed and one.is_provable]
    proven = sum(one.verdict is Verdict.COMPLIANT for one in kept)

    assert len(kept) >= 20
    assert proven / len(kept) >= 0.6


def test_every_verdict_is_counted_once(compared: list[Compared]) -> None:
    table = confusion(iter(compared))

    assert sum(table.values()) == len(compared)
    assert {verdict for _, verdict in table} <= set(Verdict)
