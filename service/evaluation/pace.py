"""When a part of an evaluation is due again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# The collectors often start together with the evaluation: what they first bring is shown soon.
_SECOND_LOOK = timedelta(seconds=12)


@dataclass(slots=True, kw_only=True)
class Pace:
    """One part, due every so often; ``first_after`` lets faster parts be seen before it."""

    every: timedelta
    first_after: timedelta = timedelta()
    due_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether it is due now; then the next time is set."""
        if self.due_at is None and self.first_after:
            self.due_at, self.first_after = now + self.first_after, timedelta()
        # Due later than one ever is: the clock was set back, and nothing waits for it to catch up.
        if self.due_at is not None and self.due_at - self.every <= now < self.due_at:
            return False
        self.due_at = now + (min(_SECOND_LOOK, self.every) if self.due_at is None else self.every)
        return True
