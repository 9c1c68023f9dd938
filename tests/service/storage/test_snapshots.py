"""Snapshots from one process to others, on a real server."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from service.evaluation.ports import StoreAway
from service.live.codec import PARTS
from service.live.snapshot import LiveSnapshot
from service.storage.connection import Connection, connected
from service.storage.errors import LeaseLostError, StoreUnreachableError
from service.storage.lease import Held
from service.storage.snapshots import SnapshotReader, SnapshotWriter
from tests.service.pages.sample_snapshot import NOW, sample_snapshot

pytestmark = pytest.mark.asyncio

SITE = "chapelle_international"
NAME = f"evaluate {SITE}"
SNAPSHOT = sample_snapshot()


@pytest_asyncio.fixture
async def held(conn: Connection) -> Held:
    await conn.execute("delete from lease")
    await conn.execute("delete from snapshot_head")
    await conn.execute("delete from snapshot_part")
    await conn.execute("insert into lease values ($1, 'us', 7, now(), 'infinity')", NAME)
    return Held(NAME, 7)


@pytest_asyncio.fixture
async def writer(database_url: str, held: Held) -> AsyncIterator[SnapshotWriter]:
    one = SnapshotWriter(database_url, SITE, held)
    yield one
    await one.close()


@pytest_asyncio.fixture
async def reader(database_url: str) -> AsyncIterator[SnapshotReader]:
    one = SnapshotReader(database_url, SITE)
    yield one
    await one.close()


async def later(seconds: float) -> LiveSnapshot:
    return replace(SNAPSHOT, taken_at=NOW + timedelta(seconds=seconds))


async def test_what_is_written_is_read_by_any_number(
    database_url: str, writer: SnapshotWriter, reader: SnapshotReader
) -> None:
    second = SnapshotReader(database_url, SITE)
    assert (await reader.look()).lacking == "no evaluation has written anything yet"

    await writer.publish(SNAPSHOT)

    for one in (reader, second):
        look = await one.look()
        assert look.snapshot == SNAPSHOT
        assert look.lacking is None
        assert look.evaluation_age_s is not None
        assert 0.0 <= look.evaluation_age_s < 5.0
    await second.close()


async def test_a_reader_is_told_at_once(writer: SnapshotWriter, reader: SnapshotReader) -> None:
    await reader.look()
    waiting = asyncio.create_task(reader.wait(30.0))
    await asyncio.sleep(0.1)
    await writer.publish(SNAPSHOT)
    await asyncio.wait_for(waiting, 2.0)


async def test_only_what_changed_is_written_and_read(
    conn: Connection, writer: SnapshotWriter, reader: SnapshotReader
) -> None:
    await writer.publish(SNAPSHOT)
    first = (await reader.look()).snapshot
    await writer.publish(replace(SNAPSHOT, taken_at=NOW + timedelta(seconds=1), findings=()))

    rows = await conn.fetch("select name, seq from snapshot_part where site = $1", SITE)
    second = (await reader.look()).snapshot
    assert {row["name"] for row in rows} == set(PARTS)
    assert {row["name"] for row in rows if row["seq"] == 2} == {"taken_at", "findings"}
    assert first is not None
    assert second is not None
    assert second.points is first.points
    assert second.findings == ()


async def test_who_lost_the_lease_writes_nothing(
    conn: Connection, writer: SnapshotWriter, reader: SnapshotReader
) -> None:
    await writer.publish(SNAPSHOT)
    await conn.execute("update lease set token = token + 1")
    with pytest.raises(LeaseLostError, match=NAME):
        await writer.publish(replace(SNAPSHOT, findings=()))
    look = await reader.look()
    assert (look.seq, look.snapshot) == (1, SNAPSHOT)


async def test_a_snapshot_of_another_version_is_waited_for(
    conn: Connection, writer: SnapshotWriter, reader: SnapshotReader
) -> None:
    await writer.publish(SNAPSHOT)
    await reader.look()
    await conn.execute("update snapshot_head set format = 'other', seq = seq + 1")
    await conn.execute("update snapshot_part set body = '\\xdeadbeef', seq = seq + 1")

    other = await reader.look()
    assert other.snapshot == SNAPSHOT
    assert other.lacking == "the evaluation is of another version of Boucle"
    fresh = SnapshotReader(reader._line._dsn, SITE)
    assert (await fresh.look()).snapshot is None
    await fresh.close()

    writer._written = {}  # a new evaluation, of this version, writes everything
    await writer.publish(await later(9))
    again = await reader.look()
    assert again.lacking is None
    assert again.snapshot == await later(9)


async def test_after_a_crash_of_the_server_the_parts_are_waited_for(
    database_url: str, conn: Connection, writer: SnapshotWriter, reader: SnapshotReader
) -> None:
    """What a crash leaves: the head, and an empty table of parts."""
    await writer.publish(SNAPSHOT)
    await reader.look()
    await conn.execute("truncate snapshot_part")
    fresh = SnapshotReader(database_url, SITE)
    assert (await fresh.look()).lacking == "the snapshot in the database is not whole yet"

    # The server ended the writer's connection, too: it does not know what is there.
    writer._line.cut()
    await conn.execute("alter table snapshot_head rename to hidden")
    with pytest.raises(StoreAway, match="table missing"):
        await writer.publish(await later(1))
    await conn.execute("alter table hidden rename to snapshot_head")
    await writer.publish(await later(2))

    assert (await fresh.look()).snapshot == await later(2)
    assert (await reader.look()).snapshot == await later(2)
    await fresh.close()


async def test_a_crash_between_two_snapshots_that_nobody_met_is_written_over_whole(
    conn: Connection, database_url: str, writer: SnapshotWriter
) -> None:
    """The server is back before the next snapshot: a new connection is all that tells."""
    await writer.publish(SNAPSHOT)
    await conn.execute("delete from snapshot_part")
    await conn.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where pid <> pg_backend_pid() and datname = current_database()"
    )
    # So long that the writer's connection knows it is closed.
    await asyncio.sleep(0.3)

    await writer.publish(await later(1.0))

    reader = SnapshotReader(database_url, SITE)
    look = await reader.look()
    await reader.close()
    assert look.lacking is None
    assert look.snapshot == await later(1.0)


async def test_a_database_that_was_restored_is_read_anew(
    conn: Connection, writer: SnapshotWriter, reader: SnapshotReader
) -> None:
    for n in range(3):
        await writer.publish(await later(n))
    await reader.look()
    await conn.execute("update snapshot_head set seq = 1")
    await conn.execute("update snapshot_part set seq = 1")
    assert (await reader.look()).lacking == "the database holds an older snapshot"
    assert (await reader.look()).lacking is None


async def test_a_locked_table_is_said_within_the_time_limit(
    database_url: str, writer: SnapshotWriter, reader: SnapshotReader
) -> None:
    await writer.publish(SNAPSHOT)
    await reader.look()
    async with connected(database_url) as holder, holder.transaction():
        await holder.execute("lock table snapshot_part in access exclusive mode")
        async with asyncio.timeout(3.0):
            with pytest.raises(StoreUnreachableError, match="no answer in time"):
                await reader.look()
        with pytest.raises(StoreAway, match="no answer in time"):
            await writer.publish(SNAPSHOT)
    assert (await reader.look()).snapshot == SNAPSHOT
    await writer.publish(SNAPSHOT)
