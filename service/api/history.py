"""What was: readings and roll-ups of a point, KPIs of closed periods, KPIs of written ones."""

import asyncio
from collections.abc import Sized
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator, AwareDatetime

from models.kpi.registry import KPIS
from models.legal_time.periods import PeriodError, parse_period
from models.site.disclosure import Matter
from service.api.of_a_site import site_router
from service.api.parameters import Moment, bounded
from service.api.permissions import Here, Who, reads, require
from service.api.problems import ApiProblem, not_found
from service.api.recording import RECORDED
from service.api.schemas import KnownResultAnswer, KpiAnswer, ReadingAnswer, RolledReadingsAnswer
from service.api.served import ServedSite
from service.evaluation.closed_periods import ClosedSpan
from service.evaluation.ports import RollupSpan

# A year of hours; more is asked for by year, or by a longer span.
_MOST = 10_000
_MAX_READINGS = 20_000
_HISTORY = timedelta(hours=1)
# All readings of a point that is read every two seconds, for two days: what one answer may cost.
_LONGEST_HISTORY = timedelta(days=2)
# The store sums a year of readings in less; asking waits for who asked before.
_LONGEST_MEASUREMENT_S = 120.0
_Instant = Annotated[AwareDatetime, AfterValidator(bounded)]
_Period = Annotated[str, Query(description="2025, 2025-Q3, 2025-10, … or START/END")]

router = site_router("KPIs")


@router.get(
    "/points/{key}/history", tags=["points"], dependencies=[*reads(Matter.POINT), *RECORDED]
)
async def point_history(
    key: str,
    here: Here,
    start: Moment | None = None,
    end: Moment | None = None,
    limit: Annotated[int, Query(ge=1, le=_MAX_READINGS)] = 2_000,
) -> list[ReadingAnswer]:
    """Stored readings of one point in ``[start, end)``; the last hour by default.

    Of more than ``limit`` readings the newest are given.
    """
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
    readings = await here.store.history.readings(key, since, upto)
    _known_point(here, key, readings)
    return [
        ReadingAnswer(ts=ts, value=value, quality=quality.name.lower(), origin=origin.name.lower())
        for ts, value, quality, origin in readings[-limit:]
    ]


@router.get(
    "/points/{key}/rollups", tags=["points"], dependencies=[*reads(Matter.POINT), *RECORDED]
)
async def point_rollups(
    key: str, here: Here, span: RollupSpan, period: _Period
) -> list[RolledReadingsAnswer]:
    """A point by one or six hours, legal day or month: ends, extremes, mean, counts."""
    found = await here.store.history.rollups(key, span, _inside(period), _MOST + 1)
    _refuse_too_many(len(found), period, span.value)
    _known_point(here, key, found)
    return [RolledReadingsAnswer.of(one) for one in found]


@router.get("/periods/{period:path}/kpis", dependencies=[*reads(Matter.KPI), *RECORDED])
async def kpis_of_period(
    period: str, here: Here, who: Who, kpi: str | None = None
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


@router.get("/kpis/{kpi}/history", dependencies=[*reads(Matter.KPI), *RECORDED])
async def history(
    kpi: str,
    here: Here,
    who: Who,
    span: ClosedSpan,
    period: _Period,
    known_at: Annotated[
        _Instant | None, Query(description="as it was known then (default: now)")
    ] = None,
) -> list[KnownResultAnswer]:
    """A KPI by closed hour, legal day, month or year, as it is known or was."""
    require(who, here, here.site.disclosure.of_kpi(kpi), f"KPI {kpi}")
    return await _asked(here, kpi, span, period, known_at or datetime.now(UTC))


@router.get("/kpis/{kpi}/revisions", dependencies=[*reads(Matter.KPI), *RECORDED])
async def revisions(
    kpi: str, here: Here, who: Who, span: ClosedSpan, period: _Period
) -> list[KnownResultAnswer]:
    """Every figure of a KPI that was ever held for right, and until when."""
    require(who, here, here.site.disclosure.of_kpi(kpi), f"KPI {kpi}")
    return await _asked(here, kpi, span, period, None)


async def _asked(
    here: ServedSite, kpi: str, span: ClosedSpan, period: str, known_at: datetime | None
) -> list[KnownResultAnswer]:
    if kpi not in KPIS:
        what = "kpi"
        raise not_found(what, kpi, "see the site's /kpis for those there are")
    found = await here.store.results.results(
        kpi, span, _inside(period), known_at=known_at, limit=_MOST + 1
    )
    _refuse_too_many(len(found), period, span.value)
    return [KnownResultAnswer.of(one) for one in found]


def _known_point(here: ServedSite, key: str, found: Sized) -> None:
    """A point that the site no longer has is known by its past."""
    if not found and key not in here.site.points:
        what = "point"
        raise not_found(what, key, "see the site's /points for the names")


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
            "ask for a part of it, or by a longer span",
        )
