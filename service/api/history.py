"""The KPIs of closed periods, as they are held for right, or were."""

from datetime import UTC, datetime
from typing import Annotated, Protocol

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from models.kpi.registry import KPIS
from models.legal_time.periods import PeriodError, parse_period
from service.api.problems import ApiProblem, not_found
from service.api.schemas import KnownResultAnswer
from service.evaluation.closed_periods import ClosedSpan, KnownResult

# A year of hours; more is asked for by year, or by a longer span.
_MOST = 10_000


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


def history_router(reader: ResultReader) -> APIRouter:
    """Routes under /api/v1/kpis/{kpi}."""
    router = APIRouter(prefix="/api/v1/kpis", tags=["KPIs"])

    @router.get("/{kpi}/history")
    async def history(
        kpi: str,
        span: ClosedSpan,
        period: Annotated[str, Query(description="2025, 2025-Q3, 2025-10, … or START/END")],
        known_at: Annotated[
            AwareDatetime | None, Query(description="as it was known then (default: now)")
        ] = None,
    ) -> list[KnownResultAnswer]:
        """A KPI by closed hour, legal day, month or year, as it is known or was."""
        at = known_at or datetime.now(UTC)
        return await _asked(reader, kpi, span, period, at)

    @router.get("/{kpi}/revisions")
    async def revisions(
        kpi: str,
        span: ClosedSpan,
        period: Annotated[str, Query(description="2025, 2025-Q3, 2025-10, … or START/END")],
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
    try:
        window = parse_period(period, datetime.now(UTC))
    except PeriodError as error:
        raise ApiProblem(
            400, "period_unknown", "No such period", str(error), "write the period otherwise"
        ) from error
    inside = (window.start, window.end)
    found = await reader.results(kpi, span, inside, known_at=known_at, limit=_MOST + 1)
    if len(found) > _MOST:
        raise ApiProblem(
            400,
            "period_too_long",
            "Too many periods",
            f"{period} holds more than {_MOST} figures by {span.value}",
            "ask for a part of it, or by a longer span",
        )
    return [KnownResultAnswer.of(one) for one in found]
