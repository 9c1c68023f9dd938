"""The engine's verdicts for many sites and days at once: the same ones, to the last digit.

Figures are weighed in binary here. Where that comes within a hair of an edge, the engine itself
is asked, which weighs decimal digits.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from charter_rules.conditions import NUMERIC, Comparison, Evidence, FixedGuardBand
from charter_rules.engine import judge
from charter_rules.facts import SiteFacts
from charter_rules.findings import Verdict
from charter_rules.kpis import spec_of
from charter_rules.replay.grids import Grids, KpiGrid
from charter_rules.replay.law import Law, Mask, law_of
from charter_rules.replay.table import CODES, Codes, VerdictTable
from charter_rules.rulebook import Rule, RuleBook
from models.kpi.result import KpiResult
from models.kpi_history import KpiColumns
from models.readings import FloatArray, Origin

# Relative distance to an edge below which binary figures do not decide.
_HAIR: Final = 1e-9
_MEASURED: Final = (Origin.MEASURED.value, Origin.IMPORTED.value)


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
        The same verdicts that :func:`~charter_rules.engine.judge` gives one by one.

    Raises
    ------
    ValueError
        If the days are not in order, or one comes twice.
    """
    judged = tuple(days) if days is not None else _days_of(columns)
    if any(later <= day for day, later in pairwise(judged)):
        msg = "the days of a replay come in order, each once"
        raise ValueError(msg)
    grids = Grids(columns, tuple(sites), [day.toordinal() for day in judged])
    shape = (len(sites), len(rulebook.rules), len(judged))
    code = np.empty(shape, dtype=np.int8)
    margin = np.full(shape, np.nan)
    facts = tuple(sites.values())
    for place, rule in enumerate(rulebook.rules):
        one = _RuleReplay(rule, facts, judged, grids, columns)
        code[:, place, :], margin[:, place, :] = one.run()
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


class _RuleReplay:
    """One rule over all sites and days."""

    def __init__(
        self,
        rule: Rule,
        facts: tuple[SiteFacts, ...],
        days: tuple[date, ...],
        grids: Grids,
        columns: KpiColumns,
    ) -> None:
        self._rule = rule
        self._facts = facts
        self._days = days
        self._columns = columns
        self._law = law_of(rule, facts, days)
        self._grid = grids.of(rule.kpi, rule.window.name)
        self._before = None if rule.against is None else grids.of(rule.kpi, rule.against)

    def run(self) -> tuple[Codes, FloatArray]:
        """Codes and margins of shape (sites, days)."""
        law, rule = self._law, self._rule
        code = law.code.copy()
        margin = np.full(code.shape, np.nan)
        if rule.comparison is Comparison.DECLARED:
            self._judge_duty(code, law.weighed)
            return code, margin
        weighed = law.weighed & self._enough()
        off_level = weighed & ~self._at_level()
        code[off_level] = CODES[Verdict.NOT_APPLICABLE]
        weighed &= ~off_level
        if rule.comparison is Comparison.PRESENT:
            plain = np.full(code.shape, CODES[Verdict.COMPLIANT], dtype=np.int8)
            code[weighed] = self._tempered(plain)[weighed]
        else:
            # What is not finite is not weighed: it may overflow in silence.
            with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
                self._weigh(code, margin, weighed)
        return code, margin

    def _judge_duty(self, code: Codes, owed: Mask) -> None:
        """Ask the engine once for each run of days over which nothing is said or falls due."""
        for site, facts in enumerate(self._facts):
            for first, stop in pairwise(self._turns(facts, owed[site])):
                if owed[site, first]:
                    outcome = judge(self._rule, facts, {}, self._days[first])
                    code[site, first:stop] = CODES[outcome.verdict]

    def _turns(self, facts: SiteFacts, owed: Mask) -> list[int]:
        """Places of the days on which the verdict on a duty may change, and the end."""
        duty, days = self._rule.duty, self._days
        turns: set[date] = set()
        if duty is not None:
            turns |= {
                one.made_on for one in facts.declarations if one.made_on and one.key == duty.key
            }
            if duty.yearly_by is not None and days:
                years = range(days[0].year, days[-1].year + 1)
                turns |= {date(year, *duty.yearly_by) for year in years}
        places = {0, len(days), *(bisect_left(days, turn) for turn in turns)}
        return sorted(places | {int(place) + 1 for place in np.flatnonzero(np.diff(owed))})

    def _enough(self) -> Mask:
        """Where the KPI has what the rule asks of it."""
        rule, grid = self._rule, self._grid
        enough: Mask = np.isfinite(grid.value)
        enough &= grid.hours >= rule.window.min_hours
        enough &= grid.coverage_ratio >= rule.min_coverage_ratio
        if rule.comparison in NUMERIC and not isinstance(rule.guard_band, FixedGuardBand):
            enough &= np.isfinite(grid.expanded_uncertainty) & (grid.expanded_uncertainty >= 0.0)
        if rule.at_level is not None:
            enough &= np.isfinite(grid.numerator)
        return enough

    def _at_level(self) -> Mask:
        level, ambient = self._rule.at_level, self._grid.numerator
        if level is None:
            return np.ones(ambient.shape, np.bool_)
        at_level: Mask = ambient > level.above_dba
        return at_level if level.up_to_dba is None else at_level & (ambient <= level.up_to_dba)

    def _weigh(self, code: Codes, margin: FloatArray, weighed: Mask) -> None:
        rule, law = self._rule, self._law
        value, expanded = self._grid.value, self._grid.expanded_uncertainty
        if self._before is not None:
            value, expanded = _change(self._grid, self._before)
            weighed = weighed & np.isfinite(value) & np.isfinite(expanded)
        fixed = rule.guard_band if isinstance(rule.guard_band, FixedGuardBand) else None
        guard = np.full(value.shape, float(fixed.width)) if fixed else expanded
        found = _margin(rule.comparison, value, law)
        strict = fixed.strict if fixed else False
        verdict = self._tempered(_decide(found, guard, strict=strict))
        code[weighed] = verdict[weighed]
        margin[weighed] = found[weighed]
        self._ask_the_engine(code, margin, weighed & _near_an_edge(found, guard, value))

    def _tempered(self, plain: Codes) -> Codes:
        """Weigh the origin of the data, as :func:`charter_rules.conditions.weigh` does."""
        if self._rule.evidence is Evidence.DECLARATION:
            return plain
        origin = self._grid.origin
        weak = ~np.isin(origin, _MEASURED)
        tempered = plain.copy()
        tempered[weak & (plain == CODES[Verdict.COMPLIANT])] = CODES[Verdict.COMPLIANT_NOT_PROVEN]
        estimated = weak & (origin == Origin.SUBSTITUTED.value)
        tempered[estimated & (plain == CODES[Verdict.BREACH])] = CODES[Verdict.SUSPECTED]
        return tempered

    def _ask_the_engine(self, code: Codes, margin: FloatArray, where: Mask) -> None:
        for site, day in np.argwhere(where).tolist():
            outcome = judge(
                self._rule, self._facts[site], self._results(site, day), self._days[day]
            )
            code[site, day] = CODES[outcome.verdict]
            margin[site, day] = np.nan if outcome.margin is None else float(outcome.margin)

    def _results(self, site: int, day: int) -> dict[tuple[str, str], KpiResult]:
        unit = spec_of(self._rule.kpi).unit
        grids = [grid for grid in (self._grid, self._before) if grid is not None]
        rows = [int(grid.row[site, day]) for grid in grids]
        results = [self._columns.result(row, unit=unit) for row in rows if row >= 0]
        return {(one.kpi, one.window.name): one for one in results}


def _margin(comparison: Comparison, value: FloatArray, law: Law) -> FloatArray:
    if comparison is Comparison.AT_LEAST:
        return value - law.threshold
    if comparison is Comparison.BETWEEN:
        return np.minimum(value - law.threshold, law.high - value)
    return law.threshold - value


def _change(now: KpiGrid, before: KpiGrid) -> tuple[FloatArray, FloatArray]:
    """Relative change and its expanded uncertainty, as :func:`charter_rules.trend.change`."""
    start = np.where(before.value == 0.0, np.nan, before.value)
    ratio = now.value / start
    spread = np.hypot(now.expanded_uncertainty / start, ratio * before.expanded_uncertainty / start)
    return ratio - 1.0, spread


def _decide(margin: FloatArray, guard: FloatArray, *, strict: bool) -> Codes:
    proven = margin > guard if strict else margin >= guard
    conditions: list[NDArray[np.bool_]] = [margin < -guard, margin < 0.0, proven]
    graded = [CODES[one] for one in (Verdict.BREACH, Verdict.SUSPECTED, Verdict.COMPLIANT)]
    rest = CODES[Verdict.COMPLIANT_NOT_PROVEN]
    return np.select(conditions, graded, rest).astype(np.int8)


def _near_an_edge(margin: FloatArray, guard: FloatArray, value: FloatArray) -> Mask:
    hair = _HAIR * (1.0 + np.abs(value) + np.abs(margin) + guard)
    near: Mask = np.abs(margin) <= hair
    return near | (np.abs(margin - guard) <= hair) | (np.abs(margin + guard) <= hair)
