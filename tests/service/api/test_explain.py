"""Explanations by HTTP: on the shipped site, with the plant's own readings as its store."""

import struct
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import Request

from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from collectors.raw import RawPoint, RawRegisters
from models.legal_time.days import from_us, to_us
from models.site.disclosure import Confidentiality, Disclosure
from service.access.roles import Role
from service.access.visitor import ANYBODY, Grant, Visitor
from service.explain.explainer import SiteExplainer
from service.live.board import SnapshotBoard
from service.site.loader import load_site
from tests.service.application import API, application, client_of
from tests.service.evaluation.test_evaluator import PlantHistory
from tests.service.pages.sample_snapshot import NOW, sample_snapshot
from tests.service.site.test_loader import SHIPPED

INSTALLED = load_site(SHIPPED, load_profiles(SHIPPED_PROFILES))
POWER = "intake_a.active_power_kw"
WORDS = struct.unpack(">HH", struct.pack(">f", 176_400.0))


class Words:
    """A store with the words of one point."""

    def __init__(self) -> None:
        self.points = [
            RawPoint(
                key=POWER,
                read_us=to_us(NOW),
                raw=RawRegisters(unit=1, space="holding", address=1020, words=WORDS),
            )
        ]

    async def raw_of(self, keys: Sequence[str]) -> dict[str, RawPoint]:
        return {one.key: one for one in self.points if one.key in keys}


@pytest.fixture
def history() -> PlantHistory:
    return PlantHistory()


@pytest_asyncio.fixture
async def client(history: PlantHistory) -> AsyncIterator[httpx.AsyncClient]:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    explainer = SiteExplainer(INSTALLED, history, Words())
    async with client_of(application(board, explainer=explainer)) as client:
        yield client


async def asked(client: httpx.AsyncClient, path: str, **params: str) -> Any:
    answer = await client.get(f"{API}{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.asyncio
async def test_a_written_period_is_explained_down_to_the_points(client: httpx.AsyncClient) -> None:
    told = await asked(client, "/kpis/pue/explanation", period="2026-10")
    assert (told["kpi"]["kpi"], told["label_fr"], told["label_en"]) == ("pue", "PUE", "PUE")
    assert told["shown_value"] is None
    top = sum(one["numerator_weight"] * one["counted"] for one in told["meters"])
    bottom = sum(one["denominator_weight"] * one["counted"] for one in told["meters"])
    assert top == pytest.approx(told["kpi"]["numerator"])
    assert top / bottom == pytest.approx(told["kpi"]["value"])
    shares = [one["share_of_variance"] for one in told["meters"] + told["lines"]]
    assert sum(shares) == pytest.approx(1.0)

    intake = next(one for one in told["meters"] if one["name"] == "intake_a")
    assert intake["role"] == "utility_intake"
    assert intake["label_en"] == INSTALLED.site.devices["intake_a"].label_en
    assert intake["first"]["ts"] <= told["kpi"]["window"]["start"]
    assert intake["first"]["value"] < intake["last"]["value"]
    point = next(one for one in told["points"] if one["key"] == intake["point"])
    assert point["address"]["table_address"].startswith("4")
    assert point["words"] is None


@pytest.mark.asyncio
async def test_a_window_of_the_page_is_explained_over_its_own_time(
    client: httpx.AsyncClient,
) -> None:
    [shown] = (await client.get(f"{API}/kpis", params={"kpi": "pue", "window": "month"})).json()
    told = await asked(client, "/kpis/pue/explanation", window="month")
    assert told["kpi"]["window"] == shown["window"]
    assert told["shown_value"] == shown["value"]
    assert told["meters"]


@pytest.mark.asyncio
async def test_a_point_is_explained_from_name_to_words(client: httpx.AsyncClient) -> None:
    told = await asked(client, f"/points/{POWER}/explanation")
    assert told["device"] == "intake_a"
    assert told["address"] == {
        "protocol": "modbus",
        "endpoint": told["address"]["endpoint"],
        "unit": 1,
        "space": "holding",
        "function": 3,
        "address": 1020,
        "table_address": "41021",
        "count": 2,
        "type": "f32",
        "word_order": "big",
        "byte_order": "big",
        "nan_values": [0x7FC00000],
    }
    words = told["words"]
    assert words["raw"]["words"] == list(WORDS)
    assert words["raw"]["words_hex"] == [f"{word:04X}" for word in WORDS]
    assert words["read_at"] == from_us(to_us(NOW)).isoformat().replace("+00:00", "Z")
    step = told["conversion"]
    assert words["decoded"]["value"] == pytest.approx(step["factor"] * 176_400.0 + step["offset"])
    assert words["decoded"]["quality"] == "good"
    assert (words["failed_at"], words["failure"], told["confidential"]) == (None, None, False)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/kpis/nothing/explanation?period=2026-10", 404, "kpi_not_found"),
        ("/kpis/pue/explanation", 422, "window_or_period"),
        ("/kpis/pue/explanation?period=2026-10&window=month", 422, "window_or_period"),
        ("/kpis/pue/explanation?period=someday", 400, "period_unknown"),
        ("/kpis/pue/explanation?period=2098", 404, "figure_not_found"),
        ("/kpis/trajectory_ratio/explanation?period=2026-10", 404, "figure_not_found"),
        ("/kpis/pue/explanation?window=someday", 404, "figure_not_found"),
        ("/points/intake_a.nothing/explanation", 404, "point_not_found"),
    ],
)
@pytest.mark.asyncio
async def test_what_cannot_be_explained_says_why(
    client: httpx.AsyncClient, path: str, status: int, code: str
) -> None:
    answer = await client.get(API + path)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert problem["remedy"]


@pytest.mark.asyncio
async def test_another_site_is_not_found(client: httpx.AsyncClient) -> None:
    for path in ("kpis/pue/explanation?period=2026-10", f"points/{POWER}/explanation"):
        answer = await client.get(f"/api/v1/sites/elsewhere/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "site_not_found")


@pytest.mark.asyncio
async def test_a_store_that_is_away_says_so(
    client: httpx.AsyncClient, history: PlantHistory
) -> None:
    history.away = True
    answer = await client.get(f"{API}/kpis/pue/explanation", params={"period": "2026-10"})
    assert (answer.status_code, answer.json()["code"]) == (503, "store_away")


@pytest.mark.asyncio
async def test_before_the_first_snapshot_there_is_nothing_of_the_page_to_explain() -> None:
    explainer = SiteExplainer(INSTALLED, PlantHistory(), Words())
    async with client_of(application(explainer=explainer)) as client:
        answer = await client.get(f"{API}/kpis/pue/explanation", params={"window": "month"})
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")


@pytest.mark.asyncio
async def test_every_field_is_described(client: httpx.AsyncClient) -> None:
    schemas = (await client.get("/openapi.json")).json()["components"]["schemas"]
    ours = [name for name in schemas if name.startswith(("FigureExp", "PointExp", "Explained"))]
    ours += [name for name in schemas if name.startswith(("Raw", "LastWords", "BudgetLine"))]
    assert len(ours) >= 8
    for name in ours:
        for field, schema in schemas[name]["properties"].items():
            assert field == "protocol" or schema.get("description"), (name, field)


CLOSED = Disclosure(kpis={"pue": Confidentiality.PUBLIC, "wue": Confidentiality.OPERATOR})


class Named:
    """Takes whoever the header names for who asks."""

    async def visitor(self, request: Request) -> Visitor:
        who = request.headers["who"]
        if who == "anybody":
            return ANYBODY
        grant = Grant(role=Role(who), site=INSTALLED.site.identity.id)
        return Visitor(account=who, grants=(grant,))


@pytest.mark.asyncio
async def test_each_sees_as_deep_as_it_is_for_them(history: PlantHistory) -> None:
    explainer = SiteExplainer(INSTALLED, history, Words())
    app = application(explainer=explainer, identifier=Named(), disclosure=CLOSED)
    point, pue = f"{API}/points/{POWER}/explanation", f"{API}/kpis/pue/explanation?period=2026-10"

    async def get(path: str, who: str) -> httpx.Response:
        async with client_of(app) as client:
            return await client.get(path, headers={"who": who})

    for path in (point, pue):
        # The figure may be public: what its meters counted is not.
        assert (await get(path, "anybody")).status_code == 401
    planner, operator = [(await get(pue, who)).json() for who in ("planner", "operator")]
    assert planner["meters"] == operator["meters"]
    assert {one["confidential"] for one in planner["points"]} == {True}
    assert {one["confidential"] for one in operator["points"]} == {False}

    cut, whole = [await get(point, who) for who in ("planner", "operator")]
    hidden = ("profile", "model", "datasheet", "link", "conversion", "address", "words")
    assert [cut.json()[name] for name in hidden] == [None] * len(hidden)
    assert None not in [whole.json()[name] for name in hidden]
    for secret in (f"{WORDS[0]:04X}", "127.0.0.1", "41021"):
        assert secret in whole.text
        assert secret not in cut.text

    assert (await get(f"{API}/kpis/wue/explanation?period=2026-10", "planner")).status_code == 403
    assert (await get(f"{API}/kpis/wue/explanation?period=2026-10", "operator")).status_code == 200
