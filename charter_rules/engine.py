"""From KPIs to verdicts: pure, the same for the same inputs, whoever runs it and when."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from math import isfinite

from charter_rules.applicability import first_unmet
from charter_rules.conditions import (
    FixedGuardBand,
    decide,
    exact,
    signed_margin,
    weigh,
)
from charter_rules.dated import Absence, months_later
from charter_rules.explanation import explain
from charter_rules.facts import SiteFacts
from charter_rules.findings import Finding, Verdict
from charter_rules.kpis import KPIS
from charter_rules.outcome import Lack, Outcome, Standing
from charter_rules.rulebook import Rule, RuleBook
from charter_rules.wording_en import ENGLISH
from charter_rules.wording_fr import FRENCH
from models.kpi.result import KpiResult

_SECONDS_PER_HOUR = 3600.0


def evaluate(
    rulebook: RuleBook,
    facts: SiteFacts,
    kpis: Mapping[tuple[str, str], KpiResult],
    on: date,
) -> tuple[Finding, ...]:
    """Apply every rule of a charter to one site on one day.

    Parameters
    ----------
    rulebook : RuleBook
        The charter.
    facts : SiteFacts
        What decides which rules apply.
    kpis : mapping of (kpi, window) to KpiResult
        The measurements; a missing one gives insufficient data, never compliance.
    on : date
        The day whose law is applied.

    Returns
    -------
    tuple of Finding
        One per rule, in the order of the charter.
    """
    outcomes = (
        judge(rule, facts, kpis.get((rule.kpi, rule.window.name)), on) for rule in rulebook.rules
    )
    return tuple(_finding(outcome, rulebook) for outcome in outcomes)


def judge(rule: Rule, facts: SiteFacts, result: KpiResult | None, on: date) -> Outcome:
    """Reach the verdict on one rule, without putting it into words."""
    standing = _standing(rule, facts, on)
    outcome = Outcome(
        rule=rule,
        facts=facts,
        on=on,
        kpi=result,
        standing=standing,
        verdict=Verdict.NOT_IN_FORCE,
        threshold=_threshold(rule, standing),
    )
    unmet = first_unmet(rule.applies_when, facts)
    if unmet is not None:
        return replace(outcome, verdict=Verdict.NOT_APPLICABLE, unmet=unmet)
    if not standing.in_force:
        return outcome
    lack = _lack(rule, standing, result)
    if lack is not None or result is None:
        return replace(outcome, verdict=Verdict.INSUFFICIENT_DATA, lack=lack)
    return _weighed(outcome, result)


def _weighed(outcome: Outcome, result: KpiResult) -> Outcome:
    rule = outcome.rule
    if outcome.threshold is None or result.value is None:
        msg = f"rule {rule.id} was weighed without a threshold or a value"
        raise ValueError(msg)
    fixed = rule.guard_band if isinstance(rule.guard_band, FixedGuardBand) else None
    guard_band = fixed.width if fixed else exact(result.expanded_uncertainty or 0.0)
    margin = signed_margin(rule.comparison, exact(result.value), outcome.threshold)
    plain = decide(margin, guard_band, strict=fixed.strict if fixed else False)
    verdict = weigh(plain, result.origin, rule.evidence)
    return replace(
        outcome,
        verdict=verdict,
        guard_band=guard_band,
        margin=margin,
        tempered=verdict is not plain,
    )


def _threshold(rule: Rule, standing: Standing) -> Decimal | None:
    value = standing.entry.value
    return None if value is None else exact(value) * rule.parameter.factor


def _standing(rule: Rule, facts: SiteFacts, on: date) -> Standing:
    values = rule.parameter.values
    grace = rule.grace_months_after_entry
    bound_from = months_later(facts.entry_into_operation, grace) if grace else date.min
    day = max(on, bound_from)
    entry = values.at(day)
    coming = values.next_after(day)
    if entry is None:
        first = values.entries[0]
        return Standing(
            entry=first,
            due=first.in_force_from,
            coming=values.next_after(first.in_force_from),
            in_force=False,
        )
    if entry.absence is Absence.REPEALED:
        due = None if coming is None else coming.in_force_from
        return Standing(entry=coming or entry, due=due, coming=None, in_force=False)
    due = max(entry.in_force_from, bound_from)
    return Standing(entry=entry, due=due, coming=coming, in_force=due <= on)


def _lack(rule: Rule, standing: Standing, result: KpiResult | None) -> Lack | None:
    """First thing that is missing; what no measurement could cure comes first."""
    if not standing.published:
        return Lack.THRESHOLD_NOT_PUBLISHED
    if result is None:
        return Lack.NO_RESULT
    return _lack_of_result(rule, result)


def _lack_of_result(rule: Rule, result: KpiResult) -> Lack | None:
    _refuse_foreign(rule, result)
    if result.withheld or result.value is None or not isfinite(result.value):
        return Lack.NO_VALUE
    if result.window.duration.total_seconds() < rule.window.min_hours * _SECONDS_PER_HOUR:
        return Lack.SHORT_WINDOW
    # Written so that a coverage of NaN lacks, too.
    if not result.coverage_ratio >= rule.min_coverage_ratio:
        return Lack.LOW_COVERAGE
    if not isinstance(rule.guard_band, FixedGuardBand):
        uncertainty = result.expanded_uncertainty
        if uncertainty is None or not isfinite(uncertainty) or uncertainty < 0.0:
            return Lack.NO_UNCERTAINTY
    return None


def _refuse_foreign(rule: Rule, result: KpiResult) -> None:
    unit = KPIS[rule.kpi].unit
    if result.kpi != rule.kpi or result.unit != unit:
        msg = (
            f"rule {rule.id} needs {rule.kpi} in {unit}, "
            f"but was given {result.kpi} in {result.unit}"
        )
        raise ValueError(msg)


def _finding(outcome: Outcome, rulebook: RuleBook) -> Finding:
    rule, standing = outcome.rule, outcome.standing
    parameter, reference = rule.parameter, standing.entry.reference
    return Finding(
        rule_id=rule.id,
        rule_version=rule.version,
        axis=rule.axis,
        title_fr=rule.title_fr,
        title_en=rule.title_en,
        verdict=outcome.verdict,
        on=outcome.on,
        kpi=outcome.kpi,
        comparison=rule.comparison.value,
        threshold=None if outcome.threshold is None else float(outcome.threshold),
        threshold_unit=KPIS[rule.kpi].unit,
        threshold_in_force_from=standing.due,
        guard_band=float(outcome.guard_band),
        margin=None if outcome.margin is None else float(outcome.margin),
        legal_status=parameter.legal_status,
        verification=parameter.verification,
        reference_title=reference.title,
        reference_article=reference.article,
        reference_url=reference.url,
        explanation_fr=explain(outcome, FRENCH, rulebook.timezone),
        explanation_en=explain(outcome, ENGLISH, rulebook.timezone),
    )
