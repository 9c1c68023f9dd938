"""Verdicts of many sites on many days, as one block."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from charter_rules.findings import Verdict
from charter_rules.judging.weighing import CODES, VERDICTS, Codes
from models.readings import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictTable:
    """What a charter says of each site on each day.

    ``code``, ``cause`` and ``margin`` have the shape (sites, rules, days). ``cause`` says what a
    verdict that is not certain lacks (:data:`charter_rules.replay.causes.CAUSES`). A margin is in
    the unit of the rule's KPI, positive on the compliant side, NaN where nothing was weighed.
    """

    charter: str
    sites: tuple[str, ...]
    rules: tuple[str, ...]
    days: tuple[date, ...]
    code: Codes
    cause: Codes
    margin: FloatArray

    def verdict(self, site: str, rule: str, day: date) -> Verdict:
        """One verdict.

        Raises
        ------
        ValueError
            If the table has no such site, rule or day.
        """
        place = (self.sites.index(site), self.rules.index(rule), self.days.index(day))
        return VERDICTS[int(self.code[place])]

    def count(self, verdict: Verdict) -> NDArray[np.int64]:
        """Days with a verdict, by site and rule."""
        return np.asarray((self.code == CODES[verdict]).sum(axis=2), dtype=np.int64)
