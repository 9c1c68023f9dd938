"""A charter over past data of many sites: the engine's verdicts as one block."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np

from charter_rules.facts import SiteFacts
from charter_rules.judging.grid import judge_grid
from charter_rules.law.rulebook import Parameter, Rule, RuleBook
from charter_rules.replay.causes import causes_of
from charter_rules.replay.grids import Grids
from charter_rules.replay.table import VerdictTable
from models.kpi_history import KpiColumns


def replay(
    rulebook: RuleBook,
    sites: Mapping[str, SiteFacts],
    columns: KpiColumns,
    days: Sequence[date] | None = None,
) -> VerdictTable:
    """Apply every rule of a charter to every site on every day.

    Parameters
    ----------
    rulebook : RuleBook
        The charter, in force or drafted.
    sites : mapping of name to SiteFacts
        The sites; one that the history does not know has no KPIs.
    columns : KpiColumns
        Their KPIs.
    days : sequence of date, optional
        The days to judge, in order; those of the history by default.

    Returns
    -------
    VerdictTable
        The verdicts that :func:`~charter_rules.judging.engine.judge` gives one by one.

    Raises
    ------
    ValueError
        If the days are not in order, or one comes twice.
    """
    judged = tuple(days) if days is not None else _days_of(columns)
    if any(later <= day for day, later in pairwise(judged)):
        msg = "the days of a replay come in order, each once"
        raise ValueError(msg)
    ordinals = np.array([day.toordinal() for day in judged], np.int64)
    grids = Grids(columns, tuple(sites), ordinals)
    shape = (len(sites), len(rulebook.rules), len(judged))
    code, cause, margin = np.empty(shape, np.int8), np.empty(shape, np.int8), np.empty(shape)
    facts = tuple(sites.values())
    cuts = _cuts(facts, judged)
    for place, rule in enumerate(rulebook.rules):
        now, before = grids.of(rule.kpi, rule.window.name), grids.of(rule.kpi, rule.against)
        for start, stop in pairwise(cuts):
            then = tuple(each.on(judged[start]) for each in facts)
            days_of = ordinals[start:stop]
            one = judge_grid(
                rule, then, days_of, now.between(start, stop), before.between(start, stop)
            )
            code[:, place, start:stop], margin[:, place, start:stop] = one.code, one.margin
            cause[:, place, start:stop] = causes_of(one)
    return VerdictTable(
        charter=rulebook.charter,
        sites=tuple(sites),
        rules=tuple(rule.id for rule in rulebook.rules),
        days=judged,
        code=code,
        cause=cause,
        margin=margin,
    )


def _cuts(facts: Sequence[SiteFacts], days: Sequence[date]) -> list[int]:
    """Places between which no fact of any site changes, the first and the end with them."""
    changed = {change.day for one in facts for change in one.changes}
    return sorted({0, len(days), *(bisect_left(days, day) for day in changed)})


def as_if_published(rulebook: RuleBook) -> RuleBook:
    """A charter whose figures hold from their own day on, published by then or not.

    A planner asks what a figure would have meant in the past. That is a replay and no judgement:
    nobody breaks a figure that nobody knows.
    """
    return replace(rulebook, rules=tuple(_known_in_time(rule) for rule in rulebook.rules))


def _known_in_time(rule: Rule) -> Rule:
    upper = None if rule.upper is None else _unpublished(rule.upper)
    return replace(rule, parameter=_unpublished(rule.parameter), upper=upper)


def _unpublished(parameter: Parameter) -> Parameter:
    entries = tuple(replace(one, published_on=None) for one in parameter.values.entries)
    return replace(parameter, values=replace(parameter.values, entries=entries))


def _days_of(columns: KpiColumns) -> tuple[date, ...]:
    return tuple(date.fromordinal(int(day)) for day in np.unique(columns.on))
