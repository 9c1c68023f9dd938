"""The decision rule at and around its limits, and the laws it keeps."""

import doctest
import importlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from charter_rules.facts import SiteFacts
from charter_rules.findings import Verdict, Verification
from charter_rules.judging.conditions import Comparison, Evidence, exact
from charter_rules.judging.engine import evaluate, judge
from charter_rules.judging.weighing import CODES, VERDICTS, decide, downgrade, signed_margin
from charter_rules.law.dated import Absence, DatedEntry, DatedValue, Reference, months_later
from charter_rules.law.loader import load_rulebook
from charter_rules.law.rulebook import Rule, RuleBook
from models.kpi.result import KpiResult, Withheld
from models.readings import Origin
from tests.charter_rules.conftest import only

RULES = load_rulebook().rules
TODAY = date(2026, 11, 20)
GRADE = {
    Verdict.BREACH: 0,
    Verdict.DEVIATION: 0,
    Verdict.SUSPECTED: 1,
    Verdict.COMPLIANT_NOT_PROVEN: 2,
    Verdict.COMPLIANT: 3,
}
SOURCE = Reference(title="t", article="a", url=None)


def entry(day: str, value: float | None, absence: Absence | None = None) -> DatedEntry:
    return DatedEntry(
        in_force_from=date.fromisoformat(day),
        value=value,
        absence=absence,
        verification=Verification.READ_IN_SOURCE,
        published_on=None,
        reference=SOURCE,
    )


@pytest.mark.parametrize(
    ("margin", "strict", "expected"),
    [
        ("0.051", False, Verdict.COMPLIANT),
        ("0.05", False, Verdict.COMPLIANT),
        ("0.05", True, Verdict.COMPLIANT_NOT_PROVEN),
        ("0.051", True, Verdict.COMPLIANT),
        ("0.049", False, Verdict.COMPLIANT_NOT_PROVEN),
        ("0", False, Verdict.COMPLIANT_NOT_PROVEN),
        ("-0.001", False, Verdict.SUSPECTED),
        ("-0.05", False, Verdict.SUSPECTED),
        ("-0.051", False, Verdict.BREACH),
    ],
)
def test_the_guard_band_is_weighed_to_the_last_digit(
    margin: str, strict: bool, expected: Verdict
) -> None:
    assert decide(Decimal(margin), Decimal("0.05"), strict=strict) == CODES[expected]


def test_a_sure_value_at_the_threshold_is_compliant() -> None:
    assert decide(Decimal(0), Decimal(0)) == CODES[Verdict.COMPLIANT]
    assert decide(Decimal("-1e-9"), Decimal(0)) == CODES[Verdict.BREACH]


def test_binary_rounding_does_not_move_a_verdict() -> None:
    margin = signed_margin(Comparison.AT_MOST, exact(0.1), exact(0.3))

    assert decide(margin, exact(0.2)) == CODES[Verdict.COMPLIANT]
    assert 0.3 - 0.1 < 0.2


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (Origin.MEASURED, (Verdict.COMPLIANT, Verdict.BREACH)),
        (Origin.IMPORTED, (Verdict.COMPLIANT, Verdict.BREACH)),
        (Origin.SUBSTITUTED, (Verdict.COMPLIANT_NOT_PROVEN, Verdict.SUSPECTED)),
        (Origin.DECLARED, (Verdict.COMPLIANT_NOT_PROVEN, Verdict.BREACH)),
    ],
)
def test_evidence_weighs_by_its_origin(origin: Origin, expected: tuple[Verdict, Verdict]) -> None:
    both = (Verdict.COMPLIANT, Verdict.BREACH)

    assert tuple(weaker(one, origin, Evidence.MEASUREMENT) for one in both) == expected
    assert tuple(weaker(one, origin, Evidence.DECLARATION) for one in both) == both
    assert weaker(Verdict.SUSPECTED, origin, Evidence.MEASUREMENT) is Verdict.SUSPECTED


def weaker(verdict: Verdict, origin: Origin, evidence: Evidence) -> Verdict:
    code, origins = np.array([CODES[verdict]], np.int8), np.array([origin.value], np.int8)
    return VERDICTS[int(downgrade(code, origins, evidence)[0])]


rules_with_numbers = st.sampled_from(
    [
        rule
        for rule in RULES
        if rule.comparison in {Comparison.AT_MOST, Comparison.AT_LEAST}
        and rule.parameter.values.entries[-1].value is not None
    ]
)
values = st.floats(0.0, 20.0, allow_nan=False)


def _binding(rule: Rule) -> tuple[Rule, date]:
    """Free a rule of its site conditions; give a day on which it binds."""
    free = replace(
        rule,
        applies_when=(),
        grace_months_after_entry=None,
        ends_months_after_entry=None,
        at_level=None,
    )
    return free, date(2050, 1, 1)


@given(rule=rules_with_numbers, pair=st.tuples(values, values), u=st.floats(0.0, 5.0))
def test_a_worse_value_never_gets_a_better_verdict(
    rule: Rule,
    pair: tuple[float, float],
    u: float,
    chapelle: SiteFacts,
    measure: Callable[..., KpiResult],
) -> None:
    free, day = _binding(rule)
    worse_first = rule.comparison is Comparison.AT_MOST
    better, worse = (min(pair), max(pair)) if worse_first else (max(pair), min(pair))

    verdicts = [
        judge(free, chapelle, only(measure(free, value, u)), day).verdict
        for value in (worse, better)
    ]
    # What cannot be, or cannot be so sure, is not graded.
    assume(Verdict.INSUFFICIENT_DATA not in verdicts)

    assert [GRADE[one] for one in verdicts] == sorted(GRADE[one] for one in verdicts)


rules_without_a_yearly_date = st.sampled_from(
    [rule for rule in RULES if rule.duty is None or rule.duty.yearly_by is None]
)


@given(rule=rules_without_a_yearly_date, value=values, offset=st.integers(0, 20_000))
def test_a_verdict_only_changes_on_a_day_of_its_rule(
    rule: Rule,
    value: float,
    offset: int,
    chapelle: SiteFacts,
    measure: Callable[..., KpiResult],
) -> None:
    free = replace(rule, applies_when=())
    day = date(2000, 1, 1) + timedelta(days=offset)
    days = {entry.binds_from for entry in rule.parameter.values.entries}
    if rule.grace_months_after_entry is not None:
        days.add(months_later(chapelle.entry_into_operation, rule.grace_months_after_entry))

    before, after = (
        judge(free, chapelle, only(measure(free, value)), one).verdict
        for one in (day - timedelta(days=1), day)
    )

    assert before is after or day in days


@given(order=st.permutations(RULES), value=values)
def test_findings_do_not_depend_on_the_order_of_the_inputs(
    order: list[Rule],
    value: float,
    rulebook: RuleBook,
    chapelle: SiteFacts,
    measure: Callable[..., KpiResult],
) -> None:
    def kpis(rules: tuple[Rule, ...] | list[Rule]) -> dict[tuple[str, str], KpiResult]:
        return {(one.kpi, one.window.name): measure(one, value) for one in rules}

    straight = evaluate(rulebook, chapelle, kpis(RULES), TODAY)
    shuffled = evaluate(replace(rulebook, rules=tuple(order)), chapelle, kpis(order), TODAY)

    assert {f.rule_id: f for f in straight} == {f.rule_id: f for f in shuffled}
    assert [f.rule_id for f in straight] == [rule.id for rule in RULES]


def test_a_withheld_or_impossible_value_is_insufficient(
    chapelle: SiteFacts,
    measure: Callable[..., KpiResult],
    rule_named: Callable[[str], Rule],
) -> None:
    rule = replace(rule_named("blue_angel_pue_2015_2018"), indicative=None)
    withheld = replace(measure(rule, 1.2), withheld=Withheld.LOW_COVERAGE)

    for result in (
        withheld,
        measure(rule, None),
        measure(rule, float("nan")),
        measure(rule, 1.2, float("inf")),
        measure(rule, 1.2, -0.1),
        measure(rule, 1.2, coverage=float("nan")),
        measure(rule, 1.2, coverage=0.9499),
        measure(rule, 1.2, coverage=2.5),
        measure(rule, 0.5, 0.01),
        replace(measure(rule, 1.2), expanded_uncertainty=0.0),
        replace(measure(rule, 1.2), expanded_uncertainty=1e-9),
    ):
        assert judge(rule, chapelle, only(result), TODAY).verdict is Verdict.INSUFFICIENT_DATA
    at_the_least = measure(rule, 1.2, coverage=0.95)
    assert judge(rule, chapelle, only(at_the_least), TODAY).verdict is Verdict.COMPLIANT


def test_a_result_of_another_kpi_or_unit_is_a_bug(
    chapelle: SiteFacts,
    measure: Callable[..., KpiResult],
    rule_named: Callable[[str], Rule],
) -> None:
    rule = rule_named("blue_angel_pue_2015_2018")
    for foreign in (
        replace(measure(rule, 1.2), unit="%"),
        replace(measure(rule, 1.2), kpi="erf"),
    ):
        with pytest.raises(ValueError, match="needs pue_excl_heat_upgrade in ratio"):
            judge(rule, chapelle, {(rule.kpi, rule.window.name): foreign}, TODAY)


def test_a_repealed_figure_is_not_in_force(
    chapelle: SiteFacts,
    measure: Callable[..., KpiResult],
    rule_named: Callable[[str], Rule],
    rulebook: RuleBook,
) -> None:
    rule = replace(rule_named("blue_angel_pue_2015_2018"), indicative=None)
    ended = DatedValue((entry("2023-01-01", 1.5), entry("2025-01-01", None, Absence.REPEALED)))
    revived = DatedValue((*ended.entries, entry("2028-01-01", 1.4)))

    for history, due in ((ended, None), (revived, date(2028, 1, 1))):
        changed = replace(rule, parameter=replace(rule.parameter, values=history))
        book = replace(rulebook, rules=(changed,))
        (finding,) = evaluate(book, chapelle, only(measure(changed, 1.2)), TODAY)
        assert finding.verdict is Verdict.NOT_IN_FORCE
        assert finding.threshold_in_force_from == due
    before = replace(rule, parameter=replace(rule.parameter, values=ended))
    (finding,) = evaluate(
        replace(rulebook, rules=(before,)),
        chapelle,
        only(measure(before, 1.2)),
        date(2024, 12, 31),
    )
    assert finding.verdict is Verdict.COMPLIANT
    assert "repealed on 1 January 2025" in finding.explanation_en


def test_a_grace_period_ends_under_the_figure_of_its_last_day(
    chapelle: SiteFacts, rule_named: Callable[[str], Rule]
) -> None:
    rule = rule_named("enefg_erf_2026")
    history = DatedValue((entry("2026-07-01", 10.0), entry("2028-01-01", 15.0)))
    changed = replace(rule, parameter=replace(rule.parameter, values=history))
    site = replace(chapelle, entry_into_operation=date(2026, 9, 1))

    outcome = judge(changed, site, {}, date(2027, 1, 1))

    assert outcome.verdict is Verdict.NOT_IN_FORCE
    assert outcome.threshold == Decimal("0.15")
    assert outcome.effective.due == date(2028, 9, 1)


@given(days=st.sets(st.dates(), min_size=1, max_size=6), day=st.dates())
def test_a_dated_value_is_the_last_one_begun(days: set[date], day: date) -> None:
    ordered = sorted(days)
    dated = DatedValue(tuple(entry(one.isoformat(), float(i)) for i, one in enumerate(ordered)))
    begun = [one for one in ordered if one <= day]
    held, coming = dated.at(day), dated.next_after(day)

    assert (held.in_force_from if held else None) == (begun[-1] if begun else None)
    assert (coming.in_force_from if coming else None) == next(
        (one for one in ordered if one > day), None
    )
    for first, second in pairwise(ordered):
        assert dated.at(first) is dated.at(second - timedelta(days=1))


@pytest.mark.parametrize(
    "module", ["judging.conditions", "judging.weighing", "law.dated", "law.kpis"]
)
def test_examples_in_docstrings_are_true(module: str) -> None:
    result = doctest.testmod(importlib.import_module(f"charter_rules.{module}"))

    assert result.attempted > 0
    assert result.failed == 0
