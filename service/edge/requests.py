"""Refuses requests that no route has a use for: bodies without end, NUL characters."""

from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import ApiProblem, respond

# What is written over HTTP is a form or a note.
MOST_BYTES: Final = 1 << 20


class BoundedRequests:
    """Lets pass what a route may read to its end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the body as it comes when its length is not said."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        problem = _refused(scope)
        if problem is not None:
            await respond(problem, scope)(scope, receive, send)
            return
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            # Whoever reads takes it for the end of the connection.
            return message if taken <= MOST_BYTES else {"type": "http.disconnect"}

        async def sent(message: Message) -> None:
            if taken <= MOST_BYTES:
                await send(message)

        try:
            await self._app(scope, bounded, sent)
        except ClientDisconnect:
            if taken <= MOST_BYTES:
                raise
        if taken > MOST_BYTES:
            await respond(_too_large(), scope)(scope, receive, send)


def _refused(scope: Scope) -> ApiProblem | None:
    # PostgreSQL has no text with NUL in it.
    if "\0" in scope["path"] or b"%00" in scope["query_string"] or b"\0" in scope["query_string"]:
        return ApiProblem.of("malformed_address", "path and query must not hold NUL")
    length = Headers(scope=scope).get("content-length", "0")
    if length.isdigit() and int(length) > MOST_BYTES:
        return _too_large()
    return None


def _too_large() -> ApiProblem:
    return ApiProblem.of("body_too_large", f"a body may have {MOST_BYTES} bytes")
