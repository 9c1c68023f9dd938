"""Gateways most of whose units are dead: the cadence of the living one, CPU, and who comes back.

Times are short so that a run is: a timeout of 0.12 s, half a second between polls of the living.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import numpy as np

from collectors.backoff import Backoff
from collectors.installation import Device, Installation
from collectors.ports import Backlog, DeviceHealth
from collectors.profiles.schema import Profile
from collectors.runner import run_collectors
from models.readings import DeviceState, ReadingBatch
from tests.bench.gateway_server import ALL, Gateways, gateways
from tests.bench.result import Result, result
from tests.collectors.builders import device, ids_of, modbus_link, modbus_point, modbus_profile

_TIMEOUT_S = 0.12
_BUS_S = 0.1
_LIVING = 7
_LIVING_POLL_S = 0.5
_OTHERS_POLL_S = 5.0
_STEADY_S = 15.0
_LONGEST_PAUSE_S = Backoff.for_poll(_OTHERS_POLL_S).cap_s
_LIMIT_S = 120.0
_PROFILES: dict[str, Profile] = {
    "thing": modbus_profile([modbus_point(f"p{a}", a) for a in range(100, 103)])
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    name: str
    links: int
    units: int
    is_dead_at_start: bool = False


_CASES = (
    _Case(name="19 of 20 die", links=1, units=20),
    _Case(name="200 dead at the start", links=1, units=201, is_dead_at_start=True),
    _Case(name="1000 behind 5 gateways die", links=5, units=201),
)


class _Watch:
    """Keeps the last state of each device, and when the living ones were read."""

    def __init__(self, living: set[int]) -> None:
        self._living = living
        self.states: dict[str, DeviceState] = {}
        self.read_s: dict[int, list[float]] = {one: [] for one in living}

    async def report(self, health: DeviceHealth) -> None:
        self.states[health.device] = health.state

    def backlog(self) -> Backlog:
        return Backlog(rows=0, taken_per_s=None, is_taken=True)

    async def accept(self, batch: ReadingBatch) -> None:
        for point in self._living:
            found = batch.received_us[batch.point_id == point]
            self.read_s[point].extend((found / 1e6).tolist())

    async def until(self, state: DeviceState, count: int) -> float:
        """Wait until so many are in a state; gives the seconds it took."""
        started_s = time.monotonic()
        async with asyncio.timeout(_LIMIT_S):
            while sum(one is state for one in self.states.values()) < count:
                await asyncio.sleep(0.02)
        return time.monotonic() - started_s

    def cadence(self, since_s: float, until_s: float) -> float:
        """Polls of the living that came for each that was due; the worst of them."""
        due = (until_s - since_s) / _LIVING_POLL_S
        came = [sum(since_s <= at <= until_s for at in one) for one in self.read_s.values()]
        return min(came) / due

    def longest_gap_s(self, since_s: float, until_s: float) -> float:
        gaps = []
        for one in self.read_s.values():
            within = [at for at in sorted(one) if since_s - _LIVING_POLL_S <= at <= until_s]
            gaps.append(float(np.diff(within).max()))
        return max(gaps)


@asynccontextmanager
async def _polling(case: _Case, servers: Gateways) -> AsyncIterator[_Watch]:
    devices = [
        _device(link, unit) for link in range(case.links) for unit in range(1, case.units + 1)
    ]
    links = [
        modbus_link(port, id=f"gw{n}", timeout_s=_TIMEOUT_S) for n, port in enumerate(servers.ports)
    ]
    installation = Installation(links=tuple(links), devices=tuple(devices))
    ids = ids_of(installation, _PROFILES)
    watch = _Watch({ids[f"g{link}_u{_LIVING}.p100"] for link in range(case.links)})
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_collectors(installation, _PROFILES, ids, watch, watch, stop=stop))
        try:
            yield watch
        finally:
            stop.set()


def _device(link: int, unit: int) -> Device:
    poll_s = _LIVING_POLL_S if unit == _LIVING else _OTHERS_POLL_S
    return device(f"g{link}_u{unit}", link=f"gw{link}", unit=unit, poll_s=poll_s)


async def _of_case(case: _Case) -> list[Result]:
    everybody = case.links * case.units
    async with gateways(case.links, _BUS_S) as servers:
        await servers.leave(_LIVING if case.is_dead_at_start else ALL)
        async with _polling(case, servers) as watch:
            if not case.is_dead_at_start:
                await watch.until(DeviceState.OK, everybody)
                await asyncio.sleep(2 * _LIVING_POLL_S)
                await servers.leave(_LIVING)
            died_s = time.time()
            found_s = await watch.until(DeviceState.LOST, everybody - case.links)
            steady_s, cpu_s = time.time(), time.process_time()
            await asyncio.sleep(_STEADY_S)
            cpu = (time.process_time() - cpu_s) / _STEADY_S
            await servers.leave(ALL)
            back_s = time.time()
            recovery_s = await watch.until(DeviceState.OK, everybody)
    name, one_round_s = f"gateway/{case.name}", (case.units - 1) * _TIMEOUT_S
    return [
        result(f"{name}, cadence of the living", watch.cadence(steady_s, back_s), "", 1.0, "due"),
        result(
            f"{name}, longest gap of the living from then on",
            watch.longest_gap_s(steady_s, back_s),
            "s",
            _LIVING_POLL_S,
            "due",
        ),
        result(
            f"{name}, longest gap of the living until all were found dead",
            watch.longest_gap_s(died_s, steady_s),
            "s",
            one_round_s,
            "one timeout each",
        ),
        result(
            f"{name}, time until all were found dead", found_s, "s", one_round_s, "one timeout each"
        ),
        result(f"{name}, share of a core", cpu, "", 1.0, "one core"),
        result(
            f"{name}, time until all are back", recovery_s, "s", _LONGEST_PAUSE_S, "longest pause"
        ),
    ]


async def _measure() -> list[Result]:
    return [one for case in _CASES for one in await _of_case(case)]


def run() -> list[Result]:
    return asyncio.run(_measure())
