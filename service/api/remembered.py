"""Answers that are a snapshot and nothing else: made once for all who may see the same."""

import gzip
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response

from service.api.caching import GZIP_FROM_BYTES, GZIP_LEVEL, PrivateRoute, tag_of, takes_gzip
from service.api.permissions import served_site, shown_snapshot, visitor_of
from service.api.recording import RECORDED
from service.api.served import EncodedAnswer

_RECORDS: Final = frozenset(one.dependency for one in RECORDED)
_Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class SnapshotRoute(PrivateRoute):
    """Remembers what a route makes of the newest snapshot.

    Who asks counts as far as what they may see differs, as it does for what they are shown. A
    route that reads something else beside the snapshot, or is written down, is asked each time.
    """

    async def answered(self, request: Request, handle: _Handle) -> Response:
        """The answer, as it was made before where it was."""
        calls = {one.call for one in self.dependant.dependencies}
        if shown_snapshot not in calls or calls & _RECORDS:
            return await super().answered(request, handle)
        site_id = request.path_params["site_id"]
        if site_id not in request.app.state.sites:
            return await super().answered(request, handle)
        here, who = await served_site(site_id, request), await visitor_of(request)
        packed = takes_gzip(request)
        key = (
            request.url.path,
            request.url.query,
            packed,
            who.clearance(site_id),
            who.takers(site_id),
        )
        known = here.answers.get(key)
        if known is None:
            newest = here.board.current
            response = await super().answered(request, handle)
            if response.status_code != 200 or here.board.current is not newest:
                return response
            known = _encoded(response, packed=packed)
            here.answers.put(key, known, len(known.body))
        again = Response(known.body)
        again.raw_headers = list(known.headers)
        return again


def _encoded(response: Response, *, packed: bool) -> EncodedAnswer:
    body = bytes(response.body)
    packed = packed and len(body) >= GZIP_FROM_BYTES
    response.headers["ETag"] = tag_of(body, packed=packed)
    if packed:
        body = gzip.compress(body, GZIP_LEVEL, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(body))
    response.headers["Vary"] = "Accept-Encoding"
    return EncodedAnswer(body, tuple(response.raw_headers))
