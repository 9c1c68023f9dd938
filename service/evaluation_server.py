"""`/metrics` and `/healthz` of the evaluation, served by itself."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.metrics.evaluating import EvaluationMetrics
from service.metrics.exposition import answer


def evaluation_app(seen: EvaluationMetrics) -> Starlette:
    """The two routes; whoever stands by is healthy, too."""

    async def metrics(request: Request) -> Response:
        return answer(seen.registry, request)

    async def healthz(request: Request) -> Response:
        del request
        return JSONResponse({"status": "evaluating" if seen.is_at_work else "standing by"})

    return Starlette(routes=[Route("/metrics", metrics), Route("/healthz", healthz)])
