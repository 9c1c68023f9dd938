"""What passes by itself is named with what it waits for: each provoked on a real server."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio

from service.evaluation.ports import StoreAway
from service.storage.breaches import StoredBreaches
from service.storage.connection import Connection, connected, open_pool
from service.storage.errors import StoreUnreachableError
from service.storage.evidence import StoredChain
from service.storage.faults import STORE_AWAY, awaited, away_reason
from service.storage.history import StoredHistory
from service.storage.line import LINE_TIMEOUT_S, Line
from tests.service.storage.breach_findings import KEY

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def table_url(empty_url: str) -> AsyncIterator[str]:
    """A database with two rows to fight over."""
    async with connected(empty_url) as conn:
        await conn.execute("create table t (id int primary key, n int)")
        await conn.execute("insert into t values (1, 0), (2, 0)")
    yield empty_url


async def provoked(conn: Connection, *statements: str) -> str:
    """The reason that is told for what the last of the statements meets."""
    *before, last = statements
    for one in before:
        await conn.execute(one)
    with pytest.raises(STORE_AWAY) as failure:
        await conn.execute(last)
    return away_reason(failure.value)


async def test_a_deadlock(table_url: str) -> None:
    async with connected(table_url) as one, connected(table_url) as other:
        for conn, row in ((one, 1), (other, 2)):
            await conn.execute("set deadlock_timeout = '50ms'")
            await conn.execute("begin")
            await conn.execute("update t set n = 1 where id = $1", row)
        results = await asyncio.gather(
            one.execute("update t set n = 2 where id = 2"),
            other.execute("update t set n = 2 where id = 1"),
            return_exceptions=True,
        )
    [failure] = [one for one in results if isinstance(one, BaseException)]
    assert isinstance(failure, STORE_AWAY)
    assert away_reason(failure).startswith("deadlock (")
    assert away_reason(failure).endswith("waiting for the other transaction")


async def test_a_serialisation_failure(table_url: str) -> None:
    async with connected(table_url) as one, connected(table_url) as other:
        await one.execute("begin isolation level repeatable read")
        await one.fetchval("select n from t where id = 1")
        await other.execute("update t set n = 5 where id = 1")
        reason = await provoked(one, "update t set n = 6 where id = 1")
    assert reason.startswith("serialisation failure (")


async def test_a_statement_timeout_and_a_lock_that_is_not_given(table_url: str) -> None:
    async with connected(table_url) as holder, connected(table_url) as conn:
        await holder.execute("begin")
        await holder.execute("lock table t in access exclusive mode")
        late = await provoked(conn, "set statement_timeout = '100ms'", "select n from t")
        locked = await provoked(
            conn,
            "set statement_timeout = 0",
            "set lock_timeout = '100ms'",
            "select n from t",
        )
    assert late.startswith("statement timeout or cancelled (")
    assert locked.startswith("lock not available (")
    assert locked.endswith("waiting for whoever holds the lock")


async def test_too_many_connections(table_url: str) -> None:
    async with connected(table_url) as conn:
        await conn.execute("drop role if exists few")
        await conn.execute("create role few login password 'few' connection limit 0")
        parts = urlsplit(table_url)
        place = parts.netloc.rpartition("@")[2]
        url = urlunsplit(parts._replace(netloc=f"few:few@{place}" if place else "few:few@"))
        try:
            with pytest.raises(STORE_AWAY) as failure:
                await asyncpg.connect(url, timeout=5)
            line = Line(url)
            with pytest.raises(StoreUnreachableError, match="too many connections") as refused:
                async with line.use():
                    pass
        finally:
            await conn.execute("drop role few")
    for one in (failure, refused):
        assert away_reason(one.value).startswith("too many connections (")
        assert awaited(one.value) == "a connection to become free"


@pytest.fixture
def small_disk(open_folder: Path) -> Iterator[Path]:
    """Eight megabytes that belong to the server's user."""
    place = open_folder / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m,mode=0777", "none", str(place)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode != 0:
        pytest.skip("only root can make a small disk to fill")
    yield place
    subprocess.run(["umount", str(place)], check=True)


async def test_a_full_disk(embedded_url: str, small_disk: Path) -> None:
    async with connected(embedded_url) as conn:
        tablespace = small_disk / "space"
        tablespace.mkdir()
        folder = str(await conn.fetchval("show data_directory"))
        owner = await asyncio.to_thread(Path(folder).stat)
        os.chown(tablespace, owner.st_uid, owner.st_gid)
        await conn.execute(f"create tablespace small location '{tablespace}'")
        await conn.execute("create table big (body text) tablespace small")
        try:
            reason = await provoked(
                conn,
                "insert into big select repeat('x', 2000) from generate_series(1, 10000)",
            )
        finally:
            await conn.execute("drop table big")
            await conn.execute("drop tablespace small")
    assert reason.startswith("disk full (")
    assert reason.endswith("waiting for room on the disk of the database")


async def test_read_only(table_url: str) -> None:
    async with connected(table_url) as conn:
        reason = await provoked(
            conn, "set default_transaction_read_only = on", "update t set n = 1"
        )
    assert reason.startswith("read-only (")


async def test_a_holder_that_falls_silent_in_a_transaction(table_url: str) -> None:
    async with connected(table_url) as conn:
        await conn.execute("set idle_in_transaction_session_timeout = '50ms'")
        await conn.execute("begin")
        await asyncio.sleep(0.3)
        reason = await provoked(conn, "select 1")
    # The server said why and hung up; the client saw one or the other.
    assert "idle" in reason or "closed" in reason


async def test_a_bug_is_no_fault_of_the_server(table_url: str) -> None:
    async with connected(table_url) as conn:
        with pytest.raises(asyncpg.UndefinedColumnError) as failure:
            await conn.execute("select no_such_column from t")
    assert not isinstance(failure.value, STORE_AWAY)


async def test_every_reader_of_the_store_waits_for_what_passes(empty_url: str) -> None:
    """Tables that are not there (yet) stand for the rest of the list, which all three share."""
    async with open_pool(empty_url) as pool:
        with pytest.raises(StoreAway, match=r"table missing .* waiting for boucle migrate"):
            await StoredHistory(pool, "s").latest()
        with pytest.raises(StoreAway, match="table missing"):
            await StoredChain(pool, "s").head()
        with pytest.raises(StoreUnreachableError, match="table missing"):
            await StoredBreaches(pool, "s", KEY).all()


def freeze(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGSTOP)
    except OSError:
        pytest.skip("the server runs on another machine")


async def test_a_line_to_a_frozen_server_is_cut_in_time_and_comes_back(table_url: str) -> None:
    line = Line(table_url)
    async with line.use() as conn:
        pid = int(await conn.fetchval("select pg_backend_pid()"))
    freeze(pid)
    try:
        started = time.monotonic()
        with pytest.raises(StoreUnreachableError, match="no answer in time"):
            async with line.use() as conn:
                await conn.fetchval("select 1")
        took_s = time.monotonic() - started
        async with line.use() as conn:
            assert await conn.fetchval("select pg_backend_pid()") != pid
    finally:
        os.kill(pid, signal.SIGCONT)
    await line.close()
    assert took_s < LINE_TIMEOUT_S + 0.5


async def test_a_reader_of_a_frozen_backend_is_free_when_its_time_is_over(
    database_url: str,
) -> None:
    async with open_pool(database_url, max_size=1) as pool:
        history = StoredHistory(pool, "s")
        await history.latest()
        pid = await pool.fetchval("select pg_backend_pid()")
        freeze(pid)
        try:
            started = time.monotonic()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await history.latest()
            took_s = time.monotonic() - started
            async with asyncio.timeout(5.0):
                assert await history.latest() == {}
        finally:
            os.kill(pid, signal.SIGCONT)
    assert took_s < 1.5


async def test_a_line_that_was_cancelled_does_not_give_its_answer_to_the_next(
    table_url: str,
) -> None:
    line = Line(table_url)

    async def slow() -> None:
        async with line.use() as conn:
            await conn.execute("select pg_sleep(1)")

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with line.use() as conn:
        assert await conn.fetchval("select 7") == 7
    await line.close()
