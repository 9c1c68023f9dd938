"""Points and batches for the tests of the store."""

from collections.abc import Sequence

import numpy as np

from models.readings import Origin, Quality, ReadingBatch
from service.storage.connection import Connection
from service.storage.points import PointSpec, register_points

# 2026-11-20 00:00 UTC
T0_US = 1_795_132_800_000_000
S_US = 1_000_000


def batch_of(
    point_id: Sequence[int],
    ts_us: Sequence[int],
    value: Sequence[float],
    quality: int = Quality.GOOD,
) -> ReadingBatch:
    """Measured readings, received a second after their time."""
    count = len(point_id)
    times = np.array(ts_us, np.int64)
    return ReadingBatch(
        point_id=np.array(point_id, np.int32),
        ts_us=times,
        received_us=times + S_US,
        value=np.array(value, np.float64),
        quality=np.full(count, quality, np.int16),
        origin=np.full(count, Origin.MEASURED, np.int16),
    )


def batch_of_rows(rows: Sequence[tuple[int, int, float]]) -> ReadingBatch:
    """Readings from (point, time, value)."""
    return batch_of([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])


def ticks(point_ids: Sequence[int], start: int, count: int) -> ReadingBatch:
    """One reading per point and second; the value is the number of the second."""
    seconds = np.arange(start, start + count)
    return batch_of(
        np.tile(point_ids, count).tolist(),
        np.repeat(T0_US + seconds * S_US, len(point_ids)).tolist(),
        np.repeat(seconds, len(point_ids)).astype(float).tolist(),
    )


def energy_point(number: int) -> PointSpec:
    """The specification of a counter."""
    return PointSpec(
        key=f"meter_{number}.active_energy_kwh",
        device=f"meter_{number}",
        name="active_energy_kwh",
        quantity="active_energy",
        unit="kWh",
        kind="counter",
    )


async def register(conn: Connection, count: int) -> list[int]:
    """Register some counters of the site ``site`` and give their numbers."""
    ids = await register_points(conn, "site", [energy_point(n) for n in range(count)])
    return list(ids.values())
