"""The three programs of a site on a bad evening, each with its own metrics over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from charter_rules.breaches.state import Breach, BreachState
from charter_rules.findings import Verdict
from models.kpi.result import KpiResult
from models.legal_time.periods import named_period
from models.readings import DeviceState
from service.collector_board import CollectorBoard, CollectorPicture
from service.collector_server import collector_app
from service.evaluation.ports import EvaluationPart
from service.evaluation_server import evaluation_app
from service.http_server import Listening
from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot, PipelineView
from service.metrics.devices import DeviceFigures
from service.metrics.evaluating import EvaluationMetrics
from service.metrics.family import Program
from service.metrics_server import served
from service.storage.spooled_writer import WriterStats
from tests.service.application import application
from tests.service.pages.sample_snapshot import frozen_heat_meter, sample_site

_STATES = {"pdu_07": DeviceState.LOST, "heat_meter_greenhouse": DeviceState.DEGRADED}
_PUMPS = (("seasonal_factor", "ratio", 3.4), ("delivered_temperature", "degC", 61.0))
_PIPELINE = PipelineView(
    acknowledged_total=9_000,
    written_total=8_000,
    spooled_rows=1_000,
    spooled_bytes=40_000,
    oldest_age_s=12.0,
    dropped_total=0,
    dead_letter_total=0,
    report_age_s=0.4,
)


def bad_evening(now: datetime) -> LiveSnapshot:
    """A frozen heat meter, a breach with a deadline, and heat pumps that are measured."""
    whole = frozen_heat_meter(now)
    rule = next(one for one in whole.findings if one.kpi_id == "wue")
    breach = Breach(
        id=f"{rule.rule_id}-1",
        rule_id=rule.rule_id,
        rule_version=1,
        state=BreachState.OPEN,
        began_at=now - timedelta(days=3),
        noticed_at=now - timedelta(days=3),
        last_at=now,
        last_verdict=Verdict.BREACH,
        opened_at=now - timedelta(days=2),
        deadline=date(2027, 1, 31),
    )
    kpis = (*whole.kpis, *(_of_pumps(kpi, unit, value, now) for kpi, unit, value in _PUMPS))
    return replace(whole, breaches=(breach,), pipeline=_PIPELINE, kpis=kpis)


def _of_pumps(kpi: str, unit: str, value: float, now: datetime) -> KpiResult:
    return KpiResult(
        kpi=kpi,
        window=named_period("today", now),
        unit=unit,
        value=value,
        expanded_uncertainty=0.02 * value,
        coverage_ratio=0.99,
    )


class _SampleBoard(CollectorBoard):
    """A collector whose database takes less than it polls."""

    def picture(self) -> CollectorPicture:
        site, now = sample_site(), datetime.now(UTC)
        return CollectorPicture(
            site=site.identity.id,
            pipeline=WriterStats(
                acknowledged_total=9_000,
                written_total=8_000,
                already_there_total=10,
                spooled_rows=1_000,
                spooled_bytes=40_000,
                oldest_age_s=12.0,
                database_up=True,
                dropped_total=0,
                lost_total=0,
                lost_bytes_total=0,
                salvaged_total=0,
                dead_letter_total=0,
                store_replaced=None,
                disk_refused=None,
            ),
            queued_rows=7,
            installed=tuple(site.devices.values()),
            devices=[
                DeviceFigures(
                    id=one,
                    state=_STATES.get(one, DeviceState.OK),
                    since=now - timedelta(minutes=3),
                    last_ok_at=now - timedelta(seconds=2),
                    # In proportion to time, so that the rates are those of a collector at work.
                    polls_total=int(now.timestamp()),
                    polling_s_total=0.02 * now.timestamp(),
                    clock_offset_s=0.3,
                )
                for one in site.devices
            ],
            spool_limit_bytes=512 << 20,
            poll_age_s=0.5,
            longest_wait_s=60.0,
            poll_stretch=1.5,
        )


@asynccontextmanager
async def a_site_at_work(ports: Mapping[str, int]) -> AsyncIterator[None]:
    """Serves the three programs; ``ports`` are by the names of their scrape jobs."""
    stop, seen = asyncio.Event(), EvaluationMetrics(sample_site().identity.id)
    board = SnapshotBoard()
    board.publish(bad_evening(datetime.now(UTC)))
    apps = {
        Program.COLLECT: collector_app(_SampleBoard(sample_site(), spool_limit_bytes=1)),
        Program.EVALUATE: evaluation_app(seen),
        Program.SERVE: application(board),
    }
    async with AsyncExitStack() as stack:
        stack.enter_context(seen.at_work())
        for part in EvaluationPart:
            seen.worked(part, 0.3, is_done=True)
        for program, app in apps.items():
            port = ports[f"boucle-{program.value}"]
            where = Listening(host="127.0.0.1", port=port, setting="")
            await stack.enter_async_context(served(app, where, stop))
        yield
