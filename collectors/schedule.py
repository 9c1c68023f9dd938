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


class Agenda:
    """When one device is asked next, and at which of its rates.

    Ticks of two rates that fall together are one poll. What was not served remains due.
    """

    def __init__(self, ticks: Sequence[Ticks]) -> None:
        """``ticks`` are those of its rates, the fastest first."""
        self._ticks = {one.period_s: one for one in ticks}
        self._due_s = {one.period_s: one.first_s for one in ticks}
        self._fastest_s = ticks[0].period_s
        self._hair_s = _HAIR * ticks[0].period_s

    def due(self, at_s: float) -> tuple[float, ...]:
        """The rates whose tick has come, the fastest first."""
        return tuple(
            period_s for period_s, due_s in self._due_s.items() if due_s <= at_s + self._hair_s
        )

    def served(self, rates_s: Sequence[float], now_s: float) -> None:
        """These rates were polled, or left out: each waits for its next tick."""
        for period_s in rates_s:
            due_s = self._due_s[period_s]
            self._due_s[period_s] = self._ticks[period_s].following(due_s, now_s)

    @property
    def fastest_due_s(self) -> float:
        """The tick of the fastest rate that is waited for."""
        return self._due_s[self._fastest_s]

    def leave_out(self, now_s: float) -> None:
        """The tick of the fastest rate is not served; slower ones are, with its next one."""
        self.served((self._fastest_s,), now_s)

    def put_off(self, ticks: int) -> None:
        """Leave out the next ticks of the fastest rate without waiting for them."""
        self._due_s[self._fastest_s] += ticks * self._fastest_s

    def next_s(self, now_s: float) -> float:
        """The next tick ahead; what is due since then is served with it."""
        ahead = [due_s for due_s in self._due_s.values() if due_s > now_s]
        return min(ahead, default=now_s)


def spread(devices: Sequence[Sequence[float]]) -> tuple[tuple[Ticks, ...], ...]:
    """Ticks for devices with one rate or several, the fastest first, in order.

    Devices of one period share it out evenly: with n of them, two ticks are never closer
    than period / n. The first polls keep that order, squeezed into the start-up time; they are
    of all rates. Where a slower period is a multiple of the fastest, its ticks are some of those of
    the fastest.
    """
    total = Counter(period_s for rates_s in devices for period_s in rates_s)
    seen: dict[float, int] = defaultdict(int)
    found = []
    for rates_s in devices:
        shares = []
        for period_s in rates_s:
            shares.append(seen[period_s] / total[period_s])
            seen[period_s] += 1
        fastest_s = rates_s[0]
        phase_s = shares[0] * fastest_s
        first_s = shares[0] * min(fastest_s, STARTUP_SPREAD_S)
        ticks = [Ticks(period_s=fastest_s, phase_s=phase_s, first_s=first_s)]
        for period_s, share in zip(rates_s[1:], shares[1:], strict=True):
            aligned = phase_s + floor(share * period_s / fastest_s) * fastest_s
            is_multiple = abs(period_s / fastest_s - round(period_s / fastest_s)) < _HAIR
            slow_s = aligned if is_multiple else share * period_s
            ticks.append(Ticks(period_s=period_s, phase_s=slow_s, first_s=first_s))
        found.append(tuple(ticks))
    return tuple(found)
