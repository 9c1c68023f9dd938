"""The routes under /api/v1. They render the snapshot; only written periods are measured."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Query

from models.balance.site_balances import BalancesView
from models.forecast.outlook import ForecastView, ShiftView
from models.heat.chain import HeatChainView
from models.heat.statement import statement_record
from models.kpi.result import KpiResult
from models.legal_time.periods import PeriodError
from models.plausibility.site_checks import SuspicionView
from models.readings import Origin, Quality
from service.api import schemas
from service.api.parameters import Moment
from service.api.problems import ApiProblem, no_snapshot, not_found
from service.live.board import SnapshotBoard
from service.live.left_out import left_out
from service.live.snapshot import LiveSnapshot

_MAX_READINGS = 20_000
_HISTORY = timedelta(hours=1)
# All readings of a point that is read every two seconds, for two days: what one answer may cost.
_LONGEST_HISTORY = timedelta(days=2)
# The store sums a year of readings in less; asking waits for who asked before.
_LONGEST_MEASUREMENT_S = 120.0
_ERRORS: dict[int | str, dict[str, Any]] = {
    503: {"model": schemas.ProblemAnswer, "description": "nothing evaluated yet, or store away"}
}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": schemas.ProblemAnswer, "description": "no such name"}
}


class HistoryReader(Protocol):
    """Reads the stored past of a point."""

    async def readings(
        self, key: str, start: datetime, end: datetime
    ) -> list[tuple[datetime, float | None, Quality, Origin]]:
        """Every reading of the point in the window; raises StoreAway."""
        ...


class PeriodMeasurer(Protocol):
    """Measures the KPIs of a written period."""

    async def kpis_over(self, text: str, now: datetime) -> tuple[KpiResult, ...]:
        """The KPIs of the period as far as it is over; raises PeriodError and StoreAway."""
        ...


def api_router(board: SnapshotBoard, history: HistoryReader, measurer: PeriodMeasurer) -> APIRouter:
    """Routes on a board and on the stored past."""
    router = APIRouter(prefix="/api/v1", responses=_ERRORS)

    def current() -> LiveSnapshot:
        if board.current is None:
            raise no_snapshot()
        return board.current

    _add_lists(router, current)
    _add_single(router, current)
    _add_heat(router, current)
    _add_outlook(router, current)
    _add_history(router, current, history)
    _add_periods(router, measurer)
    return router


def _add_periods(router: APIRouter, measurer: PeriodMeasurer) -> None:
    @router.get("/periods/{period:path}/kpis", tags=["KPIs"])
    async def kpis_of_period(period: str, kpi: str | None = None) -> list[schemas.KpiAnswer]:
        """KPIs of any period of Paris time: 2025, 2025-Q3, 2025-10, 2025-W41, 2025-10-07, A/B."""
        try:
            async with asyncio.timeout(_LONGEST_MEASUREMENT_S):
                results = await measurer.kpis_over(period, datetime.now(UTC))
        except PeriodError as error:
            raise ApiProblem(
                400, "period_unknown", "No such period", str(error), "write the period otherwise"
            ) from error
        except TimeoutError as error:
            msg = f"the period was not measured within {_LONGEST_MEASUREMENT_S:g} s"
            raise ApiProblem(
                503, "period_too_long", "Takes too long", msg, "ask for a shorter period"
            ) from error
        return [schemas.KpiAnswer.of(one) for one in results if kpi in {None, one.kpi}]


class _Current(Protocol):
    def __call__(self) -> LiveSnapshot: ...


def _add_lists(router: APIRouter, current: _Current) -> None:
    @router.get("/kpis", tags=["KPIs"])
    async def kpis(kpi: str | None = None, window: str | None = None) -> list[schemas.KpiAnswer]:
        """KPIs over the last 15 minutes, today, the month and 12 months."""
        now = current()
        return [
            schemas.KpiAnswer.of(k, left_out(k, now))
            for k in now.kpis
            if kpi in {None, k.kpi} and window in {None, k.window.name}
        ]

    @router.get("/points", tags=["points"])
    async def points(device: str | None = None) -> list[schemas.PointAnswer]:
        """The latest reading of every point."""
        return [
            schemas.PointAnswer.of(p)
            for p in current().points.values()
            if device in {None, p.device}
        ]

    @router.get("/devices", tags=["devices"])
    async def devices() -> list[schemas.DeviceAnswer]:
        """Every device and its health."""
        return [schemas.DeviceAnswer.of(d) for d in current().devices]

    @router.get("/findings", tags=["charter"])
    @router.get("/verdicts", tags=["charter"], include_in_schema=False)
    async def findings(axis: str | None = None) -> list[schemas.FindingAnswer]:
        """Every rule of the charter and its verdict today."""
        return [
            schemas.FindingAnswer.of(f) for f in current().findings if axis in {None, f.axis.value}
        ]


def _add_single(router: APIRouter, current: _Current) -> None:
    @router.get("/site", tags=["site"])
    async def site() -> schemas.SiteAnswer:
        """Who and where the data centre is."""
        return schemas.SiteAnswer.of(current().site)

    @router.get("/flow", tags=["live"])
    async def flow() -> schemas.FlowAnswer:
        """Where the power comes from and goes to, now."""
        return schemas.FlowAnswer.of(current().flow)

    @router.get("/series/{name}", tags=["live"], responses=_NOT_FOUND)
    async def series(name: str) -> schemas.SeriesAnswer:
        """A small series of the live page."""
        known = current().series
        if name not in known:
            msg = "series"
            raise not_found(msg, name, f"use one of {', '.join(sorted(known))}")
        return schemas.SeriesAnswer.of(known[name])

    @router.get("/points/{key}", tags=["points"], responses=_NOT_FOUND)
    async def point(key: str) -> schemas.PointAnswer:
        """The latest reading of one point."""
        known = current().points
        if key not in known:
            msg = "point"
            raise not_found(msg, key, "see /api/v1/points for the names")
        return schemas.PointAnswer.of(known[key])

    @router.get("/snapshot", tags=["live"])
    async def snapshot() -> schemas.SnapshotAnswer:
        """Everything at one instant, consistent with itself."""
        now = current()
        return schemas.SnapshotAnswer(
            taken_at=now.taken_at,
            store_reachable=now.store_reachable,
            evaluation_up=now.evaluation_up,
            figures_of=now.figures_of,
            oldest_live_age_s=now.oldest_live_age_s,
            site=schemas.SiteAnswer.of(now.site),
            kpis=[schemas.KpiAnswer.of(k, left_out(k, now)) for k in now.kpis],
            standing=[schemas.StandingMeterAnswer.of(one) for one in now.standing],
            findings=[schemas.FindingAnswer.of(f) for f in now.findings],
            flow=schemas.FlowAnswer.of(now.flow),
            devices=[schemas.DeviceAnswer.of(d) for d in now.devices],
            points=[schemas.PointAnswer.of(p) for p in now.points.values()],
            series={name: schemas.SeriesAnswer.of(s) for name, s in now.series.items()},
            pipeline=None
            if now.pipeline is None
            else schemas.PipelineAnswer.model_validate(now.pipeline),
        )


def _add_heat(router: APIRouter, current: _Current) -> None:
    @router.get("/heat", tags=["heat"])
    async def heat() -> HeatChainView:
        """Exchanger and fouling, heat pumps, two figures of the heat, missed heat."""
        return current().heat

    @router.get("/heat-statements", tags=["heat"])
    async def heat_statements() -> list[str]:
        """The months for which there is a heat statement, newest first."""
        return [statement.month.name for statement in current().statements]

    @router.get("/heat-statements/{month}", tags=["heat"], responses=_NOT_FOUND)
    async def heat_statement(month: str) -> dict[str, Any]:
        """What each taker got in a month: heat with its uncertainty, temperatures, availability.

        The heat of the registers stands beside that of flow and temperatures, with their
        difference. The current month goes up to its last whole hour.
        """
        known = {statement.month.name: statement for statement in current().statements}
        if month not in known:
            what = "heat statement"
            raise not_found(what, month, f"use one of {', '.join(known) or 'none yet'}")
        return statement_record(known[month])


def _add_outlook(router: APIRouter, current: _Current) -> None:
    @router.get("/forecasts", tags=["outlook"])
    async def forecasts() -> list[ForecastView]:
        """PUE, WUE and ERF at the end of the calendar year, with a 95 % interval."""
        return list(current().forecasts)

    @router.get("/suspicions", tags=["charter"])
    async def suspicions() -> list[SuspicionView]:
        """What the cross-checks find unusual: hints to look into, never verdicts."""
        return list(current().suspicions)

    @router.get("/shifts", tags=["outlook"])
    async def shifts() -> list[ShiftView]:
        """Lasting changes of efficiency that weather and load do not explain."""
        return list(current().shifts)

    @router.get("/balances", tags=["meters"])
    async def balances() -> BalancesView:
        """Whether the meters agree: balances of the week, suspects, reconciled energies."""
        return current().balances


def _add_history(router: APIRouter, current: _Current, history: HistoryReader) -> None:
    @router.get("/points/{key}/history", tags=["points"], responses=_NOT_FOUND)
    async def point_history(
        key: str,
        start: Moment | None = None,
        end: Moment | None = None,
        limit: Annotated[int, Query(ge=1, le=_MAX_READINGS)] = 2_000,
    ) -> list[schemas.ReadingAnswer]:
        """Stored readings of one point in ``[start, end)``; the last hour by default.

        Of more than ``limit`` readings the newest are given.
        """
        if key not in current().points:
            msg = "point"
            raise not_found(msg, key, "see /api/v1/points for the names")
        upto = end or datetime.now(UTC)
        since = start or upto - _HISTORY
        if since.tzinfo is None or upto.tzinfo is None or upto <= since:
            raise ApiProblem(
                422,
                "malformed_window",
                "Malformed window",
                f"{since.isoformat()} to {upto.isoformat()} is no window",
                "give start and end with an offset, such as 2026-01-01T00:00:00Z, in order",
            )
        if upto - since > _LONGEST_HISTORY:
            raise ApiProblem(
                422,
                "window_too_long",
                "Window too long",
                f"a window of {upto - since} was asked for, {_LONGEST_HISTORY} is the longest",
                "ask for the days one after the other",
            )
        readings = await history.readings(key, since, upto)
        return [
            schemas.ReadingAnswer(
                ts=ts, value=value, quality=quality.name.lower(), origin=origin.name.lower()
            )
            for ts, value, quality, origin in readings[-limit:]
        ]
