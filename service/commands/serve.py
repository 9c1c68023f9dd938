"""``boucle serve``: the API, the page and the metrics of a site, from what the evaluation wrote."""

import argparse
import asyncio
import socket
import sys
from pathlib import Path

import uvicorn

from models.site.site import Site
from service import logs
from service.access.roles import Role
from service.accounts.demo import make_demo_accounts
from service.accounts.people import People, people_of, store_of
from service.api.caller import Callers
from service.api.served import ServedSite, StoreReaders
from service.app import create_app
from service.commands.loading import load_the_site, signing_key
from service.deployment import deployment_of
from service.errors import UserError
from service.evaluation.on_demand import PeriodReader
from service.explain.explainer import SiteExplainer
from service.file_limit import raise_file_limit
from service.http_server import HttpServer, Listening, listen
from service.live.board import SnapshotBoard
from service.live.feed import SnapshotFeed
from service.oidc.client import client_of
from service.pack_desk import PackDesk
from service.settings import Settings, require_dsn
from service.site.site import InstalledSite
from service.stopping import stop_on_signals, unmoved_by_hangup
from service.storage.breaches import StoredBreaches
from service.storage.charges import StoredCharges
from service.storage.connection import Pool, open_pool
from service.storage.errors import SchemaError
from service.storage.evidence import StoredChain
from service.storage.handover import take_handover
from service.storage.history import StoredHistory
from service.storage.import_log import StoredImports
from service.storage.journal_book import JournalBook
from service.storage.kpi_results import StoredKpis
from service.storage.point_past import StoredPointPast
from service.storage.point_raw import StoredRaw
from service.storage.snapshots import SnapshotReader

# The demo says its line as soon as the process is there.
_HANDOVER_S = 10.0
_HANDOVER_BYTES = 256
# Who asks is found out in a millisecond, also while those before are answered for minutes.
_ACCOUNT_CONNECTIONS = 3
# Within it a session, token or role that ended elsewhere may still read here; nothing is changed.
_KNOWN_FOR_S = 3.0
# An open event stream must not keep the process from stopping.
_GRACEFUL_S = 2


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run until SIGTERM or Ctrl-C."""
    logs.configure("serve")
    raise_file_limit()
    site_file = arguments.site or settings.site
    site = load_the_site(site_file, settings)
    port = arguments.port or settings.http_port
    try:
        asyncio.run(_serve(site, site_file, settings, port, by_demo=arguments.handover))
    except* SchemaError as group:
        raise UserError(str(group.exceptions[0])) from None
    return 0


async def _serve(
    installed: InstalledSite, site_file: Path, settings: Settings, port: int, *, by_demo: bool
) -> None:
    site = installed.site
    board, stop, dsn = SnapshotBoard(), asyncio.Event(), require_dsn(settings)
    where = Listening(host=settings.http_host, port=port, setting="--port or BOUCLE_HTTP_PORT")
    key, deployment = signing_key(settings), deployment_of(settings)
    provider = client_of(settings)
    source = SnapshotReader(dsn, site.identity.id)
    feed = SnapshotFeed(site, source, board)
    async with (
        open_pool(dsn) as pool,
        open_pool(dsn, max_size=_ACCOUNT_CONNECTIONS) as known,
        people_of(store_of(known, settings), provider) as people,
    ):
        demo_roles = await _demo_roles(pool, people, site) if by_demo else ()
        history = StoredHistory(pool, site.identity.id)
        store = StoreReaders(
            points=StoredPointPast(pool, site.identity.id),
            measurer=PeriodReader(site, history),
            results=StoredKpis(pool, site.identity.id),
            breaches=StoredBreaches(pool, site.identity.id, key),
            charges=StoredCharges(pool, site.identity.id),
            journal=JournalBook(pool, site.identity.id),
            chain=StoredChain(pool, site.identity.id),
            imports=StoredImports(pool, site.identity.id),
            packs=PackDesk(site_file),
            explainer=SiteExplainer(installed, history, StoredRaw(pool, site.identity.id)),
            connections=pool,
        )
        app = create_app(
            ServedSite(site=site, board=board, store=store),
            identifier=Callers(),
            key=key.public,
            people=people,
            deployment=deployment,
            demo_roles=demo_roles,
            known_for_s=_KNOWN_FOR_S,
            stop=stop,
        )
        server, sockets = http_server(app), listen(where, port)
        with stop_on_signals(stop), unmoved_by_hangup():
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(feed.run(stop), name="feed")
                tasks.create_task(_run_server(server, sockets, stop), name="http")
                await stop.wait()
                server.should_exit = True
        await source.close()


async def _demo_roles(pool: Pool, people: People, site: Site) -> tuple[Role, ...]:
    """The roles to click, when the demo handed this server its secret and nobody else did."""
    refused = "--handover is for the server that boucle demo starts: leave it out"
    if sys.stdin.isatty():
        raise UserError(refused)
    async with asyncio.timeout(_HANDOVER_S):
        line = await asyncio.to_thread(sys.stdin.buffer.readline, _HANDOVER_BYTES)
    if not await take_handover(pool, line):
        raise UserError(refused)
    takers = [one.id for one in site.takers]
    return await make_demo_accounts(people.directory, site.identity.id, takers)


def http_server(app: object) -> HttpServer:
    """The server of an application, with the limits of this process."""
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]  # uvicorn's own alias is narrower than ASGI
        log_config=None,
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=_GRACEFUL_S,
        lifespan="on",
    )
    return HttpServer(config)


async def _run_server(
    server: HttpServer, sockets: list[socket.socket], stop: asyncio.Event
) -> None:
    try:
        await server.serve(sockets)
    finally:
        stop.set()
