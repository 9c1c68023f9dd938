"""A charter over past data of many sites: the engine's verdicts as one block."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

import numpy as np

from charter_rules.facts import SiteFacts
from charter_rules.judging.grid import judge_grid
from charter_rules.law.rulebook import RuleBook
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
    code, margin = np.empty(shape, dtype=np.int8), np.empty(shape)
    facts = tuple(sites.values())
    for place, rule in enumerate(rulebook.rules):
        now, before = grids.of(rule.kpi, rule.window.name), grids.of(rule.kpi, rule.against)
        one = judge_grid(rule, facts, ordinals, now, before)
        code[:, place], margin[:, place] = one.code, one.margin
    return VerdictTable(
        charter=rulebook.charter,
        sites=tuple(sites),
        rules=tuple(rule.id for rule in rulebook.rules),
        days=judged,
        code=code,
        margin=margin,
    )


def _days_of(columns: KpiColumns) -> tuple[date, ...]:
    return tuple(date.fromordinal(int(day)) for day in np.unique(columns.on))
