"""The accounts of the demo: one for each role, none with a password: only a click opens it."""

from collections.abc import Mapping, Sequence
from typing import Final

from service.access.roles import Role
from service.access.visitor import Grant
from service.accounts.account import Actor
from service.accounts.directory import Directory, NewAccount
from service.accounts.errors import AccountExistsError

DEMO_LOGINS: Final[Mapping[Role, str]] = {
    role: f"demo.{role.value}" for role in Role if role is not Role.PUBLIC
}
_NAMES: Final = {
    Role.HEAT_TAKER: "Demo heat taker",
    Role.OPERATOR: "Demo operator",
    Role.PLANNER: "Demo planner",
    Role.INSPECTOR: "Demo inspector",
    Role.ADMINISTRATOR: "Demo administrator",
}


async def make_demo_accounts(
    directory: Directory, site: str, takers: Sequence[str]
) -> tuple[Role, ...]:
    """Make those that are not there yet; a heat taker only where the site has one."""
    roles = tuple(role for role in DEMO_LOGINS if takers or role is not Role.HEAT_TAKER)
    for role in roles:
        grant = {
            Role.HEAT_TAKER: Grant(role=role, site=site, taker=takers[0] if takers else None),
            Role.OPERATOR: Grant(role=role, site=site, taker=None),
        }.get(role, Grant(role=role, site=None, taker=None))
        new = NewAccount(login=DEMO_LOGINS[role], display_name=_NAMES[role], grants=(grant,))
        try:
            await directory.add(Actor(name="boucle demo"), new)
        except AccountExistsError:
            continue
    return roles
