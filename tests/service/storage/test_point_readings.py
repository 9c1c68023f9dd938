"""The readings of a point over HTTP, from a real table: nothing cut, equal to the digit."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import pytest_asyncio

from service.api import readings
from service.storage.connection import Connection, open_pool
from service.storage.point_past import StoredPointPast
from service.storage.points import PointSpec, register_points
from service.storage.rollups import roll_all
from service.storage.writer import write_batch
from tests.service.application import API, application, client_of
from tests.service.storage.batches import S_US, T0_US, batch_of, energy_point

pytestmark = pytest.mark.asyncio

COUNT = 5000
POWER = PointSpec(
    key="meter_1.active_power_kw",
    device="meter_1",
    name="active_power_kw",
    quantity="active_power",
    unit="kW",
    kind="gauge",
)
POINTS = [energy_point(1), energy_point(2), POWER]
KEYS = [one.key for one in POINTS]
WINDOW = {"start": "2026-11-19T00:00:00Z", "end": "2026-12-01T00:00:00Z"}
PATH = f"{API}/points/{KEYS[0]}/readings"


@pytest_asyncio.fixture
async def values(conn: Connection) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A register read each minute: as many digits as a float has, and some values missing."""
    ids = list((await register_points(conn, "site", POINTS)).values())
    grown = np.cumsum(np.random.default_rng(7).uniform(0.0, 1.0, COUNT)) / 3.0
    grown[100:110] = np.nan
    ts_us = [T0_US + n * 60 * S_US + (1 if n == 7 else 0) for n in range(COUNT)]
    await write_batch(conn, batch_of([ids[0]] * COUNT, ts_us, grown.tolist()))
    await write_batch(conn, batch_of([ids[1]] * 3, ts_us[:3], [1.5, 2.5, 3.5]))
    return grown


@pytest_asyncio.fixture
async def client(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    # Many pages of a small table.
    monkeypatch.setattr(readings, "_PAGE_OF_READINGS", 999)
    monkeypatch.setattr(readings, "_PAGE_OF_ROLLUPS", 10)
    async with (
        open_pool(database_url) as pool,
        client_of(application(points=StoredPointPast(pool, "site"))) as client,
    ):
        yield client


def expected(values: np.ndarray[Any, np.dtype[np.float64]]) -> list[float | None]:
    return [None if np.isnan(one) else one for one in values.tolist()]


async def as_json(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Every page, one after the other."""
    answer = await client.get(PATH, params={**WINDOW, "limit": "1000"})
    told: list[dict[str, Any]] = answer.json()["items"]
    while link := answer.links.get("next"):
        answer = await client.get(link["url"])
        told += answer.json()["items"]
    return told


async def test_every_format_gives_every_reading_to_the_digit(
    client: httpx.AsyncClient, values: np.ndarray[Any, np.dtype[np.float64]]
) -> None:
    told = await as_json(client)
    texts = {
        kind: (await client.get(PATH, params={**WINDOW, "format": kind})).content
        for kind in ("csv", "arrow", "parquet")
    }
    rows = list(csv.DictReader(io.StringIO(texts["csv"].decode())))
    arrow = pa.ipc.open_stream(texts["arrow"]).read_all()
    parquet = pq.read_table(io.BytesIO(texts["parquet"]))

    assert [one["value"] for one in told] == expected(values)
    assert [float(one["value"]) if one["value"] else None for one in rows] == expected(values)
    assert arrow["value"].to_pylist() == parquet["value"].to_pylist() == expected(values)
    assert [one["ts"] for one in rows] == [one["ts"] for one in told]
    assert rows[7]["ts"] == "2026-11-20T00:07:00.000001Z"
    instants = [datetime.fromisoformat(one["ts"]) for one in told]
    assert arrow["ts"].to_pylist() == parquet["ts"].to_pylist() == instants
    assert rows[0] == {
        "point": KEYS[0],
        "ts": "2026-11-20T00:00:00Z",
        "value": repr(values[0].item()),
        "unit": "kWh",
        "quality": told[0]["quality"],
        "origin": told[0]["origin"],
    }
    assert {"point": KEYS[0], "unit": "kWh"}.items() <= parquet.to_pylist()[0].items()


async def test_a_french_spreadsheet_reads_what_is_meant(
    client: httpx.AsyncClient, values: np.ndarray[Any, np.dtype[np.float64]]
) -> None:
    asked = {**WINDOW, "format": "csv", "csv": "fr"}
    answer = await client.get(PATH, params=asked)
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))

    assert answer.content.startswith("\ufeffpoint;ts;value".encode())
    read = [float(one["value"].replace(",", ".")) if one["value"] else None for one in rows]
    assert read == expected(values)
    assert "attachment" in answer.headers["content-disposition"]


async def test_some_points_are_one_file(
    client: httpx.AsyncClient, values: np.ndarray[Any, np.dtype[np.float64]]
) -> None:
    asked = {**WINDOW, "point": [KEYS[1], KEYS[0], KEYS[1]]}
    for kind in ("csv", "arrow", "parquet"):
        answer = await client.get(f"{API}/readings", params={**asked, "format": kind})
        if kind == "csv":
            keys = [one["point"] for one in csv.DictReader(io.StringIO(answer.text))]
        elif kind == "arrow":
            keys = pa.ipc.open_stream(answer.content).read_all()["point"].to_pylist()
        else:
            keys = pq.read_table(io.BytesIO(answer.content))["point"].to_pylist()
        assert keys == [KEYS[1]] * 3 + [KEYS[0]] * COUNT
    unknown = await client.get(f"{API}/readings", params={"point": ["none.such"]})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "point_not_found")


async def test_a_roll_up_is_the_same_in_every_format(
    client: httpx.AsyncClient, conn: Connection, values: np.ndarray[Any, np.dtype[np.float64]]
) -> None:
    await roll_all(conn)
    asked = {**WINDOW, "resolution": "hour"}
    answer = await client.get(PATH, params=asked)
    told = answer.json()["items"]
    file = await client.get(PATH, params={**asked, "format": "parquet"})
    rows = pq.read_table(io.BytesIO(file.content)).to_pylist()

    assert len(told) == 84
    assert answer.json()["summed_upto"] >= told[-1]["end"]
    for one, row in zip(told, rows, strict=True):
        assert one["counts"] == {name: row[name] for name in one["counts"]}
        for name in ("first_value", "last_value", "minimum", "maximum", "mean", "known_s"):
            assert one[name] == row[name]
        assert datetime.fromisoformat(one["start"]) == row["start"]


async def test_a_chart_of_few_points_keeps_every_extreme(
    client: httpx.AsyncClient, conn: Connection, database_url: str
) -> None:
    """A gauge with one spike of a second among readings of ten."""
    ids = list((await register_points(conn, "site", POINTS)).values())
    gauge = KEYS.index("meter_1.active_power_kw")
    value = np.full(8640, 20.0)
    value[4321] = 999.0
    ts_us = [T0_US + n * 10 * S_US for n in range(len(value))]
    await write_batch(conn, batch_of([ids[gauge]] * len(value), ts_us, value.tolist()))
    day = {"start": "2026-11-20T00:00:00Z", "end": "2026-11-21T00:00:00Z", "resolution": "auto"}
    path = f"{API}/points/{KEYS[gauge]}/readings"
    chart = (await client.get(path, params={**day, "max_points": "300"})).json()

    assert (chart["resolution"], chart["step_s"], chart["next"]) == ("step", 300.0, None)
    assert "300 s" in chart["how"]
    assert len(chart["items"]) == 288
    spiked = [one for one in chart["items"] if one["maximum"] == 999.0]
    assert [one["start"] for one in spiked] == ["2026-11-20T12:00:00Z"]
    assert spiked[0]["mean"] == pytest.approx(20.0 + 979.0 / 30)
    assert {one["minimum"] for one in chart["items"]} == {20.0}
    assert sum(one["counts"]["good"] for one in chart["items"]) == len(value)
    await roll_all(conn)
    year = {**day, "start": "2026-01-01T00:00:00Z", "end": "2027-01-01T00:00:00Z"}
    coarse = (await client.get(path, params={**year, "max_points": "400"})).json()
    assert (coarse["resolution"], coarse["step_s"]) == ("day", None)
    assert max(one["maximum"] for one in coarse["items"]) == 999.0


async def test_a_point_that_the_site_has_no_more_is_known_by_its_past(
    client: httpx.AsyncClient, values: np.ndarray[Any, np.dtype[np.float64]]
) -> None:
    gone = await client.get(PATH, params=WINDOW)
    never = await client.get(f"{API}/points/none.such/readings", params=WINDOW)
    assert gone.status_code == 200
    assert (never.status_code, never.json()["code"]) == (404, "point_not_found")
    now = datetime.now(UTC)
    live = (await client.get(PATH)).json()
    assert abs((datetime.fromisoformat(live["end"]) - now).total_seconds()) < 60
