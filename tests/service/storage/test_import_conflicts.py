"""Readings that are stored otherwise than a file offers them: told, and never overwritten."""

import asyncio
from datetime import timedelta

import numpy as np
import pytest

from models.readings import Origin, Quality
from service.storage.connection import Connection, connected
from service.storage.errors import ImportConflictError, StoreUnreachableError
from service.storage.import_conflicts import Conflict
from service.storage.import_table import WideTable
from service.storage.importer import ImportReport, fetch_imports, import_table
from service.storage.writer import write_batch
from tests.service.storage.batches import batch_of, register
from tests.service.storage.import_tables import HOUR_US, KEYS, MIDNIGHT, MIDNIGHT_US, quiet, table

pytestmark = pytest.mark.asyncio


async def bring_in(conn: Connection, what: WideTable, *, strict: bool = False) -> ImportReport:
    return await import_table(conn, "site", what, quiet, strict=strict)


async def stored(conn: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await conn.fetch("select * from reading order by 1, 2")]


async def test_another_value_is_told_and_what_is_new_goes_in(conn: Connection) -> None:
    first, second = await register(conn, 2)
    measured = batch_of([first, second], [MIDNIGHT_US, MIDNIGHT_US + HOUR_US], [0.0, 77.25])
    await write_batch(conn, measured)
    before = await stored(conn)

    report = await bring_in(conn, table(rows=3))

    assert (report.rows, report.inserted, report.already_there, report.conflicts) == (6, 4, 1, 1)
    [conflict] = report.first_conflicts
    assert conflict == Conflict(
        key=KEYS[1],
        unit="kWh",
        ts=MIDNIGHT + timedelta(hours=1),
        stored_value=77.25,
        stored_quality=Quality.GOOD,
        stored_origin=Origin.MEASURED,
        offered_value=3.0,
        offered_quality=Quality.GOOD,
    )
    assert str(conflict) == (
        "meter_1.active_energy_kwh at 2025-11-20T01:00:00+00:00: "
        "stored 77.25 kWh, good, measured; offered 3.0 kWh, good"
    )
    after = await stored(conn)
    assert len(after) == 6
    assert set(before) <= set(after)


async def test_another_quality_and_no_value_are_conflicts_too(conn: Connection) -> None:
    [point] = await register(conn, 1)
    times_us = [MIDNIGHT_US, MIDNIGHT_US + HOUR_US]
    measured = batch_of([point] * 2, times_us, [0.0, np.nan], Quality.UNCERTAIN)
    await write_batch(conn, measured)

    report = await bring_in(conn, table(rows=2, keys=KEYS[:1]))

    assert (report.inserted, report.already_there, report.conflicts) == (0, 0, 2)
    said = [str(one).partition(": ")[2] for one in report.first_conflicts]
    assert said == [
        "stored 0.0 kWh, uncertain, measured; offered 0.0 kWh, good",
        "stored no value, uncertain, measured; offered 1.0 kWh, good",
    ]


async def test_equal_values_are_already_there(conn: Connection) -> None:
    await register(conn, 2)
    # Below zero a register is out of range, in the store as in the file.
    await bring_in(conn, table(rows=5, above=-3.0))

    report = await bring_in(conn, table(rows=5, above=-3.0))

    assert (report.inserted, report.already_there, report.conflicts) == (0, 10, 0)
    assert report.first_conflicts == ()


async def test_the_first_in_time_are_told_and_all_are_counted(conn: Connection) -> None:
    await register(conn, 2)
    await bring_in(conn, table(rows=40))

    report = await bring_in(conn, table(rows=41, above=1.0))

    assert (report.inserted, report.already_there, report.conflicts) == (2, 0, 80)
    told = [(one.ts, one.key) for one in report.first_conflicts]
    assert told == [(MIDNIGHT + timedelta(hours=n), key) for n in range(10) for key in KEYS]


async def test_conflicts_are_counted_over_blocks(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.storage.importer._BLOCK_CELLS", 6)
    await register(conn, 2)
    await bring_in(conn, table(rows=40))

    report = await bring_in(conn, table(rows=50, above=1.0))

    assert (report.inserted, report.conflicts) == (20, 80)
    assert [one.ts for one in report.first_conflicts[::2]] == [
        MIDNIGHT + timedelta(hours=n) for n in range(10)
    ]


async def test_a_block_is_short_in_time(conn: Connection) -> None:
    """On a hypertable a look at one reading asks all chunks of its block."""
    await register(conn, 2)
    seldom = table(rows=3)
    seldom.ts_us[:] = MIDNIGHT_US + np.array([0, 27, 28]) * 24 * HOUR_US
    done: list[int] = []

    await import_table(conn, "site", seldom, lambda readings, _: done.append(readings))

    assert done == [0, 4, 6]


async def test_a_strict_import_that_meets_one_writes_nothing(conn: Connection) -> None:
    [point, _] = await register(conn, 2)
    await write_batch(conn, batch_of([point], [MIDNIGHT_US + HOUR_US], [9.5]))
    before = await stored(conn)

    with pytest.raises(ImportConflictError) as refused:
        await bring_in(conn, table(rows=3), strict=True)

    assert str(refused.value).splitlines() == [
        "past.npz: 1 reading(s) are stored with another value or quality:",
        "  meter_0.active_energy_kwh at 2025-11-20T01:00:00+00:00: "
        "stored 9.5 kWh, good, measured; offered 2.0 kWh, good",
        "nothing was written; mend the file, or import without --strict: what is new goes in, "
        "what is stored stays",
    ]
    assert await stored(conn) == before
    assert await fetch_imports(conn, "site") == []


async def test_a_strict_import_that_meets_none_is_an_import(conn: Connection) -> None:
    await register(conn, 2)
    await bring_in(conn, table(rows=2))

    report = await bring_in(conn, table(rows=4), strict=True)

    assert (report.inserted, report.already_there, report.conflicts) == (4, 4, 0)


async def until_it_waits(other: Connection, importing: "asyncio.Task[ImportReport]") -> None:
    while not await other.fetchval("select count(*) from pg_locks where not granted"):
        assert not importing.done()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("before", [0, 1])
async def test_what_a_collector_writes_meanwhile_is_met(
    conn: Connection, database_url: str, strict: bool, before: int
) -> None:
    """The import looks and does not see the row of the collector; then it waits for it."""
    [point, other] = await register(conn, 2)
    await write_batch(conn, batch_of([other] * before, [MIDNIGHT_US] * before, [1.0] * before))
    async with connected(database_url) as collector:
        writing = collector.transaction()
        await writing.start()
        await write_batch(collector, batch_of([point], [MIDNIGHT_US], [9.5]))
        importing = asyncio.create_task(bring_in(conn, table(rows=3), strict=strict))
        await until_it_waits(collector, importing)
        await writing.commit()
        if strict:
            with pytest.raises(ImportConflictError):
                await importing
            assert len(await stored(conn)) == before + 1
            return
        report = await importing

    assert (report.inserted, report.already_there, report.conflicts) == (5 - before, before, 1)
    assert len(await stored(conn)) == 6


async def test_a_batch_that_is_only_missing_values_is_no_block(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.storage.importer._BLOCK_CELLS", 2)
    await register(conn, 2)
    holed = table(rows=4)
    holed.values[1:3] = np.nan

    report = await bring_in(conn, holed)

    assert (report.rows, report.inserted) == (4, 4)


async def test_a_database_that_goes_away_takes_the_whole_import_with_it(
    conn: Connection, database_url: str
) -> None:
    [point, _] = await register(conn, 2)
    async with connected(database_url) as other:
        writing = other.transaction()
        await writing.start()
        await write_batch(other, batch_of([point], [MIDNIGHT_US], [9.5]))
        importing = asyncio.create_task(bring_in(conn, table(rows=3)))
        await until_it_waits(other, importing)
        await other.execute("select pg_terminate_backend($1)", conn.get_server_pid())

        with pytest.raises(
            StoreUnreachableError,
            match=r"went away: .*nothing of past.npz is in, or all of it: import",
        ):
            await importing

        await writing.rollback()
        assert await stored(other) == []
        assert await fetch_imports(other, "site") == []
