"""Roll-ups are what their readings are, to the last digit, whatever comes late or twice."""

import asyncio
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from models.legal_time.days import to_us
from models.readings import ReadingBatch
from models.registers.gauges import GaugeTotals, ValueRange, gauge_totals
from models.registers.periods import Periods
from models.registers.samples import Samples
from service.storage.connection import Connection, connected, open_pool
from service.storage.history import StoredHistory
from service.storage.migrate import MIGRATIONS, load_migrations, migrate
from service.storage.point_past import StoredPointPast
from service.storage.points import PointSpec, register_points
from service.storage.readings import fetch_bucketed, fetch_series
from service.storage.rollups import HOUR, roll_all, roll_up
from service.storage.writer import copy_batch, write_batch
from tests.service.application import application, client_of
from tests.service.storage.batches import S_US, T0_US, batch_of, energy_point
from tests.service.storage.test_gauges import random_readings

pytestmark = pytest.mark.asyncio

T0 = datetime(2026, 11, 20, tzinfo=UTC)
END = T0 + timedelta(days=3)
KEYS = [f"rack_{n}.inlet_air_temp" for n in range(5)]
RANGES: dict[str, tuple[ValueRange, ...]] = {KEYS[0]: ((18.0, 27.0), (20.0, 25.0)), KEYS[3]: ()}
DAY = timedelta(days=1)
# The migration that made the roll-ups.
ROLLUPS = 6


def air_point(key: str) -> PointSpec:
    device, name = key.split(".")
    return PointSpec(
        key=key, device=device, name=name, quantity="temperature", unit="degC", kind="gauge"
    )


async def register(conn: Connection) -> list[int]:
    return list((await register_points(conn, "site", [air_point(key) for key in KEYS])).values())


async def register_meter(conn: Connection) -> int:
    return (await register_points(conn, "site", [energy_point(1)]))["meter_1.active_energy_kwh"]


def with_ids(batch: ReadingBatch, ids: list[int]) -> ReadingBatch:
    return ReadingBatch(
        point_id=np.array(ids, np.int32)[batch.point_id - 1],
        ts_us=batch.ts_us,
        received_us=batch.received_us,
        value=batch.value,
        quality=batch.quality,
        origin=batch.origin,
    )


def part_of(batch: ReadingBatch, rows: np.ndarray) -> ReadingBatch:
    return ReadingBatch(
        point_id=batch.point_id[rows],
        ts_us=batch.ts_us[rows],
        received_us=batch.received_us[rows],
        value=batch.value[rows],
        quality=batch.quality[rows],
        origin=batch.origin[rows],
    )


async def samples_of_readings(conn: Connection, ids: list[int]) -> dict[str, Samples]:
    """First and last reading of each hour, from the readings."""
    found = {}
    for key, point in zip(KEYS, ids, strict=True):
        one = await fetch_bucketed(conn, [point], T0 - DAY, END, HOUR)
        ts = np.stack([one.first_ts_us, one.last_ts_us], axis=1).ravel()
        value = np.stack([one.first_value, one.last_value], axis=1).ravel()
        kept = np.append(True, ts[1:] > ts[:-1]) if len(ts) else np.zeros(0, bool)
        found[key] = Samples(ts_us=ts[kept], value=value[kept])
    return found


def assert_same_gauge(one: GaugeTotals, other: GaugeTotals) -> None:
    names = ("known_us", "integral", "minimum", "maximum", "in_range_us", "loose_us", "loose_step")
    for name in names:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)
    np.testing.assert_array_equal(one.periods.start_us, other.periods.start_us)
    np.testing.assert_array_equal(one.periods.end_us, other.periods.end_us)


async def gauges_of_readings(
    conn: Connection, ranges: dict[int, tuple[ValueRange, ...]], start: datetime, end: datetime
) -> dict[int, GaugeTotals]:
    """By the hour, from all readings of a point at once."""
    whole = [T0 + n * HOUR for n in range(1, 72)]
    edges_us = np.array([to_us(one) for one in [start, *whole, end]], dtype=np.int64)
    found = {}
    for point, each in ranges.items():
        readings = await fetch_series(conn, [point], T0 - 100 * DAY, END)
        found[point] = gauge_totals(readings.good, Periods.between(edges_us), each)
    return found


async def assert_rolled(conn: Connection, url: str, ids: list[int]) -> None:
    """What the history says by the hour is what the readings say, to the last digit."""
    wanted = await samples_of_readings(conn, ids)
    ranges = {ids[KEYS.index(key)]: each for key, each in RANGES.items()}
    start, end = T0 + timedelta(minutes=7), END - timedelta(minutes=13)
    gauges = await gauges_of_readings(conn, ranges, start, end)
    async with open_pool(url) as pool:
        history = StoredHistory(pool, "site", steers=True)
        samples = await history.samples(KEYS, T0 - DAY, END, HOUR)
        found = await history.gauges(tuple(RANGES), start, end, HOUR, RANGES)
    for key, one in wanted.items():
        np.testing.assert_array_equal(samples[key].ts_us, one.ts_us)
        np.testing.assert_array_equal(samples[key].value, one.value)
    for key in RANGES:
        assert_same_gauge(found[key], gauges[ids[KEYS.index(key)]])


async def queued(conn: Connection) -> int:
    return int(await conn.fetchval("select count(*) from rollup_queue"))


async def revision(conn: Connection) -> int:
    return int(await conn.fetchval("select max(revision) from reading_hour"))


@pytest.mark.parametrize(("seed", "count"), [(1, 6000), (2, 300), (3, 40)])
async def test_the_hours_are_those_of_the_readings(
    conn: Connection, database_url: str, seed: int, count: int
) -> None:
    ids = await register(conn)
    await write_batch(conn, with_ids(random_readings(seed, count), ids))
    # The ranges are asked for first, so that the hours hold them.
    async with open_pool(database_url) as pool:
        await StoredHistory(pool, "site", steers=True).gauges(tuple(RANGES), T0, END, HOUR, RANGES)
    await roll_all(conn)

    assert await queued(conn) == 0
    hours = await conn.fetchval("select count(*) from reading_hour")
    assert hours > count / 100
    await assert_rolled(conn, database_url, ids)
    good = await conn.fetchval("select count(*) from reading where quality = 0")
    kinds = "sum(good), sum(uncertain), sum(not_available), sum(out_of_range), sum(bad)"
    counts = await conn.fetchrow(f"select {kinds} from reading_hour")
    assert counts is not None
    assert counts[0] == good
    assert sum(counts) == await conn.fetchval("select count(*) from reading")


async def test_readings_may_come_in_any_order_with_roll_ups_in_between(
    conn: Connection, database_url: str
) -> None:
    ids = await register(conn)
    batch = with_ids(random_readings(4, 3000), ids)
    rng = np.random.default_rng(5)
    turn = rng.integers(0, 6, len(batch.ts_us))
    for n in range(6):
        rows = np.flatnonzero(turn == n)
        await write_batch(conn, part_of(batch, rng.permutation(rows)))
        for _ in range(int(rng.integers(0, 4))):
            await roll_up(conn, hours_at_once=int(rng.integers(1, 40)))
    await roll_all(conn)

    await assert_rolled(conn, database_url, ids)


async def test_readings_that_come_twice_change_nothing(conn: Connection) -> None:
    ids = await register(conn)
    batch = with_ids(random_readings(6, 500), ids)
    await write_batch(conn, batch)
    await roll_all(conn)
    before = await revision(conn)

    await write_batch(conn, batch)
    assert await queued(conn) > 0
    await roll_all(conn)

    assert await revision(conn) == before


async def test_a_range_that_is_asked_for_later_is_summed_for_the_past_too(
    conn: Connection, database_url: str
) -> None:
    ids = await register(conn)
    await copy_batch(conn, with_ids(random_readings(7, 2000), ids))
    await roll_all(conn)
    assert await conn.fetchval("select count(*) from reading_hour_range") == 0

    # From the readings until they are rolled up again; then from the hours.
    await assert_rolled(conn, database_url, ids)
    assert await queued(conn) == 1
    await roll_all(conn)
    assert await conn.fetchval("select count(*) from reading_hour_range") > 20
    await assert_rolled(conn, database_url, ids)


async def test_hours_without_readings_cannot_tell_a_range_and_do_not_keep_the_others_from_it(
    conn: Connection, database_url: str
) -> None:
    ids = await register(conn)
    batch = with_ids(random_readings(7, 2000), ids)
    await copy_batch(conn, batch)
    await roll_all(conn)
    gone = T0 + DAY
    await conn.execute("delete from reading where ts < $1", gone)
    await conn.execute("update upkeep_state set closed_upto = $1, sealed_upto = $1", gone)
    async with open_pool(database_url) as pool:
        history = StoredHistory(pool, "site", steers=True)
        await history.gauges(KEYS[:1], T0, END, HOUR, RANGES)
        await roll_all(conn)
        found = (await history.gauges(KEYS[:1], T0, END, HOUR, RANGES))[KEYS[0]]

    of_readings = await gauges_of_readings(conn, {ids[0]: RANGES[KEYS[0]]}, T0, END)
    # What stands into the first hour that is left is known from before it.
    kept = slice(25, None)
    assert (found.known_us[:24] == 0).all()
    assert np.isnan(found.minimum[:24]).all()
    assert found.known_us[kept].sum() > 0
    np.testing.assert_array_equal(found.known_us[kept], of_readings[ids[0]].known_us[kept])
    np.testing.assert_array_equal(
        found.in_range_us[:, kept], of_readings[ids[0]].in_range_us[:, kept]
    )


async def test_the_history_says_what_changed_since(conn: Connection, database_url: str) -> None:
    ids = await register(conn)
    await write_batch(conn, with_ids(random_readings(8, 1000), ids))
    await roll_all(conn)
    async with open_pool(database_url) as pool:
        history = StoredHistory(pool, "site", steers=True)
        before = await history.rolled(KEYS, 0)
        nothing = await history.rolled(KEYS, before.revision)
        late_us = T0_US - 40 * 86400 * S_US
        await write_batch(conn, batch_of([ids[2]], [late_us], [21.0]))
        await roll_all(conn)
        other = await history.rolled(KEYS[:2], before.revision)
        after = await history.rolled(KEYS, before.revision)

        await conn.execute("delete from rollup_change where revision <= $1", after.revision)
        await write_batch(conn, batch_of([ids[2]], [late_us + S_US], [21.0]))
        await roll_all(conn)
        long_after = await history.rolled(KEYS, before.revision)

        first = await conn.fetchval(
            "select min(hour) from reading_hour where point_id = $1 and hour >= $2 and good > 0",
            ids[2],
            T0,
        )
        whole = await conn.fetchrow("select min(hour), max(hour) from reading_hour")
    assert before.changed is not None
    assert nothing.changed is None
    assert other.changed is None
    # What lies between the late reading and the next good one hangs on both.
    assert after.changed == (T0 - timedelta(days=40), first + HOUR)
    # Since before what is remembered, anything may have changed.
    assert whole is not None
    assert long_after.changed == (whole[0], whole[1] + HOUR)


async def test_live_readings_wait_for_the_end_of_their_hour(conn: Connection) -> None:
    point = await register_meter(conn)
    now_us = int(datetime.now(UTC).timestamp() * 1e6)
    await write_batch(conn, batch_of([point, point], [now_us - 30 * S_US, now_us], [1.0, 2.0]))
    assert await queued(conn) == 0

    # The hour that ended is rolled up in its turn, however far the roll-ups are behind.
    await conn.execute("update rollup_state set rolled_upto = rolled_upto - interval '30 hours'")
    await write_batch(conn, batch_of([point], [now_us - 4 * 3600 * S_US], [0.5]))
    await conn.execute("delete from rollup_queue")
    await roll_all(conn)
    rows = await conn.fetch("select first_value, good from reading_hour")
    assert [tuple(row) for row in rows] == [(0.5, 1)]


async def test_hours_are_due_by_the_clock_that_is_given(conn: Connection) -> None:
    point = await register_meter(conn)
    await conn.execute("update rollup_state set rolled_upto = $1", T0)
    minutes = np.arange(180, dtype=np.int64) * 60 * S_US + T0_US
    await copy_batch(conn, batch_of([point] * 180, minutes.tolist(), np.arange(180.0).tolist()))
    reached = "select rolled_upto from rollup_state"

    while await roll_up(conn, now=T0 + 2 * HOUR + timedelta(minutes=4)):
        pass
    assert await conn.fetchval(reached) == T0 + HOUR
    while await roll_up(conn, now=T0 + 2 * HOUR + timedelta(minutes=5)):
        pass
    assert await conn.fetchval(reached) == T0 + 2 * HOUR
    assert await conn.fetchval("select count(*) from reading_hour") == 2


async def test_two_at_once_roll_up_everything_once(conn: Connection, database_url: str) -> None:
    ids = await register(conn)
    batch = with_ids(random_readings(9, 4000), ids)

    async def work() -> None:
        async with connected(database_url) as other:
            for _ in range(12):
                await roll_up(other, hours_at_once=7)

    async def write() -> None:
        for first in range(0, len(batch.ts_us), 200):
            await write_batch(
                conn, part_of(batch, np.arange(first, min(first + 200, len(batch.ts_us))))
            )

    await asyncio.gather(work(), work(), write())
    await roll_all(conn)

    await assert_rolled(conn, database_url, ids)


async def test_days_and_months_are_legal_ones(conn: Connection) -> None:
    point = await register_meter(conn)
    start = datetime(2026, 10, 20, tzinfo=UTC)
    seconds = np.arange(0, 20 * 86400, 1700)
    ts_us = int(start.timestamp() * 1e6) + seconds * S_US
    await write_batch(
        conn, batch_of([point] * len(ts_us), ts_us.tolist(), seconds.astype(float).tolist())
    )
    await roll_all(conn)

    paris = ZoneInfo("Europe/Paris")
    instants = [start + timedelta(seconds=int(one)) for one in seconds]
    by_day: dict[date, list[float]] = {}
    for instant, value in zip(instants, seconds.tolist(), strict=True):
        by_day.setdefault(instant.astimezone(paris).date(), []).append(float(value))
    rows = await conn.fetch(
        "select day, first_value, last_value, good from reading_day order by day"
    )
    assert [tuple(row) for row in rows] == [
        (day, values[0], values[-1], len(values)) for day, values in sorted(by_day.items())
    ]
    rows = await conn.fetch(
        "select month, first_value, last_value, good from reading_month order by month"
    )
    months: dict[date, list[float]] = {date(2026, 10, 1): [], date(2026, 11, 1): []}
    for day, values in sorted(by_day.items()):
        months[day.replace(day=1)] += values
    assert [tuple(row) for row in rows] == [
        (month, values[0], values[-1], len(values)) for month, values in months.items()
    ]


async def test_a_database_of_before_is_rolled_up_as_a_whole(empty_url: str, tmp_path: Path) -> None:
    for one in load_migrations():
        if one.version < ROLLUPS:
            shutil.copy(MIGRATIONS / one.name, tmp_path / one.name)
    async with connected(empty_url) as conn:
        await migrate(conn, folder=tmp_path)
        ids = await register(conn)
        await conn.execute(
            "insert into reading (point_id, ts, value, quality, origin) "
            "select p, $1::timestamptz + n * interval '7 minutes', n % 13, 0, 0 "
            "from unnest($2::integer[]) as p, generate_series(0, 500) as n",
            T0,
            ids,
        )
        await migrate(conn)
        await roll_all(conn)

        await assert_rolled(conn, empty_url, ids)
        assert await conn.fetchval("select sum(good) from reading_month") == 501 * len(ids)


async def test_what_is_read_is_rolled_up_before_what_is_not(
    conn: Connection, database_url: str
) -> None:
    ids = await register(conn)
    await write_batch(
        conn, batch_of(ids * 30, [T0_US + n * S_US for n in range(150)], [20.0] * 150)
    )
    await conn.execute(
        "insert into rollup_queue (point_id, from_ts, to_ts) "
        "select $1, $2::timestamptz, $2 from generate_series(1, 70)",
        ids[0],
        T0,
    )
    await write_batch(conn, batch_of([ids[4]], [T0_US + 200 * S_US], [20.0]))
    async with open_pool(database_url) as pool:
        history = StoredHistory(pool, "site", steers=True)
        await history.samples(KEYS[4:], T0, END, HOUR)
        await roll_up(conn)

        assert not (await history.rolled(KEYS[4:], 0)).is_behind
        assert (await history.rolled(KEYS[:1], 0)).is_behind


async def test_registers_are_rolled_up_before_gauges(conn: Connection, database_url: str) -> None:
    ids = await register(conn)
    meter = await register_meter(conn)
    await write_batch(conn, batch_of([*ids, meter], [T0_US] * 6, [20.0] * 6))
    async with open_pool(database_url) as pool:
        history = StoredHistory(pool, "site", steers=True)
        assert (await history.rolled(["meter_1.active_energy_kwh"], 0)).is_behind

        await conn.execute(
            "insert into rollup_queue (point_id, from_ts, to_ts) "
            "select $1, $2::timestamptz, $2 from generate_series(1, 70)",
            ids[0],
            T0,
        )
        await roll_up(conn)

        assert not (await history.rolled(["meter_1.active_energy_kwh"], 0)).is_behind
        assert (await history.rolled(KEYS, 0)).is_behind


NOVEMBER = {"start": "2026-11-01T00:00:00+01:00", "end": "2026-12-01T00:00:00+01:00"}


async def test_a_point_is_told_by_hour_day_and_month(conn: Connection, database_url: str) -> None:
    ids = await register(conn)
    minutes = np.arange(0, 3 * 1440, 5)
    value = 20.0 + (minutes % 60 >= 30)
    ts_us = (T0_US + minutes * 60 * S_US).tolist()
    await write_batch(conn, batch_of([ids[0]] * len(ts_us), ts_us, value.tolist()))
    await roll_all(conn)

    async with open_pool(database_url) as pool:
        client = client_of(application(points=StoredPointPast(pool, "site")))
        asked = {
            span: await client.get(
                f"/api/v1/sites/chapelle_international/points/{KEYS[0]}/readings",
                params={"resolution": span, **NOVEMBER},
            )
            for span in ("hour", "six_hours", "day", "month")
        }
        nothing = await client.get(
            "/api/v1/sites/chapelle_international/points/none.such/readings",
            params={"resolution": "day", **NOVEMBER},
        )
        wrong = await client.get(
            f"/api/v1/sites/chapelle_international/points/{KEYS[0]}/readings",
            params={"resolution": "week", **NOVEMBER},
        )

    hours, sixes, days, (month,) = (one.json()["items"] for one in asked.values())
    assert hours[0]["start"] == "2026-11-20T00:00:00Z"
    assert (hours[0]["first_value"], hours[0]["last_value"], hours[0]["mean"]) == (20.0, 21.0, 20.5)
    assert (hours[0]["minimum"], hours[0]["maximum"], hours[0]["known_s"]) == (20.0, 21.0, 3600.0)
    assert hours[0]["counts"]["good"] == 12
    # The last reading stands into an hour without any.
    assert [one["counts"]["good"] for one in sixes] == [72] * 12 + [0]
    for six, own in zip(sixes, (hours[n : n + 6] for n in range(0, 72, 6)), strict=False):
        assert (six["start"], six["end"]) == (own[0]["start"], own[-1]["end"])
        assert (six["first_ts"], six["last_ts"]) == (own[0]["first_ts"], own[-1]["last_ts"])
        assert (six["first_value"], six["last_value"], six["mean"]) == (20.0, 21.0, 20.5)
    # The first and the last legal day are cut; the last reading stood for sixteen minutes.
    assert [one["counts"]["good"] for one in days] == [276, 288, 288, 12]
    assert days[1]["start"] == "2026-11-20T23:00:00Z"
    assert days[1]["mean"] == 20.5
    assert month["counts"] == {
        "good": 864,
        "uncertain": 0,
        "out_of_range": 0,
        "not_available": 0,
        "bad": 0,
    }
    assert month["known_s"] == 3 * 86400 + 11 * 60
    assert (nothing.status_code, nothing.json()["code"]) == (404, "point_not_found")
    assert wrong.status_code == 422
