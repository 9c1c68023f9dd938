"""``boucle migrate``: bring the database to the schema of this version."""

import argparse
import asyncio

from service.errors import UserError
from service.settings import Settings, require_dsn
from service.storage.connection import connected
from service.storage.errors import SchemaError, StoreUnreachableError
from service.storage.migrate import migrate_database
from service.storage.to_timescaledb import move_to_timescaledb


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Apply what is missing and say what was applied; move the readings if that is asked for."""
    dsn = require_dsn(settings)

    async def main() -> None:
        applied = await migrate_database(dsn)
        done = ", ".join(f"{number:04d}" for number in applied)
        print(f"applied {done}" if applied else "the database is up to date")
        if arguments.to_timescaledb:
            async with connected(dsn) as conn:
                moved = await move_to_timescaledb(conn, lambda name: print(f"moved {name}"))
            print("the readings are a hypertable" + (" now" if moved else " already"))

    try:
        asyncio.run(main())
    except (SchemaError, StoreUnreachableError) as error:
        raise UserError(str(error)) from error
    return 0
