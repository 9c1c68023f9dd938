"""The tests of the rules, as data: ``cases/<rule>.yaml`` says what a rule must answer.

``boucle charter test`` and the test-suite both run them from here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from charter_rules.cases.shape import CaseKind, CaseShape, CasesShape, InspectedShape, MeasuredShape
from charter_rules.errors import Problem, RuleBookError
from charter_rules.facts import Declaration, Inspection, NoiseRegime, SiteFacts
from charter_rules.findings import MISSED, Verdict
from charter_rules.judging.engine import judge
from charter_rules.judging.outcome import Outcome
from charter_rules.law.assemble import rule_from
from charter_rules.law.kpis import spec_of
from charter_rules.law.loader import SHIPPED_FOLDER, load_library
from charter_rules.law.reading import Sheet, read_shelf
from charter_rules.law.rulebook import Rule
from models.kpi.result import KpiResult, Withheld
from models.readings import Origin, Window

# The site of a case, unless the case says otherwise: invented, and under most rules.
REFERENCE_SITE: Final = SiteFacts(
    entry_into_operation=date(2018, 6, 1),
    installed_it_power_kw=420.0,
    public_operator=True,
    noise_regime=NoiseRegime.CSP,
    zone="paris",
)
# What a KPI of a case ends on, when the day does not matter to the verdict.
_USUAL_RELATIVE: Final = 0.001
_END: Final = datetime(2026, 11, 20, 6, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case, where it is written, and the rule it tests."""

    rule: Rule
    shape: CaseShape
    site: SiteFacts
    source: str
    line: int

    @property
    def name(self) -> str:
        """Rule and case."""
        return f"{self.rule.id}: {self.shape.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseBook:
    """The rules of a folder and their cases."""

    rules: Mapping[str, Rule]
    cases: tuple[Case, ...]

    def of(self, rule_id: str) -> tuple[Case, ...]:
        """The cases of one rule."""
        return tuple(case for case in self.cases if case.rule.id == rule_id)


def load_casebook(folder: Path = SHIPPED_FOLDER) -> CaseBook:
    """Read every rule of a folder, in a charter or not, with its cases.

    Raises
    ------
    RuleBookError
        With every problem of every file at once; a rule without a file of cases is one.
    """
    library = load_library(folder)
    problems: list[Problem] = []
    shelf = read_shelf(folder / "cases", CasesShape, problems)
    parameters = {name: sheet.shape for name, sheet in library.parameters.sheets.items()}
    rules = {
        name: rule_from(
            sheet.shape, {one: parameters[one] for one in sheet.shape.condition.parameters}
        )
        for name, sheet in library.rules.sheets.items()
    }
    for name, sheet in library.rules.sheets.items():
        if name not in shelf.names:
            remedy = f"write cases/{name}.yaml: CONTRIBUTING.md says what it owes"
            problems.append(sheet.problem((), "has no cases", remedy))
    for name, cases in shelf.sheets.items():
        problems += _file_problems(name, cases, rules)
    if problems:
        raise RuleBookError(problems)
    sheets = sorted(shelf.sheets.items())
    return CaseBook(
        rules=rules,
        cases=tuple(case for name, sheet in sheets for case in _cases(sheet, rules[name])),
    )


def _file_problems(
    name: str, sheet: Sheet[CasesShape], rules: Mapping[str, Rule]
) -> Iterator[Problem]:
    if sheet.shape.rule != name:
        yield sheet.problem(("rule",), f"is not {name!r}", "name the file after its rule")
    if name not in rules:
        yield sheet.problem(("rule",), f"{name!r} is not a rule", f"write rules/{name}.yaml")


def _cases(sheet: Sheet[CasesShape], rule: Rule) -> Iterator[Case]:
    for index, shape in enumerate(sheet.shape.cases):
        changes = sheet.shape.site.changes() | shape.site.changes()
        said = tuple(Declaration(**one.model_dump()) for one in shape.declarations)
        seen = tuple(_inspection(rule, one) for one in shape.inspections)
        yield Case(
            rule=rule,
            shape=shape,
            site=replace(REFERENCE_SITE, declarations=said, inspections=seen, **changes),
            source=sheet.source,
            line=sheet.document.line(("cases", index)),
        )


def _inspection(rule: Rule, shape: InspectedShape) -> Inspection:
    return Inspection(
        kpi=rule.kpi,
        measured_on=shape.measured_on,
        value=shape.value,
        expanded_uncertainty=shape.uncertainty,
        level_dba=shape.level,
        indoors=shape.indoors,
        noise_minutes=shape.noise_minutes,
        received_on=shape.received_on,
        document=shape.document,
    )


def outcome_of(case: Case, on: date | None = None) -> Outcome:
    """Judge a case, on its own day or on another."""
    measured: dict[tuple[str, str], KpiResult] = {}
    given = {case.rule.window.name: case.shape.measured, case.rule.against: case.shape.before}
    for window, shape in given.items():
        if shape is not None and window is not None:
            measured[case.rule.kpi, window] = result_of(case.rule, window, shape)
    return judge(case.rule, case.site, measured, on or case.shape.on)


def result_of(rule: Rule, window: str, shape: MeasuredShape) -> KpiResult:
    """The KPI a case speaks of, over the least window of its rule unless it says otherwise."""
    hours = rule.window.min_hours if shape.hours is None else shape.hours
    return KpiResult(
        kpi=rule.kpi,
        window=Window(name=window, start=_END - timedelta(hours=hours), end=_END),
        unit=spec_of(rule.kpi).unit,
        value=None if shape.withheld else shape.value,
        expanded_uncertainty=_uncertainty(shape),
        coverage_ratio=shape.coverage,
        withheld=None if shape.withheld is None else Withheld(shape.withheld),
        origin=Origin[shape.origin.upper()],
        numerator=shape.level,
        category=shape.category,
    )


def _uncertainty(shape: MeasuredShape) -> float | None:
    if "uncertainty" in shape.model_fields_set:
        return shape.uncertainty
    return _USUAL_RELATIVE * abs(shape.value or 0.0)


# What a kind of case means for the verdict; the others are free.
_MEANS: Final[dict[CaseKind, frozenset[Verdict]]] = {
    CaseKind.PASS: frozenset({Verdict.COMPLIANT}),
    CaseKind.BREACH: MISSED,
    CaseKind.DAY_BEFORE: frozenset({Verdict.NOT_IN_FORCE}),
    CaseKind.NOT_IN_FORCE: frozenset({Verdict.NOT_IN_FORCE}),
    CaseKind.INSUFFICIENT_DATA: frozenset({Verdict.INSUFFICIENT_DATA}),
    CaseKind.UNPUBLISHED: frozenset({Verdict.NOT_FIXED}),
    CaseKind.NOT_APPLICABLE: frozenset({Verdict.NOT_APPLICABLE}),
    CaseKind.NOT_PROVEN: frozenset({Verdict.COMPLIANT_NOT_PROVEN}),
    CaseKind.SUSPECTED: frozenset({Verdict.SUSPECTED}),
    CaseKind.LATE: frozenset({Verdict.LATE}),
    CaseKind.NOT_HANDED_IN: frozenset({Verdict.NOT_HANDED_IN}),
}


def failures(book: CaseBook) -> Iterator[Problem]:
    """Every case whose rule answers something else than the case expects."""
    for case in book.cases:
        outcome = outcome_of(case)
        if outcome.verdict is not case.shape.expect:
            yield _problem(
                case,
                "expect",
                f"expects {case.shape.expect.value}, the rule gives {outcome.verdict.value}",
                "correct the rule, or the case if the text says so",
            )
        meant = _MEANS.get(case.shape.kind)
        if meant is not None and case.shape.expect not in meant:
            yield _problem(
                case,
                "kind",
                f"is {case.shape.kind.value}, which means {' or '.join(sorted(meant))}",
                "correct the kind or the verdict",
            )


def _problem(case: Case, field: str, message: str, remedy: str) -> Problem:
    return Problem(
        source=case.source,
        line=case.line,
        field=f"{case.shape.name!r}: {field}",
        message=message,
        remedy=remedy,
    )


def judged(case: Case, **changes: Any) -> Outcome:
    """Judge a case with some fields of its rule replaced."""
    return outcome_of(replace(case, rule=replace(case.rule, **changes)))
