"""``boucle hold``: disputed periods, whose readings are kept beyond their time."""

import argparse
import asyncio
from datetime import UTC, datetime

from models.legal_time.periods import parse_period
from service.commands.loading import load_the_site
from service.errors import UserError
from service.settings import Settings, require_dsn
from service.storage.connection import Connection, connected
from service.storage.errors import StorageError
from service.storage.holds import Hold, fetch_holds, lift_hold, set_hold
from service.storage.seals import fetch_seal_state

_TIMEOUT_S = 30.0


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Set or lift one hold, or list them."""
    site = load_the_site(arguments.site, settings).site.identity.id
    dsn = require_dsn(settings)
    does = {"list": _list, "set": _set, "lift": _lift}[arguments.does]

    async def main() -> None:
        async with asyncio.timeout(_TIMEOUT_S), connected(dsn) as conn:
            await does(conn, site, arguments)

    try:
        asyncio.run(main())
    except StorageError as error:
        raise UserError(str(error)) from error
    except TimeoutError as error:
        msg = f"the database did not answer within {_TIMEOUT_S:.0f} s; try again"
        raise UserError(msg) from error
    return 0


async def _list(conn: Connection, site: str, arguments: argparse.Namespace) -> None:
    del arguments
    holds = await fetch_holds(conn, site)
    for hold in holds:
        print(_line(hold))
    if not holds:
        print(f"no hold was ever set at {site}")


async def _set(conn: Connection, site: str, arguments: argparse.Namespace) -> None:
    try:
        period = parse_period(arguments.period, datetime.now(UTC))
    except ValueError as error:
        raise UserError(str(error)) from error
    number = await set_hold(
        conn, site, period.start, period.end, who=arguments.who, why=arguments.why
    )
    print(f"hold {number}: readings of {_span(period.start, period.end)} are kept")
    sealed_upto = (await fetch_seal_state(conn)).sealed_upto
    if period.start < sealed_upto:
        print(f"those of before {sealed_upto:%Y-%m-%d %H:%M} UTC may be gone already")


async def _lift(conn: Connection, site: str, arguments: argparse.Namespace) -> None:
    await lift_hold(conn, site, arguments.hold, who=arguments.who, why=arguments.why)
    print(f"hold {arguments.hold} is lifted")


def _span(start: datetime, end: datetime) -> str:
    return f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"


def _line(hold: Hold) -> str:
    line = f"{hold.hold_id:>4}  {_span(hold.from_ts, hold.to_ts)}  {hold.who}: {hold.why}"
    if hold.lifted_at is None:
        return line
    return f"{line}; lifted {hold.lifted_at:%Y-%m-%d} by {hold.lifted_by}: {hold.lifted_why}"
