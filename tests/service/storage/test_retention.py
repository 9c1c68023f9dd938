"""Readings go after their time, and nothing that was made of them changes."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from models.legal_time.days import day_start
from models.readings import ReadingBatch
from service.storage.connection import Connection, connected, open_pool
from service.storage.errors import ImportRefusedError, NoSuchHoldError, ReadingsClosedError
from service.storage.evidence import StoredPast
from service.storage.history import StoredHistory
from service.storage.holds import lift_hold, set_hold
from service.storage.import_files import load_table
from service.storage.importer import import_table
from service.storage.pieces import PIECE
from service.storage.point_past import StoredPointPast
from service.storage.points import register_points
from service.storage.retention import KeepLimits
from service.storage.rollups import HOUR, roll_all
from service.storage.seals import SealState, fetch_seal_state
from service.storage.upkeep import Upkeep
from service.storage.writer import copy_batch, write_batch
from tests.service.storage.batches import S_US, batch_of, energy_point
from tests.service.storage.test_rollups import air_point, part_of

pytestmark = pytest.mark.asyncio

START = datetime(2024, 1, 3, tzinfo=UTC)
START_US = int(START.timestamp()) * S_US
END = START + timedelta(days=120)
LIMITS = KeepLimits(raw_months=2, hours_years=2)
METER = "meter_1.active_energy_kwh"
RACK = "rack_0.inlet_air_temp"
_HOURS = "select * from reading_hour order by point_id, hour"
_DAYS = "select * from reading_day order by point_id, day"


async def register(conn: Connection) -> list[int]:
    """A register and a gauge."""
    ids = await register_points(conn, "site", [energy_point(1), air_point(RACK)])
    return [ids[METER], ids[RACK]]


def past(ids: list[int], step_s: int = 1200, days: int = 120) -> ReadingBatch:
    ts_us = START_US + np.arange(0, days * 86400, step_s, dtype=np.int64) * S_US
    air = np.round(np.random.default_rng(1).normal(24, 2, len(ts_us)), 2)
    return batch_of(
        np.repeat(ids, len(ts_us)).tolist(),
        np.tile(ts_us, 2).tolist(),
        [*np.arange(len(ts_us)).astype(float).tolist(), *air.tolist()],
    )


async def keep_up(conn: Connection, now: datetime, limits: KeepLimits = LIMITS) -> None:
    """All that is due at an instant, roll-ups in between."""
    async with asyncio.timeout(100):
        upkeep = Upkeep("", limits=limits, now=lambda: now)
        await upkeep.prepare(conn)
        while True:
            await roll_all(conn)
            if not await upkeep.step(conn):
                break


async def rows(conn: Connection, query: str) -> list[tuple[Any, ...]]:
    """Rows without their revision, the last column."""
    return [tuple(row)[:-1] for row in await conn.fetch(query)]


async def oldest(conn: Connection) -> datetime:
    found: datetime = await conn.fetchval("select min(ts) from reading")
    return found


async def hashes(url: str) -> Mapping[str, Any]:
    async with open_pool(url) as pool:
        past_of = StoredPast(pool, "site", 60.0)
        raw = await past_of.raw_days(dict.fromkeys([METER, RACK], START), END)
    assert raw.complete
    return raw.hashes


def silent(done: int, total: int) -> None:
    """Nobody watches the import."""


async def filled(conn: Connection) -> list[int]:
    """Four months, rolled up with the ranges of the gauge."""
    ids = await register(conn)
    await conn.execute("insert into rollup_range values ($1, 18, 27)", ids[1])
    await copy_batch(conn, past(ids))
    await roll_all(conn)
    return ids


async def test_readings_go_by_pieces_and_hours_days_and_hashes_stay(
    conn: Connection, database_url: str
) -> None:
    await filled(conn)
    before = await rows(conn, _HOURS), await rows(conn, _DAYS), await hashes(database_url)

    for days in range(0, 200, 9):
        await keep_up(conn, START + timedelta(days=days))
    await keep_up(conn, START + timedelta(days=200))

    # Two whole months before July; a piece that reaches into them stays.
    keep_from = day_start(date(2024, 5, 1))
    assert keep_from - PIECE - HOUR <= await oldest(conn) <= keep_from
    state = await fetch_seal_state(conn)
    assert keep_from - PIECE < state.sealed_upto <= keep_from + timedelta(days=1)
    assert len(before[2][METER]) == 121
    after = await rows(conn, _HOURS), await rows(conn, _DAYS), await hashes(database_url)
    assert after == before
    assert await conn.fetchval("select count(*) from raw_seal") > 2 * 110


async def test_hours_go_after_their_years_and_days_stay(conn: Connection) -> None:
    await filled(conn)
    days = await rows(conn, _DAYS)
    await keep_up(conn, datetime(2026, 3, 15, tzinfo=UTC))
    # Sealed as far as pieces go; later readings let the rest go, too.
    assert await conn.fetchval("select min(hour) from reading_hour") == day_start(date(2024, 3, 1))
    ranges = await conn.fetchval("select min(hour) from reading_hour_range")
    assert ranges == day_start(date(2024, 3, 1))
    assert await rows(conn, _DAYS) == days


async def test_what_comes_late_is_set_aside_and_what_comes_in_time_is_counted(
    conn: Connection, database_url: str
) -> None:
    ids = await filled(conn)
    await keep_up(conn, START + timedelta(days=140))
    state = await fetch_seal_state(conn)
    sealed_us = int(state.sealed_upto.timestamp()) * S_US
    before = await rows(conn, _HOURS)
    first_us = int((await oldest(conn)).timestamp()) * S_US
    assert START_US < first_us < sealed_us

    # Long gone, there still but sealed, there already, and the first instant that is open.
    late = [sealed_us - 9 * 86400 * S_US, sealed_us - 1, first_us, sealed_us + 600 * S_US]
    batch = batch_of([ids[1]] * 4, late, [30.0] * 4)
    assert await write_batch(conn, batch) == 1
    assert await write_batch(conn, batch) == 0
    with pytest.raises(ReadingsClosedError):
        await copy_batch(conn, batch)
    await roll_all(conn)

    assert await conn.fetchval("select count(*) from reading_set_aside") == 2
    hours = await rows(conn, _HOURS)
    changed = {new[1] for new, old in zip(hours, before, strict=True) if new != old}
    assert changed == {state.sealed_upto, state.sealed_upto + HOUR} & changed
    assert state.sealed_upto in changed
    # As if nothing had ever been dropped.
    await assert_hours_of_all_readings(conn, database_url, batch, state, hours)


async def assert_hours_of_all_readings(
    conn: Connection,
    url: str,
    late: ReadingBatch,
    state: SealState,
    hours: list[tuple[Any, ...]],
) -> None:
    await conn.execute("truncate reading, reading_hour, reading_hour_range, rollup_queue")
    await conn.execute("update upkeep_state set closed_upto = default, sealed_upto = default")
    ids = await register(conn)
    await copy_batch(conn, past(ids))
    await write_batch(conn, part_of(late, np.array([3])))
    await roll_all(conn)
    assert await rows(conn, _HOURS) == hours


async def test_an_import_of_sealed_readings_is_refused(conn: Connection, tmp_path: Any) -> None:
    await filled(conn)
    await keep_up(conn, START + timedelta(days=140))
    file = tmp_path / "past.csv"
    file.write_text(f"ts,{METER}\n2024-01-10T00:00:00Z,1\n2024-05-20T00:00:00Z,2\n")
    with pytest.raises(
        ImportRefusedError, match=r"1 times, .* before 2024-02-29 23:00 UTC, .* sealed"
    ):
        await import_table(conn, "site", load_table(file), silent)


async def test_what_was_imported_lately_is_not_closed(conn: Connection, tmp_path: Any) -> None:
    await register(conn)
    file = tmp_path / "past.csv"
    lines = [f"2024-{month:02d}-10T00:00:00Z,{month}" for month in range(1, 5)]
    file.write_text("\n".join([f"ts,{METER}", *lines]) + "\n")
    await import_table(conn, "site", load_table(file), silent)
    await keep_up(conn, datetime.now(UTC))
    assert (await fetch_seal_state(conn)).closed_upto.year == 1970
    await keep_up(conn, datetime.now(UTC) + timedelta(days=31))
    assert (await fetch_seal_state(conn)).sealed_upto.year >= 2024


async def test_nothing_is_sealed_that_still_has_to_be_rolled_up(conn: Connection) -> None:
    ids = await register(conn)
    await copy_batch(conn, past(ids))
    upkeep = Upkeep("", limits=LIMITS, now=lambda: END + timedelta(days=100))
    await upkeep.prepare(conn)
    for _ in range(50):
        await upkeep.step(conn)
    state = await fetch_seal_state(conn)
    assert state.sealed_upto.year == 1970
    assert await oldest(conn) == START


async def test_a_disputed_period_is_kept_until_the_hold_is_lifted(
    conn: Connection, database_url: str
) -> None:
    await filled(conn)
    start, end = START + timedelta(days=20), START + timedelta(days=22)
    hold = await set_hold(conn, "site", start, end, who="A. Martin", why="bill of January")
    now = START + timedelta(days=140)
    await keep_up(conn, now)
    async with open_pool(database_url) as pool:
        past = StoredPointPast(pool, "site")
        kept = await past.readings(METER, start, end, 1000)
        gone = await past.readings(METER, start - 3 * PIECE, start - PIECE, 1000)
    assert len(kept) == 2 * 72
    assert len(gone) == 0

    await lift_hold(conn, "site", hold, who="A. Martin", why="settled")
    with pytest.raises(NoSuchHoldError, match="hold list"):
        await lift_hold(conn, "site", hold, who="A. Martin", why="settled")
    await keep_up(conn, now)
    assert await oldest(conn) > end


async def test_every_reading_is_sealed_or_stored_or_set_aside(
    conn: Connection, database_url: str
) -> None:
    ids = await filled(conn)
    now = START + timedelta(days=140)
    rng = np.random.default_rng(3)
    offsets = rng.choice(120 * 86400, 3000, replace=False).astype(np.int64)
    late_us = START_US + offsets * S_US + 13
    done = asyncio.Event()

    async def write(parts: list[np.ndarray]) -> None:
        async with connected(database_url) as own:
            for part in parts:
                batch = batch_of([ids[0]] * len(part), part.tolist(), [1.0] * len(part))
                await write_batch(own, batch)

    async def seal() -> None:
        upkeep = Upkeep("", limits=LIMITS, now=lambda: now)
        async with connected(database_url) as own:
            await upkeep.prepare(own)
            while not done.is_set():
                await upkeep.step(own)

    async def roll() -> None:
        async with connected(database_url) as own:
            while not done.is_set():
                await roll_all(own)
                await asyncio.sleep(0.01)

    async with asyncio.TaskGroup() as tasks:
        # Two processes that serve one store.
        for work in (seal(), seal(), roll()):
            tasks.create_task(work)
        for part in np.array_split(late_us, 3):
            await write([part[n : n + 50] for n in range(0, len(part), 50)])
        done.set()

    await keep_up(conn, now)
    state = await fetch_seal_state(conn)
    sealed = await conn.fetchval("select sum(rows) from raw_seal")
    stored = await conn.fetchval("select count(*) from reading where ts >= $1", state.sealed_upto)
    aside = await conn.fetchval("select count(*) from reading_set_aside")
    assert aside > 0
    assert sealed + stored + aside == len(past(ids).ts_us) + len(late_us)
    good = await conn.fetchval("select sum(good) from reading_hour")
    assert good == sealed + stored


async def test_a_day_of_before_the_seal_is_told_by_its_hours(
    conn: Connection, database_url: str
) -> None:
    await filled(conn)
    async with open_pool(database_url) as pool:
        history = StoredHistory(pool, "site")
        day = START + timedelta(days=30)
        fine = await history.samples([METER], day, day + timedelta(days=2), timedelta(minutes=5))
        await keep_up(conn, START + timedelta(days=140))
        assert len(await StoredPointPast(pool, "site").readings(METER, day, day + HOUR, 1000)) == 0
        coarse = await history.samples([METER], day, day + timedelta(days=2), timedelta(minutes=5))
    assert len(fine[METER].ts_us) == 2 * 72
    np.testing.assert_array_equal(
        coarse[METER].ts_us, fine[METER].ts_us.reshape(-1, 3)[:, ::2].ravel()
    )


async def test_the_newest_readings_are_those_of_the_clock_that_is_given(
    conn: Connection, database_url: str
) -> None:
    await filled(conn)
    async with open_pool(database_url) as pool:
        assert await StoredHistory(pool, "site").latest() == {}
        then = await StoredHistory(pool, "site", now=lambda: END).latest()
    assert {one.ts for one in then.values()} == {END - timedelta(minutes=20)}
