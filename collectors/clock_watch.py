"""Whether our own wall clock may be believed: it is compared with the monotonic one.

Readings of every protocol get their time from the wall clock of this machine. When that clock
is set by hand, by a wrong time server or by a restored virtual machine, readings lie in the
future or come a second time, and a counter seems to run backwards.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import structlog

from collectors.device_clock import is_off
from collectors.polling import Poll
from models.readings import Quality

# A clock in order is slewed, not set: by less than a thousandth of the time that passes.
_STEP_AT_LEAST_S: Final = 1.0
_SLEW_RATIO: Final = 1e-3
# As long as the clock was moved, since that much time is told twice or has been left out; the
# longest is for a machine that starts in 1970 and learns better.
SHORTEST_DOUBT_S: Final = 600.0
LONGEST_DOUBT_S: Final = 7200.0
# Read further apart than this, the two clocks say more of a busy machine than of each other.
_APART_AT_MOST_S: Final = 0.1
_TRIES: Final = 5
# Linux has one that counts the time a suspended machine sleeps, as the wall clock does.
_STEADY_CLOCK: Final = time.CLOCK_BOOTTIME if sys.platform == "linux" else time.CLOCK_MONOTONIC

_log = structlog.get_logger()


def _wall_s() -> float:
    return time.time_ns() / 1e9


def _steady_s() -> float:
    return time.clock_gettime(_STEADY_CLOCK)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockDoubt:
    """The wall clock was last moved by ``step_s``, and is not believed for ``left_s`` more."""

    step_s: float
    left_s: float

    def sentence(self) -> str:
        """What happened, what follows and what to do."""
        direction = "forward" if self.step_s > 0 else "back"
        return (
            f"the clock of this machine jumped {direction} by {abs(self.step_s):.0f} s: readings "
            f"are uncertain for {self.left_s:.0f} s more; check its time synchronisation (NTP)"
        )


class ClockWatch:
    """Compares the wall clock with the monotonic one whenever it is asked to look.

    ::

        agrees ── unexplained step ──▶ in doubt ── agreed for a while ──▶ agrees
                                          └── another step: the while begins anew
    """

    def __init__(
        self,
        *,
        wall_s: Callable[[], float] = _wall_s,
        steady_s: Callable[[], float] = _steady_s,
    ) -> None:
        """The clock is believed as it is now: what was before nobody saw."""
        self._wall_s = wall_s
        self._steady_s = steady_s
        self._seen_s, self._offset_s = self._both()
        self._believed_offset_s = self._offset_s
        self._doubted_until_s: float | None = None
        self._step_s = 0.0
        self.steps_total = 0

    @property
    def doubt(self) -> ClockDoubt | None:
        """Why the clock is not believed now; None when it is."""
        self.look()
        if self._doubted_until_s is None:
            return None
        return ClockDoubt(step_s=self._step_s, left_s=self._doubted_until_s - self._seen_s)

    def look(self) -> bool:
        """Compare; whether the clock is in doubt. The one place that logs, on a change."""
        before_s, before_offset_s = self._seen_s, self._offset_s
        self._seen_s, self._offset_s = self._both()
        moved_s = self._offset_s - before_offset_s
        if abs(moved_s) > _STEP_AT_LEAST_S + _SLEW_RATIO * (self._seen_s - before_s):
            self._stepped(before_offset_s, moved_s)
        elif self._doubted_until_s is None:
            self._believed_offset_s = self._offset_s
        elif self._seen_s >= self._doubted_until_s:
            self._doubted_until_s = None
            self._believed_offset_s = self._offset_s
            _log.info("clock_agrees_again")
        return self._doubted_until_s is not None

    def marked(self, poll: Poll) -> Poll:
        """The poll, its readings uncertain while the clock that timed them is in doubt.

        What it says of the device's clock is then left out: it was compared with ours.
        """
        if not self.look():
            return poll
        good = poll.batch.quality == Quality.GOOD
        quality = np.where(good, Quality.UNCERTAIN, poll.batch.quality).astype(np.int16)
        batch = replace(poll.batch, quality=quality)
        if poll.clock_offset_s is None or not is_off(poll.clock_offset_s):
            return replace(poll, batch=batch)
        return replace(poll, batch=batch, doubt=None, clock_offset_s=None)

    def _stepped(self, before_offset_s: float, moved_s: float) -> None:
        self.steps_total += 1
        self._step_s = moved_s
        is_first = self._doubted_until_s is None
        if is_first:
            self._believed_offset_s = before_offset_s
        off_s = abs(self._offset_s - self._believed_offset_s)
        lasts_s = min(max(off_s, SHORTEST_DOUBT_S), LONGEST_DOUBT_S)
        self._doubted_until_s = self._seen_s + lasts_s
        if is_first:
            _log.error(
                "clock_stepped",
                step_s=round(moved_s, 3),
                uncertain_s=round(lasts_s),
                remedy="check the time synchronisation (NTP) of this machine",
            )

    def _both(self) -> tuple[float, float]:
        """The monotonic clock, and how far the wall clock is ahead of it, read close together."""
        for _ in range(_TRIES):
            before_s = self._steady_s()
            wall_s = self._wall_s()
            after_s = self._steady_s()
            if after_s - before_s <= _APART_AT_MOST_S:
                break
        return after_s, wall_s - after_s
