"""Tells the store a spool belongs to from a restored copy of it.

A copy carries the store's identity along, so three things are compared with what the spool
remembers of the store, in a file beside its readings:

- the identifier of the database cluster and the number of the database in it, which a dump that was
  restored does not carry along. Where the server does not tell the first, the others must do;
- the mark: about twice a minute the spool leaves the time in the store and remembers it. A copy of
  the files of a cluster carries everything along, but its mark is as old as the copy.

A standby that took over is the same cluster, and its mark lags by what it had not yet received:
seconds, or nothing. A mark that lags by more than minutes is a backup's.
"""

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self
from uuid import UUID, uuid4

import structlog

from service.storage.connection import Connection
from service.storage.errors import StoreReplacedError
from service.storage.named_sql import load_queries

# An asynchronous standby lags by seconds; a backup is older, and a copy soon is.
STANDBY_LAG = timedelta(minutes=5)
ADOPT_COMMAND = "boucle spool adopt"
_MEMORY = "store.json"

_SQL = load_queries("store_guard.sql")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreIdentity:
    """What a database says of itself. ``system_identifier`` is None where it does not say."""

    store_id: UUID
    system_identifier: int | None
    database_oid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreMemory:
    """What a spool remembers of its store."""

    spool_id: UUID
    system_identifier: int | None
    database_oid: int
    marked_at: datetime

    def to_json(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """As it was kept; ValueError, KeyError or TypeError when it was not."""
        data = json.loads(text)
        return cls(
            spool_id=UUID(data["spool_id"]),
            system_identifier=data["system_identifier"],
            database_oid=data["database_oid"],
            marked_at=datetime.fromisoformat(data["marked_at"]),
        )


async def fetch_identity(conn: Connection) -> StoreIdentity:
    """Ask the database who it is, as far as this role may know."""
    row = await conn.fetchrow(_SQL["fetch_store"])
    assert row is not None
    system = await conn.fetchval(_SQL["fetch_system_identifier"]) if row["tells_system"] else None
    return StoreIdentity(
        store_id=row["store_id"], system_identifier=system, database_oid=row["database_oid"]
    )


def difference(memory: StoreMemory, found: StoreIdentity, marked_at: datetime | None) -> str | None:
    """What shows that the database found is a copy; None when nothing does."""
    systems = (memory.system_identifier, found.system_identifier)
    if None not in systems and systems[0] != systems[1]:
        return "it is in another database cluster"
    if found.database_oid != memory.database_oid:
        return "it is another database of the server"
    if marked_at is None:
        return "it never heard of this spool"
    if marked_at < memory.marked_at - STANDBY_LAG:
        return f"it lacks what came from {marked_at:%Y-%m-%d %H:%M} UTC on"
    return None


class StoreGuard:
    """Stands between one spool and whatever answers at its database's address."""

    def __init__(self, folder: Path, store_id: UUID) -> None:
        self._path = folder / _MEMORY
        self._store_id = store_id

    def memory(self) -> StoreMemory | None:
        """What is remembered; None before the first time, and when it cannot be read."""
        try:
            return StoreMemory.from_json(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as exc:
            _log.error("store_memory_damaged", path=str(self._path), reason=str(exc))
            return None

    async def check(self, conn: Connection) -> None:
        """Let the store pass; anything passes a spool that remembers none.

        Raises
        ------
        StoreReplacedError
            If another database, or a copy of the store, answers.
        """
        found = await fetch_identity(conn)
        if found.store_id != self._store_id:
            msg = (
                f"the database is now {found.store_id}, the spool belongs to {self._store_id}: "
                "point numbers would not fit; restart the collector to use the new database"
            )
            raise StoreReplacedError(msg)
        memory = self.memory()
        if memory is None:
            return
        marked_at = await conn.fetchval(_SQL["fetch_mark"], memory.spool_id)
        reason = difference(memory, found, marked_at)
        if reason is not None:
            msg = (
                f"the database is a restored copy of the store the spool belongs to: {reason}; "
                f"readings wait on disk; `{ADOPT_COMMAND}` makes it the store from now on"
            )
            raise StoreReplacedError(msg)
        if marked_at < memory.marked_at:
            # Committed once and gone with the server that fell: the spool has them no more.
            lag_s = (memory.marked_at - marked_at).total_seconds()
            _log.warning("store_lags", lag_s=lag_s, marked_at=str(marked_at))

    async def mark(self, conn: Connection) -> None:
        """Leave the time in the store, and remember store and time."""
        memory = await self._marked(conn)
        known = self.memory()
        if memory.system_identifier is None and known is not None:
            # A right that was taken away must not blunt the comparison for good.
            memory = replace(memory, system_identifier=known.system_identifier)
        await asyncio.to_thread(self._remember, memory)

    async def adopt(self, conn: Connection) -> None:
        """Take the database for the store from now on."""
        await asyncio.to_thread(self._remember, await self._marked(conn))

    async def _marked(self, conn: Connection) -> StoreMemory:
        found, known = await fetch_identity(conn), self.memory()
        spool_id = uuid4() if known is None else known.spool_id
        return StoreMemory(
            spool_id=spool_id,
            system_identifier=found.system_identifier,
            database_oid=found.database_oid,
            marked_at=await conn.fetchval(_SQL["set_mark"], spool_id),
        )

    def _remember(self, memory: StoreMemory) -> None:
        part = self._path.with_suffix(".part")
        try:
            part.write_text(memory.to_json(), encoding="utf-8")
            part.replace(self._path)
        except OSError as exc:
            # A full disk is made free by draining: it must not be what stops the drain.
            _log.warning("store_memory_not_written", path=str(self._path), reason=exc.strerror)
