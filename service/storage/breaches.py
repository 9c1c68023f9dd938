"""Breaches in the store: every change and its audit trail in one transaction.

Nothing is kept in memory between two changes. Whoever changes a breach, the evaluation or a
person, holds the site's lock, reads what is there, and writes the next step: none loses the
other's change, and a restart changes nothing.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

from pydantic import TypeAdapter

from charter_rules.breaches.actions import Done
from charter_rules.breaches.state import Breach, BreachEvent
from service.evidence.breach_entries import event_draft
from service.evidence.chain import entries_after
from service.evidence.keys import SigningKey
from service.storage.breach_trail import TrailEntry, earlier_entry, trail_entry
from service.storage.connection import Connection, Pool
from service.storage.errors import StoreUnreachableError
from service.storage.evidence import append_entries, fetch_events
from service.storage.faults import STORE_AWAY, away_reason
from service.storage.lease import Held
from service.storage.named_sql import load_queries

_SQL = load_queries("breaches.sql")
_BREACH = TypeAdapter(Breach)
_ACQUIRE_TIMEOUT_S = 10.0

# From the newest breach of each rule to what changed and what happened.
Change = Callable[[Mapping[str, Breach]], tuple[Sequence[Breach], Sequence[BreachEvent]]]


class NoSuchBreach(Exception):
    """No breach of that name is known of the site."""


class BreachTrail:
    """Reads the breaches of one site and what happened to them."""

    def __init__(self, pool: Pool, site: str) -> None:
        self._pool = pool
        self.site = site

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            async with self._pool.acquire(timeout=_ACQUIRE_TIMEOUT_S) as conn:
                yield conn
        except STORE_AWAY as error:
            msg = f"the database does not answer: {away_reason(error)}"
            raise StoreUnreachableError(msg) from error

    async def all(self) -> list[Breach]:
        """Every breach of the site, the newest first."""
        async with self._connection() as conn:
            rows = await conn.fetch(_SQL["fetch_breaches"], self.site)
        return [_BREACH.validate_json(row["body"]) for row in rows]

    async def page(
        self, rules: Collection[str] | None, state: str | None, first: str | None, limit: int
    ) -> list[Breach]:
        """At most so many, the newest first; of some rules, in one state, from one breach on.

        Raises
        ------
        NoSuchBreach
            If there is none of these rules that has the name of the first.
        """
        named = None if rules is None else list(rules)
        async with self._connection() as conn:
            noticed_at = None
            if first is not None:
                noticed_at = await conn.fetchval(_SQL["fetch_notice"], self.site, first, named)
                if noticed_at is None:
                    raise NoSuchBreach(first)
            asked = (named, state, noticed_at, first, limit)
            rows = await conn.fetch(_SQL["fetch_page"], self.site, *asked)
        return [_BREACH.validate_json(row["body"]) for row in rows]

    async def one(self, breach_id: str) -> Breach | None:
        """One breach; None where there is none of that name."""
        async with self._connection() as conn:
            body = await conn.fetchval(_SQL["fetch_breach"], self.site, breach_id)
        return None if body is None else _BREACH.validate_json(body)

    async def last_event(self) -> int | None:
        """The number of the newest event in the chain; None before the first."""
        async with self._connection() as conn:
            found: int | None = await conn.fetchval(_SQL["fetch_last_event"], self.site)
        return found

    async def all_with_trail(self) -> tuple[list[Breach], list[TrailEntry]]:
        """Every breach and the whole audit trail, as they stood at one instant."""
        async with (
            self._connection() as conn,
            conn.transaction(isolation="repeatable_read", readonly=True),
        ):
            rows = await conn.fetch(_SQL["fetch_breaches"], self.site)
            trail = await self._trail(conn, None)
        return [_BREACH.validate_json(row["body"]) for row in rows], trail

    async def trail(self, breach_id: str | None = None) -> list[TrailEntry]:
        """The audit trail of one breach, or of the site."""
        async with self._connection() as conn:
            return await self._trail(conn, breach_id)

    async def _trail(self, conn: Connection, breach_id: str | None) -> list[TrailEntry]:
        rows = await conn.fetch(_SQL["fetch_earlier_events"], self.site, breach_id)
        entries = await fetch_events(conn, self.site, breach_id)
        return [earlier_entry(row) for row in rows] + [trail_entry(one) for one in entries]


class StoredBreaches(BreachTrail):
    """Changes the breaches of one site; whoever does signs what happened."""

    def __init__(self, pool: Pool, site: str, key: SigningKey, held: Held | None = None) -> None:
        """``held``: what may only be written while a lease is."""
        super().__init__(pool, site)
        self._key = key
        self._held = held

    async def change(self, change: Change) -> None:
        """Apply a change to the newest breach of each rule, and write its audit trail."""
        async with self._connection() as conn, conn.transaction():
            if self._held is not None:
                await self._held.guard(conn)
            await conn.execute(_SQL["lock_trail"], self.site)
            rows = await conn.fetch(_SQL["newest_of_each_rule"], self.site)
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
            await conn.execute(_SQL["lock_trail"], self.site)
            body = await conn.fetchval(_SQL["fetch_breach"], self.site, breach_id)
            if body is None:
                msg = f"no breach {breach_id!r} at {self.site}; 'boucle breach list' names them"
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
                self.site,
                breach.id,
                breach.rule_id,
                breach.state.value,
                breach.began_at,
                breach.noticed_at,
                _BREACH.dump_json(breach).decode("utf-8"),
            )
        if events:
            rules = {breach.id: breach.rule_id for breach in breaches}
            drafts = [event_draft(one, rules[one.breach_id]) for one in events]
            await append_entries(
                conn,
                self.site,
                lambda head: entries_after(head, self.site, drafts, self._key, events[-1].at),
            )
