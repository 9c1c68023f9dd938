"""Who answers for what: written over HTTP, seen in the picture, handed over and given back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from collectors.ports import DeviceHealth
from models.readings import DeviceState
from service.storage.charges import StoredCharges
from service.storage.connection import connected, open_pool
from service.storage.devices import fetch_device_states, upsert_device_states
from tests.service.access.someone import ByHeader
from tests.service.application import API, application, client_of
from tests.service.pages.sample_snapshot import LOST_DEVICE
from tests.service.storage.test_breach_actions import VISITORS

DEVICE = f"{API}/charges/device/{LOST_DEVICE}"
NOTE = {"note": "the fuse is out, on my way"}

LOST = DeviceHealth(
    device=LOST_DEVICE,
    state=DeviceState.LOST,
    since=datetime(2026, 12, 1, tzinfo=UTC),
    last_ok_at=None,
    polls_total=10,
    failures_total=10,
    consecutive_failures=10,
    bad_points=0,
    last_error="no answer",
    trouble=None,
    last_poll_s=None,
)


@pytest.fixture
def site() -> str:
    return f"site_{uuid4().hex[:8]}"


@pytest_asyncio.fixture
async def app(database_url: str, site: str) -> AsyncIterator[FastAPI]:
    async with open_pool(database_url) as pool:
        yield application(charges=StoredCharges(pool, site), identifier=ByHeader(VISITORS))


async def ask(
    app: FastAPI, who: str, method: str, path: str = DEVICE, body: dict[str, str] | None = None
) -> httpx.Response:
    async with client_of(app) as client:
        return await client.request(method, path, json=body, headers={"who": who})


@pytest.mark.asyncio
async def test_a_device_is_taken_handed_over_and_given_back(
    app: FastAPI, database_url: str, site: str
) -> None:
    async with connected(database_url) as conn:
        await upsert_device_states(conn, site, [LOST])
        taken = await ask(app, "operator", "PUT", body=NOTE)
        assert (taken.status_code, taken.json()["account"]) == (200, "operator.one")
        [row] = await fetch_device_states(conn, site)
        assert row.charge is not None
        assert (row.charge.name, row.charge.note) == ("A. Martin", NOTE["note"])
        await ask(app, "operator", "PUT", body={"note": "shift change"})
        [standing] = (await ask(app, "planner", "GET", f"{API}/charges")).json()
        assert standing["note"] == "shift change"
        assert (await ask(app, "operator", "DELETE")).status_code == 204
        again = await ask(app, "operator", "DELETE")
        assert (again.status_code, again.json()["code"]) == (409, "not_taken_in_charge")
        [row] = await fetch_device_states(conn, site)
        assert row.charge is None
        past = (await ask(app, "planner", "GET", f"{API}/charges?standing=false")).json()
        assert [one["ended_by"] for one in past] == ["operator.one"] * 2
        older = f"{API}/charges?standing=false&before={past[0]['id']}"
        assert (await ask(app, "planner", "GET", older)).json() == past[1:]


@pytest.mark.asyncio
@pytest.mark.parametrize("who", [one for one in VISITORS if one != "operator"])
async def test_others_take_nothing_in_charge(app: FastAPI, who: str) -> None:
    expected = 401 if who == "anybody" else 403
    assert (await ask(app, who, "PUT", body=NOTE)).status_code == expected
    assert (await ask(app, who, "DELETE")).status_code == expected


@pytest.mark.asyncio
async def test_names_are_not_for_the_public(app: FastAPI) -> None:
    await ask(app, "operator", "PUT", body=NOTE)
    assert (await ask(app, "anybody", "GET", f"{API}/charges")).status_code == 401


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"{API}/charges/device/none", NOTE, 404),
        (f"{API}/charges/alarm/None", NOTE, 404),
        (f"{API}/charges/alarm/BoucleHeatStopped", NOTE, 200),
        (f"{API}/charges/person/x", NOTE, 422),
        (DEVICE, {"note": " "}, 422),
    ],
)
async def test_what_there_is_not_is_refused(
    app: FastAPI, path: str, body: dict[str, str], status: int
) -> None:
    assert (await ask(app, "operator", "PUT", path, body)).status_code == status
