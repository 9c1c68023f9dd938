"""What may keep an answer, and whether it is still the same."""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.responses import StreamingResponse

# Of shorter answers GZipMiddleware makes none that is packed.
GZIP_FROM_BYTES = 1024


class TaggedRoute(APIRoute):
    """Answers 304 to whoever has the same answer already.

    The tag is the hash of the answer's bytes; packed ones have another, so that it is a strong one.
    Streams have none.
    """

    cache_control: ClassVar[str] = "no-cache"

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route, its answers tagged."""
        handle = super().get_route_handler()

        async def tagged(request: Request) -> Response:
            response = await handle(request)
            if response.status_code == 200 and request.method in {"GET", "HEAD"}:
                response.headers.setdefault("Cache-Control", self.cache_control)
                if not isinstance(response, StreamingResponse):
                    return _tagged(request, response)
            return response

        return tagged


class PrivateRoute(TaggedRoute):
    """What a visitor may see is kept for them alone, and asked for anew each time."""

    cache_control = "private, no-cache"


class PublicRoute(TaggedRoute):
    """What changes with a new version of Boucle, or a day of the law."""

    cache_control = "public, max-age=3600"


def _tagged(request: Request, response: Response) -> Response:
    body = bytes(response.body)
    packed = len(body) >= GZIP_FROM_BYTES and "gzip" in request.headers.get("accept-encoding", "")
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}{"-gzip" if packed else ""}"'
    response.headers["ETag"] = tag
    known = request.headers.get("if-none-match", "")
    if known.strip() != "*" and tag not in {
        one.strip().removeprefix("W/") for one in known.split(",")
    }:
        return response
    kept = ("etag", "cache-control", "vary", "link")
    headers = {name: value for name, value in response.headers.items() if name in kept}
    return Response(status_code=304, headers=headers)
