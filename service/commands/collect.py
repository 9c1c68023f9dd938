"""``boucle collect``: poll the devices of a site and store what they say."""

import argparse
import asyncio

from service import logs
from service.collection import collect
from service.commands.loading import load_the_site
from service.errors import UserError, innermost
from service.file_limit import raise_file_limit
from service.reloading import SiteReload
from service.settings import Settings, require_dsn
from service.stopping import asked_on_hangup, stop_on_signals
from service.storage.errors import SchemaError
from service.storage.lease import Held, Lease


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run until SIGTERM or Ctrl-C; poll nothing while another collector has the site.

    SIGHUP reads site file and profiles again.
    """
    logs.configure("collect")
    raise_file_limit()
    site = load_the_site(arguments.site, settings)
    # A collector that starts while the database is away polls and spools; who else may have the
    # lease is known when the database is back.
    lease = Lease(
        require_dsn(settings), f"collect {site.site.identity.id}", begins_without_store=True
    )

    reload = SiteReload(site, lambda: load_the_site(arguments.site, settings))

    async def work(held: Held, end: asyncio.Event) -> None:
        del held
        await collect(reload, settings, end)

    async def main() -> None:
        stop = asyncio.Event()
        with stop_on_signals(stop), asked_on_hangup(reload.asked):
            await lease.hold(work, stop)

    try:
        asyncio.run(main())
    except* (SchemaError, UserError) as group:
        raise UserError(str(innermost(group))) from None
    return 0
