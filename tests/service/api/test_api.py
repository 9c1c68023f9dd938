"""The JSON API on a sample snapshot, through ASGI."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio

from models.readings import Origin, Quality
from service.evaluation.ports import StoreAway
from service.live.board import SnapshotBoard
from service.live.lateness import Late, late_parts
from service.live.snapshot import PipelineView
from tests.service.application import API, EmptyStore, application, client_of
from tests.service.pages.sample_snapshot import LOST_DEVICE, NOW, sample_snapshot, store_away

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


class _History(EmptyStore):
    """Ten readings, one a minute; or a store that is away."""

    def __init__(self) -> None:
        self.away = False

    async def readings(
        self, key: str, start: datetime, end: datetime
    ) -> list[tuple[datetime, float | None, Quality, Origin]]:
        del key
        if self.away:
            raise StoreAway("no answer")
        times = [NOW - timedelta(minutes=n) for n in range(10, 0, -1)]
        return [
            (ts, None if n == 3 else float(n), Quality.GOOD, Origin.IMPORTED)
            for n, ts in enumerate(times)
            if start <= ts < end
        ]


@pytest.fixture
def board() -> SnapshotBoard:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    return board


@pytest.fixture
def history() -> _History:
    return _History()


@pytest_asyncio.fixture
async def client(board: SnapshotBoard, history: _History) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(application(board, history=history)) as client:
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
        ("/api/v1/sites/chapelle_international/points/no.such/history", 404, "point_not_found"),
        (
            "/api/v1/sites/chapelle_international/points/intake_a.active_power_kw/history?limit=0",
            422,
            "malformed_request",
        ),
        (
            "/api/v1/sites/chapelle_international/points/intake_a.active_power_kw/history?start=2026-01-01T00:00:00",
            422,
            "malformed_window",
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
async def test_history_gives_the_newest_up_to_the_limit(
    client: httpx.AsyncClient, history: _History
) -> None:
    path = "/api/v1/sites/chapelle_international/points/intake_a.active_power_kw/history"
    window = {"start": (NOW - timedelta(hours=1)).isoformat(), "end": NOW.isoformat()}
    readings = (await client.get(path, params={**window, "limit": "2"})).json()
    assert [r["value"] for r in readings] == [8.0, 9.0]
    everything = (await client.get(path, params=window)).json()
    assert everything[3]["value"] is None
    assert {r["origin"] for r in everything} == {"imported"}
    history.away = True
    away = await client.get(path, params=window)
    assert (away.status_code, away.json()["code"]) == (503, "store_away")


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
async def test_every_answer_has_a_schema(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    paths = {path: ops for path, ops in document["paths"].items() if path.startswith("/api/v1")}
    # Whatever is taken away shows here, too.
    assert len(paths) >= 43
    for operations in paths.values():
        for operation in operations.values():
            [(status, answer)] = [one for one in operation["responses"].items() if one[0] < "300"]
            # Of what is done, 204 says all there is to say.
            if status != "204":
                assert answer["content"].keys() & {"application/json", "text/event-stream"}
                assert answer["content"].get("application/json", {"schema": 1})["schema"]


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
