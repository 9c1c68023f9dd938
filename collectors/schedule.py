"""When devices are asked: fixed-rate ticks on the monotonic clock, spread, never caught up."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import Final

# Slow devices get one early poll within this time, so that a start is not blind for an hour.
STARTUP_SPREAD_S = 2.0
# In periods: a tick closer than that is the one of now.
_HAIR: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """Ticks at ``phase_s + k * period_s`` after the origin, plus one early first tick.

    Times are seconds since an origin shared by all devices.
    """

    period_s: float
    phase_s: float
    first_s: float

    def following(self, due_s: float, now_s: float) -> float:
        """The tick to wait for once the one that was due has been served.

        A timer may fire early: it is still before the tick that it was for, which must not
        be served twice.
        """
        return self.after(max(due_s, now_s))

    def after(self, now_s: float) -> float:
        """The first tick strictly after ``now_s``; ticks missed meanwhile are skipped."""
        count = max(floor((now_s - self.phase_s) / self.period_s) + 1, 0)
        # Rounding may put the tick of now a hair ahead, which would poll twice for it.
        if self._tick_s(count) <= now_s + _HAIR * self.period_s:
            count += 1
        return self._tick_s(count)

    def _tick_s(self, count: int) -> float:
        return self.phase_s + count * self.period_s


def spread(periods_s: Sequence[float]) -> tuple[Ticks, ...]:
    """Ticks for devices polled every ``periods_s``, in order.

    Devices of one period share it out evenly: with n of them, two ticks are never closer
    than period / n. The first polls keep that order, squeezed into the start-up time.
    """
    total = Counter(periods_s)
    seen: dict[float, int] = defaultdict(int)
    ticks = []
    for period_s in periods_s:
        share = seen[period_s] / total[period_s]
        seen[period_s] += 1
        first_s = share * min(period_s, STARTUP_SPREAD_S)
        ticks.append(Ticks(period_s=period_s, phase_s=share * period_s, first_s=first_s))
    return tuple(ticks)
