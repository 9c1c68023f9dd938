"""What two years of readings and of what is made of them take on disk, against what was planned."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.storage.connection import Connection
from service.storage.pieces import Store, fetch_pieces, kind_of_store
from tests.bench.years_site import SHOWN

# What DECISIONS 37 and 36 measured: a compressed reading of a poll that jitters, of noisy values,
# a reading with its index, an hour of a point. [bytes]
_COMPRESSED_BYTES, _ROW_BYTES, _HOUR_BYTES = 11.1, 100.0, 200.0
_HOURS_A_WEEK = 168
_SURELY_COMPRESSED = timedelta(days=4)

_ROLLED = (
    *("reading_hour", "reading_hour_range", "reading_day", "reading_month"),
    *("rollup_state", "rollup_queue", "rollup_change", "rollup_wanted", "rollup_range"),
)
_RESULTS = ("kpi_result", "kpi_progress")
_TABLES = """
select coalesce(sum(pg_total_relation_size(to_regclass(name))), 0) from unnest($1::text[]) as name
"""
_COMPRESSED = """
select coalesce(
    sum(pg_total_relation_size(format('%I.%I', k.schema_name, k.table_name)::regclass)), 0
)
from _timescaledb_catalog.chunk as c
join _timescaledb_catalog.chunk as k on k.id = c.compressed_chunk_id
"""
_CATALOGUES = """
select sum(pg_total_relation_size(c.oid))
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname in ('pg_catalog', '_timescaledb_catalog')
"""
_QUEUED = "select count(*) from rollup_queue"
_CHANGES = "select count(*) from rollup_change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """Bytes by what they hold, and how many pieces and rows there are."""

    rows_bytes: int
    compressed_bytes: int
    rolled_bytes: int
    results_bytes: int
    seals_bytes: int
    catalogue_bytes: int
    total_bytes: int
    planned_bytes: int
    pieces: int
    readings: int
    queued: int
    changes: int

    @property
    def stored_bytes(self) -> int:
        """What the plan is of: readings and roll-ups."""
        return self.rows_bytes + self.compressed_bytes + self.rolled_bytes


async def disk_of(conn: Connection, weeks: int, written: Mapping[datetime, int]) -> Disk:
    """The disk after some weeks; ``written`` tells the readings of each."""
    store = await kind_of_store(conn)
    pieces = [one for one in await fetch_pieces(conn, store) if one.start in written]
    compressed = sum(written[one.start] for one in pieces if one.start and one.is_compressed)
    rows = sum(written[one.start] for one in pieces if one.start and not one.is_compressed)
    hours = weeks * _HOURS_A_WEEK * len(SHOWN)
    planned = compressed * _COMPRESSED_BYTES + rows * _ROW_BYTES + hours * _HOUR_BYTES
    is_hypertable = store is Store.HYPERTABLE
    return Disk(
        rows_bytes=await _of_tables(conn, [one.name for one in pieces]),
        compressed_bytes=await _number(conn, _COMPRESSED) if is_hypertable else 0,
        rolled_bytes=await _of_tables(conn, _ROLLED),
        results_bytes=await _of_tables(conn, _RESULTS),
        seals_bytes=await _of_tables(conn, ("raw_seal", "reading_set_aside")),
        catalogue_bytes=await _number(conn, _CATALOGUES),
        total_bytes=await _number(conn, "select pg_database_size(current_database())"),
        planned_bytes=round(planned),
        pieces=len(pieces),
        readings=compressed + rows,
        queued=await _number(conn, _QUEUED),
        changes=await _number(conn, _CHANGES),
    )


async def has_to_compress(conn: Connection, now: datetime) -> bool:
    """Whether a chunk waits though it could be compressed for days."""
    store = await kind_of_store(conn)
    return store is Store.HYPERTABLE and any(
        not one.is_compressed and one.end + _SURELY_COMPRESSED <= now
        for one in await fetch_pieces(conn, store)
    )


async def _of_tables(conn: Connection, names: list[str] | tuple[str, ...]) -> int:
    return int(await conn.fetchval(_TABLES, list(names)))


async def _number(conn: Connection, query: str) -> int:
    return int(await conn.fetchval(query))
