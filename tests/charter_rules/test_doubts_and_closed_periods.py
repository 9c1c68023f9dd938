"""A figure in doubt proves nothing; a closed period is judged by the law of its last day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter_rules.facts import SiteFacts
from charter_rules.findings import Verdict
from charter_rules.judging.conditions import Comparison
from charter_rules.judging.engine import evaluate, judge
from charter_rules.judging.outcome import MissingEvidence
from charter_rules.law.dated import DatedValue
from charter_rules.law.rulebook import Rule, RuleBook
from models.kpi.result import Doubt, DoubtReason, KpiResult, Withheld
from models.readings import Origin, Quality
from tests.charter_rules.conftest import only
from tests.charter_rules.test_kinds_of_rules import judged, parameter, result, rule

ON = date(2026, 11, 20)
WATER = rule(Comparison.AT_MOST, parameter(0.4, unit="L/kWh"), "wue", "12months")
FROZEN = Doubt(meter="water_intake", reason=DoubtReason.FROZEN)
SOFTER = {Verdict.COMPLIANT: Verdict.COMPLIANT_NOT_PROVEN, Verdict.BREACH: Verdict.SUSPECTED}


def wue(value: float, u: float = 0.0, *doubts: Doubt) -> KpiResult:
    return replace(result("wue", "L/kWh", "12months", value, u), doubts=doubts)


@given(
    value=st.floats(0.0, 1.0),
    u=st.floats(0.001, 0.3),
    origin=st.sampled_from(Origin),
    reason=st.sampled_from(DoubtReason),
)
def test_a_doubt_takes_the_proof_and_nothing_else(
    value: float, u: float, origin: Origin, reason: DoubtReason, chapelle: SiteFacts
) -> None:
    sound = replace(wue(value, u), origin=origin)
    doubted = replace(sound, doubts=(Doubt(meter="m", reason=reason),))

    plain, capped = judged(WATER, chapelle, sound), judged(WATER, chapelle, doubted)

    assert capped.verdict is SOFTER.get(plain.verdict, plain.verdict)
    assert (capped.value, capped.margin, capped.guard_band) == (
        plain.value,
        plain.margin,
        plain.guard_band,
    )
    assert capped.downgraded == plain.downgraded
    assert doubted.quality is Quality.UNCERTAIN


def test_a_presence_that_rests_on_a_meter_in_doubt_is_not_proven(chapelle: SiteFacts) -> None:
    known = replace(WATER, comparison=Comparison.PRESENT)

    assert judged(known, chapelle, wue(0.3)).verdict is Verdict.COMPLIANT
    assert judged(known, chapelle, wue(0.3, 0.0, FROZEN)).verdict is Verdict.COMPLIANT_NOT_PROVEN


@pytest.mark.parametrize("in_doubt", ["12months", "base_year"])
def test_a_change_is_in_doubt_when_either_of_its_ends_is(
    in_doubt: str, chapelle: SiteFacts
) -> None:
    fall = rule(
        Comparison.TREND, parameter(-0.4), "facility_energy", "12months", against="base_year"
    )
    now, then = (
        result("facility_energy", "kWh", window, kwh)
        for window, kwh in (("12months", 500.0), ("base_year", 1000.0))
    )
    each = [
        replace(one, doubts=(FROZEN,)) if one.window.name == in_doubt else one
        for one in (now, then)
    ]

    assert judged(fall, chapelle, now, then).verdict is Verdict.COMPLIANT
    outcome = judged(fall, chapelle, *each)
    assert outcome.verdict is Verdict.COMPLIANT_NOT_PROVEN
    assert outcome.doubts == (FROZEN,)


def test_the_meter_in_doubt_its_reason_and_the_way_out_are_told(
    chapelle: SiteFacts, rulebook: RuleBook
) -> None:
    unit = Doubt(meter="ups_a", reason=DoubtReason.UNIT)
    kpis = {("wue", "12months"): wue(0.9, 0.01, FROZEN, unit)}

    (finding,) = evaluate(replace(rulebook, rules=(WATER,)), chapelle, kpis, ON)

    assert finding.verdict is Verdict.SUSPECTED
    assert "Meter water_intake is in doubt: its register stands still." in finding.explanation_en
    assert "Meter ups_a is in doubt: against its rated power" in finding.explanation_en
    assert "rests on a meter in doubt proves nothing" in finding.explanation_en
    assert "Le compteur water_intake est douteux" in finding.explanation_fr
    assert "son index n’avance pas." in finding.explanation_fr
    assert "Une valeur qui repose sur un compteur douteux" in finding.explanation_fr
    assert finding.missing_en == "First put the meter right: water_intake, ups_a."
    assert "remettre le compteur en ordre" in finding.missing_fr
    assert "water_intake, ups_a" in finding.missing_fr


def test_a_doubt_whose_meter_was_not_recorded_is_told_all_the_same(
    chapelle: SiteFacts, rulebook: RuleBook
) -> None:
    blank = Doubt(meter="", reason=DoubtReason.NOT_RECORDED)
    book = replace(rulebook, rules=(WATER,))
    declared = replace(wue(0.2, 0.01, blank), origin=Origin.DECLARED)

    (finding,) = evaluate(book, chapelle, only(declared), ON)

    assert finding.verdict is Verdict.COMPLIANT_NOT_PROVEN
    assert "A meter behind this value is in doubt" in finding.explanation_en
    assert "Un compteur derrière cette valeur est douteux" in finding.explanation_fr
    assert finding.missing_en.startswith("First put the meter right: the one in doubt. It would")


def test_a_value_withheld_for_a_doubt_names_the_meter_and_what_is_missing(
    chapelle: SiteFacts, rulebook: RuleBook
) -> None:
    away = replace(wue(0.2, 0.01, FROZEN), value=None, withheld=Withheld.LOW_COVERAGE)

    (finding,) = evaluate(replace(rulebook, rules=(WATER,)), chapelle, only(away), ON)

    assert finding.lack == MissingEvidence.NO_VALUE.value
    assert finding.missing_en.startswith("First put the meter right: water_intake. It takes")


def test_a_rule_that_says_nothing_of_a_site_names_no_doubt(chapelle: SiteFacts) -> None:
    later = judged(WATER, chapelle, wue(0.2, 0.0, FROZEN), on=date(2024, 12, 31))

    assert (later.verdict, later.doubts) == (Verdict.NOT_IN_FORCE, ())


def stepped(one: Rule) -> Rule:
    """0.4 from 2025, 0.3 from 2026."""
    first = one.parameter.values.entries[0]
    tighter = replace(first, in_force_from=date(2026, 1, 1), value=0.3)
    return replace(one, parameter=replace(one.parameter, values=DatedValue((first, tighter))))


@pytest.mark.parametrize(
    ("end", "law_of"),
    [
        # Midnight in Paris is 23 h UTC the day before in winter.
        (datetime(2025, 12, 31, 23, tzinfo=UTC), date(2025, 12, 31)),
        (datetime(2025, 12, 31, 23, 0, 0, 1, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 6, 30, 22, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 22, 0, 0, 1, tzinfo=UTC), date(2026, 7, 1)),
    ],
)
@pytest.mark.parametrize("on", [date(2024, 6, 1), date(2026, 11, 20)])
def test_a_closed_period_is_judged_by_the_law_of_its_last_day_whenever_it_is_judged(
    end: datetime, law_of: date, on: date, chapelle: SiteFacts
) -> None:
    running = wue(0.35)
    window = replace(running.window, start=end - timedelta(days=365), end=end, closed=True)
    expected = Verdict.COMPLIANT if law_of.year == 2025 else Verdict.BREACH

    outcome = judged(stepped(WATER), chapelle, replace(running, window=window), on=on)

    assert (outcome.verdict, outcome.on) == (expected, law_of)
    running = replace(running, window=replace(window, closed=False))
    by_day = judged(stepped(WATER), chapelle, running, on=on)
    assert by_day.on == on
    in_force = on.year >= 2025
    assert by_day.verdict is (Verdict.BREACH if in_force else Verdict.NOT_IN_FORCE)


@given(year=st.integers(2020, 2035), on=st.dates(date(2019, 1, 1), date(2040, 1, 1)))
def test_a_closed_period_does_not_depend_on_the_day_it_is_judged(
    year: int,
    on: date,
    chapelle: SiteFacts,
    rulebook: RuleBook,
    measure: Callable[..., KpiResult],
) -> None:
    end = datetime(year, 12, 31, 23, tzinfo=UTC)
    for one in rulebook.rules:
        if one.duty is not None:
            continue
        measured = measure(one, 0.3, 0.01)
        # A declared figure has no window, and a closed period holds an instant.
        length = max(measured.window.duration, timedelta(hours=1))
        window = replace(measured.window, start=end - length, end=end, closed=True)
        closed = replace(measured, window=window)

        by_day, at_its_end = (
            judge(one, chapelle, only(closed), day) for day in (on, date(year, 12, 31))
        )

        assert by_day == at_its_end
