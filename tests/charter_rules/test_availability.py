"""Each (KPI, window) that a shipped rule names is given, or the rule says why it is not."""

from collections.abc import Iterator
from datetime import date

import pytest

from charter_rules.consolidated.document import consolidate
from charter_rules.consolidated.markdown import to_markdown
from charter_rules.facts import SiteFacts
from charter_rules.judging.engine import evaluate
from charter_rules.law.availability import NOT_MEASURED
from charter_rules.law.kpis import DECLARATION, KPIS
from charter_rules.law.loader import SHIPPED_FOLDER, load_rulebook
from charter_rules.law.rulebook import Rule, RuleBook
from models.kpi.registry import is_given

CHARTERS = sorted(path.stem for path in (SHIPPED_FOLDER / "charters").glob("*.yaml"))
WAITING = "paris_server_utilisation"


def pairs(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.kpi != DECLARATION:
        yield rule.kpi, rule.window.name
        if rule.against is not None:
            yield rule.kpi, rule.against


@pytest.mark.parametrize("charter", CHARTERS)
def test_what_a_rule_names_is_given_or_declared_as_not_measured(charter: str) -> None:
    for rule in load_rulebook(charter=charter).rules:
        for kpi, window in pairs(rule):
            assert is_given(kpi, window) != ((kpi, window) in NOT_MEASURED), (rule.id, kpi, window)


def test_nothing_that_is_measured_or_that_no_rule_names_is_declared_as_not_measured() -> None:
    named = {
        pair
        for charter in CHARTERS
        for rule in load_rulebook(charter=charter).rules
        for pair in pairs(rule)
    }

    assert set(NOT_MEASURED) <= named
    assert not any(is_given(kpi, window) for kpi, window in NOT_MEASURED)


def test_a_rule_may_name_what_is_given_and_what_is_declared_as_not_measured() -> None:
    for kpi, spec in KPIS.items():
        assert all(is_given(kpi, one) or (kpi, one) in NOT_MEASURED for one in spec.windows)


def test_the_rule_says_so_in_its_explanation_and_in_the_consolidated_text(
    rulebook: RuleBook, chapelle: SiteFacts
) -> None:
    on = date(2026, 11, 20)
    findings = {one.rule_id: one for one in evaluate(rulebook, chapelle, {}, on)}

    english, french = (
        "Boucle cannot measure this yet: no interface tells how much the servers are used.",
        "Boucle ne sait pas encore mesurer cela\u00a0: aucune interface ne dit combien les "
        "serveurs sont utilisés.",
    )
    assert english in findings[WAITING].explanation_en
    assert french in findings[WAITING].explanation_fr
    assert to_markdown(consolidate(rulebook, on, "en")).count("cannot measure this yet") == 2
    assert french in to_markdown(consolidate(rulebook, on, "fr"))
    assert sum("cannot measure" in one.explanation_en for one in findings.values()) == 2
