"""Edges of the engine that no shipped rule stands on; found by changing the code on purpose."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from charter_rules.facts import Author, Declaration, IcpeRegime, SiteFacts
from charter_rules.findings import DecisionRule, Verdict
from charter_rules.judging.applicability import (
    MinAiShare,
    MinFloorArea,
    TotalInputAbove,
    UnderIcpeRegime,
    holds,
)
from charter_rules.judging.conditions import Comparison, Evidence, Tabulated, TextReserve
from charter_rules.judging.engine import evaluate
from charter_rules.judging.outcome import MissingEvidence
from charter_rules.judging.weighing import signed_margin
from charter_rules.law.dated import Absence
from charter_rules.law.kpis import DECLARATION
from charter_rules.law.rulebook import AmbientLevel, DeclaredDuty, RuleBook
from models.kpi.result import Withheld
from models.readings import Origin
from tests.charter_rules.test_kinds_of_rules import (
    TODAY,
    YEARLY,
    judged,
    parameter,
    report,
    result,
    rule,
)

LIMIT = rule(Comparison.AT_MOST, parameter(0.4, unit="L/kWh"), "wue", "12months")
NIGHT = replace(
    rule(
        Comparison.AT_MOST,
        parameter(4.0, unit="dB(A)"),
        "noise_emergence_night",
        "last_night",
        at_level=AmbientLevel(above_dba=45.0, up_to_dba=None),
    )
)
TABLE = Tabulated(reason_fr="r", reason_en="r")
FALL = rule(
    Comparison.TREND, parameter(-40.0, unit="%"), "facility_energy", "12months", against="base_year"
)


def test_a_finding_says_what_was_known_when_and_by_which_program(
    chapelle: SiteFacts, rulebook: RuleBook
) -> None:
    moment = datetime(2026, 11, 20, 6, tzinfo=UTC)
    book = replace(rulebook, rules=(LIMIT,))

    (told,) = evaluate(book, chapelle, {}, TODAY, known_on=moment, code_version="1.2+ab")
    (silent,) = evaluate(book, chapelle, {}, TODAY)

    assert (told.known_on, told.code_version) == (moment, "1.2+ab")
    assert (silent.known_on, silent.code_version) == (None, "")


def test_a_finding_says_how_it_was_decided(chapelle: SiteFacts, rulebook: RuleBook) -> None:
    band = TextReserve(width=Decimal(2), strict=True, reason_fr="r", reason_en="r")
    rules = (LIMIT, replace(NIGHT, guard_band=band), YEARLY)

    found = evaluate(replace(rulebook, rules=rules), chapelle, {}, TODAY)

    assert [one.decision_rule for one in found] == [
        DecisionRule.GUARDED_K2,
        DecisionRule.TEXT_RESERVE,
        DecisionRule.STATED,
    ]


def test_the_unknown_fact_is_named(chapelle: SiteFacts, rulebook: RuleBook) -> None:
    area = replace(LIMIT, applies_when=(MinFloorArea(1000.0),))

    outcome = judged(area, chapelle)
    (finding,) = evaluate(replace(rulebook, rules=(area,)), chapelle, {}, TODAY)

    assert outcome.unknown == MinFloorArea(1000.0)
    assert "the floor area" in finding.explanation_en
    assert "la surface" in finding.explanation_fr


def test_a_rule_for_other_levels_says_so(chapelle: SiteFacts, rulebook: RuleBook) -> None:
    quiet = replace(result("noise_emergence_night", "dB(A)", "last_night", 1.0), numerator=40.0)

    outcome = judged(NIGHT, chapelle, quiet)
    kpis = {("noise_emergence_night", "last_night"): quiet}
    (finding,) = evaluate(replace(rulebook, rules=(NIGHT,)), chapelle, kpis, TODAY)

    assert outcome.off_level is True
    assert "40.0\u00a0dB(A), is not in the range" in finding.explanation_en


def test_a_zero_is_a_value(chapelle: SiteFacts) -> None:
    assert judged(LIMIT, chapelle, result("wue", "L/kWh", "12months", 0.0)).value == 0


def test_the_ambient_level_does_not_matter_to_a_rule_without_levels(chapelle: SiteFacts) -> None:
    plain = replace(NIGHT, at_level=None)
    night = replace(result("noise_emergence_night", "dB(A)", "last_night", 1.0), numerator=30.0)

    assert judged(plain, chapelle, night).verdict is Verdict.COMPLIANT


@pytest.mark.parametrize(
    ("value", "by_word", "by_measurement"),
    [
        (0.2, Verdict.DECLARED_UNCHECKED, Verdict.COMPLIANT),
        (0.39999, Verdict.COMPLIANT_NOT_PROVEN, Verdict.COMPLIANT_NOT_PROVEN),
        (0.6, Verdict.BREACH, Verdict.BREACH),
    ],
)
def test_a_rule_that_takes_declarations_is_kept_and_not_proven_by_one(
    chapelle: SiteFacts, value: float, by_word: Verdict, by_measurement: Verdict
) -> None:
    soft = replace(LIMIT, evidence=Evidence.DECLARATION)
    measured = result("wue", "L/kWh", "12months", value)
    said = replace(measured, origin=Origin.DECLARED)

    assert judged(soft, chapelle, said).verdict is by_word
    assert judged(soft, chapelle, measured).verdict is by_measurement
    assert judged(LIMIT, chapelle, replace(said, value=0.2)).verdict is Verdict.COMPLIANT_NOT_PROVEN


@pytest.mark.parametrize(
    "comparison", [Comparison.BETWEEN, Comparison.PRESENT, Comparison.DECLARED]
)
def test_what_has_no_margin_is_refused(comparison: Comparison) -> None:
    with pytest.raises(ValueError, match=f"a {comparison.value} without its figures"):
        signed_margin(comparison, Decimal(1), Decimal(2))


@pytest.mark.parametrize(
    ("condition", "fact", "at_the_limit", "met"),
    [
        (MinFloorArea(1000.0), "floor_area_m2", 1000.0, True),
        (MinAiShare(0.2), "ai_share_ratio", 0.2, True),
        (TotalInputAbove(1000.0), "total_rated_input_kw", 1000.0, False),
        (TotalInputAbove(1000.0), "total_rated_input_kw", 1000.1, True),
        (UnderIcpeRegime((IcpeRegime.NONE,)), "icpe_regime", IcpeRegime.NONE, True),
    ],
)
def test_a_condition_holds_exactly_at_its_limit_as_its_name_says(
    condition: MinFloorArea, fact: str, at_the_limit: object, met: bool, chapelle: SiteFacts
) -> None:
    site = replace(chapelle, **{fact: at_the_limit})  # type: ignore[arg-type]

    assert holds(condition, site) is met
    assert holds(condition, chapelle) is None


def test_a_standing_out_of_force_says_false(chapelle: SiteFacts) -> None:
    before = judged(YEARLY, chapelle, on=date(2024, 12, 31))

    assert before.effective.in_force is False
    assert before.effective.due == date(2025, 5, 15)
    assert before.effective.entry.absence is Absence.NO_FIGURE


AUTUMN = replace(YEARLY, duty=DeclaredDuty(key="report", yearly_by=(9, 30)))
NEW_YEAR = replace(YEARLY, duty=DeclaredDuty(key="report", yearly_by=(1, 1)))
ONCE = replace(YEARLY, duty=DeclaredDuty(key="report", yearly_by=None))


def test_a_date_that_had_passed_when_the_duty_began_is_owed_the_year_after(
    chapelle: SiteFacts,
) -> None:
    """In force since 2025-01-01: 1 January counts, and in a duty from June, 15 May does not."""
    values = YEARLY.parameter.values
    later = replace(values.entries[0], in_force_from=date(2025, 6, 1))
    from_june = replace(
        YEARLY, parameter=replace(YEARLY.parameter, values=replace(values, entries=(later,)))
    )

    assert judged(NEW_YEAR, chapelle, on=TODAY).effective.due == date(2025, 1, 1)
    assert judged(from_june, chapelle, on=TODAY).effective.due == date(2026, 5, 15)


@pytest.mark.parametrize(
    ("on", "due"),
    [
        (date(2026, 9, 29), date(2025, 9, 30)),
        (date(2026, 9, 30), date(2026, 9, 30)),
        (date(2026, 12, 31), date(2026, 9, 30)),
        (date(2027, 1, 1), date(2026, 9, 30)),
    ],
)
def test_the_last_date_of_a_yearly_duty_counts(on: date, due: date, chapelle: SiteFacts) -> None:
    outcome = judged(AUTUMN, chapelle, on=on)

    assert outcome.due_on == due
    is_due = on == due
    silent = Verdict.INSUFFICIENT_DATA if is_due else Verdict.NOT_HANDED_IN
    assert outcome.verdict is silent
    kept = replace(chapelle, declarations=(report(for_year=due.year - 1, made_on=due),))
    assert judged(AUTUMN, kept, on=on).due_on == due
    assert judged(AUTUMN, kept, on=on).verdict is Verdict.DECLARED_UNCHECKED


def test_a_duty_without_a_date_is_kept_by_any_year(chapelle: SiteFacts) -> None:
    site = replace(chapelle, declarations=(report(for_year=None, made_on=None),))

    outcome = judged(ONCE, site)

    assert (outcome.verdict, outcome.due_on) == (Verdict.DECLARED_UNCHECKED, None)
    assert judged(ONCE, chapelle).verdict is Verdict.INSUFFICIENT_DATA
    assert outcome.rule.kpi == DECLARATION


def test_the_newest_declaration_counts(chapelle: SiteFacts) -> None:
    """First said done, then found not to be: the later word stands, on its own day already."""
    said = (report(), report(made=False, made_on=date(2026, 8, 1)))
    site = replace(chapelle, declarations=said)

    assert judged(YEARLY, site, on=date(2026, 7, 31)).verdict is Verdict.DECLARED_UNCHECKED
    assert judged(YEARLY, site, on=date(2026, 8, 1)).verdict is Verdict.BREACH


def test_a_change_needs_two_sure_values(chapelle: SiteFacts) -> None:
    now = result("facility_energy", "kWh", "12months", 500.0, 1.0)
    then = result("facility_energy", "kWh", "base_year", 1000.0, 1.0)

    for before in (
        replace(then, value=None, withheld=Withheld.NO_DATA),
        replace(then, value=0.0),
        replace(then, value=float("nan")),
        replace(then, value=float("inf")),
        replace(then, expanded_uncertainty=None),
        replace(then, expanded_uncertainty=float("inf")),
        replace(then, value=5e-324),
        None,
    ):
        results = (now,) if before is None else (now, before)
        assert judged(FALL, chapelle, *results).missing is MissingEvidence.NO_EARLIER_RESULT
    assert judged(FALL, chapelle, now, then).verdict is Verdict.COMPLIANT


def test_what_binary_rounding_would_turn_is_weighed_on_digits(chapelle: SiteFacts) -> None:
    """0.3 - 0.1 is below 0.2 in binary: the margin fills the guard band only on digits."""
    edge = replace(LIMIT, parameter=parameter(0.3, unit="L/kWh"))

    outcome = judged(edge, chapelle, result("wue", "L/kWh", "12months", 0.1, 0.2))

    assert (outcome.verdict, outcome.margin) == (Verdict.COMPLIANT, Decimal("0.2"))


def test_an_uncertainty_is_asked_for_only_where_it_is_the_guard_band(chapelle: SiteFacts) -> None:
    unsure = replace(result("wue", "L/kWh", "12months", 0.1), expanded_uncertainty=None)
    band = TextReserve(width=Decimal("0.1"), strict=True, reason_fr="r", reason_en="r")
    present = replace(LIMIT, comparison=Comparison.PRESENT)

    assert judged(LIMIT, chapelle, unsure).missing is MissingEvidence.NO_UNCERTAINTY
    reserved, table = replace(LIMIT, guard_band=band), replace(LIMIT, guard_band=TABLE)
    assert judged(reserved, chapelle, unsure).missing is MissingEvidence.NO_UNCERTAINTY
    assert judged(table, chapelle, unsure).verdict is Verdict.COMPLIANT
    assert judged(present, chapelle, unsure).verdict is Verdict.COMPLIANT


def test_a_share_of_ai_that_is_stated_as_a_fact_is_declared(chapelle: SiteFacts) -> None:
    duty = replace(YEARLY, duty=DeclaredDuty(key="ai_share", yearly_by=None, first_due=None))
    stated = replace(chapelle, ai_share_ratio=0.0)
    refuted = Declaration(
        key="ai_share",
        made=False,
        made_on=TODAY,
        for_year=None,
        document="d",
        author=Author.INSPECTOR,
    )

    assert judged(duty, chapelle).verdict is Verdict.INSUFFICIENT_DATA
    outcome = judged(duty, stated)
    assert outcome.verdict is Verdict.DECLARED_UNCHECKED
    assert outcome.declaration is not None
    assert outcome.declaration.document == "ai_share: 0"
    found = judged(duty, replace(stated, declarations=(refuted,)))
    assert found.verdict in {Verdict.BREACH, Verdict.DEVIATION}
    other = replace(duty, duty=DeclaredDuty(key="report", yearly_by=None, first_due=None))
    assert judged(other, stated).verdict is Verdict.INSUFFICIENT_DATA
