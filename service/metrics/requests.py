"""Requests and event streams that `serve` answers."""

import time
from typing import Final

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.registry import CollectorRegistry
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.metrics.family import Family, Kind

_NEVER: Final = "before the first request of its kind"
REQUESTS: Final = Family(
    name="boucle_http_requests_total",
    text="Requests answered, by the route they met and the code of the answer",
    labels=("route", "method", "code"),
    kind=Kind.COUNTER,
    absent=_NEVER,
    of_site=False,
)
DURATION: Final = Family(
    name="boucle_http_request_duration_seconds",
    text="Time until a request was answered; event streams are left out",
    labels=("route",),
    kind=Kind.HISTOGRAM,
    absent=_NEVER,
    of_site=False,
)
STREAMS: Final = Family(
    name="boucle_event_streams", text="Event streams that are open", absent="never", of_site=False
)
SENT: Final = Family(
    name="boucle_http_response_bytes_total",
    text="Bytes of the bodies that were sent, event streams included",
    labels=("route",),
    kind=Kind.COUNTER,
    absent=_NEVER,
    of_site=False,
)
FAMILIES: Final = (REQUESTS, DURATION, STREAMS, SENT)
_BUCKETS_S: Final = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0)
_EVENT_STREAM: Final = b"text/event-stream"
# Anybody may ask for any address and by any method: none of these makes a series of its own.
_NO_ROUTE: Final = "none"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestMetrics:
    """Counts what the application answers."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(REQUESTS.name, REQUESTS.text, REQUESTS.labels, registry=registry)
        self._durations = Histogram(
            DURATION.name, DURATION.text, DURATION.labels, registry=registry, buckets=_BUCKETS_S
        )
        self._sent = Counter(SENT.name, SENT.text, SENT.labels, registry=registry)
        self._streams = Gauge(STREAMS.name, STREAMS.text, registry=registry)

    def answered(self, route: str, method: str, code: int, took_s: float | None) -> None:
        """Note an answer; event streams have no duration."""
        self._requests.labels(route, method if method in _METHODS else "other", str(code)).inc()
        if took_s is not None:
            self._durations.labels(route).observe(took_s)

    def sent(self, route: str, count: int) -> None:
        """Note bytes of a body."""
        self._sent.labels(route).inc(count)

    def stream(self, change: int) -> None:
        """Note that an event stream began (1) or ended (-1)."""
        self._streams.inc(change)


class CountedRequests:
    """An ASGI application whose requests are counted."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and note how."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen = _Answer(scope, self._metrics, send)
        try:
            await self._app(scope, receive, seen.send)
        finally:
            seen.end()


class _Answer:
    def __init__(self, scope: Scope, metrics: RequestMetrics, send: Send) -> None:
        self._scope, self._metrics, self._send = scope, metrics, send
        self._began_s = time.perf_counter()
        # What breaks before it begins to answer is an error of ours.
        self._code = 500
        self._streams = False
        self._bytes = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._code = message["status"]
            kind = dict(message.get("headers", ())).get(b"content-type", b"")
            if kind.startswith(_EVENT_STREAM):
                self._streams = True
                self._metrics.stream(1)
        elif message["type"] == "http.response.body":
            size = len(message.get("body", b""))
            if self._streams:
                self._metrics.sent(route_of(self._scope), size)
            self._bytes += size
        await self._send(message)

    def end(self) -> None:
        route = route_of(self._scope)
        took_s = None if self._streams else time.perf_counter() - self._began_s
        self._metrics.answered(route, self._scope["method"], self._code, took_s)
        if self._streams:
            self._metrics.stream(-1)
        else:
            self._metrics.sent(route, self._bytes)


def route_of(scope: Scope) -> str:
    """The pattern of the route that a request met: bounded, whatever was asked for."""
    route = scope.get("route")
    if route is not None:
        return str(route.path)
    for mount in scope["app"].routes:
        if isinstance(mount, Mount) and mount.matches(scope)[0] is Match.FULL:
            return mount.path
    return _NO_ROUTE
