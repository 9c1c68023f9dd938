"""The routes of the page and of its event stream."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.access.visitor import Visitor
from service.alerts.wording import in_general
from service.api.permissions import EVERYBODY, Who
from service.api.problem_codes import PROBLEMS, PROBLEMS_PATH
from service.api.served import ServedSite
from service.api.viewer import viewer_of
from service.live.snapshot import LiveSnapshot
from service.pages.charter import CharterView
from service.pages.page_stream import PageReader, SharedPage
from service.pages.paths import ALERTS_PATHS, CHARTER_PATHS, SIGN_IN_PATHS
from service.pages.schema_words import kind_of
from service.pages.templating import statement_links, static_versions, template_environment
from service.pages.text import TEXTS
from service.pages.view import PageView
from service.streams.event import place_of
from service.streams.response import EventStream


class Pages:
    """Renders snapshots in each language."""

    def __init__(self, alertmanager_url: str | None = None) -> None:
        """``alertmanager_url`` is where alerts that fire are shown, if anywhere."""
        self._alertmanager_url = alertmanager_url
        self._templates = template_environment()
        self._versions = static_versions()
        # What changes with nothing that happens: the program that renders it.
        self._steady: dict[str, str] = {}

    def page(self, snapshot: LiveSnapshot | None, lang: str, *, is_cut: bool = False) -> str:
        """The whole page; ``is_cut``: there is something that its reader may not see."""
        return self._templates.get_template("page.html").render(
            lang=lang,
            other="en" if lang == "fr" else "fr",
            alerts_path=ALERTS_PATHS[lang],
            sign_in_path=SIGN_IN_PATHS[lang],
            t=TEXTS[lang],
            v=None if snapshot is None else PageView(snapshot, lang),
            is_cut=is_cut,
            title="Boucle" if snapshot is None else f"{snapshot.site.name} · Boucle",
            statements=statement_links(lang),
            versions=self._versions,
        )

    def api(self, schema: Mapping[str, Any]) -> str:
        """The API's documentation, from its own OpenAPI document: nothing loaded from elsewhere."""
        if "api" not in self._steady:
            self._steady["api"] = self._templates.get_template("api.html").render(
                schema=schema, kind_of=kind_of, versions=self._versions
            )
        return self._steady["api"]

    def problems(self) -> str:
        """Every code of the API's problems, with what to do."""
        return self._templates.get_template("problems.html").render(
            problems=PROBLEMS.values(), versions=self._versions
        )

    def charter(self, snapshot: LiveSnapshot | None, lang: str, *, is_cut: bool = False) -> str:
        """Every rule in full; for planners, and for printing."""
        other = "en" if lang == "fr" else "fr"
        return self._templates.get_template("charter.html").render(
            lang=lang,
            other=other,
            other_path=CHARTER_PATHS[other],
            alerts_path=ALERTS_PATHS[lang],
            t=TEXTS[lang],
            v=None if snapshot is None else CharterView(snapshot, lang),
            is_cut=is_cut,
            title=TEXTS[lang]["charter_title"],
            statements=statement_links(lang),
            versions=self._versions,
        )

    def alerts(self, lang: str) -> str:
        """What each alert means and what to check first: its runbook."""
        other = "en" if lang == "fr" else "fr"
        return self._templates.get_template("alerts.html").render(
            lang=lang,
            other=other,
            other_path=ALERTS_PATHS[other],
            t=TEXTS[lang],
            title=TEXTS[lang]["alerts_title"],
            alerts=in_general(lang),
            alertmanager_url=self._alertmanager_url,
            statements=statement_links(lang),
            versions=self._versions,
        )

    def main(self, snapshot: LiveSnapshot, lang: str) -> str:
        """What changes of it."""
        return self._templates.get_template("main.html").render(
            t=TEXTS[lang], v=PageView(snapshot, lang)
        )


def pages_router(
    here: ServedSite, stopping: asyncio.Event, alertmanager_url: str | None
) -> APIRouter:
    """Pages of a site, as far as a visitor may see it; streams end when ``stopping`` is set."""
    router = APIRouter(include_in_schema=False, dependencies=EVERYBODY)
    pages = Pages(alertmanager_url)

    @router.get("/")
    async def root(request: Request, who: Who) -> HTMLResponse:
        lang = preferred_language(request.headers.get("accept-language", ""))
        return _of_snapshot(here, who, pages.page, lang)

    @router.get("/fr/")
    async def french(who: Who) -> HTMLResponse:
        return _of_snapshot(here, who, pages.page, "fr")

    @router.get("/en/")
    async def english(who: Who) -> HTMLResponse:
        return _of_snapshot(here, who, pages.page, "en")

    _add_charter(router, pages, here)
    _add_alerts(router, pages)
    _add_docs(router, pages)

    _add_stream(router, pages, here, stopping)
    return router


def _add_stream(router: APIRouter, pages: Pages, here: ServedSite, stopping: asyncio.Event) -> None:
    # By language, and by what may be seen.
    shared: dict[tuple[str, ...], SharedPage] = {}

    @router.get("/events")
    async def events(request: Request, who: Who, lang: str = "fr") -> EventStream:
        language, viewer = lang if lang in TEXTS else "fr", viewer_of(here, who)
        key = (language, *viewer.key)
        if key not in shared:
            shared[key] = SharedPage(here.board, viewer.shown, partial(pages.main, lang=language))
        reader = PageReader(shared[key], place_of(request.headers.get("last-event-id")))
        return EventStream(reader, stopping, request.headers)


def _add_charter(router: APIRouter, pages: Pages, here: ServedSite) -> None:
    @router.get(CHARTER_PATHS["fr"])
    async def french_charter(who: Who) -> HTMLResponse:
        return _of_snapshot(here, who, pages.charter, "fr")

    @router.get(CHARTER_PATHS["en"])
    async def english_charter(who: Who) -> HTMLResponse:
        return _of_snapshot(here, who, pages.charter, "en")


def _add_alerts(router: APIRouter, pages: Pages) -> None:
    @router.get(ALERTS_PATHS["fr"])
    async def french_alerts() -> HTMLResponse:
        return _answer(pages.alerts("fr"), "fr")

    @router.get(ALERTS_PATHS["en"])
    async def english_alerts() -> HTMLResponse:
        return _answer(pages.alerts("en"), "en")


def _add_docs(router: APIRouter, pages: Pages) -> None:
    @router.get("/docs")
    async def docs(request: Request) -> HTMLResponse:
        return _answer(pages.api(request.app.openapi()), "en")

    @router.get(PROBLEMS_PATH)
    async def problems() -> HTMLResponse:
        return _answer(pages.problems(), "en")


class _Render(Protocol):
    def __call__(self, snapshot: LiveSnapshot | None, lang: str, *, is_cut: bool) -> str: ...


def _of_snapshot(here: ServedSite, who: Visitor, render: _Render, lang: str) -> HTMLResponse:
    """A page, rendered once for all who may see the same."""
    key = (render, lang, who.clearance(here.id), who.takers(here.id))
    html = here.pages.get(key)
    if html is None:
        html = render(here.shown(who), lang, is_cut=here.is_cut(who))
        here.pages.put(key, html, len(html))
    return _answer(html, lang)


def _answer(html: str, lang: str) -> HTMLResponse:
    return HTMLResponse(
        html,
        headers={
            "Cache-Control": "no-cache",
            "Content-Language": lang,
            "Vary": "Accept-Language",
        },
    )


def preferred_language(accept: str) -> str:
    """French, unless the reader puts English before it.

    Examples
    --------
    >>> preferred_language("en-GB,en;q=0.9,fr;q=0.8"), preferred_language("de")
    ('en', 'fr')
    """
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        tag, _, parameters = part.strip().partition(";")
        quality = parameters.strip().removeprefix("q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        language = tag.split("-")[0]
        weights[language] = max(weights.get(language, 0.0), weight)
    return "en" if weights.get("en", 0.0) > weights.get("fr", 0.0) else "fr"
