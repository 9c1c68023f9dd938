"""``boucle spool``: what waits on disk, and which store it goes to."""

import argparse
import asyncio

from models.site.site import Site
from service.collection import known_registration, point_specs
from service.commands.loading import load_the_site
from service.errors import UserError
from service.settings import Settings, require_dsn
from service.storage.connection import connected
from service.storage.errors import (
    PointConflictError,
    SchemaError,
    StoreReplacedError,
    StoreUnreachableError,
)
from service.storage.migrate import migrate
from service.storage.points import fetch_store_id, restore_numbers
from service.storage.spooled_writer import spool_folder
from service.storage.store_guard import StoreGuard


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Adopt a restored store; a collector that runs notices by itself."""
    site = load_the_site(arguments.site, settings).site
    try:
        print(asyncio.run(adopt_store(site, require_dsn(settings), settings)))
    except (PointConflictError, SchemaError, StoreUnreachableError) as error:
        raise UserError(str(error)) from error
    return 0


async def adopt_store(site: Site, dsn: str, settings: Settings) -> str:
    """Make the database the store of the spool that lies in the data folder; says what was done."""
    async with connected(dsn) as conn:
        await migrate(conn)
        store_id = await fetch_store_id(conn)
        folder = spool_folder(settings.data_dir, store_id)
        if not folder.is_dir():
            msg = (
                f"there is no {folder}: the readings of this store, or of what it is a copy of, "
                "were never collected with this data folder; set BOUCLE_DATA_DIR to the collector's"
            )
            raise UserError(msg)
        guard = StoreGuard(folder, store_id)
        try:
            await guard.check(conn)
        except StoreReplacedError:
            known = known_registration(site, settings.data_dir)
            numbers = {} if known is None else known.point_ids
            lacked = await restore_numbers(conn, site.identity.id, point_specs(site), numbers)
            await guard.adopt(conn)
            return (
                f"adopted: {folder.name} drains into this database from now on; "
                f"it lacked {lacked} of the site's points"
            )
    return "nothing to adopt: this database is the store that the spool knows"
