"""What the cases of a rule owe: a rule that is not tested at its edges is not tested."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from charter_rules.cases.book import Case, CaseBook, outcome_of
from charter_rules.cases.shape import CaseKind
from charter_rules.errors import Problem
from charter_rules.findings import Verdict
from charter_rules.judging.conditions import NUMERIC, Comparison, exact
from charter_rules.law.rulebook import Parameter, Rule


def owed_kinds(rule: Rule) -> frozenset[CaseKind]:
    """Kinds of cases that a rule must have."""
    owed = {CaseKind.DAY_BEFORE}
    numbers = [entry.value for entry in rule.parameter.values.entries]
    if rule.duty is not None:
        owed |= {CaseKind.PASS, CaseKind.BREACH, CaseKind.DECLARED}
        yearly = {CaseKind.LATE, CaseKind.NOT_HANDED_IN}
        owed |= yearly if rule.duty.yearly_by else {CaseKind.INSUFFICIENT_DATA}
    elif rule.comparison not in NUMERIC:
        owed |= {CaseKind.PASS, CaseKind.BREACH, CaseKind.INSUFFICIENT_DATA}
    elif any(number is not None for number in numbers):
        owed |= {CaseKind.PASS, CaseKind.BREACH, CaseKind.AT_THRESHOLD, CaseKind.INSUFFICIENT_DATA}
    else:
        owed |= {CaseKind.UNPUBLISHED}
    if rule.indicative is not None:
        owed |= {CaseKind.NOT_PROVEN, CaseKind.SUSPECTED}
    if rule.applies_when or rule.at_level is not None:
        owed |= {CaseKind.NOT_APPLICABLE}
    return frozenset(owed)


def missing_cases(book: CaseBook) -> Iterator[Problem]:
    """What every rule of a book still owes."""
    for rule in book.rules.values():
        cases = book.of(rule.id)
        have = {case.shape.kind for case in cases}
        for kind in sorted(owed_kinds(rule) - have):
            yield _problem(rule, f"has no case of the kind {kind.value}", "write it")
        yield from _untouched_figures(rule, cases)
        yield from _loose_eves(cases)
        yield from _idle_conditions(rule, cases)


def _problem(rule: Rule, message: str, remedy: str) -> Problem:
    return Problem(
        source=f"cases/{rule.id}.yaml", line=1, field="cases", message=message, remedy=remedy
    )


def _untouched_figures(rule: Rule, cases: tuple[Case, ...]) -> Iterator[Problem]:
    """Each figure is met exactly, on its first day in force: a changed figure shows."""
    if rule.comparison not in NUMERIC:
        return
    met = {
        (outcome_of(case).effective.entry.in_force_from, _weighed(case))
        for case in cases
        if case.shape.kind is CaseKind.AT_THRESHOLD and _is_first_day(case)
    }
    for parameter in (rule.parameter, rule.upper):
        for entry in () if parameter is None else parameter.values.entries:
            if entry.value is None:
                continue
            figure = exact(entry.value) * parameter.factor if parameter else Decimal(0)
            if (entry.in_force_from, figure) not in met:
                yield _problem(
                    rule,
                    f"has no case exactly at {figure} on its first day, {entry.in_force_from}",
                    "write one of the kind at_threshold",
                )


def _is_first_day(case: Case) -> bool:
    effective = outcome_of(case).effective
    return effective.in_force and effective.due == case.shape.on


def _weighed(case: Case) -> Decimal | None:
    outcome = outcome_of(case)
    if outcome.value is not None:
        return outcome.value
    measured = case.shape.measured
    return None if measured is None or measured.value is None else exact(measured.value)


def _loose_eves(cases: tuple[Case, ...]) -> Iterator[Problem]:
    """The day before is the last day on which a rule does not bind."""
    for case in cases:
        if case.shape.kind is not CaseKind.DAY_BEFORE:
            continue
        next_day = outcome_of(case, case.shape.on + timedelta(days=1))
        if next_day.verdict is Verdict.NOT_IN_FORCE:
            yield Problem(
                source=case.source,
                line=case.line,
                field=repr(case.shape.name),
                message="is not the day before: the rule does not bind on the next day either",
                remedy="move it to the last day before the rule binds",
            )


def _idle_conditions(rule: Rule, cases: tuple[Case, ...]) -> Iterator[Problem]:
    """Each condition on the site excludes a site in some case."""
    used = {outcome_of(case).unmet for case in cases}
    for condition in rule.applies_when:
        if condition not in used:
            yield _problem(rule, f"no case is excluded by {condition}", "write one: not_applicable")


def uncaught_mutants(book: CaseBook) -> Iterator[str]:
    """Rules changed on purpose whose cases do not notice: figures, comparison, conditions."""
    for rule in book.rules.values():
        for name, mutant in mutants(rule):
            if not _is_caught(mutant, book.of(rule.id)):
                yield f"{rule.id}: {name}"


def _is_caught(mutant: Rule, cases: tuple[Case, ...]) -> bool:
    changed = tuple(replace(case, rule=mutant) for case in cases)
    wrong = any(outcome_of(case).verdict is not case.shape.expect for case in changed)
    return wrong or any(_untouched_figures(mutant, changed)) or any(_loose_eves(changed))


def mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """The rule with one thing changed at a time."""
    yield from _moved_days(rule)
    yield from _moved_figures(rule)
    opposite = {
        Comparison.AT_MOST: Comparison.AT_LEAST,
        Comparison.AT_LEAST: Comparison.AT_MOST,
    }
    weighed = any(entry.value is not None for entry in rule.parameter.values.entries)
    if weighed and rule.comparison in opposite:
        yield "the other comparison", replace(rule, comparison=opposite[rule.comparison])
    for condition in rule.applies_when:
        kept = tuple(one for one in rule.applies_when if one != condition)
        yield f"without {condition}", replace(rule, applies_when=kept)
    if rule.at_level is not None:
        yield "at every level", replace(rule, at_level=None)
        if rule.at_level.indoors_above_dba is not None:
            alike = replace(rule.at_level, indoors_above_dba=None)
            yield "indoors as elsewhere", replace(rule, at_level=alike)
    if rule.indicative is not None:
        yield "proven by any figure", replace(rule, indicative=None)
    if rule.ends_months_after_entry is not None:
        for months in (rule.ends_months_after_entry + 1, None):
            yield f"ends after {months} months", replace(rule, ends_months_after_entry=months)
    if rule.duty is not None and rule.duty.first_due is not None:
        yield "without a first day", replace(rule, duty=replace(rule.duty, first_due=None))


def _moved_days(rule: Rule) -> Iterator[tuple[str, Rule]]:
    # After a time of grace, or before a yearly date, the day of the text moves nothing.
    yearly = rule.duty is not None and rule.duty.yearly_by is not None
    if rule.grace_months_after_entry is not None or yearly:
        return
    for index, entry in enumerate(rule.parameter.values.entries):
        later = entry.binds_from + timedelta(days=1)
        day = "in_force_from" if entry.binds_from == entry.in_force_from else "published_on"
        # Both ends of a range have the same days.
        changes: dict[str, Any] = {
            field: _with_entry(parameter, index, **{day: later})
            for field in ("parameter", "upper")
            if (parameter := getattr(rule, field)) is not None
        }
        yield f"{entry.binds_from} a day later", replace(rule, **changes)


def _moved_figures(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for field in ("parameter", "upper"):
        parameter: Parameter | None = getattr(rule, field)
        for index, entry in enumerate(() if parameter is None else parameter.values.entries):
            if parameter is None or entry.value is None:
                continue
            step = abs(entry.value) * 0.001 or 0.001
            for name, value in (("higher", entry.value + step), ("lower", entry.value - step)):
                changed: dict[str, Any] = {field: _with_entry(parameter, index, value=value)}
                yield f"{parameter.id} a little {name}", replace(rule, **changed)


def _with_entry(parameter: Parameter, index: int, **changes: Any) -> Parameter:
    entries = list(parameter.values.entries)
    entries[index] = replace(entries[index], **changes)
    return replace(parameter, values=replace(parameter.values, entries=tuple(entries)))
