"""The small HTTP server of a process that has no pages: its metrics and its health."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from service.errors import UserError
from service.http_server import HttpServer

_GRACEFUL_S = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where to listen; nowhere without a port. ``setting`` is the variable that names it."""

    host: str
    port: int | None
    setting: str


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
    listening = _listen(where, where.port)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_GRACEFUL_S,
        lifespan="off",
    )
    server = HttpServer(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="metrics-http")
    serving.add_done_callback(lambda _: stop.set())
    try:
        yield
    finally:
        server.should_exit = True
        await serving
        listening.close()


def _listen(where: Listening, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    try:
        return socket.create_server((where.host, port), family=family)
    except OSError as error:
        msg = (
            f"port {port} of {where.host} cannot be listened on ({error.strerror}): choose another "
            f"with {where.setting}, or leave it unset"
        )
        raise UserError(msg) from error
