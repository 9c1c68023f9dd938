"""Every GET route of a running ``boucle serve``, beside ``/healthz`` of the same server.

At 410 and at 4,100 points that all change each second; then what is read from the store, with a
short past and with one ten times as long.
"""

import asyncio
import re
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from os import getloadavg
from typing import Final

from service.api.permissions import api_routes
from service.storage.connection import connected
from tests.acceptance.running import open_folder
from tests.bench.asking import Asker, p99
from tests.bench.live_site import API, SITE_ID, live_site, new_session
from tests.bench.result import Result, result
from tests.bench.store import own_bench_store
from tests.service.application import application
from tests.service.pages.sample_snapshot import sample_snapshot
from tests.service.storage.long_history import POINT, RULE, LongHistory, hour_of

_SIZES: Final = (1, 10)
_SHORT, _LONG = 1_000, 10_000
_MOST, _FEWEST, _WITHIN_S = 100, 15, 2.0
_PLAIN: Final = "/healthz"
# They have no end, and a benchmark of their own.
_STREAMS: Final = frozenset({"/events", "/api/v1/sites/{site_id}/events"})
_STATIC: Final = "/static/page.css"
_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Seen:
    """What asking for one address took, and what asking for nothing took in between."""

    took_s: list[float] = field(default_factory=list)
    plain_s: list[float] = field(default_factory=list)
    bytes: int = 0

    @property
    def ratio(self) -> float:
        return statistics.median(self.took_s) / statistics.median(self.plain_s)


async def _seen(asker: Asker, bare: Asker, path: str) -> _Seen:
    """In turn with the route that does nothing: others use the machine, too."""
    seen, until_s = _Seen(), time.monotonic() + _WITHIN_S
    # What the first one loads is loaded once.
    for count in range(-1, _MOST):
        answer = await asker.get(path)
        assert answer.status == 200, f"{path}: {answer.status} {answer.body[:300]!r}"
        plain = await bare.get(_PLAIN)
        if count >= 0:
            seen.took_s.append(answer.took_s)
            seen.plain_s.append(plain.took_s)
        seen.bytes = len(answer.body)
        if count >= _FEWEST and time.monotonic() > until_s:
            break
    return seen


def _names(history: LongHistory) -> Mapping[str, str]:
    snapshot = sample_snapshot(healthy=True)
    return {
        "site_id": SITE_ID,
        "charter_id": "paris",
        "rule_id": RULE,
        "key": POINT,
        "kpi": "pue",
        "name": next(iter(snapshot.series)),
        "month": snapshot.statements[0].month.name,
        "breach_id": _newest_breach(history),
        "period:path": f"{history.now - _DAY:%Y-%m-%d}",
    }


def _newest_breach(history: LongHistory) -> str:
    return f"rule_{history.length // 10 - 1}-1"


def _asked(history: LongHistory) -> Mapping[str, str]:
    """What routes need beside their address."""
    day = f"{history.now - _DAY:%Y-%m-%d}"
    closed = f"?span=hour&period={day}"
    return {
        "/api/v1/sites/{site_id}/readings": f"?point={POINT}",
        "/api/v1/sites/{site_id}/kpis/{kpi}/history": closed,
        "/api/v1/sites/{site_id}/kpis/{kpi}/revisions": closed,
        "/api/v1/sites/{site_id}/kpis/{kpi}/explanation": "?window=today",
    }


def _addresses(history: LongHistory) -> list[str]:
    """Of every route that the application has: one that nobody can ask for is named."""
    routes = [one for one in api_routes(application().routes) if "GET" in (one.methods or ())]
    names, asked = _names(history), _asked(history)
    paths = [one.path for one in routes if one.path not in _STREAMS | {_PLAIN}]
    unknown = {name for path in paths for name in re.findall(r"{([^}]+)}", path)} - set(names)
    assert not unknown, f"no example for {unknown}"
    found = [
        re.sub(r"{([^}]+)}", lambda part: names[part[1]], path) + asked.get(path, "")
        for path in paths
    ]
    return [*found, "/openapi.json", _STATIC]


def _questions(history: LongHistory) -> Mapping[str, str]:
    """The same question whatever the length of the past; of each list its first and last page."""
    end = history.length
    recent = hour_of(history.now - timedelta(days=400) + timedelta(minutes=end - 60))
    day, hour = history.now - _DAY, hour_of(history.now)
    start = hour_of(day)
    closed = f"span=hour&period={day:%Y-%m-%d}"
    readings = f"{API}/points/{POINT}/readings?start={start}&end={hour}"
    return {
        "readings, raw, a day": readings,
        "readings, by hour, a day": f"{readings}&resolution=hour",
        "readings, auto, a day": f"{readings}&resolution=auto&max_points=100",
        "kpi history, a day": f"{API}/kpis/pue/history?{closed}",
        "kpi history, as it was": f"{API}/kpis/pue/history?{closed}&known_at={hour}",
        "kpi revisions, a day": f"{API}/kpis/pue/revisions?{closed}",
        "verdicts, first": f"{API}/verdicts/history?limit=50",
        "verdicts, last": f"{API}/verdicts/history?limit=50&cursor={end - 60}",
        "verdicts of a rule, last": f"{API}/verdicts/history?rule={RULE}&cursor={end - 60}",
        "verdicts since": f"{API}/verdicts/history?since={recent}",
        "verdicts of a rule since": f"{API}/verdicts/history?rule={RULE}&since={recent}",
        "breaches, first": f"{API}/breaches?limit=20",
        "breaches, open": f"{API}/breaches?limit=5&state=open",
        "breaches of a rule": f"{API}/breaches?limit=20&rule={RULE}",
        "breaches, last": f"{API}/breaches?limit=20&cursor=rule_15-1",
        "breach": f"{API}/breaches/{_newest_breach(history)}",
        "chain, head": f"{API}/evidence/chain/head",
        "chain, first": f"{API}/evidence/chain?limit=50",
        "chain, last": f"{API}/evidence/chain?limit=50&cursor={end - 60}",
        "imports, first": f"{API}/imports?limit=50",
        "imports, last": f"{API}/imports?limit=50&cursor={end - 60}",
        "audit": "/api/v1/audit?limit=50",
        "charges, standing": f"{API}/charges",
        "charges, all": f"{API}/charges?standing=false&limit=50",
        "period, a day": f"{API}/periods/{day:%Y-%m-%d}/kpis",
        "explanation, a day": f"{API}/kpis/pue/explanation?period={day:%Y-%m-%d}",
    }


def _results(path: str, seen: _Seen, points: int) -> list[Result]:
    name, against = f"endpoints/{points} points {path}", f"{_PLAIN} in between"
    return [
        result(
            f"{name}: median of {len(seen.took_s)}",
            1e3 * statistics.median(seen.took_s),
            "ms",
            1e3 * statistics.median(seen.plain_s),
            against,
        ),
        result(f"{name}: p99", 1e3 * p99(seen.took_s), "ms", 1e3 * p99(seen.plain_s), against),
        result(f"{name}: sent", seen.bytes, "B", points, "the points"),
    ]


async def _at_sizes(dsn: str, cookie: str, history: LongHistory) -> list[Result]:
    found: list[Result] = []
    for times in _SIZES:
        with open_folder() as folder:
            async with live_site(dsn, folder, times) as served:
                asker, bare = Asker(served.port, Cookie=cookie), Asker(served.port)
                for path in _addresses(history):
                    seen = await _seen(asker, bare, path)
                    one = _results(path, seen, times * len(sample_snapshot().points))
                    print(one[0], one[2]["value"], file=sys.stderr, flush=True)
                    found += one
                asker.close()
                bare.close()
    return found


async def _with_history(dsn: str, cookie: str, history: LongHistory) -> list[Result]:
    """How much longer the same question takes with a past ten times as long."""
    with open_folder() as folder:
        async with live_site(dsn, folder) as served:
            asker, bare = Asker(served.port, Cookie=cookie), Asker(served.port)
            short = {
                name: await _seen(asker, bare, path) for name, path in _questions(history).items()
            }
            await history.grow(_LONG)
            long = {
                name: await _seen(asker, bare, path) for name, path in _questions(history).items()
            }
            asker.close()
            bare.close()
    found = []
    for name, before in short.items():
        now, plain_ms = long[name], 1e3 * statistics.median(long[name].plain_s)
        # By what the machine gave in between, so that a neighbour makes nothing grow.
        expected_ms = before.ratio * plain_ms
        now_ms = 1e3 * statistics.median(now.took_s)
        against = f"with {_SHORT} entries of each kind, {before.bytes} B; now {now.bytes} B"
        found.append(
            result(f"endpoints/{_LONG} entries, {name}", now_ms, "ms", expected_ms, against)
        )
        print(found[-1], file=sys.stderr, flush=True)
    return found


async def _measure(parts: Sequence[str]) -> list[Result]:
    found: list[Result] = []
    async with own_bench_store() as dsn, connected(dsn, command_timeout_s=120.0) as conn:
        history = LongHistory(conn, datetime.now(UTC))
        await history.grow(_SHORT)
        cookie = await new_session(dsn)
        if "sizes" in parts:
            found += await _at_sizes(dsn, cookie, history)
        if "history" in parts:
            found += await _with_history(dsn, cookie, history)
    print("load average", getloadavg(), file=sys.stderr)
    return found


def run() -> list[Result]:
    return asyncio.run(_measure(("sizes", "history")))
