"""Where a figure comes from: meters and their share of its variance, readings, registers, words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query

from models.kpi.registry import KPIS
from models.kpi.result import KpiResult
from models.legal_time.periods import PeriodError
from models.site.disclosure import Matter
from models.site.labels import labels_of
from service.access.visitor import Visitor
from service.api.explain_answers import FigureExplanationAnswer
from service.api.explain_point_answers import PointExplanationAnswer, Seen
from service.api.of_a_site import EXAMPLE_KPI, site_router
from service.api.permissions import Here, Who, reads, require
from service.api.problems import ApiProblem, no_snapshot, not_found
from service.api.recording import RECORDED
from service.api.served import ServedSite

# The store sums a year of readings in less; asking waits for who asked before.
_LONGEST_S = 120.0
_Window = Annotated[
    str | None, Query(description="a window of the page: 15min, today, month, 12months, …")
]
_Period = Annotated[
    str | None, Query(description="a written period: 2025, 2025-Q3, 2025-10, … or START/END")
]
_Kpi = Annotated[str, Path(description="id of the KPI", examples=[EXAMPLE_KPI])]
_Key = Annotated[str, Path(description="device.point", examples=["intake_a.active_energy_kwh"])]


router = site_router("explanations")


@router.get("/kpis/{kpi}/explanation", dependencies=[*reads(Matter.POINT), *RECORDED])
async def explain_kpi(
    kpi: _Kpi, here: Here, who: Who, window: _Window = None, period: _Period = None
) -> FigureExplanationAnswer:
    """What a figure is made of, over a window of the page or over a written period.

    Each meter with its share of the variance, the readings at the edges of the window, and its
    register with the last words that came over the wire. Give either ``window`` or ``period``.
    """
    require(who, here, here.site.disclosure.of_kpi(kpi), f"KPI {kpi}")
    if kpi not in KPIS:
        what = "kpi"
        raise not_found(what, kpi, "see the site's /kpis for those there are")
    shown = None
    async with _in_time():
        if window is not None and period is None:
            shown = _shown(here, kpi, window)
            told = await here.store.explainer.figure_shown(shown)
        elif period is not None and window is None:
            told = await here.store.explainer.figure_over(kpi, period, datetime.now(UTC))
        else:
            raise _one_of_both()
        if told is None:
            raise _not_given(kpi, window or period or "")
        points = await here.store.explainer.points(told.points)
    labels, seen = labels_of(here.site), _seen(here, who)
    return FigureExplanationAnswer.of(
        told,
        tuple(PointExplanationAnswer.of(one, labels, seen) for one in points),
        labels,
        None if shown is None else shown.value,
    )


@router.get("/points/{key}/explanation", dependencies=[*reads(Matter.POINT), *RECORDED])
async def explain_point(key: _Key, here: Here, who: Who) -> PointExplanationAnswer:
    """How a point is read, the last words that came, and what the profile makes of them."""
    found = await here.store.explainer.points([key])
    if not found:
        what = "point"
        raise not_found(what, key, "see the site's /points for the names")
    return PointExplanationAnswer.of(found[0], labels_of(here.site), _seen(here, who))


def _seen(here: ServedSite, who: Visitor) -> Seen:
    """How deep a visitor may look: devices and raw words are not for all who may see readings."""
    disclosure, clearance = here.site.disclosure, who.clearance(here.id)
    return Seen(
        devices=disclosure.of(Matter.DEVICE) <= clearance,
        raw=disclosure.of(Matter.RAW) <= clearance,
    )


def _one_of_both() -> ApiProblem:
    return ApiProblem(
        422,
        "window_or_period",
        "Window or period",
        "a figure is explained over one stretch of time",
        "give either window, such as 12months, or period, such as 2026-10",
    )


def _shown(here: ServedSite, kpi: str, window: str) -> KpiResult:
    """The figure of the page; whoever asks is cleared for the KPI."""
    if here.board.current is None:
        raise no_snapshot()
    shown = here.board.current.kpi(kpi, window)
    if shown is None:
        raise _not_given(kpi, window)
    return shown


def _not_given(kpi: str, over: str) -> ApiProblem:
    return ApiProblem(
        404,
        "figure_not_found",
        "Not found",
        f"there is no {kpi} over {over} here",
        f"see the site's /kpis?kpi={kpi} for its windows, or write a period that is over "
        "and long enough",
    )


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """Within what one answer may cost; a period that nobody writes so is the asker's mistake."""
    try:
        async with asyncio.timeout(_LONGEST_S):
            yield
    except PeriodError as error:
        raise ApiProblem(
            400, "period_unknown", "No such period", str(error), "write the period otherwise"
        ) from error
    except TimeoutError as error:
        msg = f"the figure was not measured again within {_LONGEST_S:g} s"
        raise ApiProblem(
            503, "period_too_long", "Takes too long", msg, "ask for a shorter period"
        ) from error
