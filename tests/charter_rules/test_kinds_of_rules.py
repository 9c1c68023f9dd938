"""What is asked besides a limit: a range, a trend, a presence, a declaration; and the unknown."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from charter_rules.facts import Author, Declaration, IcpeRegime, SiteFacts
from charter_rules.findings import Axis, LegalStatus, Severity, Verdict, Verification
from charter_rules.judging.applicability import (
    MinAiShare,
    MinFloorArea,
    SiteCondition,
    TotalInputAbove,
    UnderIcpeRegime,
)
from charter_rules.judging.conditions import Comparison, Evidence, ExpandedUncertainty
from charter_rules.judging.engine import evaluate, judge
from charter_rules.judging.outcome import MissingEvidence, Outcome
from charter_rules.law.dated import Absence, DatedEntry, DatedValue, Reference
from charter_rules.law.kpis import DECLARATION
from charter_rules.law.rulebook import (
    AmbientLevel,
    BreachPolicy,
    DeclaredDuty,
    Parameter,
    Rule,
    RuleBook,
    RuleWindow,
)
from models.kpi.result import KpiResult, Withheld
from models.readings import Origin, Window
from models.site.dated import FactsFrom

TODAY = date(2026, 11, 20)
END = datetime(2026, 11, 20, tzinfo=UTC)


def parameter(value: float | None, absence: Absence | None = None, unit: str = "degC") -> Parameter:
    entry = DatedEntry(
        in_force_from=date(2025, 1, 1),
        value=value,
        absence=absence,
        verification=Verification.READ_IN_SOURCE,
        published_on=None,
        reference=Reference(title="t", article="a", url=None),
    )
    return Parameter(
        id="p",
        unit=unit,
        factor=Decimal("0.01") if unit == "%" else Decimal(1),
        values=DatedValue((entry,)),
        legal_status=LegalStatus.VOLUNTARY,
    )


def rule(comparison: Comparison, dating: Parameter, kpi: str, window: str, **more: object) -> Rule:
    plain = Rule(
        id="r",
        version=1,
        sha256="0" * 64,
        axis=Axis.ENERGY,
        title_fr="t",
        title_en="t",
        text_fr="t",
        text_en="t",
        remedy_fr="Réparer.",
        remedy_en="Repair it.",
        kpi=kpi,
        window=RuleWindow(name=window, min_hours=24.0),
        comparison=comparison,
        parameter=dating,
        min_coverage_ratio=0.9,
        guard_band=ExpandedUncertainty(),
        evidence=Evidence.MEASUREMENT,
        severity=Severity.OBLIGATION,
        applies_when=(),
        grace_months_after_entry=None,
        breach=BreachPolicy(opens_after_hours=0.0, closes_after_hours=0.0, remediation_days=None),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def result(kpi: str, unit: str, window: str, value: float | None, u: float = 0.0) -> KpiResult:
    # What was measured is never certain: where it does not matter, a ten-thousandth.
    if u == 0.0 and value is not None:
        u = 1e-4 * abs(value)
    return KpiResult(
        kpi=kpi,
        window=Window(name=window, start=END - timedelta(days=30), end=END),
        unit=unit,
        value=value,
        expanded_uncertainty=u,
        coverage_ratio=1.0,
    )


def judged(one: Rule, site: SiteFacts, *results: KpiResult, on: date = TODAY) -> Outcome:
    return judge(one, site, {(r.kpi, r.window.name): r for r in results}, on)


@pytest.mark.parametrize(
    ("temp_degc", "expected"),
    [
        (22.0, Verdict.COMPLIANT),
        (18.0, Verdict.COMPLIANT_NOT_PROVEN),
        (27.0, Verdict.COMPLIANT_NOT_PROVEN),
        (18.5, Verdict.COMPLIANT),
        (17.9, Verdict.SUSPECTED),
        (27.1, Verdict.SUSPECTED),
        (17.4, Verdict.BREACH),
        (27.6, Verdict.BREACH),
    ],
)
def test_a_range_is_held_at_both_ends(
    temp_degc: float, expected: Verdict, chapelle: SiteFacts
) -> None:
    air = rule(
        Comparison.BETWEEN, parameter(18.0), "inlet_air_temp", "month", upper=parameter(27.0)
    )

    outcome = judged(air, chapelle, result("inlet_air_temp", "degC", "month", temp_degc, 0.5))

    assert outcome.verdict is expected
    assert outcome.threshold_high == 27


@pytest.mark.parametrize(
    ("now_kwh", "u_kwh", "expected"),
    [
        (500.0, 0.0, Verdict.COMPLIANT),
        (600.0, 0.0, Verdict.COMPLIANT_NOT_PROVEN),  # -40 % exactly
        (590.0, 20.0, Verdict.COMPLIANT_NOT_PROVEN),
        (610.0, 20.0, Verdict.SUSPECTED),
        (650.0, 20.0, Verdict.BREACH),
    ],
)
def test_a_trend_weighs_the_change(
    now_kwh: float, u_kwh: float, expected: Verdict, chapelle: SiteFacts
) -> None:
    fall = rule(
        Comparison.TREND,
        parameter(-40.0, unit="%"),
        "facility_energy",
        "12months",
        against="base_year",
    )
    now = result("facility_energy", "kWh", "12months", now_kwh, u_kwh)
    then = result("facility_energy", "kWh", "base_year", 1000.0)

    outcome = judged(fall, chapelle, now, then)

    assert outcome.verdict is expected
    assert float(outcome.value or 0) == pytest.approx(now_kwh / 1000.0 - 1.0)
    assert judged(fall, chapelle, now).missing is MissingEvidence.NO_EARLIER_RESULT


def test_the_uncertainty_of_a_change_is_that_of_a_quotient(chapelle: SiteFacts) -> None:
    """Both 2 %: the quotient has 2.83 %, of 0.5 it is 0.01414 (GUM, 5.1.2)."""
    fall = rule(
        Comparison.TREND,
        parameter(0.0, unit="%"),
        "facility_energy",
        "12months",
        against="base_year",
    )
    now = result("facility_energy", "kWh", "12months", 500.0, 10.0)
    then = result("facility_energy", "kWh", "base_year", 1000.0, 20.0)

    assert float(judged(fall, chapelle, now, then).guard_band) == pytest.approx(0.0141421, abs=1e-6)


def test_a_presence_asks_for_a_meter(chapelle: SiteFacts) -> None:
    known = rule(Comparison.PRESENT, parameter(None, Absence.NO_FIGURE), "wue", "12months")
    there = result("wue", "L/kWh", "12months", 0.2)
    gap = replace(there, value=None, withheld=Withheld.LOW_COVERAGE)
    none = replace(there, value=None, withheld=Withheld.NO_METER)

    assert judged(known, chapelle, there).verdict is Verdict.COMPLIANT
    assert judged(known, chapelle, none).verdict is Verdict.BREACH
    assert judged(known, chapelle, gap).verdict is Verdict.INSUFFICIENT_DATA
    assert judged(known, chapelle).missing is MissingEvidence.NO_RESULT
    said = replace(there, origin=Origin.DECLARED)
    assert judged(known, chapelle, said).verdict is Verdict.COMPLIANT_NOT_PROVEN


def report(**changes: object) -> Declaration:
    said = Declaration(
        key="report", made=True, made_on=date(2026, 5, 1), for_year=2025, document="d"
    )
    return replace(said, **changes)  # type: ignore[arg-type]


YEARLY = rule(
    Comparison.DECLARED,
    parameter(None, Absence.NO_FIGURE),
    DECLARATION,
    "declared",
    duty=DeclaredDuty(key="report", yearly_by=(5, 15)),
    evidence=Evidence.DECLARATION,
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((), Verdict.NOT_HANDED_IN),
        ((report(),), Verdict.DECLARED_UNCHECKED),
        ((report(author=Author.INSPECTOR),), Verdict.COMPLIANT),
        ((report(author=Author.AUTHORITY),), Verdict.COMPLIANT),
        ((report(author=Author.TAKER),), Verdict.DECLARED_UNCHECKED),
        ((report(made_on=date(2026, 5, 15)),), Verdict.DECLARED_UNCHECKED),
        ((report(made_on=date(2026, 5, 16)),), Verdict.LATE),
        ((report(made_on=date(2026, 5, 16), author=Author.INSPECTOR),), Verdict.LATE),
        ((report(made=False),), Verdict.BREACH),
        ((report(for_year=2024),), Verdict.NOT_HANDED_IN),
        ((report(key="other"),), Verdict.NOT_HANDED_IN),
        ((report(made_on=date(2026, 12, 1)),), Verdict.NOT_HANDED_IN),
        ((report(received_on=date(2026, 12, 1)),), Verdict.NOT_HANDED_IN),
        # It was late, and then it was done.
        ((report(made=False), report(made_on=date(2026, 8, 1))), Verdict.LATE),
        # An inspection outranks the operator's word, whatever the dates.
        (
            (report(made=False, author=Author.INSPECTOR), report(made_on=date(2026, 8, 1))),
            Verdict.BREACH,
        ),
        ((report(author=Author.INSPECTOR), report(made=False)), Verdict.COMPLIANT),
    ],
)
def test_a_yearly_duty_is_kept_by_the_declaration_of_its_year(
    said: tuple[Declaration, ...], expected: Verdict, chapelle: SiteFacts
) -> None:
    site = replace(chapelle, declarations=said)

    assert judged(YEARLY, site).verdict is expected
    assert judged(YEARLY, replace(site, declarations=said[::-1])).verdict is expected


def test_a_yearly_duty_binds_from_its_first_date_for_a_year_of_operation(
    chapelle: SiteFacts,
) -> None:
    young = replace(chapelle, entry_into_operation=date(2026, 3, 1))

    assert judged(YEARLY, chapelle, on=date(2025, 5, 14)).verdict is Verdict.NOT_IN_FORCE
    assert judged(YEARLY, chapelle, on=date(2025, 5, 15)).due_on == date(2025, 5, 15)
    assert judged(YEARLY, young, on=date(2027, 5, 14)).verdict is Verdict.NOT_IN_FORCE
    assert judged(YEARLY, young, on=date(2027, 5, 15)).verdict is Verdict.INSUFFICIENT_DATA
    assert judged(YEARLY, young, on=date(2027, 5, 16)).verdict is Verdict.NOT_HANDED_IN


def test_a_declaration_is_no_proof_where_a_measurement_is_asked_for(chapelle: SiteFacts) -> None:
    strict = replace(YEARLY, evidence=Evidence.MEASUREMENT)

    found = report(author=Author.INSPECTOR)
    outcome = judged(strict, replace(chapelle, declarations=(found,)))

    assert outcome.verdict is Verdict.COMPLIANT_NOT_PROVEN
    assert outcome.downgraded


@pytest.mark.parametrize(
    ("condition", "known"),
    [
        (TotalInputAbove(1000.0), {"total_rated_input_kw": 1000.0}),
        (MinFloorArea(1000.0), {"floor_area_m2": 999.0}),
        (MinAiShare(0.2), {"ai_share_ratio": 0.1}),
        (UnderIcpeRegime((IcpeRegime.AUTHORISATION,)), {"icpe_regime": IcpeRegime.NONE}),
    ],
)
def test_what_is_not_known_of_a_site_is_neither_yes_nor_no(
    condition: SiteCondition, known: dict[str, object], chapelle: SiteFacts
) -> None:
    limit = rule(Comparison.AT_MOST, parameter(0.4, unit="L/kWh"), "wue", "12months")
    limit = replace(limit, applies_when=(condition,))
    there = result("wue", "L/kWh", "12months", 0.2)

    unknown = judged(limit, chapelle, there)
    excluded = judged(limit, replace(chapelle, **known), there)  # type: ignore[arg-type]

    assert (unknown.verdict, unknown.missing) == (
        Verdict.INSUFFICIENT_DATA,
        MissingEvidence.UNKNOWN_FACT,
    )
    assert excluded.verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("ambient_dba", "expected"),
    [
        (35.0, Verdict.NOT_APPLICABLE),
        (35.1, Verdict.COMPLIANT),
        (45.0, Verdict.COMPLIANT),
        (45.1, Verdict.NOT_APPLICABLE),
        (None, Verdict.INSUFFICIENT_DATA),
    ],
)
def test_an_emergence_is_judged_at_its_ambient_level(
    ambient_dba: float | None, expected: Verdict, chapelle: SiteFacts
) -> None:
    quiet = rule(
        Comparison.AT_MOST,
        parameter(4.0, unit="dB(A)"),
        "noise_emergence_night",
        "last_night",
        at_level=AmbientLevel(above_dba=35.0, up_to_dba=45.0),
    )
    night = replace(
        result("noise_emergence_night", "dB(A)", "last_night", 1.0), numerator=ambient_dba
    )

    assert judged(quiet, chapelle, night).verdict is expected


def test_every_kind_is_explained_in_both_languages(chapelle: SiteFacts, rulebook: RuleBook) -> None:
    air = rule(
        Comparison.BETWEEN, parameter(18.0), "inlet_air_temp", "month", upper=parameter(27.0)
    )
    fall = rule(
        Comparison.TREND,
        parameter(-40.0, unit="%"),
        "facility_energy",
        "12months",
        against="base_year",
    )
    kpis = {
        ("inlet_air_temp", "month"): result("inlet_air_temp", "degC", "month", 27.1, 0.5),
        ("facility_energy", "12months"): result("facility_energy", "kWh", "12months", 650.0, 20.0),
        ("facility_energy", "base_year"): result("facility_energy", "kWh", "base_year", 1000.0),
    }
    site = replace(chapelle, declarations=(report(made=False),))
    book = replace(rulebook, rules=(air, fall, YEARLY))

    range_, trend, duty = evaluate(book, site, kpis, TODAY)

    assert "between 18\u00a0°C and 27\u00a0°C" in range_.explanation_en
    assert "entre 18\u202f°C et 27\u202f°C" in range_.explanation_fr
    assert "It would take an uncertainty of at most 0.1" in range_.missing_en
    assert "Change from the base year: \u221235.0\u00a0±\u00a02.0\u00a0%" in trend.explanation_en
    assert trend.explanation_fr.endswith("Mesure corrective\u00a0: Réparer.")
    assert "Not done, says the operator (1 May 2026): d." in duty.explanation_en
    assert duty.remedy_en == "Repair it."


def test_the_past_is_judged_by_the_facts_of_its_day(chapelle: SiteFacts) -> None:
    """A site that grew in 2026 owed nothing before, whenever that is judged."""
    large = rule(Comparison.AT_MOST, parameter(0.4, unit="L/kWh"), "wue", "12months")
    large = replace(large, applies_when=(MinFloorArea(1000.0),))
    grown = replace(
        chapelle,
        floor_area_m2=500.0,
        changes=(FactsFrom(date(2026, 6, 1), (("floor_area_m2", 1500.0),)),),
    )
    used = result("wue", "L/kWh", "12months", 0.9)

    before = judged(large, grown, used, on=date(2026, 5, 31))
    after = judged(large, grown, used, on=date(2026, 6, 1))

    assert (before.verdict, after.verdict) == (Verdict.NOT_APPLICABLE, Verdict.BREACH)
    assert (before.facts.floor_area_m2, after.facts.floor_area_m2) == (500.0, 1500.0)
    year = replace(used.window, start=datetime(2025, 1, 1, tzinfo=UTC), end=END, closed=True)
    closed = replace(used, window=replace(year, end=datetime(2025, 12, 31, 23, tzinfo=UTC)))
    assert judged(large, grown, closed, on=TODAY).verdict is Verdict.NOT_APPLICABLE
