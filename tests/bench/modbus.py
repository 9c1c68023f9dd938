"""Modbus points a second through the whole way, against a bare loop of the same block reads.

The whole way: simulator in another process, plan, read, decode, spool synced to disk, database
commit. The bare loop sends the same requests over as many connections and drops the answers.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pymodbus.client import AsyncModbusTcpClient

from collectors.installation import Installation, ModbusLink
from collectors.modbus.planning import plan_blocks
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from collectors.profiles.schema import ModbusProfile
from collectors.runner import run_collectors
from service.collection import register
from service.site.loader import load_site
from service.site.site import InstalledSite
from service.storage.connection import connected
from service.storage.health import open_health_sink
from service.storage.spooled_writer import open_spooled_writer
from tests.acceptance.running import ROOT, free_port, open_folder
from tests.bench.result import Result, result
from tests.bench.store import bench_store
from tests.simulators.sites import text_on_free_ports

_SECONDS = 8.0
_AS_FAST_AS_IT_GOES_S = 0.005


def _site_file(folder: Path) -> Path:
    path = folder / "site.yaml"
    # A site of its own: a shared database keeps the real one untouched.
    text = text_on_free_ports().replace("id: chapelle_international", "id: bench_site")
    path.write_text(text, encoding="utf-8")
    return path


@asynccontextmanager
async def _simulator(path: Path) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators", "serve", str(path)),
        *("--control-port", str(free_port())),
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert b"ready" in await process.stdout.readline()
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


def _modbus_only(site: InstalledSite) -> Installation:
    links = tuple(x for x in site.installation.links if isinstance(x, ModbusLink))
    names = {link.id for link in links}
    devices = tuple(
        d.model_copy(update={"poll_s": _AS_FAST_AS_IT_GOES_S})
        for d in site.installation.devices
        if d.link in names
    )
    return Installation(links=links, devices=devices)


async def _whole_way(
    site: InstalledSite, installation: Installation, dsn: str, folder: Path
) -> float:
    """Committed rows a second."""
    registration = await register(site.site, dsn)
    keys = {d.id for d in installation.devices}
    ids = {k: v for k, v in registration.point_ids.items() if k.partition(".")[0] in keys}
    stop = asyncio.Event()
    async with (
        open_spooled_writer(dsn, folder, store_id=registration.store_id) as writer,
        open_health_sink(dsn, site.site.identity.id) as health,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(
            run_collectors(installation, site.profiles, ids, writer, health, stop=stop)
        )
        await asyncio.sleep(2.0)
        before, started = await _committed(dsn, ids), time.perf_counter()
        await asyncio.sleep(_SECONDS)
        after, elapsed_s = await _committed(dsn, ids), time.perf_counter() - started
        stop.set()
    return (after - before) / elapsed_s


async def _committed(dsn: str, ids: dict[str, int]) -> int:
    async with connected(dsn) as conn:
        query = "select count(*) from reading where point_id = any($1::int[])"
        return int(await conn.fetchval(query, list(ids.values())))


async def _bare_loop(site: InstalledSite, installation: Installation) -> float:
    """Points a second of the same block reads, one loop a link, nothing done with them."""
    points = 0

    async def loop(link: ModbusLink, deadline: float) -> None:
        nonlocal points
        client = AsyncModbusTcpClient(link.host, port=link.port, retries=0)
        await client.connect()
        while time.perf_counter() < deadline:
            for device in installation.devices:
                profile = site.profiles[device.profile]
                if device.link != link.id or not isinstance(profile, ModbusProfile):
                    continue
                for block in plan_blocks(profile):
                    read = (
                        client.read_holding_registers
                        if block.space == "holding"
                        else client.read_input_registers
                    )
                    await read(block.address, count=block.count, device_id=device.unit or 0)
                points += len(profile.points)
        client.close()

    started = time.perf_counter()
    deadline = started + _SECONDS / 2
    links = [link for link in installation.links if isinstance(link, ModbusLink)]
    await asyncio.gather(*(loop(link, deadline) for link in links))
    return points / (time.perf_counter() - started)


async def _measure() -> list[Result]:
    with open_folder() as folder:
        path = _site_file(folder)
        site = load_site(path, load_profiles(SHIPPED_PROFILES))
        installation = _modbus_only(site)
        async with bench_store() as dsn, _simulator(path):
            first = await _bare_loop(site, installation)
            ours = await _whole_way(site, installation, dsn, folder)
            second = await _bare_loop(site, installation)
            async with connected(dsn) as conn:
                await conn.execute(
                    "delete from reading where point_id in "
                    "(select point_id from point where site = 'bench_site')"
                )
    bare = (first + second) / 2
    return [result("modbus", ours, "points/s", bare, "bare loop of the same block reads")]


def run() -> list[Result]:
    return asyncio.run(_measure())
