"""What may keep an answer, and whether it is still the same."""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.responses import StreamingResponse

# Shorter answers are not packed. Beyond level 5 a third of the time buys a tenth of the bytes.
GZIP_FROM_BYTES: Final = 1024
GZIP_LEVEL: Final = 5
_Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class TaggedRoute(APIRoute):
    """Answers 304 to whoever has the same answer already.

    The tag is the hash of the answer's bytes; packed ones have another, so that it is a strong one.
    Streams have none.
    """

    cache_control: ClassVar[str] = "no-cache"

    def get_route_handler(self) -> _Handle:
        """The handler of the route, its answers tagged."""
        handle = super().get_route_handler()

        async def tagged(request: Request) -> Response:
            response = await self.answered(request, handle)
            if response.status_code == 200 and request.method in {"GET", "HEAD"}:
                response.headers.setdefault("Cache-Control", self.cache_control)
                if not isinstance(response, StreamingResponse):
                    return _tagged(request, response)
            return response

        return tagged

    async def answered(self, request: Request, handle: _Handle) -> Response:
        """The answer before it has its tag, unless it has one."""
        return await handle(request)


class PrivateRoute(TaggedRoute):
    """What a visitor may see is kept for them alone, and asked for anew each time."""

    cache_control = "private, no-cache"


class PublicRoute(TaggedRoute):
    """What changes with a new version of Boucle, or a day of the law."""

    cache_control = "public, max-age=3600"


def takes_gzip(request: Request) -> bool:
    """Whether a long answer would be packed."""
    return "gzip" in request.headers.get("accept-encoding", "")


def tag_of(body: bytes, *, packed: bool) -> str:
    """The tag of an answer that is sent packed or not."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}{"-gzip" if packed else ""}"'


def _tagged(request: Request, response: Response) -> Response:
    if "etag" not in response.headers:
        body = bytes(response.body)
        packed = len(body) >= GZIP_FROM_BYTES and takes_gzip(request)
        response.headers["ETag"] = tag_of(body, packed=packed)
    tag = response.headers["ETag"]
    known = request.headers.get("if-none-match", "")
    if known.strip() != "*" and tag not in {
        one.strip().removeprefix("W/") for one in known.split(",")
    }:
        return response
    kept = ("etag", "cache-control", "vary", "link")
    headers = {name: value for name, value in response.headers.items() if name in kept}
    return Response(status_code=304, headers=headers)
