"""By which names the server is reached, and whose pages may read its API."""

import socket
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from service.deployment import Deployment
from service.edge.access import WebAccess, bare_host, listed
from service.settings import SettingsError, read_settings
from tests.service.application import application
from tests.service.served_process import serve_process

_CARD = "https://carte.example.org"


def _app(*, bound_to: str = "127.0.0.1", hosts: str = "", origins: str = "") -> FastAPI:
    return application(
        deployment=Deployment(access=WebAccess.of(bound_to, listed(hosts), listed(origins)))
    )


async def _status(app: FastAPI, host: str, path: str = "/docs") -> int:
    """As it arrives at 10.0.0.5, whatever name was asked for."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://10.0.0.5:8000"
    ) as client:
        return (await client.get(path, headers={"host": host})).status_code


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8000",
        "127.0.0.1:8000",
        "[::1]:8000",
        "10.0.0.5:8000",
        "boucle.lan",
        f"{socket.gethostname()}:8000",
        "boucle.example.org",
        "boucle.example.org.",
    ],
)
@pytest.mark.asyncio
async def test_it_answers_to_its_own_names(host: str) -> None:
    app = _app(bound_to="boucle.lan", hosts="autre.example.org, boucle.example.org")

    assert await _status(app, host) == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "evil.example:127.0.0.1", "10.0.0.6", "", "[::1"],
)
@pytest.mark.asyncio
async def test_it_answers_to_no_other(host: str) -> None:
    app = _app()
    with capture_logs() as told:
        statuses = [await _status(app, host, path) for path in ("/", "/api/v1/sites", "/metrics")]

    assert statuses == [400] * 3
    # Once a minute, for whoever forgot a name.
    assert [one["event"] for one in told] == ["host_unknown"]
    assert await _status(_app(hosts="*"), host) == 200


@pytest.mark.asyncio
async def test_who_watches_over_the_process_asks_by_any_name() -> None:
    assert await _status(_app(), "10-0-0-5.pod.example", "/healthz") == 200
    assert await _status(_app(), "10-0-0-5.pod.example", "/readyz") == 503


async def _answer(app: FastAPI, method: str, path: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000"
    ) as client:
        return await client.request(
            method, path, headers={name.replace("_", "-"): v for name, v in headers.items()}
        )


@pytest.mark.asyncio
async def test_pages_of_other_sites_read_nothing_unless_they_are_named() -> None:
    for origins, origin in (("", _CARD), (_CARD, "https://evil.example"), (_CARD, "null")):
        answer = await _answer(_app(origins=origins), "GET", "/api/v1/evidence/key", origin=origin)
        assert answer.status_code == 200
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.asyncio
async def test_pages_of_a_named_site_read_the_api_and_its_errors() -> None:
    app = _app(origins=f"https://other.example.org, {_CARD}")
    for path, status in (("/api/v1/evidence/key", 200), ("/api/v1/none", 404)):
        answer = await _answer(app, "GET", path, origin=_CARD)
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == _CARD
        assert "Origin" in answer.headers["vary"]
        assert "access-control-allow-credentials" not in answer.headers
    # A cache must not give the answer to one origin to another.
    assert "Origin" in (await _answer(app, "GET", "/api/v1/evidence/key")).headers["vary"]
    for path in ("/metrics", "/docs"):
        answer = await _answer(app, "GET", path, origin=_CARD)
        assert "access-control-allow-origin" not in answer.headers
    opened = await _answer(_app(origins="*"), "GET", "/api/v1/evidence/key", origin=_CARD)
    assert opened.headers["access-control-allow-origin"] == "*"


@pytest.mark.asyncio
async def test_a_browser_that_asks_before_it_asks_is_told_get() -> None:
    asks = {"origin": _CARD, "access_control_request_method": "GET"}
    allowed = await _answer(_app(origins=_CARD), "OPTIONS", "/api/v1/sites", **asks)
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-methods"] == "GET, HEAD"
    assert "Authorization" in allowed.headers["access-control-allow-headers"]

    refused = await _answer(_app(), "OPTIONS", "/api/v1/sites", **asks)
    assert refused.status_code == 405
    assert "access-control-allow-methods" not in refused.headers


@pytest.mark.parametrize(
    "origins", ["carte.example.org", "https://a.org/", "https://a.org https://b"]
)
def test_an_origin_that_no_browser_sends_is_refused(
    monkeypatch: pytest.MonkeyPatch, origins: str
) -> None:
    monkeypatch.setenv("BOUCLE_CORS_ORIGINS", origins)
    with pytest.raises(SettingsError, match="BOUCLE_CORS_ORIGINS"):
        read_settings()


def test_a_host_is_found_behind_its_port() -> None:
    assert bare_host("a:80") == "a"
    assert bare_host("fe80::1") == "fe80::1"


def test_serve_takes_the_names_of_the_settings(tmp_path: Path) -> None:
    with serve_process(
        tmp_path,
        (1024, 1024),
        BOUCLE_TRUSTED_HOSTS="boucle.example.org",
        BOUCLE_CORS_ORIGINS=_CARD,
    ) as served:
        assert served.get("/docs", Host="boucle.example.org").status == 200
        assert served.get("/metrics", Host=f"{socket.gethostname()}:9").status == 200
        assert served.get("/docs", Host="evil.example").status == 400
        key = served.get("/api/v1/evidence/key", Origin=_CARD)
        assert key.getheader("Access-Control-Allow-Origin") == _CARD


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("public_url", "said"),
    [("https://boucle.example.org", "max-age=31536000"), ("http://boucle.lan", None), (None, None)],
)
async def test_a_browser_that_came_by_https_stays_with_it(
    public_url: str | None, said: str | None
) -> None:
    app = application(deployment=Deployment(public_url=public_url))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1"
    ) as client:
        for path in ("/docs", "/api/v1/none"):
            answer = await client.get(path)
            assert answer.headers.get("strict-transport-security") == said, path
