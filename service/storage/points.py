"""The points of a site: names on the outside, small numbers in the readings."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from uuid import UUID

from service.storage.connection import Connection
from service.storage.errors import PointConflictError
from service.storage.named_sql import load_queries

_SQL = load_queries("points.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class PointSpec:
    """What a point is. ``kind`` is a :class:`models.quantities.StateClass` value."""

    key: str
    device: str
    name: str
    quantity: str
    unit: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRow:
    """A point and the number that stands for it in the readings."""

    point_id: int
    key: str
    device: str
    name: str
    quantity: str
    unit: str
    kind: str


async def register_points(
    conn: Connection, site: str, points: Iterable[PointSpec]
) -> dict[str, int]:
    """Make the points known and return the number of each key. Safe to repeat.

    Raises
    ------
    PointConflictError
        If a known key now means something else: its past would be read wrongly.
    """
    wanted = {point.key: point for point in points}
    known = {row.key: row for row in await fetch_points(conn, site)}
    _refuse_changed(wanted, known)
    fresh = [astuple(point) for key, point in wanted.items() if key not in known]
    if fresh:
        columns = [list(column) for column in zip(*fresh, strict=True)]
        await conn.execute(_SQL["insert_points"], site, *columns)
        # Another process may have been first with some of them.
        known = {row.key: row for row in await fetch_points(conn, site)}
        _refuse_changed(wanted, known)
    return {key: known[key].point_id for key in wanted}


def _refuse_changed(wanted: dict[str, PointSpec], known: dict[str, PointRow]) -> None:
    for key, point in wanted.items():
        row = known.get(key)
        if row is None:
            continue
        before = (row.quantity, row.unit, row.kind)
        after = (point.quantity, point.unit, point.kind)
        if before != after:
            msg = (
                f"point {key} was recorded as {' '.join(before)} and is now {' '.join(after)}; "
                "give the new measurement a new device id or point name"
            )
            raise PointConflictError(msg)


async def restore_numbers(
    conn: Connection, site: str, points: Iterable[PointSpec], numbers: Mapping[str, int]
) -> int:
    """Give a restored store the points it lacks, under the numbers that readings carry already.

    Returns how many it lacked.

    Raises
    ------
    PointConflictError
        If the store gave one of the numbers to another point, or another number to the point.
    """
    wanted = {point.key: point for point in points if point.key in numbers}
    ids = [numbers[key] for key in wanted]
    async with conn.transaction():
        claims = await conn.fetch(_SQL["fetch_claims"], ids, site, list(wanted))
        for claim in claims:
            if claim["site"] != site or numbers.get(claim["key"]) != claim["point_id"]:
                msg = (
                    f"point {claim['point_id']} of this store is {claim['key']} of "
                    f"{claim['site']}, and another one in the readings that wait: they would be "
                    "misread; restore a newer backup"
                )
                raise PointConflictError(msg)
        known = {claim["key"] for claim in claims}
        lacking = [
            (numbers[key], *astuple(point)) for key, point in wanted.items() if key not in known
        ]
        if lacking:
            columns = [list(column) for column in zip(*lacking, strict=True)]
            await conn.execute(_SQL["insert_numbered_points"], site, *columns)
            await conn.fetchval(_SQL["number_on"])
    return len(lacking)


async def fetch_points(conn: Connection, site: str) -> list[PointRow]:
    """Every point ever registered for a site."""
    return [PointRow(**row) for row in await conn.fetch(_SQL["fetch_points"], site)]


async def fetch_store_id(conn: Connection) -> UUID:
    """The identity of this database, which names the spool that belongs to it."""
    store_id: UUID = await conn.fetchval(_SQL["fetch_store_id"])
    return store_id
