"""What must be true of the figures of one parameter: their days, their sources, their tables."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Final

from charter_rules.errors import Problem
from charter_rules.findings import Verification
from charter_rules.law.reading import Sheet
from charter_rules.law.schema import DatedEntryShape, ParameterShape
from models.located_yaml import YamlPath

# A code of hundreds of articles, whatever its day.
_WHOLE_CODE: Final = re.compile(r"/codes/\w+/LEGITEXT\d+/?$")


def parameter_problems(sheet: Sheet[ParameterShape]) -> Iterator[Problem]:
    """Say what is wrong with the figures of one file."""
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
    yield from _source_problems(sheet, path, entry)
    yield from _bracket_problems(sheet, path, entry)
    if entry.value is None and entry.absent is None:
        yield sheet.problem(
            (*path, "value"),
            "is null without a reason",
            "add 'absent: repealed', 'absent: not_published' or 'absent: no_figure'",
        )
    if entry.value is not None and entry.absent is not None:
        yield sheet.problem(
            (*path, "absent"), "stands beside a value", "remove 'absent', or make the value null"
        )


def _source_problems(
    sheet: Sheet[ParameterShape], path: YamlPath, entry: DatedEntryShape
) -> Iterator[Problem]:
    """A figure is tied to its own dated text, and to the copy that it was read in."""
    url = entry.reference.url
    if url is not None and _WHOLE_CODE.search(url):
        yield sheet.problem(
            (*path, "reference"),
            f"{url} is the address of a whole code",
            "give that of the dated article, or null if it is not known",
        )
    if entry.verification is Verification.READ_IN_SOURCE and entry.compared_with is None:
        yield sheet.problem(
            (*path, "verification"),
            "is read_in_source, but nothing says what was read",
            "fill in 'compared_with', or say 'secondary' or 'unverified'",
        )


def _bracket_problems(
    sheet: Sheet[ParameterShape], path: YamlPath, entry: DatedEntryShape
) -> Iterator[Problem]:
    """A table by class rises, and only its last class is open."""
    if entry.brackets is None:
        return
    if entry.value is not None:
        yield sheet.problem((*path, "brackets"), "stand beside a value", "keep one of the two")
    *bounds, last = entry.brackets.values()
    known = [bound for bound in bounds if bound is not None]
    if last is not None or len(known) < len(bounds):
        yield sheet.problem(
            (*path, "brackets"), "has an open class before its last", "close all but the last"
        )
    elif any(high <= low for low, high in pairwise(known)):
        yield sheet.problem((*path, "brackets"), "does not rise", "write the classes in order")
