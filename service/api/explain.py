"""Where a figure comes from: meters and their share of its variance, readings, registers, words."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Path, Query

from models.kpi.registry import KPIS
from models.kpi.result import KpiResult
from models.legal_time.periods import PeriodError
from models.site.labels import labels_of
from models.site.site import Site
from service.api.explain_answers import FigureExplanationAnswer, PointExplanationAnswer
from service.api.problems import ApiProblem, no_snapshot, not_found
from service.api.schemas import ProblemAnswer
from service.explain.figure import FigureExplanation
from service.explain.point import PointExplanation
from service.live.board import SnapshotBoard

# The store sums a year of readings in less; asking waits for who asked before.
_LONGEST_S = 120.0
_ERRORS: dict[int | str, dict[str, Any]] = {
    404: {"model": ProblemAnswer, "description": "no such site, or no such name"},
    503: {"model": ProblemAnswer, "description": "nothing evaluated yet, or store away"},
}
_Window = Annotated[
    str | None, Query(description="a window of the page: 15min, today, month, 12months, …")
]
_Period = Annotated[
    str | None, Query(description="a written period: 2025, 2025-Q3, 2025-10, … or START/END")
]
_Kpi = Annotated[str, Path(description="id of the KPI", examples=["pue"])]
_Key = Annotated[str, Path(description="device.point", examples=["intake_a.active_energy_kwh"])]


class Explainer(Protocol):
    """Explains figures and points of the site; every method raises StoreAway."""

    async def figure_shown(self, result: KpiResult) -> FigureExplanation | None:
        """A figure of the snapshot, over its very window."""
        ...

    async def figure_over(self, kpi: str, period: str, now: datetime) -> FigureExplanation | None:
        """A KPI over a written period; raises PeriodError, None where it is not given for it."""
        ...

    async def points(self, keys: Sequence[str]) -> list[PointExplanation]:
        """Those of some points that the site has."""
        ...


def explain_router(board: SnapshotBoard, site: Site, explainer: Explainer) -> APIRouter:
    """Routes on what figures and points are made of."""
    router = APIRouter(prefix="/api/v1/sites/{site_id}", tags=["explanations"], responses=_ERRORS)

    @router.get("/kpis/{kpi}/explanation")
    async def explain_kpi(
        site_id: str, kpi: _Kpi, window: _Window = None, period: _Period = None
    ) -> FigureExplanationAnswer:
        """What a figure is made of, over a window of the page or over a written period.

        Each meter with its share of the variance, the readings at the edges of the window, and its
        register with the last words that came over the wire. Give either ``window`` or ``period``.
        """
        _known_site(site, site_id)
        if kpi not in KPIS:
            what = "kpi"
            raise not_found(what, kpi, f"see /api/v1/sites/{site_id}/kpis for those there are")
        return await _explained(board, site, explainer, kpi, window, period)

    @router.get("/points/{key}/explanation")
    async def explain_point(site_id: str, key: _Key) -> PointExplanationAnswer:
        """How a point is read, the last words that came, and what the profile makes of them."""
        _known_site(site, site_id)
        found = await explainer.points([key])
        if not found:
            what = "point"
            raise not_found(what, key, f"see /api/v1/sites/{site_id}/points for the names")
        return PointExplanationAnswer.of(found[0], labels_of(site), with_raw=True)

    return router


async def _explained(
    board: SnapshotBoard,
    site: Site,
    explainer: Explainer,
    kpi: str,
    window: str | None,
    period: str | None,
) -> FigureExplanationAnswer:
    shown = None
    async with _in_time():
        if window is not None and period is None:
            shown = _shown(board, kpi, window)
            told = await explainer.figure_shown(shown)
        elif period is not None and window is None:
            told = await explainer.figure_over(kpi, period, datetime.now(UTC))
        else:
            raise ApiProblem(
                422,
                "window_or_period",
                "Window or period",
                "a figure is explained over one stretch of time",
                "give either window, such as 12months, or period, such as 2026-10",
            )
        if told is None:
            raise _not_given(kpi, window or period or "")
        points = await explainer.points(told.points)
    labels = labels_of(site)
    return FigureExplanationAnswer.of(
        told,
        tuple(PointExplanationAnswer.of(one, labels, with_raw=True) for one in points),
        labels,
        None if shown is None else shown.value,
    )


def _known_site(site: Site, site_id: str) -> None:
    if site_id != site.identity.id:
        what = "site"
        raise not_found(what, site_id, f"this server shows {site.identity.id}")


def _shown(board: SnapshotBoard, kpi: str, window: str) -> KpiResult:
    if board.current is None:
        raise no_snapshot()
    shown = board.current.kpi(kpi, window)
    if shown is None:
        raise _not_given(kpi, window)
    return shown


def _not_given(kpi: str, over: str) -> ApiProblem:
    return ApiProblem(
        404,
        "figure_not_found",
        "Not found",
        f"there is no {kpi} over {over} here",
        f"see /kpis?kpi={kpi} for the windows it is shown for, or write a period that is over "
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
