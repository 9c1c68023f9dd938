"""How often devices are polled while the database takes less than is polled.

Readings then wait on disk, later and later, and in the end they are lost. So the polls are
stretched until as much is polled as is taken. A database that is away is another matter: what is
read then is kept on disk, polls go on at their rate, and what has piled up is no reason to slow
down later.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

import structlog

from collectors.ports import Backlog

# Readings that wait for less are no more late than those of an ordinary commit.
LATE_S: Final = 2.0
# Each so many seconds more double the time between two polls.
DOUBLING_S: Final = 2.0
LONGEST_STRETCH: Final = 64.0
# By so much a look: one slow commit is no slow database.
_RISE_RATIO: Final = 1.1
# At least this share of what the database takes works off what an outage has left.
CATCH_UP_RATIO: Final = 0.05
# Slowed by less, or for a moment, nobody would notice.
TOLD_FROM: Final = 1.25
# So long without stretch, until it is said to be over.
_CALM_S: Final = 10.0

_log = structlog.get_logger()


class Pace:
    """By how much polls are stretched, from look to look.

    ::

        backlog  ──▶ minus what an outage left ──▶ over what the database takes a second: how late
        late by 2 s: as planned; by 4 s: every second tick; by 6 s: every fourth; ...

    What is polled falls as the backlog grows, so the two meet at a backlog that stands still.
    """

    def __init__(self) -> None:
        """Nothing waits yet."""
        self.stretch = 1.0
        self.late_s = 0.0
        self._left_rows: float | None = None
        self._looked_s = 0.0
        self._stretched_s = 0.0
        self.is_slowed = False

    def look(self, backlog: Backlog, now_s: float) -> None:
        """Take note of what waits."""
        passed_s, self._looked_s = now_s - self._looked_s, now_s
        rate = backlog.taken_per_s
        if self._left_rows is None or rate is None or not backlog.is_taken:
            self._left_rows = backlog.rows
        else:
            worked_off = CATCH_UP_RATIO * rate * passed_s
            self._left_rows = max(0.0, min(self._left_rows - worked_off, backlog.rows))
        self.late_s = 0.0
        if rate:
            self.late_s = (backlog.rows - self._left_rows) / rate
        wanted = 2.0 ** max(0.0, (self.late_s - LATE_S) / DOUBLING_S)
        self.stretch = min(wanted, self.stretch * _RISE_RATIO, LONGEST_STRETCH)
        self._tell(backlog, now_s)

    def _tell(self, backlog: Backlog, now_s: float) -> None:
        """Say once that polls are slowed, and once that they are no more."""
        if self.stretch > 1.0:
            self._stretched_s = now_s
        if self.stretch >= TOLD_FROM and not self.is_slowed:
            self.is_slowed = True
            _log.warning(
                "polls_slowed",
                reason="the database takes less than is polled",
                taken_per_s=round(backlog.taken_per_s or 0.0),
                waiting_rows=backlog.rows,
                remedy="poll less often (poll_s, poll_s_of), or give the database more",
            )
        elif self.is_slowed and now_s - self._stretched_s >= _CALM_S:
            self.is_slowed = False
            _log.info("polls_at_full_rate", waiting_rows=backlog.rows)


@dataclass(slots=True)
class Turns:
    """Which ticks of one device are served while polls are stretched, as evenly as can be.

    ``credit`` at the start differs from device to device, lest all leave out the same ticks.
    """

    credit: float

    def is_next(self, stretch: float, ticks: float = 1.0) -> bool:
        """Whether the tick of now is served, so many ticks after the last one that was looked at.

        Ticks that a slow poll ran over count as well, or slow devices would be read less often.

        Examples
        --------
        >>> turns = Turns(0.0)
        >>> [turns.is_next(2.5) for _ in range(10)].count(True)
        4
        >>> [turns.is_next(1.0) for _ in range(3)]
        [True, True, True]
        """
        self.credit += ticks / stretch
        if self.credit < 1.0:
            return False
        self.credit = min(self.credit - 1.0, 1.0)
        return True

    def left_out_before_next(self, stretch: float) -> int:
        """Ticks to leave out until the next that is served.

        Examples
        --------
        >>> Turns(0.0).left_out_before_next(2.5), Turns(0.9).left_out_before_next(2.5)
        (2, 0)
        """
        return max(0, ceil((1.0 - self.credit) * stretch - 1e-9) - 1)
