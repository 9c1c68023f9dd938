"""The life of one device task: wait, poll, classify, back off, report."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from collectors.backoff import Backoff
from collectors.clock_watch import ClockWatch
from collectors.combiner import Combiner
from collectors.errors import CollectorError
from collectors.health import HealthTracker
from collectors.pace import Pace, Turns
from collectors.polling import Source
from collectors.relay import HealthRelay
from collectors.schedule import Agenda, Ticks
from collectors.stats import CollectorStats
from models.trouble.trouble import Cause, Trouble

# The stretch of polls changes little meanwhile.
_AHEAD_S: Final = 0.5
# A message that changes every time must not fill the log.
_MAX_BUGS_LOGGED: Final = 20

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all device tasks share."""

    combiner: Combiner
    relay: HealthRelay
    stats: CollectorStats
    clock_watch: ClockWatch
    pace: Pace
    stop: asyncio.Event
    restart_on_bug: bool
    origin_s: float
    clock: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = random.random


class DeviceTask:
    """Polls one device until told to stop."""

    def __init__(
        self,
        source: Source,
        *,
        ticks: Sequence[Ticks],
        tracker: HealthTracker,
        surroundings: Surroundings,
    ) -> None:
        """Take everything; `run` does the work. ``ticks`` are those of each rate."""
        self._source = source
        self._agenda = Agenda(ticks)
        self._fastest = ticks[0]
        self._turns = Turns(ticks[0].phase_s / ticks[0].period_s)
        self._looked_s = ticks[0].first_s - ticks[0].period_s
        # Slower rates are served with ticks of the fastest, so each of those is looked at.
        is_of_one_rate = len(ticks) == 1
        self._put_off_at_most = int(_AHEAD_S / ticks[0].period_s) if is_of_one_rate else 0
        self._tracker = tracker
        self._around = surroundings
        self._backoff = Backoff.for_poll(ticks[0].period_s)
        self._bugs: set[str] = set()

    async def run(self) -> None:
        """Poll at every tick; the poll under way when stop is set is finished."""
        around = self._around
        due_s = self._fastest.first_s
        around.relay.post(self._tracker.health)
        while not await self._stopped_before(due_s):
            # A timer may fire early: the tick that it was for has come.
            rates_s = self._agenda.due(max(due_s, self._now_s()))
            if self._is_left_out(rates_s):
                due_s = self._agenda.next_s(self._now_s())
                continue
            await self._poll_once(rates_s)
            around.relay.post(self._tracker.health)
            due_s = self._next_due_s(rates_s)

    def _is_left_out(self, rates_s: Sequence[float]) -> bool:
        """Leave the tick out if polls are stretched. What is lost costs nothing and is sought."""
        if self._tracker.consecutive_failures or self._fastest.period_s not in rates_s:
            return False
        tick_s = self._agenda.fastest_due_s
        passed, self._looked_s = (tick_s - self._looked_s) / self._fastest.period_s, tick_s
        if self._turns.is_next(self._around.pace.stretch, max(1.0, passed)):
            return False
        self._around.stats.ticks_left_out_total += 1
        self._agenda.leave_out(self._now_s())
        return True

    def _now_s(self) -> float:
        return self._around.clock() - self._around.origin_s

    async def _stopped_before(self, due_s: float) -> bool:
        """Sleep until due; True if stop was set meanwhile."""
        stop = self._around.stop
        try:
            async with asyncio.timeout(max(0.0, due_s - self._now_s())):
                await stop.wait()
        except TimeoutError:
            pass
        return stop.is_set()

    def _next_due_s(self, rates_s: Sequence[float]) -> float:
        now_s = self._now_s()
        failures = self._tracker.consecutive_failures
        if failures:
            return now_s + self._backoff.delay_s(failures, self._around.draw())
        self._agenda.served(rates_s, now_s)
        if self._around.pace.stretch > 1.0 and self._put_off_at_most:
            self._put_off()
        return self._agenda.next_s(now_s)

    def _put_off(self) -> None:
        """Sleep through ticks that will be left out: each would cost as much as a small poll."""
        ticks = self._turns.left_out_before_next(self._around.pace.stretch)
        ticks = min(ticks, self._put_off_at_most)
        self._agenda.put_off(ticks)
        self._around.stats.ticks_left_out_total += ticks

    async def _poll_once(self, rates_s: Sequence[float]) -> None:
        around = self._around
        started_s = around.clock()
        around.stats.polls_total += 1
        try:
            poll = await self._source.poll(
                probe=self._tracker.consecutive_failures > 0, due_s=rates_s
            )
        except CollectorError as exc:
            around.stats.failures_total += 1
            self._tracker.failed(exc.cause, around.clock() - started_s)
        except Exception as exc:
            if not around.restart_on_bug:
                raise
            around.stats.failures_total += 1
            around.stats.bugs_total += 1
            self._note_bug(exc)
            cause = Cause(Trouble.OTHER, f"internal error: {exc!r}")
            self._tracker.failed(cause, around.clock() - started_s)
        else:
            poll = around.clock_watch.marked(poll)
            around.combiner.put(poll.batch)
            self._tracker.polled(poll, around.clock() - started_s)

    def _note_bug(self, exc: Exception) -> None:
        """Log a traceback once per kind of bug and device; the counter tells how often."""
        text = repr(exc)
        if text not in self._bugs and len(self._bugs) < _MAX_BUGS_LOGGED:
            self._bugs.add(text)
            _log.error("device_poll_crashed", device=self._source.device, exc_info=exc)
