"""`/metrics` and `/healthz` of the collector, served by itself: seen while the database is away."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.collector_board import CollectorBoard, judge
from service.errors import UserError
from service.exporter.collecting import collecting_registry
from service.http_server import HttpServer

_GRACEFUL_S = 1


def collector_app(board: CollectorBoard) -> Starlette:
    """The two routes."""
    registry = collecting_registry(board)

    async def metrics(request: Request) -> Response:
        del request
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

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


@asynccontextmanager
async def collector_served(
    board: CollectorBoard, host: str, port: int | None, stop: asyncio.Event
) -> AsyncIterator[None]:
    """Serve for the length of a block; nothing without a port. A server that fails sets ``stop``.

    Raises
    ------
    UserError
        When the port is taken.
    """
    if port is None:
        yield
        return
    listening = _listen(host, port)
    config = uvicorn.Config(
        collector_app(board),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_GRACEFUL_S,
        lifespan="off",
    )
    server = HttpServer(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="collector-http")
    serving.add_done_callback(lambda _: stop.set())
    try:
        yield
    finally:
        server.should_exit = True
        await serving
        listening.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        msg = (
            f"port {port} of {host} cannot be listened on ({error.strerror}): choose another with "
            "BOUCLE_COLLECT_PORT, or leave it unset"
        )
        raise UserError(msg) from error
