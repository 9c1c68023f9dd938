"""Loads a charter: a folder of YAML becomes an immutable rule book, or all its mistakes."""

from pathlib import Path
from typing import Final

from charter_rules.errors import Problem, RuleBookError
from charter_rules.law.assemble import assemble
from charter_rules.law.checks import library_problems
from charter_rules.law.reading import Library, read_library
from charter_rules.law.rulebook import RuleBook

SHIPPED_FOLDER: Final = Path(__file__).resolve().parent.parent
DEFAULT_CHARTER: Final = "paris"


def load_library(folder: Path = SHIPPED_FOLDER) -> Library:
    """Read and check every parameter, rule and charter of a folder.

    Raises
    ------
    RuleBookError
        With every problem of every file at once.
    """
    library, problems = read_library(folder)
    problems += library_problems(library)
    if problems:
        raise RuleBookError(problems)
    return library


def load_rulebook(folder: Path = SHIPPED_FOLDER, charter: str = DEFAULT_CHARTER) -> RuleBook:
    """Load one charter of a folder that has ``parameters/``, ``rules/`` and ``charters/``.

    Raises
    ------
    RuleBookError
        With every problem of every file at once, or when there is no such charter.
    """
    library = load_library(folder)
    sheet = library.charters.sheets.get(charter)
    if sheet is None:
        known = ", ".join(sorted(library.charters.names)) or "none"
        problem = Problem(
            source=f"{folder.name}/charters/{charter}.yaml",
            line=1,
            field="",
            message=f"there is no charter {charter!r}",
            remedy=f"write it, or use one of: {known}",
        )
        raise RuleBookError([problem])
    return assemble(sheet.shape, library)
