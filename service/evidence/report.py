"""What the check of a pack found."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a pack is refused: which part, and what is wrong with it."""

    part: str
    message: str

    def __str__(self) -> str:
        """One line for a reader."""
        return f"part '{self.part}': {self.message}"


class PartError(ValueError):
    """A part of a pack cannot be used, or contradicts another."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


@dataclass(slots=True, kw_only=True)
class Report:
    """The result of one check. ``recomputed`` says of each verdict what came out again."""

    fingerprint: str | None = None
    authorship: str = ""
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    recomputed: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with the pack."""
        return not self.problems

    def refuse(self, part: str, message: str) -> None:
        """Add a reason to refuse the pack."""
        self.problems.append(Problem(part, message))
