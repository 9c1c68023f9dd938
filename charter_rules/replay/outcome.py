"""What a replay tells a planner: who fails, when, by how much; and what another charter changes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from charter_rules.findings import MISSED, Verdict
from charter_rules.judging.weighing import CODES, VERDICTS
from charter_rules.law.rulebook import RuleBook
from charter_rules.replay.table import VerdictTable

_MISSED: Final = [CODES[one] for one in MISSED]
_WORST_FIRST: Final = (
    Verdict.BREACH,
    Verdict.DEVIATION,
    Verdict.SUSPECTED,
    Verdict.NOT_HANDED_IN,
    Verdict.LATE,
    Verdict.INSUFFICIENT_DATA,
    Verdict.NOT_FIXED,
    Verdict.COMPLIANT_NOT_PROVEN,
    Verdict.DECLARED_UNCHECKED,
    Verdict.COMPLIANT,
    Verdict.NOT_IN_FORCE,
    Verdict.NOT_APPLICABLE,
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Rules of two charters on one thing; where a side has several, its worst verdict counts."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


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


def transitions(
    before: VerdictTable, after: VerdictTable, matched: Sequence[Matched] | None = None
) -> Iterator[Transition]:
    """What changes from one charter to another; what only one asks is None in the other.

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
    for one in _namesakes(before, after) if matched is None else matched:
        old, new = (
            _worst(table, rules) if rules else np.full(shape, absent, np.int16)
            for table, rules in ((before, one.before), (after, one.after))
        )
        pairs = old * (absent + 1) + new
        for pair in np.unique(pairs[old != new]).tolist():
            where = pairs == pair
            touched = np.flatnonzero(where.any(axis=1)).tolist()
            yield Transition(
                rule=one.name,
                before=_verdict(pair // (absent + 1)),
                after=_verdict(pair % (absent + 1)),
                site_days=int(where.sum()),
                sites=tuple(before.sites[site] for site in touched),
            )


def _namesakes(before: VerdictTable, after: VerdictTable) -> Iterator[Matched]:
    for rule in dict.fromkeys((*before.rules, *after.rules)):
        old, new = (tuple({rule} & set(table.rules)) for table in (before, after))
        yield Matched(name=rule, before=old, after=new)


def _worst(table: VerdictTable, rules: Sequence[str]) -> NDArray[np.int16]:
    """The worst verdict that some rules give, by site and day."""
    places = [table.rules.index(rule) for rule in rules]
    rank = np.argsort([CODES[verdict] for verdict in _WORST_FIRST])
    best = rank[table.code[:, places]].min(axis=1)
    codes = np.asarray([CODES[verdict] for verdict in _WORST_FIRST], np.int16)
    return np.asarray(codes[best], np.int16)


def effects(
    before: VerdictTable, after: VerdictTable, matched: Sequence[Matched] | None = None
) -> Iterator[Effect]:
    """Which sites newly breach, keep or cannot prove each rule that another charter changes."""
    newly: dict[str, dict[Verdict, set[str]]] = {}
    for one in transitions(before, after, matched):
        of_rule = newly.setdefault(one.rule, {})
        if one.after is not None:
            of_rule.setdefault(one.after, set()).update(one.sites)
    for rule, found in newly.items():
        yield Effect(rule=rule, newly={v: tuple(sorted(found[v])) for v in VERDICTS if v in found})


def _verdict(code: int) -> Verdict | None:
    return VERDICTS[code] if code < len(VERDICTS) else None
