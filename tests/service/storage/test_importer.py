"""Past readings from files: taken as a whole or refused as a whole."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from models.readings import Origin, Quality
from service.storage.connection import Connection
from service.storage.errors import ImportRefusedError
from service.storage.importer import fetch_imports, import_file
from service.storage.writer import write_batch
from tests.service.storage.batches import S_US, T0_US, batch_of, register

KEYS = [f"meter_{n}.active_energy_kwh" for n in range(3)]
PAST_US = T0_US - 400 * 86_400 * S_US


def quiet(done: int, total: int) -> None:
    assert 0 <= done <= total


def write_npz(path: Path, rows: int, keys: list[str] = KEYS) -> np.ndarray:
    values = np.arange(rows * len(keys), dtype=float).reshape(rows, len(keys))
    values[1::7, 0] = np.nan
    ts_us = PAST_US + np.arange(rows) * 3600 * S_US
    np.savez(path, ts_us=ts_us, keys=np.array(keys), values=values)
    return values


@pytest.mark.asyncio
async def test_twice_is_once_and_missing_stays_missing(conn: Connection, tmp_path: Path) -> None:
    await register(conn, 3)
    path = tmp_path / "past.npz"
    values = write_npz(path, 1000)
    calls: list[tuple[int, int]] = []
    report = await import_file(conn, "site", path, lambda done, total: calls.append((done, total)))
    expected = int(np.count_nonzero(~np.isnan(values)))
    assert (report.rows, report.inserted, report.points) == (expected, expected, 3)
    assert calls[0] == (0, expected)
    assert calls[-1] == (expected, expected)
    again = await import_file(conn, "site", path, quiet)
    assert (again.rows, again.inserted, again.sha256) == (expected, 0, report.sha256)
    assert (again.already_there, again.conflicts) == (expected, 0)
    row = await conn.fetchrow(
        "select count(*), min(origin), max(origin), max(quality), sum(value) from reading"
    )
    assert row is not None
    assert tuple(row) == (expected, Origin.IMPORTED, Origin.IMPORTED, 0, np.nansum(values))
    [logged] = await fetch_imports(conn, "site")
    assert (logged.file_name, logged.rows, logged.from_ts) == ("past.npz", expected, report.from_ts)
    assert report.to_ts - report.from_ts == timedelta(hours=999)


@pytest.mark.asyncio
async def test_what_was_measured_is_not_replaced(conn: Connection, tmp_path: Path) -> None:
    ids = await register(conn, 3)
    measured = batch_of([ids[1]], [PAST_US + 3600 * S_US], [123456.0])
    await write_batch(conn, measured)
    path = tmp_path / "past.npz"
    values = write_npz(path, 50)
    report = await import_file(conn, "site", path, quiet)
    assert report.inserted == np.count_nonzero(~np.isnan(values)) - 1
    row = await conn.fetchrow("select value, origin from reading where value = 123456")
    assert row is not None
    assert row["origin"] == Origin.MEASURED


@pytest.mark.asyncio
async def test_csv_says_the_same(conn: Connection, tmp_path: Path) -> None:
    ids = await register(conn, 3)
    path = tmp_path / "past.csv"
    lines = [
        f"ts,{KEYS[2]},{KEYS[0]}",
        "2025-11-20T01:00:00+01:00,1.5,",
        "2025-11-20T01:00:00Z,,-7",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    report = await import_file(conn, "site", path, quiet)
    assert report.rows == 2
    rows = [
        tuple(r)
        for r in await conn.fetch("select point_id, ts, value, quality from reading order by ts")
    ]
    midnight = datetime(2025, 11, 20, tzinfo=UTC)
    # A register below zero is not physical: kept, and said to be out of range.
    assert rows == [
        (ids[2], midnight, 1.5, Quality.GOOD),
        (ids[0], midnight + timedelta(hours=1), -7.0, Quality.OUT_OF_RANGE),
    ]


BAD_CSV = {
    "naive": ("2025-11-20T01:00:00,1,2", "line 2, column ts: .*time zone; add the offset"),
    "no time": ("yesterday,1,2", "line 2, column ts: 'yesterday' is not a time"),
    "text": ("2025-11-20T01:00:00Z,1,n/a", rf"line 2, column {KEYS[1]}: 'n/a' is not a number"),
    "short": ("2025-11-20T01:00:00Z,1", "line 2: it has 1 values for 2 keys"),
    "comma": ("2025-11-20T01:00:00Z,1,5,2,5", "line 2: it has 4 values for 2 keys.*decimal"),
    "beyond floats": ("2025-11-20T01:00:00Z,1e999,1", rf"line 2, column {KEYS[0]}: .*infinite"),
    "future": ("2125-11-20T01:00:00Z,1,2", "line 2: the time .*future"),
    "old": ("1970-01-01T01:00:00Z,1,2", "line 2: the time .*before 2000"),
    "empty": ("2025-11-20T01:00:00Z,,", "file: it has no readings"),
    "quote": ('2025-11-20T01:00:00Z,"1,2', "line 2: it is no CSV: .*quotes"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("case", BAD_CSV)
async def test_a_bad_line_refuses_the_file(conn: Connection, tmp_path: Path, case: str) -> None:
    await register(conn, 3)
    line, message = BAD_CSV[case]
    path = tmp_path / "past.csv"
    path.write_text(f"ts,{KEYS[0]},{KEYS[1]}\n{line}\n", encoding="utf-8")
    with pytest.raises(ImportRefusedError, match=message):
        await import_file(conn, "site", path, quiet)
    assert await conn.fetchval("select count(*) from reading") == 0
    assert await fetch_imports(conn, "site") == []


@pytest.mark.asyncio
async def test_several_problems_are_listed_but_not_endlessly(
    conn: Connection, tmp_path: Path
) -> None:
    await register(conn, 3)
    path = tmp_path / "past.npz"
    keys = ["pump_9.flow", KEYS[0], KEYS[0]]
    ts_us = np.array([PAST_US, PAST_US])
    np.savez(path, ts_us=ts_us, keys=np.array(keys), values=np.full((2, 3), np.inf))
    with pytest.raises(ImportRefusedError) as refused:
        await import_file(conn, "site", path, quiet)
    text = str(refused.value)
    assert "key 1: the site has no point 'pump_9.flow'" in text
    assert f"key 3: the key '{KEYS[0]}' is there twice" in text
    assert "row 1: its time is there twice" in text
    assert "row 0, column pump_9.flow: the value is infinite" in text
    lines = "".join(f"2025-11-20T01:{n:02d}:00Z,x\n" for n in range(60))
    endless = tmp_path / "past.csv"
    endless.write_text(f"ts,{KEYS[0]}\n{lines}", encoding="utf-8")
    with pytest.raises(ImportRefusedError) as refused:
        await import_file(conn, "site", endless, quiet)
    assert len(refused.value.problems) == 20


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("past.npz", b"PK\x03\x04 not really", "no .npz archive"),
        ("past.npz", b"", "no .npz archive"),
        ("past.xlsx", b"PK", "the ending '.xlsx' is not known"),
        ("past.csv", b"time;value\n", "line 1: the header"),
        ("past.csv", b"\xff\xfe", "UTF-8"),
    ],
)
async def test_a_file_of_another_kind_is_refused(
    conn: Connection, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImportRefusedError, match=message):
        await import_file(conn, "site", path, quiet)


@pytest.mark.asyncio
async def test_arrays_of_wrong_shape_and_no_file_are_refused(
    conn: Connection, tmp_path: Path
) -> None:
    path = tmp_path / "past.npz"
    np.savez(path, ts_us=np.zeros(3), keys=np.array([1, 2]), values=np.zeros((2, 2)))
    with pytest.raises(
        ImportRefusedError, match=r"(?s)ts_us: .*int64\[n\].*keys: .*str\[m\].*values: "
    ):
        await import_file(conn, "site", path, quiet)
    np.savez(path, ts_us=np.zeros(3, np.int64))
    with pytest.raises(ImportRefusedError, match="keys"):
        await import_file(conn, "site", path, quiet)
    with pytest.raises(ImportRefusedError, match="No such file"):
        await import_file(conn, "site", tmp_path / "absent.npz", quiet)
