"""What is told of alerts: one notice each, those of a name in one message."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from service.notifying.standing import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Somebody answers for an alert, for good or until an instant."""

    key: str
    by: str
    note: str
    at: datetime
    until: datetime | None = None

    def counts(self, since: datetime, at: datetime) -> bool:
        """Whether it is of what holds since then, and not over."""
        return self.at >= since and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One alert as it is told: firing, acknowledged or resolved."""

    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    state: State
    starts_at: datetime
    ends_at: datetime | None = None
    unknown_since: datetime | None = None
    acknowledgement: Acknowledgement | None = None

    def differs(self, told: "Notice") -> bool:
        """Whether it is news to whoever was told the other."""
        return (self.state, self.starts_at) != (told.state, told.starts_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """All that is to be told of the alerts of one name, by key of the alert."""

    id: str
    group: str
    at: datetime
    notices: Mapping[str, Notice]

    def joined_to(self, older: "Message | None") -> "Message":
        """With what an older one, not delivered yet, says of other alerts."""
        if older is None:
            return self
        return message(self.group, self.at, {**older.notices, **self.notices})

    def without(self, delivered: "Message") -> "Message":
        """Less what ended and was delivered meanwhile."""
        kept = {
            key: one
            for key, one in self.notices.items()
            if one.state is not State.RESOLVED or delivered.notices.get(key) != one
        }
        return message(self.group, self.at, kept)


def message(group: str, at: datetime, notices: Mapping[str, Notice]) -> Message:
    """A new one, with an id by which a receiver knows it again."""
    return Message(id=uuid.uuid4().hex, group=group, at=at, notices=notices)
