"""The router of what belongs to one site: ``/api/v1/sites/{site_id}/...``."""

from typing import Any, Final

from fastapi import APIRouter

from service.api.schemas import ProblemAnswer

NOT_FOUND: Final[dict[int | str, dict[str, Any]]] = {
    404: {"model": ProblemAnswer, "description": "no such name"}
}
_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": ProblemAnswer, "description": "not for all, and nobody signed in"},
    403: {"model": ProblemAnswer, "description": "not for whoever signed in"},
    404: {"model": ProblemAnswer, "description": "no such site, or no such name"},
    503: {"model": ProblemAnswer, "description": "nothing evaluated yet, or store away"},
}


def site_router(tag: str) -> APIRouter:
    """A router for routes of one site."""
    return APIRouter(prefix="/api/v1/sites/{site_id}", responses=_ERRORS, tags=[tag])
