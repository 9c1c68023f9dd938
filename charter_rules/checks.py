"""What must be true between the files of a charter, beyond the shape of each."""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from charter_rules.errors import Problem
from charter_rules.kpis import KPIS, unit_factor
from charter_rules.reading import Library, Sheet
from charter_rules.schema import CharterShape, DatedEntryShape, ParameterShape, RuleShape


def library_problems(library: Library) -> Iterator[Problem]:
    """Say everything that is wrong with files whose shapes are right."""
    for name, parameter in library.parameters.sheets.items():
        yield from _id_problems(name, parameter)
        yield from _parameter_problems(parameter)
    for name, rule in library.rules.sheets.items():
        yield from _id_problems(name, rule)
        yield from _kpi_problems(rule)
        yield from _threshold_problems(rule, library)
        yield from _site_problems(rule)
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


def _parameter_problems(sheet: Sheet[ParameterShape]) -> Iterator[Problem]:
    previous: date | None = None
    for day, entry in sheet.shape.values.items():
        if previous is not None and day <= previous:
            yield sheet.problem(
                ("values", day.isoformat()),
                f"comes after {previous} in the file but not in time",
                "write the dates in order, oldest first",
            )
        previous = day
        yield from _entry_problems(sheet, day, entry)


def _entry_problems(
    sheet: Sheet[ParameterShape], day: date, entry: DatedEntryShape
) -> Iterator[Problem]:
    path = ("values", day.isoformat())
    late = entry.published_on is not None and entry.published_on > day
    if late and not entry.retroactive:
        yield sheet.problem(
            (*path, "published_on"),
            f"{entry.published_on} is after the day in force, {day}",
            "correct a date, or say 'retroactive: true'",
        )
    if entry.value is None and entry.absent is None:
        yield sheet.problem(
            (*path, "value"),
            "is null without a reason",
            "add 'absent: repealed' or 'absent: not_published'",
        )
    if entry.value is not None and entry.absent is not None:
        yield sheet.problem(
            (*path, "absent"), "stands beside a value", "remove 'absent', or make the value null"
        )


def _kpi_problems(sheet: Sheet[RuleShape]) -> Iterator[Problem]:
    spec = KPIS.get(sheet.shape.kpi)
    if spec is None:
        yield sheet.problem(
            ("kpi",), f"{sheet.shape.kpi!r} is not a KPI", f"use one of {', '.join(KPIS)}"
        )
    elif sheet.shape.window.name not in spec.windows:
        yield sheet.problem(
            ("window", "name"),
            f"{sheet.shape.kpi} is not computed over {sheet.shape.window.name!r}",
            f"use one of {', '.join(spec.windows)}",
        )


def _threshold_problems(sheet: Sheet[RuleShape], library: Library) -> Iterator[Problem]:
    name = sheet.shape.condition.parameter
    path = ("condition", "parameter")
    if name not in library.parameters.names:
        yield sheet.problem(
            path,
            f"{name!r} is not a parameter",
            f"write parameters/{name}.yaml, or name one that is there",
        )
    parameter, spec = library.parameters.sheets.get(name), KPIS.get(sheet.shape.kpi)
    if parameter is None or spec is None:
        return
    try:
        unit_factor(parameter.shape.unit, spec)
    except ValueError as error:
        yield parameter.problem(
            ("unit",),
            str(error),
            f"rule {sheet.shape.id} holds it against {sheet.shape.kpi} in {spec.unit}",
        )


def _site_problems(sheet: Sheet[RuleShape]) -> Iterator[Problem]:
    applies = sheet.shape.applies_when
    first, before = applies.entry_into_operation_from, applies.entry_into_operation_before
    if first is not None and before is not None and first >= before:
        yield sheet.problem(
            ("applies_when", "entry_into_operation_from"),
            f"{first} is not before {before}: no site can match",
            "correct one of the two days",
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
