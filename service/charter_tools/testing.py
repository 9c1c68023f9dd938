"""``boucle charter test``: every rule against its cases, and the cases against what they owe."""

from collections.abc import Iterator
from pathlib import Path

from charter_rules.cases.book import CaseBook, failures, load_casebook
from charter_rules.cases.completeness import missing_cases, mutants, uncaught_mutants
from charter_rules.errors import LockError, RuleBookError
from charter_rules.law.lock import check


def report_of_cases(folder: Path) -> tuple[list[str], bool]:
    """Lines to print, and whether all is well."""
    try:
        book = load_casebook(folder)
    except RuleBookError as error:
        return [str(error)], False
    problems = [*map(str, failures(book)), *map(str, missing_cases(book))]
    problems += [_unnoticed(one, folder) for one in uncaught_mutants(book)]
    problems += _lock_problems(folder)
    lines = [*_lines(book, problems), "", *problems]
    changes = sum(len(list(mutants(rule))) for rule in book.rules.values())
    lines.append(
        f"{len(book.rules)} rules, {len(book.cases)} cases, {changes} changes made on purpose: "
        + (_count(len(problems)) if problems else "all is well")
    )
    return lines, not problems


def _count(number: int) -> str:
    return f"{number} problem{'s' if number != 1 else ''}"


def _unnoticed(mutant: str, folder: Path) -> str:
    rule, change = mutant.split(": ", 1)
    place = f"{folder.name}/cases/{rule}.yaml:1"
    return f"{place}: cases: none notices this change: {change}; write one that does"


def _lines(book: CaseBook, problems: list[str]) -> Iterator[str]:
    for name in sorted(book.rules):
        cases = book.of(name)
        kinds = ", ".join(dict.fromkeys(case.shape.kind.value for case in cases))
        bad = any(_names(problem, name) for problem in problems)
        state = "FAILED" if bad else "ok"
        yield f"{name:<32} {state:<6} {len(cases):>3} cases: {kinds}"


def _names(problem: str, rule: str) -> bool:
    return f"cases/{rule}.yaml:" in problem or problem.startswith(f"{rule}: ")


def _lock_problems(folder: Path) -> list[str]:
    try:
        check(folder)
    except LockError as error:
        return list(error.complaints)
    return []
