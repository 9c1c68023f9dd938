"""From an outcome to a finding: the same, with its words, for those who only read."""

from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Final

from charter_rules.findings import DecisionRule, Finding
from charter_rules.judging.conditions import (
    NUMERIC,
    Comparison,
    ExpandedUncertainty,
    Tabulated,
    TextReserve,
)
from charter_rules.judging.outcome import Outcome
from charter_rules.law.kpis import CHANGE, spec_of
from charter_rules.law.rulebook import Rule
from charter_rules.wording.conclusion import what_is_missing
from charter_rules.wording.english import ENGLISH
from charter_rules.wording.explanation import explain
from charter_rules.wording.french import FRENCH

_DECISION_RULES: Final = {
    ExpandedUncertainty: DecisionRule.GUARDED_K2,
    TextReserve: DecisionRule.TEXT_RESERVE,
    Tabulated: DecisionRule.TABULATED,
}


def finding_of(
    outcome: Outcome, timezone: tzinfo, known_on: datetime | None, code_version: str
) -> Finding:
    """Put an outcome into words, in both languages, with everything that it rests on."""
    rule, effective = outcome.rule, outcome.effective
    parameter, entry = rule.parameter, effective.entry
    title_en, article_en = entry.reference.words("en")
    return Finding(
        rule_id=rule.id,
        rule_version=rule.version,
        rule_sha256=rule.sha256,
        axis=rule.axis,
        severity=rule.severity,
        title_fr=FRENCH.typeset(rule.title_fr),
        title_en=rule.title_en,
        verdict=outcome.verdict,
        on=outcome.on,
        kpi_id=rule.kpi,
        window_name=rule.window.name,
        kpi=outcome.kpi,
        comparison=rule.comparison.value,
        decision_rule=_decision_rule(rule),
        evidence=rule.evidence.value,
        lack=None if outcome.missing is None else outcome.missing.value,
        tempered=outcome.downgraded,
        weighed_value=_float(outcome.value),
        threshold=_float(outcome.threshold),
        threshold_high=_float(outcome.threshold_high),
        threshold_unit=_unit(rule),
        threshold_in_force_from=effective.due,
        text_threshold=entry.value,
        text_unit=parameter.unit,
        text_factor=float(parameter.factor),
        parameter_id=parameter.id,
        parameter_published_on=entry.published_on,
        guard_band=float(outcome.guard_band),
        margin=_float(outcome.margin),
        legal_status=parameter.legal_status,
        verification=entry.verification,
        reference_title=entry.reference.title,
        reference_title_en=title_en,
        reference_article=entry.reference.article,
        reference_article_en=article_en,
        reference_url=entry.reference.url,
        explanation_fr=explain(outcome, FRENCH, timezone),
        explanation_en=explain(outcome, ENGLISH, timezone),
        missing_fr=what_is_missing(outcome, FRENCH),
        missing_en=what_is_missing(outcome, ENGLISH),
        remedy_fr=FRENCH.typeset(rule.remedy_fr),
        remedy_en=rule.remedy_en,
        known_on=known_on,
        code_version=code_version,
    )


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)


def _unit(rule: Rule) -> str:
    return CHANGE.unit if rule.comparison is Comparison.TREND else spec_of(rule.kpi).unit


def _decision_rule(rule: Rule) -> DecisionRule:
    if rule.comparison not in NUMERIC:
        return DecisionRule.STATED
    return _DECISION_RULES[type(rule.guard_band)]
