"""What is committed when more is polled than can be held, against the most that can be held.

A hundred devices of a hundred floats, behind the C server of the Modbus bench. What can be held is
the highest of some rates of polls at which all that was planned is read, and no poll is left out.
Then as much is polled, and so many times as much, in turn, as others use the machine, too: the
ratio is that of neighbours. The CPU that a point costs this process tells the same where the
machine does not rest.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from collectors.installation import Installation, ModbusLink
from collectors.runner import run_collectors
from collectors.stats import CollectorStats
from service.collection import register
from service.site.site import InstalledSite
from service.storage.connection import connected
from service.storage.health import open_health_sink
from service.storage.spooled_writer import SpooledWriter, open_spooled_writer
from tests.acceptance.running import open_folder
from tests.bench.modbus_server import c_server
from tests.bench.modbus_sites import site_of_floats
from tests.bench.result import Result, result
from tests.bench.store import own_bench_store

_DEVICES = 100
_POINTS = 100 * _DEVICES
_OVER = 2.5
_FAR_TOO_MUCH = 250_000.0
# Of what is committed of far too much: from what would show that it is less than can be held.
_TRIED = (1.2, 1.13, 1.06, 1.0, 0.94, 0.88, 0.82, 0.76, 0.7)
_ROUNDS = 5
# Until the stretch is found.
_SETTLING_S, _SECONDS = 8.0, 8.0
_LOOK_S = 0.005
_HELD_RATIO = 0.97


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What became of polls that asked for so many points a second."""

    offered: float
    read: float
    committed: float
    waiting_rows: int
    left_out: int
    stretch: float
    cpu_us: float
    slowest_of_devices: float

    @property
    def is_held(self) -> bool:
        return not self.left_out and self.read >= _HELD_RATIO * self.offered


def _at_rate(site: InstalledSite, offered: float) -> Installation:
    poll_s = _POINTS / offered
    devices = tuple(d.model_copy(update={"poll_s": poll_s}) for d in site.installation.devices)
    return Installation(links=site.installation.links, devices=devices)


class _Overload:
    def __init__(self, site: InstalledSite, dsn: str, folder: Path) -> None:
        self._site, self._dsn, self._folder = site, dsn, folder
        self._spools = self._fresh_folders()

    def _fresh_folders(self) -> Iterator[Path]:
        number = 0
        while True:
            number += 1
            folder = self._folder / f"spool-{number}"
            folder.mkdir()
            yield folder

    async def seen(self, offered: float) -> _Seen:
        site, stop, stats = self._site, asyncio.Event(), CollectorStats()
        registration = await register(site.site, self._dsn)
        folder = next(self._spools)
        async with (
            open_spooled_writer(self._dsn, folder, store_id=registration.store_id) as writer,
            open_health_sink(self._dsn, site.site.identity.id) as health,
            asyncio.TaskGroup() as tasks,
        ):
            polling = run_collectors(
                _at_rate(site, offered),
                site.profiles,
                registration.point_ids,
                writer,
                health,
                stop=stop,
                stats=stats,
            )
            tasks.create_task(polling)
            await asyncio.sleep(_SETTLING_S)
            read, left_out = stats.rows_read_total, stats.ticks_left_out_total
            started, cpu_s = time.perf_counter(), time.process_time()
            committed = await _committed_per_s(writer)
            read = stats.rows_read_total - read
            read_per_s = read / (time.perf_counter() - started)
            cpu_us = 1e6 * (time.process_time() - cpu_s) / read
            left_out = stats.ticks_left_out_total - left_out
            waiting, stretch = writer.stats().spooled_rows, stats.poll_stretch
            stop.set()
        found = _Seen(
            offered=offered,
            read=read_per_s,
            committed=committed,
            waiting_rows=waiting,
            left_out=left_out,
            cpu_us=cpu_us,
            stretch=stretch,
            slowest_of_devices=await self._slowest(),
        )
        await self._empty()
        print(found, file=sys.stderr, flush=True)
        return found

    async def _slowest(self) -> float:
        """Readings of the device that was read least, over those of the mean."""
        async with connected(self._dsn, command_timeout_s=120.0) as conn:
            counts = await conn.fetch(
                "select count(*) as n from reading join point on reading.point_id = point.point_id "
                "where point.site = $1 and point.name = 'active_energy_kwh' group by point.device",
                self._site.site.identity.id,
            )
        each = [row["n"] for row in counts]
        return min(each) / statistics.mean(each) if len(each) == _DEVICES else 0.0

    async def _empty(self) -> None:
        # A delete would leave the server work for the next measurement.
        async with connected(self._dsn, command_timeout_s=120.0) as conn:
            await conn.execute("truncate reading")

    async def most_held(self) -> float:
        """The highest rate that is held, of some around what overload gives."""
        found = await self.seen(_FAR_TOO_MUCH)
        for factor in _TRIED:
            rate = factor * found.committed
            if (await self.seen(rate)).is_held:
                return rate
        return rate


async def _committed_per_s(writer: SpooledWriter) -> float:
    """From one commit to another: each is of tens of thousands of readings."""
    until_s = time.perf_counter() + _SECONDS
    commits: list[tuple[float, int]] = []
    while (now_s := time.perf_counter()) < until_s:
        written = writer.stats().written_total
        if not commits or written != commits[-1][1]:
            commits.append((now_s, written))
        await asyncio.sleep(_LOOK_S)
    (first_s, first), (last_s, last) = commits[1], commits[-1]
    return (last - first) / (last_s - first_s)


async def _measure() -> list[Result]:
    with open_folder() as folder:
        site = site_of_floats(folder, _DEVICES)
        links = [link for link in site.installation.links if isinstance(link, ModbusLink)]
        async with own_bench_store() as dsn, c_server(folder, [link.port for link in links]):
            bench = _Overload(site, dsn, folder)
            most = await bench.most_held()
            held, over = [], []
            for _ in range(_ROUNDS):
                held.append(await bench.seen(most))
                over.append(await bench.seen(_OVER * most))
    ratios = [more.committed / most.committed for most, more in zip(held, over, strict=True)]
    reference = statistics.median(one.committed for one in held)
    committed = reference * statistics.median(ratios)
    cpu_us = [statistics.median(one.cpu_us for one in side) for side in (over, held)]
    evenness = statistics.median(one.slowest_of_devices for one in over)
    return [
        result(f"overload/{_OVER:g} times", committed, "points/s", reference, "the most held"),
        result("overload/CPU a point", cpu_us[0], "us", cpu_us[1], "at the most held"),
        result("overload/slowest device", evenness, "of the mean", 1.0, "all read as often"),
    ]


def run() -> list[Result]:
    return asyncio.run(_measure())
