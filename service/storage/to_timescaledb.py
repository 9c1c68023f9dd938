"""Makes partitions a hypertable on a server that has got TimescaleDB, while everybody works on.

From its beginning on, what is written goes into both tables, by a trigger; what was there before is
copied page by page, and may be copied twice without harm. Then the tables change their names.
Writers wait at the beginning and at the end, each time at most half a second before it is tried
again. Broken off anywhere, it goes on where it was.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

from service.storage.connection import Connection
from service.storage.errors import MigrationBusyError, MigrationFailedError
from service.storage.migrate import load_migrations
from service.storage.named_sql import load_queries
from service.storage.pieces import PIECE, Piece, Store, fetch_pieces, kind_of_store

_SQL = load_queries("to_timescaledb.sql")
# A partition's name comes from PostgreSQL, which has quoted it.
_COPY_PAGES = """\
insert into public.reading_next select * from {piece}
where ctid >= '({first},0)' and ctid < '({until},0)'
on conflict (point_id, ts) do nothing"""
_COUNT = """\
select (select count(*) from {piece}) as stored,
    (select count(*) from public.reading_next where {since}ts < '{end}') as moved"""
_TIMEOUT_S = 60.0
_COPY_TIMEOUT_S = 1800.0
_COUNT_TIMEOUT_S = 3600.0
_RETRY_S = 1.0
_TRIES = 300
# A quarter of a gigabyte, four million readings: some ten seconds, lost when it is broken off.
_PAGES_AT_ONCE = 32_768
# The file that makes a hypertable of a table that is not partitioned: this is done instead.
_HYPERTABLE_VERSION = 2


async def move_to_timescaledb(
    conn: Connection,
    progress: Callable[[str], None],
    *,
    pages_at_once: int = _PAGES_AT_ONCE,
) -> bool:
    """Move everything; False when the readings are a hypertable already.

    ``progress`` is told each partition that is done.

    Raises
    ------
    SchemaError
        If the server has no TimescaleDB, or readings were not moved as they are, or somebody else
        is at it.
    """
    async with _alone(conn):
        if await kind_of_store(conn) is Store.HYPERTABLE:
            await _drop_before(conn)
            return False
        await _prepare(conn)
        # Weeks may be made and dropped meanwhile.
        while todo := await _todo(conn):
            await _move(conn, todo[0], pages_at_once)
            progress(todo[0].name)
        await _patiently(lambda: _swap(conn))
        await _drop_before(conn)
    return True


@asynccontextmanager
async def _alone(conn: Connection) -> AsyncIterator[None]:
    if not await conn.fetchval(_SQL["try_lock"], timeout=_TIMEOUT_S):
        msg = "another process moves the readings of this database; let it finish"
        raise MigrationBusyError(msg)
    try:
        yield
    finally:
        if not conn.is_closed():
            await conn.fetchval(_SQL["unlock"], timeout=_TIMEOUT_S)


async def _prepare(conn: Connection) -> None:
    if not await conn.fetchval(_SQL["can_convert"], timeout=_TIMEOUT_S):
        msg = "this server has no TimescaleDB, or has not loaded it: see shared_preload_libraries"
        raise MigrationFailedError(msg)
    if await kind_of_store(conn) is not Store.PARTITIONED:
        msg = "the readings are not partitioned yet; run: boucle migrate"
        raise MigrationFailedError(msg)
    try:
        await conn.execute(_SQL["create_extension"], timeout=_TIMEOUT_S)
    except asyncpg.InsufficientPrivilegeError as error:
        msg = "the extension cannot be made; as superuser: create extension timescaledb"
        raise MigrationFailedError(msg) from error
    if not await conn.fetchval(_SQL["is_begun"], timeout=_TIMEOUT_S):
        await _patiently(lambda: _begin(conn))


async def _begin(conn: Connection) -> None:
    async with conn.transaction():
        await conn.execute(_SQL["limit_lock_wait"], timeout=_TIMEOUT_S)
        await conn.execute(_SQL["begin"], timeout=_TIMEOUT_S)
        await conn.fetch(_SQL["make_hypertable"], PIECE, timeout=_TIMEOUT_S)
        await conn.execute(_SQL["follow"], timeout=_TIMEOUT_S)


async def _todo(conn: Connection) -> list[Piece]:
    done = {row["name"] for row in await conn.fetch(_SQL["fetch_done"], timeout=_TIMEOUT_S)}
    pieces = await fetch_pieces(conn, Store.PARTITIONED)
    return [piece for piece in pieces if piece.name not in done]


async def _move(conn: Connection, piece: Piece, pages_at_once: int) -> None:
    try:
        row = await conn.fetchrow(_SQL["fetch_pages"], piece.name, timeout=_TIMEOUT_S)
        assert row is not None, "it has no from"
        for first in range(row["moved"], row["pages"], pages_at_once):
            await _copy_pages(conn, piece.name, first, first + pages_at_once)
        await _check(conn, piece)
    except asyncpg.UndefinedTableError:
        # Its time had come, and it was dropped.
        return


async def _copy_pages(conn: Connection, name: str, first: int, until: int) -> None:
    async with conn.transaction():
        await conn.execute(
            _COPY_PAGES.format(piece=name, first=first, until=until),
            timeout=_COPY_TIMEOUT_S,
        )
        await conn.execute(_SQL["note_pages"], name, until, timeout=_TIMEOUT_S)


async def _check(conn: Connection, piece: Piece) -> None:
    """As many rows in both, in one snapshot."""
    since = "" if piece.start is None else f"ts >= '{piece.start.isoformat()}' and "
    row = await conn.fetchrow(
        _COUNT.format(piece=piece.name, since=since, end=piece.end.isoformat()),
        timeout=_COUNT_TIMEOUT_S,
    )
    assert row is not None, "it has no from"
    if row["stored"] != row["moved"]:
        msg = (
            f"{piece.name} has {row['stored']} readings, the hypertable {row['moved']} of its time"
        )
        raise MigrationFailedError(msg)
    await conn.execute(_SQL["note_done"], piece.name, timeout=_TIMEOUT_S)


async def _swap(conn: Connection) -> None:
    made = next(one for one in load_migrations() if one.version == _HYPERTABLE_VERSION)
    async with conn.transaction():
        await conn.execute(_SQL["limit_lock_wait"], timeout=_TIMEOUT_S)
        await conn.execute(_SQL["swap"], timeout=_TIMEOUT_S)
        await conn.execute(_SQL["record"], made.version, made.name, made.sha256, timeout=_TIMEOUT_S)


async def _drop_before(conn: Connection) -> None:
    await conn.execute(_SQL["drop_before"], timeout=_COPY_TIMEOUT_S)


async def _patiently(act: Callable[[], Awaitable[None]]) -> None:
    """Try until nobody holds the table for the moment it takes."""
    for _ in range(_TRIES):
        try:
            await act()
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            await asyncio.sleep(_RETRY_S)
        else:
            return
    msg = f"somebody has held the readings for {_TRIES * _RETRY_S:.0f} s; try again later"
    raise MigrationBusyError(msg)
