"""Duties to declare: was it said, by whom is read elsewhere, to be done in time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from charter_rules.facts import Declaration, SiteFacts
from charter_rules.findings import Verdict
from charter_rules.judging.weighing import CODES, Codes
from charter_rules.law.rulebook import DeclaredDuty
from models.readings import IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The declaration that counts, by site and day.

    ``at`` has the shape (sites, days): a place in ``said``, -1 where nobody said anything, which
    proves neither that it was done nor the contrary.
    ``due`` is the day by which a yearly duty was owed last, by day; None for one without a date.
    """

    said: tuple[Declaration, ...]
    at: IntArray
    due: IntArray | None

    @property
    def code(self) -> Codes:
        """What was said, and by whom; of no meaning in silence."""
        made = np.array([*map(_verdict, self.said), CODES[Verdict.INSUFFICIENT_DATA]], np.int8)
        code = made[self.at]
        if self.due is None:
            return code
        days = [one.made_on for one in self.said]
        done = np.array([*(0 if day is None else day.toordinal() for day in days), 0])[self.at]
        kept = (code == CODES[Verdict.COMPLIANT]) | (code == CODES[Verdict.DECLARED_UNCHECKED])
        return np.where(kept & (done > self.due), np.int8(CODES[Verdict.LATE]), code)


def _verdict(said: Declaration) -> int:
    if not said.made:
        return CODES[Verdict.BREACH]
    checked = said.author.checks
    return CODES[Verdict.COMPLIANT if checked else Verdict.DECLARED_UNCHECKED]


def declared(duty: DeclaredDuty, facts: Sequence[SiteFacts], days: IntArray) -> Declared:
    """The declaration of a duty that counts on each of ``days``, shape (1, days).

    It is the newest that was known then, of those who check the site if they said anything.
    """
    due = None if duty.yearly_by is None or not days.size else _last_due(duty.yearly_by, days[0])
    year = None if due is None else np.array([date.fromordinal(day).year - 1 for day in due])
    alike: defaultdict[tuple[Declaration, ...], list[int]] = defaultdict(list)
    for site, one in enumerate(facts):
        alike[tuple(said for said in one.said if said.key == duty.key)].append(site)
    at = np.full((len(facts), days.shape[1]), -1, np.int64)
    all_said: list[Declaration] = []
    for each, sites in alike.items():
        newest = np.full(days.shape[1], -1, np.int64)
        for said in sorted(each, key=_weightiest_last, reverse=True):
            counts = (newest < 0) & (days[0] >= (said.known_on or date.min).toordinal())
            newest[counts if year is None else counts & (year == said.for_year)] = len(all_said)
            all_said.append(said)
        at[sites] = newest
    return Declared(said=tuple(all_said), at=at, due=due)


def _weightiest_last(said: Declaration) -> tuple[bool, date, bool]:
    """An inspection outranks the operator's word, whatever the dates; of two like it the newer.

    What was done in the end counts before what was not done until then.
    """
    return said.author.checks, said.known_on or date.min, said.made


def _last_due(yearly_by: tuple[int, int], days: IntArray) -> IntArray:
    """The last date of a yearly duty up to each day."""
    years = range(
        date.fromordinal(int(days.min())).year - 1, date.fromordinal(int(days.max())).year + 1
    )
    dates = np.array([date(year, *yearly_by).toordinal() for year in years])
    return np.asarray(dates[np.searchsorted(dates, days, side="right") - 1], np.int64)
