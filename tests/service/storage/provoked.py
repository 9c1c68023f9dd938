"""The faults of a real server, each provoked for the length of a block while a writer writes."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from service.storage.connection import Connection
from service.storage.embedded import EmbeddedPostgres
from service.storage.seals import close_readings
from service.storage.writer import write_batch
from tests.service.storage.paced_load import PacedLoad

_WRITER = "select pid from pg_stat_activity where application_name = 'boucle' and pid <> 0"
_WAITS_FOR_READINGS = (
    "select exists (select from pg_locks where relation = 'reading'::regclass and not granted)"
)
_WAITS_FOR_A_LOCK = (
    "select exists (select from pg_stat_activity "
    "where application_name = 'boucle' and wait_event_type = 'Lock')"
)
_HOLDS_READINGS = (
    "select exists (select from pg_locks where pid = $1 and relation = 'reading'::regclass "
    "and mode = 'RowExclusiveLock' and granted)"
)
# A writer that is not where it is wanted within this time is waited for anew.
_PATIENCE_S = 2.0
_LOOK_S = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where a fault is provoked. ``disk`` holds the tables and nothing else; it is small."""

    server: EmbeddedPostgres
    disk: Path | None
    load: PacedLoad


Provoke = Callable[[Ground], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def _saboteur(ground: Ground) -> AsyncIterator[Connection]:
    """A session that none of the faults befalls."""
    conn = await asyncpg.connect(
        ground.server.dsn,
        server_settings={
            "application_name": "saboteur",
            "default_transaction_read_only": "off",
            "statement_timeout": "0",
            # In a deadlock the other one looks first, and is the one that gives way.
            "deadlock_timeout": "1min",
        },
    )
    try:
        yield conn
    finally:
        await conn.close(timeout=_PATIENCE_S)


@asynccontextmanager
async def _again_and_again(once: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Do it until the block ends; not cut short in the middle."""
    ended = asyncio.Event()

    async def repeat() -> None:
        while not ended.is_set():
            await once()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(repeat())
        try:
            yield
        finally:
            ended.set()


async def _until(conn: Connection, question: str, *arguments: object) -> bool:
    """Ask until the answer is yes; whether it was in time."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while not await conn.fetchval(question, *arguments):
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        return False
    return True


@asynccontextmanager
async def deadlock(ground: Ground) -> AsyncIterator[None]:
    """Somebody has the readings and wants what the writer holds, who waits for the readings."""
    async with _saboteur(ground) as conn:

        async def cross() -> None:
            transaction = conn.transaction()
            await transaction.start()
            try:
                await conn.execute("lock table reading in access exclusive mode")
                if await _until(conn, _WAITS_FOR_READINGS):
                    # Closes nothing: that was closed before.
                    await close_readings(conn, datetime(1970, 1, 1, tzinfo=UTC))
            finally:
                await transaction.rollback()

        async with _again_and_again(cross):
            yield


@asynccontextmanager
async def serialisation_failure(ground: Ground) -> AsyncIterator[None]:
    """Isolation is strict, and somebody commits the same readings a moment before the writer."""
    async with _saboteur(ground) as conn:

        async def forestall() -> None:
            async with conn.transaction(isolation="read_committed"):
                for ahead in range(30, 60):  # a third of a second before they are offered
                    await write_batch(conn, ground.load.batch(ground.load.offered + ahead))
                await _until(conn, _WAITS_FOR_A_LOCK)

        async with (
            _setting(conn, "default_transaction_isolation", "repeatable read"),
            _again_and_again(forestall),
        ):
            yield


@asynccontextmanager
async def _setting(conn: Connection, name: str, value: str) -> AsyncIterator[None]:
    """A setting of the server, for sessions that are open, too."""
    await conn.execute(f"alter system set {name} = '{value}'")
    await conn.execute("select pg_reload_conf()")
    try:
        yield
    finally:
        await conn.execute(f"alter system reset {name}")
        await conn.execute("select pg_reload_conf()")


@asynccontextmanager
async def statement_timeout(ground: Ground) -> AsyncIterator[None]:
    """Shorter than a write of some thousand readings takes, longer than a small question."""
    async with _saboteur(ground) as conn, _setting(conn, "statement_timeout", "5ms"):
        yield


@asynccontextmanager
async def read_only(ground: Ground) -> AsyncIterator[None]:
    """As a standby that nobody promoted, or a server whose operator said so."""
    async with (
        _saboteur(ground) as conn,
        _setting(conn, "default_transaction_read_only", "on"),
    ):
        yield


@asynccontextmanager
async def locked_readings(ground: Ground) -> AsyncIterator[None]:
    """Somebody has the table for himself."""
    async with _saboteur(ground) as conn, conn.transaction():
        await conn.execute("lock table reading in access exclusive mode")
        yield


@asynccontextmanager
async def too_many_connections(ground: Ground) -> AsyncIterator[None]:
    """A crowd takes every connection there is, that of the writer with them."""
    async with AsyncExitStack() as stack:
        conn = await stack.enter_async_context(_saboteur(ground))

        async def crowd_in() -> None:
            try:
                one = await asyncpg.connect(
                    ground.server.dsn, server_settings={"application_name": "crowd"}
                )
            except asyncpg.TooManyConnectionsError:
                await conn.execute(f"select pg_terminate_backend(pid) from ({_WRITER}) as writer")
            else:
                stack.callback(one.terminate)

        async with _again_and_again(crowd_in):
            yield


@asynccontextmanager
async def full_disk(ground: Ground) -> AsyncIterator[None]:
    """The disk of the tables is filled to the last byte by somebody else's file."""
    assert ground.disk is not None, "only root can make a small disk to fill"
    filler = ground.disk / "filler"
    try:
        await asyncio.to_thread(_fill, filler)
        yield
    finally:
        filler.unlink()


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for size in (1024 * 1024, 4096):
            with suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
        with pytest.raises(OSError, match="No space left"):
            file.write(bytes(1))


@asynccontextmanager
async def frozen_backend(ground: Ground) -> AsyncIterator[None]:
    """The writer's side of the server stands still in the middle of a write."""
    async with _saboteur(ground) as conn:
        pid = await _freeze_in_a_write(conn)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)


async def _freeze_in_a_write(conn: Connection) -> int:
    while True:
        pid = await conn.fetchval(_WRITER)
        if pid is None or not await _until(conn, _HOLDS_READINGS, pid):
            continue
        os.kill(pid, signal.SIGSTOP)
        if await conn.fetchval(_HOLDS_READINGS, pid):
            return int(pid)
        os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def killed_server(ground: Ground) -> AsyncIterator[None]:
    """kill -9 of the server and of every process of it; it is started again at the end."""
    kill_server(ground.server)
    await ground.server.wait_failed()
    yield
    await ground.server.start()


def kill_server(server: EmbeddedPostgres) -> None:
    """kill -9 of all its processes, the first first: it can clean up nothing."""
    pid = server.pid
    assert pid is not None
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    for one in (pid, *map(int, children)):
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
