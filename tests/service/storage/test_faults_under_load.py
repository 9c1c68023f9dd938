"""Each fault of the store provoked under load: nothing lost, nothing doubled, told once.

How long the recovery takes is measured and printed in pytest's report, not asserted.
"""

import asyncio
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from service.storage.connection import connected
from service.storage.embedded import EmbeddedPostgres
from service.storage.migrate import migrate
from service.storage.points import fetch_store_id
from service.storage.settings import SpoolSettings
from service.storage.spooled_writer import SpooledWriter, open_spooled_writer
from tests.acceptance.running import open_folder
from tests.fault_table import FaultTable
from tests.service.storage import provoked
from tests.service.storage.paced_load import ROWS_PER_S, PacedLoad
from tests.service.storage.provoked import Ground, Provoke

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio]

# Short, because a fault lasts seconds here and not minutes; everything else is as shipped.
SETTINGS = SpoolSettings(write_timeout_s=3.0, lock_timeout_s=1.5)
# A crowd is soon large enough.
MAX_CONNECTIONS = 20
# The tables of a minute of load several times over; little memory while it is empty.
DISK = "400m"
# What is acknowledged before a fault, and while it lasts: three seconds of load.
BEFORE_ROWS = ROWS_PER_S
MEANWHILE_ROWS = 3 * ROWS_PER_S
# Far more than any of it takes: what hangs must end.
DEADLINE_S = 40.0

TABLE = FaultTable(
    "faults of the store, provoked under load",
    ("fault", "rows meanwhile", "lost", "doubled", "recovered after", "told"),
)

FAULTS: Mapping[str, tuple[Provoke, str]] = {
    "deadlock": (provoked.deadlock, "deadlock ("),
    "serialisation failure": (provoked.serialisation_failure, "serialisation failure ("),
    "statement timeout": (provoked.statement_timeout, "statement timeout or cancelled ("),
    "too many connections": (provoked.too_many_connections, "too many connections ("),
    "disk full": (provoked.full_disk, "disk full ("),
    "read-only server": (provoked.read_only, "read-only ("),
    "lock on reading": (provoked.locked_readings, "lock not available ("),
    "frozen backend": (provoked.frozen_backend, "no answer in time;"),
    "killed server": (provoked.killed_server, "; waiting for the database to come back"),
}
# While these last nothing gets through: one outage each. Between deadlocks some may.
LASTING = {"disk full", "read-only server", "lock on reading", "frozen backend", "killed server"}


@contextmanager
def small_disk(place: Path) -> Iterator[Path | None]:
    """A file system of fixed size; None where only root could make one."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0777", "none", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A server of this module alone. Its tables lie on ``disk``, where one could be made."""

    server: EmbeddedPostgres
    disk: Path | None


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with open_folder() as folder, small_disk(folder / "disk") as disk:
        server = EmbeddedPostgres(folder / "data")
        asyncio.run(server.start())
        try:
            asyncio.run(_prepare(server, disk))
            yield Store(server=server, disk=disk)
        finally:
            asyncio.run(server.stop())


async def _prepare(server: EmbeddedPostgres, disk: Path | None) -> None:
    async with connected(server.dsn) as conn:
        await conn.execute(f"alter system set max_connections = {MAX_CONNECTIONS}")
        if disk is not None:
            space = disk / "space"
            space.mkdir()
            server.home.account.own(space)
            await conn.execute(f"create tablespace small location '{space}'")
            await conn.execute("alter database boucle set default_tablespace = small")
    await server.stop()
    await server.start()
    async with connected(server.dsn) as conn:
        await migrate(conn)


@dataclass(slots=True)
class Outages:
    """What the writer said, outage by outage."""

    logs: Sequence[Mapping[str, Any]]

    @property
    def told(self) -> list[list[str]]:
        """The reasons of each outage."""
        outages: list[list[str]] = [[]]
        for one in self.logs:
            if one["event"] == "database_lost":
                outages[-1].append(one["reason"])
            elif one["event"] == "database_back":
                outages.append([])
        return outages

    def of(self, fault: str) -> list[str]:
        """The lines that name a fault."""
        return [reason for outage in self.told for reason in outage if fault in reason]


async def until(what: str, condition: Callable[[], bool]) -> float:
    """Wait until the condition holds; how long it took."""
    started = time.monotonic()
    while not condition():  # nobody tells us
        assert time.monotonic() - started < DEADLINE_S, what
        await asyncio.sleep(0.02)
    return time.monotonic() - started


def moved(writer: SpooledWriter) -> int:
    """What a lost answer made it write twice is in the table, too."""
    stats = writer.stats()
    return stats.written_total + stats.already_there_total


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_under_load_loses_nothing_and_is_told_once(
    fault: str, store: Store, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    provoke, named = FAULTS[fault]
    async with connected(store.server.dsn) as conn:
        await conn.execute("truncate reading")
        store_id = await fetch_store_id(conn)
    with capture_logs() as logs:
        outages = Outages(logs)
        async with open_spooled_writer(
            store.server.dsn, tmp_path, store_id=store_id, settings=SETTINGS
        ) as writer:
            load = PacedLoad(writer)
            ground = Ground(server=store.server, disk=store.disk, load=load)
            async with load.running():
                await until("a first second", lambda: writer.stats().written_total >= BEFORE_ROWS)
                async with provoke(ground):
                    before = load.acknowledged_rows
                    await until("the reason", lambda: bool(outages.of(named)))
                    await until(
                        "readings taken without the store",
                        lambda: load.acknowledged_rows - before >= MEANWHILE_ROWS,
                    )
                    meanwhile = load.acknowledged_rows - before
                    waiting_until = writer.stats().acknowledged_total
                    ended = time.monotonic()
                await until("what waited", lambda: moved(writer) >= waiting_until)
                recovery_s = time.monotonic() - ended
            await until("the rest", lambda: writer.stats().spooled_rows == 0)
            stats = writer.stats()
    async with connected(store.server.dsn) as conn:
        damage = await load.damage(conn)
    # The rows that were acknowledged while it lasted, and how long after its end until all that
    # waited then was in the table.
    TABLE.record(
        request,
        fault,
        f"{meanwhile:,}",
        str(damage.lost),
        str(damage.doubled),
        f"{recovery_s:.1f} s",
        outages.of(named)[0],
    )

    assert (damage.lost, damage.doubled) == (0, 0)
    assert stats.acknowledged_total == load.offered_rows
    assert (stats.dropped_total, stats.lost_total, stats.dead_letter_total) == (0, 0, 0)
    for outage in outages.told:
        awaited = [reason.rpartition("; ")[2] for reason in outage]
        assert len(awaited) == len(set(awaited)), "an outage says the same twice"
    if fault in LASTING:
        assert len(outages.of(named)) == 1
