"""``boucle run``: collect, evaluate and serve a site as one tree of processes."""

import argparse
import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from service import logs
from service.commands.loading import load_the_site
from service.errors import UserError
from service.file_limit import raise_file_limit
from service.notifying.from_settings import is_wanted, receivers_of
from service.processes import Child
from service.reloading import first_of
from service.scrape_targets import COLLECT_PORT, EVALUATE_PORT
from service.settings import Settings, require_dsn
from service.site.charter import charter_of
from service.site_processes import COLLECTOR, kept, site_children
from service.stopping import asked_on_hangup, stop_on_signals
from service.storage.errors import SchemaError, StoreUnreachableError
from service.storage.migrate import migrate_database

log = structlog.get_logger(__name__)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run until SIGTERM or Ctrl-C; a mistake in site file, charter or settings stops the start.

    SIGHUP reads site file and profiles again, in all of the tree.
    """
    logs.configure("run")
    raise_file_limit()
    site = arguments.site or settings.site
    loaded = load_the_site(site, settings).site
    charter_of(loaded)
    dsn = require_dsn(settings)
    if is_wanted(settings):
        receivers_of(settings, loaded.identity.name)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    port = arguments.port or settings.http_port
    environ = environ_of(os.environ, settings, port)
    try:
        asyncio.run(migrate_database(dsn))
    except (SchemaError, StoreUnreachableError) as error:
        raise UserError(str(error)) from error
    asyncio.run(_keep(site, environ, settings))
    return 0


def environ_of(environ: Mapping[str, str], settings: Settings, port: int) -> dict[str, str]:
    """What the processes are started with: where somebody is told, all can be scraped."""
    found = {**environ, "BOUCLE_HTTP_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    if is_wanted(settings):
        found.setdefault("BOUCLE_COLLECT_PORT", str(COLLECT_PORT))
        found.setdefault("BOUCLE_EVALUATE_PORT", str(EVALUATE_PORT))
    return found


async def _keep(site: Path, environ: dict[str, str], settings: Settings) -> None:
    stop, asked = asyncio.Event(), asyncio.Event()
    children = site_children(site, environ, settings.data_dir, notifies=is_wanted(settings))
    with stop_on_signals(stop), asked_on_hangup(asked):
        async with kept(children):
            print(
                f"{site} is collected, evaluated and served at "
                f"http://{settings.http_host}:{environ['BOUCLE_HTTP_PORT']}/; logs are "
                f"{settings.data_dir}/*.log",
                flush=True,
            )
            while not stop.is_set():
                await first_of(asked, stop)
                if asked.is_set():
                    asked.clear()
                    await _reload(site, settings, children)


async def _reload(site: Path, settings: Settings, children: Sequence[Child]) -> None:
    """The collector reads the site again; the others are started anew with it."""
    try:
        charter_of((await asyncio.to_thread(load_the_site, site, settings)).site)
    except UserError as error:
        log.warning("site_not_reloaded", error=str(error), kept="the old site file")
        return
    log.info("site_reloaded")
    async with asyncio.TaskGroup() as tasks:
        for child in children:
            if child.name == COLLECTOR:
                child.tell(signal.SIGHUP)
            else:
                tasks.create_task(child.renew(), name=f"renew-{child.name}")
