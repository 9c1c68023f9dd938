"""Who asks too often waits, and nobody else does."""

from contextlib import ExitStack
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.caller import Caller
from service.deployment import Deployment, deployment_of
from service.edge.limited import LimitedAccounts
from service.edge.limits import Allowance, Places, RequestLimits
from service.live.board import SnapshotBoard
from service.settings import read_settings
from tests.service.application import API, application
from tests.service.pages.sample_snapshot import sample_snapshot
from tests.service.pages.serving import served


class Ticks:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_an_allowance_is_spent_and_refilled_evenly() -> None:
    clock = Ticks()
    allowance = Allowance(60, clock=clock)
    assert [allowance.wait_s("a") for _ in range(60)] == [0.0] * 60
    assert allowance.wait_s("a") == pytest.approx(1.0)
    # Asking in vain costs nothing: it would shut out who asks again and again.
    clock.now_s += 0.5
    assert allowance.wait_s("a") == pytest.approx(0.5)
    clock.now_s += 0.5
    assert allowance.wait_s("a") == 0.0
    assert allowance.wait_s("b") == 0.0
    # After an hour there is no more than at first.
    clock.now_s += 3600.0
    assert sum(allowance.wait_s("a") == 0.0 for _ in range(100)) == 60


def test_a_clock_that_stands_still_refills_nothing() -> None:
    allowance = Allowance(2, clock=lambda: 5.0)
    assert [allowance.wait_s("a") for _ in range(4)] == [0.0, 0.0, 30.0, 30.0]


def test_the_memory_of_those_who_ask_is_bounded() -> None:
    allowance = Allowance(10, remembered=100, clock=Ticks())
    for n in range(1000):
        assert allowance.wait_s(n) == 0.0
    assert len(allowance) == 100


def test_places_are_given_back() -> None:
    places = Places(2)
    assert [places.take("a") for _ in range(3)] == [True, True, False]
    assert places.take("b")
    places.give_back("a")
    assert places.take("a")
    for who in ("a", "a", "b"):
        places.give_back(who)
    assert len(places) == 0


def _app(*, requests: int) -> FastAPI:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    limits = RequestLimits(requests_per_minute=requests)
    return application(board, deployment=Deployment(limits=limits))


def _from(app: FastAPI, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 1234))
    return httpx.AsyncClient(transport=transport, base_url="http://boucle")


@pytest.mark.asyncio
async def test_an_address_that_asks_too_often_waits_alone() -> None:
    app = _app(requests=3)
    async with _from(app, "192.0.2.1") as eager, _from(app, "192.0.2.2") as other:
        assert [(await eager.get("/api/v1/sites")).status_code for _ in range(3)] == [200] * 3
        refused = await eager.get("/api/v1/sites")
        assert refused.status_code == 429
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["code"] == "too_many_requests"
        assert 1 <= int(refused.headers["retry-after"]) <= 20
        assert refused.headers["cache-control"] == "no-store"
        page = await eager.get("/en/", headers={"accept": "text/html"})
        assert (page.status_code, "Too many requests" in page.text) == (429, True)
        for path in ("/healthz", "/readyz", "/static/page.css"):
            assert (await eager.get(path)).status_code != 429
        assert (await other.get("/api/v1/sites")).status_code == 200


@pytest.mark.asyncio
async def test_the_addresses_of_one_household_are_one() -> None:
    app = _app(requests=1)
    async with _from(app, "2001:db8:1:2::1") as one, _from(app, "2001:db8:1:2::ffff") as same:
        assert (await one.get("/api/v1/sites")).status_code == 200
        assert (await same.get("/api/v1/sites")).status_code == 429


def test_an_address_holds_so_many_streams_open() -> None:
    limits = RequestLimits(streams_per_address=2)
    with (
        served(sample_snapshot(), deployment=Deployment(limits=limits)) as server,
        httpx.Client(base_url=server.url, timeout=20.0) as client,
        ExitStack() as open_streams,
    ):
        for path in (f"{API}/events", "/events?lang=en"):
            answer = open_streams.enter_context(client.stream("GET", path))
            assert answer.status_code == 200
        refused = client.get(f"{API}/events")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        assert int(refused.headers["retry-after"]) >= 1
        assert client.get("/api/v1/sites").status_code == 200
        open_streams.close()
        # The server hears of it a moment later.
        for _ in range(100):
            with client.stream("GET", f"{API}/events") as again:
                if again.status_code == 200:
                    return
        pytest.fail("a stream that ended keeps its place")


@pytest.mark.asyncio
async def test_an_account_asks_so_often_from_wherever_it_asks() -> None:
    app = LimitedAccounts(_hello, RequestLimits(requests_per_minute=2))
    people = [uuid4(), uuid4()]

    async def status(account: UUID | None, path: str = "/") -> int:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(_as(app, account)), base_url="http://boucle"
        ) as client:
            return (await client.get(path)).status_code

    assert [await status(people[0]) for _ in range(3)] == [200, 200, 429]
    assert await status(people[0], "/healthz") == 200
    assert await status(people[1]) == 200
    assert [await status(None) for _ in range(3)] == [200] * 3


async def _hello(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello")(scope, receive, send)


def _as(app: ASGIApp, account: UUID | None) -> ASGIApp:
    """The application as it is asked by an account."""

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        caller = (
            None
            if account is None
            else Caller(account_id=account, login="a", display_name="A", grants=())
        )
        await app({**scope, "state": {"caller": caller}}, receive, send)

    return asked


def test_the_settings_are_generous_and_can_be_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert deployment_of(read_settings()).limits == RequestLimits(
        requests_per_minute=1200, streams_per_address=20
    )
    monkeypatch.setenv("BOUCLE_REQUESTS_PER_MINUTE", "0")
    monkeypatch.setenv("BOUCLE_STREAMS_PER_ADDRESS", "0")
    assert deployment_of(read_settings()).limits == RequestLimits()
