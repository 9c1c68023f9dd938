"""From KPIs to verdicts: pure, the same for the same inputs, whoever runs it and when."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from math import isfinite

from charter_rules.applicability import first_unknown, first_unmet
from charter_rules.conditions import (
    NUMERIC,
    Comparison,
    FixedGuardBand,
    decide,
    exact,
    signed_margin,
    weigh,
)
from charter_rules.duties import judge_declaration
from charter_rules.facts import SiteFacts
from charter_rules.finding import finding_of
from charter_rules.findings import Finding, Verdict
from charter_rules.kpis import spec_of
from charter_rules.outcome import Lack, Outcome
from charter_rules.rulebook import Rule, RuleBook
from charter_rules.standing import standing_of, thresholds_of
from charter_rules.trend import change
from models.kpi.result import KpiResult, Withheld

Measured = Mapping[tuple[str, str], KpiResult]

_SECONDS_PER_HOUR = 3600.0


def evaluate(
    rulebook: RuleBook,
    facts: SiteFacts,
    kpis: Measured,
    on: date,
    *,
    known_on: datetime | None = None,
    code_version: str = "",
) -> tuple[Finding, ...]:
    """Apply every rule of a charter to one site on one day.

    Parameters
    ----------
    rulebook : RuleBook
        The charter.
    facts : SiteFacts
        What decides which rules apply, and what was declared.
    kpis : mapping of (kpi, window) to KpiResult
        The measurements; a missing one gives insufficient data, never compliance.
    on : date
        The day whose law is applied.
    known_on : aware datetime, optional
        The instant up to which data were taken in; it is written in the finding.
    code_version : str, optional
        The program that computed the KPIs; it is written in the finding.

    Returns
    -------
    tuple of Finding
        One per rule, in the order of the charter.
    """
    return tuple(
        finding_of(judge(rule, facts, kpis, on), rulebook.timezone, known_on, code_version)
        for rule in rulebook.rules
    )


def judge(rule: Rule, facts: SiteFacts, kpis: Measured, on: date) -> Outcome:
    """Reach the verdict on one rule, without putting it into words."""
    result = kpis.get((rule.kpi, rule.window.name))
    standing = standing_of(rule, facts, on)
    low, high = thresholds_of(rule, standing)
    outcome = Outcome(
        rule=rule,
        facts=facts,
        on=on,
        kpi=result,
        standing=standing,
        verdict=Verdict.NOT_IN_FORCE,
        threshold=low,
        threshold_high=high,
    )
    unmet = first_unmet(rule.applies_when, facts)
    if unmet is not None:
        return replace(outcome, verdict=Verdict.NOT_APPLICABLE, unmet=unmet)
    if not standing.in_force:
        return outcome
    unknown = first_unknown(rule.applies_when, facts)
    if unknown is not None:
        return replace(_lacking(outcome, Lack.UNKNOWN_FACT), unknown=unknown)
    if not standing.published:
        return _lacking(outcome, Lack.THRESHOLD_NOT_PUBLISHED)
    if rule.comparison is Comparison.DECLARED:
        return judge_declaration(outcome)
    return _judge_result(outcome, result, kpis)


def _judge_result(outcome: Outcome, result: KpiResult | None, kpis: Measured) -> Outcome:
    rule = outcome.rule
    if result is None:
        return _lacking(outcome, Lack.NO_RESULT)
    _refuse_foreign(rule, result)
    if rule.comparison is Comparison.PRESENT and result.withheld is Withheld.NO_METER:
        return replace(outcome, verdict=Verdict.BREACH)
    lack = _lack_of_result(rule, result)
    if lack is not None:
        return _lacking(outcome, lack)
    if not _at_level(rule, result):
        return replace(outcome, verdict=Verdict.NOT_APPLICABLE, off_level=True)
    return _judge_sound(outcome, result, kpis)


def _judge_sound(outcome: Outcome, result: KpiResult, kpis: Measured) -> Outcome:
    """The verdict on a KPI that has what the rule asks of it."""
    rule = outcome.rule
    if rule.comparison is Comparison.PRESENT:
        return _tempered(outcome, Verdict.COMPLIANT, result)
    if rule.comparison is not Comparison.TREND:
        value, expanded = result.value or 0.0, result.expanded_uncertainty or 0.0
        return _weighed(outcome, result, exact(value), exact(expanded))
    changed = change(result, kpis.get((rule.kpi, rule.against or "")))
    if changed is None:
        return _lacking(outcome, Lack.NO_EARLIER_RESULT)
    return _weighed(outcome, result, exact(changed.ratio), exact(changed.expanded_uncertainty))


def _weighed(outcome: Outcome, result: KpiResult, value: Decimal, expanded: Decimal) -> Outcome:
    rule = outcome.rule
    if outcome.threshold is None:
        msg = f"rule {rule.id} was weighed without a threshold"
        raise ValueError(msg)
    fixed = rule.guard_band if isinstance(rule.guard_band, FixedGuardBand) else None
    guard_band = fixed.width if fixed else expanded
    margin = signed_margin(rule.comparison, value, outcome.threshold, outcome.threshold_high)
    plain = decide(margin, guard_band, strict=fixed.strict if fixed else False)
    weighed = replace(outcome, value=value, guard_band=guard_band, margin=margin)
    return _tempered(weighed, plain, result)


def _tempered(outcome: Outcome, plain: Verdict, result: KpiResult) -> Outcome:
    verdict = weigh(plain, result.origin, outcome.rule.evidence)
    return replace(outcome, verdict=verdict, tempered=verdict is not plain)


def _lacking(outcome: Outcome, lack: Lack) -> Outcome:
    return replace(outcome, verdict=Verdict.INSUFFICIENT_DATA, lack=lack)


def _lack_of_result(rule: Rule, result: KpiResult) -> Lack | None:
    if result.withheld or result.value is None or not isfinite(result.value):
        return Lack.NO_VALUE
    if result.window.duration.total_seconds() < rule.window.min_hours * _SECONDS_PER_HOUR:
        return Lack.SHORT_WINDOW
    # Written so that a coverage of NaN lacks, too.
    if not result.coverage_ratio >= rule.min_coverage_ratio:
        return Lack.LOW_COVERAGE
    if rule.comparison in NUMERIC and not isinstance(rule.guard_band, FixedGuardBand):
        uncertainty = result.expanded_uncertainty
        if uncertainty is None or not isfinite(uncertainty) or uncertainty < 0.0:
            return Lack.NO_UNCERTAINTY
    if rule.at_level is not None and result.numerator is None:
        return Lack.NO_LEVEL
    return None


def _at_level(rule: Rule, result: KpiResult) -> bool:
    """Whether the ambient level is one that the rule is for."""
    level, ambient = rule.at_level, result.numerator
    if level is None or ambient is None:
        return True
    return level.above_dba < ambient and (level.up_to_dba is None or ambient <= level.up_to_dba)


def _refuse_foreign(rule: Rule, result: KpiResult) -> None:
    unit = spec_of(rule.kpi).unit
    if result.kpi != rule.kpi or result.unit != unit:
        msg = (
            f"rule {rule.id} needs {rule.kpi} in {unit}, "
            f"but was given {result.kpi} in {result.unit}"
        )
        raise ValueError(msg)
