"""Accounts as the rest of the program sees them."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from service.access.roles import Action, Role
from service.access.visitor import Grant
from service.accounts.errors import GrantRefusedError, LoginRefusedError

_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account as it stands."""

    account_id: UUID
    login: str
    display_name: str
    email: str | None
    password_hash: str | None = field(repr=False)
    must_change_password: bool
    # The provider that vouches for it, if one does, and what that calls it.
    oidc_issuer: str | None
    oidc_subject: str | None
    created_at: datetime
    created_by: str
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who somebody is to a provider: never their mail address, which others may get later."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRole:
    """A role of an account, and who gave it."""

    grant_id: int
    account_id: UUID
    grant: Grant
    given_by: str
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that is signed in."""

    account_id: UUID
    login: str
    display_name: str
    has_password: bool
    must_change_password: bool
    created_at: datetime
    last_seen_at: datetime
    idle_ends_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A token of a program, without its secret."""

    token_id: int
    account_id: UUID
    login: str
    display_name: str
    must_change_password: bool
    name: str
    actions: frozenset[Action]
    sites: frozenset[str] | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something, for the audit log."""

    name: str
    account_id: UUID | None = None
    address: str | None = None


def login_of(text: str) -> str:
    """A login name as it is stored.

    Raises
    ------
    LoginRefusedError
        If it has another form; names are ASCII, so that no two look the same.
    """
    login = text.strip().lower()
    if _LOGIN.fullmatch(login) is None:
        raise LoginRefusedError(text)
    return login


def check_grant(grant: Grant) -> None:
    """Refuse a role that cannot be given so.

    Raises
    ------
    GrantRefusedError
        With what it lacks.
    """
    if grant.role is Role.PUBLIC:
        msg = "everybody is public without being given it"
    elif grant.role is Role.HEAT_TAKER and not (grant.site and grant.taker):
        msg = "a heat taker is one of a site: name both"
    elif grant.role is not Role.HEAT_TAKER and grant.taker is not None:
        msg = f"{grant.role.value} is no role of a heat taker: leave the taker out"
    elif grant.role is Role.ADMINISTRATOR and grant.site is not None:
        msg = "accounts are the same for all sites: an administrator is one of all"
    else:
        return
    raise GrantRefusedError(msg)


def roles_of(grants: Collection[Grant]) -> frozenset[Role]:
    """The roles, wherever they hold."""
    return frozenset(grant.role for grant in grants)
