"""A scrape of 50,000 points, against the client library's own way to write them."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry
from starlette.requests import Request

from service.live.snapshot import LiveSnapshot
from service.metrics.exposition import ServedMetrics
from service.metrics.family import Program
from service.metrics.identity import program_registry
from service.metrics.points import PointText
from tests.bench.result import Result, result
from tests.service.pages.sample_snapshot import sample_site, sample_snapshot

_POINTS = 50_000
_SCRAPES = 7


class _Library(Collector):
    def __init__(self, snapshot: LiveSnapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily("boucle_points", "all", labels=["site", "device", "point"])
        for point in self._snapshot.points.values():
            family.add_metric((self._snapshot.site.id, point.device, point.name), point.value or 0)
        yield family


def run() -> list[Result]:
    snapshot = _crowded(sample_snapshot())
    registry = program_registry(Program.SERVE)
    served = ServedMetrics(registry, sample_site())
    request = Request({"type": "http", "headers": []})
    plain = CollectorRegistry()
    plain.register(_Library(snapshot))
    points = PointText()
    library_ms = _fastest_ms(lambda: generate_latest(plain))
    own_ms = _fastest_ms(lambda: points.write(snapshot, openmetrics=False))
    all_ms = _fastest_ms(lambda: served.answer(request, snapshot))
    against = "prometheus_client on the same points"
    return [
        result("scrape, readings", own_ms, "ms (fastest of 7)", library_ms, against),
        result("scrape, everything", all_ms, "ms (fastest of 7)", library_ms, against),
    ]


def _crowded(snapshot: LiveSnapshot) -> LiveSnapshot:
    some = next(p for p in snapshot.points.values() if p.value is not None and not p.stale)
    points = {
        (key := f"device_{n // 50}.point_{n}"): replace(
            some, key=key, device=f"device_{n // 50}", name=f"point_{n}", value=n * 1.37
        )
        for n in range(_POINTS)
    }
    return replace(snapshot, points=points)


def _fastest_ms(work: Callable[[], object]) -> float:
    times = []
    for _ in range(_SCRAPES):
        began = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - began))
    return min(times)
