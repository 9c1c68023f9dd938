"""Modbus points a second through the whole way, against the bare client on two event loops.

The server is in C and in another process, so that it holds back neither. The whole way: plan, read,
decode, spool synced to disk, database commit, every poll as soon as the last one is done. The bare
client sends the same requests over as many connections and drops the answers.

Points are those that were committed, requests those that were made, and CPU is that of this process
with its threads. A store that is slower than the polls shows as few points for many requests.
"""

import asyncio
import time
from pathlib import Path

from collectors.installation import Installation, ModbusLink
from collectors.memory import Memory
from collectors.runner import run_collectors
from service.collection import register
from service.site.site import InstalledSite
from service.storage.connection import connected
from service.storage.health import open_health_sink
from service.storage.spooled_writer import open_spooled_writer
from tests.acceptance.running import open_folder
from tests.bench.modbus_bare import LoopKind, Rate, bare_rate, blocks_of
from tests.bench.modbus_server import c_server
from tests.bench.modbus_sites import FLOATS, modbus_only, shipped_site, site_of_floats
from tests.bench.result import Result, result
from tests.bench.store import bench_store

_SECONDS = 8.0
_BARE_SECONDS = 3.0
_WARM_UP_S = 2.0


async def _whole_way(
    site: InstalledSite, installation: Installation, dsn: str, folder: Path
) -> Rate:
    """Committed points, and the requests that were made meanwhile."""
    registration = await register(site.site, dsn)
    keys = {d.id for d in installation.devices}
    ids = {k: v for k, v in registration.point_ids.items() if k.partition(".")[0] in keys}
    blocks = blocks_of(installation, site.profiles)
    memory = Memory()
    stop = asyncio.Event()

    def requests() -> int:
        return sum(
            memory.trackers[name].health.polls_total * len(planned)
            for name, planned in blocks.items()
        )

    async with (
        open_spooled_writer(dsn, folder, store_id=registration.store_id) as writer,
        open_health_sink(dsn, site.site.identity.id) as health,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(
            run_collectors(
                installation, site.profiles, ids, writer, health, stop=stop, memory=memory
            )
        )
        await asyncio.sleep(_WARM_UP_S)
        points, asked = writer.stats().written_total, requests()
        started_s, cpu_s = time.perf_counter(), time.process_time()
        await asyncio.sleep(_SECONDS)
        found = Rate(
            points=writer.stats().written_total - points,
            requests=requests() - asked,
            elapsed_s=time.perf_counter() - started_s,
            cpu_s=time.process_time() - cpu_s,
        )
        stop.set()
    return found


async def _of_site(name: str, site: InstalledSite, dsn: str, folder: Path) -> list[Result]:
    installation = modbus_only(site)
    spool = folder / name.replace(" ", "-")
    spool.mkdir()

    async def bare(loop: LoopKind) -> Rate:
        return await asyncio.to_thread(bare_rate, installation, site.profiles, loop, _BARE_SECONDS)

    ports = [link.port for link in installation.links if isinstance(link, ModbusLink)]
    async with c_server(folder, ports):
        plain, fast = await bare("asyncio"), await bare("uvloop")
        ours = await _whole_way(site, installation, dsn, spool)
        plain, fast = plain + await bare("asyncio"), fast + await bare("uvloop")
    async with connected(dsn, command_timeout_s=120.0) as conn:
        await conn.execute(
            "delete from reading where point_id in (select point_id from point where site = $1)",
            site.site.identity.id,
        )
    return _results(name, ours, plain, fast)


def _results(name: str, ours: Rate, plain: Rate, fast: Rate) -> list[Result]:
    found = []
    for reference, against in ((plain, "bare pymodbus"), (fast, "bare pymodbus on uvloop")):
        for what, unit, mine, its in (
            ("points", "points/s", ours.points_per_s, reference.points_per_s),
            ("CPU a request", "us", ours.us_per_request, reference.us_per_request),
            ("CPU a point", "us", ours.us_per_point, reference.us_per_point),
        ):
            found.append(result(f"modbus/{name}, {what}", mine, unit, its, against))
    return found


async def _measure() -> list[Result]:
    with open_folder() as folder:
        async with bench_store() as dsn:
            found = await _of_site("site as shipped", shipped_site(folder), dsn, folder)
            for count in (10, 100):
                name = f"{count} devices of {FLOATS} floats"
                found += await _of_site(name, site_of_floats(folder, count), dsn, folder)
            return found


def run() -> list[Result]:
    return asyncio.run(_measure())
