"""The small HTTP server of a process that has no pages: its metrics and its health."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from service.http_server import HttpServer, Listening, listen

_GRACEFUL_S = 1


@asynccontextmanager
async def served(app: Starlette, where: Listening, stop: asyncio.Event) -> AsyncIterator[None]:
    """Serve for the length of a block; nothing without a port. A server that fails sets ``stop``.

    Raises
    ------
    UserError
        When the port is taken.
    """
    if where.port is None:
        yield
        return
    listening = listen(where, where.port)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=_GRACEFUL_S,
        lifespan="off",
    )
    server = HttpServer(config)
    serving = asyncio.create_task(server.serve(sockets=listening), name="metrics-http")
    serving.add_done_callback(lambda _: stop.set())
    try:
        yield
    finally:
        server.should_exit = True
        await serving
