"""Every error is a problem with a code of the table, or a plain page for a person."""

import asyncio
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from markupsafe import Markup
from structlog.testing import capture_logs

from charter_rules.breaches.state import Breach
from service.api.accounts import PROBLEM_CODES
from service.api.problem_codes import PROBLEMS
from service.live.board import SnapshotBoard
from service.storage.charges import ChargeKind
from tests.service.application import EmptyStore, application, client_of
from tests.service.pages.sample_snapshot import sample_site, sample_snapshot

ROOT = Path(__file__).parents[3]
_SITE = f"/api/v1/sites/{sample_site().identity.id}"
_POINT = f"{_SITE}/points/intake_a.active_power_kw"


class _Broken(EmptyStore):
    """A store with a defect of ours."""

    async def page(self, *asked: object) -> list[Breach]:
        secret = "postgresql://boucle:hunter2@db/boucle"
        raise RuntimeError(secret)


@cache
def _full() -> FastAPI:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    return application(board, breaches=_Broken())


async def _problem(app: FastAPI, method: str, path: str, **headers: str) -> httpx.Response:
    async with client_of(app) as client:
        answer = await client.request(method, path, headers=headers)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    said: dict[str, Any] = answer.json()
    assert said["status"] == answer.status_code
    assert said["type"] == f"/docs/problems#{said['code']}"
    assert said["code"] in PROBLEMS
    assert said["remedy"]
    return answer


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{_POINT}/readings?end=0001-01-01", 422, "malformed_request"),
        (f"{_POINT}/readings?end=0001-01-01T00:00:00%2B14:00", 422, "malformed_request"),
        (f"{_POINT}/readings?start=9999-12-31T23:59:59-14:00", 422, "malformed_request"),
        (f"{_SITE}/evidence/chain?cursor=99999999999999999999", 400, "cursor_unknown"),
        (f"{_SITE}/imports?cursor=9223372036854775808", 400, "cursor_unknown"),
        (
            f"{_SITE}/kpis/pue/history?span=day&period=2026&known_at=1999-12-31T23:59:59Z",
            422,
            "malformed_request",
        ),
        (f"{_SITE}/breaches/%00", 400, "malformed_address"),
        (f"{_SITE}/breaches?rule=%00", 400, "malformed_address"),
        ("/static/none.css", 404, "path_not_found"),
        ("/static/../../pyproject.toml", 404, "path_not_found"),
        ("/nowhere", 404, "path_not_found"),
        (f"{_SITE}/nowhere", 404, "path_not_found"),
        (f"{_SITE}/heat-statements/1999-01", 404, "heat_statement_not_found"),
    ],
)
@pytest.mark.asyncio
async def test_what_cannot_be_answered_is_a_problem(path: str, status: int, code: str) -> None:
    answer = await _problem(_full(), "GET", path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.asyncio
async def test_the_greatest_numbers_and_moments_are_taken() -> None:
    async with client_of(_full()) as client:
        for path in (
            f"{_SITE}/evidence/chain?cursor={10**18 - 1}",
            f"{_POINT}/readings?start=2000-01-01T00:00:00Z&end=2000-01-01T01:00:00Z",
            f"{_SITE}/kpis/pue/history?span=day&period=2026&known_at=2099-12-31T23:59:59Z",
        ):
            assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("path", "remedy"),
    [
        (f"{_SITE}/breaches?staet=open", "did you mean state?"),
        (f"{_SITE}/breaches?page=2", "use one of cursor, limit, rule, state"),
        (f"{_SITE}/flow?x", "this route takes none"),
        (f"{_SITE}/kpis/pue/history?span=day&period=2026&knownat=x", "did you mean known_at?"),
    ],
)
@pytest.mark.asyncio
async def test_a_misspelt_parameter_is_refused_with_the_nearest(path: str, remedy: str) -> None:
    answer = await _problem(_full(), "GET", path)

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_parameter")
    assert answer.json()["remedy"] == remedy


@pytest.mark.parametrize(
    "path", [f"{_SITE}/kpis", "/fr/", "/healthz", "/metrics", "/docs", "/static/page.css"]
)
@pytest.mark.asyncio
async def test_another_method_is_told_which_there_are(path: str) -> None:
    answer = await _problem(_full(), "POST", path)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.asyncio
async def test_every_address_with_get_has_head_too() -> None:
    window = "start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00Z"
    paths = [
        "/",
        "/fr/",
        "/docs",
        "/docs/problems",
        "/openapi.json",
        "/healthz",
        f"{_SITE}/snapshot",
        f"{_SITE}/kpis",
        "/static/page.css",
        f"{_POINT}/readings?{window}",
        f"{_SITE}/none",
        "/events",
    ]
    async with client_of(_full()) as client:
        for path in paths:
            async with asyncio.timeout(5):
                head = await client.head(path)
            assert head.content == b""
            if path == "/events":
                assert head.headers["content-type"].startswith("text/event-stream")
                continue
            got = await client.get(path)
            assert head.status_code == got.status_code
            assert dict(head.headers) == dict(got.headers)


@pytest.mark.asyncio
async def test_head_is_counted_by_its_route() -> None:
    async with client_of(application()) as client:
        await client.head("/healthz")
        lines = (await client.get("/metrics")).text.splitlines()
    counted = 'boucle_http_requests_total{code="200",method="HEAD",route="/healthz"} 1.0'
    assert counted in lines


@pytest.mark.asyncio
async def test_an_error_of_ours_tells_a_number_and_nothing_of_the_inside() -> None:
    app = _full()
    with capture_logs() as told:
        answers = [await _problem(app, "GET", f"{_SITE}/breaches") for _ in range(8)]

    for answer in answers:
        assert answer.status_code == 500
        assert "hunter2" not in answer.text
        assert "RuntimeError" not in answer.text
    incidents = [one for one in told if one["event"] == "incident"]
    numbers = [answer.json()["incident"] for answer in answers]
    assert [one["incident"] for one in incidents] == numbers
    assert len(set(numbers)) == len(numbers)
    # One cause does not fill the log.
    assert [one["exc_info"] is not None for one in incidents] == [True] * 5 + [False] * 3


@pytest.mark.asyncio
async def test_a_person_gets_a_plain_page_in_both_languages() -> None:
    accept = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    async with client_of(_full()) as client:
        page = await client.get("/nowhere", headers=accept)
        of_a_program = await client.get(f"{_SITE}/nowhere", headers=accept)

    assert page.status_code == 404
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Cette page n’existe pas." in page.text
    assert "There is no such page." in page.text
    assert of_a_program.headers["content-type"] == "application/problem+json"


@pytest.mark.asyncio
async def test_static_files_are_kept_for_a_year_only_when_there_are_any() -> None:
    async with client_of(application()) as client:
        there = await client.get("/static/page.css")
        gone = await client.get("/static/page.none")

    assert there.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert gone.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.asyncio
async def test_a_body_without_end_is_not_read(chunked: bool) -> None:
    app = application()
    taken: list[int] = []

    @app.post("/api/v1/notes")
    async def notes(text: dict[str, str]) -> int:
        taken.append(len(text))
        return 1

    body = json.dumps({"text": "x" * (1 << 20)}).encode()

    async def parts() -> Any:
        for start in range(0, len(body), 50_000):
            yield body[start : start + 50_000]

    async with client_of(app) as client:
        answer = await client.post(
            "/api/v1/notes",
            content=parts() if chunked else body,
            headers={"content-type": "application/json"},
        )
    assert answer.status_code == 413
    assert answer.json()["code"] == "body_too_large"
    assert taken == []


@pytest.mark.asyncio
async def test_every_code_is_described_where_its_type_leads() -> None:
    async with client_of(application()) as client:
        page = (await client.get("/docs/problems")).text
        docs = (await client.get("/docs")).text
    for code, one in PROBLEMS.items():
        assert one.code == code
        assert f'id="{code}"' in page
        assert str(Markup.escape(one.remedy)) in page
    assert 'href="/docs/problems"' in docs


def test_the_program_answers_with_every_code_of_the_table_and_no_other() -> None:
    text = "\n".join(
        file.read_text(encoding="utf-8")
        for file in (ROOT / "service").rglob("*.py")
        if file.name != "problem_codes.py"
    )
    made = re.findall(r'ApiProblem\(\s*\d+,\s*"(\w+)"', text)
    made += re.findall(r'(?:ApiProblem\.of|refusal)\(\s*"(\w+)"', text)
    things = re.findall(r'(?:what|msg) = "([a-z ]+)"\s+raise not_found', text)
    assert "not_found(kind.value, " in text
    things += [kind.value for kind in ChargeKind]
    made += [f"{one.replace(' ', '_')}_not_found" for one in things]
    made += PROBLEM_CODES.values()
    assert set(made) <= PROBLEMS.keys()
    # Each is somewhere in the program, in whatever way it is said.
    for code in PROBLEMS.keys() - set(made):
        assert f'"{code}"' in text, code
