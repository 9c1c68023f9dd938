"""`/metrics` and `/healthz` of the collector, served by itself: seen while the database is away."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.collector_board import CollectorBoard, judge
from service.metrics.collecting import collecting_registry
from service.metrics.exposition import answer


def collector_app(board: CollectorBoard) -> Starlette:
    """The two routes."""
    registry = collecting_registry(board)

    async def metrics(request: Request) -> Response:
        return answer(registry, request)

    async def healthz(request: Request) -> Response:
        del request
        health = judge(board.picture())
        body = {
            "status": "not polling" if health.failed else "polling",
            "failed": list(health.failed),
            "reasons": [*(f"{part}: {why}" for part, why in health.failed.items()), *health.notes],
        }
        return JSONResponse(body, 503 if health.failed else 200)

    return Starlette(routes=[Route("/metrics", metrics), Route("/healthz", healthz)])
