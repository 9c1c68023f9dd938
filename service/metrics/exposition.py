"""The answer to a scrape, in the text format or OpenMetrics, as the scraper asks."""

from typing import Any, Final

from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response

from models.site.site import Site
from service.live.snapshot import LiveSnapshot
from service.metrics.points import PointText
from service.metrics.serving import SnapshotCollector

_OPENMETRICS: Final = "application/openmetrics-text"
# In the document of the API.
SCRAPED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "all metrics, in the text format of Prometheus or as OpenMetrics",
        "content": {kind: {"schema": {"type": "string"}} for kind in ("text/plain", _OPENMETRICS)},
    }
}
_END: Final = b"# EOF\n"


def answer(registry: CollectorRegistry, request: Request) -> Response:
    """What a registry has, as the scraper asks for it."""
    body, media_type = _encoded(registry, request)
    return Response(body, media_type=media_type)


def _encoded(registry: CollectorRegistry, request: Request) -> tuple[bytes, str]:
    encoder, media_type = choose_encoder(request.headers.get("accept", ""))
    return encoder(registry), media_type


class ServedMetrics:
    """Answers the scrapes of `serve`: a registry, and the figures of a snapshot."""

    def __init__(self, registry: CollectorRegistry, site: Site) -> None:
        self._registry, self._points = registry, PointText()
        self._figures = SnapshotCollector(site)
        registry.register(self._figures)

    def answer(self, request: Request, snapshot: LiveSnapshot | None) -> Response:
        """One scrape, with the figures that its visitor may see."""
        self._figures.snapshot = snapshot
        body, media_type = _encoded(self._registry, request)
        if snapshot is not None:
            openmetrics = media_type.startswith(_OPENMETRICS)
            text = self._points.write(snapshot, openmetrics=openmetrics).encode()
            body = body.removesuffix(_END) + text + (_END if openmetrics else b"")
        return Response(body, media_type=media_type)
