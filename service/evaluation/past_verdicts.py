"""The days before now judged again: since when the past shows a breach.

Each day is judged as of its end, on the readings that the store has now, by its own law and facts.
The meters are those of the site today: that there were none shows nothing of the past, nor does a
declared figure, which names no day from which it was known.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from charter_rules.breaches.beginning import Beginning, PastVerdict, beginning
from charter_rules.facts import SiteFacts
from charter_rules.findings import Finding
from charter_rules.judging.engine import judge
from charter_rules.judging.inspected import inspected
from charter_rules.law.rulebook import Rule, RuleBook
from models.heat.handover import Handover
from models.kpi.definition import Kpi
from models.kpi.measurement import Measurement, SiteReadings
from models.kpi.registry import KPIS, declared, measure
from models.kpi.result import KpiResult, Withheld
from models.kpi.wanted import wanted_points
from models.legal_time.days import day_start, legal_day
from models.metering.registers import SiteRegisters
from models.readings import Window
from models.site.site import Site, site_sums
from service.evaluation.periods import GRAIN_OF, Grain, window_named
from service.evaluation.ports import ReadingHistory
from service.evaluation.reader import SiteReader
from service.evaluation.second_doubts import windows_by_doubts

_DAY: Final = timedelta(days=1)
_EDGE: Final = timedelta(hours=1)
# Most breaches are noticed as they begin; one that did not is followed back for a year, in steps: a
# year of twelve months takes seconds of work.
_LOOKS: Final = ((1, 8), (8, 39), (39, 130), (130, 367))

# Windows that are measured at once: a tenth of a second of work.
_PIECE: Final = 16

# By KPI, name of the window and its end.
_Measured = dict[tuple[str, str, datetime], KpiResult]


class PastVerdicts:
    """Follows breaches of one site back to where they began."""

    def __init__(self, site: Site, history: ReadingHistory, rulebook: RuleBook) -> None:
        self._site, self._history = site, history
        self._sums = site_sums(site)
        self._handover = Handover(site)
        self._rules = {rule.id: rule for rule in rulebook.rules}
        self._declared = {(one.kpi, one.window.name): one for one in declared(site.declared)}

    async def beginnings(
        self, findings: Sequence[Finding], facts: SiteFacts, now: datetime
    ) -> Mapping[str, Beginning]:
        """Since when the past shows each of some findings that miss their rule, by rule.

        Raises
        ------
        StoreAway
            If the store cannot be reached.
        """
        today = legal_day(now)
        told = {
            one.rule_id: [
                PastVerdict(
                    verdict=one.verdict,
                    shown_from=_shown_from(self._rules[one.rule_id], facts, one.kpi, today, now),
                )
            ]
            for one in findings
        }
        for first, stop in _LOOKS:
            open_ = [name for name, past in told.items() if _goes_on(now, past)]
            if not open_:
                break
            days = [today - n * _DAY for n in range(first, stop)]
            rules = [self._rules[name] for name in open_]
            measured = await self._measure(rules, days)
            for rule in rules:
                told[rule.id] += await asyncio.to_thread(self._judged, rule, facts, days, measured)
        return {name: beginning(now, past) for name, past in told.items()}

    def _judged(
        self, rule: Rule, facts: SiteFacts, days: Iterable[date], measured: _Measured
    ) -> list[PastVerdict]:
        told: list[PastVerdict] = []
        for day in days:
            end = _end_of(day)
            kpis = {} if rule.against is None else dict(self._declared)
            for name in _windows_of(rule):
                found = measured.get((rule.kpi, name, window_named(name, end).end))
                if found is not None:
                    kpis[rule.kpi, name] = found
            outcome = judge(rule, facts, kpis, day)
            shown = _shown_from(rule, facts, outcome.kpi, day, end)
            told.append(PastVerdict(verdict=outcome.verdict, shown_from=shown))
        return told

    async def _measure(self, rules: Sequence[Rule], days: Sequence[date]) -> _Measured:
        """The KPIs of some rules as of the end of each day."""
        found: _Measured = {}
        for grain in (Grain.LONG, Grain.NOISE):
            names = {
                (rule.kpi, name)
                for rule in rules
                for name in _windows_of(rule)
                if GRAIN_OF[name] is grain
            }
            if not names:
                continue
            kpis = [KPIS[one] for one in dict.fromkeys(kpi for kpi, _ in sorted(names))]
            windows = tuple(
                dict.fromkeys(
                    window_named(name, _end_of(day))
                    for name in dict.fromkeys(name for _, name in sorted(names))
                    for day in days
                )
            )
            for result in await self._over(grain, kpis, windows):
                if result.withheld is not Withheld.NO_METER:
                    found[result.kpi, result.window.name, result.window.end] = result
        return found

    async def _over(
        self, grain: Grain, kpis: Sequence[Kpi], windows: Sequence[Window]
    ) -> list[KpiResult]:
        wanted = wanted_points(kpis, self._site, self._sums)
        start, end = min(one.start for one in windows), max(one.end for one in windows)
        is_second = not set(self._handover.registers()).isdisjoint(wanted.registers)
        reader = SiteReader(
            self._history,
            wanted,
            further_registers=self._handover.registers() if is_second else (),
            further_gauges=self._handover.gauges() if is_second else {},
        )
        await reader.look_for_imports()
        if grain is Grain.NOISE:
            readings = await reader.levels(start, end)
        else:
            readings = await reader.long(start - _DAY, end, end + _EDGE)
        registers = SiteRegisters(self._site.tree, readings.registers, readings.gauges)
        found: list[KpiResult] = []
        # In pieces: whoever is told to stop does not wait for a year.
        for first in range(0, len(windows), _PIECE):
            piece = windows[first : first + _PIECE]
            doubted = (piece[0], piece[-1]) if is_second else ()
            found += await asyncio.to_thread(
                self._results, kpis, piece, doubted, readings, registers
            )
        return found

    def _results(
        self,
        kpis: Sequence[Kpi],
        windows: Sequence[Window],
        doubted: Sequence[Window],
        readings: SiteReadings,
        registers: SiteRegisters,
    ) -> list[KpiResult]:
        """The KPIs of windows a day apart; a heat meter that is contradicted at either end of them
        is so in all.
        """
        by_doubts = windows_by_doubts(self._handover, doubted, readings, registers)
        doubts = tuple(dict.fromkeys(one for each in by_doubts for one in each))
        told = replace(readings, doubts=doubts)
        measured = Measurement(self._site, self._sums, told, windows, registers)
        return measure(measured, kpis)


def _windows_of(rule: Rule) -> list[str]:
    """Names of the windows that a rule looks at and that are measured."""
    names = (rule.window.name, rule.against)
    measured = (Grain.LONG, Grain.NOISE)
    return [name for name in names if name is not None and GRAIN_OF.get(name) in measured]


def _end_of(day: date) -> datetime:
    return day_start(day + _DAY)


def _goes_on(now: datetime, past: Sequence[PastVerdict]) -> bool:
    return beginning(now, past).preceded_by is None


def _shown_from(
    rule: Rule, facts: SiteFacts, kpi: KpiResult | None, day: date, end: datetime
) -> datetime:
    """From when on a verdict of a day is shown; ``end`` is where what runs was looked at."""
    found = inspected(rule, facts, day)
    if found is not None:
        return day_start((found.window.end - _DAY).date())
    if kpi is None:
        return day_start(day)
    is_whole = kpi.window.closed or GRAIN_OF.get(kpi.window.name) is Grain.NOISE
    return kpi.window.start if is_whole else end
