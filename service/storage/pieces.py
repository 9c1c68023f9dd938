"""The pieces of time in which readings are stored: chunks of TimescaleDB, or partitions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from service.storage.connection import Connection
from service.storage.named_sql import load_queries

_SQL = load_queries("pieces.sql")
_TIMEOUT_S = 60.0

# A week, on both kinds of server, from the same instants on. An import of ten years in one
# transaction takes 4200 locks, which the lock table of a server as it comes holds; by days it is
# full in the ninth year. A query that has to plan over all pieces plans over sixty, not four
# hundred. A week of 100 readings a second is compressed in two minutes.
PIECE = timedelta(days=7)


class Store(StrEnum):
    """How the table of readings is kept."""

    PLAIN = "plain"
    PARTITIONED = "partitioned"
    HYPERTABLE = "hypertable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Readings of ``[start, end)``; what was there before the partitions has no start.

    ``is_partial`` is a compressed piece with rows that came later, ``row_bytes`` what the rows that
    are not compressed take, with their index; neither is known of partitions.
    """

    name: str
    start: datetime | None
    end: datetime
    is_compressed: bool
    is_partial: bool
    row_bytes: int


async def kind_of_store(conn: Connection) -> Store:
    """How this database keeps its readings."""
    row = await conn.fetchrow(_SQL["kind"], timeout=_TIMEOUT_S)
    assert row is not None, "the migration made the table"
    if row["relkind"] == "p":
        return Store.PARTITIONED
    if row["has_timescaledb"] and await conn.fetchval(_SQL["is_hypertable"], timeout=_TIMEOUT_S):
        return Store.HYPERTABLE
    return Store.PLAIN


async def fetch_pieces(conn: Connection, store: Store) -> list[Piece]:
    """Every piece, oldest first."""
    if store is Store.PLAIN:
        return []
    query = "fetch_chunks" if store is Store.HYPERTABLE else "fetch_partitions"
    return [Piece(**row) for row in await conn.fetch(_SQL[query], timeout=_TIMEOUT_S)]
