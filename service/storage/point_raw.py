"""The last raw words of each point in the store: written by the collector, now and then."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from collectors.raw import RawBook, RawPoint, RawRegisters, RawVariable
from models.legal_time.days import from_us, to_us
from service.storage.connection import Connection, Pool, connected
from service.storage.faults import WRITE_FAILURES
from service.storage.named_sql import load_queries
from service.storage.pooled import pooled

_SQL = load_queries("point_raw.sql")
# The first words soon after the start, then at a pace that costs nothing.
_FIRST_S, _EVERY_S = 3.0, 30.0
# Words that stay the same are written again so seldom: their time tells that they are read.
_SAME_US = 300_000_000
_TIMEOUT_S = 10.0
_LONGEST_FAILURE = 500


class RawReport:
    """What of the words differs from what was written last."""

    def __init__(self) -> None:
        """Nothing was written yet."""
        self._written: dict[str, RawPoint] = {}

    def news(self, points: Iterable[RawPoint]) -> list[RawPoint]:
        """Those of some points that are to be written."""
        return [one for one in points if self._is_news(one)]

    def written(self, points: Iterable[RawPoint]) -> None:
        """Some are in the store."""
        self._written.update((one.key, one) for one in points)

    def _is_news(self, now: RawPoint) -> bool:
        before = self._written.get(now.key)
        if before is None or now.raw != before.raw or now.failure != before.failure:
            return True
        times = (now.read_us, before.read_us), (now.failed_us, before.failed_us)
        return any((new or 0) - (old or 0) >= _SAME_US for new, old in times)


async def report_raw(dsn: str, site: str, book: RawBook, stop: asyncio.Event) -> None:
    """Write what is new every half minute until told to stop; a lost report is made up for."""
    report = RawReport()
    await _pause(stop, _FIRST_S)
    while not stop.is_set():
        try:
            async with connected(dsn, command_timeout_s=_TIMEOUT_S) as conn:
                while not stop.is_set():
                    await _write_news(conn, site, book, report)
                    await _pause(stop, _EVERY_S)
        except WRITE_FAILURES:
            # The health of devices already tells that the database is away, and since when.
            await _pause(stop, _EVERY_S)


async def _write_news(conn: Connection, site: str, book: RawBook, report: RawReport) -> None:
    news: list[RawPoint] = []
    for source in book.sources:
        news += report.news(source.raw())
        # Pollers go first.
        await asyncio.sleep(0)
    await upsert_point_raw(conn, site, news)
    report.written(news)


async def _pause(stop: asyncio.Event, delay_s: float) -> None:
    try:
        async with asyncio.timeout(delay_s):
            await stop.wait()
    except TimeoutError:
        return


async def upsert_point_raw(conn: Connection, site: str, points: Sequence[RawPoint]) -> None:
    """Write the words of some points in one statement, in place of those before."""
    if not points:
        return
    # In the order of the key, so that two collectors never wait for each other's rows.
    rows = [
        (
            one.key,
            None if one.read_us is None else from_us(one.read_us),
            None if one.raw is None else json.dumps(_record(one.raw)),
            None if one.failed_us is None else from_us(one.failed_us),
            None if one.failure is None else _storable(one.failure)[:_LONGEST_FAILURE],
        )
        for one in sorted(points, key=lambda one: one.key)
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    await conn.execute(_SQL["upsert_point_raw"], site, *columns)


async def fetch_point_raw(conn: Connection, site: str, keys: Sequence[str]) -> dict[str, RawPoint]:
    """The last words of some points; nothing of those that were never tried."""
    rows = await conn.fetch(_SQL["fetch_point_raw"], site, list(keys))
    return {
        row["key"]: RawPoint(
            key=row["key"],
            read_us=None if row["read_at"] is None else to_us(row["read_at"]),
            raw=None if row["raw"] is None else _raw(row["raw"]),
            failed_us=None if row["failed_at"] is None else to_us(row["failed_at"]),
            failure=row["failure"],
        )
        for row in rows
    }


class StoredRaw:
    """The last words of the points of one site, for who explains them."""

    def __init__(self, pool: Pool, site: str) -> None:
        self._pool, self._site = pool, site

    async def raw_of(self, keys: Sequence[str]) -> dict[str, RawPoint]:
        """The words of some points; raises StoreAway."""
        async with pooled(self._pool) as conn:
            return await fetch_point_raw(conn, self._site, keys)


def _record(raw: RawRegisters | RawVariable) -> dict[str, object]:
    protocol = "modbus" if isinstance(raw, RawRegisters) else "opcua"
    record = {"protocol": protocol, **asdict(raw)}
    return {name: _storable(one) if isinstance(one, str) else one for name, one in record.items()}


def _storable(text: str) -> str:
    """Without what no PostgreSQL text can hold: a device may send anything."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _raw(text: str) -> RawRegisters | RawVariable:
    record = json.loads(text)
    protocol = record.pop("protocol")
    if protocol == "modbus":
        return RawRegisters(**{**record, "words": tuple(record["words"])})
    return RawVariable(**record)
