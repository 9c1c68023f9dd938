"""SIGHUP: site file and profiles are read again, without a gap, and never half."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from collectors.profiles.library import SHIPPED_PROFILES
from service.commands.loading import load_the_site
from service.demo.ports import write_site
from service.reloading import SiteReload
from service.settings import Settings
from service.site.site import InstalledSite
from service.storage.connection import connected
from service.storage.embedded import EmbeddedPostgres
from service.storage.migrate import migrate_database
from tests.acceptance.running import free_port, open_folder
from tests.service.test_collector_server import SITE, Running, process, until

FIRST = "devices:\n"
# Nothing answers there: what counts is that it is asked.
SPARE = (
    "  - {id: spare, link: gw_electrical, unit: 99, profile: genset_of_mine, poll_s: 5,"
    " label_fr: x, label_en: x}\n"
)


_POLLS = "boucle_device_poll_duration_seconds_count"


@dataclass
class Reloaded:
    """A collector that can be told to read its site file again."""

    collector: Running
    site: Path
    log: Path
    pid: int

    def tell(self, text: str) -> None:
        self.site.write_text(text, encoding="utf-8")
        os.kill(self.pid, signal.SIGHUP)

    def logged(self, event: str) -> list[dict[str, object]]:
        lines = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if line["event"] == event]

    async def reasons(self) -> str:
        _, health = await self.collector.health()
        return " | ".join(health["reasons"])

    async def polls_of(self, device: str) -> float:
        samples = (await self.collector.metrics())[_POLLS]
        return next((value for labels, value in samples if labels["device"] == device), 0.0)


@pytest_asyncio.fixture
async def reloaded() -> AsyncIterator[Reloaded]:
    with open_folder() as folder:
        site, port, log = folder / "site.yaml", free_port(), folder / "collector.log"
        control = write_site(SITE, site)
        async with EmbeddedPostgres(folder / "postgres") as postgres:
            await migrate_database(postgres.dsn)
            environ = {
                **os.environ,
                "BOUCLE_DATABASE_URL": postgres.dsn,
                "BOUCLE_DATA_DIR": str(folder),
                "BOUCLE_COLLECT_PORT": str(port),
                "PYTHONUNBUFFERED": "1",
            }
            # The simulator keeps the file it was started with.
            copy = folder / "simulated.yaml"
            copy.write_text(site.read_text(encoding="utf-8"), encoding="utf-8")
            serve = ("simulators", "serve", str(copy), "--control-port", str(control))
            simulator = process("simulator", serve, environ, "simulator ready")
            collector = process("collector", ("service", "collect", str(site)), environ, None)
            collector.log_path = str(log)
            try:
                await simulator.start()
                await collector.start()
                one = Running(postgres=postgres, port=port)
                await until(lambda: _polls(one))
                assert collector.pid is not None
                yield Reloaded(collector=one, site=site, log=log, pid=collector.pid)
                assert collector.pid is not None
            finally:
                await collector.stop()
                await simulator.stop()


async def _polls(one: Running) -> bool:
    try:
        return (await one.health())[0] == 200
    except OSError:
        return False


@pytest.mark.asyncio
async def test_a_hangup_reads_the_site_again_and_keeps_the_old_one_when_it_cannot(
    reloaded: Reloaded,
) -> None:
    sound = reloaded.site.read_text(encoding="utf-8")
    larger = sound.replace(FIRST, FIRST + SPARE, 1)

    # A profile that is nowhere: refused, and said where it is looked for.
    reloaded.tell(larger)

    async def refused() -> bool:
        return "no profile 'genset_of_mine'" in await reloaded.reasons()

    await until(refused)
    assert len(reloaded.logged("site_not_reloaded")) == 1
    before = await reloaded.polls_of("intake_a")

    async def still_polled() -> bool:
        return await reloaded.polls_of("intake_a") > before

    await until(still_polled)
    assert await reloaded.polls_of("spare") == 0.0

    # Now there is one, beside the site file.
    own = reloaded.site.parent / "profiles"
    own.mkdir()
    text = (SHIPPED_PROFILES / "genset.yaml").read_text(encoding="utf-8")
    (own / "genset_of_mine.yaml").write_text(
        text.replace("id: genset\n", "id: genset_of_mine\n"), encoding="utf-8"
    )
    before = await reloaded.polls_of("intake_a")
    reloaded.tell(larger)

    async def spare_is_polled() -> bool:
        return await reloaded.polls_of("spare") > 0

    await until(spare_is_polled)
    assert "refused" not in await reloaded.reasons()
    assert len(reloaded.logged("site_reloaded")) == 1
    # What is known of a device outlives the reload, and it is not told anew that it answers.
    assert await reloaded.polls_of("intake_a") >= before
    answered = [line["device"] for line in reloaded.logged("device_answered")]
    assert answered.count("intake_a") == 1
    await _nothing_is_lost(reloaded)


async def _nothing_is_lost(reloaded: Reloaded) -> None:
    """The readings of a device go on at its pace, through every reload."""
    await asyncio.sleep(3.0)
    assert await reloaded.collector.value("boucle_readings_dropped_total") == 0.0
    async with connected(reloaded.collector.postgres.dsn) as conn:
        gaps = await conn.fetch(
            "select extract(epoch from ts - lag(ts) over (order by ts)) as gap_s "
            "from reading join point on reading.point_id = point.point_id "
            "where point.key = 'intake_a.active_power_kw'"
        )
    waited = [float(row["gap_s"]) for row in gaps if row["gap_s"] is not None]
    assert len(waited) >= 3
    assert max(waited) < 4.5


@pytest.mark.asyncio
async def test_a_hangup_of_the_tree_renews_each_process_and_ends_none() -> None:
    with open_folder() as folder:
        site, log = folder / "site.yaml", folder / "run.log"
        write_site(SITE, site)
        async with EmbeddedPostgres(folder / "postgres") as postgres:
            environ = {
                **os.environ,
                "BOUCLE_DATABASE_URL": postgres.dsn,
                "BOUCLE_DATA_DIR": str(folder),
                "BOUCLE_HTTP_PORT": str(free_port()),
                "PYTHONUNBUFFERED": "1",
            }
            tree = process("run", ("service", "run", str(site)), environ, None)
            tree.log_path = str(log)

            def has(name: str, event: str, times: int = 1) -> bool:
                path = folder / f"{name}.log"
                return path.exists() and path.read_text().count(f'"event": "{event}"') >= times

            async def polling() -> bool:
                return has("collector", "collectors_started")

            async def kept() -> bool:
                return has("run", "site_not_reloaded")

            async def renewed() -> bool:
                return has("collector", "site_reloaded") and has("run", "process_ended", 2)

            try:
                await tree.start()
                await until(polling)
                pid = tree.pid
                assert pid is not None
                sound = site.read_text(encoding="utf-8")
                site.write_text(sound.replace("poll_s: 2", "poll_s: -2", 1), encoding="utf-8")
                os.kill(pid, signal.SIGHUP)
                await until(kept)
                assert not has("run", "process_ended")
                site.write_text(sound, encoding="utf-8")
                os.kill(pid, signal.SIGHUP)
                await until(renewed)
                assert tree.pid == pid
            finally:
                await tree.stop()


@pytest.mark.asyncio
async def test_a_stop_does_not_wait_for_a_reload() -> None:
    site = load_the_site(SITE, Settings())
    reload, stop, preparing = SiteReload(site, lambda: site), asyncio.Event(), asyncio.Event()

    async def poll(_: InstalledSite, end: asyncio.Event) -> None:
        await end.wait()

    async def prepare(_: InstalledSite) -> None:
        preparing.set()
        await asyncio.sleep(3600.0)

    polling = asyncio.create_task(reload.poll(poll, prepare, lambda _: None, stop))
    reload.asked.set()
    async with asyncio.timeout(5.0):
        await preparing.wait()
        stop.set()
        await polling
