"""From acknowledgement to the table, with the database present, away, refusing or replaced."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from collectors.ports import ReadingSink
from service.storage.connection import Connection, connected
from service.storage.errors import SpoolClosedError, SpoolWriteError
from service.storage.points import fetch_store_id
from service.storage.settings import SpoolSettings
from service.storage.spool import Spool
from service.storage.spooled_writer import open_spooled_writer
from service.storage.writer import write_batch
from tests.service.storage.batches import T0_US, batch_of, ticks
from tests.service.storage.old_spool import write_old_spool
from tests.service.storage.test_faults import freeze

QUICK = SpoolSettings(linger_s=0.01, max_backoff_s=0.2, closing_s=2.0)
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # nobody tells us
            await asyncio.sleep(0.01)


async def count(conn: Connection) -> int:
    rows: int = await conn.fetchval("select count(*) from reading")
    return rows


@pytest.mark.asyncio
async def test_what_is_accepted_reaches_the_table(
    conn: Connection, database_url: str, tmp_path: Path
) -> None:
    store_id = await fetch_store_id(conn)
    async with open_spooled_writer(
        database_url, tmp_path, store_id=store_id, settings=QUICK
    ) as writer:
        sink: ReadingSink = writer
        await asyncio.gather(*(sink.accept(ticks([1, 2], n, 1)) for n in range(100)))
        assert writer.stats().acknowledged_total == 200
        await until(lambda: writer.stats().written_total == 200)
        stats = writer.stats()
        assert (stats.spooled_rows, stats.oldest_age_s, stats.database_up) == (0, None, True)
    assert await count(conn) == 200
    with pytest.raises(SpoolClosedError):
        await writer.accept(ticks([1], 0, 1))


@pytest.mark.asyncio
async def test_leaving_writes_what_is_left(
    conn: Connection, database_url: str, tmp_path: Path
) -> None:
    store_id = await fetch_store_id(conn)
    slow = SpoolSettings(linger_s=60.0)
    async with open_spooled_writer(
        database_url, tmp_path, store_id=store_id, settings=slow
    ) as writer:
        await writer.accept(ticks([1], 0, 10))
    assert await count(conn) == 10


@pytest.mark.asyncio
async def test_readings_wait_on_disk_while_the_database_is_away(
    conn: Connection, database_url: str, tmp_path: Path
) -> None:
    store_id = await fetch_store_id(conn)
    async with open_spooled_writer(NOWHERE, tmp_path, store_id=store_id, settings=QUICK) as writer:
        for n in range(20):
            await writer.accept(ticks([1, 2], n, 1))
        stats = writer.stats()
        assert (stats.spooled_rows, stats.written_total, stats.database_up) == (40, 0, False)
        assert stats.oldest_age_s is not None
    async with open_spooled_writer(
        database_url, tmp_path, store_id=store_id, settings=QUICK
    ) as writer:
        await until(lambda: writer.stats().written_total == 40)
    assert await count(conn) == 40


@pytest.mark.asyncio
async def test_a_spool_of_an_earlier_version_reaches_the_table(
    conn: Connection, database_url: str, tmp_path: Path
) -> None:
    store_id = await fetch_store_id(conn)
    old = tmp_path / f"spool-{store_id}.sqlite3"
    write_old_spool(old, [ticks([1], 0, 300), ticks([1], 300, 5)]).close()
    async with open_spooled_writer(
        database_url, tmp_path, store_id=store_id, settings=QUICK
    ) as writer:
        await writer.accept(ticks([1], 305, 1))
        await until(lambda: writer.stats().spooled_rows == 0)
    assert await count(conn) == 306
    assert not old.exists()


@pytest.mark.asyncio
async def test_what_the_table_has_already_is_not_counted_as_written(
    conn: Connection, database_url: str, tmp_path: Path
) -> None:
    store_id = await fetch_store_id(conn)
    await write_batch(conn, ticks([1], 0, 30))
    async with open_spooled_writer(
        database_url, tmp_path, store_id=store_id, settings=QUICK
    ) as writer:
        await writer.accept(ticks([1, 2], 10, 40))
        await until(lambda: writer.stats().spooled_rows == 0)
        stats = writer.stats()

    assert (stats.acknowledged_total, stats.written_total) == (80, 60)
    assert stats.already_there_total == 20
    assert await count(conn) == 90


@pytest.mark.asyncio
async def test_a_lost_connection_is_made_anew(
    conn: Connection, database_url: str, tmp_path: Path
) -> None:
    store_id = await fetch_store_id(conn)
    async with open_spooled_writer(
        database_url, tmp_path, store_id=store_id, settings=QUICK
    ) as writer:
        for n in range(5):
            await writer.accept(ticks([1], n, 1))
            await until(lambda: writer.stats().spooled_rows == 0)
            await conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where pid <> pg_backend_pid() and datname = current_database()"
            )
        await until(lambda: writer.stats().spooled_rows == 0)
    assert await count(conn) == 5


@pytest.mark.asyncio
async def test_a_batch_the_database_refuses_for_good_blocks_nothing(
    conn: Connection, database_url: str, tmp_path: Path
) -> None:
    store_id = await fetch_store_id(conn)
    impossible = batch_of([1, 1], [T0_US, T0_US + 1], [1.0, 2.0], quality=99)
    async with open_spooled_writer(
        database_url, tmp_path, store_id=store_id, settings=QUICK
    ) as writer:
        await asyncio.gather(
            *(writer.accept(ticks([1], n, 1)) for n in range(10)),
            writer.accept(impossible),
            *(writer.accept(ticks([2], n, 1)) for n in range(10)),
        )
        await until(lambda: writer.stats().spooled_rows == 0)
        stats = writer.stats()
        assert (stats.written_total, stats.dead_letter_total) == (20, 2)
    assert await count(conn) == 20
    spool = Spool(tmp_path / f"spool-{store_id}", quota_bytes=QUICK.quota_bytes)
    [letter] = spool.dead_letters(100)
    spool.close()
    assert letter.batch.value.tolist() == [1.0, 2.0]
    assert "23514" in letter.reason


@pytest.mark.asyncio
async def test_what_is_the_operators_fault_is_told_once_and_waited_for(
    conn: Connection, database_url: str, tmp_path: Path
) -> None:
    store_id = await fetch_store_id(conn)
    await conn.execute("alter table reading rename to reading_away")
    with capture_logs() as logs:
        async with open_spooled_writer(
            database_url, tmp_path, store_id=store_id, settings=QUICK
        ) as writer:
            await writer.accept(ticks([1], 0, 5))
            await asyncio.sleep(0.5)
            stats = writer.stats()
            assert (stats.spooled_rows, stats.dead_letter_total) == (5, 0)
            # It lets us in and takes nothing: it is not back.
            assert not stats.database_up
            await conn.execute("alter table reading_away rename to reading")
            await until(lambda: writer.stats().spooled_rows == 0)
            assert writer.stats().database_up
    assert await count(conn) == 5
    lost, back = logs
    assert lost["event"] == "database_lost"
    assert lost["reason"].startswith("table missing (")
    assert lost["reason"].endswith("; waiting for boucle migrate")
    assert back["event"] == "database_back"


@pytest.mark.asyncio
async def test_a_spool_never_drains_into_another_database(
    conn: Connection, database_url: str, tmp_path: Path
) -> None:
    foreign = uuid4()
    async with open_spooled_writer(
        database_url, tmp_path, store_id=foreign, settings=QUICK
    ) as writer:
        await writer.accept(ticks([1], 0, 5))
        await asyncio.sleep(0.3)
        assert (writer.stats().spooled_rows, writer.stats().database_up) == (5, False)
    assert await count(conn) == 0


@pytest.mark.asyncio
async def test_a_batch_beyond_the_quota_is_not_acknowledged(tmp_path: Path) -> None:
    small = SpoolSettings(quota_bytes=10_000, closing_s=0.1)
    async with open_spooled_writer(
        NOWHERE, tmp_path, store_id=UUID(int=1), settings=small
    ) as writer:
        with pytest.raises(SpoolWriteError, match="quota"):
            await writer.accept(ticks([1], 0, 1000))
        await asyncio.gather(*(writer.accept(ticks([1], 100 * n, 100)) for n in range(20)))
        stats = writer.stats()
        assert stats.acknowledged_total == stats.spooled_rows + stats.dropped_total == 2000
        assert 200 <= stats.spooled_rows <= 300


@pytest.mark.asyncio
async def test_a_cancelled_wait_does_no_harm(
    conn: Connection, database_url: str, tmp_path: Path
) -> None:
    store_id = await fetch_store_id(conn)
    async with open_spooled_writer(
        database_url, tmp_path, store_id=store_id, settings=QUICK
    ) as writer:
        waiting = asyncio.ensure_future(writer.accept(ticks([1], 0, 1)))
        await asyncio.sleep(0)
        waiting.cancel()
        await writer.accept(ticks([1], 1, 1))
        await until(lambda: writer.stats().spooled_rows == 0)
    assert await count(conn) == 2


@pytest.mark.asyncio
async def test_a_frozen_database_does_not_hold_up_a_stop(
    conn: Connection, database_url: str, tmp_path: Path
) -> None:
    store_id = await fetch_store_id(conn)
    settings = SpoolSettings(linger_s=0.0, closing_s=0.5)
    async with connected(database_url) as blocker, asyncio.timeout(5), blocker.transaction():
        await blocker.execute("lock table reading in access exclusive mode")
        async with open_spooled_writer(
            database_url, tmp_path, store_id=store_id, settings=settings
        ) as writer:
            await writer.accept(ticks([1], 0, 5))
            await asyncio.sleep(0.2)
    async with open_spooled_writer(
        database_url, tmp_path, store_id=store_id, settings=QUICK
    ) as writer:
        await until(lambda: writer.stats().spooled_rows == 0)
    assert await count(conn) == 5
    assert await write_batch(conn, ticks([1], 0, 5)) == 0


@pytest.mark.asyncio
async def test_a_frozen_backend_does_not_hold_up_a_stop(
    conn: Connection, database_url: str, tmp_path: Path
) -> None:
    """Unlike one that waits for a lock, it does not even answer that it rolled back."""
    store_id = await fetch_store_id(conn)
    settings = SpoolSettings(linger_s=0.0, closing_s=0.5)
    async with (
        asyncio.timeout(10),
        connected(database_url) as blocker,
        open_spooled_writer(database_url, tmp_path, store_id=store_id, settings=settings) as writer,
        blocker.transaction(),
    ):
        await blocker.execute("lock table reading in access exclusive mode")
        await writer.accept(ticks([1], 0, 5))
        while not (pid := await blocker.fetchval(WAITING)):
            await asyncio.sleep(0.02)
        freeze(pid)
    os.kill(pid, signal.SIGCONT)
    async with open_spooled_writer(
        database_url, tmp_path, store_id=store_id, settings=QUICK
    ) as writer:
        await until(lambda: writer.stats().spooled_rows == 0)
    assert await count(conn) == 5


WAITING = "select pid from pg_locks where relation = 'reading'::regclass and not granted"
