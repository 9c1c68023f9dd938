"""How much of the rolled-up past is kept in memory, and what of it has to be read again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.evaluation.ports import RollupState

# What is kept before the start that was asked for last: it moves with every refresh.
_KEPT_BEFORE = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledReach:
    """Whole hours ``[start, end)`` as of a revision of the roll-ups."""

    start: datetime
    end: datetime
    revision: int

    def to_read(self, start: datetime, state: RollupState) -> datetime:
        """From which hour on the past has to be read so that it reaches back to ``start``."""
        if start < self.start:
            return start
        if state.changed is None:
            return self.end
        return max(min(self.end, state.changed[0]), self.start)

    def trimmed(self, start: datetime) -> datetime:
        """Where the past that is kept begins, given where it is asked for."""
        return start if start - self.start > _KEPT_BEFORE else self.start
