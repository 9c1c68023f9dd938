"""Gauges summed by the server are those that the pure function sums."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.readings import Quality, ReadingBatch
from models.registers.gauges import HOLD_US, ValueRange, gauge_totals
from models.registers.samples import Samples
from service.storage.connection import Connection
from service.storage.readings import MAX_RANGES, fetch_gauges
from service.storage.writer import copy_batch
from tests.service.storage.batches import S_US, T0_US

pytestmark = pytest.mark.asyncio

T0 = datetime(2026, 11, 20, tzinfo=UTC)
RANGES: dict[int, tuple[ValueRange, ...]] = {
    1: ((18.0, 27.0), (20.0, float("inf")), (20.0, 20.0)),
    3: (),
    4: tuple((float(n), n + 6.0) for n in range(15, 15 + MAX_RANGES)),
    9: ((0.0, 1.0),),
}


def random_readings(seed: int, count: int) -> ReadingBatch:
    """Readings of five points over two days and a half: silences, bad ones, nothing to see."""
    rng = np.random.default_rng(seed)
    spread_us = int(2.5 * 86400 * S_US)
    late_us = np.sort(rng.choice(spread_us, count, replace=False))
    # A long silence of all, and steps that are often equal: readings at edges of buckets.
    late_us = late_us // (7 * S_US) * (7 * S_US)
    late_us = late_us[(late_us < spread_us // 3) | (late_us > spread_us // 2)]
    point_id = rng.integers(1, 6, len(late_us)).astype(np.int32)
    _, first = np.unique(np.stack([point_id, late_us]), axis=1, return_index=True)
    rows = np.sort(first)
    value = rng.integers(150, 300, len(rows)) / 10.0
    quality = rng.choice([0, 0, 0, 0, 0, 0, 1, 3, 4], len(rows))
    value[quality == Quality.NOT_AVAILABLE] = np.nan
    return ReadingBatch(
        point_id=point_id[rows],
        ts_us=T0_US + late_us[rows],
        received_us=T0_US + late_us[rows],
        value=value,
        quality=quality.astype(np.int16),
        origin=np.zeros(len(rows), np.int16),
    )


def samples_of_point(batch: ReadingBatch, point_id: int) -> Samples:
    rows = batch.point_id == point_id
    value = np.where(batch.quality == Quality.GOOD, batch.value, np.nan)
    return Samples(ts_us=batch.ts_us[rows], value=value[rows])


@pytest.mark.parametrize(
    ("seed", "count", "step", "hold_us"),
    [
        (1, 6000, timedelta(hours=1), HOLD_US),
        (2, 400, timedelta(minutes=5), HOLD_US),
        (3, 900, timedelta(seconds=97), 3 * 3600 * S_US),
        (4, 3000, timedelta(days=1), HOLD_US),
        (5, 200, timedelta(days=30), 86400 * S_US),
        (6, 40, timedelta(hours=7), 3 * 86400 * S_US),
    ],
)
async def test_the_server_sums_what_the_pure_function_sums(
    conn: Connection, seed: int, count: int, step: timedelta, hold_us: int
) -> None:
    batch = random_readings(seed, count)
    await copy_batch(conn, batch)
    start, end = T0 + timedelta(hours=3, minutes=1, microseconds=7), T0 + timedelta(hours=55.7)

    found = await fetch_gauges(conn, RANGES, start, end, step, hold_us=hold_us)

    assert list(found) == list(RANGES)
    for point_id, totals in found.items():
        pure = gauge_totals(
            samples_of_point(batch, point_id), totals.periods, RANGES[point_id], hold_us=hold_us
        )
        for name in ("known_us", "in_range_us", "minimum", "maximum"):
            np.testing.assert_array_equal(getattr(totals, name), getattr(pure, name), name)
        np.testing.assert_allclose(totals.integral, pure.integral, rtol=1e-12)
    assert found[1].known_us.any()
    assert not found[9].known_us.any()


async def test_steps_are_clipped_to_the_window(conn: Connection) -> None:
    start, end = T0 + timedelta(minutes=20), T0 + timedelta(hours=2, minutes=1)

    found = await fetch_gauges(conn, {1: ()}, start, end, timedelta(hours=1))

    assert found[1].periods.duration_s.tolist() == [2400.0, 3600.0, 60.0]
    assert found[1].periods.start_us[0] == T0_US + 1200 * S_US


async def test_values_that_are_no_numbers_end_what_stood_before(conn: Connection) -> None:
    await conn.executemany(
        "insert into reading values (1, $1, null, $2, 0, 0)",
        [
            (T0, 20.0),
            (T0 + timedelta(seconds=10), float("inf")),
            (T0 + timedelta(seconds=20), float("nan")),
            (T0 + timedelta(seconds=30), None),
            (T0 + timedelta(seconds=40), 30.0),
        ],
    )

    found = await fetch_gauges(conn, {1: ()}, T0, T0 + timedelta(minutes=1), timedelta(minutes=1))

    assert found[1].known_s.tolist() == [30.0]
    assert found[1].mean[0] == pytest.approx(80 / 3)


async def test_no_more_ranges_than_the_query_sums(conn: Connection) -> None:
    with pytest.raises(ValueError, match="point 1 has 7 ranges; at most 6"):
        await fetch_gauges(conn, {1: ((0.0, 1.0),) * 7}, T0, T0, timedelta(hours=1))
