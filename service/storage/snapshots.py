"""The snapshot between processes: one evaluation writes it, any number of servers read it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from service.evaluation.ports import StoreAway
from service.live.codec import PARTS, decode, encode, snapshot_format
from service.live.snapshot import LiveSnapshot
from service.storage.connection import Connection
from service.storage.errors import LeaseLostError, StoreUnreachableError
from service.storage.lease import Held
from service.storage.line import Line
from service.storage.migrate import SchemaAtStart
from service.storage.named_sql import load_queries

_SQL = load_queries("snapshots.sql")
_CHANNEL: Final = "boucle_snapshot"


class SnapshotWriter:
    """Writes what changed since the last one that was written, as long as the lease is held."""

    def __init__(self, dsn: str, site: str, held: Held) -> None:
        self._site, self._held = site, held
        self._line = Line(dsn)
        self._written: Mapping[str, object] = {}
        self._written_on: Connection | None = None

    async def publish(self, snapshot: LiveSnapshot) -> None:
        """Write it and tell the servers.

        Raises
        ------
        StoreAway
            If it could not be written, or nobody knows; the next one is written whole.
        LeaseLostError
            If another process evaluates this site now.
        """
        values = {name: getattr(snapshot, name) for name in PARTS}
        before, self._written = self._written, {}
        try:
            async with self._line.use() as conn:
                # Between two snapshots the server may have crashed, which empties the parts, and be
                # back already: nothing but the new connection tells.
                known = before if conn is self._written_on else {}
                changed = await asyncio.to_thread(_encode_changed, values, known)
                self._written_on = conn
                written = await conn.fetchrow(
                    _SQL["write"],
                    self._site,
                    self._held.name,
                    self._held.token,
                    snapshot_format(),
                    PARTS,
                    list(changed),
                    list(changed.values()),
                )
        except StoreUnreachableError as error:
            raise StoreAway(str(error)) from error
        if written is None:
            msg = f"another process took over: {self._held.name}"
            raise LeaseLostError(msg)
        self._written = values

    async def close(self) -> None:
        """Close its connection."""
        await self._line.close()


def _encode_changed(
    values: Mapping[str, object], written: Mapping[str, object]
) -> dict[str, bytes]:
    return {
        name: encode(name, value)
        for name, value in values.items()
        if name not in written or (written[name] is not value and written[name] != value)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look at the database found.

    ``snapshot`` is the newest that could be read, also when it was read before; ``lacking`` says
    why the newest in the database could not. Ages are by the clock of the database.
    """

    seq: int
    snapshot: LiveSnapshot | None
    evaluation_age_s: float | None
    collector_age_s: float | None
    lacking: str | None


class SnapshotReader:
    """Follows the snapshots of one site."""

    def __init__(self, dsn: str, site: str) -> None:
        self._site = site
        self._require_schema = SchemaAtStart()
        self._line = Line(dsn, prepare=self._prepare)
        self._news = asyncio.Event()
        self._seq = 0
        self._parts: dict[str, Any] = {}
        self._snapshot: LiveSnapshot | None = None

    async def _prepare(self, conn: Connection) -> None:
        await self._require_schema(conn)
        await conn.add_listener(_CHANNEL, self._hear)

    def _hear(self, _conn: object, _pid: int, _channel: str, site: object) -> None:
        if site == self._site:
            self._news.set()

    async def wait(self, at_most_s: float) -> None:
        """Until a snapshot is announced, or so long."""
        try:
            async with asyncio.timeout(at_most_s):
                await self._news.wait()
        except TimeoutError:
            return

    async def look(self) -> Look:
        """The newest snapshot.

        Raises
        ------
        StoreUnreachableError
            If the database does not answer in time.
        SchemaError
            If its tables are not those of this version.
        """
        self._news.clear()
        async with self._line.use() as conn:
            rows = await conn.fetch(_SQL["look"], self._site, self._seq, snapshot_format())
            collector_age_s = await conn.fetchval(_SQL["collector_age"], self._site)
        if not rows:
            return self._found(0, None, collector_age_s, "no evaluation has written anything yet")
        head = rows[0]
        age_s, lacking = float(head["age_s"]), None
        bodies = {row["name"]: row["body"] for row in rows if row["name"] is not None}
        if head["format"] != snapshot_format():
            lacking = "the evaluation is of another version of Boucle"
        elif head["seq"] < self._seq:
            # A database that was restored: everything is read at the next look.
            self._seq, lacking = 0, "the database holds an older snapshot"
        elif head["seq"] > self._seq:
            lacking = await self._take(head["seq"], head["parts"], bodies)
        return self._found(head["seq"], age_s, collector_age_s, lacking)

    async def _take(self, seq: int, names: list[str], bodies: Mapping[str, bytes]) -> str | None:
        """Put the parts together. After a crash of the database some may not be there yet."""
        if any(name not in bodies and name not in self._parts for name in names):
            return "the snapshot in the database is not whole yet"
        self._parts |= await asyncio.to_thread(_decode_all, bodies)
        self._seq, self._snapshot = seq, LiveSnapshot(**self._parts)
        return None

    def _found(
        self, seq: int, age_s: float | None, collector_age_s: float | None, lacking: str | None
    ) -> Look:
        return Look(
            seq=self._seq if lacking is None else seq,
            snapshot=self._snapshot,
            evaluation_age_s=age_s,
            collector_age_s=collector_age_s,
            lacking=lacking,
        )

    async def close(self) -> None:
        """Close its connection."""
        await self._line.close()


def _decode_all(bodies: Mapping[str, bytes]) -> dict[str, Any]:
    return {name: decode(name, body) for name, body in bodies.items()}
