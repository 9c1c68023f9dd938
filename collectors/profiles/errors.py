"""What can be wrong with the device profiles.

::

    collectors.errors.ProfileError
    └── ProfileFilesError    the files: every problem of every one at once; none is used
"""

from collections.abc import Sequence
from dataclasses import dataclass

from collectors.errors import ProfileError


@dataclass(frozen=True, slots=True, order=True)
class ProfileProblem:
    """One mistake: where, in which field, what, and what to do."""

    source: str
    line: int
    field: str
    message: str

    def sentence(self) -> str:
        """The problem as ``file:line: field: message``."""
        return f"{self.source}:{self.line}: {self.field}: {self.message}"


class ProfileFilesError(ProfileError):
    """The profiles cannot be used; ``problems`` lists all that is wrong, in file order."""

    def __init__(self, problems: Sequence[ProfileProblem]) -> None:
        self.problems = tuple(sorted(problems))
        count = len(self.problems)
        lines = "\n".join(problem.sentence() for problem in self.problems)
        super().__init__(f"{lines}\n{count} problem{'s' if count != 1 else ''} in device profiles")
