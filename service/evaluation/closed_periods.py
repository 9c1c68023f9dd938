"""KPIs of closed hours, legal days, months and years: measured again when readings change.

What was known stays: a figure that comes out otherwise is a new one beside it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

import structlog

from models.heat.handover import Handover
from models.kpi.measurement import Measurement, SiteReadings
from models.kpi.registry import KPIS, measure
from models.kpi.result import KpiResult, Withheld
from models.kpi.wanted import wanted_points
from models.legal_time.calendar_spans import Span, first_day, whole_span
from models.legal_time.days import day_start, days_from, legal_day
from models.metering.registers import SiteRegisters
from models.readings import Origin, Window
from models.site.site import Site, site_sums
from service.evaluation.ports import ReadingHistory, RollupState, StoreAway
from service.evaluation.reader import SiteReader
from service.evaluation.second_doubts import windows_by_doubts

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_EVERY_S = 20.0
_LEGAL = (Span.DAY, Span.MONTH, Span.YEAR)

log = structlog.get_logger(__name__)


class ClosedSpan(StrEnum):
    """The kinds of closed periods of which the KPIs are kept."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Up to which revision roll-ups were taken in, and between which instants periods wait."""

    revision: int
    waiting: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownResult:
    """One figure of a closed period, and when it was held for right.

    ``revised_at`` is None for the one that is; ``flags`` and ``doubts`` are words, a doubt as
    meter:reason.
    """

    start: datetime
    end: datetime
    computed_at: datetime
    revised_at: datetime | None
    unit: str
    value: float | None
    expanded_uncertainty: float | None
    coverage_ratio: float
    bridged_ratio: float
    withheld: str | None
    flags: tuple[str, ...]
    doubts: tuple[str, ...]
    origin: Origin
    numerator: float | None
    denominator: float | None
    code_version: str


class KpiStore(Protocol):
    """Keeps the KPIs of closed periods. Every method raises StoreAway."""

    async def progress(self) -> Progress | None:
        """What was taken in so far; None before the first time."""
        ...

    async def record(
        self, results: Sequence[tuple[ClosedSpan, KpiResult]], progress: Progress, now: datetime
    ) -> int:
        """Keep results that are new or otherwise, and the progress with them; how many were."""
        ...


class ClosedPeriods:
    """Follows the roll-ups of one site, a legal month at a time, the newest first."""

    def __init__(self, site: Site, history: ReadingHistory, store: KpiStore) -> None:
        self._site, self._history, self._store = site, history, store
        self._sums = site_sums(site)
        self._wanted = wanted_points(KPIS.values(), site, self._sums)
        self._handover = Handover(site)
        registers = (*self._wanted.registers, *self._handover.registers())
        gauges = (*self._wanted.gauges, *self._handover.gauges())
        self._keys = tuple(dict.fromkeys((*registers, *gauges)))

    async def run(self, stop: asyncio.Event) -> None:
        """Look every so often what has to be measured, and measure it, until told to stop."""
        more = away = False
        while not stop.is_set():
            # At the start, too: what is live comes first.
            if not more:
                try:
                    await asyncio.wait_for(stop.wait(), _EVERY_S)
                except TimeoutError:
                    pass
                else:
                    return
            try:
                more = await self.step(datetime.now(UTC))
            except StoreAway as error:
                if not away:
                    log.warning("closed_periods_wait", error=str(error))
                more, away = False, True
            else:
                away = False

    async def step(self, now: datetime) -> bool:
        """Measure the newest month of what has to be measured; say whether more may wait."""
        known = await self._store.progress()
        state = await self._history.rolled(self._keys, 0 if known is None else known.revision)
        progress = _with_changes(known, state)
        if progress is None or progress.waiting is None:
            return False
        start, end = progress.waiting
        first = max(day_start(first_day(Span.MONTH, legal_day(end - _HOUR))), start)
        results = await self._measured(first, end, state.rolled_upto)
        rest = replace(progress, waiting=(start, first) if first > start else None)
        await self._store.record(results, rest, now)
        return rest.waiting is not None

    async def _measured(
        self, start: datetime, end: datetime, closed_upto: datetime
    ) -> list[tuple[ClosedSpan, KpiResult]]:
        """The KPIs of every closed period that a stretch touches."""
        closed = _closed_windows(start, end, closed_upto)
        # A year reaches much further back than what is within a month.
        years = {ClosedSpan.YEAR: closed.pop(ClosedSpan.YEAR)}
        found = [one for spans in (closed, years) for one in await self._of_spans(spans)]
        return [one for one in found if one[1].withheld is not Withheld.NO_METER]

    async def _of_spans(
        self, spans: Mapping[ClosedSpan, Sequence[Window]]
    ) -> list[tuple[ClosedSpan, KpiResult]]:
        every = [one for windows in spans.values() for one in windows]
        if not every:
            return []
        reader = SiteReader(
            self._history,
            self._wanted,
            further_registers=self._handover.registers(),
            further_gauges=self._handover.gauges(),
        )
        await reader.look_for_imports()
        start, end = min(one.start for one in every) - _DAY, max(one.end for one in every)
        readings = await reader.long(start, end, end + _HOUR)
        return await asyncio.to_thread(self._results, readings, spans)

    def _results(
        self, readings: SiteReadings, spans: Mapping[ClosedSpan, Sequence[Window]]
    ) -> list[tuple[ClosedSpan, KpiResult]]:
        registers = SiteRegisters(self._site.tree, readings.registers, readings.gauges)
        found = []
        for span, windows in spans.items():
            by_doubts = windows_by_doubts(self._handover, windows, readings, registers)
            for doubts, alike in by_doubts.items():
                told = replace(readings, doubts=doubts)
                measured = Measurement(self._site, self._sums, told, alike, registers)
                found += [(span, result) for result in measure(measured)]
        return found


def _with_changes(known: Progress | None, state: RollupState) -> Progress | None:
    """What waits, with the hours that were rolled up since; None when there is no hour at all."""
    changed = state.changed
    waiting = None if known is None else known.waiting
    if changed is None and known is None:
        return None
    if changed is not None:
        upto = min(changed[1], state.rolled_upto)
        waiting = (
            (changed[0], upto)
            if waiting is None
            else (min(waiting[0], changed[0]), max(waiting[1], upto))
        )
    if waiting is not None and waiting[0] >= waiting[1]:
        waiting = None
    return Progress(revision=state.revision, waiting=waiting)


def _closed_windows(
    start: datetime, end: datetime, closed_upto: datetime
) -> dict[ClosedSpan, list[Window]]:
    """The closed periods of each kind that a stretch of whole hours touches."""
    first, last = legal_day(start), legal_day(end - _HOUR)
    days = days_from(first, last + timedelta(days=1))
    hours = [
        Window(name=f"{at:%Y-%m-%dT%HZ}", start=at, end=at + _HOUR, closed=True)
        for at in (start + n * _HOUR for n in range((end - start) // _HOUR))
    ]
    legal = {
        ClosedSpan(span.value): [
            replace(window, closed=True)
            for day in dict.fromkeys(first_day(span, day) for day in days)
            if (window := whole_span(span, day)).end <= closed_upto
        ]
        for span in _LEGAL
    }
    return {ClosedSpan.HOUR: hours, **legal}
