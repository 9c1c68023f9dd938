"""Breaches in the store: every change and its audit trail in one transaction.

Nothing is kept in memory between two changes. Whoever changes a breach, the evaluation or a
person, holds the site's lock, reads what is there, and writes the next step: none loses the
other's change, and a restart changes nothing.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg
import rfc8785
from pydantic import TypeAdapter

from charter_rules.breaches.actions import Done
from charter_rules.breaches.state import Breach, BreachEvent, BreachState, EventKind
from service.storage.connection import Connection, Pool
from service.storage.errors import StoreUnreachableError
from service.storage.faults import STORE_AWAY, away_reason
from service.storage.lease import Held
from service.storage.named_sql import load_queries

_SQL = load_queries("breaches.sql")
_BREACH = TypeAdapter(Breach)
_ACQUIRE_TIMEOUT_S = 10.0
FIRST_SHA256: Final = "0" * 64

# From the newest breach of each rule to what changed and what happened.
Change = Callable[[Mapping[str, Breach]], tuple[Sequence[Breach], Sequence[BreachEvent]]]


class NoSuchBreach(Exception):
    """No breach of that name is known of the site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailEntry:
    """One event as it is stored, with its place in the chain."""

    seq: int
    event: BreachEvent
    prev_sha256: str
    sha256: str


def event_sha256(site: str, seq: int, event: BreachEvent, prev_sha256: str) -> str:
    """Hash an event with the hash of the one before it."""
    content: dict[str, Any] = {
        "site": site,
        "seq": seq,
        "breach_id": event.breach_id,
        "kind": event.kind.value,
        "at": event.at.isoformat(),
        "who": event.who,
        "why": event.why,
        "before": None if event.before is None else event.before.value,
        "after": event.after.value,
        "details": dict(event.details),
        "prev_sha256": prev_sha256,
    }
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


class StoredBreaches:
    """The breaches of one site."""

    def __init__(self, pool: Pool, site: str, held: Held | None = None) -> None:
        """``held``: what may only be written while a lease is."""
        self._pool = pool
        self._site = site
        self._held = held

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            async with self._pool.acquire(timeout=_ACQUIRE_TIMEOUT_S) as conn:
                yield conn
        except STORE_AWAY as error:
            msg = f"the database does not answer: {away_reason(error)}"
            raise StoreUnreachableError(msg) from error

    async def change(self, change: Change) -> None:
        """Apply a change to the newest breach of each rule, and write its audit trail."""
        async with self._connection() as conn, conn.transaction():
            if self._held is not None:
                await self._held.guard(conn)
            await conn.execute(_SQL["lock_trail"], self._site)
            rows = await conn.fetch(_SQL["newest_of_each_rule"], self._site)
            newest = [_BREACH.validate_json(row["body"]) for row in rows]
            breaches, events = change({breach.rule_id: breach for breach in newest})
            await self._write(conn, breaches, events)

    async def act(self, breach_id: str, action: Callable[[Breach], Done]) -> Breach:
        """Apply what a person does to one breach.

        Raises
        ------
        NoSuchBreach
            If the site has no breach of that name.
        ActionRefused
            If the breach is in no state for it; nothing is written.
        """
        async with self._connection() as conn, conn.transaction():
            await conn.execute(_SQL["lock_trail"], self._site)
            body = await conn.fetchval(_SQL["fetch_breach"], self._site, breach_id)
            if body is None:
                msg = f"no breach {breach_id!r} at {self._site}; 'boucle breach list' names them"
                raise NoSuchBreach(msg)
            breach, event = action(_BREACH.validate_json(body))
            await self._write(conn, [breach], [event])
            return breach

    async def _write(
        self, conn: Connection, breaches: Sequence[Breach], events: Sequence[BreachEvent]
    ) -> None:
        for breach in breaches:
            await conn.execute(
                _SQL["put_breach"],
                self._site,
                breach.id,
                breach.rule_id,
                breach.state.value,
                breach.began_at,
                _BREACH.dump_json(breach).decode("utf-8"),
            )
        if events:
            await self._append(conn, events)

    async def _append(self, conn: Connection, events: Sequence[BreachEvent]) -> None:
        head = await conn.fetchrow(_SQL["trail_head"], self._site)
        seq, prev = (0, FIRST_SHA256) if head is None else (head["seq"], head["sha256"])
        for event in events:
            seq += 1
            digest = event_sha256(self._site, seq, event, prev)
            await conn.execute(
                _SQL["add_event"],
                self._site,
                seq,
                event.breach_id,
                event.kind.value,
                event.at,
                event.who,
                event.why,
                None if event.before is None else event.before.value,
                event.after.value,
                json.dumps(dict(event.details)),
                prev,
                digest,
            )
            prev = digest

    async def all(self) -> list[Breach]:
        """Every breach of the site, the newest first."""
        async with self._connection() as conn:
            rows = await conn.fetch(_SQL["fetch_breaches"], self._site)
        return [_BREACH.validate_json(row["body"]) for row in rows]

    async def all_with_trail(self) -> tuple[list[Breach], list[TrailEntry]]:
        """Every breach and the whole audit trail, as they stood at one instant."""
        async with (
            self._connection() as conn,
            conn.transaction(isolation="repeatable_read", readonly=True),
        ):
            rows = await conn.fetch(_SQL["fetch_breaches"], self._site)
            events = await conn.fetch(_SQL["fetch_events"], self._site, None)
        return [_BREACH.validate_json(row["body"]) for row in rows], [_entry(e) for e in events]

    async def trail(self, breach_id: str | None = None) -> list[TrailEntry]:
        """The audit trail of one breach, or of the site."""
        async with self._connection() as conn:
            rows = await conn.fetch(_SQL["fetch_events"], self._site, breach_id)
        return [_entry(row) for row in rows]


def _entry(row: asyncpg.Record) -> TrailEntry:
    at: datetime = row["at"]
    before = row["state_before"]
    event = BreachEvent(
        breach_id=row["breach_id"],
        kind=EventKind(row["kind"]),
        at=at,
        who=row["who"],
        why=row["why"],
        before=None if before is None else BreachState(before),
        after=BreachState(row["state_after"]),
        details=json.loads(row["details"]),
    )
    return TrailEntry(
        seq=row["seq"], event=event, prev_sha256=row["prev_sha256"], sha256=row["sha256"]
    )


def first_broken(site: str, trail: Sequence[TrailEntry]) -> int | None:
    """Number of the first event that is missing or altered in the whole trail of a site."""
    prev = FIRST_SHA256
    for seq, entry in enumerate(trail, 1):
        sound = event_sha256(site, seq, entry.event, prev)
        if entry.seq != seq or entry.prev_sha256 != prev or entry.sha256 != sound:
            return seq
        prev = entry.sha256
    return None


def disagreeing(breaches: Sequence[Breach], trail: Sequence[TrailEntry]) -> list[str]:
    """Breaches whose state is not the one their trail ends with.

    The chain of hashes shows any event that is missing but the last ones; these show here, if they
    changed a state.
    """
    told: dict[str, BreachState] = {one.event.breach_id: one.event.after for one in trail}
    stored = {breach.id: breach.state for breach in breaches}
    return sorted(name for name in {*told, *stored} if told.get(name) is not stored.get(name))
