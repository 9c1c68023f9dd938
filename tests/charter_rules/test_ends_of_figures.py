"""Figures at the end of what they can be, of what they are worth, and of what a rule is for."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from charter_rules.facts import SiteFacts
from charter_rules.findings import Verdict
from charter_rules.judging.applicability import MinFloorArea, PublicOperator
from charter_rules.judging.conditions import Comparison, TextReserve
from charter_rules.judging.measured import Measured
from charter_rules.judging.outcome import MissingEvidence
from charter_rules.law.rulebook import AmbientLevel, Rule
from models.kpi.result import KpiResult, Withheld
from models.readings import Origin
from tests.charter_rules.test_kinds_of_rules import judged, parameter, result, rule

WHOLE = rule(Comparison.AT_LEAST, parameter(100.0, unit="%"), "ref", "12months")
DRY = rule(Comparison.AT_MOST, parameter(0.0, unit="L/kWh"), "wue", "12months")
SILENT = rule(
    Comparison.AT_MOST, parameter(10.0, unit="dB(A)"), "noise_boundary_night", "last_night"
)
PUE = rule(Comparison.AT_MOST, parameter(1.5, unit="ratio"), "pue", "12months")
ENERGY = rule(Comparison.AT_MOST, parameter(1000000.1, unit="kWh"), "facility_energy", "12months")
STRICT = TextReserve(width=Decimal("0.1"), strict=True, reason_fr="r", reason_en="r")
PROVEN, UNPROVEN = Verdict.COMPLIANT, Verdict.COMPLIANT_NOT_PROVEN


def of(one: Rule, value: float, u: float, **more: object) -> KpiResult:
    unit = one.parameter.unit.replace("%", "ratio")
    found = result(one.kpi, unit, one.window.name, value)
    return replace(found, expanded_uncertainty=u, **more)  # type: ignore[arg-type]  # of any type


@pytest.mark.parametrize(
    ("one", "value", "u", "expected"),
    [
        # the coverage asked for, 90 %, leaves a tenth open
        (WHOLE, 1.0, 0.05, PROVEN),
        (WHOLE, 1.0, 0.1, PROVEN),
        (WHOLE, 1.0, 0.1001, UNPROVEN),
        (WHOLE, 0.999, 0.05, Verdict.SUSPECTED),
        (replace(WHOLE, strict=True), 1.0, 0.05, Verdict.SUSPECTED),
        (replace(WHOLE, comparison=Comparison.AT_MOST), 1.0, 0.05, UNPROVEN),
        (replace(WHOLE, min_coverage_ratio=0.5), 1.0, 0.4, PROVEN),
        (replace(WHOLE, parameter=parameter(90.0, unit="%")), 1.0, 0.1, PROVEN),
        (replace(WHOLE, parameter=parameter(90.0, unit="%")), 1.0, 0.1001, UNPROVEN),
        (DRY, 0.0, 0.1, PROVEN),
        (DRY, 0.0, 0.1001, UNPROVEN),
        (replace(DRY, strict=True), 0.0, 0.05, Verdict.SUSPECTED),
        # a tenth of the figure itself where it has a size
        (SILENT, 10.0, 0.9, PROVEN),
        (SILENT, 10.0, 1.1, UNPROVEN),
    ],
)
def test_a_figure_proves_an_end_that_it_can_only_touch(
    chapelle: SiteFacts, one: Rule, value: float, u: float, expected: Verdict
) -> None:
    assert judged(one, chapelle, of(one, value, u)).verdict is expected


@pytest.mark.parametrize(
    ("one", "value", "u", "expected"),
    [
        # binary figures would be a hair off here
        (ENERGY, 999900.0, 100.1, PROVEN),
        (ENERGY, 1000100.3, 100.2, Verdict.SUSPECTED),
        (ENERGY, 999900.0, 100.2, UNPROVEN),
        (replace(PUE, guard_band=STRICT), 1.4, 0.01, UNPROVEN),
        (replace(PUE, guard_band=STRICT), 1.39, 0.01, PROVEN),
        (replace(PUE, guard_band=replace(STRICT, strict=False)), 1.4, 0.01, PROVEN),
        (replace(PUE, strict=True), 1.4, 0.1, UNPROVEN),
    ],
)
def test_the_edge_of_a_guard_band_is_met_to_the_last_digit(
    chapelle: SiteFacts, one: Rule, value: float, u: float, expected: Verdict
) -> None:
    assert judged(one, chapelle, of(one, value, u)).verdict is expected


@pytest.mark.parametrize(
    ("one", "value", "u", "coverage", "impossible"),
    [
        (PUE, 0.99, 0.02, 1.0, False),
        (PUE, 0.98, 0.02, 1.0, False),
        (PUE, 0.98, 0.01, 1.0, True),
        (PUE, 0.5, 0.0001, 1.0, True),
        (WHOLE, 1.01, 0.02, 1.0, False),
        (WHOLE, 1.02, 0.02, 1.0, False),
        (WHOLE, 1.03, 0.02, 1.0, True),
        (PUE, 1.2, 0.01, 1.0 + 1e-10, False),
        (PUE, 1.2, 0.01, 1.001, True),
        (PUE, 1.2, 0.01, 2.5, True),
        # what is not known, or is no uncertainty, makes no room
        (PUE, 0.99, float("inf"), 1.0, True),
        (PUE, 0.99, -1.0, 1.0, True),
        (PUE, 0.99, float("nan"), 1.0, True),
    ],
)
def test_what_cannot_be_is_impossible_by_more_than_its_uncertainty(
    chapelle: SiteFacts, one: Rule, value: float, u: float, coverage: float, impossible: bool
) -> None:
    found = judged(one, chapelle, of(one, value, u, coverage_ratio=coverage))

    assert (found.missing is MissingEvidence.IMPOSSIBLE) is impossible


@pytest.mark.parametrize(
    ("u", "origin", "known"),
    [
        (1.2e-5, Origin.MEASURED, True),
        (1.1e-5, Origin.MEASURED, False),
        (1.1e-5, Origin.IMPORTED, False),
        (0.0, Origin.DECLARED, True),
        (-0.1, Origin.DECLARED, False),
        (float("inf"), Origin.DECLARED, False),
        (float("nan"), Origin.MEASURED, False),
    ],
)
def test_nothing_is_measured_better_than_the_best_meter(
    chapelle: SiteFacts, u: float, origin: Origin, known: bool
) -> None:
    found = judged(PUE, chapelle, of(PUE, 1.2, u, origin=origin))

    assert (found.missing is not MissingEvidence.NO_UNCERTAINTY) is known


@pytest.mark.parametrize(
    ("coverage", "hours", "missing"),
    [
        (0.9, 24.0, None),
        (0.8999, 24.0, MissingEvidence.LOW_COVERAGE),
        (float("nan"), 24.0, MissingEvidence.LOW_COVERAGE),
        (1.0, 23.99, MissingEvidence.SHORT_WINDOW),
    ],
)
def test_exactly_what_is_asked_for_is_enough(
    chapelle: SiteFacts, coverage: float, hours: float, missing: MissingEvidence | None
) -> None:
    found = of(PUE, 1.2, 0.01, coverage_ratio=coverage)
    window = replace(found.window, start=found.window.end - timedelta(hours=hours))

    assert judged(PUE, chapelle, replace(found, window=window)).missing is missing


@pytest.mark.parametrize(
    ("ambient", "up_to", "expected"),
    [
        (35.0, 45.0, Verdict.NOT_APPLICABLE),
        (35.1, 45.0, Verdict.BREACH),
        (45.0, 45.0, Verdict.BREACH),
        (45.1, 45.0, Verdict.NOT_APPLICABLE),
        (99.0, None, Verdict.BREACH),
        (None, 45.0, Verdict.INSUFFICIENT_DATA),
    ],
)
def test_a_rule_for_some_levels_is_for_those_above_the_one_and_up_to_the_other(
    chapelle: SiteFacts, ambient: float | None, up_to: float | None, expected: Verdict
) -> None:
    some = replace(SILENT, at_level=AmbientLevel(above_dba=35.0, up_to_dba=up_to))

    assert judged(some, chapelle, of(some, 20.0, 1.0, numerator=ambient)).verdict is expected


def test_an_unknown_category_is_none() -> None:
    assert Measured.of(of(PUE, 1.2, 0.01)).category.item() == 0
    assert Measured.of(of(PUE, 1.2, 0.01, category=2)).category.item() == 2


def test_a_figure_that_is_withheld_is_not_judged(chapelle: SiteFacts) -> None:
    withheld = of(PUE, 1.2, 0.01, withheld=Withheld.FROZEN)

    assert judged(PUE, chapelle, withheld).missing is MissingEvidence.NO_VALUE


def test_an_unknown_fact_is_only_named_where_it_decides(chapelle: SiteFacts) -> None:
    private = replace(PUE, applies_when=(MinFloorArea(1000.0), PublicOperator(public=False)))
    found = judged(private, chapelle, of(PUE, 1.2, 0.01))

    assert (found.verdict, found.unknown) == (Verdict.NOT_APPLICABLE, None)
    assert found.unmet == PublicOperator(public=False)
