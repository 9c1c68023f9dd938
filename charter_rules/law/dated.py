"""Values of the law over time: which figure holds on a day, and which comes next."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from charter_rules.findings import Verification


class Absence(StrEnum):
    """Why a dated value has no number.

    ``REPEALED``: the text is gone. ``NOT_PUBLISHED``: it has a number that was not found.
    ``NO_FIGURE``: it asks for an act or a presence, and has no number.
    """

    REPEALED = "repealed"
    NOT_PUBLISHED = "not_published"
    NO_FIGURE = "no_figure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where a figure is written: the text and the place in it, in French and in English."""

    title: str
    article: str
    url: str | None
    title_en: str | None = None
    article_en: str | None = None

    def words(self, language: str) -> tuple[str, str]:
        """Title and article in one language."""
        if language == "fr":
            return self.title, self.article
        return self.title_en or self.title, self.article_en or self.article


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedEntry:
    """One figure and the day from which it holds.

    ``value`` is None when the text was repealed, when its number is not published here, or
    when it has none; ``absence`` says which. ``published_on`` is None when the day is not known.
    """

    in_force_from: date
    value: float | None
    absence: Absence | None
    verification: Verification
    published_on: date | None
    reference: Reference

    @property
    def binds_from(self) -> date:
        """First day on which it could be known: nobody breaks a figure before it is published."""
        return max(self.in_force_from, self.published_on or self.in_force_from)


@dataclass(frozen=True, slots=True)
class DatedValue:
    """The figures of one parameter, oldest first. Constant between two dates."""

    entries: tuple[DatedEntry, ...]

    def at(self, day: date) -> DatedEntry | None:
        """Entry that holds on a day; None before the first one."""
        held = [entry for entry in self.entries if entry.binds_from <= day]
        return held[-1] if held else None

    def next_after(self, day: date) -> DatedEntry | None:
        """First entry that starts after a day; None when none is known."""
        coming = (entry for entry in self.entries if entry.binds_from > day)
        return next(coming, None)


_MONTHS_PER_YEAR = 12


def months_later(day: date, months: int) -> date:
    """Same day of the month some months later, or that month's last day.

    Examples
    --------
    >>> months_later(date(2026, 8, 31), 24), months_later(date(2028, 2, 29), 24)
    (datetime.date(2028, 8, 31), datetime.date(2030, 2, 28))
    """
    index = day.year * _MONTHS_PER_YEAR + day.month - 1 + months
    year, month = index // _MONTHS_PER_YEAR, index % _MONTHS_PER_YEAR + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
