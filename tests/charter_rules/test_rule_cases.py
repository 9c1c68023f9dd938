"""Every rule against its cases, and the cases against what a rule owes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from charter_rules.engine import judge
from charter_rules.facts import NoiseRegime, SiteFacts
from charter_rules.findings import Verdict
from charter_rules.loader import load_library, load_rulebook
from charter_rules.rulebook import Rule
from models.kpi.result import KpiResult
from models.located_yaml import load_located
from models.readings import Origin

CASES = Path(__file__).parent / "cases"
OWED = {"pass", "breach", "at_threshold", "day_before", "insufficient_data"}
OWED_WITHOUT_NUMBER = {"unpublished", "day_before", "insufficient_data", "not_applicable"}
VERDICT_OF_KIND = {
    "pass": Verdict.COMPLIANT,
    "breach": Verdict.BREACH,
    "day_before": Verdict.NOT_IN_FORCE,
    "insufficient_data": Verdict.INSUFFICIENT_DATA,
    "unpublished": Verdict.INSUFFICIENT_DATA,
    "not_applicable": Verdict.NOT_APPLICABLE,
    "not_proven": Verdict.COMPLIANT_NOT_PROVEN,
    "suspected": Verdict.SUSPECTED,
}
RULES = {rule.id: rule for rule in load_rulebook().rules}


def read_cases(path: Path) -> dict[str, Any]:
    data = load_located(path.read_text(encoding="utf-8"), path.name).data
    assert isinstance(data, dict)
    return data


BY_RULE = {path.stem: read_cases(path) for path in sorted(CASES.glob("*.yaml"))}


def every_case() -> Iterator[Any]:
    for name, sheet in BY_RULE.items():
        for case in sheet["cases"]:
            yield pytest.param(name, case, id=f"{name}-{case['name'].replace(' ', '_')}")


def site_of(case: dict[str, Any], name: str, default: SiteFacts) -> SiteFacts:
    changes = {**BY_RULE[name]["site"], **case.get("site", {})}
    if "noise_regime" in changes:
        changes["noise_regime"] = NoiseRegime(changes["noise_regime"])
    return replace(default, **changes)


def result_of(
    case: dict[str, Any], rule: Rule, measure: Callable[..., KpiResult]
) -> KpiResult | None:
    if case["measured"] is None:
        return None
    given = dict(case["measured"])
    origin = Origin[given.pop("origin", "measured").upper()]
    return measure(rule, given.pop("value"), given.pop("uncertainty"), origin=origin, **given)


@pytest.mark.parametrize(("name", "case"), list(every_case()))
def test_a_rule_gives_the_verdict_of_its_case(
    name: str, case: dict[str, Any], chapelle: SiteFacts, measure: Callable[..., KpiResult]
) -> None:
    rule = RULES[name]

    outcome = judge(rule, site_of(case, name, chapelle), result_of(case, rule, measure), case["on"])

    assert outcome.verdict.value == case["expect"]


def test_every_shipped_rule_is_in_the_charter_and_has_cases() -> None:
    shipped = load_library().rules.names

    assert shipped == set(RULES) == set(BY_RULE)
    assert all(sheet["rule"] == name for name, sheet in BY_RULE.items())


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_the_cases_it_owes(name: str) -> None:
    numbers = [entry.value for entry in RULES[name].parameter.values.entries]
    owed = OWED if any(value is not None for value in numbers) else OWED_WITHOUT_NUMBER
    if RULES[name].applies_when:
        owed = owed | {"not_applicable"}

    assert owed <= {case["kind"] for case in BY_RULE[name]["cases"]}


@pytest.mark.parametrize(("name", "case"), list(every_case()))
def test_the_kind_of_a_case_means_its_verdict(name: str, case: dict[str, Any]) -> None:
    expected = VERDICT_OF_KIND.get(case["kind"])

    assert expected is None or expected.value == case["expect"]


@pytest.mark.parametrize("name", RULES)
def test_each_figure_of_a_threshold_is_met_exactly_by_a_case(
    name: str, chapelle: SiteFacts
) -> None:
    """A changed figure fails here, whichever way it moves."""
    rule = RULES[name]
    figures = [
        float(rule.parameter.factor) * entry.value
        for entry in rule.parameter.values.entries
        if entry.value is not None
    ]
    met = [c for c in BY_RULE[name]["cases"] if c["kind"] == "at_threshold"]

    assert sorted(c["measured"]["value"] for c in met) == sorted(figures)
    for case in met:
        outcome = judge(rule, site_of(case, name, chapelle), None, case["on"])
        assert outcome.standing.in_force
        assert outcome.standing.due == case["on"]


@pytest.mark.parametrize("name", RULES)
def test_the_day_before_is_the_last_day_a_rule_does_not_bind(
    name: str, chapelle: SiteFacts
) -> None:
    rule, cases = RULES[name], BY_RULE[name]["cases"]
    on_the_eve = [
        judge(rule, site_of(c, name, chapelle), None, c["on"] + timedelta(days=1)).verdict
        for c in cases
        if c["kind"] == "day_before"
    ]

    assert Verdict.INSUFFICIENT_DATA in on_the_eve


def test_the_example_site_has_a_live_verdict_on_each_axis(
    chapelle: SiteFacts, measure: Callable[..., KpiResult]
) -> None:
    values = {"pue": 1.31, "wue": 0.2, "erf": 0.31}
    live = {
        rule.axis.value
        for rule in RULES.values()
        if judge(
            rule, chapelle, measure(rule, values.get(rule.kpi, 0.5)), date(2026, 11, 20)
        ).verdict
        is Verdict.COMPLIANT
    }

    assert live == {"energy", "heat", "water", "noise"}
