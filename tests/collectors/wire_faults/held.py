"""What the registers of a unit hold: a number that says whose it is, which one, and of when.

So an answer of another unit, to another question or of another time is known by its value.
"""

import time
from dataclasses import dataclass, field
from typing import Final

# The clock of the devices. The collector's own may be set meanwhile.
TRUE_TIME_NS: Final = time.time_ns
STEP_NS: Final = 20_000_000
_STEP_BITS: Final = 20
_INDEX_BITS: Final = 4
# An hour before now has a number, too.
_ORIGIN_NS: Final = TRUE_TIME_NS() - 7200 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Since:
    """From ``from_ns`` on: how many steps the registers are behind, or where they stand still."""

    from_ns: int
    behind: int = 0
    still_at: int | None = None

    def step(self, at_ns: int) -> int:
        if self.still_at is not None:
            return self.still_at
        return (at_ns - _ORIGIN_NS) // STEP_NS - self.behind


@dataclass(slots=True)
class Held:
    """The registers of one unit; they count on by one every `STEP_NS`."""

    unit: int
    _history: list[_Since] = field(default_factory=lambda: [_Since(0)])

    def value(self, index: int, at_ns: int | None = None) -> int:
        """What the point holds."""
        at_ns = TRUE_TIME_NS() if at_ns is None else at_ns
        return self._packed(index, self._history[-1].step(at_ns))

    def step_back(self, seconds: float) -> None:
        """The device was reset: from now on it counts on from a smaller number."""
        steps = int(seconds * 1e9) // STEP_NS
        self._history.append(_Since(TRUE_TIME_NS(), behind=self._history[-1].behind + steps))

    def stand_still(self) -> None:
        now_ns = TRUE_TIME_NS()
        self._history.append(_Since(now_ns, still_at=self._history[-1].step(now_ns)))

    def go_on(self) -> None:
        self._history.append(_Since(TRUE_TIME_NS()))

    def is_own(self, index: int, value: float) -> bool:
        """Whether the value is of this unit and point, of whatever time."""
        return int(value) >> _STEP_BITS == self._packed(index, 0) >> _STEP_BITS

    def held(self, index: int, value: float, from_ns: int, to_ns: int) -> bool:
        """Whether the point had this value within that time, or a step beside it."""
        if not value.is_integer() or not self.is_own(index, value):
            return False
        step = int(value) & ((1 << _STEP_BITS) - 1)
        ends_ns = [*(one.from_ns for one in self._history[1:]), None]
        for since, end_ns in zip(self._history, ends_ns, strict=True):
            first_ns = max(from_ns - STEP_NS, since.from_ns)
            last_ns = to_ns + STEP_NS if end_ns is None else min(to_ns + STEP_NS, end_ns)
            if first_ns <= last_ns and since.step(first_ns) <= step <= since.step(last_ns):
                return True
        return False

    def _packed(self, index: int, step: int) -> int:
        return ((self.unit << _INDEX_BITS | index) << _STEP_BITS) | step
