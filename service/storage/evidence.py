"""The chain of evidence in its table, and the raw rows of a site as hashes by legal day."""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from models.legal_time.days import day_start, legal_day
from service.evidence.build import ImportedFile, RawDays
from service.evidence.canonical import canonical
from service.evidence.chain import ChainEntry, Head
from service.evidence.heads import PublishedHead
from service.evidence.recording import Make
from service.storage.connection import Connection, Pool
from service.storage.importer import fetch_imports
from service.storage.lease import Held
from service.storage.named_sql import load_queries
from service.storage.points import fetch_points
from service.storage.pooled import pooled
from service.storage.raw_days import RawDay, fetch_raw_days
from service.storage.seals import fetch_seal_state, fetch_seals

_SQL = load_queries("evidence.sql")
_QUERY_TIMEOUT_S = 60.0
_PAGE = 1000

# A week of rows of one point is at most a few megabytes.
_RAW_STRIDE = timedelta(days=7)


class StoredChain:
    """Implements :class:`service.evidence.recording.ChainStore` on a pool."""

    def __init__(self, pool: Pool, site: str, held: Held | None = None) -> None:
        """``held``: what may only be written while a lease is."""
        self._pool = pool
        self._site = site
        self._held = held

    async def newest_of_each_rule(self) -> Mapping[str, ChainEntry]:
        """The newest entry of each rule that the evaluation wrote, packs left aside."""
        async with pooled(self._pool) as conn:
            rows = await conn.fetch(
                _SQL["fetch_newest_of_each_rule"], self._site, timeout=_QUERY_TIMEOUT_S
            )
        return {row["rule_id"]: _entry(dict(row)) for row in rows}

    async def append(self, make: Make) -> Sequence[ChainEntry]:
        """Add what ``make`` gives for the head, as a whole, nobody else adding meanwhile."""
        async with pooled(self._pool) as conn, conn.transaction():
            if self._held is not None:
                await self._held.guard(conn)
            return await append_entries(conn, self._site, make)

    async def head(self) -> Head:
        """The newest entry; seq 0 before the first."""
        async with pooled(self._pool) as conn:
            return await _head(conn, self._site)

    async def entries(self, since: int = 1, limit: int = _PAGE) -> Sequence[ChainEntry]:
        """At most ``limit`` entries from a number on, in order."""
        async with pooled(self._pool) as conn:
            rows = await conn.fetch(
                _SQL["fetch_entries"], self._site, since, limit, timeout=_QUERY_TIMEOUT_S
            )
        return [_entry(dict(row)) for row in rows]

    async def verdicts(
        self, rules: Collection[str] | None, since: datetime, after: int, limit: int
    ) -> Sequence[ChainEntry]:
        """At most ``limit`` verdicts of some rules, or of all, after an entry, in order."""
        named = None if rules is None else list(rules)
        async with pooled(self._pool) as conn:
            rows = await conn.fetch(
                _SQL["fetch_verdicts"],
                self._site,
                named,
                since,
                after,
                limit,
                timeout=_QUERY_TIMEOUT_S,
            )
        return [_entry(dict(row)) for row in rows]

    async def all_entries(self, since: int = 1) -> Sequence[ChainEntry]:
        """Every entry from a number on, in order."""
        found: list[ChainEntry] = []
        while page := await self.entries(since):
            found += page
            since = page[-1].seq + 1
        return found

    async def seq_before(self, rule_id: str, seq: int) -> int | None:
        """The newest entry of a rule before an entry."""
        return await self._number(_SQL["fetch_seq_before"], rule_id, seq)

    async def first_seq_since(self, instant: datetime) -> int | None:
        """The first entry that was written from an instant on."""
        return await self._number(_SQL["fetch_first_seq_since"], instant)

    async def _number(self, query: str, *args: object) -> int | None:
        async with pooled(self._pool) as conn:
            found: int | None = await conn.fetchval(
                query, self._site, *args, timeout=_QUERY_TIMEOUT_S
            )
        return found


async def append_entries(conn: Connection, site: str, make: Make) -> Sequence[ChainEntry]:
    """Add what ``make`` gives for the head, in the transaction that the caller has begun."""
    await conn.execute(_SQL["lock_chain"], site, timeout=_QUERY_TIMEOUT_S)
    entries = make(await _head(conn, site))
    if entries:
        columns = zip(*(_columns(entry) for entry in entries), strict=True)
        await conn.execute(
            _SQL["insert_entries"],
            site,
            *(list(column) for column in columns),
            timeout=_QUERY_TIMEOUT_S,
        )
    return entries


async def _head(conn: Connection, site: str) -> Head:
    row = await conn.fetchrow(_SQL["fetch_head"], site, timeout=_QUERY_TIMEOUT_S)
    trail = await conn.fetchrow(_SQL["fetch_unjoined"], site, timeout=_QUERY_TIMEOUT_S)
    unjoined = None if trail is None else (trail["seq"], trail["sha256"])
    if row is None:
        return Head(unjoined=unjoined)
    return Head(seq=row["seq"], sha256=row["sha256"], unjoined=unjoined)


async def fetch_events(
    conn: Connection, site: str, breach_id: str | None = None
) -> Sequence[ChainEntry]:
    """What happened to one breach of a site, or to all, since its trail is part of the chain."""
    rows = await conn.fetch(_SQL["fetch_events"], site, breach_id, timeout=_QUERY_TIMEOUT_S)
    return [_entry(dict(row)) for row in rows]


async def fetch_heads(pool: Pool, now: datetime) -> Sequence[PublishedHead]:
    """The newest entry of every chain of the database, as published now; raises StoreAway."""
    async with pooled(pool) as conn:
        rows = await conn.fetch(_SQL["fetch_heads"], timeout=_QUERY_TIMEOUT_S)
    return [PublishedHead(**dict(row), published_at=now) for row in rows]


def _columns(entry: ChainEntry) -> tuple[object, ...]:
    return (
        entry.seq,
        entry.recorded_at,
        entry.rule_id,
        entry.reason,
        canonical(entry.body).decode("utf-8"),
        entry.prev_sha256,
        entry.public_key,
        entry.sha256,
        entry.signature,
    )


def _entry(row: Mapping[str, Any]) -> ChainEntry:
    """A body that is no JSON any more is kept as it is: the check of the chain names it."""
    text = str(row["body"])
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    return ChainEntry(**{**row, "body": body if isinstance(body, dict) else {"": text}})


class StoredPast:
    """Implements :class:`service.evidence.build.RawPast` on a pool, within a time limit."""

    def __init__(self, pool: Pool, site: str, limit_s: float) -> None:
        self._pool = pool
        self._site = site
        self._limit_s = limit_s

    async def imports(self) -> Sequence[ImportedFile]:
        """The files that were taken in."""
        async with pooled(self._pool) as conn:
            rows = await fetch_imports(conn, self._site)
        return [
            ImportedFile(
                file_name=row.file_name,
                sha256=row.sha256,
                rows=row.rows,
                from_ts=row.from_ts,
                to_ts=row.to_ts,
                imported_at=row.imported_at,
            )
            for row in rows
        ]

    async def raw_days(self, since: Mapping[str, datetime], end: datetime) -> RawDays:
        """Every row of each point from its instant on; what the time allows."""
        days: dict[str, list[RawDay]] = {}
        complete = True
        try:
            async with asyncio.timeout(self._limit_s), pooled(self._pool) as conn:
                ids = {row.key: row.point_id for row in await fetch_points(conn, self._site)}
                for key, start in since.items():
                    if key in ids:
                        days[key] = []
                        await _read_point(conn, ids[key], (start, end), days[key])
        except TimeoutError:
            complete = False
        return RawDays(hashes=_hashes(days), corrections=_corrections(days), complete=complete)


async def _read_point(
    conn: Connection, point_id: int, span: tuple[datetime, datetime], days: list[RawDay]
) -> None:
    """Sealed days whole and as they were sealed, the others from their rows."""
    start, end = span
    sealed = min((await fetch_seal_state(conn)).sealed_upto, end)
    if start < sealed:
        days += await fetch_seals(conn, point_id, legal_day(start), legal_day(sealed))
        start = sealed
    while start < end:
        stop = min(_midnight_after(start + _RAW_STRIDE), end)
        days += await fetch_raw_days(conn, point_id, start, stop)
        start = stop


def _midnight_after(instant: datetime) -> datetime:
    return day_start(legal_day(instant) + timedelta(days=1))


def _hashes(days: Mapping[str, list[RawDay]]) -> dict[str, dict[str, list[object]]]:
    return {
        key: {one.day.isoformat(): [one.rows, one.sha256] for one in each}
        for key, each in days.items()
    }


def _corrections(days: Mapping[str, list[RawDay]]) -> dict[str, dict[str, dict[str, int]]]:
    of_points = {
        key: {one.day.isoformat(): one.corrections for one in each if one.corrections}
        for key, each in days.items()
    }
    return {key: each for key, each in of_points.items() if each}
