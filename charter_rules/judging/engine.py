"""From KPIs to verdicts: pure, the same for the same inputs, whoever runs it and when."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

import numpy as np

from charter_rules.facts import SiteFacts
from charter_rules.findings import Finding, Verdict
from charter_rules.judging.grid import OFF_LEVEL, UNMET, Judgement, judge_grid
from charter_rules.judging.inspected import inspected
from charter_rules.judging.measured import Measured, is_elsewhere
from charter_rules.judging.outcome import MissingEvidence, Outcome
from charter_rules.judging.weighing import VERDICTS
from charter_rules.law.kpis import spec_of
from charter_rules.law.rulebook import Rule, RuleBook
from charter_rules.wording.finding import finding_of
from models.kpi.result import KpiResult

Results = Mapping[tuple[str, str], KpiResult]


def evaluate(
    rulebook: RuleBook,
    facts: SiteFacts,
    kpis: Results,
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
        The day whose law is applied; a closed period is judged by that of its last day.
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


def judge(rule: Rule, facts: SiteFacts, kpis: Results, on: date) -> Outcome:
    """Reach the verdict on one rule for one site on one day, without putting it into words."""
    checked = inspected(rule, facts, on)
    now = Measured.of(kpis.get((rule.kpi, rule.window.name)))
    law_day = on if checked is not None else _law_day(now, on)
    facts = facts.on(law_day)
    result = checked or kpis.get((rule.kpi, rule.window.name))
    earlier = None if rule.against is None else kpis.get((rule.kpi, rule.against))
    both = [one for one in (result, earlier) if one is not None]
    for one in both:
        _refuse_foreign(rule, one)
    judged = judge_grid(rule, (facts,), np.array([on.toordinal()]), now, Measured.of(earlier))
    law, at, place = judged.law, judged.law.at[0, 0], int(judged.stopped[0, 0])
    step = None if place < 0 else judged.taken[place]
    missing = None if step is None else step.missing
    verdict = VERDICTS[judged.code[0, 0]]
    silent = verdict in (Verdict.NOT_APPLICABLE, Verdict.NOT_IN_FORCE)
    outcome = Outcome(
        rule=rule,
        facts=facts,
        on=law_day,
        kpi=result,
        effective=law.thresholds[at],
        verdict=verdict,
        threshold=law.low[at],
        threshold_high=law.high[at],
        unmet=law.unmet[0, 0] if step is UNMET else None,
        unknown=law.unknown[0, 0] if missing is MissingEvidence.UNKNOWN_FACT else None,
        off_level=step is OFF_LEVEL,
        indicative=checked is None and bool(is_elsewhere(rule.indicative, now)[0, 0]),
        missing=missing,
        downgraded=bool(judged.downgraded[0, 0]),
        doubts=() if silent else tuple(dict.fromkeys(d for one in both for d in one.doubts)),
    )
    return _with_declaration(_with_figures(outcome, judged), judged)


def _law_day(now: Measured, on: date) -> date:
    """The day whose law counts."""
    return on if now.law_day is None else date.fromordinal(int(now.law_day[0, 0]))


def _with_figures(outcome: Outcome, judged: Judgement) -> Outcome:
    """Add what was weighed, by its digits."""
    digits = judged.digits()
    if digits is None:
        return outcome
    value, guard_band, margin = digits.value[0], digits.guard_band[0], digits.margin[0]
    return replace(outcome, value=value, guard_band=guard_band, margin=margin)


def _with_declaration(outcome: Outcome, judged: Judgement) -> Outcome:
    """Add what was declared of a duty in force, and by when it was owed."""
    said = judged.declared
    if said is None:
        return outcome
    at = int(said.at[0, 0])
    return replace(
        outcome,
        declaration=None if at < 0 else said.said[at],
        due_on=None if said.due is None else date.fromordinal(int(said.due[0])),
    )


def _refuse_foreign(rule: Rule, result: KpiResult) -> None:
    unit = spec_of(rule.kpi).unit
    if result.kpi != rule.kpi or result.unit != unit:
        msg = (
            f"rule {rule.id} needs {rule.kpi} in {unit}, "
            f"but was given {result.kpi} in {result.unit}"
        )
        raise ValueError(msg)
