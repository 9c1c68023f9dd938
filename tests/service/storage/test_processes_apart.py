"""Collect, evaluate and serve as processes that meet in the database only."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from service.storage.connection import connected
from service.storage.migrate import migrate
from tests.service.storage.conftest import create_database, drop_database
from tests.service.storage.site_processes import SiteProcess

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(240)]

Start = Callable[..., SiteProcess]
# Imports and a first look at the past on a machine that does other things, too.
START_S = 40.0
_TRIES = 6
_CUT_OFF = "waiting for the database to come back"
# The lease (5 s), its renewal (1 s), and the first look of whoever takes over.
TAKEOVER_S = 25.0


@pytest.fixture(scope="module")
def url(embedded_url: str) -> Iterator[str]:
    async def create() -> str:
        url = await create_database(embedded_url)
        async with connected(url) as conn:
            await migrate(conn)
        return url

    url = asyncio.run(create())
    yield url
    asyncio.run(drop_database(embedded_url, url))


@pytest.fixture
def start(url: str, tmp_path: Path) -> Iterator[Start]:
    started: list[SiteProcess] = []

    def start(command: str, **environ: str) -> SiteProcess:
        started.append(SiteProcess(command, url, tmp_path, **environ))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def head_of(url: str) -> int:
    async def ask() -> int:
        async with connected(url) as conn:
            return int(await conn.fetchval("select coalesce(max(seq), 0) from snapshot_head"))

    return asyncio.run(ask())


def disclosed_of(url: str) -> set[int]:
    async def ask() -> set[int]:
        async with connected(url) as conn:
            return {row["level"] for row in await conn.fetch("select level from site_disclosure")}

    return asyncio.run(ask())


def test_one_evaluation_serves_many_servers_and_another_takes_over(url: str, start: Start) -> None:
    first = start("evaluate")
    first.until("the lease", lambda: bool(first.events("lease_taken")), START_S)
    second = start("evaluate")
    second.until("a second", lambda: bool(second.events("standing_by")), START_S)
    # What the site file says of who may see what stands in the database, for its views.
    first.until("the disclosure", lambda: disclosed_of(url) == {0, 1, 2}, START_S)
    servers = [start("serve"), start("serve")]
    for server in servers:
        server.until("ready", server.ready, START_S)
        assert server.metric("boucle_evaluation_up") == 1.0

    first.kill()

    second.until("the lease", lambda: bool(second.events("lease_taken")), 8.0)
    before = head_of(url)
    second.until("a snapshot of the second", lambda: head_of(url) > before, TAKEOVER_S)
    for server in servers:
        server.until("ready again", server.ready, TAKEOVER_S)
    assert len(second.events("standing_by")) == 1
    assert second.stop() == 0


def test_one_that_was_frozen_writes_nothing_when_it_wakes(url: str, start: Start) -> None:
    first = start("evaluate")
    first.until("the lease", lambda: bool(first.events("lease_taken")), START_S)
    before = head_of(url)
    first.until("a snapshot", lambda: head_of(url) > before, START_S)
    second = start("evaluate")
    second.until("a second", lambda: bool(second.events("standing_by")), START_S)
    # What the site file says of who may see what stands in the database, for its views.
    first.until("the disclosure", lambda: disclosed_of(url) == {0, 1, 2}, START_S)

    first.freeze()
    second.until("the lease", lambda: bool(second.events("lease_taken")), 10.0)
    first.thaw()

    first.until("its loss", lambda: bool(first.events("lease_lost")), 10.0)
    first.until("its stand-by", lambda: bool(first.events("standing_by")), 10.0)
    assert len(first.events("lease_taken")) == 1
    assert second.stop() == 0
    # What was given back is taken at once.
    first.until("the lease again", lambda: len(first.events("lease_taken")) == 2, 4.0)


def test_a_dead_evaluation_is_told_from_a_database_that_answers(url: str, start: Start) -> None:
    evaluation, server = start("evaluate"), start("serve")
    server.until("ready", server.ready, START_S)

    evaluation.kill()
    server.until("late", lambda: server.late() == ["evaluation"], 15.0)
    server.until("its metric", lambda: server.metric("boucle_evaluation_up") == 0.0, 3.0)
    assert server.metric("boucle_database_up") == 1.0
    assert "The evaluation has stopped" in server.get("/en/")[1]


def test_locked_readings_are_a_database_that_does_not_answer(url: str, start: Start) -> None:
    start("evaluate")
    server = start("serve")
    server.until("ready", server.ready, START_S)

    async def while_locked() -> float:
        async with connected(url) as conn, conn.transaction():
            await conn.execute("lock table reading in access exclusive mode")
            return await asyncio.to_thread(
                server.until, "away", lambda: server.metric("boucle_database_up") == 0.0, 15.0
            )

    took_s = asyncio.run(while_locked())
    # Five seconds are asked for; the rest is for a machine that does other things, too.
    assert took_s < 8.0
    server.until("back", lambda: server.metric("boucle_database_up") == 1.0, 20.0)


@pytest.mark.parametrize(
    ("statement", "undo", "told"),
    [
        (
            "alter database {name} set default_transaction_read_only = on",
            "alter database {name} reset default_transaction_read_only",
            "read-only",
        ),
        (
            "alter table snapshot_head rename to hidden",
            "alter table hidden rename to snapshot_head",
            "table missing",
        ),
    ],
)
def test_the_evaluation_lives_through_what_passes_and_names_it_once(
    url: str, start: Start, statement: str, undo: str, told: str
) -> None:
    evaluation = start("evaluate")
    evaluation.until("the lease", lambda: bool(evaluation.events("lease_taken")), START_S)
    before = head_of(url)
    evaluation.until("a snapshot", lambda: head_of(url) > before, START_S)

    for number in range(_TRIES):
        lost = _lost_and_back(evaluation, url, (statement, undo), number)
        # Its session may have been ended in the midst of its work: that is told then, and rightly.
        if _CUT_OFF not in lost["error"]:
            break
    assert told in lost["error"]
    assert "waiting for" in lost["error"]


def _lost_and_back(
    evaluation: SiteProcess, url: str, change: tuple[str, str], number: int
) -> dict[str, Any]:
    """What the evaluation says of a change, once, and that it goes on when it is undone."""
    statement, undo = change
    _execute(url, statement)
    try:
        evaluation.until("its words", lambda: len(evaluation.events("store_lost")) > number, 15.0)
    finally:
        _execute(url, undo)
    evaluation.until("its return", lambda: len(evaluation.events("store_back")) > number, 20.0)
    told = evaluation.events("store_lost")
    assert len(told) == number + 1
    return told[-1]


def _execute(url: str, statement: str) -> None:
    """And end the sessions of the others, so that they see settings of the database."""

    async def run() -> None:
        conn = await asyncpg.connect(url, server_settings={"default_transaction_read_only": "off"})
        name = await conn.fetchval("select quote_ident(current_database())")
        await conn.execute(statement.format(name=name))
        await conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        await conn.close()

    asyncio.run(run())


def test_a_second_collector_waits_and_polls_nothing(url: str, start: Start, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    first = start("collect")
    first.until("polls", lambda: bool(first.events("collectors_started")), START_S)
    second = start("collect", BOUCLE_DATA_DIR=str(tmp_path / "second"))
    second.until("its wait", lambda: bool(second.events("standing_by")), START_S)
    # As long as a lease.
    with pytest.raises(AssertionError, match="polls"):
        second.until("polls", lambda: bool(second.events("collectors_started")), 6.0)
    assert len(second.events("standing_by")) == 1

    first.kill()
    second.until("polls", lambda: bool(second.events("collectors_started")), 15.0)
    assert second.stop() == 0


def test_run_migrates_and_starts_all_three_and_stops_them(empty_url: str, tmp_path: Path) -> None:
    tree = SiteProcess("run", empty_url, tmp_path)
    try:
        # No device answers here; that is no reason not to be ready.
        tree.until("ready", tree.ready, START_S)
        logs = {path.name for path in tmp_path.glob("*.log")} - {tree.log.name}
    finally:
        code = tree.stop()

    assert code == 0
    assert logs == {"collector.log", "evaluation.log", "server.log"}
    assert tree.get("/healthz") == (0, "")
