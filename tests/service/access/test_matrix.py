"""Who gets what: every route, for every role, at the site of the role and at another."""

from collections.abc import Mapping
from typing import Annotated, Final, TypeVar

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query
from fastapi.routing import APIRoute

from models.site.disclosure import Confidentiality, Disclosure, Matter
from service.access.disclosed import disclosed
from service.access.roles import CLEARANCE, Role
from service.access.visitor import ANYBODY, Grant, Visitor
from service.api.permissions import (
    EVERYBODY,
    May,
    Reads,
    UndeclaredRouteError,
    api_routes,
    check_declared,
    reads,
)
from service.api.recording import RECORDED
from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot
from service.pages.voice import Voice
from tests.service.access.someone import ByHeader
from tests.service.application import API, application, client_of
from tests.service.pages.sample_snapshot import sample_site, sample_snapshot

SITE: Final = sample_site().identity.id
# As a private data centre has it: nothing but what the file makes public.
CLOSED: Final = Disclosure(kpis={"pue": Confidentiality.PUBLIC})
TAKER: Final = sample_snapshot().statements[0].takers[0].taker
VISITORS: Final[Mapping[str, Visitor]] = {
    "anybody": ANYBODY,
    **{
        role.value: Visitor(account=role.value, grants=(Grant(role=role, site=SITE),))
        for role in Role
        if role is not Role.HEAT_TAKER
    },
    "heat_taker": Visitor(
        account="taker", grants=(Grant(role=Role.HEAT_TAKER, site=SITE, taker=TAKER),)
    ),
    "elsewhere": Visitor(account="other", grants=(Grant(role=Role.OPERATOR, site="elsewhere"),)),
    "everywhere": Visitor(account="city", grants=(Grant(role=Role.PLANNER),)),
}


@pytest.fixture(scope="module")
def app() -> FastAPI:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    return application(board, identifier=ByHeader(VISITORS), disclosure=CLOSED)


_Declaration = TypeVar("_Declaration", Reads, May)


def declared(route: APIRoute, kind: type[_Declaration]) -> list[_Declaration]:
    return [one.call for one in route.dependant.dependencies if isinstance(one.call, kind)]


async def asked(app: FastAPI, path: str, who: str, method: str = "GET") -> httpx.Response:
    async with client_of(app) as client:
        return await client.request(method, path, headers={"who": who})


@pytest.mark.asyncio
@pytest.mark.parametrize("who", VISITORS)
async def test_every_route_lets_pass_whom_its_matter_is_for(app: FastAPI, who: str) -> None:
    visitor = VISITORS[who]
    clearance = visitor.clearance(SITE)
    seen = set()
    for route in api_routes(app.routes):
        reading = declared(route, Reads)
        if not reading:
            continue
        [matter] = [one.matter for one in reading]
        seen.add(matter)
        path = route.path.replace("{site_id}", SITE)
        [method] = set(route.methods or ()) - {"HEAD"}
        answer = await asked(app, path, who, method)
        passes = clearance >= CLOSED.least(matter) or (matter is Matter.HEAT and "taker" in who)
        for needed in declared(route, May):
            passes = passes and any(visitor.may(one, SITE) for one in needed.actions)
        if passes:
            assert answer.status_code not in {401, 403}, path
        else:
            expected = 401 if visitor.account is None else 403
            assert answer.status_code == expected, path
            assert answer.json()["code"] == ("not_signed_in" if expected == 401 else "not_allowed")
    assert seen >= set(Matter) - {Matter.RAW}


@pytest.mark.asyncio
async def test_a_route_of_another_site_is_not_there(app: FastAPI) -> None:
    answer = await asked(app, "/api/v1/sites/elsewhere/kpis", "elsewhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "site_not_found")


@pytest.mark.asyncio
@pytest.mark.parametrize("path", [f"{API}/snapshot", "/fr/", "/en/", "/fr/charte", "/metrics"])
async def test_what_is_not_public_is_in_no_answer_to_anybody(app: FastAPI, path: str) -> None:
    """The figures of a KPI and the names of devices that only others may see."""
    snapshot = sample_snapshot()
    device, hidden = snapshot.devices[0], snapshot.kpi("erf", "12months")
    written = {Voice(lang).measured(hidden).value for lang in ("fr", "en")}
    operator = await asked(app, path, "operator")
    assert operator.status_code == 200
    public = await asked(app, path, "anybody")
    assert public.status_code == 200
    for secret in (device.id, device.label_fr, device.label_en, *written, "\nboucle_erf"):
        assert secret not in public.text, secret
    if path == f"{API}/snapshot":
        assert {one["kpi"] for one in public.json()["kpis"]} == {"pue"}
        assert device.id in operator.text


@pytest.mark.asyncio
async def test_a_single_kpi_that_is_not_public_is_refused_by_name(app: FastAPI) -> None:
    path = f"{API}/kpis/{{}}/history?span=day&period=2026"
    assert (await asked(app, path.format("pue"), "anybody")).status_code == 200
    assert (await asked(app, path.format("wue"), "anybody")).status_code == 401
    assert (await asked(app, path.format("wue"), "planner")).status_code == 200


@pytest.mark.asyncio
async def test_a_heat_taker_gets_its_own_line_and_no_sum(app: FastAPI) -> None:
    [month] = (await asked(app, f"{API}/heat-statements", "heat_taker")).json()
    path = f"{API}/heat-statements/{month}"
    own, whole = [(await asked(app, path, who)).json() for who in ("heat_taker", "operator")]
    assert [one["taker"] for one in own["takers"]] == [TAKER]
    assert own["takers"][0] == next(one for one in whole["takers"] if one["taker"] == TAKER)
    assert own["delivered_kwh"] is None
    assert whole["delivered_kwh"] is not None


def test_a_route_without_a_declaration_cannot_start() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    router = APIRouter()

    @router.get("/forgotten")
    async def forgotten() -> None: ...

    app.include_router(router)
    with pytest.raises(UndeclaredRouteError, match="/forgotten"):
        check_declared(app)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_route_that_changes_something_without_a_trace_cannot_start(method: str) -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    async def changed() -> None: ...

    app.add_api_route("/told", changed, methods=[method], dependencies=[*EVERYBODY, *RECORDED])
    check_declared(app)
    app.add_api_route("/untold", changed, methods=[method], dependencies=EVERYBODY)
    with pytest.raises(UndeclaredRouteError, match="audit log is told nothing of /untold"):
        check_declared(app)


@pytest.mark.parametrize("parameter", ["format", "period", "start", "since"])
def test_a_download_without_a_trace_cannot_start(parameter: str) -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    async def taken(asked: Annotated[str, Query(alias=parameter)]) -> None: ...

    needed = reads(Matter.KPI)
    app.add_api_route("/sites/{site_id}/told", taken, dependencies=[*needed, *RECORDED])
    check_declared(app)
    app.add_api_route("/sites/{site_id}/taken", taken, dependencies=needed)
    with pytest.raises(UndeclaredRouteError, match=r"told nothing of /sites/\{site_id\}/taken"):
        check_declared(app)


@pytest.mark.parametrize("clearance", Confidentiality)
def test_more_clearance_never_shows_less(clearance: Confidentiality) -> None:
    whole = sample_snapshot()
    cut = disclosed(whole, CLOSED, clearance)
    assert set(cut.kpis) <= set(whole.kpis)
    if clearance is Confidentiality.OPERATOR:
        assert cut is whole
    else:
        more = disclosed(whole, CLOSED, Confidentiality(clearance + 1))
        for part in ("kpis", "findings", "breaches", "points", "devices", "forecasts"):
            assert set(getattr(cut, part)) <= set(getattr(more, part)), part


def test_every_part_of_a_snapshot_is_decided_on() -> None:
    """A new part is either in this list or cut down in ``disclosed``."""
    always = {
        "taken_at",
        "site",
        "store_reachable",
        "oldest_live_age_s",
        "evaluated_at",
        "evaluation_up",
    }
    whole = sample_snapshot()
    shut = Disclosure(matters=dict.fromkeys(Matter, Confidentiality.OPERATOR))
    cut = disclosed(whole, shut, Confidentiality.PUBLIC)
    for part in LiveSnapshot.__dataclass_fields__:
        if part in always:
            assert getattr(cut, part) == getattr(whole, part), part
        else:
            left = getattr(cut, part)
            assert not left or left != getattr(whole, part), part


def test_roles_of_one_site_are_nothing_at_another() -> None:
    for role in Role:
        visitor = Visitor(account="a", grants=(Grant(role=role, site="north"),))
        assert visitor.clearance("south") is Confidentiality.PUBLIC
        assert visitor.clearance("north") is CLEARANCE[role]
