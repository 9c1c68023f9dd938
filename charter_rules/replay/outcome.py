"""What a replay tells a planner: who fails, when, by how much; and what another charter changes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from charter_rules.findings import MISSED, Verdict
from charter_rules.judging.weighing import CODES, VERDICTS
from charter_rules.law.rulebook import RuleBook
from charter_rules.replay.table import VerdictTable

_MISSED: Final = [CODES[one] for one in MISSED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One site that breaches one rule. ``worst_margin`` is in the unit of the text."""

    site: str
    rule: str
    first_day: date
    last_day: date
    days: int
    of_days: int
    worst_margin: float | None
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSummary:
    """How many sites each verdict has on the last day, and how many ever breached the rule."""

    rule: str
    sites: Mapping[Verdict, int]
    ever_in_breach: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Site-days of a rule whose verdict differs between two charters."""

    rule: str
    before: Verdict | None
    after: Verdict | None
    site_days: int
    sites: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The sites that on some day have a verdict which they would not have had otherwise."""

    rule: str
    newly: Mapping[Verdict, tuple[str, ...]]


def failures(table: VerdictTable, rulebook: RuleBook) -> Iterator[Failure]:
    """Every site that breaches a rule on some day, in the order of the charter."""
    breach = np.isin(table.code, _MISSED)
    for place, rule in enumerate(rulebook.rules):
        factor = float(rule.parameter.factor)
        for site in np.flatnonzero(breach[:, place].any(axis=1)).tolist():
            on = np.flatnonzero(breach[site, place])
            margins = table.margin[site, place, on]
            known = margins[np.isfinite(margins)]
            yield Failure(
                site=table.sites[site],
                rule=rule.id,
                first_day=table.days[int(on[0])],
                last_day=table.days[int(on[-1])],
                days=len(on),
                of_days=len(table.days),
                worst_margin=float(known.min()) / factor if len(known) else None,
                unit=rule.parameter.unit,
            )


def summaries(table: VerdictTable) -> Iterator[RuleSummary]:
    """One line per rule, in the order of the charter."""
    ever = np.isin(table.code, _MISSED).any(axis=2).sum(axis=0)
    for place, rule in enumerate(table.rules):
        last = table.code[:, place, -1] if table.days else np.empty(0, np.int8)
        counted = Counter(VERDICTS[int(code)] for code in last)
        yield RuleSummary(
            rule=rule,
            sites={verdict: counted[verdict] for verdict in VERDICTS if counted[verdict]},
            ever_in_breach=int(ever[place]),
        )


def transitions(before: VerdictTable, after: VerdictTable) -> Iterator[Transition]:
    """What changes from one charter to another, by rule; a rule that only one has is None there.

    Raises
    ------
    ValueError
        If the tables are not of the same sites and days.
    """
    if before.sites != after.sites or before.days != after.days:
        msg = "two charters compare only over the same sites and days: replay both alike"
        raise ValueError(msg)
    absent = len(VERDICTS)
    shape = (len(before.sites), len(before.days))
    for rule in dict.fromkeys((*before.rules, *after.rules)):
        old, new = (
            table.code[:, table.rules.index(rule)].astype(np.int16)
            if rule in table.rules
            else np.full(shape, absent, np.int16)
            for table in (before, after)
        )
        pairs = old * (absent + 1) + new
        for pair in np.unique(pairs[old != new]).tolist():
            where = pairs == pair
            touched = np.flatnonzero(where.any(axis=1)).tolist()
            yield Transition(
                rule=rule,
                before=_verdict(pair // (absent + 1)),
                after=_verdict(pair % (absent + 1)),
                site_days=int(where.sum()),
                sites=tuple(before.sites[site] for site in touched),
            )


def effects(before: VerdictTable, after: VerdictTable) -> Iterator[Effect]:
    """Which sites newly breach, keep or cannot prove each rule that another charter changes."""
    newly: dict[str, dict[Verdict, set[str]]] = {}
    for one in transitions(before, after):
        of_rule = newly.setdefault(one.rule, {})
        if one.after is not None:
            of_rule.setdefault(one.after, set()).update(one.sites)
    for rule, found in newly.items():
        yield Effect(rule=rule, newly={v: tuple(sorted(found[v])) for v in VERDICTS if v in found})


def _verdict(code: int) -> Verdict | None:
    return VERDICTS[code] if code < len(VERDICTS) else None
