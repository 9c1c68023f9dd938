"""``boucle import``: bring in past readings, marked as imported, and list what was."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from models.site.site import Site
from service.collection import register
from service.commands.cadences import lines_of_table
from service.commands.loading import load_the_site
from service.errors import UserError
from service.settings import Settings, require_dsn
from service.storage.connection import Connection, connected
from service.storage.errors import StorageError
from service.storage.import_files import load_table
from service.storage.import_table import WideTable
from service.storage.importer import ImportReport, ImportRow, import_table, list_imports
from service.storage.roller import catch_up

# Neither a refusal (2) nor all is well: what is new is in, and what differs is not.
_CONFLICTS_EXIT = 1


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Import each file; a refused file changes nothing. 1 when readings are stored otherwise."""
    if bool(arguments.files) == arguments.list:
        msg = "name the files to import, or --list to see what was imported"
        raise UserError(msg)
    site = load_the_site(arguments.site, settings).site
    dsn = require_dsn(settings)
    try:
        if arguments.list:
            return _list(asyncio.run(list_imports(dsn, site.identity.id)), site.identity.id)
        conflicts = asyncio.run(_import_all(site, dsn, arguments.files, strict=arguments.strict))
    except StorageError as error:
        raise UserError(str(error)) from error
    if not conflicts:
        return 0
    print(
        f"{conflicts} reading(s) are stored with another value or quality: what is stored stays, "
        "what the files say of them was not taken"
    )
    return _CONFLICTS_EXIT


def _list(imports: list[ImportRow], site: str) -> int:
    for one in imports:
        print(
            f"{one.id:>4}  {one.imported_at:%Y-%m-%d %H:%M} UTC  {one.rows:>9} readings  "
            f"{one.from_ts:%Y-%m-%d %H:%M} to {one.to_ts:%Y-%m-%d %H:%M} UTC  "
            f"sha256 {one.sha256[:12]}  {one.file_name}"
        )
    if not imports:
        print(f"nothing was imported for {site}")
    return 0


async def _import_all(site: Site, dsn: str, files: list[Path], *, strict: bool) -> int:
    await register(site, dsn)
    conflicts = 0
    said: list[str] = []
    async with (
        connected(dsn, command_timeout_s=300.0) as conn,
        _all_or_none(conn, strict=strict),
    ):
        for path in files:
            table = await asyncio.to_thread(load_table, path)
            report = await _import(conn, site, table, strict=strict)
            conflicts += report.conflicts
            said += _lines(site, table, report)
            if not strict:
                print("\n".join(said))
                said.clear()
    await catch_up(dsn)
    # A later file of a strict import may have undone what is told of an earlier one.
    for line in said:
        print(line)
    return conflicts


@asynccontextmanager
async def _all_or_none(conn: Connection, *, strict: bool) -> AsyncIterator[None]:
    """Strict: the files are one; else each stands for itself."""
    if not strict:
        yield
        return
    async with conn.transaction():
        yield


async def _import(conn: Connection, site: Site, table: WideTable, *, strict: bool) -> ImportReport:
    def progress(done: int, total: int) -> None:
        print(f"\r{table.file_name}: {done} of {total} readings", end="", file=sys.stderr)

    try:
        return await import_table(conn, site.identity.id, table, progress, strict=strict)
    finally:
        print(file=sys.stderr)


def _lines(site: Site, table: WideTable, report: ImportReport) -> Iterator[str]:
    known = f", {report.already_there} were already there" if report.already_there else ""
    differ = f", {report.conflicts} are stored otherwise" if report.conflicts else ""
    yield (
        f"{report.file_name}: {report.inserted} of {report.rows} readings are new{known}{differ}, "
        f"{report.points} points, {report.from_ts:%Y-%m-%d %H:%M} to "
        f"{report.to_ts:%Y-%m-%d %H:%M} UTC"
    )
    for conflict in report.first_conflicts:
        yield f"  stored otherwise: {conflict}"
    if report.conflicts > len(report.first_conflicts):
        yield f"  stored otherwise: {report.conflicts - len(report.first_conflicts)} more"
    for line in lines_of_table(site, table):
        yield f"  {line}"
