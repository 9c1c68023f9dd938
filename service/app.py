"""The HTTP side of Boucle, put together."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from service.access.roles import Role
from service.accounts.people import People
from service.api import (
    about,
    breach_actions,
    breaches,
    charges,
    charters,
    evidence,
    explain,
    history,
    journal,
    live,
    outlook,
    problems,
    readings,
)
from service.api.accounts import accounts_router, install_account_problems
from service.api.cookies import Cookies
from service.api.credentials import Credentials
from service.api.events import events_router
from service.api.openapi import DescribedApi, operation_name
from service.api.parameters import refuse_unknown_parameters
from service.api.permissions import EVERYBODY, Identifier, Who, check_declared
from service.api.recording import Recorder
from service.api.schemas import ProblemAnswer, ReadyAnswer
from service.api.served import ServedSite
from service.api.tables import Downloads
from service.deployment import Deployment
from service.edge.limited import LimitedAccounts
from service.edge.stack import add_edge
from service.evidence.keys import PublicKey
from service.live.board import SnapshotBoard
from service.live.lateness import late_parts
from service.metrics.exposition import SCRAPED, ServedMetrics
from service.metrics.family import Program
from service.metrics.identity import program_registry
from service.metrics.requests import CountedRequests, RequestMetrics
from service.metrics.serving import ConnectionCollector
from service.oidc.client import BACK_CHANNEL_PATH
from service.pages.accounts import AccountPages, accounts_pages_router
from service.pages.provider import provider_router
from service.pages.routes import pages_router
from service.pages.statements import StatementPages, statements_router
from service.pages.templating import STATIC

# What `problems` answers instead of what FastAPI would, a malformed request (422) included.
_PROBLEM: dict[int | str, dict[str, Any]] = {
    "default": {"model": ProblemAnswer, "description": "any error, with its remedy"}
}


def create_app(
    here: ServedSite,
    *,
    identifier: Identifier,
    key: PublicKey,
    people: People,
    deployment: Deployment,
    demo_roles: Collection[Role] = (),
    known_for_s: float = 0.0,
    stop: asyncio.Event | None = None,
) -> FastAPI:
    """API, page, event stream and metrics of a site.

    Nothing that a route needs is optional, so that every application has every route. ``stop``
    ends the open streams: uvicorn waits for them *before* it ends the lifespan, so that the process
    that stops it must say so itself. ``demo_roles`` are offered to be clicked.
    ``known_for_s`` is how long who reads is not asked for again.
    """
    stopping = stop or asyncio.Event()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        try:
            yield
        finally:
            stopping.set()

    app = DescribedApi(
        title="Boucle",
        version="1",
        summary="Energy, water and recovered heat of a data centre, and its charter's verdicts",
        lifespan=lifespan,
        generate_unique_id_function=operation_name,
        dependencies=[Depends(refuse_unknown_parameters)],
        # The usual viewers load scripts from elsewhere; ours is a page of its own.
        docs_url=None,
        redoc_url=None,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    app.state.stopping = stopping
    problems.install(app)
    app.state.identifier = identifier
    app.state.downloads = Downloads()
    # Read before somebody asks: a second in which nothing else would be answered.
    charters.rulebooks()
    app.state.sites = sites = {here.id: here}
    for router in (
        about.router,
        charters.router,
        live.sites_router(sites),
        live.router,
        outlook.router,
        readings.router,
        history.router,
        explain.router,
        breaches.router,
        breach_actions.router,
        charges.router,
        journal.router,
        evidence.key_router(key),
        evidence.router,
        events_router(stopping),
    ):
        app.include_router(router, responses=_PROBLEM)
    app.include_router(pages_router(here, stopping, deployment.alertmanager_url))
    app.include_router(statements_router(StatementPages(deployment)))
    _add_accounts(app, people, deployment, demo_roles, known_for_s)
    _add_health(app, here.board)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    only_https = (deployment.public_url or "").startswith("https://")
    add_edge(app, deployment.access, deployment.limits, only_https=only_https)
    _add_metrics(app, here)
    check_declared(app)
    return app


def _add_accounts(
    app: FastAPI,
    people: People,
    deployment: Deployment,
    demo_roles: Collection[Role],
    known_for_s: float,
) -> None:
    app.state.recorder = Recorder(people)
    cookies = Cookies(deployment.public_url)
    sign_on = people.sign_on
    pages = AccountPages(cookies, demo_roles, None if sign_on is None else sign_on.name)
    app.include_router(accounts_router(people, cookies), responses=_PROBLEM)
    app.include_router(accounts_pages_router(pages, people, cookies, demo_roles))
    if sign_on is not None:
        app.include_router(provider_router(pages, people.signing_in, sign_on, cookies))
    install_account_problems(app)
    app.add_middleware(LimitedAccounts, limits=deployment.limits)
    app.add_middleware(
        Credentials,
        people=people,
        cookies=cookies,
        refused_page=pages.refused,
        known_for_s=known_for_s,
        self_proving=() if sign_on is None else (BACK_CHANNEL_PATH,),
    )


def _add_health(app: FastAPI, board: SnapshotBoard) -> None:
    @app.get("/healthz", tags=["health"], dependencies=EVERYBODY, responses=_PROBLEM)
    async def healthz() -> dict[str, str]:
        """The process is alive."""
        return {"status": "ok"}

    late_answer: dict[int | str, dict[str, Any]] = {
        503: {"model": ReadyAnswer, "description": "not current, with what is late"}
    }

    @app.get(
        "/readyz",
        tags=["health"],
        dependencies=EVERYBODY,
        response_model=ReadyAnswer,
        responses={**_PROBLEM, **late_answer},
    )
    async def readyz() -> JSONResponse:
        """The figures are current: 200, or 503 with what is late and why."""
        late = late_parts(board)
        answer = ReadyAnswer(
            status="not ready" if late else "ready",
            late=list(dict.fromkeys(one.part for one in late)),
            reasons=[one.reason for one in late],
        )
        return JSONResponse(answer.model_dump(), 503 if late else 200)


def _add_metrics(app: FastAPI, here: ServedSite) -> None:
    registry = program_registry(Program.SERVE)
    registry.register(ConnectionCollector(here.store.connections))
    served = ServedMetrics(registry, here.site)
    # Outside of everything else: what the others answer is counted as it is sent.
    app.add_middleware(CountedRequests, metrics=RequestMetrics(registry))

    @app.get(
        "/metrics",
        tags=["metrics"],
        dependencies=EVERYBODY,
        response_class=Response,
        responses={**_PROBLEM, **SCRAPED},
    )
    async def metrics(request: Request, who: Who) -> Response:
        """What Prometheus scrapes, as far as the visitor may see it."""
        return served.answer(request, here.shown(who))
