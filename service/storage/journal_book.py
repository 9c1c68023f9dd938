"""The journal of a site in its table."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.site.disclosure import Matter
from service.journal.happening import MATTERS, Happening, HappeningKind
from service.storage.connection import Pool
from service.storage.lease import Held
from service.storage.named_sql import load_queries
from service.storage.pooled import pooled

_SQL = load_queries("journal_book.sql")
_TIMEOUT_S: Final = 10.0
# Those of which a rule, or its KPI, may be more confidential than the rest.
BY_RULE: Final = (Matter.VERDICT, Matter.BREACH)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """A happening as it was written down."""

    seq: int
    at: datetime
    noted_at: datetime
    kind: HappeningKind
    subject: str
    before: str | None
    after: str
    why: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalAsked:
    """Which part of a journal: the newest ``limit`` before a number that may be seen.

    ``matters`` are those that may be seen as a whole; of :data:`BY_RULE` ``rules`` alone, None for
    none of them.
    """

    before: int
    limit: int
    since: datetime
    kinds: Collection[HappeningKind] | None
    subject: str | None
    matters: Collection[Matter]
    rules: Collection[str] | None


class JournalBook:
    """The journal of one site. Raises StoreAway."""

    def __init__(self, pool: Pool, site: str, held: Held | None = None) -> None:
        """``held``: what may only be written while a lease is."""
        self._pool, self._site, self._held = pool, site, held

    async def add(self, happenings: Sequence[Happening]) -> None:
        """Write some down; what is there already stays once."""
        columns = [
            list(column)
            for column in zip(
                *(
                    (
                        one.at,
                        one.kind.value,
                        MATTERS[one.kind].value,
                        one.subject,
                        one.before,
                        one.after,
                        json.dumps(dict(one.why)),
                    )
                    for one in happenings
                ),
                strict=True,
            )
        ]
        async with pooled(self._pool) as conn, conn.transaction():
            if self._held is not None:
                await self._held.guard(conn)
            await conn.execute(_SQL["add"], self._site, *columns, timeout=_TIMEOUT_S)

    async def happened(self, asked: JournalAsked) -> list[JournalEntry]:
        """The newest first."""
        kinds = None if asked.kinds is None else [one.value for one in asked.kinds]
        async with pooled(self._pool) as conn:
            rows = await conn.fetch(
                _SQL["fetch"],
                self._site,
                asked.before,
                kinds,
                asked.subject,
                asked.since,
                [one.value for one in asked.matters],
                None if asked.rules is None else list(asked.rules),
                [one.value for one in BY_RULE],
                asked.limit,
                timeout=_TIMEOUT_S,
            )
        return [
            JournalEntry(
                **{
                    **row,
                    "kind": HappeningKind(row["kind"]),
                    "why": json.loads(row["why"]),
                }
            )
            for row in rows
        ]
