"""The JSON API on a sample snapshot, through ASGI."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import numpy as np
import pytest
import pytest_asyncio

from models.legal_time.days import to_us
from models.readings import Origin, Quality
from service.api import readings, tables
from service.evaluation.ports import StoreAway
from service.evaluation.recorded import RecordedReadings
from service.live.board import SnapshotBoard
from service.live.lateness import Late, late_parts
from service.live.snapshot import PipelineView
from tests.service.application import API, EmptyStore, application, client_of
from tests.service.pages.sample_snapshot import LOST_DEVICE, NOW, sample_snapshot, store_away
from tests.service.pages.serving import served

HEALTHY_PIPELINE = PipelineView(
    acknowledged_total=10,
    written_total=10,
    spooled_rows=0,
    spooled_bytes=0,
    oldest_age_s=None,
    dropped_total=0,
    dead_letter_total=0,
    report_age_s=3.0,
)


class _Past(EmptyStore):
    """Ten readings, one a minute; or a store that is away."""

    def __init__(self) -> None:
        self.away = False

    async def readings(
        self, key: str, start: datetime, end: datetime, limit: int
    ) -> RecordedReadings:
        if self.away:
            raise StoreAway("no answer")
        times = [NOW - timedelta(minutes=n) for n in range(10, 0, -1)]
        rows = [(to_us(ts), n) for n, ts in enumerate(times) if start <= ts < end][:limit]
        count = len(rows)
        return RecordedReadings(
            ts_us=np.array([ts_us for ts_us, _ in rows], np.int64),
            value=np.array([np.nan if n == 3 else float(n) for _, n in rows]),
            quality=np.full(count, Quality.GOOD, np.int16),
            origin=np.full(count, Origin.IMPORTED, np.int16),
        )


@pytest.fixture
def board() -> SnapshotBoard:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    return board


@pytest.fixture
def past() -> _Past:
    return _Past()


@pytest_asyncio.fixture
async def client(board: SnapshotBoard, past: _Past) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(application(board, points=past)) as client:
        yield client


@pytest.mark.asyncio
async def test_kpis_are_those_of_the_snapshot_and_can_be_filtered(
    client: httpx.AsyncClient, board: SnapshotBoard
) -> None:
    assert board.current is not None
    [annual] = (
        await client.get("/api/v1/sites/chapelle_international/kpis?kpi=pue&window=12months")
    ).json()
    truth = board.current.kpi("pue", "12months")
    assert truth is not None
    assert (annual["value"], annual["expanded_uncertainty"]) == (
        truth.value,
        truth.expanded_uncertainty,
    )
    assert datetime.fromisoformat(annual["window"]["start"]).utcoffset() == timedelta(0)
    [withheld] = (
        await client.get("/api/v1/sites/chapelle_international/kpis?kpi=pue&window=15min")
    ).json()
    assert (withheld["value"], withheld["withheld"]) == (None, "low_coverage")
    assert len((await client.get("/api/v1/sites/chapelle_international/verdicts")).json()) == len(
        board.current.findings
    )


@pytest.mark.asyncio
async def test_a_lost_device_says_so_and_its_points_are_stale(client: httpx.AsyncClient) -> None:
    devices = {
        d["id"]: d
        for d in (await client.get("/api/v1/sites/chapelle_international/devices")).json()
    }
    assert devices[LOST_DEVICE]["state"] == "lost"
    points = (
        await client.get(f"/api/v1/sites/chapelle_international/points?device={LOST_DEVICE}")
    ).json()
    assert points
    assert all(p["stale"] and p["device"] == LOST_DEVICE for p in points)
    flow = (await client.get("/api/v1/sites/chapelle_international/flow")).json()
    assert flow["it_kw"] is None
    assert flow["grid_kw"] == pytest.approx(347.6)


@pytest.mark.asyncio
async def test_the_snapshot_is_the_sum_of_the_other_answers(client: httpx.AsyncClient) -> None:
    whole = (await client.get("/api/v1/sites/chapelle_international/snapshot")).json()
    for part in ("kpis", "verdicts", "flow", "devices", "points"):
        assert whole[part] == (await client.get(f"{API}/{part}")).json()
    assert (
        whole["series"]["pue_24h"]
        == (await client.get("/api/v1/sites/chapelle_international/series/pue_24h")).json()
    )


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/no_such_path", 404, "path_not_found"),
        ("/api/v1/sites/chapelle_international/points/no.such", 404, "point_not_found"),
        ("/api/v1/sites/chapelle_international/series/no_such", 404, "series_not_found"),
        ("/api/v1/sites/chapelle_international/points/no.such/readings", 404, "point_not_found"),
        (
            "/api/v1/sites/chapelle_international/points/intake_a.active_power_kw/readings?limit=0",
            422,
            "malformed_request",
        ),
        (
            "/api/v1/sites/chapelle_international/points/intake_a.active_power_kw/readings?start=2026-01-01T00:00:00",
            422,
            "malformed_request",
        ),
    ],
)
async def test_errors_are_problems_with_a_code_and_a_remedy(
    client: httpx.AsyncClient, path: str, status: int, code: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert answer.json()["remedy"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("window", "code"),
    [
        ("start=9999-12-31T23:59:59-23:00", "malformed_request"),
        ("start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z", "malformed_window"),
        ("cursor=0001-01-01T00:00:00%2B23:00", "malformed_request"),
    ],
)
async def test_no_window_is_refused(client: httpx.AsyncClient, window: str, code: str) -> None:
    answer = await client.get(f"{API}/points/intake_a.active_power_kw/readings?{window}")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.asyncio
async def test_a_list_goes_on_where_its_page_ended(client: httpx.AsyncClient, past: _Past) -> None:
    path = f"{API}/points/intake_a.active_power_kw/readings"
    window = {"start": (NOW - timedelta(hours=1)).isoformat(), "end": NOW.isoformat()}
    pages = [await client.get(path, params={**window, "limit": "4"})]
    while link := pages[-1].links.get("next"):
        pages.append(await client.get(link["url"]))
    told = [one for page in pages for one in page.json()["items"]]
    assert [len(page.json()["items"]) for page in pages] == [4, 4, 2]
    assert [one["value"] for one in told] == [0.0, 1.0, 2.0, None, *map(float, range(4, 10))]
    assert {one["origin"] for one in told} == {"imported"}
    assert (pages[0].json()["unit"], pages[-1].json()["next"]) == ("kW", None)
    by_hand = await client.get(path, params={**window, "cursor": pages[0].json()["next"]})
    assert by_hand.json()["items"] == told[4:]
    past.away = True
    for kind in ("json", "csv", "parquet"):
        away = await client.get(path, params={**window, "format": kind})
        assert (away.status_code, away.json()["code"]) == (503, "store_away")


class _AwayAfterAPage(_Past):
    async def readings(
        self, key: str, start: datetime, end: datetime, limit: int
    ) -> RecordedReadings:
        found = await super().readings(key, start, end, limit)
        self.away = True
        return found


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_file_is_whole_or_visibly_not(
    monkeypatch: pytest.MonkeyPatch, kind: str, encoding: str
) -> None:
    """The store goes away after the first page: the connection breaks, and no end is told."""
    monkeypatch.setattr(readings, "_PAGE_OF_READINGS", 4)
    path = f"{API}/points/intake_a.active_power_kw/readings"
    asked = {
        "start": (NOW - timedelta(hours=1)).isoformat(),
        "end": NOW.isoformat(),
        "format": kind,
    }
    with served(sample_snapshot(), points=_AwayAfterAPage()) as server:
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            httpx.get(f"{server.url}{path}", params=asked, headers={"Accept-Encoding": encoding})
        assert httpx.get(f"{server.url}{API}/kpis").status_code == 200


@pytest.mark.asyncio
async def test_with_as_many_files_as_may_be_no_other_begins(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_MOST_DOWNLOADS", 0)
    path = f"{API}/points/intake_a.active_power_kw/readings"
    busy = await client.get(path, params={"format": "csv"})
    assert (busy.status_code, busy.json()["code"]) == (503, "busy")
    assert (await client.get(path)).status_code == 200


@pytest.mark.asyncio
async def test_the_same_answer_is_not_sent_twice(client: httpx.AsyncClient) -> None:
    path = f"{API}/kpis"
    plain, packed = [
        await client.get(path, headers={"Accept-Encoding": one}) for one in ("identity", "gzip")
    ]
    assert plain.headers["Cache-Control"] == "private, no-cache"
    assert plain.headers["ETag"] != packed.headers["ETag"]
    for first, encoding in ((plain, "identity"), (packed, "gzip")):
        known = {"Accept-Encoding": encoding, "If-None-Match": f'"x", {first.headers["ETag"]}'}
        again = await client.get(path, headers=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        other = await client.get(f"{path}?kpi=pue", headers=known)
        assert other.status_code == 200
    missing = await client.get(f"{API}/points/no.such")
    assert "ETag" not in missing.headers


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/html, */*;q=0.8", "application/json"),
        ("text/csv;q=0.5, application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("application/json;q=0", "application/problem+json"),
        ("image/png", "application/problem+json"),
    ],
)
async def test_the_accept_header_chooses_the_format(
    client: httpx.AsyncClient, accept: str, media_type: str
) -> None:
    path = f"{API}/points/intake_a.active_power_kw/readings"
    answer = await client.get(path, headers={"Accept": accept})
    assert answer.headers["content-type"] == media_type
    assert (answer.status_code == 406) == media_type.endswith("problem+json")


@pytest.mark.asyncio
async def test_before_the_first_snapshot_the_api_says_not_ready() -> None:
    async with client_of(application()) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.get("/api/v1/sites/chapelle_international/kpis")).json()[
            "code"
        ] == "not_ready"
        assert (await client.get("/fr/")).status_code == 200


def test_readiness_names_each_part_that_is_late() -> None:
    board = SnapshotBoard()
    later = NOW + timedelta(seconds=60)
    assert late_parts(board) == [Late("evaluation", "the first evaluation is not finished")]
    board.waiting_for = ("database", "the database does not answer: gone")
    assert late_parts(board) == [Late("database", "the database does not answer: gone")]

    board.publish(replace(store_away(NOW), taken_at=later, evaluated_at=NOW))
    board.waiting_for = None
    old = f"the last evaluation is of {NOW.isoformat()}"
    assert late_parts(board) == [
        Late("database", old),
        Late("database", "the database does not answer"),
    ]
    board.publish(replace(sample_snapshot(NOW), taken_at=later, evaluated_at=NOW))
    assert late_parts(board) == [Late("evaluation", old)]
    silent = replace(HEALTHY_PIPELINE, report_age_s=21.0)
    board.publish(replace(sample_snapshot(NOW), pipeline=silent))
    assert late_parts(board) == [Late("collector", "the collector has been silent for 21 s")]
    board.publish(replace(sample_snapshot(NOW), pipeline=HEALTHY_PIPELINE))
    assert late_parts(board) == []


@pytest.mark.asyncio
async def test_readyz_tells_the_parts_and_the_reasons() -> None:
    board = SnapshotBoard()
    board.publish(store_away(datetime.now(UTC)))
    async with client_of(application(board)) as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {
            "status": "not ready",
            "late": ["database"],
            "reasons": ["the database does not answer"],
        }
        board.publish(sample_snapshot(datetime.now(UTC)))
        assert (await client.get("/readyz")).json() == {
            "status": "ready",
            "late": [],
            "reasons": [],
        }


@pytest.mark.asyncio
async def test_the_heat_chain_its_statements_and_what_is_to_come_are_told(
    client: httpx.AsyncClient,
) -> None:
    heat = (await client.get("/api/v1/sites/chapelle_international/heat")).json()
    assert heat["exchanger"]["days_to_threshold"] == 64.0
    assert heat["pumps"][1]["cop"] is None
    assert heat["figures"][0]["disagree"] is True
    forecasts = {
        f["kpi"]: f
        for f in (await client.get("/api/v1/sites/chapelle_international/forecasts")).json()
    }
    assert forecasts["erf"]["crossed_on"] == f"{NOW.year}-11-24"
    assert (forecasts["wue"]["value"], forecasts["wue"]["withheld"]) == (None, "low_coverage")
    assert (await client.get("/api/v1/sites/chapelle_international/shifts")).json()[0][
        "began"
    ] == "2026-10-03"
    balances = (await client.get("/api/v1/sites/chapelle_international/balances")).json()
    assert [s["kind"] for s in balances["suspects"]] == ["ups_fed_load", "drifting"]
    [month] = (await client.get("/api/v1/sites/chapelle_international/heat-statements")).json()
    statement = (
        await client.get(f"/api/v1/sites/chapelle_international/heat-statements/{month}")
    ).json()
    assert statement["hours"] == 745.0  # October has the long night
    assert statement["takers"][0]["figures"]["disagree"] is False
    missing = await client.get("/api/v1/sites/chapelle_international/heat-statements/1999-01")
    assert missing.status_code == 404
    assert month in missing.json()["remedy"]


@pytest.mark.asyncio
async def test_a_kpi_says_its_kind_its_quality_and_its_budget(client: httpx.AsyncClient) -> None:
    [annual] = (
        await client.get(
            "/api/v1/sites/chapelle_international/kpis?kpi=cue_location&window=12months"
        )
    ).json()
    assert (annual["quality"], annual["flags"]) == ("uncertain", ["declared_input"])
    assert {"kind", "parts"} <= annual.keys()
