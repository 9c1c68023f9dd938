"""What must be true between the files of a charter, beyond the shape of each."""

from collections.abc import Iterator
from datetime import date
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from charter_rules.errors import Problem
from charter_rules.findings import LegalStatus, Severity
from charter_rules.judging.conditions import NUMERIC, Comparison
from charter_rules.law.dated import Absence
from charter_rules.law.figures import parameter_problems
from charter_rules.law.kpis import CHANGE, KPIS, unit_factor
from charter_rules.law.reading import Library, Sheet
from charter_rules.law.schema import (
    BetweenShape,
    CharterShape,
    DeclaredShape,
    ParameterShape,
    RuleShape,
    TrendShape,
)

_BINDING = frozenset({LegalStatus.FR_LAW, LegalStatus.EU_LAW})
# Where a condition names its parameters: one, or (between) two.
_PARAMETER_FIELDS = {False: ("parameter",), True: ("parameter_low", "parameter_high")}


def library_problems(library: Library) -> Iterator[Problem]:
    """Say everything that is wrong with files whose shapes are right."""
    for name, parameter in library.parameters.sheets.items():
        yield from _id_problems(name, parameter)
        yield from parameter_problems(parameter)
    for name, rule in library.rules.sheets.items():
        yield from _id_problems(name, rule)
        yield from _kpi_problems(rule)
        yield from _threshold_problems(rule, library)
        yield from _site_problems(rule)
        yield from _binding_problems(rule, library)
    for name, charter in library.charters.sheets.items():
        yield from _id_problems(name, charter)
        yield from _charter_problems(charter, library)


def _id_problems(
    name: str, sheet: Sheet[ParameterShape] | Sheet[RuleShape] | Sheet[CharterShape]
) -> Iterator[Problem]:
    if sheet.shape.id != name:
        yield sheet.problem(
            ("id",),
            f"is {sheet.shape.id!r} in a file named {name!r}",
            "give the file and its id the same name",
        )


def _binding_problems(sheet: Sheet[RuleShape], library: Library) -> Iterator[Problem]:
    """Only a law in force here can oblige anyone."""
    named = (library.parameters.sheets.get(one) for one in sheet.shape.condition.parameters)
    for parameter in named:
        if parameter is None or sheet.shape.severity is not Severity.OBLIGATION:
            continue
        status = parameter.shape.legal_status
        if status not in _BINDING:
            yield sheet.problem(
                ("severity",),
                f"is obligation, but {parameter.shape.id} is {status.value}",
                "make it a benchmark: only fr_law and eu_law bind a site",
            )


def _kpi_problems(sheet: Sheet[RuleShape]) -> Iterator[Problem]:
    rule = sheet.shape
    if isinstance(rule.condition, DeclaredShape):
        yield from _declared_problems(sheet, rule.condition)
        return
    for name in ("kpi", "window", "min_coverage"):
        if getattr(rule, name) is None:
            yield sheet.problem((name,), "is missing", "add it; only 'declared' goes without")
    if rule.kpi is None:
        return
    spec = KPIS.get(rule.kpi)
    if spec is None:
        yield sheet.problem(("kpi",), f"{rule.kpi!r} is not a KPI", f"use one of {', '.join(KPIS)}")
        return
    windows: dict[tuple[str, str], str | None] = {
        ("window", "name"): rule.window.name if rule.window else None
    }
    if isinstance(rule.condition, TrendShape):
        windows["condition", "against"] = rule.condition.against
    for path, window in windows.items():
        if window is not None and window not in spec.windows:
            yield sheet.problem(
                path,
                f"{rule.kpi} is not computed over {window!r}",
                f"use one of {', '.join(spec.windows)}",
            )


def _declared_problems(sheet: Sheet[RuleShape], condition: DeclaredShape) -> Iterator[Problem]:
    for name in ("kpi", "window", "min_coverage", "at_level"):
        if getattr(sheet.shape, name) is not None:
            yield sheet.problem((name,), "means nothing for a duty to declare", "remove it")
    if condition.yearly_by is not None:
        try:
            date.fromisoformat(f"2001-{condition.yearly_by}")
        except ValueError:
            yield sheet.problem(
                ("condition", "yearly_by"),
                f"{condition.yearly_by!r} is not a day of every year",
                "write it as MM-DD",
            )
    if condition.first_due is not None and condition.yearly_by is None:
        yield sheet.problem(
            ("condition", "first_due"), "is of a yearly duty", "add 'yearly_by', or remove it"
        )


def _threshold_problems(sheet: Sheet[RuleShape], library: Library) -> Iterator[Problem]:
    condition = sheet.shape.condition
    fields = _PARAMETER_FIELDS[condition.type is Comparison.BETWEEN]
    for field, name, owed in zip(fields, condition.parameters, _owed_names(sheet), strict=True):
        if name not in library.parameters.names:
            yield sheet.problem(
                ("condition", field),
                f"{name!r} is not a parameter",
                f"write parameters/{name}.yaml, or name one that is there",
            )
        elif name != owed:
            remedy = f"name it {owed}, as its rule"
            yield sheet.problem(("condition", field), f"is {name!r}", remedy)
        parameter = library.parameters.sheets.get(name)
        if parameter is not None:
            yield from _figure_problems(sheet.shape, parameter)
    yield from _pair_problems(sheet, library)


def _owed_names(sheet: Sheet[RuleShape]) -> tuple[str, ...]:
    """A rule and its figures have one name, so that one is found from the other."""
    rule = PurePosixPath(sheet.source).stem
    if sheet.shape.condition.type is Comparison.BETWEEN:
        return f"{rule}_low", f"{rule}_high"
    return (rule,)


def _figure_problems(rule: RuleShape, parameter: Sheet[ParameterShape]) -> Iterator[Problem]:
    numeric = rule.condition.type in NUMERIC
    for day, entry in parameter.shape.values.items():
        if numeric and entry.absent is Absence.NO_FIGURE:
            message, remedy = "has no figure", f"rule {rule.id} weighs one: give it"
        elif not numeric and entry.value is not None:
            message, remedy = "is a figure", f"rule {rule.id} weighs none: 'absent: no_figure'"
        else:
            continue
        yield parameter.problem(("values", day.isoformat(), "value"), message, remedy)
    spec = KPIS.get(rule.kpi or "")
    if not numeric or spec is None:
        return
    if isinstance(rule.condition, TrendShape):
        spec = CHANGE
    try:
        unit_factor(parameter.shape.unit, spec)
    except ValueError as error:
        yield parameter.problem(
            ("unit",), str(error), f"rule {rule.id} holds it against {rule.kpi} in {spec.unit}"
        )


def _pair_problems(sheet: Sheet[RuleShape], library: Library) -> Iterator[Problem]:
    """Two thresholds move together and never cross."""
    condition = sheet.shape.condition
    if not isinstance(condition, BetweenShape):
        return
    low = library.parameters.sheets.get(condition.parameter_low)
    high = library.parameters.sheets.get(condition.parameter_high)
    if low is None or high is None:
        return
    path = ("condition", "parameter_high")
    if list(low.shape.values) != list(high.shape.values) or low.shape.unit != high.shape.unit:
        yield sheet.problem(
            path, "has other days or another unit than parameter_low", "write the same in both"
        )
        return
    for day, entry in low.shape.values.items():
        top = high.shape.values[day].value
        if entry.value is not None and top is not None and top <= entry.value:
            yield sheet.problem(path, f"is not above parameter_low on {day}", "correct one of them")


def _site_problems(sheet: Sheet[RuleShape]) -> Iterator[Problem]:
    applies = sheet.shape.applies_when
    first, before = applies.entry_into_operation_from, applies.entry_into_operation_before
    if first is not None and before is not None and first >= before:
        yield sheet.problem(
            ("applies_when", "entry_into_operation_from"),
            f"{first} is not before {before}: no site can match",
            "correct one of the two days",
        )
    grace, end = sheet.shape.grace_months_after_entry, sheet.shape.ends_months_after_entry
    if end is not None and end <= (grace or 0):
        yield sheet.problem(
            ("ends_months_after_entry",),
            f"is over after {end} months, before it begins",
            "correct it, or the months of grace",
        )


def _charter_problems(sheet: Sheet[CharterShape], library: Library) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, rule in enumerate(sheet.shape.rules):
        if rule not in library.rules.names:
            yield sheet.problem(
                ("rules", index), f"{rule!r} is not a rule", f"write rules/{rule}.yaml"
            )
        if rule in seen:
            yield sheet.problem(("rules", index), f"{rule!r} is named twice", "keep one")
        seen.add(rule)
    try:
        ZoneInfo(sheet.shape.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield sheet.problem(
            ("timezone",),
            f"{sheet.shape.timezone!r} is not a time zone known here",
            "use a name such as Europe/Paris",
        )
