"""``boucle demo``: the simulated site, collected, judged and shown live, in one process tree."""

import argparse
import asyncio

from service import logs
from service.demo.plant_choice import PlantChoice
from service.demo.run import DemoOptions, run_demo
from service.errors import UserError
from service.file_limit import raise_file_limit
from service.settings import Settings
from service.stopping import stop_on_signals


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run until Ctrl-C, or for ``--seconds`` with a report."""
    logs.configure("demo")
    raise_file_limit()
    options = DemoOptions(
        site=arguments.site or settings.site,
        seconds=arguments.seconds,
        port=arguments.port or settings.http_port,
        plant=PlantChoice(seed=arguments.seed, scenario=arguments.scenario),
        fresh=arguments.fresh,
    )

    async def main() -> int:
        stop = asyncio.Event()
        with stop_on_signals(stop):
            return await run_demo(options, settings, stop)

    try:
        return asyncio.run(main())
    except* UserError as group:
        raise group.exceptions[0] from None
