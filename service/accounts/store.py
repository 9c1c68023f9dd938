"""What every part of the accounts works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from service.accounts.lifetimes import SessionLimits
from service.storage.audit import Audit
from service.storage.connection import Pool


def utc_now() -> datetime:
    """The clock of the program; tests give another."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStore:
    """The database, the audit log over it, the settings and the clock."""

    pool: Pool
    audit: Audit
    limits: SessionLimits = field(default_factory=SessionLimits)
    clock: Callable[[], datetime] = utc_now
