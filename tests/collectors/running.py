"""Runs the collectors around a test, with a sink and a health sink that remember."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from collectors.installation import Device, Installation, Link
from collectors.profiles.schema import Profile
from collectors.runner import run_collectors
from collectors.stats import CollectorStats
from tests.collectors.builders import Sink, Ward, device, ids_of, three_block_profile

POLL_S = 0.1
TIMEOUT_S = 0.2
PROFILES: dict[str, Profile] = {"thing": three_block_profile()}


@dataclass
class Run:
    sink: Sink = field(default_factory=Sink)
    ward: Ward = field(default_factory=Ward)
    stats: CollectorStats = field(default_factory=CollectorStats)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    ids: dict[str, int] = field(default_factory=dict)


@asynccontextmanager
async def running(
    links: Sequence[Link],
    devices: Sequence[Device],
    profiles: dict[str, Profile] = PROFILES,
    *,
    sink: Sink | None = None,
) -> AsyncIterator[Run]:
    installation = Installation(links=tuple(links), devices=tuple(devices))
    run = Run(sink=sink or Sink(), ids=ids_of(installation, profiles))
    async with asyncio.TaskGroup() as group:
        group.create_task(
            run_collectors(
                installation,
                profiles,
                run.ids,
                run.sink,
                run.ward,
                stop=run.stop,
                restart_on_bug=False,
                stats=run.stats,
            )
        )
        try:
            yield run
        finally:
            run.stop.set()


def units(count: int) -> list[Device]:
    return [device(f"d{u}", unit=u, poll_s=POLL_S) for u in range(1, count + 1)]
