"""p95 of the live page's first byte, against a route of the same server that does nothing."""

import statistics
import time

import httpx

from tests.bench.result import Result, result
from tests.service.pages.sample_snapshot import sample_snapshot
from tests.service.pages.serving import served

_REQUESTS = 300


def _p95_ms(client: httpx.Client, url: str) -> float:
    times: list[float] = []
    for _ in range(_REQUESTS):
        started = time.perf_counter()
        with client.stream("GET", url) as answer:
            chunks = answer.iter_raw()
            next(chunks)
            times.append(1e3 * (time.perf_counter() - started))
            for _ in chunks:
                pass
    return statistics.quantiles(times, n=20)[-1]


def run() -> list[Result]:
    with served(sample_snapshot()) as site, httpx.Client(timeout=10) as client:
        _p95_ms(client, f"{site.url}/fr/")  # templates compiled, connection open
        bare = _p95_ms(client, f"{site.url}/healthz")
        page = _p95_ms(client, f"{site.url}/fr/")
    return [result("page", page, "ms (p95, first byte)", bare, "a route that does nothing")]
