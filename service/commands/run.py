"""``boucle run``: collect, evaluate and serve a site as one tree of processes."""

import argparse
import asyncio
import os
from pathlib import Path

from service import logs
from service.commands.evaluate import charter_of
from service.commands.loading import load_the_site
from service.errors import UserError
from service.settings import Settings, require_dsn
from service.site_processes import kept, site_children
from service.stopping import stop_on_signals
from service.storage.errors import SchemaError, StoreUnreachableError
from service.storage.migrate import migrate_database


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run until SIGTERM or Ctrl-C; a mistake in site file, charter or settings stops the start."""
    logs.configure("run")
    site = arguments.site or settings.site
    charter_of(load_the_site(site, settings).site)
    dsn = require_dsn(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    port = arguments.port or settings.http_port
    environ = {**os.environ, "BOUCLE_HTTP_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    try:
        asyncio.run(migrate_database(dsn))
    except (SchemaError, StoreUnreachableError) as error:
        raise UserError(str(error)) from error
    asyncio.run(_keep(site, environ, settings))
    return 0


async def _keep(site: Path, environ: dict[str, str], settings: Settings) -> None:
    stop = asyncio.Event()
    with stop_on_signals(stop):
        async with kept(site_children(site, environ, settings.data_dir)):
            print(
                f"{site} is collected, evaluated and served at "
                f"http://{settings.http_host}:{environ['BOUCLE_HTTP_PORT']}/; logs are "
                f"{settings.data_dir}/*.log",
                flush=True,
            )
            await stop.wait()
