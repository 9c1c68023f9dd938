"""``boucle migrate``: bring the database to the schema of this version."""

import argparse
import asyncio

from service.errors import UserError
from service.settings import Settings, require_dsn
from service.storage.errors import SchemaError, StoreUnreachableError
from service.storage.migrate import migrate_database


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Apply what is missing and say what was applied."""
    del arguments
    dsn = require_dsn(settings)
    try:
        applied = asyncio.run(migrate_database(dsn))
    except (SchemaError, StoreUnreachableError) as error:
        raise UserError(str(error)) from error
    done = ", ".join(f"{number:04d}" for number in applied)
    print(f"applied {done}" if applied else "the database is up to date")
    return 0
