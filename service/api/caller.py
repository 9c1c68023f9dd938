"""Who calls, as far as accounts know; None is somebody who did not sign in."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from fastapi import Request

from service.access.roles import Action
from service.access.visitor import ANYBODY, Grant, Visitor
from service.accounts.account import Actor
from service.api.problems import ApiProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A person with a session, or a program with a token (``actions`` is not None)."""

    account_id: UUID
    login: str
    display_name: str
    grants: tuple[Grant, ...]
    # False for those who sign in elsewhere.
    has_password: bool = True
    must_change_password: bool = False
    actions: frozenset[Action] | None = None


def caller_of(request: Request) -> Caller | None:
    """Who calls; put there before any route runs."""
    return cast("Caller | None", getattr(request.state, "caller", None))


def address_of(request: Request) -> str | None:
    """Where a request comes from."""
    return None if request.client is None else request.client.host


def actor_of(request: Request, caller: Caller) -> Actor:
    """The same for the audit log."""
    return Actor(name=caller.login, account_id=caller.account_id, address=address_of(request))


class Callers:
    """Tells visitors by their accounts: what :class:`service.api.credentials.Credentials` found."""

    async def visitor(self, request: Request) -> Visitor:
        """Whoever calls, with what was given to them."""
        caller = caller_of(request)
        if caller is None:
            return ANYBODY
        return Visitor(
            account=caller.login,
            name=caller.display_name,
            grants=caller.grants,
            actions=caller.actions,
        )


def require_caller(request: Request) -> Caller:
    """Who calls, in a route that is declared for those who signed in."""
    caller = caller_of(request)
    if caller is None:
        raise ApiProblem(
            401, "not_signed_in", "Not signed in", "this needs an account", "sign in first"
        )
    return caller


def require_session(request: Request) -> Caller:
    """Somebody at a browser, with a password of their own: a leaked token makes no other tokens."""
    caller = require_caller(request)
    if caller.actions is not None or caller.must_change_password:
        raise ApiProblem(
            403,
            "session_needed",
            "A session is needed",
            "tokens are managed by whoever signed in, with a password that nobody else knows",
            "sign in and change the password, or use 'boucle token'",
        )
    return caller
