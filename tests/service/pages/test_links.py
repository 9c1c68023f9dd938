"""No link of a page, and none of an error, leads nowhere."""

import re
from collections.abc import Iterator, Mapping

import httpx
import pytest
from fastapi import FastAPI

from service.access.roles import Role
from service.access.visitor import ANYBODY, Grant, Visitor
from service.api.permissions import api_routes
from service.api.problem_codes import PROBLEMS
from service.live.board import SnapshotBoard
from tests.service.access.someone import ByHeader
from tests.service.application import API, application
from tests.service.pages.crawl import own, read_page
from tests.service.pages.sample_snapshot import sample_site, sample_snapshot

_SITE = sample_site().identity.id
_WHO: Mapping[str, Visitor] = {
    "anybody": ANYBODY,
    "operator": Visitor(
        account="operator", name="A", grants=(Grant(role=Role.OPERATOR, site=_SITE),)
    ),
}
_BASE = "http://boucle"
_STARTS = ("/", "/fr/", "/en/", "/docs", "/docs/problems")
_MOST_PAGES = 400
# A path in the words of a remedy; "the site's /kpis" is one of the site.
_PATH = re.compile(r"(?<![\w…}.])(the site's )?(/[a-z][\w/.-]*\w)")


@pytest.fixture
def app() -> FastAPI:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    return application(board, identifier=ByHeader(_WHO), demo_roles=[Role.OPERATOR])


def _client(app: FastAPI, who: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url=_BASE,
        headers={"who": who, "accept": "text/html,*/*"},
    )


class _Crawl:
    """Follows all there is from some pages on."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._ids: dict[str, set[str]] = {}
        self._waiting: dict[str, str] = dict.fromkeys(_STARTS, "the start")
        self._fragments: set[tuple[str, str, str]] = set()
        self._forms: dict[tuple[str, str], str] = {}
        self.lost: list[str] = []

    async def run(self) -> int:
        """Follow, and say how many addresses were asked."""
        while self._waiting:
            path, found_on = self._waiting.popitem()
            assert len(self._ids) < _MOST_PAGES, "the crawl has no end"
            self._ids[path] = set()
            await self._visit(path, found_on)
        for path, fragment, found_on in self._fragments:
            if fragment not in self._ids[path]:
                self.lost.append(f"{path}#{fragment} on {found_on}: no such place")
        for (method, path), found_on in self._forms.items():
            answer = await self._client.request(method, path)
            # There are no accounts here: what takes a form says so.
            if answer.status_code in {404, 405, 500}:
                self.lost.append(f"{method} {path} on {found_on}: {answer.status_code}")
        return len(self._ids)

    async def _visit(self, path: str, found_on: str) -> None:
        if path.partition("?")[0].endswith("/events"):
            # A stream has no end; that it answers is tested elsewhere.
            return
        answer = await self._client.get(path)
        if answer.is_redirect:
            self._note(path, {answer.headers["location"]})
        elif answer.status_code not in {200, 401, 403}:
            self.lost.append(f"{path} on {found_on}: {answer.status_code}")
        elif answer.headers["content-type"].startswith("text/html"):
            page = read_page(answer.text)
            self._ids[path] |= page.ids
            self._note(path, page.links)
            for method, action in page.forms:
                for to, _ in own(f"{_BASE}{path}", {action}):
                    self._forms.setdefault((method, to), path)

    def _note(self, path: str, links: set[str]) -> None:
        for to, fragment in own(f"{_BASE}{path}", links):
            if to not in self._ids:
                self._waiting.setdefault(to, path)
            if fragment:
                self._fragments.add((to, fragment, path))


@pytest.mark.asyncio
@pytest.mark.parametrize("who", _WHO)
async def test_every_link_of_every_page_leads_somewhere(app: FastAPI, who: str) -> None:
    async with _client(app, who) as client:
        crawl = _Crawl(client)
        asked = await crawl.run()
    assert crawl.lost == []
    assert asked > 20


def _addresses_in(remedy: str) -> Iterator[str]:
    for of_site, path in _PATH.findall(remedy):
        yield f"{API}{path}" if of_site else path


async def _errors(app: FastAPI, client: httpx.AsyncClient) -> list[dict[str, str]]:
    """What every route answers to names that nothing has, and to a parameter it does not know."""
    found = []
    for route in api_routes(app.routes):
        if not route.path.startswith("/api/"):
            continue
        at_site = re.sub(r"{site_id}", _SITE, route.path)
        [method, *_] = sorted(set(route.methods or ()) - {"HEAD"})
        for path in (
            re.sub(r"{[\w:]+}", "none", route.path),
            re.sub(r"{[\w:]+}", "none", at_site),
            re.sub(r"{[\w:]+}", "none", at_site) + "?unknown=1",
        ):
            if path == f"{API}/events":
                # It is there, and has no end.
                continue
            answer = await client.request(method, path, headers={"accept": "application/json"})
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json", path
                found.append({**answer.json(), "asked": f"{method} {path}"})
    return found


@pytest.mark.asyncio
@pytest.mark.parametrize("who", _WHO)
async def test_every_error_leads_to_its_description_and_to_what_its_remedy_names(
    app: FastAPI, who: str
) -> None:
    async with _client(app, who) as client:
        told = await _errors(app, client)
        assert len({one["code"] for one in told}) > 6
        described = read_page((await client.get("/docs/problems")).text).ids
        remedies = {one["remedy"]: one["asked"] for one in told}
        remedies |= {one.remedy: one.code for one in PROBLEMS.values()}
        for one in told:
            path, _, code = one["type"].partition("#")
            assert (path, code in described) == ("/docs/problems", True), one
        assert set(PROBLEMS) <= described
        lost = []
        for remedy, asked in remedies.items():
            for path in _addresses_in(remedy):
                if path.endswith("/events"):
                    continue
                status = (await client.get(path)).status_code
                if status not in {200, 401, 403}:
                    lost.append(f"{path} in the remedy of {asked}: {status}")
    assert lost == []
    assert len({path for one in remedies for path in _addresses_in(one)}) > 8


@pytest.mark.asyncio
async def test_the_page_that_follows_is_there(app: FastAPI) -> None:
    """The header Link of a list leads on, to the end."""
    async with _client(app, "operator") as client:
        answer = await client.get(f"{API}/verdicts/history?limit=1")
        assert answer.status_code == 200
        for link in answer.links.values():
            assert (await client.get(link["url"])).status_code == 200
