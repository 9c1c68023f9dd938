"""Who calls, as far as accounts know; None is somebody who did not sign in."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from fastapi import Request

from service.access.roles import Grant, Role
from service.accounts.account import Actor
from service.accounts.tokens import TokenAction
from service.api.problems import ApiProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A person with a session, or a program with a token (``actions`` is not None)."""

    account_id: UUID
    login: str
    display_name: str
    grants: tuple[Grant, ...]
    must_change_password: bool = False
    actions: frozenset[TokenAction] | None = None


def caller_of(request: Request) -> Caller | None:
    """Who calls; put there before any route runs."""
    return cast("Caller | None", getattr(request.state, "caller", None))


def address_of(request: Request) -> str | None:
    """Where a request comes from."""
    return None if request.client is None else request.client.host


def actor_of(request: Request, caller: Caller) -> Actor:
    """The same for the audit log."""
    return Actor(name=caller.login, account_id=caller.account_id, address=address_of(request))


def require_signed_in(request: Request) -> Caller:
    """Somebody with an account, by session or token."""
    caller = caller_of(request)
    if caller is None:
        raise ApiProblem(
            401,
            "not_signed_in",
            "Not signed in",
            "this needs an account",
            "sign in, or send 'Authorization: Bearer' with a token",
        )
    return caller


def require_session(request: Request) -> Caller:
    """Somebody at a browser: a token that leaked makes no other tokens."""
    caller = require_signed_in(request)
    if caller.actions is not None:
        raise ApiProblem(
            403,
            "session_needed",
            "A session is needed",
            "tokens are not managed with a token",
            "sign in, or use 'boucle token'",
        )
    return caller


def require_administrator(request: Request) -> Caller:
    """Somebody who may administer; a token only when its scope says so."""
    caller = require_signed_in(request)
    if not any(one.role is Role.ADMINISTRATOR for one in caller.grants):
        raise ApiProblem(
            403,
            "not_permitted",
            "Not permitted",
            "this is for administrators",
            "ask an administrator; a token needs the action 'administer'",
        )
    return caller
