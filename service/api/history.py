"""What was: KPIs of closed periods, and of those that somebody writes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

import pyarrow as pa
from fastapi import Path, Query
from fastapi.responses import StreamingResponse

from models.kpi.registry import KPIS
from models.legal_time.periods import PeriodError, parse_period
from models.site.disclosure import Matter
from service.api.columns import KPIS as KPI_COLUMNS
from service.api.columns import kpi_batch
from service.api.encoders import TableFormat
from service.api.of_a_site import EXAMPLE_KPI, KpiId, site_router
from service.api.parameters import Instant
from service.api.permissions import Here, Who, reads, require
from service.api.problems import ApiProblem, not_found
from service.api.recording import RECORDED
from service.api.schemas import KnownResultAnswer, KpiAnswer
from service.api.served import ServedSite
from service.api.tables import (
    TABLE_ANSWERS,
    TheDownloads,
    WantedTable,
    table_answer,
)
from service.evaluation.closed_periods import ClosedSpan

# A year of hours; more is asked for by year, or by a longer span.
_MOST = 10_000
_PAGE_OF_A_FILE = 5_000
# The store sums a year of readings in less; asking waits for who asked before.
_LONGEST_MEASUREMENT_S = 120.0
_PERIOD = "2025, 2025-Q3, 2025-10, 2025-W41, 2025-10-07 or START/END, in legal time of Paris"
_Period = Annotated[str, Query(description=_PERIOD, examples=["2026"])]
_Span = Annotated[ClosedSpan, Query(description="the kind of period", examples=["day"])]

router = site_router("kpis")


@router.get("/periods/{period:path}/kpis", dependencies=[*reads(Matter.KPI), *RECORDED])
async def measure_period(
    period: Annotated[str, Path(description=_PERIOD, examples=["2025-Q3"])],
    here: Here,
    who: Who,
    kpi: Annotated[str | None, Query(description="only this KPI", examples=[EXAMPLE_KPI])] = None,
) -> list[KpiAnswer]:
    """KPIs of any period of Paris time: 2025, 2025-Q3, 2025-10, 2025-W41, 2025-10-07, A/B."""
    try:
        async with asyncio.timeout(_LONGEST_MEASUREMENT_S):
            results = await here.store.measurer.kpis_over(period, datetime.now(UTC))
    except PeriodError as error:
        raise _no_such_period(error) from error
    except TimeoutError as error:
        msg = f"the period was not measured within {_LONGEST_MEASUREMENT_S:g} s"
        raise ApiProblem(
            503, "period_too_long", "Takes too long", msg, "ask for a shorter period"
        ) from error
    disclosure, clearance = here.site.disclosure, who.clearance(here.id)
    return [
        KpiAnswer.of(one)
        for one in results
        if kpi in {None, one.kpi} and disclosure.of_kpi(one.kpi) <= clearance
    ]


@router.get(
    "/kpis/{kpi}/history",
    dependencies=[*reads(Matter.KPI), *RECORDED],
    response_model=list[KnownResultAnswer],
    responses=TABLE_ANSWERS,
)
async def list_kpi_history(
    kpi: KpiId,
    here: Here,
    who: Who,
    span: _Span,
    period: _Period,
    wanted: WantedTable,
    downloads: TheDownloads,
    known_at: Annotated[
        Instant | None,
        Query(
            description="as it was known then; left out, as it is",
            examples=["2026-03-01T00:00:00Z"],
        ),
    ] = None,
) -> list[KnownResultAnswer] | StreamingResponse:
    """A KPI by closed hour, legal day, month or year, as it is known or was.

    As CSV, Arrow or Parquet there is no end to how many.
    """
    require(who, here, here.site.disclosure.of_kpi(kpi), f"KPI {kpi}")
    at = known_at or datetime.now(UTC)
    if wanted.format is TableFormat.JSON:
        return await _asked(here, kpi, span, period, at)
    _known_kpi(kpi)
    batches = _batches(here, kpi, span, _inside(period), at)
    return await table_answer(KPI_COLUMNS, batches, wanted, f"{kpi}_{span.value}", downloads)


@router.get("/kpis/{kpi}/revisions", dependencies=[*reads(Matter.KPI), *RECORDED])
async def list_kpi_revisions(
    kpi: KpiId, here: Here, who: Who, span: _Span, period: _Period
) -> list[KnownResultAnswer]:
    """Every figure of a KPI that was ever held for right, and until when."""
    require(who, here, here.site.disclosure.of_kpi(kpi), f"KPI {kpi}")
    return await _asked(here, kpi, span, period, None)


async def _batches(
    here: ServedSite,
    kpi: str,
    span: ClosedSpan,
    window: tuple[datetime, datetime],
    known_at: datetime,
) -> AsyncIterator[pa.RecordBatch]:
    """Page after page, each from the period after the last."""
    start, end = window
    while True:
        found = await here.store.results.results(
            kpi, span, (start, end), known_at=known_at, limit=_PAGE_OF_A_FILE
        )
        if found:
            yield kpi_batch(kpi, found)
        if len(found) < _PAGE_OF_A_FILE:
            return
        start = found[-1].start + timedelta.resolution


async def _asked(
    here: ServedSite, kpi: str, span: ClosedSpan, period: str, known_at: datetime | None
) -> list[KnownResultAnswer]:
    _known_kpi(kpi)
    found = await here.store.results.results(
        kpi, span, _inside(period), known_at=known_at, limit=_MOST + 1
    )
    _refuse_too_many(len(found), period, span.value)
    return [KnownResultAnswer.of(one) for one in found]


def _known_kpi(kpi: str) -> None:
    if kpi not in KPIS:
        what = "kpi"
        raise not_found(what, kpi, "see the site's /kpis for those there are")


def _inside(period: str) -> tuple[datetime, datetime]:
    try:
        window = parse_period(period, datetime.now(UTC))
    except PeriodError as error:
        raise _no_such_period(error) from error
    return window.start, window.end


def _no_such_period(error: PeriodError) -> ApiProblem:
    return ApiProblem(
        400, "period_unknown", "No such period", str(error), "write the period otherwise"
    )


def _refuse_too_many(count: int, period: str, span: str) -> None:
    if count > _MOST:
        raise ApiProblem(
            400,
            "period_too_long",
            "Too many periods",
            f"{period} holds more than {_MOST} by {span}",
            "ask for a part of it, by a longer span, or for format=csv, arrow or parquet",
        )
