"""``boucle import``: bring in past readings, marked as imported."""

import argparse
import asyncio
import sys
from pathlib import Path

from models.site.site import Site
from service.collection import register
from service.commands.cadences import lines_of_table
from service.commands.loading import load_the_site
from service.errors import UserError
from service.settings import Settings, require_dsn
from service.storage.connection import connected
from service.storage.errors import ImportRefusedError, SchemaError, StoreUnreachableError
from service.storage.import_files import load_table
from service.storage.importer import import_table


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Import each file; a refused file changes nothing."""
    site = load_the_site(arguments.site, settings).site
    dsn = require_dsn(settings)
    try:
        asyncio.run(_import_all(site, dsn, arguments.files))
    except (ImportRefusedError, SchemaError, StoreUnreachableError) as error:
        raise UserError(str(error)) from error
    return 0


async def _import_all(site: Site, dsn: str, files: list[Path]) -> None:
    await register(site, dsn)
    for path in files:

        def progress(done: int, total: int, name: str = path.name) -> None:
            print(f"\r{name}: {done} of {total} readings", end="", file=sys.stderr)

        table = await asyncio.to_thread(load_table, path)
        async with connected(dsn, command_timeout_s=300.0) as conn:
            report = await import_table(conn, site.identity.id, table, progress)
        print(file=sys.stderr)
        print(
            f"{report.file_name}: {report.inserted} of {report.rows} readings are new, "
            f"{report.points} points, {report.from_ts:%Y-%m-%d %H:%M} to "
            f"{report.to_ts:%Y-%m-%d %H:%M} UTC"
        )
        for line in lines_of_table(site, table):
            print(f"  {line}")
