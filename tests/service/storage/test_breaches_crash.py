"""kill -9 of the keeper in the middle of its work: nothing is lost, nothing is half done."""

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from charter_rules.breaches.state import Breach, BreachEvent
from service.breaches.keeper import BreachKeeper
from service.storage.breach_trail import TrailEntry, disagreeing
from service.storage.breaches import StoredBreaches
from service.storage.connection import Pool, connected, open_pool
from tests.service.storage.breach_findings import FACTS, KEY, chain_fault, findings
from tests.service.storage.breach_loop import BOOK, CYCLE, START, STEP, step

ROOT = Path(__file__).parents[3]
KILLS = 3
STORED = b"stored "


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with open_pool(database_url) as pool:
        yield pool


async def run_until_killed(dsn: str, site: str, first: int) -> int:
    """Let a keeper run for a while and kill it. The last step it said was stored."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("breach_loop.py")),
        dsn,
        site,
        str(first),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )
    assert process.stdout is not None
    lines = [await process.stdout.readline()]
    while not lines[-1].startswith(STORED):  # the log of the keeper is there, too
        assert lines[-1], "it ended by itself"
        lines.append(await process.stdout.readline())
    await asyncio.sleep(random.uniform(0.1, 0.3))
    process.kill()
    lines += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    # A line cut short by the kill was not read.
    whole = [line for line in lines if line.startswith(STORED) and line.endswith(b"\n")]
    return int(whole[-1].split()[1])


def told(trail: list[TrailEntry]) -> list[BreachEvent]:
    return [entry.event for entry in trail]


@pytest.mark.asyncio
async def test_a_keeper_that_is_killed_leaves_what_an_undisturbed_one_would(
    pool: Pool, database_url: str
) -> None:
    killed, calm = (f"{name}_{uuid4().hex[:8]}" for name in ("killed", "calm"))
    store, other = StoredBreaches(pool, killed, KEY), StoredBreaches(pool, calm, KEY)
    first = 0
    for _ in range(KILLS):
        last = await run_until_killed(database_url, killed, first)
        breaches, trail = await store.all_with_trail()
        assert await chain_fault(pool, killed) is None
        assert disagreeing(breaches, trail) == []
        # It may have stored one more step than it could say: saying that one again is harmless.
        assert max(one.last_at for one in breaches) >= START + last * STEP
        first = last + 1

    keeper, undisturbed = BreachKeeper(store, BOOK), BreachKeeper(other, BOOK)
    for number in range(first + 2 * len(CYCLE)):
        await step(undisturbed, number)
    for number in range(first, first + 2 * len(CYCLE)):
        await step(keeper, number)

    assert first > len(CYCLE)
    assert await store.all() == await other.all()
    assert told(await store.trail()) == told(await other.trail())


@pytest.mark.asyncio
async def test_a_change_whose_connection_is_cut_leaves_nothing(
    pool: Pool, database_url: str
) -> None:
    site = f"cut_{uuid4().hex[:8]}"
    store = StoredBreaches(pool, site, KEY)
    keeper = BreachKeeper(store, BOOK)
    await step(keeper, 0)
    before = await store.all_with_trail()

    async with connected(database_url) as holder, holder.transaction():
        # The keeper has written the breach and waits for this lock to write its event.
        await holder.execute("lock table evidence_chain in exclusive mode")
        observing = asyncio.create_task(step(keeper, 2))
        async with asyncio.timeout(5):
            while not (waiting := await holder.fetch(_WAITING)):
                await asyncio.sleep(0.02)
        with capture_logs() as logs:
            for row in waiting:
                await holder.execute("select pg_terminate_backend($1)", row["pid"])
            await observing

    # What was rolled back is not said to have happened.
    assert [one["event"] for one in logs] == ["breaches_not_stored"]
    assert await store.all_with_trail() == before
    await step(keeper, 2)
    after, trail = await store.all_with_trail()
    assert after != before[0]
    assert await chain_fault(pool, site) is None
    assert disagreeing(after, trail) == []


_WAITING = (
    "select l.pid from pg_locks l join pg_class c on c.oid = l.relation "
    "where c.relname = 'evidence_chain' and not l.granted and l.pid <> pg_backend_pid()"
)


@pytest.mark.asyncio
async def test_two_keepers_at_once_open_one_breach(pool: Pool) -> None:
    """As in a change of servers, when the old one has not ended yet."""
    site = f"two_{uuid4().hex[:8]}"
    store = StoredBreaches(pool, site, KEY)
    keepers = [BreachKeeper(StoredBreaches(pool, site, KEY), BOOK) for _ in range(2)]

    for number in range(3):
        await asyncio.gather(*(step(keeper, number) for keeper in keepers))
    breaches, trail = await store.all_with_trail()

    assert [one.state.value for one in breaches] == ["open"]
    assert [one.event.kind.value for one in trail] == ["began", "opened"]


@pytest.mark.asyncio
async def test_events_removed_from_the_end_show_by_the_state(pool: Pool, database_url: str) -> None:
    site = f"end_{uuid4().hex[:8]}"
    store = StoredBreaches(pool, site, KEY)
    keeper = BreachKeeper(store, BOOK)
    for number in range(3):
        await step(keeper, number)
    breaches, trail = await store.all_with_trail()

    assert disagreeing(breaches, trail) == []
    assert disagreeing(breaches, trail[:-1]) == [breaches[0].id]
    assert disagreeing(breaches, []) == [breaches[0].id]
    assert disagreeing([], trail) == [breaches[0].id]


def breach_of(keeper: BreachKeeper) -> Breach:
    (breach,) = keeper.current
    return breach


@pytest.mark.asyncio
async def test_a_breach_carries_the_data_that_its_verdict_looked_at(pool: Pool) -> None:
    keeper = BreachKeeper(StoredBreaches(pool, f"data_{uuid4().hex[:8]}", KEY), BOOK)
    now = datetime(2026, 12, 5, tzinfo=UTC)

    await keeper.observe(findings(BOOK, 0.6, now), FACTS, now)
    measured = breach_of(keeper)
    await keeper.observe(findings(BOOK, None, now + STEP), FACTS, now + STEP)
    silent = breach_of(keeper)

    assert (measured.window_end, measured.lack) == (now, None)
    assert (silent.window_end, silent.lack) == (now, "no_result")
