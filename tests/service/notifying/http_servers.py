"""Real HTTP servers: one that shows metrics, one that gets messages and checks who wrote them."""

import asyncio
import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from service.http_server import HttpServer

SECRET = "known to both"


class Programs:
    """What the programs of a site show; nothing answers while it is None."""

    def __init__(self, text: str | None) -> None:
        self.text = text

    def app(self) -> Starlette:
        async def metrics(request: Request) -> Response:
            if self.text is None:
                return PlainTextResponse("away", 503)
            return PlainTextResponse(self.text)

        return Starlette(routes=[Route("/metrics", metrics)])


class Hook:
    """Takes messages, in the order in which they come."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.status = 200
        self.refused = 0

    def app(self) -> Starlette:
        async def take(request: Request) -> Response:
            body = await request.body()
            assert is_signed(request.headers["x-boucle-signature"], body)
            if self.status != 200:
                self.refused += 1
                return Response(status_code=self.status, headers={"Location": "/hook/another"})
            self.bodies.append(json.loads(body))
            assert request.headers["x-boucle-message"] == self.bodies[-1]["messageId"]
            return Response()

        return Starlette(routes=[Route("/hook/{token}", take, methods=["POST"])])


def is_signed(header: str, body: bytes) -> bool:
    """As deploy/README.md tells a receiver to check."""
    parts = dict(part.split("=", 1) for part in header.split(","))
    expected = hmac.new(SECRET.encode(), parts["t"].encode() + b"." + body, hashlib.sha256)
    return hmac.compare_digest(expected.hexdigest(), parts["v1"])


@asynccontextmanager
async def serving(app: Starlette, port: int = 0) -> AsyncIterator[int]:
    """On a free port, or on the one of before."""
    listening = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off")
    server = HttpServer(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await task
        listening.close()


async def until(found: Any, timeout_s: float = 8.0) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(timeout_s):
        while not found():
            await asyncio.sleep(0.01)
