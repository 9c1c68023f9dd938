"""The table of values in ``charter_rules/README.md``, from the parameter files and their rules.

``python -m tests.charter_rules.values_table`` writes it anew.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from charter_rules.findings import LegalStatus, Severity, Verification
from charter_rules.judging.conditions import exact
from charter_rules.law.dated import Absence
from charter_rules.law.loader import load_library
from charter_rules.law.reading import Library
from charter_rules.law.schema import DatedEntryShape, ParameterShape
from charter_rules.wording.english import ENGLISH as WORDING

README: Final = Path(__file__).parents[2] / "charter_rules" / "README.md"
_BEGIN, _END = "<!-- table of values: begin -->\n", "<!-- table of values: end -->\n"
_ABSENT: Final = {
    Absence.REPEALED: "repealed",
    Absence.NOT_PUBLISHED: "not found",
    Absence.NO_FIGURE: "no figure",
}
_VERIFIED: Final = {
    Verification.READ_IN_SOURCE: "read",
    Verification.SECONDARY: "⚠ secondary",
    Verification.UNVERIFIED: "⚠ unverified",
}
_BINDS: Final = {
    (LegalStatus.FR_LAW, Severity.OBLIGATION): "French law, binding",
    (LegalStatus.FR_LAW, Severity.BENCHMARK): "French law, a reference here",
    (LegalStatus.EU_LAW, Severity.OBLIGATION): "Union law, binding",
    (LegalStatus.EU_LAW, Severity.BENCHMARK): "Union law, a reference here",
    (LegalStatus.EU_ADOPTED_NOT_IN_FORCE, Severity.BENCHMARK): "nobody yet: not in force",
    (LegalStatus.FOREIGN_LAW, Severity.BENCHMARK): "nobody here: German law",
    (LegalStatus.VOLUNTARY, Severity.BENCHMARK): "who signed up to it",
    (LegalStatus.CITY_PROPOSAL, Severity.BENCHMARK): "nobody: a proposal",
}


def table() -> str:
    """Every value of every parameter, by file and by day."""
    rows = [
        "| parameter | from | value | text | verified | compared with | binds |",
        "|---|---|---|---|---|---|---|",
        *_rows(load_library()),
    ]
    return "\n".join(rows) + "\n"


def _rows(library: Library) -> Iterator[str]:
    severities = {
        name: sheet.shape.severity
        for sheet in library.rules.sheets.values()
        for name in sheet.shape.condition.parameters
    }
    for name, sheet in library.parameters.sheets.items():
        for day, entry in sheet.shape.values.items():
            yield _row(sheet.shape, day, entry, severities[name])


def _row(shape: ParameterShape, day: date, entry: DatedEntryShape, severity: Severity) -> str:
    text = ", ".join(entry.reference.plain().words("en"))
    compared = entry.compared_with
    cells = (
        f"`{shape.id}`",
        day.isoformat(),
        _value(shape, entry),
        text if entry.reference.url is None else f"[{text}]({entry.reference.url})",
        _VERIFIED[entry.verification],
        "" if compared is None else f"{compared.text}; {compared.version}; {compared.passage}",
        _BINDS[shape.legal_status, severity],
    )
    return f"| {' | '.join(cells)} |"


def _value(shape: ParameterShape, entry: DatedEntryShape) -> str:
    if entry.brackets is not None:
        bounds = (f"{name} {_or_more(bound)}" for name, bound in entry.brackets.items())
        return WORDING.numbers.with_unit(", ".join(bounds), shape.unit)
    if entry.value is None:
        return "" if entry.absent is None else _ABSENT[entry.absent]
    return WORDING.numbers.with_unit(_figure(entry.value), shape.unit)


def _or_more(bound: float | None) -> str:
    return "above" if bound is None else _figure(bound)


def _figure(value: float) -> str:
    return WORDING.numbers.as_written(exact(value))


def with_table(text: str) -> str:
    """The text with the table of today between its marks."""
    before, rest = text.split(_BEGIN)
    return f"{before}{_BEGIN}{table()}{_END}{rest.split(_END)[1]}"


def main() -> None:
    """Write the table into the README."""
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
