"""What a rule asks of each site on each day, before any KPI is looked at."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from charter_rules.applicability import first_unknown, first_unmet
from charter_rules.facts import SiteFacts
from charter_rules.findings import Verdict
from charter_rules.outcome import Standing
from charter_rules.replay.table import CODES, Codes
from charter_rules.rulebook import Rule
from charter_rules.standing import standing_of, thresholds_of
from models.readings import FloatArray

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One rule for some sites on some days; every array has the shape (sites, days).

    ``code`` is the verdict as far as it needs no KPI; ``weighed`` says where it needs one.
    Thresholds are in the unit of the KPI, NaN where there is none.
    """

    code: Codes
    weighed: Mask
    threshold: FloatArray
    high: FloatArray


def law_of(rule: Rule, facts: Sequence[SiteFacts], days: Sequence[date]) -> Law:
    """Where a rule applies, is in force, and has its figure."""
    shape = (len(facts), len(days))
    code = np.full(shape, CODES[Verdict.NOT_IN_FORCE], dtype=np.int8)
    threshold, high = np.full(shape, np.nan), np.full(shape, np.nan)
    in_force, published = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    # Only a time of grace and a yearly date look at the site: else all sites are alike.
    alike = rule.grace_months_after_entry is None and rule.duty is None
    for site, one in enumerate(facts):
        if site and alike:
            for array in (threshold, high, in_force, published):
                array[site] = array[0]
            continue
        for run, standing in _runs(rule, one, days):
            low, top = thresholds_of(rule, standing)
            in_force[site, run], published[site, run] = standing.in_force, standing.published
            threshold[site, run] = np.nan if low is None else float(low)
            high[site, run] = np.nan if top is None else float(top)
    code[in_force] = CODES[Verdict.INSUFFICIENT_DATA]
    weighed = in_force & published
    for site, one in enumerate(facts):
        if first_unmet(rule.applies_when, one) is not None:
            code[site], weighed[site] = CODES[Verdict.NOT_APPLICABLE], False
        elif first_unknown(rule.applies_when, one) is not None:
            weighed[site] = False
    return Law(code=code, weighed=weighed, threshold=threshold, high=high)


def _runs(rule: Rule, facts: SiteFacts, days: Sequence[date]) -> Iterator[tuple[slice, Standing]]:
    """Days in a row over which a rule stands alike: to the next figure, or until it binds."""
    figures = [entry.in_force_from for entry in rule.parameter.values.entries]
    start = 0
    while start < len(days):
        standing = standing_of(rule, facts, days[start])
        turns = figures if standing.due is None else [*figures, standing.due]
        ahead = [turn for turn in turns if turn > days[start]]
        stop = bisect_left(days, min(ahead)) if ahead else len(days)
        yield slice(start, stop), standing
        start = stop
