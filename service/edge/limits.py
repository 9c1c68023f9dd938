"""How often somebody may ask, and how many event streams they may hold open."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import monotonic
from typing import Final

# Of each that asks a few dozen bytes are kept. When more ask within a minute, those who asked
# longest ago begin anew: nobody is shut out for the crowd of the others.
_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLimits:
    """``requests_per_minute`` of each address, and of each account; 0 is without a limit."""

    requests_per_minute: int = 0
    streams_per_address: int = 0


class Allowance:
    """A bucket for each that asks: full at first, refilled evenly within a minute."""

    def __init__(
        self,
        per_minute: int,
        *,
        remembered: int = _REMEMBERED,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._most, self._per_s = float(per_minute), per_minute / 60.0
        self._remembered, self._clock = remembered, clock
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def wait_s(self, who: Hashable) -> float:
        """0 and one less is left, or how long until one is."""
        if self._most == 0.0:
            return 0.0
        now_s = self._clock()
        left, then_s = self._left.pop(who, (self._most, now_s))
        left = min(self._most, left + (now_s - then_s) * self._per_s)
        allowed = left >= 1.0
        self._left[who] = (left - 1.0 if allowed else left, now_s)
        if len(self._left) > self._remembered:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1.0 - left) / self._per_s

    def __len__(self) -> int:
        return len(self._left)


class Places:
    """As many at once for each; who has none is not remembered."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[Hashable] = Counter()

    def take(self, who: Hashable) -> bool:
        """Whether there was one left."""
        if self._most and self._taken[who] >= self._most:
            return False
        self._taken[who] += 1
        return True

    def give_back(self, who: Hashable) -> None:
        """One that was taken is free."""
        self._taken[who] -= 1
        if not self._taken[who]:
            del self._taken[who]

    def __len__(self) -> int:
        return len(self._taken)
