"""``boucle token``: what programs show instead of a password."""

import argparse
from datetime import UTC, datetime, timedelta

from service.access.roles import Action
from service.accounts.account import ApiToken
from service.accounts.api_tokens import TokenScope
from service.accounts.people import People
from service.commands.account import at_the_machine, with_people
from service.settings import Settings


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Make, list or revoke tokens of one account."""
    does = {"create": _create, "list": _list, "revoke": _revoke}[arguments.does]

    async def act(people: People) -> None:
        await does(people, arguments)

    with_people(settings, act)
    return 0


async def _create(people: People, arguments: argparse.Namespace) -> None:
    account = await people.tokens.account_of(arguments.login)
    scope = TokenScope(
        name=arguments.name,
        actions=frozenset(Action(one) for one in arguments.action),
        sites=None if arguments.at is None else frozenset(arguments.at),
        lasts=timedelta(days=arguments.days),
    )
    text, number = await people.tokens.create(at_the_machine(), account, scope)
    print(f"token {number}, shown this once:")
    print(text)


async def _list(people: People, arguments: argparse.Namespace) -> None:
    tokens = await people.tokens.of(await people.tokens.account_of(arguments.login))
    for one in tokens:
        print(_line(one))
    if not tokens:
        print(f"{arguments.login} has no token")


async def _revoke(people: People, arguments: argparse.Namespace) -> None:
    account = await people.tokens.account_of(arguments.login)
    await people.tokens.revoke(at_the_machine(), account, arguments.token_number)
    print(f"token {arguments.token_number} is of no use any more")


def _line(token: ApiToken) -> str:
    actions = ", ".join(["read", *sorted(one.value for one in token.actions)])
    sites = "all sites" if token.sites is None else ", ".join(sorted(token.sites))
    used = "never" if token.last_used_at is None else f"{token.last_used_at:%Y-%m-%d}"
    if token.revoked_at is not None:
        end = f"revoked {token.revoked_at:%Y-%m-%d}"
    elif token.expires_at <= datetime.now(UTC):
        end = f"expired {token.expires_at:%Y-%m-%d}"
    else:
        end = f"until {token.expires_at:%Y-%m-%d}"
    return f"{token.token_id:>4}  {token.name}: {actions}; {sites}; {end}; last used {used}"
