"""A device task by a clock that is behind its timers, as with a loop that fires them early."""

import asyncio
import time
from collections.abc import Collection

import numpy as np
import pytest

from collectors.clock_watch import ClockWatch
from collectors.combiner import Combiner
from collectors.health import HealthTracker
from collectors.pace import Pace
from collectors.polling import Poll, measured_poll
from collectors.raw import RawPoint
from collectors.relay import HealthRelay
from collectors.schedule import Ticks
from collectors.stats import CollectorStats
from collectors.supervise import DeviceTask, Surroundings
from models.readings import Quality
from tests.collectors.builders import Sink, Ward

PERIOD_S = 0.1
EARLY_S = 0.02
TICKS = 10


class Prompt:
    """A source that answers at once."""

    def __init__(self) -> None:
        self.polled_s: list[float] = []

    @property
    def device(self) -> str:
        return "d"

    def raw(self) -> list[RawPoint]:
        return []

    async def poll(self, *, probe: bool, due_s: Collection[float] | None = None) -> Poll:
        self.polled_s.append(time.monotonic())
        one = np.ones(1, np.int64)
        return measured_poll(
            point_id=one.astype(np.int32),
            ts_us=one,
            received_us=one,
            value=one.astype(np.float64),
            quality=np.full(1, Quality.GOOD, np.int16),
            error=None,
        )


@pytest.mark.asyncio
async def test_a_tick_is_polled_once_though_its_timer_fires_early() -> None:
    source, stats, stop = Prompt(), CollectorStats(), asyncio.Event()

    def clock() -> float:
        """Steps that hold every instant back until the next one."""
        return time.monotonic() // EARLY_S * EARLY_S

    around = Surroundings(
        combiner=Combiner(Sink(), stats),
        relay=HealthRelay(Ward(), stats),
        stats=stats,
        clock_watch=ClockWatch(),
        pace=Pace(),
        stop=stop,
        restart_on_bug=False,
        origin_s=clock() + 0.7 * EARLY_S,
        clock=clock,
    )
    task = DeviceTask(
        source,
        ticks=(Ticks(period_s=PERIOD_S, phase_s=0.0, first_s=0.0),),
        tracker=HealthTracker("d", "gw"),
        surroundings=around,
    )
    running = asyncio.create_task(task.run())
    await asyncio.sleep(TICKS * PERIOD_S)
    stop.set()
    async with asyncio.timeout(1):
        await running
    gaps_s = [b - a for a, b in zip(source.polled_s, source.polled_s[1:], strict=False)]
    assert TICKS - 2 <= len(source.polled_s) <= TICKS + 1
    assert min(gaps_s) > PERIOD_S / 2
