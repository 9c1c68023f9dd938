"""What is known of one alert and subject, from one look to the next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

# So long an alert that ended is listed.
_RESOLVED_FOR: Final = timedelta(hours=24)


class State(StrEnum):
    """How an alert stands.

    ``PENDING``: its condition holds, not yet for long enough. ``FIRING``. ``ACKNOWLEDGED``: it
    fires, and somebody answers for it. ``RESOLVED``: it ended within a day. ``NO_DATA``: it does
    not fire and nobody knows whether it should. ``QUIET``: its condition does not hold.
    """

    PENDING = "pending"
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    NO_DATA = "no_data"
    QUIET = "quiet"


ACTIVE: Final = frozenset({State.FIRING, State.ACKNOWLEDGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One alert and subject.

    ``holds`` is what was known last, None if nothing ever was; ``unknown_since`` is set while it
    is not known. ``since`` it holds, ``fired_at`` it had held for long enough. ``is_answered``:
    Boucle knows of somebody who answers for it.
    """

    name: str
    subject: Mapping[str, str]
    holds: bool | None = None
    unknown_since: datetime | None = None
    since: datetime | None = None
    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    is_answered: bool = False

    def at(self, known: bool | None, at: datetime, for_s: int) -> "Standing":
        """After another look: missing data changes nothing but that it is missing."""
        holds = self.holds if known is None else known
        unknown_since = (self.unknown_since or at) if known is None else None
        if holds:
            # Not later than now: the clock may have been moved.
            since = min(self.since or at, at)
            is_due = at - since >= timedelta(seconds=for_s)
            return replace(
                self,
                holds=True,
                unknown_since=unknown_since,
                since=since,
                fired_at=self.fired_at or (at if is_due else None),
            )
        return replace(
            self,
            holds=holds,
            unknown_since=unknown_since,
            since=None,
            fired_at=None,
            resolved_at=at if self.fired_at is not None else self.resolved_at,
            is_answered=False,
        )

    def postponed(self, by: timedelta) -> "Standing":
        """One that is pending, after a time in which nobody looked."""
        if self.since is None or self.fired_at is not None:
            return self
        return replace(self, since=self.since + by)

    def state(self, at: datetime, *, is_acknowledged: bool) -> State:
        """As of an instant."""
        if self.holds:
            if self.fired_at is None:
                return State.PENDING
            return State.ACKNOWLEDGED if is_acknowledged or self.is_answered else State.FIRING
        if self.unknown_since is not None:
            return State.NO_DATA
        if self.resolved_at is not None and at - self.resolved_at < _RESOLVED_FOR:
            return State.RESOLVED
        return State.QUIET
