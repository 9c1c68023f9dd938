"""What was: the roll-ups of a point, and the KPIs of closed periods as they are known or were."""

from datetime import UTC, datetime
from typing import Annotated, Protocol

from fastapi import APIRouter, Query
from pydantic import AfterValidator, AwareDatetime

from models.kpi.registry import KPIS
from models.legal_time.periods import PeriodError, parse_period
from service.api.parameters import bounded
from service.api.problems import ApiProblem, not_found
from service.api.schemas import KnownResultAnswer, RolledReadingsAnswer
from service.evaluation.closed_periods import ClosedSpan, KnownResult
from service.evaluation.ports import RolledReadings, RollupSpan

# A year of hours; more is asked for by year, or by a longer span.
_MOST = 10_000
_Instant = Annotated[AwareDatetime, AfterValidator(bounded)]
_Period = Annotated[str, Query(description="2025, 2025-Q3, 2025-10, … or START/END")]


class ResultReader(Protocol):
    """Reads the KPIs of closed periods; raises StoreAway."""

    async def results(
        self,
        kpi: str,
        span: ClosedSpan,
        period: tuple[datetime, datetime],
        *,
        known_at: datetime | None,
        limit: int,
    ) -> list[KnownResult]:
        """Those that start in a period, as known at an instant, or all that ever were."""
        ...


class RollupReader(Protocol):
    """Reads the roll-ups of one point; raises StoreAway."""

    async def rollups(
        self, key: str, span: RollupSpan, period: tuple[datetime, datetime], limit: int
    ) -> list[RolledReadings]:
        """What it showed in each span that begins in a period; nothing for an unknown point."""
        ...


def history_router(reader: ResultReader, rollups: RollupReader) -> APIRouter:
    """Routes of the past of KPIs and of points."""
    router = APIRouter(prefix="/api/v1")

    @router.get("/points/{key}/rollups", tags=["points"])
    async def point_rollups(
        key: str, span: RollupSpan, period: _Period
    ) -> list[RolledReadingsAnswer]:
        """A point by one or six hours, legal day or month: ends, extremes, mean, counts."""
        inside = _inside(period)
        found = await rollups.rollups(key, span, inside, _MOST + 1)
        _refuse_too_many(len(found), period, span.value)
        return [RolledReadingsAnswer.of(one) for one in found]

    @router.get("/kpis/{kpi}/history", tags=["KPIs"])
    async def history(
        kpi: str,
        span: ClosedSpan,
        period: _Period,
        known_at: Annotated[
            _Instant | None, Query(description="as it was known then (default: now)")
        ] = None,
    ) -> list[KnownResultAnswer]:
        """A KPI by closed hour, legal day, month or year, as it is known or was."""
        at = known_at or datetime.now(UTC)
        return await _asked(reader, kpi, span, period, at)

    @router.get("/kpis/{kpi}/revisions", tags=["KPIs"])
    async def revisions(
        kpi: str,
        span: ClosedSpan,
        period: _Period,
    ) -> list[KnownResultAnswer]:
        """Every figure of a KPI that was ever held for right, and until when."""
        return await _asked(reader, kpi, span, period, None)

    return router


async def _asked(
    reader: ResultReader, kpi: str, span: ClosedSpan, period: str, known_at: datetime | None
) -> list[KnownResultAnswer]:
    if kpi not in KPIS:
        what = "kpi"
        raise not_found(what, kpi, "see /api/v1/kpis for those there are")
    found = await reader.results(kpi, span, _inside(period), known_at=known_at, limit=_MOST + 1)
    _refuse_too_many(len(found), period, span.value)
    return [KnownResultAnswer.of(one) for one in found]


def _inside(period: str) -> tuple[datetime, datetime]:
    try:
        window = parse_period(period, datetime.now(UTC))
    except PeriodError as error:
        raise ApiProblem(
            400, "period_unknown", "No such period", str(error), "write the period otherwise"
        ) from error
    return window.start, window.end


def _refuse_too_many(count: int, period: str, span: str) -> None:
    if count > _MOST:
        raise ApiProblem(
            400,
            "period_too_long",
            "Too many periods",
            f"{period} holds more than {_MOST} by {span}",
            "ask for a part of it, or by a longer span",
        )
