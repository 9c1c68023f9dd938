"""The newest readings, written ahead of a long backlog: what is shown as now shall be of now.

After an outage of hours the backlog takes minutes, oldest first. The newest reading of each point
goes ahead of it now and then. Nothing hangs on that: it is in the backlog as well, where the table
then has it already.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from models.readings import ReadingBatch

# Beyond what polls that are slowed to the pace of the database are late by.
_BEHIND_S: Final = 15.0
_EVERY_S: Final = 2.0
# What is older is not the newest of a point that is polled so often.
_KEPT_S: Final = 5.0


class LiveReadings:
    """Keeps the newest readings for as long as older ones keep the database busy."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._batches: deque[tuple[float, ReadingBatch]] = deque()
        self._is_wanted = False
        self._due_s = 0.0

    def note(self, batch: ReadingBatch) -> None:
        """Readings that were acknowledged just now."""
        if not self._is_wanted:
            return
        now_s = self._clock()
        self._batches.append((now_s, batch))
        while self._batches[0][0] < now_s - _KEPT_S:
            self._batches.popleft()

    def forget(self) -> None:
        """The database is away."""
        self._is_wanted = False
        self._batches.clear()

    def take(self, oldest_age_s: float) -> ReadingBatch | None:
        """The newest reading of each point that has one since the last time, if it is time.

        ``oldest_age_s`` is that of the backlog.
        """
        if oldest_age_s < _BEHIND_S:
            self.forget()
            return None
        self._is_wanted = True
        if not self._batches or self._clock() < self._due_s:
            return None
        self._due_s = self._clock() + _EVERY_S
        batch = ReadingBatch.concat([batch for _, batch in self._batches])
        self._batches.clear()
        _, from_the_end = np.unique(batch.point_id[::-1], return_index=True)
        return batch.picked(np.sort(len(batch) - 1 - from_the_end))
