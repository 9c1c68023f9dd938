"""Whose turn it is on a link that can ask one unit at a time.

A silent unit costs its link a whole timeout, an answering one a few milliseconds. So who
answers goes first, and silence is paid for in time that nobody else needs:

- ``LIVING``: answered, and nothing has happened since. First come, first served.
- ``DOUBTED``: never asked, or the link lost a living unit after this one's last answer. What
  stopped one has often stopped many, and only asking tells. Who answered last comes first.
- ``LOST``: did not answer the last time. Who failed least often comes first, so that one lost
  packet does not put a unit behind those that are dead for days.

The last two are tried while no living unit is due within the time that a failure costs. Where
there is no such window they are tried between two polls of the living, with a rest after each
failure, and if there is no between either, before the living once `PATIENCE_TRIALS` have passed.
A lost unit does not wait for ever: whoever asks is told after a while that there was no time.

Several devices may be one unit, which then has one lane: what one of them hears moves them all. A
device whose registers the unit does not answer, while it answers another device, moves it once.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from math import inf
from typing import Final

from collectors.errors import LinkTimeout

# A failure of e seconds on a busy link is followed by so many e without another: lost units
# together take a fifth of it at most, however many they are. Doubted ones may take half.
REST_FACTORS: Final = (0.0, 1.0, 4.0)
PATIENCE_TRIALS: Final = 5.0
# So that a device is known to be lost long before its link has tried two hundred others.
LONGEST_WAIT_TRIALS: Final = 10.0
# More failures than this do not put a unit further back.
_COUNTED_MISSES: Final = 3


class Lane(IntEnum):
    """In the order of service."""

    LIVING = 0
    DOUBTED = 1
    LOST = 2


@dataclass(slots=True)
class _Unit:
    """What is known of one unit.

    ``due_s`` is when each of its devices will ask it next; ``missed_s`` since when it has not
    answered some of them.
    """

    tried_s: float = -inf
    answered_s: float = -inf
    misses: int = 0
    due_s: dict[str, float] = field(default_factory=dict)
    missed_s: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    unit: int
    since_s: float
    turn: asyncio.Future[None] = field(default_factory=asyncio.Future)


class Lanes:
    """Gives the turn to one waiter after the other, by what is known of their units."""

    def __init__(self, trial_s: float) -> None:
        """``trial_s`` is what an unanswered request costs the link."""
        self._trial_s = trial_s
        self._units: defaultdict[int, _Unit] = defaultdict(_Unit)
        self._waiting: list[_Waiter] = []
        self._is_busy = False
        self._trouble_s = -inf
        self._failed_s = -inf
        self._rest_until_s = [-inf] * len(Lane)
        self._alarm: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(self, unit: int) -> AsyncIterator[None]:
        """Wait for the unit's turn, and pass it on at the end.

        Raises `LinkTimeout` for a lost unit for which there was no time.
        """
        # Nobody else asks, and it answers: the turn of most polls, without a timer or a future.
        if not (self._is_busy or self._waiting) and self.lane(unit) is Lane.LIVING:
            self._take(unit, time.monotonic())
        else:
            await self._wait(unit)
        try:
            yield
        finally:
            self._release()

    async def _wait(self, unit: int) -> None:
        waiter = _Waiter(unit, time.monotonic())
        self._waiting.append(waiter)
        self._serve()
        is_lost = self.lane(unit) is Lane.LOST
        longest_s = LONGEST_WAIT_TRIALS * self._trial_s
        try:
            async with asyncio.timeout(longest_s if is_lost else None):
                await self._until_served(waiter)
        except TimeoutError:
            msg = (
                f"unit {unit} did not answer the last time, and the link had no time to ask it "
                f"again within {longest_s:g} s"
            )
            raise LinkTimeout(msg) from None

    async def _until_served(self, waiter: _Waiter) -> None:
        try:
            await waiter.turn
        except asyncio.CancelledError:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            elif not waiter.turn.cancelled():
                self._release()
            raise

    def answered(self, unit: int, asker: str = "") -> None:
        """The unit is well."""
        known = self._units[unit]
        known.answered_s, known.misses = time.monotonic(), 0
        known.missed_s.pop(asker, None)
        for other in known.missed_s:
            # Nobody knows when those that hear nothing will ask again.
            known.due_s.pop(other, None)

    def missed(self, unit: int, cost_s: float, asker: str = "") -> None:
        """The unit did not answer, which cost the link so much."""
        lane, now_s, known = self.lane(unit), time.monotonic(), self._units[unit]
        if known.missed_s.setdefault(asker, now_s) < known.answered_s:
            # It answers another device: this says something of registers, nothing of the unit.
            return
        if lane is Lane.LIVING:
            self._trouble_s = now_s
        else:
            cost_s = min(cost_s, self._trial_s)
            self._failed_s = now_s
            self._rest_until_s = [now_s + factor * cost_s for factor in REST_FACTORS]
        known.misses += 1

    def expect(self, unit: int, in_s: float, asker: str = "") -> None:
        """The unit will be asked again then: no trial of another should be under way."""
        self._units[unit].due_s[asker] = time.monotonic() + in_s
        self._serve()

    def lane(self, unit: int) -> Lane:
        """Where the unit stands now."""
        known = self._units[unit]
        if known.misses:
            return Lane.LOST
        return Lane.LIVING if known.answered_s > self._trouble_s else Lane.DOUBTED

    def _take(self, unit: int, now_s: float) -> None:
        self._is_busy = True
        self._units[unit].tried_s = now_s

    def _release(self) -> None:
        self._is_busy = False
        self._serve()

    def _serve(self) -> None:
        """Give the turn to whoever may have it, or come back when somebody may."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        # Who was told to stop waiting, and has not run since, would never pass the turn on.
        self._waiting = [w for w in self._waiting if not w.turn.cancelled()]
        if self._is_busy or not self._waiting:
            return
        now_s = time.monotonic()
        if (chosen := self._chosen(now_s)) is not None:
            self._waiting.remove(chosen)
            self._take(chosen.unit, now_s)
            chosen.turn.set_result(None)
            return
        rests_s = [self._rest_until_s[self.lane(w.unit)] for w in self._waiting]
        opens_s = min([self._starves_s(), *(at_s for at_s in rests_s if at_s > now_s)])
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(max(0.0, opens_s - now_s), self._serve)

    def _chosen(self, now_s: float) -> _Waiter | None:
        living: list[_Waiter] = []
        others: list[_Waiter] = []
        for waiter in self._waiting:
            (living if self.lane(waiter.unit) is Lane.LIVING else others).append(waiter)
        if others and self._starves_s() <= now_s:
            ready = others
        else:
            ready = living or self._spare(others, now_s)
        return min(ready, key=self._rank, default=None)

    def _spare(self, others: list[_Waiter], now_s: float) -> list[_Waiter]:
        """Those who may be tried while no living unit waits."""
        due_s = self._next_due_s() if others else inf
        if due_s >= now_s + self._trial_s:
            return others
        # A unit whose time has come and gone is in the middle of its poll.
        if due_s <= now_s:
            return []
        return [w for w in others if self._rest_until_s[self.lane(w.unit)] <= now_s]

    def _rank(self, waiter: _Waiter) -> tuple[int, int, float, float, float]:
        """Living ones as they came; of the others first the one that was not tried longest.

        Of doubted ones first the one that answered last: those that fell silent may have been
        so already by then.
        """
        lane, unit = self.lane(waiter.unit), self._units[waiter.unit]
        tried_s = -inf if lane is Lane.LIVING else unit.tried_s
        silent_since_s = -unit.answered_s if lane is Lane.DOUBTED else 0.0
        return lane, min(unit.misses, _COUNTED_MISSES), silent_since_s, tried_s, waiter.since_s

    def _starves_s(self) -> float:
        """From when on somebody is tried before those that are well; an answer costs no time."""
        since_s = min(w.since_s for w in self._waiting if self.lane(w.unit) is not Lane.LIVING)
        return max(since_s, self._failed_s) + PATIENCE_TRIALS * self._trial_s

    def _next_due_s(self) -> float:
        """When the next living unit is due."""
        return min(
            (
                due_s
                for unit, known in self._units.items()
                if self.lane(unit) is Lane.LIVING
                for due_s in known.due_s.values()
            ),
            default=inf,
        )
