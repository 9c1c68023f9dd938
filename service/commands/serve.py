"""``boucle serve``: evaluate a site and serve the API, the page and the metrics."""

import argparse
import asyncio
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn

from charter_rules.errors import RuleBookError
from charter_rules.loader import load_rulebook
from charter_rules.rulebook import RuleBook
from models.site.site import Site
from service import logs
from service.app import create_app
from service.breaches.keeper import BreachKeeper
from service.collection import require_dsn
from service.commands.evidence import signing_key
from service.commands.loading import load_the_site
from service.errors import UserError
from service.evaluation.evaluator import Evaluator
from service.evaluation.on_demand import PeriodReader
from service.evidence.recording import VerdictChain
from service.live.board import SnapshotBoard
from service.settings import Settings
from service.site.facts import facts_of
from service.stopping import stop_on_signals
from service.storage.breaches import StoredBreaches
from service.storage.connection import open_pool
from service.storage.evidence import StoredChain
from service.storage.history import StoredHistory
from service.storage.retention import KeepLimits
from service.storage.roller import Roller
from service.storage.upkeep import Upkeep

# An open event stream must not keep the process from stopping.
_GRACEFUL_S = 2


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run until SIGTERM or Ctrl-C."""
    logs.configure("serve")
    site = load_the_site(arguments.site, settings).site
    rulebook = _charter(site)
    port = arguments.port or settings.http_port
    asyncio.run(_serve(site, rulebook, settings, port))
    return 0


def _charter(site: Site) -> RuleBook:
    try:
        return load_rulebook(charter=site.identity.charter)
    except RuleBookError as error:
        msg = f"the charter cannot be used\n{error}"
        raise UserError(msg) from error


async def _serve(site: Site, rulebook: RuleBook, settings: Settings, port: int) -> None:
    board = SnapshotBoard()
    stop = asyncio.Event()
    dsn = require_dsn(settings)
    async with open_pool(dsn) as pool:
        history = StoredHistory(pool, site.identity.id)
        breaches = StoredBreaches(pool, site.identity.id)
        keeper = BreachKeeper(breaches, rulebook)
        chain = StoredChain(pool, site.identity.id)
        key = signing_key(settings)
        evaluator = Evaluator(
            site,
            rulebook,
            facts_of(site),
            history,
            board,
            breaches=keeper,
            sinks=(VerdictChain(site.identity.id, chain, key),),
        )
        app = create_app(
            board,
            history=history,
            measurer=PeriodReader(site, history),
            breaches=breaches,
            chain=chain,
            key=key.public,
            stop=stop,
        )
        server = _server(app, settings.http_host, port)
        with stop_on_signals(stop):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(Roller(dsn).run(stop), name="roller")
                tasks.create_task(Upkeep(dsn, limits=_limits(settings)).run(stop), name="upkeep")
                tasks.create_task(evaluator.run(stop), name="evaluator")
                tasks.create_task(_run_server(server, stop), name="http")
                await stop.wait()
                server.should_exit = True


def _limits(settings: Settings) -> KeepLimits:
    return KeepLimits(raw_months=settings.raw_months, hours_years=settings.hours_years)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the process has one place for them."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signals alone."""
        yield


def _server(app: object, host: str, port: int) -> _Server:
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]  # uvicorn's own alias is narrower than ASGI
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_GRACEFUL_S,
        lifespan="on",
    )
    return _Server(config)


async def _run_server(server: _Server, stop: asyncio.Event) -> None:
    try:
        await server.serve()
    finally:
        stop.set()
