"""Modbus points a second through the whole way, against a bare loop of the same block reads.

The server is in C and in another process, so that it holds back neither. The whole way: plan, read,
decode, spool synced to disk, database commit, every poll as soon as the last one is done. The bare
loop sends the same requests with the same client over as many connections and drops the answers.
"""

import asyncio
import json
import time
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
from tests.acceptance.running import open_folder
from tests.bench.modbus_server import c_server
from tests.bench.result import Result, result
from tests.bench.store import bench_store
from tests.simulators.sites import free_ports, text_on_free_ports

_SECONDS = 8.0
_AS_FAST_AS_IT_GOES_S = 0.005
_FLOATS = 100
_PORTS = 10
_SITE = {
    "name": "Bench",
    "operator": "Bench",
    "public_operator": False,
    "address": "1 rue",
    "postcode": "75001",
    "city": "Paris",
    "latitude_deg": 48.85,
    "longitude_deg": 2.35,
    "entry_into_operation": "2020-01-01",
    "floor_area_m2": 1000,
    "computer_room_area_m2": 500,
    "installed_it_power_kw": 1000,
    "rated_it_power_kw": 1000,
    "zone": "paris",
    "redundancy": {"electrical": "2N", "cooling": "N+1"},
    "noise_regime": "public_health_code",
    "charter": "paris",
}


def _shipped(folder: Path) -> InstalledSite:
    path = folder / "shipped.yaml"
    # A site of its own: a shared database keeps the real one untouched.
    text = text_on_free_ports().replace("id: chapelle_international", "id: bench_shipped")
    path.write_text(text, encoding="utf-8")
    return load_site(path, load_profiles(SHIPPED_PROFILES))


def of_floats(folder: Path, count: int) -> InstalledSite:
    """So many devices of a hundred floats side by side, behind ten gateways at most."""
    points = [
        {
            "name": f"temp_{n}_degc",
            "quantity": "temperature",
            "kind": "gauge",
            "space": "holding",
            "address": 2 * n,
            "type": "f32",
            "unit": "degC",
        }
        for n in range(_FLOATS - 1)
    ]
    # A site has a meter.
    points.append(
        {
            "name": "active_energy_kwh",
            "quantity": "active_energy",
            "kind": "counter",
            "space": "holding",
            "address": 2 * _FLOATS - 2,
            "type": "f32",
            "unit": "kWh",
        }
    )
    meter = {
        "id": "intake",
        "device": "device_0",
        "register": "active_energy_kwh",
        "role": "utility_intake",
        "max_per_h": 1000,
        "accuracy": {"kind": "electricity", "standard": "EN 50470-3 class C", "mpe_percent": 0.5},
    }
    profile = {
        "id": "floats",
        "protocol": "modbus",
        "vendor": "Bench",
        "model": "Floats",
        "datasheet": {"title": "None", "revision": "1"},
        "maturity": "bronze",
        "max_span": 125,
        "max_gap": 4,
        "points": points,
    }
    ports = free_ports(min(count, _PORTS))
    links = [
        {"id": f"link_{n}", "protocol": "modbus", "host": "127.0.0.1", "port": port}
        for n, port in enumerate(ports)
    ]
    devices = [
        {
            "id": f"device_{n}",
            "link": f"link_{n % len(ports)}",
            "unit": 1 + n // len(ports),
            "profile": "floats",
            "poll_s": 1,
            "label_fr": f"Appareil {n}",
            "label_en": f"Device {n}",
        }
        for n in range(count)
    ]
    profiles = folder / f"profiles-{count}"
    profiles.mkdir()
    (profiles / "floats.yaml").write_text(json.dumps(profile), encoding="utf-8")
    path = folder / f"floats-{count}.yaml"
    identity = {"id": f"bench_{count}", **_SITE}
    site = {"site": identity, "links": links, "devices": devices, "meters": [meter]}
    path.write_text(json.dumps(site), encoding="utf-8")
    return load_site(path, load_profiles(profiles))


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
) -> tuple[float, float]:
    """Committed points a second, and CPU of this process for each. [us]"""
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
        before, started, cpu_s = writer.stats().written_total, time.perf_counter(), _cpu_s()
        await asyncio.sleep(_SECONDS)
        points = writer.stats().written_total - before
        elapsed_s, cpu_s = time.perf_counter() - started, _cpu_s() - cpu_s
        stop.set()
    return points / elapsed_s, 1e6 * cpu_s / points


def _cpu_s() -> float:
    return time.process_time()


async def _bare_loop(site: InstalledSite, installation: Installation) -> tuple[float, float]:
    """The same of the same block reads, one loop a link, nothing done with what they bring."""
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

    started, cpu_s = time.perf_counter(), _cpu_s()
    deadline = started + _SECONDS / 2
    links = [link for link in installation.links if isinstance(link, ModbusLink)]
    await asyncio.gather(*(loop(link, deadline) for link in links))
    return points / (time.perf_counter() - started), 1e6 * (_cpu_s() - cpu_s) / points


async def _of_site(name: str, site: InstalledSite, dsn: str, folder: Path) -> list[Result]:
    installation = _modbus_only(site)
    links = [link for link in installation.links if isinstance(link, ModbusLink)]
    spool = folder / name.replace(" ", "-")
    spool.mkdir()
    async with c_server(folder, [link.port for link in links]):
        first, first_us = await _bare_loop(site, installation)
        ours, ours_us = await _whole_way(site, installation, dsn, spool)
        second, second_us = await _bare_loop(site, installation)
    async with connected(dsn, command_timeout_s=120.0) as conn:
        await conn.execute(
            "delete from reading where point_id in (select point_id from point where site = $1)",
            site.site.identity.id,
        )
    bare = "bare loop of the same block reads"
    return [
        result(f"modbus/{name}", ours, "points/s", (first + second) / 2, bare),
        result(f"modbus/{name}, CPU a point", ours_us, "us", (first_us + second_us) / 2, bare),
    ]


async def _measure() -> list[Result]:
    with open_folder() as folder:
        async with bench_store() as dsn:
            found = await _of_site("site as shipped", _shipped(folder), dsn, folder)
            for count in (10, 100):
                name = f"{count} devices of {_FLOATS} floats"
                found += await _of_site(name, of_floats(folder, count), dsn, folder)
            return found


def run() -> list[Result]:
    return asyncio.run(_measure())
