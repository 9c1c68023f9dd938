"""How fast the database takes readings while there are some, and whether it takes any now."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import exp
from typing import Final

# Of the time spent writing: as much of the past as tells of now.
_MEMORY_S: Final = 5.0
# A write that takes so much longer than it should has met a lock, or a server that hangs.
_PATIENCE_TIMES: Final = 3.0
_PATIENCE_S: Final = 2.0


class DrainRate:
    """Weighs writes by how long ago they were."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rows = 0.0
        self._spent_s = 0.0
        self._late_at_s: float | None = None

    @property
    def per_s(self) -> float | None:
        """Readings a second of writing; None before a first write."""
        return self._rows / self._spent_s if self._spent_s > 0.0 else None

    @property
    def is_stuck(self) -> bool:
        """Whether the write under way takes far longer than others did."""
        return self._late_at_s is not None and self._clock() > self._late_at_s

    @contextmanager
    def moving(self, rows: int) -> Iterator[None]:
        """Time what moves so many readings; what fails tells nothing."""
        started_s = self._clock()
        per_s = self.per_s
        if per_s is not None:
            self._late_at_s = started_s + _PATIENCE_TIMES * rows / per_s + _PATIENCE_S
        try:
            yield
        finally:
            self._late_at_s = None
        spent_s = self._clock() - started_s
        kept = exp(-spent_s / _MEMORY_S)
        self._rows = kept * self._rows + rows
        self._spent_s = kept * self._spent_s + spent_s
