"""What the client alone costs: the block reads of a site, and nothing done with what they bring."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import uvloop
from pymodbus.client import AsyncModbusTcpClient

from collectors.installation import Installation, ModbusLink
from collectors.modbus.planning import plan_blocks
from collectors.modbus.wire import Block
from collectors.profiles.schema import ModbusProfile, Profile

LoopKind: TypeAlias = Literal["asyncio", "uvloop"]
_LOOPS: Final = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How fast it went, and the CPU of this process."""

    points: float
    requests: float
    elapsed_s: float
    cpu_s: float

    @property
    def points_per_s(self) -> float:
        return self.points / self.elapsed_s

    @property
    def us_per_point(self) -> float:
        return 1e6 * self.cpu_s / self.points

    @property
    def us_per_request(self) -> float:
        return 1e6 * self.cpu_s / self.requests

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(
            points=self.points + other.points,
            requests=self.requests + other.requests,
            elapsed_s=self.elapsed_s + other.elapsed_s,
            cpu_s=self.cpu_s + other.cpu_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """What one link is asked again and again: unit and block, and the points that they hold."""

    link: ModbusLink
    asked: Sequence[tuple[int, Block]]
    points: int


def blocks_of(
    installation: Installation, profiles: Mapping[str, Profile]
) -> dict[str, list[Block]]:
    """The planned blocks of each device."""
    plans = {
        profile.id: list(plan_blocks(profile))
        for profile in profiles.values()
        if isinstance(profile, ModbusProfile)
    }
    return {d.id: plans[d.profile] for d in installation.devices}


def bare_rate(
    installation: Installation, profiles: Mapping[str, Profile], loop: LoopKind, seconds: float
) -> Rate:
    """One connection a link, one request after the other, on a loop of its own."""
    rounds = _rounds(installation, profiles)
    with asyncio.Runner(loop_factory=_LOOPS[loop]) as runner:
        return runner.run(_measured(rounds, seconds))


def _rounds(installation: Installation, profiles: Mapping[str, Profile]) -> list[_Round]:
    blocks = blocks_of(installation, profiles)
    rounds = []
    for link in installation.links:
        assert isinstance(link, ModbusLink)
        behind = [d for d in installation.devices if d.link == link.id]
        asked = [(d.unit or 0, block) for d in behind for block in blocks[d.id]]
        points = sum(len(profiles[d.profile].points) for d in behind)
        rounds.append(_Round(link=link, asked=asked, points=points))
    return rounds


async def _measured(rounds: Sequence[_Round], seconds: float) -> Rate:
    started_s, cpu_s = time.perf_counter(), time.process_time()
    deadline_s = started_s + seconds
    counts = await asyncio.gather(*(_ask(one, deadline_s) for one in rounds))
    return Rate(
        points=sum(n * one.points for n, one in zip(counts, rounds, strict=True)),
        requests=sum(n * len(one.asked) for n, one in zip(counts, rounds, strict=True)),
        elapsed_s=time.perf_counter() - started_s,
        cpu_s=time.process_time() - cpu_s,
    )


async def _ask(one: _Round, deadline_s: float) -> int:
    """How often all of a link was asked until the deadline."""
    client = AsyncModbusTcpClient(one.link.host, port=one.link.port, retries=0)
    await client.connect()
    count = 0
    while time.perf_counter() < deadline_s:
        for unit, block in one.asked:
            read = (
                client.read_holding_registers
                if block.space == "holding"
                else client.read_input_registers
            )
            await read(block.address, count=block.count, device_id=unit)
        count += 1
    client.close()
    return count
