"""Runs the collectors of a site until told to stop."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import structlog

from collectors.assemble import Assembly, assemble
from collectors.clock_watch import ClockWatch
from collectors.combiner import Combiner
from collectors.installation import Installation
from collectors.memory import Memory
from collectors.ports import HealthSink, ReadingSink
from collectors.profiles.schema import Profile
from collectors.relay import HealthRelay
from collectors.schedule import spread
from collectors.stats import CollectorStats
from collectors.supervise import DeviceTask, Surroundings

# Often enough that a step lies between two readings of one device.
_LOOK_S: Final = 1.0
# So often that little piles up between two looks.
_PACE_S: Final = 0.25
# After stop: time for polls under way beyond the longest timeout, and for the last flush.
_GRACE_S: Final = 0.5
_LONGEST_GRACE_S: Final = 5.0
_DRAIN_S: Final = 10.0

_log = structlog.get_logger()


async def run_collectors(
    installation: Installation,
    profiles: Mapping[str, Profile],
    point_ids: Mapping[str, int],
    sink: ReadingSink,
    health: HealthSink,
    *,
    stop: asyncio.Event,
    restart_on_bug: bool = True,
    stats: CollectorStats | None = None,
    memory: Memory | None = None,
) -> None:
    """Poll every device into ``sink`` and report to ``health`` until ``stop`` is set.

    ``point_ids`` maps ``<device id>.<point name>`` to the id that readings carry. Raises
    `InstallationError` before any request if the parts do not fit. On stop, polls under way
    end (or are cut off after the longest timeout) and what was read is handed over. With
    ``restart_on_bug`` off, any unexpected exception ends the run. ``memory`` is what an earlier run
    left, and takes what this one learns. Polls are stretched while the sink's backlog grows.
    """
    stats = stats if stats is not None else CollectorStats()
    memory = memory if memory is not None else Memory()
    assembly = assemble(installation, profiles, point_ids, memory.lessons)
    memory.raw.follow([wired.source for wired in assembly.wired])
    combiner = Combiner(sink, stats, restart_on_bug=restart_on_bug)
    relay = HealthRelay(health, stats, restart_on_bug=restart_on_bug)
    surroundings = Surroundings(
        combiner=combiner,
        relay=relay,
        stats=stats,
        clock_watch=memory.clock_watch,
        pace=memory.pace,
        stop=stop,
        restart_on_bug=restart_on_bug,
        origin_s=time.monotonic(),
    )
    _log.info("collectors_started", devices=len(assembly.wired), points=len(point_ids))
    try:
        async with asyncio.TaskGroup() as group:
            carriers = [
                group.create_task(combiner.run(), name="combiner"),
                group.create_task(relay.run(), name="health relay"),
            ]
            await _poll_until_stopped(assembly, surroundings, memory, sink)
            combiner.close()
            relay.close()
            await _end_within(carriers, _DRAIN_S)
    finally:
        await _close(assembly)
    _log.info(
        "collectors_stopped",
        accepted_rows=stats.rows_accepted_total,
        dropped_rows=stats.rows_dropped_total,
        unsaved_rows=stats.rows_queued,
    )


async def _poll_until_stopped(
    assembly: Assembly,
    surroundings: Surroundings,
    memory: Memory,
    sink: ReadingSink,
) -> None:
    """Run one task per device; after stop, wait for polls under way, but not for ever."""
    ticks = spread([w.rates_s for w in assembly.wired])
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                DeviceTask(
                    wired.source,
                    ticks=device_ticks,
                    tracker=memory.tracker(wired.device),
                    surroundings=surroundings,
                ).run(),
                name=f"device {wired.device.id}",
            )
            for wired, device_ticks in zip(assembly.wired, ticks, strict=True)
        ]
        watching = [
            group.create_task(_watch(surroundings.clock_watch), name="clock watch"),
            group.create_task(keep_pace(surroundings, sink), name="pace"),
        ]
        await surroundings.stop.wait()
        for watch in watching:
            watch.cancel()
        grace_s = min(assembly.longest_timeout_s + _GRACE_S, _LONGEST_GRACE_S)
        await _end_within(tasks, grace_s)


async def _watch(clock: ClockWatch) -> None:
    """Look at the clock also while no device is polled."""
    while True:
        clock.look()
        await asyncio.sleep(_LOOK_S)


async def keep_pace(around: Surroundings, sink: ReadingSink) -> None:
    """Look at what waits behind the sink, and before it."""
    while True:
        behind = sink.backlog()
        waiting = replace(behind, rows=behind.rows + around.stats.rows_queued)
        around.pace.look(waiting, around.clock())
        around.stats.poll_stretch = around.pace.stretch
        await asyncio.sleep(_PACE_S)


async def _end_within(tasks: Sequence[asyncio.Task[None]], limit_s: float) -> None:
    """Wait for tasks; cancel those that take longer."""
    if not tasks:
        return
    _, pending = await asyncio.wait(tasks, timeout=limit_s)
    for task in pending:
        task.cancel()


async def _close(assembly: Assembly) -> None:
    """Hang up all links at once; each bounds its own time."""
    async with asyncio.TaskGroup() as group:
        for link in assembly.links:
            group.create_task(link.close(), name="close link")
