"""The router of what belongs to one site: ``/api/v1/sites/{site_id}/...``."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path

from models.kpi.registry import KPIS
from service.api.remembered import SnapshotRoute
from service.api.schemas import ProblemAnswer

NOT_FOUND: Final[dict[int | str, dict[str, Any]]] = {
    404: {"model": ProblemAnswer, "description": "no such name"}
}
PointKey = Annotated[str, Path(description="key of a point", examples=["intake_a.active_power_kw"])]
BreachId = Annotated[str, Path(description="id of a breach", examples=["paris_ref-1"])]
EXAMPLE_KPI: Final = next(iter(KPIS))
KpiId = Annotated[str, Path(description="id of a KPI", examples=[EXAMPLE_KPI])]
_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": ProblemAnswer, "description": "not for all, and nobody signed in"},
    403: {"model": ProblemAnswer, "description": "not for whoever signed in"},
    404: {"model": ProblemAnswer, "description": "no such site, or no such name"},
    503: {"model": ProblemAnswer, "description": "nothing evaluated yet, or store away"},
}


def site_router(tag: str) -> APIRouter:
    """A router for routes of one site."""
    return APIRouter(
        prefix="/api/v1/sites/{site_id}",
        responses=_ERRORS,
        tags=[tag],
        route_class=SnapshotRoute,
    )
