"""What the check of a pack found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from service.evidence.canonical import Json
from service.evidence.said import Said
from service.evidence.text import part_named, say


class Outcome(StrEnum):
    """What a check comes to; only ``GOOD`` is success."""

    GOOD = "good"
    REFUSED = "refused"
    LAW_UNKNOWN = "law_unknown"
    AUTHOR_UNKNOWN = "author_unknown"


@dataclass(frozen=True, slots=True, repr=False)
class Problem:
    """Why a pack is no proof: which part, and what is wrong with it."""

    part: str
    said: Said

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return self.said.words()

    def words(self, lang: str) -> str:
        """One line for a reader."""
        return say(lang, "problem", part=part_named(lang, self.part), message=self.said.words(lang))

    def __str__(self) -> str:
        """One line in English."""
        return self.words("en")

    __repr__ = __str__


class PartError(ValueError):
    """A part of a pack cannot be used, or contradicts another."""

    def __init__(self, part: str, said: Said) -> None:
        super().__init__(str(said))
        self.part = part
        self.said = said


@dataclass(slots=True, kw_only=True)
class Report:
    """The result of one check.

    ``unknown`` is what the verifier does not have to compare with. ``findings`` are the verdicts
    that came out again, ``figures`` the KPIs over the period of the pack.
    """

    fingerprint: str | None = None
    authorship: Said | None = None
    author_known: bool = False
    charter: Mapping[str, Json] | None = None
    problems: list[Problem] = field(default_factory=list)
    unknown: list[Problem] = field(default_factory=list)
    remarks: list[Said] = field(default_factory=list)
    findings: list[Mapping[str, Json]] = field(default_factory=list)
    figures: list[Mapping[str, Json]] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """What it comes to."""
        if self.problems:
            return Outcome.REFUSED
        if self.unknown:
            return Outcome.LAW_UNKNOWN
        return Outcome.GOOD if self.author_known else Outcome.AUTHOR_UNKNOWN

    def refuse(self, part: str, key: str, **fields: object) -> None:
        """Add a reason to refuse the pack."""
        self.problems.append(Problem(part, Said(key, fields)))

    def not_known(self, part: str, key: str, **fields: object) -> None:
        """Add something that the verifier cannot compare."""
        self.unknown.append(Problem(part, Said(key, fields)))

    def remark(self, key: str, **fields: object) -> None:
        """Add what a reader should know, and what is no reason to refuse."""
        self.remarks.append(Said(key, fields))
