"""Every rule against its cases, and the cases against what a rule owes."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from charter_rules.cases.book import Case, CaseBook, failures, load_casebook, outcome_of
from charter_rules.cases.completeness import missing_cases, mutants, owed_kinds, uncaught_mutants
from charter_rules.cases.shape import CaseKind
from charter_rules.errors import RuleBookError
from charter_rules.findings import Verdict
from charter_rules.law.loader import SHIPPED_FOLDER, load_library, load_rulebook

BOOK = load_casebook()


@pytest.mark.parametrize("case", BOOK.cases, ids=lambda case: case.name.replace(" ", "_"))
def test_a_rule_gives_the_verdict_of_its_case(case: Case) -> None:
    assert outcome_of(case).verdict is case.shape.expect


def test_no_case_fails_and_no_kind_of_case_contradicts_its_verdict() -> None:
    assert list(failures(BOOK)) == []


def test_every_rule_has_the_cases_it_owes() -> None:
    assert list(missing_cases(BOOK)) == []


def test_a_changed_figure_day_comparison_or_condition_is_noticed_by_a_case() -> None:
    assert list(uncaught_mutants(BOOK)) == []


def test_every_rule_that_weighs_a_figure_has_mutants() -> None:
    weighing = [
        rule
        for rule in BOOK.rules.values()
        if any(entry.value is not None for entry in rule.parameter.values.entries)
    ]

    assert weighing
    assert all(len(list(mutants(rule))) >= 3 for rule in weighing)


def test_every_shipped_rule_is_in_a_charter() -> None:
    library = load_library()
    named = {rule for sheet in library.charters.sheets.values() for rule in sheet.shape.rules}

    assert named == library.rules.names


@pytest.mark.parametrize("kind", sorted(owed_kinds(BOOK.rules["paris_wue"])))
def test_a_missing_kind_of_case_is_told(kind: CaseKind) -> None:
    kept = tuple(c for c in BOOK.of("paris_wue") if c.shape.kind is not kind)
    rule = {"paris_wue": BOOK.rules["paris_wue"]}

    told = list(missing_cases(CaseBook(rules=rule, cases=kept)))

    assert any(kind.value in problem.message for problem in told) or (
        kind is CaseKind.AT_THRESHOLD and any("exactly at" in p.message for p in told)
    )


def test_a_wrong_expectation_is_told_with_its_line(tmp_path: Path) -> None:
    folder = copytree(SHIPPED_FOLDER, tmp_path / "charter_rules")
    sheet = folder / "cases" / "paris_wue.yaml"
    text = sheet.read_text(encoding="utf-8")
    sheet.write_text(text.replace("expect: deviation", "expect: compliant", 1), encoding="utf-8")

    first = next(iter(failures(load_casebook(folder))))

    assert first.source.endswith("cases/paris_wue.yaml")
    assert text.splitlines()[first.line - 1].strip().startswith("- kind: breach")


def test_a_rule_without_cases_is_refused(tmp_path: Path) -> None:
    folder = copytree(SHIPPED_FOLDER, tmp_path / "charter_rules")
    (folder / "cases" / "paris_wue.yaml").unlink()

    with pytest.raises(RuleBookError, match=r"paris_wue\.yaml:1: has no cases"):
        load_casebook(folder)


def test_the_example_site_has_a_live_verdict_on_each_of_the_four_axes() -> None:
    charter = load_rulebook()
    live = {
        case.rule.axis.value
        for case in BOOK.cases
        if case.rule in charter.rules
        and outcome_of(replace(case, site=case.site), date(2026, 11, 20)).verdict
        is Verdict.COMPLIANT
    }

    assert {"energy", "heat", "water", "noise"} <= live
