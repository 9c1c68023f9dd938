"""Gauges summed by the server are those that the pure function sums."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from charter_rules.law.loader import load_rulebook
from models.legal_time.days import to_us
from models.readings import Quality, ReadingBatch
from models.registers.gauges import ValueRange, gauge_totals
from models.registers.holding import HOLD_US
from models.registers.samples import Samples
from service.evaluation.evaluator import Evaluator
from service.live.board import SnapshotBoard
from service.site.facts import facts_of
from service.storage.connection import Connection, connected, open_pool
from service.storage.history import StoredHistory
from service.storage.points import PointSpec, register_points
from service.storage.readings import MAX_RANGES, fetch_gauges
from service.storage.rollups import roll_all
from service.storage.writer import copy_batch
from tests.service.board_outlet import BoardOutlet
from tests.service.evaluation.test_evaluator import SITE
from tests.service.storage.batches import S_US, T0_US, batch_of

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
        (7, 400, timedelta(hours=1), HOLD_US),
        (8, 700, timedelta(minutes=5), 60 * S_US),
        (9, 300, timedelta(seconds=97), HOLD_US),
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
        for name in ("known_us", "in_range_us", "minimum", "maximum", "loose_us"):
            np.testing.assert_array_equal(getattr(totals, name), getattr(pure, name), name)
        np.testing.assert_allclose(totals.integral, pure.integral, rtol=1e-12)
        np.testing.assert_allclose(totals.loose_step, pure.loose_step, rtol=1e-12)
    assert found[1].known_us.any()
    assert not found[9].known_us.any()


async def test_each_instant_of_a_day_is_right_however_seldom_its_gauge_is_read(
    conn: Connection,
) -> None:
    """Edges of days and of the window fall anywhere between readings by the hour, late ones too."""
    late_s = np.random.default_rng(11).choice([0, 0, 0, 299, 301, 2000, -1500], 100)
    ts_us = T0_US + (np.arange(100) * 3600 + late_s) * S_US
    value = (20.0 + np.arange(100) % 7).astype(np.float64)
    await copy_batch(conn, batch_of([1] * 100, ts_us.tolist(), value.tolist()))

    for minute in range(0, 180, 7):
        start = T0 + timedelta(hours=30, minutes=minute)
        end = start + timedelta(hours=26, minutes=1)
        totals = (await fetch_gauges(conn, {1: ()}, start, end, timedelta(hours=1)))[1]

        pure = gauge_totals(Samples(ts_us=ts_us, value=value), totals.periods)
        for name in ("known_us", "loose_us", "minimum", "maximum"):
            np.testing.assert_array_equal(getattr(totals, name), getattr(pure, name), name)
        np.testing.assert_allclose(totals.integral, pure.integral, rtol=1e-12)
        np.testing.assert_allclose(totals.loose_step, pure.loose_step, rtol=1e-12)
        assert totals.loose_us.any()


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


async def test_a_month_at_40_degc_for_40_minutes_of_each_hour(database_url: str) -> None:
    """From the rows to the KPI; the first and last reading of each hour made 22.09 degC of it."""
    now = datetime(2026, 11, 30, 22, 0, 8, tzinfo=UTC)
    first = to_us(datetime(2026, 10, 31, 22, tzinfo=UTC))
    ts = np.arange(first, to_us(now), 300 * S_US, dtype=np.int64)
    keys = [key for key in SITE.points if key.endswith(".inlet_temp_degc")]
    async with connected(database_url) as conn:
        points = [SITE.points[key] for key in keys]
        ids = await register_points(
            conn,
            SITE.identity.id,
            [
                PointSpec(
                    key=one.key,
                    device=one.device,
                    name=one.name,
                    quantity=one.quantity,
                    unit=one.unit,
                    kind=one.kind,
                )
                for one in points
            ],
        )
        minute = ts // (60 * S_US) % 60
        await copy_batch(
            conn,
            batch_of(
                np.repeat(list(ids.values()), len(ts)).tolist(),
                np.tile(ts, len(ids)).tolist(),
                np.tile(np.where(minute < 40, 40.0, 26.5), len(ids)).tolist(),
            ),
        )
        await roll_all(conn)
    board = SnapshotBoard()
    async with open_pool(database_url) as pool:
        history = StoredHistory(pool, SITE.identity.id)
        rulebook = load_rulebook(charter="ashrae")
        evaluator = Evaluator(SITE, rulebook, facts_of(SITE), history, BoardOutlet(board))
        await evaluator.look(now)
        await evaluator.show(now)

    assert board.current is not None
    for window in ("today", "month"):
        mean = board.current.kpi("inlet_air_temp", window)
        share = board.current.kpi("supply_air_compliance", window)
        assert mean is not None
        assert share is not None
        assert mean.value == pytest.approx(35.5, abs=1e-9)
        assert mean.expanded_uncertainty == 0.5
        assert mean.coverage_ratio == 1.0
        assert mean.boundary.endswith("from 26.5 to 40.0 degC")
        # Class A1 ends at 32 degC.
        assert share.value == pytest.approx(1 / 3)
    year = board.current.kpi("inlet_air_temp", "12months")
    assert year is not None
    assert year.value is None
    assert year.coverage_ratio == pytest.approx(30 / 365, abs=0.002)
