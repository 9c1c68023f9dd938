"""What can be wrong with a charter on disk.

RuleBookError
    The files do not make a rule book; carries every problem at once.
LockError
    The rules are sound, but their content no longer matches ``rules.lock.json``.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One mistake in one file, with the way out."""

    source: str
    line: int
    field: str
    message: str
    remedy: str

    def __str__(self) -> str:
        """Write ``file:line: field: message; remedy`` so that an editor can jump there."""
        field = f"{self.field}: " if self.field else ""
        return f"{self.source}:{self.line}: {field}{self.message}; {self.remedy}"


class RuleBookError(Exception):
    """The charter's files are not usable; ``problems`` lists all that is wrong with them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems in file and line order."""
        self.problems = tuple(sorted(problems))
        count = len(self.problems)
        head = f"{count} problem{'s' if count != 1 else ''} in the charter:"
        super().__init__("\n".join([head, *map(str, self.problems)]))


class LockError(Exception):
    """A rule changed without its version, or the lock file is out of date."""

    def __init__(self, complaints: Iterable[str]) -> None:
        """Keep one sentence per rule."""
        self.complaints = tuple(complaints)
        super().__init__("\n".join(self.complaints))
