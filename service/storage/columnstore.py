"""Old chunks of readings by column: what TimescaleDB calls compression, or the columnstore."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from service.storage.connection import Connection
from service.storage.named_sql import load_queries
from service.storage.pieces import PIECE, Piece

_SQL = load_queries("columnstore.sql")
_TIMEOUT_S = 60.0
# A week of 500 readings a second, twice over.
_COMPRESS_TIMEOUT_S = 3600.0
_APACHE = "apache"

# So long after its end a chunk is compressed: what a collector spooled over a long weekend is in.
_COMPRESS_AFTER = timedelta(days=3)
# What was deleted instead of truncated leaves empty pages behind.
_WORTH_TIDYING_BYTES = 16 * 1024 * 1024

_log = structlog.get_logger(__name__)


async def prepare_columnstore(conn: Connection) -> bool:
    """Set the hypertable up once; say whether its licence lets chunks be compressed."""
    layout = await conn.fetchrow(_SQL["layout"], timeout=_TIMEOUT_S)
    assert layout is not None, "asked of a hypertable only"
    if layout["chunk_interval"] != PIECE:
        await conn.execute(_SQL["set_interval"], PIECE, timeout=_TIMEOUT_S)
    if await conn.fetchval(_SQL["licence"], timeout=_TIMEOUT_S) == _APACHE:
        return False
    if not layout["is_columnstore"]:
        await conn.execute(_SQL["enable"], timeout=_TIMEOUT_S)
        _log.info("columnstore_enabled", chunk_days=PIECE.days)
    await conn.execute(_SQL["give_way"], timeout=_TIMEOUT_S)
    return True


async def compress_one(
    conn: Connection, pieces: Sequence[Piece], now: datetime, *, again: bool
) -> bool:
    """Compress the oldest chunk that waits for it; say whether one did.

    ``again`` takes those too that were compressed and had rows added. Waits for nobody longer than
    the ``lock_timeout`` of the session; a writer that wants this very chunk waits for the end, all
    others and the readers do not.
    """
    for piece in pieces:
        if piece.end + _COMPRESS_AFTER > now:
            continue
        if not piece.is_compressed or (again and piece.is_partial):
            await conn.execute(_SQL["compress"], piece.name, timeout=_COMPRESS_TIMEOUT_S)
            _log.info("chunk_compressed", chunk=piece.name, end=piece.end.isoformat())
            return True
        if not piece.is_partial and piece.row_bytes > _WORTH_TIDYING_BYTES:
            # Nothing is left in these pages; the lock that readers notice is held for a moment.
            await conn.execute(f"vacuum (full) {piece.name}", timeout=_TIMEOUT_S)
            return True
    return False
