"""What a rule asks of each site on each day, before any KPI is looked at."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from charter_rules.facts import SiteFacts
from charter_rules.judging.applicability import SiteCondition, first_unknown, first_unmet
from charter_rules.judging.threshold import (
    EffectiveThreshold,
    effective_threshold,
    end_of,
    limits_of,
    site_key,
)
from charter_rules.judging.weighing import Figures, Mask
from charter_rules.law.rulebook import Rule
from models.readings import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One rule for some sites on some days.

    ``at`` has the shape (sites, days), with one row when all sites are alike: the place among
    ``thresholds`` of the one that counts. ``low`` and ``high`` are their figures as decimals in
    the unit of the KPI, None where there is none. ``unmet`` and ``unknown`` are by site, objects
    of shape (sites, 1): the condition that it does not meet, or that nobody knows of.
    """

    thresholds: tuple[EffectiveThreshold, ...]
    at: IntArray
    low: Figures
    high: Figures
    unmet: Figures
    unknown: Figures

    def where(self, by_threshold: Sequence[bool]) -> Mask:
        """A property of each threshold as a grid."""
        return np.array(by_threshold, np.bool_)[self.at]

    def limits(self) -> tuple[FloatArray, FloatArray]:
        """The low and the high figure as grids of floats; NaN for none."""
        return self.low.astype(np.float64)[self.at], self.high.astype(np.float64)[self.at]


def law_of(rule: Rule, facts: Sequence[SiteFacts], days: IntArray) -> Law:
    """Where a rule applies, and with which figure.

    Parameters
    ----------
    rule : Rule
        The rule.
    facts : sequence of SiteFacts
        The sites.
    days : int64 array, shape (1, days) or (sites, days)
        The day whose law counts, for all sites alike or for each. [d, ordinal]
    """
    alike: defaultdict[Hashable, list[int]] = defaultdict(list)
    for site, one in enumerate(facts):
        alike[site_key(rule, one)].append(site)
    rows = 1 if len(alike) == len(days) == 1 else len(facts)
    at = np.zeros((rows, days.shape[1]), np.int64)
    thresholds: list[EffectiveThreshold] = []
    for sites in alike.values() if days.size else ():
        mine: slice | list[int] = sites if len(alike) > 1 else slice(None)
        asked = days if len(days) == 1 else days[mine]
        runs = dict(_runs(rule, facts[sites[0]], int(asked.min()), int(asked.max())))
        at[mine] = np.searchsorted(list(runs), asked, side="right") - 1 + len(thresholds)
        thresholds += runs.values()
    limits = [limits_of(rule, one) for one in thresholds]
    return Law(
        thresholds=tuple(thresholds),
        at=at,
        low=np.array([low for low, _ in limits], dtype=object),
        high=np.array([high for _, high in limits], dtype=object),
        unmet=_column([first_unmet(rule.applies_when, one) for one in facts]),
        unknown=_column([first_unknown(rule.applies_when, one) for one in facts]),
    )


def _column(conditions: Sequence[SiteCondition | None]) -> Figures:
    column = np.empty((len(conditions), 1), dtype=object)
    column[:, 0] = conditions
    return column


def _runs(
    rule: Rule, facts: SiteFacts, first: int, last: int
) -> Iterator[tuple[int, EffectiveThreshold]]:
    """First days from which another threshold counts, or the same one begins to bind."""
    figures = [entry.binds_from for entry in rule.parameter.values.entries]
    end = end_of(rule, facts)
    if end is not None:
        figures.append(end)
    start: date | None = date.fromordinal(first)
    while start is not None and start.toordinal() <= last:
        threshold = effective_threshold(rule, facts, start)
        yield start.toordinal(), threshold
        turns = figures if threshold.due is None else [*figures, threshold.due]
        start = min((turn for turn in turns if turn > start), default=None)
