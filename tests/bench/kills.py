"""kill -9 of collect, evaluate, serve and PostgreSQL, twenty times at random moments.

Two minutes. It ends with an assertion when anything is not whole.
"""

import asyncio
import os
import random
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from charter_rules.breaches.state import BreachState, EventKind
from models.kpi.result import KpiResult
from models.readings import Origin
from service.evaluation.closed_periods import ClosedPeriods, ClosedSpan, Progress
from service.evidence.chain import CHANGED, VERDICTS, ChainEntry, Head, first_fault
from service.site.charter import charter_of
from service.storage.breach_trail import disagreeing
from service.storage.breaches import BreachTrail
from service.storage.connection import Connection, Pool, connected, open_pool
from service.storage.evidence import StoredChain
from service.storage.history import StoredHistory
from tests.acceptance.running import open_folder
from tests.bench.result import Result, result
from tests.service.storage.breach_findings import chain_fault
from tests.service.storage.killed_site import RULE, KilledSite, order_of_kills
from tests.service.storage.spool_archive import SpoolArchive

KILLS, AT_LEAST = 20, 3
# The look at closed periods waits twenty seconds after a start; the rest is for a busy machine.
DEADLINE_S = 150.0


def run() -> list[Result]:
    with open_folder() as folder:
        asyncio.run(_what_kills_leave_is_whole(folder))
    return [result("kills", KILLS, "survived, nothing lost or doubled", KILLS, "kills")]


async def _what_kills_leave_is_whole(folder: Path) -> None:
    seed = int(os.environ.get("BOUCLE_TEST_SEED", random.SystemRandom().randrange(10**6)))
    print(f"BOUCLE_TEST_SEED={seed} kills in the same order")
    chance = random.Random(seed)
    site = KilledSite(folder)
    archive = SpoolArchive(folder, folder / "archive")
    async with archive.following(), site.running():
        for pause_s, victim in order_of_kills(chance, KILLS, AT_LEAST):
            await asyncio.sleep(pause_s)
            print(f"kill -9 {victim} after {pause_s:.1f} s")
            await site.kill(victim)
        await site.settled()
        await caught_up(site.server.dsn)
        await ripened(site)
        await site.until("serve is ready", site.is_ready)
        for name in ("collector", "evaluation", "server"):
            await site.children[name].stop()
        async with connected(site.server.dsn) as conn:
            await check_readings(conn, archive)
        async with open_pool(site.server.dsn) as pool:
            await check_results(site, pool)
            await check_breaches(site, pool)
            await check_chain(site, pool)
    assert sum(one.restarts for one in site.children.values()) >= 3 * AT_LEAST


async def ripened(site: KilledSite) -> None:
    """The breach has stood for long enough to be open."""
    deadline = time.monotonic() + DEADLINE_S
    async with open_pool(site.server.dsn) as pool:
        trail = BreachTrail(pool, site.site.identity.id)
        while not any(one.state is BreachState.OPEN for one in await trail.all()):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.5)


async def caught_up(dsn: str) -> None:
    """Wait until everything that is stored is rolled up, and taken into the closed periods."""
    started = time.monotonic()
    async with connected(dsn) as conn:
        while not await conn.fetchval(_CAUGHT_UP):
            assert time.monotonic() - started < DEADLINE_S, "closed periods do not catch up"
            await asyncio.sleep(0.2)


_CAUGHT_UP = """
select exists (
    select from kpi_progress, rollup_state
    where kpi_progress.revision = rollup_state.revision and kpi_progress.from_ts is null
) and not exists (select from rollup_queue)
"""


async def check_readings(conn: Connection, archive: SpoolArchive) -> None:
    """What the spool held is what the table has, each once."""
    rows = await conn.fetch(
        "select point_id, (extract(epoch from ts) * 1000000)::bigint as ts_us, value "
        "from reading where origin = $1",
        Origin.MEASURED,
    )
    stored = {(row["point_id"], row["ts_us"]): row["value"] for row in rows}
    kept = archive.readings()
    assert len(stored) == len(rows), "a reading is there twice"
    assert len(kept) > 1000
    assert kept.keys() - stored.keys() == set(), "an acknowledged reading is lost"
    assert stored.keys() - kept.keys() == set(), "a reading came by another way"
    assert {key for key, value in stored.items() if value not in kept[key]} == set()


class Calm:
    """Takes what is measured in one go, by a process that nobody kills."""

    def __init__(self) -> None:
        self.known: Progress | None = None
        self.results: dict[tuple[str, str, datetime], KpiResult] = {}

    async def progress(self) -> Progress | None:
        return self.known

    async def record(
        self, results: Sequence[tuple[ClosedSpan, KpiResult]], progress: Progress, now: datetime
    ) -> int:
        self.known = progress
        self.results |= {(span.value, one.kpi, one.window.start): one for span, one in results}
        return len(results)


async def check_results(site: KilledSite, pool: Pool) -> None:
    """Every figure of a closed period that an undisturbed evaluation gives is there, once."""
    identity = site.site.identity.id
    calm = Calm()
    keeper = ClosedPeriods(site.site, StoredHistory(pool, identity), calm)
    now = await pool.fetchval("select now()")
    while await keeper.step(now):
        pass
    rows = await pool.fetch("select * from kpi_result where revised_at is null")
    stored = {(row["span"], row["kpi"], row["start_ts"]): row["value"] for row in rows}
    hours = {row["hour"] for row in await pool.fetch("select distinct hour from reading_hour")}
    assert len(stored) == len(rows), "two figures of one period are held for right"
    assert hours - {start for span, kpi, start in stored if (span, kpi) == ("hour", "pue")} == set()
    assert stored.keys() == calm.results.keys()
    assert [key for key, one in calm.results.items() if not is_same(stored[key], one.value)] == []


def is_same(one: float | None, other: float | None) -> bool:
    """Whether two figures of the same readings are the same; None is withheld."""
    if one is None or other is None:
        return one is other
    return one == pytest.approx(other, rel=1e-9)


async def check_breaches(site: KilledSite, pool: Pool) -> None:
    """The one that ripened among the kills opened once, and the trail is whole."""
    identity = site.site.identity.id
    breaches, trail = await BreachTrail(pool, identity).all_with_trail()
    assert await chain_fault(pool, identity) is None
    assert disagreeing(breaches, trail) == []
    assert [(one.rule_id, one.state) for one in breaches] == [(RULE, BreachState.OPEN)]
    events = [one.event for one in trail]
    assert [one.kind for one in events] == [EventKind.BEGAN, EventKind.OPENED]


async def check_chain(site: KilledSite, pool: Pool) -> None:
    """Every rule has its verdict, signed and in order; none is told again that did not change."""
    identity = site.site.identity.id
    entries = await StoredChain(pool, identity).all_entries()
    head, fault = first_fault(entries, identity, Head())
    assert fault is None
    assert head.seq == len(entries) > 0
    last: dict[str, ChainEntry] = {}
    for entry in (one for one in entries if one.reason in VERDICTS):
        before = last.get(entry.rule_id)
        if before is not None and entry.reason == CHANGED:
            assert told(entry) != told(before), f"{entry.rule_id} is told twice"
        last[entry.rule_id] = entry
    assert last.keys() == {rule.id for rule in charter_of(site.site).rules}


def told(entry: ChainEntry) -> list[object]:
    """What makes it another verdict."""
    names = ("verdict", "lack", "rule_version", "rule_sha256", "threshold", "threshold_high")
    return [entry.body.get(name) for name in names]
