"""When devices are asked: fixed-rate ticks on the monotonic clock, spread, never caught up."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

# Slow devices get one early poll within this time, so that a start is not blind for an hour.
STARTUP_SPREAD_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """Ticks at ``phase_s + k * period_s`` after the origin, plus one early first tick.

    Times are seconds since an origin shared by all devices.
    """

    period_s: float
    phase_s: float
    first_s: float

    def after(self, now_s: float) -> float:
        """The first tick strictly after ``now_s``; ticks missed meanwhile are skipped."""
        count = floor((now_s - self.phase_s) / self.period_s) + 1
        tick_s = self.phase_s + max(count, 0) * self.period_s
        # Rounding may land on now itself, which would poll twice for one tick.
        return tick_s if tick_s > now_s else tick_s + self.period_s


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
