"""The start of an evaluation and of a server on a store that holds much, and what they take.

``BENCH_DAYS`` days (0.1) of the points of the site as shipped, read every two seconds: 17.7
million readings a day, behind thirteen months of their hours.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import numpy as np

from models.legal_time.days import to_us
from service.collection import point_specs
from service.storage.connection import Connection, connected
from service.storage.newest import note_points
from service.storage.partitions import make_room
from service.storage.pieces import Store, kind_of_store
from service.storage.points import register_points
from service.storage.rollups import HOUR, roll_up
from tests.bench.result import Result, result
from tests.bench.store import bench_store
from tests.service.evaluation.test_evaluator import SITE
from tests.service.storage.site_processes import SiteProcess

_DAYS = float(os.environ.get("BENCH_DAYS", "0.1"))
_POLL = timedelta(seconds=2)
_PAST = timedelta(days=396)
_AT_ONCE = 3 * HOUR
# The slow parts at the start are over, and the paces are those of every day.
_SETTLE_S, _WATCH_S = 30.0, 30.0
_TIMEOUT_S = 120.0
# The windows end with what is settled.
_SETTLED = timedelta(seconds=20)
_NEVER = datetime.min.replace(tzinfo=UTC)
_TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")

_FILL = """
insert into reading (point_id, ts, received_at, value, quality, origin)
select
    point.point_id, ts, ts,
    case when point.kind = 'counter' then date_part('epoch', ts - $4::timestamptz) * 0.001
        else 20 + date_part('epoch', ts)::bigint % 50 * 0.1 end,
    0, 0
from generate_series($1::timestamptz, $2::timestamptz - $3::interval, $3::interval) as ts, point
"""
_FILL_HOURS = """
insert into reading_hour
select
    point.point_id, hour, hour, counted, hour + interval '59 minutes', counted + 3.54,
    1800, 0, 0, 0, 0, 20, 25, 3600000000, 22.5 * 3600, 0, 0, 1
from generate_series($1::timestamptz, $2::timestamptz - interval '1 hour', '1 hour') as hour, point,
    lateral (select date_part('epoch', hour - $1) * 0.001 as counted) as c
"""


async def _fill(conn: Connection, now: datetime) -> int:
    ids = list((await register_points(conn, SITE.identity.id, point_specs(SITE))).values())
    hour = now.replace(minute=0, second=0, microsecond=0)
    start = hour - timedelta(days=_DAYS) // HOUR * HOUR
    if await kind_of_store(conn) is Store.PARTITIONED:
        days = np.arange(to_us(start), to_us(now), 86_400_000_000, dtype=np.int64)
        await make_room(conn, np.append(days, to_us(now)))
    await conn.execute(_FILL_HOURS, hour - _PAST, start, timeout=900)
    # As if the store had been read from the first of these hours on.
    await conn.execute("update rollup_state set rolled_upto = $1", start)
    at = start
    while at < now:
        until = min(at + _AT_ONCE, now)
        await conn.execute(_FILL, at, until, _POLL, hour - _PAST, timeout=900)
        at = until
    await note_points(conn, ids, start)
    await conn.execute("analyze", timeout=900)
    while await roll_up(conn, hours_at_once=6):
        pass
    return int((now - start) / _POLL) * len(ids)


def _cpu_s(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) * _TICK_S


def _rss_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * _PAGE / 1e6


def _imports_s(module: str) -> float:
    """What Python alone takes; the better of two, as the first reads files."""
    took = []
    for _ in range(2):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
        took.append(time.perf_counter() - started)
    return min(took)


def _watch(url: str, rows: int, folder: Path) -> list[Result]:
    alone = {name: _imports_s(f"service.commands.{name}") for name in ("evaluate", "serve")}
    began = datetime.now(UTC)
    evaluate, serve = (SiteProcess(name, url, folder) for name in alone)
    try:
        serve.until("the server", lambda: serve.get("/healthz")[0] == 200, _TIMEOUT_S)
        answers_s = time.monotonic() - serve.started
        serve.until("the live picture", lambda: _figures_of(serve) > began, _TIMEOUT_S)
        live_s = time.monotonic() - evaluate.started
        serve.until("the long windows", lambda: _end_of_year(serve) > began - _SETTLED, _TIMEOUT_S)
        long_s = time.monotonic() - evaluate.started
        time.sleep(_SETTLE_S)
        pids = {"evaluate": evaluate.process.pid, "serve": serve.process.pid}
        before = {name: _cpu_s(pid) for name, pid in pids.items()}
        time.sleep(_WATCH_S)
        assert evaluate.process.poll() is None, evaluate.log.read_text("utf-8")
        spent = {name: (_cpu_s(pid) - before[name]) / _WATCH_S for name, pid in pids.items()}
        rss = {name: _rss_mb(pid) for name, pid in pids.items()}
    finally:
        evaluate.stop()
        serve.stop()
    of = f"{rows / 1e6:.1f} million readings"
    against = "Python and its modules alone"
    return [
        result(f"start/serve answers, {of}", answers_s, "s", alone["serve"], against),
        result(f"start/live picture, {of}", live_s, "s", alone["evaluate"], against),
        result(f"start/long windows, {of}", long_s, "s", alone["evaluate"], against),
        result("start/CPU of evaluate", spent["evaluate"], "s/s", spent["serve"], "of serve"),
        result("start/RSS of evaluate", rss["evaluate"], "MB", rss["serve"], "of serve"),
    ]


def _figures_of(serve: SiteProcess) -> datetime:
    """When what is shown was computed: an earlier evaluation may have left a picture."""
    status, text = serve.get("/api/v1/sites/chapelle_international/snapshot")
    return _NEVER if status != HTTPStatus.OK else _instant(json.loads(text)["figures_of"])


def _end_of_year(serve: SiteProcess) -> datetime:
    """Up to when the last twelve months are measured."""
    status, text = serve.get("/api/v1/sites/chapelle_international/kpis?window=12months")
    ends = (
        [_instant(one["window"]["end"]) for one in json.loads(text)]
        if status == HTTPStatus.OK
        else []
    )
    return max(ends, default=_NEVER)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def _measure() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        async with bench_store() as url:
            async with connected(url, command_timeout_s=900.0) as conn:
                rows = await _fill(conn, datetime.now(UTC))
            return await asyncio.to_thread(_watch, url, rows, Path(folder))


def run() -> list[Result]:
    return asyncio.run(_measure())
