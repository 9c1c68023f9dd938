"""Writing and asking: on real servers, against plain numpy."""

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.readings import Quality, ReadingBatch
from service.storage import devices, importer, migrate, named_sql, points, readings
from service.storage.connection import Connection, connected
from service.storage.errors import PointConflictError, StoreUnreachableError
from service.storage.writer import copy_batch, write_batch
from tests.service.storage.batches import S_US, T0_US, batch_of, energy_point, ticks

T0 = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.asyncio
async def test_the_same_readings_twice_are_once(conn: Connection) -> None:
    assert await write_batch(conn, ticks([1, 2, 3], 0, 10)) == 30
    assert await write_batch(conn, ticks([1, 2, 3], 0, 10)) == 0
    assert await write_batch(conn, ticks([1, 2, 3], 5, 10)) == 15
    twice = batch_of([4, 4], [T0_US, T0_US], [1.0, 2.0])
    assert await write_batch(conn, twice) == 1
    assert await write_batch(conn, ReadingBatch.empty()) == 0
    assert await conn.fetchval("select count(*) from reading") == 46


@pytest.mark.asyncio
async def test_a_write_is_part_of_the_callers_transaction(conn: Connection) -> None:
    transaction = conn.transaction()
    await transaction.start()
    assert await write_batch(conn, ticks([1], 0, 5)) == 5
    assert await write_batch(conn, ticks([1], 0, 6)) == 1
    await transaction.rollback()
    assert await conn.fetchval("select count(*) from reading") == 0
    assert await write_batch(conn, ticks([1], 0, 5)) == 5


@pytest.mark.asyncio
async def test_two_writers_of_the_same_readings(database_url: str) -> None:
    async def write(start: int) -> int:
        async with connected(database_url) as conn:
            return sum([await write_batch(conn, ticks([1, 2], n, 20)) for n in range(start, 40)])

    inserted = await asyncio.gather(write(0), write(1), write(2))
    assert sum(inserted) == 2 * 59


@pytest.mark.asyncio
async def test_points_keep_their_numbers_and_their_meaning(database_url: str) -> None:
    specs = [energy_point(n) for n in range(30)]

    async def register_all() -> dict[str, int]:
        async with connected(database_url) as conn:
            return await points.register_points(conn, "site", specs)

    first, second = await asyncio.gather(register_all(), register_all())
    assert first == second
    assert len(set(first.values())) == 30
    changed = dataclasses.replace(specs[3], quantity="heat_energy")
    async with connected(database_url) as conn:
        other = await points.register_points(conn, "other", specs[:1])
        assert not set(other.values()) & set(first.values())
        with pytest.raises(PointConflictError, match=r"meter_3\.active_energy_kwh.*heat_energy"):
            await points.register_points(conn, "site", [changed])
        assert len(await points.fetch_points(conn, "site")) == 30


@pytest.mark.asyncio
async def test_series_are_ordered_columns_of_a_half_open_window(conn: Connection) -> None:
    await write_batch(conn, ticks([7, 5, 6], 0, 50))
    await write_batch(conn, batch_of([5], [T0_US + 100], [float("nan")], Quality.BAD))
    series = await readings.fetch_series(conn, [5, 7], T0, T0 + timedelta(seconds=10))
    assert series.point_id.tolist() == [5] * 11 + [7] * 10
    five = series.of_point(5)
    assert five.ts_us.tolist() == [T0_US, T0_US + 100, *(T0_US + n * S_US for n in range(1, 10))]
    assert np.isnan(five.value[1])
    assert five.quality[1] == Quality.BAD
    assert series.of_point(6).value.size == 0
    empty = await readings.fetch_series(conn, [99], T0, T0 + timedelta(days=1))
    assert empty.value.size == 0


@pytest.mark.asyncio
async def test_buckets_give_their_first_and_last_good_reading(conn: Connection) -> None:
    rng = np.random.default_rng(7)
    count = 400
    offsets_us = np.sort(rng.choice(3_600_000_000, count, replace=False))
    batch = ReadingBatch(
        point_id=rng.integers(1, 4, count).astype(np.int32),
        ts_us=T0_US + offsets_us,
        received_us=T0_US + offsets_us,
        value=np.cumsum(rng.normal(size=count)),
        quality=rng.choice([0, 0, 0, 4], count).astype(np.int16),
        origin=np.zeros(count, np.int16),
    )
    await copy_batch(conn, batch)
    start, end, step_us = T0 + timedelta(seconds=13), T0 + timedelta(minutes=50), 97 * S_US
    result = await readings.fetch_bucketed(
        conn, [1, 3], start, end, timedelta(microseconds=step_us)
    )
    start_us, end_us = T0_US + 13 * S_US, T0_US + 3000 * S_US
    expected = []
    for point in (1, 3):
        good = (batch.point_id == point) & (batch.quality == 0)
        good &= (batch.ts_us >= start_us) & (batch.ts_us < end_us)
        buckets = (batch.ts_us - start_us) // step_us
        for bucket in np.unique(buckets[good]):
            rows = np.flatnonzero(good & (buckets == bucket))
            first, last = rows[0], rows[-1]
            expected.append(
                (
                    point,
                    start_us + bucket * step_us,
                    batch.ts_us[first],
                    batch.value[first],
                    batch.ts_us[last],
                    batch.value[last],
                )
            )
    columns = dataclasses.astuple(result)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == expected
    assert len(result.of_point(3).bucket_us) == sum(1 for row in expected if row[0] == 3)


CONFORMANCE = [
    (points._SQL["fetch_points"], points.PointRow),
    (devices._SQL["fetch_device_states"], devices.DeviceStateRow),
    (importer._SQL["fetch_imports"], importer.ImportRow),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("query", "row_type"), CONFORMANCE)
async def test_queries_return_the_fields_of_their_rows(
    conn: Connection, query: str, row_type: type
) -> None:
    statement = await conn.prepare(query)
    names = [attribute.name for attribute in statement.get_attributes()]
    assert names == [field.name for field in dataclasses.fields(row_type)]


@pytest.mark.asyncio
async def test_every_query_can_be_prepared(conn: Connection) -> None:
    await write_batch(conn, ticks([1], 0, 1))  # makes the staging table
    await conn.execute(importer._SQL["create_staging"])
    modules = (readings, points, devices, importer, migrate)
    queries = [sql for module in modules for sql in module._SQL.values()]
    queries += list(named_sql.load_queries("pipeline.sql").values())
    for name in ("writer.sql", "newest.sql"):
        queries += list(named_sql.load_queries(name).values())
    for query in queries:
        await conn.prepare(query)


def test_named_blocks_are_checked() -> None:
    assert named_sql.parse_queries("-- name: a\nselect 1;\n-- name: b\nselect 2")["a"] == "select 1"
    with pytest.raises(ValueError, match="twice"):
        named_sql.parse_queries("-- name: a\nselect 1;\n-- name: a\nselect 2;")
    with pytest.raises(ValueError, match="no block"):
        named_sql.parse_queries("select 1;")


@pytest.mark.asyncio
async def test_nobody_there_is_said_so() -> None:
    with pytest.raises(StoreUnreachableError, match="BOUCLE_DATABASE_URL"):
        async with connected("postgresql://nobody@127.0.0.1:1/none"):
            pass
