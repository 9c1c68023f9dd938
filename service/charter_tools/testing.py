"""``boucle charter test``: every rule against its cases, and the cases against what they owe."""

from collections.abc import Iterator
from pathlib import Path

from charter_rules.casebook import CaseBook, failures, load_casebook
from charter_rules.completeness import missing_cases, mutants, uncaught_mutants
from charter_rules.errors import LockError, RuleBookError
from charter_rules.lock import check


def test_report(folder: Path) -> tuple[list[str], bool]:
    """Lines to print, and whether all is well."""
    try:
        book = load_casebook(folder)
    except RuleBookError as error:
        return [str(error)], False
    problems = [*map(str, failures(book)), *map(str, missing_cases(book))]
    problems += [f"{one}: no case notices this change" for one in uncaught_mutants(book)]
    problems += _lock_problems(folder)
    lines = [*_lines(book), "", *problems]
    changes = sum(len(list(mutants(rule))) for rule in book.rules.values())
    lines.append(
        f"{len(book.rules)} rules, {len(book.cases)} cases, {changes} changes made on purpose: "
        + (f"{len(problems)} problems" if problems else "all is well")
    )
    return lines, not problems


def _lines(book: CaseBook) -> Iterator[str]:
    for name in sorted(book.rules):
        cases = book.of(name)
        kinds = ", ".join(dict.fromkeys(case.shape.kind.value for case in cases))
        yield f"{name:<32} {len(cases):>3} cases: {kinds}"


def _lock_problems(folder: Path) -> list[str]:
    try:
        check(folder)
    except LockError as error:
        return list(error.complaints)
    return []
