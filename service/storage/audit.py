"""The audit log: one function writes it, in the transaction of what it tells."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.accounts.account import Actor
from service.accounts.addresses import KeptAddress, kept_address
from service.storage.connection import Connection
from service.storage.named_sql import load_queries

_SQL = load_queries("audit.sql")
_TIMEOUT_S = 10.0

Details = Mapping[str, str | int | bool | list[str] | None]
_NONE: Details = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPolicy:
    """The settings: how long entries stay, and how much of an address."""

    kept_for: timedelta = timedelta(days=365)
    address: KeptAddress = KeptAddress.TRUNCATED


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that was done."""

    seq: int
    at: datetime
    who: str
    action: str
    object: str
    site: str | None
    details: Details
    address: str | None


class Audit:
    """Writes and reads the log under one policy."""

    def __init__(self, policy: AuditPolicy) -> None:
        self._policy = policy

    async def audited(
        self,
        conn: Connection,
        at: datetime,
        actor: Actor,
        action: str,
        subject: str,
        *,
        site: str | None = None,
        details: Details = _NONE,
    ) -> None:
        """Write down what was done; it stands if and only if the transaction does."""
        await conn.execute(
            _SQL["write"],
            at,
            actor.name[:120],
            actor.account_id,
            action,
            subject[:200],
            site,
            json.dumps(dict(details)),
            kept_address(actor.address, self._policy.address),
            timeout=_TIMEOUT_S,
        )

    async def sweep(self, conn: Connection, now: datetime) -> None:
        """Let go what is older than the policy; never what is younger than half a year."""
        await conn.execute(_SQL["sweep"], now - self._policy.kept_for, timeout=_TIMEOUT_S)


async def fetch_audit(conn: Connection, before: int | None, limit: int) -> list[AuditEntry]:
    """Entries before a number, the newest first."""
    rows = await conn.fetch(_SQL["before"], before, limit, timeout=_TIMEOUT_S)
    return [AuditEntry(**{**row, "details": json.loads(row["details"])}) for row in rows]
