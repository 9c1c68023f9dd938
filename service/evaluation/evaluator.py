"""Computes the snapshot again and again and publishes it.

Six paces: the live picture every second, the last fifteen minutes every two, the day every
thirty, the long windows every minute, the heat chain's trends and the balances every two, the
year's end every fifteen. The live picture waits for none of the others. A store that is away is
said, not guessed around: the last picture stays, with its ages growing and ``store_reachable``
false. Whatever passes by itself is waited for, and named once.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import structlog

from charter_rules.breaches.state import Breach
from charter_rules.facts import SiteFacts
from charter_rules.findings import Finding
from charter_rules.law.rulebook import RuleBook
from models.kpi.registry import KPIS
from models.kpi.wanted import wanted_points
from models.legal_time.days import legal_day
from models.legal_time.nights import nights
from models.site.power_flow import power_flow
from models.site.site import Site, site_sums
from service.evaluation.aging import aged
from service.evaluation.charts import SiteCharts
from service.evaluation.insights import Insights
from service.evaluation.pace import Pace
from service.evaluation.ports import (
    BreachBook,
    DeviceStatus,
    EvaluationPart,
    EvaluationWatch,
    FindingsSink,
    LatestReading,
    PipelineStatus,
    ReadingHistory,
    SnapshotOutlet,
    StoreAway,
)
from service.evaluation.reader import SiteReader
from service.evaluation.results import LongPast, SiteResults
from service.evaluation.verdicts import SiteVerdicts
from service.evaluation.views import (
    CounterViews,
    device_views,
    fresh_values,
    pipeline_view,
    point_views,
    site_view,
)
from service.live.snapshot import LiveSnapshot

log = structlog.get_logger(__name__)

LIVE_PACE = timedelta(seconds=1)
# A meter that stands still, and a table of readings that is locked, are named within seconds; the
# figures themselves move slower.
QUARTER_PACE = timedelta(seconds=2)
DAY_PACE = timedelta(seconds=30)
LONG_PACE = timedelta(seconds=60)
# While what came late is rolled up, its figures follow it.
BEHIND_PACE = timedelta(seconds=5)
RETRY_PACE = timedelta(seconds=3)
SLOW_PACE = timedelta(minutes=2)
AHEAD_PACE = timedelta(minutes=15)
_NIGHTS_SHOWN = 14
# What takes milliseconds; whoever watches knows within five seconds that it hangs.
_LIVE_TIMEOUT_S = 2.5
# Readings that come later than three hours are found with everything else, every six; those of an
# outage come when it ends.
_FORGET_AFTER = timedelta(hours=1)


class Evaluator:
    """Owns the evaluation of one site."""

    def __init__(
        self,
        site: Site,
        rulebook: RuleBook,
        facts: SiteFacts,
        history: ReadingHistory,
        outlet: SnapshotOutlet,
        *,
        breaches: BreachBook | None = None,
        sinks: Sequence[FindingsSink] = (),
        before: LiveSnapshot | None = None,
        watch: EvaluationWatch | None = None,
    ) -> None:
        """``before`` is a picture of a moment ago: what takes longer is taken from it at first."""
        self._watch = watch
        self._site, self._facts = site, facts
        self._verdicts = SiteVerdicts(rulebook, facts)
        self._history, self._outlet = history, outlet
        sums = site_sums(site)
        self._insights = Insights(site, sums, rulebook)
        self._reader = SiteReader(
            history,
            wanted_points(KPIS.values(), site, sums),
            further_registers=self._insights.registers(),
            further_gauges=self._insights.gauges(),
            fine_gauges=self._insights.fine_gauges(),
        )
        self._results = SiteResults(site, sums, self._reader)
        self._charts = SiteCharts(site, sums)
        self._slow = Pace(every=SLOW_PACE, first_after=timedelta(seconds=1))
        self._ahead = Pace(every=AHEAD_PACE, first_after=timedelta(seconds=2))
        self._quarter = Pace(every=QUARTER_PACE)
        self._day = Pace(every=DAY_PACE)
        self._long = Pace(every=LONG_PACE)
        self._breaches = breaches
        self._sinks = (*(() if breaches is None else (breaches,)), *sinks)
        self._last: LiveSnapshot | None = None
        self._away_since: datetime | None = None
        self._looks_wait = False
        self._known_on: datetime | None = None
        self._past: LongPast | None = None
        self._today: LongPast | None = None
        self._before = before
        self._counters = CounterViews(site, {} if before is None else before.points)
        if before is not None:
            self._results.begin_with(before.kpis)
            self._charts.series = dict(before.series)
            self._insights.begin_with(before)

    async def run(self, stop: asyncio.Event) -> None:
        """Publish a snapshot every second until told to stop, however long the slow parts take."""
        await self.show(datetime.now(UTC))
        async with asyncio.TaskGroup() as lanes:
            looking = lanes.create_task(self._repeat(EvaluationPart.PAST, stop), name="look back")
            await self._repeat(EvaluationPart.LIVE, stop)
            looking.cancel()

    async def _repeat(self, part: EvaluationPart, stop: asyncio.Event) -> None:
        work = self.show if part is EvaluationPart.LIVE else self.look
        while not stop.is_set():
            started = asyncio.get_running_loop().time()
            is_done = await work(datetime.now(UTC))
            spent = asyncio.get_running_loop().time() - started
            if self._watch is not None:
                self._watch.worked(part, spent, is_done=is_done)
            rest = max(LIVE_PACE.total_seconds() - spent, 0.05)
            # A server in trouble is not asked more often than one in health.
            rest = rest if self._away_since is None else LIVE_PACE.total_seconds()
            try:
                await asyncio.wait_for(stop.wait(), rest)
            except TimeoutError:
                continue

    async def look(self, now: datetime) -> bool:
        """Compute what is due of the long windows and the day; whether the store let it."""
        try:
            await self._evaluate(now)
        except StoreAway as error:
            if not self._looks_wait:
                log.warning("long_windows_wait", error=str(error))
            self._looks_wait = True
            for pace in (self._day, self._long, self._slow, self._ahead):
                pace.due_at = now + RETRY_PACE
            return False
        self._looks_wait = False
        # Every window has been measured: what has no result of ours now has none.
        self._before = None
        self._results.begin_with(())
        return True

    async def show(self, now: datetime) -> bool:
        """Publish the picture of now, or that the store is away; whether the first was done."""
        try:
            snapshot = await self._snapshot(now)
        except StoreAway as error:
            self._quarter.due_at = None
            self._note_away(error, now)
            await self._publish_away(now)
            return False
        self._last = snapshot
        try:
            await self._outlet.publish(snapshot)
        except StoreAway as error:
            self._note_away(error, now)
            return False
        self._note_back(now)
        return True

    def _note_away(self, error: StoreAway, now: datetime) -> None:
        if self._away_since is None:
            log.warning("store_lost", error=str(error))
            self._away_since = now

    def _note_back(self, now: datetime) -> None:
        if self._away_since is None:
            return
        outage = now - self._away_since
        log.info("store_back", outage_s=round(outage.total_seconds(), 1))
        self._away_since = None
        if outage >= _FORGET_AFTER:
            self._reader.forget()

    async def _publish_away(self, now: datetime) -> None:
        """Show that the store is away: the old picture ages, the KPIs of now are not repeated."""
        if self._last is None:
            return
        # A clock that was set back makes nothing younger.
        passed_s = max(0.0, (now - self._last.taken_at).total_seconds())
        try:
            await self._outlet.publish(
                aged(self._last, self._site, passed_s, store_reachable=False)
            )
        except StoreAway:
            # The servers see for themselves.
            return

    async def _snapshot(self, now: datetime) -> LiveSnapshot:
        try:
            async with asyncio.timeout(_LIVE_TIMEOUT_S):
                latest = await self._history.latest()
                statuses = await self._history.device_statuses()
                pipeline = await self._history.pipeline_status()
                if self._breaches is not None:
                    await self._breaches.look_again(now)
                if self._quarter.is_due(now):
                    await self._results.quarter(now)
        except TimeoutError as error:
            msg = "no answer in time; waiting for the database, or for who locks the readings"
            raise StoreAway(msg) from error
        return self._assemble(now, latest, statuses, pipeline)

    async def _evaluate(self, now: datetime) -> None:
        """Every part that is due."""
        if self._long.is_due(now):
            await self._look_back(now)
        if self._day.is_due(now):
            self._today = await self._results.day(now)
            await self._charts.of_day(self._today, now)
        if self._slow.is_due(now) and self._past is not None and self._today is not None:
            await self._insights.look(self._past, self._today, now)
            self._results.doubts = self._insights.doubts()
        if self._ahead.is_due(now) and self._past is not None:
            annual = [one for one in self._results.all if one.window.name == "12months"]
            today = legal_day(now)
            # The year is held against the limits that are in force when it ends.
            await self._insights.look_ahead(
                self._past,
                now,
                annual,
                self._findings(today),
                self._findings(date(today.year, 12, 31)),
            )

    async def _look_back(self, now: datetime) -> None:
        """The long windows, the nights, and the verdicts that follow."""
        self._known_on = now
        await self._reader.look_for_imports()
        self._past = await self._results.long(now)
        if self._reader.is_behind:
            self._long.due_at = now + BEHIND_PACE
        await self._charts.of_year(self._past, now)
        if self._site.noise is not None:
            shown = nights(now, _NIGHTS_SHOWN)
            await self._charts.of_nights(await self._results.noise(now, shown), shown)
        findings = self._findings(legal_day(now))
        for sink in self._sinks:
            await sink.observe(findings, self._facts, now)

    def _findings(self, on: date) -> tuple[Finding, ...]:
        return self._verdicts.on(on, self._results.by_name, self._known_on)

    def _assemble(
        self,
        now: datetime,
        latest: Mapping[str, LatestReading],
        statuses: Mapping[str, DeviceStatus],
        pipeline: PipelineStatus | None,
    ) -> LiveSnapshot:
        points = self._counters.watched(point_views(self._site, latest, now))
        values = fresh_values(points)
        ages = [p.age_s for p in points.values() if p.age_s is not None and not p.stale]
        seen = self._insights
        return LiveSnapshot(
            taken_at=now,
            site=site_view(self._site, now),
            points=points,
            devices=device_views(self._site, statuses, points),
            kpis=self._results.all,
            findings=self._findings(legal_day(now)),
            flow=power_flow(self._site, values),
            series=dict(self._charts.series),
            store_reachable=True,
            oldest_live_age_s=max(ages, default=None),
            pipeline=pipeline_view(pipeline, now),
            standing=self._results.standing,
            heat=seen.heat(values),
            balances=seen.balances,
            forecasts=seen.forecasts,
            shifts=seen.shifts,
            statements=seen.statements,
            breaches=self._current_breaches(),
            suspicions=seen.suspicions,
        )

    def _current_breaches(self) -> tuple[Breach, ...]:
        if self._before is not None:
            return self._before.breaches
        return () if self._breaches is None else self._breaches.current
