"""What people do to a breach over HTTP, in a real database: by whose right, and how it shows."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from charter_rules.breaches.state import Breach, BreachState
from charter_rules.law.loader import load_rulebook
from service.access.roles import Role
from service.access.visitor import ANYBODY, Grant, Visitor
from service.breaches.keeper import BreachKeeper
from service.storage.breaches import StoredBreaches
from service.storage.connection import Pool, open_pool
from tests.service.access.someone import ByHeader
from tests.service.application import API, application, client_of
from tests.service.storage.breach_findings import FACTS, KEY, chain_fault, findings

START = datetime(2026, 12, 1, tzinfo=UTC)
SITE = API.rpartition("/")[2]
BOOK = load_rulebook()
FAR = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
VISITORS: Mapping[str, Visitor] = {
    "anybody": ANYBODY,
    "elsewhere": Visitor(account="x", grants=(Grant(role=Role.OPERATOR, site="elsewhere"),)),
    **{
        role.value: Visitor(
            account=f"{role.value}.one", name="A. Martin", grants=(Grant(role=role, site=SITE),)
        )
        for role in Role
    },
    "token": Visitor(
        account="robot", grants=(Grant(role=Role.OPERATOR, site=SITE),), actions=frozenset()
    ),
}
ACTIONS: Mapping[str, tuple[dict[str, str], frozenset[str]]] = {
    "acknowledgement": ({"why": "seen"}, frozenset({"operator"})),
    "plan": ({"why": "due", "plan": "new nozzles"}, frozenset({"operator"})),
    "deadline": ({"why": "parts are late", "deadline": FAR}, frozenset({"planner", "inspector"})),
    "derogation": (
        {"why": "granted", "ground": "L.236-2", "until": FAR, "document": "letter 12"},
        frozenset({"planner", "inspector"}),
    ),
    "comments": ({"why": "noted"}, frozenset({"operator", "planner", "inspector"})),
}


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with open_pool(database_url) as pool:
        yield pool


@pytest_asyncio.fixture
async def opened(pool: Pool) -> tuple[StoredBreaches, BreachKeeper, Breach]:
    """A breach of the water rule of a site of its own."""
    store = StoredBreaches(pool, f"site_{uuid4().hex[:8]}", KEY)
    keeper = BreachKeeper(store, BOOK)
    for day in range(4):
        now = START + timedelta(days=day)
        await keeper.observe(findings(BOOK, 0.6, now), FACTS, now)
    return store, keeper, next(one for one in keeper.current if one.state is BreachState.OPEN)


def app_of(store: StoredBreaches) -> FastAPI:
    return application(breaches=store, identifier=ByHeader(VISITORS))


async def post(app: FastAPI, who: str, breach: str, what: str) -> httpx.Response:
    async with client_of(app) as client:
        return await client.post(
            f"{API}/breaches/{breach}/{what}", json=ACTIONS[what][0], headers={"who": who}
        )


@pytest.mark.asyncio
async def test_each_action_is_for_those_whose_it_is(
    opened: tuple[StoredBreaches, BreachKeeper, Breach], pool: Pool
) -> None:
    store, _, breach = opened
    app, done = app_of(store), 0
    for what, (_, allowed) in ACTIONS.items():
        for who in VISITORS:
            answer = await post(app, who, breach.id, what)
            if who not in allowed:
                expected = 401 if who == "anybody" else 403
                assert answer.status_code == expected, (what, who)
            # Whoever comes second to acknowledge finds it acknowledged.
            elif answer.status_code != 409:
                assert answer.status_code == 200, (what, who, answer.text)
                done += 1
    trail = await store.trail(breach.id)
    by_people = [one.event for one in trail if "A. Martin" in one.event.who]
    assert len(by_people) == done
    assert {one.who for one in by_people} == {
        f"A. Martin ({role}.one)" for role in ("operator", "planner", "inspector")
    }
    assert await chain_fault(pool, store.site) is None


@pytest.mark.asyncio
async def test_what_is_done_shows_at_the_next_picture(
    opened: tuple[StoredBreaches, BreachKeeper, Breach],
) -> None:
    store, keeper, breach = opened
    now, app = START + timedelta(days=5), app_of(store)
    assert (await post(app, "operator", breach.id, "acknowledgement")).json()["state"] == (
        "acknowledged"
    )
    await keeper.look_again(now)
    shown = {one.id: one.state for one in keeper.current}
    assert shown[breach.id] is BreachState.ACKNOWLEDGED
    again = await post(app, "operator", breach.id, "acknowledgement")
    assert (again.status_code, again.json()["code"]) == (409, "action_refused")
    none = await post(app, "operator", "nothing", "plan")
    assert (none.status_code, none.json()["code"]) == (404, "breach_not_found")


@pytest.mark.asyncio
async def test_an_empty_reason_and_an_unknown_field_are_refused(
    opened: tuple[StoredBreaches, BreachKeeper, Breach],
) -> None:
    store, _, breach = opened
    async with client_of(app_of(store)) as client:
        for body in ({"why": "  "}, {}, {"why": "x", "whom": "y"}, {"why": "x" * 5000}):
            answer = await client.post(
                f"{API}/breaches/{breach.id}/comments", json=body, headers={"who": "operator"}
            )
            assert (answer.status_code, answer.json()["code"]) == (422, "malformed_request")
    assert not [one for one in await store.trail(breach.id) if "A. Martin" in one.event.who]
