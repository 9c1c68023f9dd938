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
    limits_of,
    site_key,
)
from charter_rules.judging.weighing import Figures, Mask
from charter_rules.rulebook import Rule
from models.readings import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One rule for some sites on some days.

    ``at`` has the shape (sites, days), with one row when all sites are alike: the place among
    ``thresholds`` of the one that counts. ``low`` and ``high`` are their figures as decimals in
    the unit of the KPI, None where there is none. ``unmet`` and ``unknown`` are by site.
    """

    thresholds: tuple[EffectiveThreshold, ...]
    at: IntArray
    low: Figures
    high: Figures
    unmet: tuple[SiteCondition | None, ...]
    unknown: tuple[SiteCondition | None, ...]

    def spread(self, limits: Figures) -> FloatArray:
        """The limits by threshold as a grid of floats; NaN for none."""
        return np.asarray(limits, np.float64)[self.at]

    @property
    def not_in_force(self) -> Mask:
        """Where no figure binds the site yet, or any more."""
        return np.array([not one.in_force for one in self.thresholds], np.bool_)[self.at]

    @property
    def unpublished(self) -> Mask:
        """Where the figure is not known here."""
        return np.array([not one.published for one in self.thresholds], np.bool_)[self.at]

    @property
    def excluded(self) -> Mask:
        """Sites that the rule does not concern, as a column."""
        return np.array([[one is not None] for one in self.unmet], np.bool_).reshape(-1, 1)

    @property
    def undecided(self) -> Mask:
        """Sites of which nobody knows whether the rule concerns them, as a column."""
        return np.array([[one is not None] for one in self.unknown], np.bool_).reshape(-1, 1)


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
    for sites in alike.values():
        mine: slice | list[int] = sites if len(alike) > 1 else slice(None)
        asked = days if len(days) == 1 else days[mine]
        if asked.size:
            runs = list(_runs(rule, facts[sites[0]], int(asked.min()), int(asked.max())))
            turns = [start for start, _ in runs]
            at[mine] = np.searchsorted(turns, asked, side="right") - 1 + len(thresholds)
            thresholds += [threshold for _, threshold in runs]
    limits = [limits_of(rule, one) for one in thresholds]
    return Law(
        thresholds=tuple(thresholds),
        at=at,
        low=np.array([low for low, _ in limits], dtype=object),
        high=np.array([high for _, high in limits], dtype=object),
        unmet=tuple(first_unmet(rule.applies_when, one) for one in facts),
        unknown=tuple(first_unknown(rule.applies_when, one) for one in facts),
    )


def _runs(
    rule: Rule, facts: SiteFacts, first: int, last: int
) -> Iterator[tuple[int, EffectiveThreshold]]:
    """First days from which another threshold counts, or the same one begins to bind."""
    figures = [entry.in_force_from for entry in rule.parameter.values.entries]
    start: date | None = date.fromordinal(first)
    while start is not None and start.toordinal() <= last:
        threshold = effective_threshold(rule, facts, start)
        yield start.toordinal(), threshold
        turns = figures if threshold.due is None else [*figures, threshold.due]
        start = min((turn for turn in turns if turn > start), default=None)
