"""Brings a database to the schema of this version.

Migrations are files ``NNNN_what.sql``, applied in order, forward only. Each runs in its own
transaction unless its head says ``-- no-transaction`` (then it holds a single statement).
``-- requires-extension: name`` makes a file wait, without blocking later ones, until the
server has that extension; ``-- instead-of: NNNN`` in another file ends that wait for ever, once it
is applied. The SHA-256 of each applied file is kept and checked.

Only ``boucle migrate`` and what starts a whole tree of processes bring a database forward; each
process checks with :func:`require_schema` that it knows the tables it is about to use.

The lock is polled, never waited for inside PostgreSQL: a blocked session holds a snapshot,
and ``CREATE INDEX CONCURRENTLY`` in the other runner would wait for it: a deadlock.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import structlog

from service.storage.connection import Connection, connected
from service.storage.errors import (
    MigrationBusyError,
    MigrationChangedError,
    MigrationFailedError,
    NotMigratedError,
    SchemaTooNewError,
)
from service.storage.named_sql import load_queries
from service.storage.reader_roles import grant_readers

MIGRATIONS = Path(__file__).with_name("migrations")

_SQL = load_queries("migrate.sql")
_FILE_NAME = re.compile(r"^(?P<version>\d{4})_[a-z0-9_]+\.sql$")
_REQUIRES = re.compile(r"^-- requires-extension: (?P<name>[a-z_]+)$", re.MULTILINE)
_INSTEAD_OF = re.compile(r"^-- instead-of: (?P<version>\d{4})$", re.MULTILINE)
_NO_TRANSACTION = re.compile(r"^-- no-transaction$", re.MULTILINE)

# Any constant of our own will do: it only has to differ from other users of the database.
_LOCK_KEY = 0x626F75636C65
_LOCK_POLL_S = 0.1
# Moving a year of readings into a hypertable takes minutes.
_FILE_TIMEOUT_S = 1800.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file. ``extension`` names what the server must have for it, or is None.

    ``instead_of`` is a file that is not applied any more once this one is, or None.
    """

    version: int
    name: str
    sql: str
    sha256: str
    extension: str | None
    instead_of: int | None
    in_transaction: bool


def load_migrations(folder: Path = MIGRATIONS) -> tuple[Migration, ...]:
    """Read the migration files of a folder, in order of their numbers."""
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        match = _FILE_NAME.match(path.name)
        if match is None:
            msg = f"{path.name}: a migration is called NNNN_what.sql"
            raise ValueError(msg)
        version = int(match["version"])
        if version in found:
            msg = f"{path.name} and {found[version].name} have the same number"
            raise ValueError(msg)
        sql = path.read_text(encoding="utf-8")
        required = _REQUIRES.search(sql)
        replaced = _INSTEAD_OF.search(sql)
        found[version] = Migration(
            version=version,
            name=path.name,
            sql=sql,
            sha256=hashlib.sha256(sql.encode()).hexdigest(),
            extension=required["name"] if required else None,
            instead_of=int(replaced["version"]) if replaced else None,
            in_transaction=_NO_TRANSACTION.search(sql) is None,
        )
    return tuple(found.values())


async def migrate(
    conn: Connection, *, folder: Path = MIGRATIONS, lock_wait_s: float = 60.0
) -> tuple[int, ...]:
    """Apply what is missing and return the numbers of the files applied now.

    Several processes may call this at once; one works, the others wait and find it done.
    """
    migrations = load_migrations(folder)
    async with _exclusive(conn, lock_wait_s):
        await conn.execute(_SQL["create_schema_migration"])
        applied = await _fetch_applied(conn)
        _refuse_unknown(migrations, applied)
        settled = {m.instead_of for m in migrations if m.version in applied} | set(applied)
        done = []
        for migration in migrations:
            if migration.version in settled or not await _has_extension(conn, migration):
                continue
            await _apply(conn, migration)
            done.append(migration.version)
        # Each time: roles are of the server, and neither in a backup nor in this database.
        await grant_readers(conn)
    return tuple(done)


async def migrate_database(dsn: str) -> tuple[int, ...]:
    """Connect, and apply what is missing."""
    async with connected(dsn) as conn:
        return await migrate(conn)


async def require_schema(conn: Connection, *, folder: Path = MIGRATIONS) -> None:
    """Change nothing, and see that the tables are those of this version.

    Raises
    ------
    NotMigratedError, SchemaTooNewError, MigrationChangedError
        With the remedy. A file that waits for an extension that the database does not have is not
        missed.
    """
    migrations = load_migrations(folder)
    known = await conn.fetchval(_SQL["has_schema_migration"])
    applied = await _fetch_applied(conn) if known else {}
    _refuse_unknown(migrations, applied)
    missing = [
        one.name
        for one in migrations
        if one.version not in applied
        and (one.extension is None or await conn.fetchval(_SQL["has_extension"], one.extension))
    ]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        msg = f"the database is not migrated: it lacks {missing[0]}{more}; run: boucle migrate"
        raise NotMigratedError(msg)


class SchemaAtStart:
    """:func:`require_schema` with the first connection only.

    What runs goes on when a newer version migrates.
    """

    def __init__(self) -> None:
        self._seen = False

    async def __call__(self, conn: Connection) -> None:
        """Check, unless that was done."""
        if not self._seen:
            await require_schema(conn)
        self._seen = True


@asynccontextmanager
async def _exclusive(conn: Connection, wait_s: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(wait_s):
            while not await conn.fetchval(_SQL["try_lock"], _LOCK_KEY):  # noqa: ASYNC110  # see top
                await asyncio.sleep(_LOCK_POLL_S)
    except TimeoutError as exc:
        msg = f"another process has been migrating this database for {wait_s:g} s; try again later"
        raise MigrationBusyError(msg) from exc
    try:
        yield
    finally:
        if not conn.is_closed():
            await conn.fetchval(_SQL["unlock"], _LOCK_KEY)


async def _fetch_applied(conn: Connection) -> dict[int, str]:
    rows = await conn.fetch(_SQL["fetch_applied"])
    return {row["version"]: row["sha256"] for row in rows}


def _refuse_unknown(migrations: Sequence[Migration], applied: Mapping[int, str]) -> None:
    known = {m.version: m for m in migrations}
    unknown = sorted(set(applied) - set(known))
    if unknown:
        msg = (
            f"the database holds migration {unknown[-1]:04d}, this version of Boucle knows "
            f"{max(known, default=0):04d} at most; install the newer version, then run: "
            "boucle migrate"
        )
        raise SchemaTooNewError(msg)
    for version, sha256 in applied.items():
        if known[version].sha256 != sha256:
            msg = (
                f"{known[version].name} was edited after it was applied; restore the file, "
                "put the change in a new migration, then run: boucle migrate"
            )
            raise MigrationChangedError(msg)


async def _has_extension(conn: Connection, migration: Migration) -> bool:
    name = migration.extension
    if name is None or await conn.fetchval(_SQL["has_extension"], name):
        return True
    # TimescaleDB ends the session when it is created without having been preloaded, so
    # the setting that its loader defines is looked for first.
    if not await conn.fetchval(_SQL["can_create_extension"], name):
        return False
    try:
        async with conn.transaction():
            await conn.execute(f'create extension if not exists "{name}"')
    except asyncpg.InsufficientPrivilegeError:
        _log.warning(
            "extension_not_permitted",
            extension=name,
            remedy=f"as superuser: create extension {name}",
        )
        return False
    return True


async def _apply(conn: Connection, migration: Migration) -> None:
    try:
        if migration.in_transaction:
            async with conn.transaction():
                await conn.execute(_SQL["limit_lock_wait"])
                await conn.execute(migration.sql, timeout=_FILE_TIMEOUT_S)
                await _record(conn, migration)
        else:
            await conn.execute(migration.sql, timeout=_FILE_TIMEOUT_S)
            await _record(conn, migration)
    except asyncpg.LockNotAvailableError as exc:
        msg = f"{migration.name}: a table is in use; stop what uses it and run: boucle migrate"
        raise MigrationBusyError(msg) from exc
    except asyncpg.PostgresError as exc:
        msg = f"{migration.name} was refused and rolled back: {exc}"
        raise MigrationFailedError(msg) from exc
    _log.info("migration_applied", migration=migration.name)


async def _record(conn: Connection, migration: Migration) -> None:
    await conn.execute(_SQL["record"], migration.version, migration.name, migration.sha256)
