"""``boucle collect``: poll the devices of a site and store what they say."""

import argparse
import asyncio

from service import logs
from service.collection import collect
from service.commands.loading import load_the_site
from service.settings import Settings
from service.stopping import stop_on_signals


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run until SIGTERM or Ctrl-C."""
    logs.configure("collect")
    site = load_the_site(arguments.site, settings)

    async def main() -> None:
        stop = asyncio.Event()
        with stop_on_signals(stop):
            await collect(site, settings, stop)

    asyncio.run(main())
    return 0
