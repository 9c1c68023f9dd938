"""kill -9, ten times each, of the writing process and of the database, under load."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

import pytest

from service.storage.connection import connected
from service.storage.embedded import EmbeddedPostgres
from service.storage.migrate import migrate
from service.storage.points import fetch_store_id
from service.storage.spooled_writer import open_spooled_writer
from tests.service.storage.loaded_writer import POINTS

ROUNDS = 10
ACKNOWLEDGED = b"acknowledged "
BATCHES_PER_ROUND = 1_000_000
ROOT = Path(__file__).parents[3]


async def run_until_killed(server: EmbeddedPostgres, folder: Path, first: int) -> list[int]:
    """Load a writer; kill and restart the database under it, then kill it. Acknowledged ids."""
    async with connected(server.dsn) as conn:
        store_id = await fetch_store_id(conn)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("loaded_writer.py")),
        server.dsn,
        str(folder),
        str(store_id),
        str(first),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )
    assert process.stdout is not None
    lines = [await process.stdout.readline()]
    await asyncio.sleep(random.uniform(0.05, 0.3))
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    assert await server.wait_failed() == -signal.SIGKILL
    if random.random() < 0.7:
        await server.start()
        await asyncio.sleep(random.uniform(0.0, 0.4))
    process.kill()
    lines += (await process.stdout.read()).split(b"\n")
    await process.wait()
    await server.start()
    # A last line cut short by the kill is not an acknowledgement that was read.
    return [int(line.split()[1]) for line in lines[:-1] if line.startswith(ACKNOWLEDGED)]


@pytest.mark.asyncio
async def test_what_was_acknowledged_is_in_the_table_once(open_folder: Path) -> None:
    acknowledged: list[int] = []
    async with EmbeddedPostgres(open_folder / "data") as server:
        async with connected(server.dsn) as conn:
            await migrate(conn)
            store_id = await fetch_store_id(conn)
        spool = open_folder / "spool"
        for number in range(ROUNDS):
            acknowledged += await run_until_killed(server, spool, number * BATCHES_PER_ROUND)
        async with open_spooled_writer(server.dsn, spool, store_id=store_id) as writer:
            async with asyncio.timeout(20):
                while writer.stats().spooled_rows:  # nobody tells us
                    await asyncio.sleep(0.05)
            stats = writer.stats()
        async with connected(server.dsn) as conn:
            rows = await conn.fetch(
                "select value, count(*) as readings, count(distinct point_id) as points "
                "from reading group by value"
            )
    stored = {int(row["value"]): (row["readings"], row["points"]) for row in rows}
    assert len(acknowledged) > 100 * ROUNDS
    assert [n for n in acknowledged if n not in stored] == []
    assert set(stored.values()) == {(len(POINTS), len(POINTS))}
    assert (stats.dropped_total, stats.dead_letter_total, stats.lost_total) == (0, 0, 0)
