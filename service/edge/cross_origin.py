"""Lets pages of other sites read the API, those that a setting names."""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.edge.access import ANY, WebAccess

_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Authorization, If-None-Match, Last-Event-ID",
    "Access-Control-Max-Age": "600",
}
_EXPOSED: Final = "ETag, Link, Retry-After"


class CrossOrigin:
    """Adds the headers of CORS under /api/. Cookies are never let through: tokens are."""

    def __init__(self, app: ASGIApp, access: WebAccess) -> None:
        self._app, self._origins = app, access.origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what a browser asks before it asks, and mark what it may read."""
        if not self._origins or scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        allowed = self._allowed(headers.get("origin"))
        if (
            allowed is not None
            and scope["method"] == "OPTIONS"
            and "access-control-request-method" in headers
        ):
            answer = Response(status_code=204, headers=_PREFLIGHT)
            _mark(answer.headers, allowed)
            await answer(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                _mark(MutableHeaders(scope=message), allowed)
            await send(message)

        await self._app(scope, receive, marked)

    def _allowed(self, origin: str | None) -> str | None:
        if ANY in self._origins:
            return ANY
        return origin if origin in self._origins else None


def _mark(headers: MutableHeaders, allowed: str | None) -> None:
    if allowed != ANY:
        headers.add_vary_header("Origin")
    if allowed is not None and headers.get("access-control-allow-origin") is None:
        headers["Access-Control-Allow-Origin"] = allowed
        headers["Access-Control-Expose-Headers"] = _EXPOSED
