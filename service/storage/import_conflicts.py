"""A block of past readings beside what is stored: what is new goes in, what differs is told.

Raw readings are never overwritten: of two values for one point and time the stored one stays.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg
import numpy as np

from models.readings import Origin, Quality, ReadingBatch
from service.storage.connection import Connection
from service.storage.copy import READING_COLUMNS, copy_stream
from service.storage.named_sql import load_queries
from service.storage.writer import copy_batch, write_batch

MAX_CONFLICTS_TOLD: Final = 20
_SQL = load_queries("imports.sql")
_STAGING: Final = "import_staging"
_TIMEOUT_S: Final = 120.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A reading that is stored with another value or quality than a file offers."""

    key: str
    unit: str
    ts: datetime
    stored_value: float | None
    stored_quality: Quality
    stored_origin: Origin
    offered_value: float
    offered_quality: Quality

    def __str__(self) -> str:
        """Say it in one line, with every digit: values may differ in the last one."""
        origin = self.stored_origin.name.lower()
        return (
            f"{self.key} at {self.ts.isoformat()}: "
            f"stored {_value(self.stored_value, self.unit, self.stored_quality)}, {origin}; "
            f"offered {_value(self.offered_value, self.unit, self.offered_quality)}"
        )


def _value(value: float | None, unit: str, quality: Quality) -> str:
    said = "no value" if value is None else f"{value!r} {unit}"
    return f"{said}, {quality.name.lower().replace('_', ' ')}"


@dataclass(slots=True)
class Met:
    """What blocks met in the store. ``first_conflicts`` are few, ``conflicts`` counts all."""

    inserted: int = 0
    already_there: int = 0
    conflicts: int = 0
    first_conflicts: list[Conflict] = field(default_factory=list)

    @property
    def readings(self) -> int:
        """All readings of the blocks."""
        return self.inserted + self.already_there + self.conflicts

    def add(self, other: "Met") -> None:
        """Add what a later block met."""
        self.inserted += other.inserted
        self.already_there += other.already_there
        self.conflicts += other.conflicts
        told = MAX_CONFLICTS_TOLD - len(self.first_conflicts)
        self.first_conflicts += other.first_conflicts[:told]


async def write_block(conn: Connection, batch: ReadingBatch) -> Met:
    """Insert what is new: straight into the table where nothing can collide, else beside it."""
    if not await _is_occupied(conn, batch):
        try:
            async with conn.transaction():
                return Met(inserted=await copy_batch(conn, batch, timeout_s=_TIMEOUT_S))
        except asyncpg.UniqueViolationError:
            # A collector wrote one of them since we looked.
            pass
    met = await _look(conn, batch)
    new = len(batch) - met.readings
    if not new:
        return met
    inserted = await write_batch(conn, batch, timeout_s=_TIMEOUT_S)
    if inserted != new:
        # A collector wrote some of them since we looked: are they the same?
        met = await _look(conn, batch)
    met.inserted = inserted
    met.already_there = len(batch) - inserted - met.conflicts
    return met


async def conflicts_of_block(conn: Connection, batch: ReadingBatch) -> Met:
    """Only look, and write nothing."""
    return await _look(conn, batch) if await _is_occupied(conn, batch) else Met()


async def _is_occupied(conn: Connection, batch: ReadingBatch) -> bool:
    points = np.unique(batch.point_id).tolist()
    return bool(await conn.fetchval(_SQL["has_readings"], points, *_range(batch)))


async def _stage(conn: Connection, batch: ReadingBatch) -> None:
    await conn.execute(_SQL["create_staging"], timeout=_TIMEOUT_S)
    await conn.execute(_SQL["empty_staging"], timeout=_TIMEOUT_S)
    await conn.copy_to_table(
        _STAGING,
        schema_name="pg_temp",
        source=copy_stream(batch),
        columns=list(READING_COLUMNS),
        format="binary",
        timeout=_TIMEOUT_S,
    )


async def _look(conn: Connection, batch: ReadingBatch) -> Met:
    """What of the block is there already, and what of that is stored otherwise."""
    async with conn.transaction():
        await _stage(conn, batch)
        row = await conn.fetchrow(_SQL["count_met"], *_range(batch), timeout=_TIMEOUT_S)
        met, conflicts = (row["met"], row["conflicts"]) if row else (0, 0)
        told = await _first_conflicts(conn, batch) if conflicts else []
    return Met(already_there=met - conflicts, conflicts=conflicts, first_conflicts=told)


async def _first_conflicts(conn: Connection, batch: ReadingBatch) -> list[Conflict]:
    rows = await conn.fetch(
        _SQL["first_conflicts"], *_range(batch), MAX_CONFLICTS_TOLD, timeout=_TIMEOUT_S
    )
    return [
        Conflict(
            key=row["key"],
            unit=row["unit"],
            ts=row["ts"],
            stored_value=row["stored_value"],
            stored_quality=Quality(row["stored_quality"]),
            stored_origin=Origin(row["stored_origin"]),
            offered_value=row["offered_value"],
            offered_quality=Quality(row["offered_quality"]),
        )
        for row in rows
    ]


def _range(batch: ReadingBatch) -> tuple[datetime, datetime]:
    first_us, last_us = int(batch.ts_us.min()), int(batch.ts_us.max())
    return _EPOCH + timedelta(microseconds=first_us), _EPOCH + timedelta(microseconds=last_us)
