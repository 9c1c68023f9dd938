"""Computes the snapshot again and again and publishes it.

Five paces: the live picture and the last fifteen minutes every second, the day every thirty,
the long windows every minute, the heat chain's trends and the balances every two, the year's end
every fifteen. A store that is away is said, not guessed around: the last picture stays, with its
ages growing and ``store_reachable`` false.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import structlog

from charter_rules.facts import SiteFacts
from charter_rules.findings import Finding
from charter_rules.judging.engine import evaluate
from charter_rules.rulebook import RuleBook
from models.heat.statement import HeatStatement
from models.kpi.result import KpiResult
from models.legal_time.calendar_spans import calendar_months
from models.legal_time.days import legal_day
from models.legal_time.nights import last_day, nights
from models.readings import Origin, Window
from models.registers.gauges import GaugesByKey
from models.site.noise import NoisePoint
from models.site.site import Site
from service.evaluation.charts import hourly_charts, monthly_charts, nights_chart
from service.evaluation.conditions import Conditions
from service.evaluation.flow import power_flow
from service.evaluation.gauge_cache import GaugeCache
from service.evaluation.kpis import kpis_of_window, register_keys
from service.evaluation.ledger import LongLedger
from service.evaluation.noise import emergence, noise_keys, worst_emergence
from service.evaluation.outlook import Outlook
from service.evaluation.part_load import part_load_pue
from service.evaluation.ports import (
    BreachBook,
    DeviceStatus,
    FindingsSink,
    LatestReading,
    PipelineStatus,
    ReadingHistory,
    StoreAway,
)
from service.evaluation.recipes import KpiMeters, recipes_of
from service.evaluation.samples import SamplesByKey
from service.evaluation.scrutiny import Scrutiny
from service.evaluation.slow_views import SlowViews
from service.evaluation.stated import boundary_levels, declared_kpis
from service.evaluation.statements import statements
from service.evaluation.views import device_views, pipeline_view, point_views, site_view
from service.evaluation.windows import (
    GriddedWindow,
    last_quarter,
    month,
    origin_of,
    settled_end,
    today,
    twelve_months,
)
from service.live.board import SnapshotBoard
from service.live.outlook import ForecastView, ShiftView
from service.live.scrutiny import SuspicionView
from service.live.snapshot import LiveSnapshot, SeriesView
from service.version import code_version

log = structlog.get_logger(__name__)

LIVE_PACE = timedelta(seconds=1)
DAY_PACE = timedelta(seconds=30)
LONG_PACE = timedelta(seconds=60)
SLOW_PACE = timedelta(minutes=2)
AHEAD_PACE = timedelta(minutes=15)
_NIGHTS_SHOWN = 14
# Readings just outside a window are needed to know the levels at its edges.
_MARGIN = timedelta(minutes=20)


# The collectors often start together with the evaluation: what they first bring is shown soon.
_SECOND_LOOK = timedelta(seconds=12)


@dataclass(slots=True, kw_only=True)
class _Pace:
    """When a part of the snapshot is due again."""

    every: timedelta
    first_after: timedelta = timedelta()
    due_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        if self.due_at is None and self.first_after:
            # Nobody waits for the slow parts to see the fast ones.
            self.due_at, self.first_after = now + self.first_after, timedelta()
        if self.due_at is not None and now < self.due_at:
            return False
        self.due_at = now + (_SECOND_LOOK if self.due_at is None else self.every)
        return True


@dataclass(slots=True)
class _Parts:
    """The slower parts of the snapshot, kept between their turns."""

    kpis: dict[tuple[str, str], KpiResult] = field(default_factory=dict)
    series: dict[str, SeriesView] = field(default_factory=dict)
    imported: tuple[Window, ...] = ()
    forecasts: tuple[ForecastView, ...] = ()
    shifts: tuple[ShiftView, ...] = ()
    statements: tuple[HeatStatement, ...] = ()
    suspicions: tuple[SuspicionView, ...] = ()


class Evaluator:
    """Owns the evaluation of one site."""

    def __init__(
        self,
        site: Site,
        rulebook: RuleBook,
        facts: SiteFacts,
        history: ReadingHistory,
        board: SnapshotBoard,
        *,
        breaches: BreachBook | None = None,
        sinks: Sequence[FindingsSink] = (),
    ) -> None:
        self._site = site
        self._rulebook = rulebook
        self._facts = facts
        self._history = history
        self._board = board
        self._views = SlowViews(site, history)
        self._meters = KpiMeters(site.tree)
        self._recipes = recipes_of(site, self._meters)
        self._conditions = Conditions(site, self._meters)
        self._keys = register_keys(self._recipes)
        self._gauges = GaugeCache(history, self._conditions.gauges())
        self._scrutiny = Scrutiny(
            site, self._meters, {rule.id: rule.min_coverage_ratio for rule in rulebook.rules}
        )
        yearly = self._keys + self._views.yearly_keys() + self._scrutiny.keys()
        self._ledger = LongLedger(history, tuple(dict.fromkeys(yearly)))
        self._outlook = Outlook(site, self._meters)
        stated = {(r.kpi, r.window.name): r for r in declared_kpis(site.declared)}
        self._parts = _Parts(kpis=stated)
        self._slow = _Pace(every=SLOW_PACE, first_after=timedelta(seconds=1))
        self._ahead = _Pace(every=AHEAD_PACE, first_after=timedelta(seconds=2))
        self._day = _Pace(every=DAY_PACE)
        self._long = _Pace(every=LONG_PACE)
        self._breaches = breaches
        self._sinks = (*(() if breaches is None else (breaches,)), *sinks)
        self._away = False
        self._known_on: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Publish a snapshot every second until told to stop."""
        while not stop.is_set():
            started = asyncio.get_running_loop().time()
            await self.step(datetime.now(UTC))
            spent = asyncio.get_running_loop().time() - started
            rest = max(LIVE_PACE.total_seconds() - spent, 0.05)
            try:
                await asyncio.wait_for(stop.wait(), rest)
            except TimeoutError:
                continue

    async def step(self, now: datetime) -> None:
        """Compute what is due and publish. A store that is away is published as such."""
        try:
            snapshot = await self._snapshot(now)
        except StoreAway as error:
            if not self._away:
                log.warning("store_lost", error=str(error))
            self._away = True
            for pace in (self._day, self._long, self._slow, self._ahead):
                pace.due_at = None
            self._publish_away(now)
            return
        if self._away:
            log.info("store_back")
            self._ledger.forget()
            self._gauges.forget()
            self._views.forget()
        self._away = False
        self._board.publish(snapshot)

    def _publish_away(self, now: datetime) -> None:
        """Show that the store is away: the old picture ages, the KPIs of now are not repeated."""
        last = self._board.current
        if last is None:
            return
        passed_s = (now - last.taken_at).total_seconds()
        aged = {
            key: replace(p, age_s=None if p.age_s is None else p.age_s + passed_s, stale=True)
            for key, p in last.points.items()
        }
        self._board.publish(
            replace(
                last,
                taken_at=now,
                points=aged,
                flow=power_flow(self._site, aged),
                store_reachable=False,
                oldest_live_age_s=max((p.age_s or 0.0 for p in aged.values()), default=None),
            )
        )

    async def _snapshot(self, now: datetime) -> LiveSnapshot:
        latest = await self._history.latest()
        statuses = await self._history.device_statuses()
        pipeline = await self._history.pipeline_status()
        await self._evaluate_windows(now)
        return self._assemble(now, latest, statuses, pipeline)

    async def _evaluate_windows(self, now: datetime) -> None:
        if self._long.is_due(now):
            self._known_on = now
            await self._look_for_imports()
            await self._long_windows(now)
            findings = self._findings(legal_day(now))
            for sink in self._sinks:
                await sink.observe(findings, self._facts, now)
        if self._ahead.is_due(now):
            await self._look_ahead(now)
        if self._day.is_due(now):
            day = today(now)
            samples = await self._samples(self._keys, day)
            self._keep(await self._kpis(day, samples))
            self._keep(await self._of_conditions(day, samples, await self._gauges_of(day)))
            await self._hours(now)
        if self._slow.is_due(now):
            await self._views.refresh(now)
        quarter = last_quarter(now)
        self._keep(await self._kpis(quarter, await self._samples(self._keys, quarter)))

    async def _samples(self, keys: Sequence[str], gridded: GriddedWindow) -> SamplesByKey:
        window = gridded.window
        return await self._history.samples(
            keys, window.start - _MARGIN, window.end + _MARGIN, gridded.step
        )

    async def _gauges_of(self, gridded: GriddedWindow) -> GaugesByKey:
        window, ranges = gridded.window, self._conditions.gauges()
        return await self._history.gauges(
            tuple(ranges), window.start, window.end, gridded.step, ranges
        )

    async def _look_for_imports(self) -> None:
        imported = tuple(await self._history.imported_windows())
        if imported != self._parts.imported:
            self._gauges.forget()
        self._parts.imported = imported

    async def _kpis(self, gridded: GriddedWindow, samples: SamplesByKey) -> tuple[KpiResult, ...]:
        origin = self._origin(gridded.window)
        return await asyncio.to_thread(kpis_of_window, self._recipes, gridded, samples, origin)

    async def _of_conditions(
        self, gridded: GriddedWindow, samples: SamplesByKey, gauges: GaugesByKey
    ) -> tuple[KpiResult, ...]:
        origin = self._origin(gridded.window)
        return await asyncio.to_thread(self._conditions.kpis, gridded, samples, gauges, origin)

    async def _hours(self, now: datetime) -> None:
        start = now - timedelta(hours=26)
        samples = await self._history.samples(self._keys, start, now, timedelta(minutes=10))
        origin = self._origin(Window(name="24h", start=start, end=now))
        charts = await asyncio.to_thread(hourly_charts, self._meters, samples, now, origin)
        self._parts.series.update(charts)

    async def _long_windows(self, now: datetime) -> None:
        start = _ledger_start(now)
        samples = await self._ledger.refresh(start, now)
        await self._gauges.refresh(start, settled_end(now))
        for gridded in (month(now), twelve_months(now)):
            self._keep(await self._kpis(gridded, samples))
            gauges = await self._gauges.over(gridded.window)
            self._keep(await self._of_conditions(gridded, samples, gauges))
            origin = self._origin(gridded.window)
            self._keep(part_load_pue(self._site, self._meters, gridded, samples, origin))
        origin = self._origin(Window(name="months", start=start, end=now))
        charts = await asyncio.to_thread(monthly_charts, self._meters, samples, now, origin)
        self._parts.series.update(charts)
        await self._noise(now)

    async def _look_ahead(self, now: datetime) -> None:
        samples = await self._ledger.refresh(_ledger_start(now), now)
        gauges = await self._gauges.refresh(_ledger_start(now), settled_end(now))
        annual = [r for (_, window), r in self._parts.kpis.items() if window == "12months"]
        # The year is held against the limits that are in force when it ends.
        findings = self._findings(date(legal_day(now).year, 12, 31))
        self._parts.forecasts = await asyncio.to_thread(
            self._outlook.forecasts, samples, gauges, now, annual, findings
        )
        self._parts.shifts = await asyncio.to_thread(self._outlook.shifts, samples, gauges, now)
        self._parts.statements = await asyncio.to_thread(statements, self._site, samples, now)
        self._parts.suspicions = await asyncio.to_thread(
            self._scrutiny.suspicions,
            samples,
            gauges,
            now,
            self._findings(legal_day(now)),
        )

    async def _noise(self, now: datetime) -> None:
        noise = self._site.noise
        if noise is None:
            return
        shown = nights(now, _NIGHTS_SHOWN)
        day = last_day(now)
        start = min(shown[0].start, day.start)
        samples = await self._history.samples(noise_keys(noise), start, now, timedelta(minutes=10))

        def at(point: NoisePoint, kpi: str, window: Window) -> KpiResult:
            return emergence(noise, point, kpi, window, samples, self._origin(window))

        by_night = [
            [at(p, "noise_emergence_night", night) for p in noise.points] for night in shown
        ]
        by_day = [at(p, "noise_emergence_day", day) for p in noise.points]
        worst = [worst_emergence(each) for each in by_night]
        # The highest emergence and the loudest point need not be the same place.
        loudest = (worst_emergence(boundary_levels(each)) for each in (by_night[-1], by_day))
        found = (worst[-1], worst_emergence(by_day), *loudest)
        self._keep(tuple(r for r in found if r is not None))
        self._parts.series.update(nights_chart([r for r in worst if r is not None]))

    def _keep(self, results: tuple[KpiResult, ...]) -> None:
        self._parts.kpis.update({(r.kpi, r.window.name): r for r in results})

    def _origin(self, window: Window) -> Origin:
        return origin_of(window, self._parts.imported)

    def _findings(self, on: date) -> tuple[Finding, ...]:
        return evaluate(
            self._rulebook,
            self._facts,
            self._parts.kpis,
            on,
            known_on=self._known_on,
            code_version=code_version(),
        )

    def _assemble(
        self,
        now: datetime,
        latest: Mapping[str, LatestReading],
        statuses: Mapping[str, DeviceStatus],
        pipeline: PipelineStatus | None,
    ) -> LiveSnapshot:
        points = point_views(self._site, latest, now)
        ages = [p.age_s for p in points.values() if p.age_s is not None and not p.stale]
        return LiveSnapshot(
            taken_at=now,
            site=site_view(self._site),
            points=points,
            devices=device_views(self._site, statuses, points),
            kpis=tuple(self._parts.kpis.values()),
            findings=self._findings(legal_day(now)),
            flow=power_flow(self._site, points),
            series=dict(self._parts.series),
            store_reachable=True,
            oldest_live_age_s=max(ages, default=None),
            pipeline=pipeline_view(pipeline, now),
            heat=self._views.heat(points),
            balances=self._views.balances,
            forecasts=self._parts.forecasts,
            shifts=self._parts.shifts,
            statements=self._parts.statements,
            breaches=() if self._breaches is None else self._breaches.current,
            suspicions=self._parts.suspicions,
        )


def _ledger_start(now: datetime) -> datetime:
    """Thirteen months back: twelve whole ones, and a season for the forecast."""
    first = next(calendar_months(settled_end(now), 12)).start
    return min(twelve_months(now).window.start, first) - timedelta(days=31)
