"""How long a session lasts: by role, the strictest of those that an account has."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from service.access.roles import Role

# The end of idleness is moved at most so often: a page that asks each second writes once a minute.
TOUCH_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """The settings."""

    # A shift of an operator.
    idle: timedelta = timedelta(hours=12)
    absolute: timedelta = timedelta(days=7)
    administrator_idle: timedelta = timedelta(minutes=30)
    administrator_absolute: timedelta = timedelta(hours=12)

    def idle_of(self, roles: Collection[Role]) -> timedelta:
        """How long it may rest."""
        strict = Role.ADMINISTRATOR in roles
        return min(self.idle, self.administrator_idle) if strict else self.idle

    def absolute_of(self, roles: Collection[Role]) -> timedelta:
        """How long it lasts at most."""
        strict = Role.ADMINISTRATOR in roles
        return min(self.absolute, self.administrator_absolute) if strict else self.absolute


def has_ended(idle_ends_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Whether a session is over, at the instant of its end, too."""
    return now >= idle_ends_at or now >= ends_at
