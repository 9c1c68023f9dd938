"""``boucle account``: who may sign in. The first administrator is made here.

Whoever may reach the database may do this; the audit log keeps the user of the machine. A password
is read from the terminal or from a file: as an argument, everybody on the machine could read it.
"""

import argparse
import asyncio
import getpass
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from service.access.roles import Role
from service.access.visitor import Grant
from service.accounts.account import Account, Actor, GivenRole, Identity
from service.accounts.directory import Directory, NewAccount
from service.accounts.errors import AccountError
from service.accounts.people import People, people_of, store_of
from service.errors import UserError
from service.oidc.client import client_of
from service.settings import Settings, require_dsn
from service.storage.connection import connected, open_pool
from service.storage.errors import StorageError
from service.storage.migrate import require_schema

_TIMEOUT_S = 30.0


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do one thing with accounts."""
    # Before the time limit begins: whoever types takes the time they need.
    password = _password(arguments) if "password_file" in arguments else None
    arguments.identity = _identity(arguments, settings)

    async def act(people: People) -> None:
        await _DOES[arguments.does](people.directory, arguments, password)

    with_people(settings, act)
    return 0


def with_people(settings: Settings, act: Callable[[People], Awaitable[None]]) -> None:
    """Do something with the accounts of the database, within a time.

    Raises
    ------
    UserError
        With what is wrong and its remedy.
    """
    dsn = require_dsn(settings)

    async def main() -> None:
        async with asyncio.timeout(_TIMEOUT_S):
            async with connected(dsn) as conn:
                await require_schema(conn)
            async with open_pool(dsn) as pool, people_of(store_of(pool, settings)) as people:
                await act(people)

    try:
        asyncio.run(main())
    except (AccountError, StorageError) as error:
        raise UserError(str(error)) from error
    except TimeoutError as error:
        msg = f"the database did not answer within {_TIMEOUT_S:.0f} s; try again"
        raise UserError(msg) from error


def at_the_machine() -> Actor:
    """Who types, for the audit log."""
    return Actor(name=f"{getpass.getuser()} (command line)")


async def _add(directory: Directory, arguments: argparse.Namespace, password: str | None) -> None:
    grants = () if arguments.role is None else (_grant(arguments),)
    new = NewAccount(
        login=arguments.login,
        display_name=arguments.name or arguments.login,
        email=arguments.email,
        password=password,
        must_change_password=arguments.must_change,
        identity=arguments.identity,
        grants=grants,
    )
    await directory.add(at_the_machine(), new)
    print(f"{arguments.login.strip().lower()} may sign in")


async def _list(directory: Directory, arguments: argparse.Namespace, password: str | None) -> None:
    del arguments, password
    shown = await directory.all()
    for account, roles in shown:
        print("\n".join(_lines(account, roles)))
    if not shown:
        print("no account yet: boucle account add NAME --role administrator")


async def _disable(
    directory: Directory, arguments: argparse.Namespace, password: str | None
) -> None:
    del password
    await directory.disable(at_the_machine(), arguments.login)
    print(f"{arguments.login} is disabled; its sessions and tokens have ended")


async def _enable(
    directory: Directory, arguments: argparse.Namespace, password: str | None
) -> None:
    del password
    await directory.enable(at_the_machine(), arguments.login)
    print(f"{arguments.login} may sign in again")


async def _erase(directory: Directory, arguments: argparse.Namespace, password: str | None) -> None:
    del password
    await directory.erase(at_the_machine(), arguments.login)
    print(f"{arguments.login} is erased; the audit log keeps what it did, for its time")


async def _tell(directory: Directory, arguments: argparse.Namespace, password: str | None) -> None:
    del password
    told = await directory.everything_of(at_the_machine(), arguments.login)
    print(json.dumps(told, indent=2, ensure_ascii=False))


async def _give(directory: Directory, arguments: argparse.Namespace, password: str | None) -> None:
    del password
    number = await directory.grant(at_the_machine(), arguments.login, _grant(arguments))
    print(f"role {number}: {arguments.login} is {arguments.role}")


async def _revoke(
    directory: Directory, arguments: argparse.Namespace, password: str | None
) -> None:
    del password
    await directory.revoke(at_the_machine(), arguments.login, arguments.role_number)
    print(f"role {arguments.role_number} of {arguments.login} is taken back")


async def _set_password(
    directory: Directory, arguments: argparse.Namespace, password: str | None
) -> None:
    await directory.set_password(
        at_the_machine(), arguments.login, password or "", must_change=arguments.must_change
    )
    print(f"{arguments.login} has another password; its sessions have ended")


_Does = Callable[[Directory, argparse.Namespace, str | None], Awaitable[None]]
_DOES: dict[str, _Does] = {
    "add": _add,
    "list": _list,
    "disable": _disable,
    "enable": _enable,
    "erase": _erase,
    "export": _tell,
    "grant": _give,
    "revoke": _revoke,
    "password": _set_password,
}


def _grant(arguments: argparse.Namespace) -> Grant:
    return Grant(role=Role(arguments.role), site=arguments.at, taker=arguments.taker)


def _identity(arguments: argparse.Namespace, settings: Settings) -> Identity | None:
    subject = getattr(arguments, "oidc_subject", None)
    if subject is None:
        return None
    provider = client_of(settings)
    if provider is None:
        msg = "--oidc-subject needs the provider's settings: set BOUCLE_OIDC_ISSUER and the others"
        raise UserError(msg)
    return Identity(issuer=provider.issuer, subject=subject)


def _password(arguments: argparse.Namespace) -> str | None:
    if getattr(arguments, "no_password", False) or getattr(arguments, "oidc_subject", None):
        return None
    if arguments.password_file is not None:
        return _first_line(arguments.password_file)
    if not sys.stdin.isatty():
        msg = "there is no terminal to ask for the password: name a file with --password-file"
        raise UserError(msg)
    typed = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != typed:
        msg = "the two passwords differ; nothing was changed"
        raise UserError(msg)
    return typed


def _first_line(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} cannot be read as the password: {error.__class__.__name__}"
        raise UserError(msg) from error
    return lines[0] if lines else ""


def _no_password(account: Account) -> str:
    if account.oidc_issuer is None:
        return "no password"
    mail = "" if account.email is None else f", {account.email}"
    return f"signs in with {urlsplit(account.oidc_issuer).hostname}{mail}"


def _lines(account: Account, roles: list[GivenRole]) -> Iterator[str]:
    marks = [
        *([] if account.disabled_at is None else [f"disabled {account.disabled_at:%Y-%m-%d}"]),
        *([_no_password(account)] if account.password_hash is None else []),
        *(["must change the password"] if account.must_change_password else []),
    ]
    told = f"  ({', '.join(marks)})" if marks else ""
    yield f"{account.login:<24} {account.display_name}{told}"
    for given in roles:
        grant = given.grant
        where = "all sites" if grant.site is None else grant.site
        taker = "" if grant.taker is None else f" {grant.taker}"
        yield (
            f"  role {given.grant_id}: {grant.role.value}{taker}, {where}; "
            f"{given.given_at:%Y-%m-%d} by {given.given_by}"
        )
