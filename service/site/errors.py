"""What can be wrong with a site file.

SiteFileError    every problem of the file at once; nothing of it is used
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: where, in which field, what, and what to do."""

    line: int
    field: str
    message: str

    def sentence(self, source: str) -> str:
        """The problem as ``file:line: field: message``."""
        return f"{source}:{self.line}: {self.field}: {self.message}"


class SiteFileError(Exception):
    """The site file cannot be used; ``problems`` lists all that is wrong with it."""

    def __init__(self, source: str, problems: list[Problem]) -> None:
        """Keep the problems in the order of the file."""
        self.source = source
        self.problems = sorted(problems)
        lines = "\n".join(problem.sentence(source) for problem in self.problems)
        count = len(self.problems)
        super().__init__(f"{lines}\n{count} problem{'s' if count != 1 else ''} in {source}")
