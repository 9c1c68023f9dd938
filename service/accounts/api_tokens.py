"""Tokens of programs: each does a part of what its account may, for a time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from service.access.roles import ACTIONS, Action
from service.access.visitor import Grant
from service.accounts.account import Actor, ApiToken
from service.accounts.errors import NoSuchAccountError, NoSuchTokenError, TokenScopeError
from service.accounts.lifetimes import TOUCH_EVERY
from service.accounts.store import AccountStore
from service.accounts.tokens import is_token, new_token
from service.storage import accounts, sessions
from service.storage.accounts import single_statements, transaction

LONGEST: Final = timedelta(days=366)
_OF_ALL_SITES: Final = frozenset({Action.MANAGE_ACCOUNTS, Action.READ_AUDIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenScope:
    """What a new token may do, where (None: wherever its account may), and for how long.

    It reads what its account reads there; ``actions`` are what it may do beyond.
    """

    name: str
    actions: frozenset[Action]
    sites: frozenset[str] | None
    lasts: timedelta


class ApiTokens:
    """Makes tokens and knows them again."""

    def __init__(self, store: AccountStore) -> None:
        self._store = store

    async def create(self, actor: Actor, account: UUID, scope: TokenScope) -> tuple[str, int]:
        """The text of a new token, which nobody sees again, and its number.

        Raises
        ------
        TokenScopeError
            If it would do more than the account may, or nothing, or for too long.
        """
        async with transaction(self._store.pool) as conn:
            grants = await accounts.fetch_grants(conn, account)
            check_scope(scope, grants)
            now, text = self._store.clock(), new_token()
            number = await sessions.add_token(
                conn,
                text,
                account,
                scope.name,
                scope.actions,
                scope.sites,
                at=now,
                expires_at=now + scope.lasts,
            )
            await self._store.audit.audited(
                conn,
                now,
                actor,
                "token_created",
                scope.name,
                details={
                    "token": number,
                    "actions": sorted(one.value for one in scope.actions),
                    "sites": None if scope.sites is None else sorted(scope.sites),
                    "expires_at": (now + scope.lasts).isoformat(),
                },
            )
        return text, number

    async def of(self, account: UUID) -> list[ApiToken]:
        """Every token an account ever had."""
        async with transaction(self._store.pool) as conn:
            return await sessions.fetch_tokens(conn, account)

    async def account_of(self, login: str) -> UUID:
        """Whose tokens are meant, at the command line."""
        async with transaction(self._store.pool) as conn:
            account = await accounts.fetch_account(conn, login.strip().lower())
        if account is None or account.disabled_at is not None:
            raise NoSuchAccountError(login)
        return account.account_id

    async def revoke(self, actor: Actor, account: UUID, number: int) -> None:
        """End a token.

        Raises
        ------
        NoSuchTokenError
            If the account has none of this number, or it is revoked.
        """
        async with transaction(self._store.pool) as conn:
            now = self._store.clock()
            name = await sessions.revoke_token(conn, account, number, now)
            if name is None:
                raise NoSuchTokenError(number)
            details = {"token": number}
            await self._store.audit.audited(
                conn, now, actor, "token_revoked", name, details=details
            )

    async def known(self, text: str) -> tuple[ApiToken, tuple[Grant, ...]] | None:
        """A token that holds now, and what is granted to it; None for every other text."""
        if not is_token(text):
            return None
        async with single_statements(self._store.pool) as conn:
            now = self._store.clock()
            found = await sessions.fetch_known_token(conn, text)
            if found is None:
                return None
            token, grants = found
            if token.revoked_at is not None or now >= token.expires_at:
                return None
            if token.must_change_password:
                return None
            if token.last_used_at is None or now - token.last_used_at >= TOUCH_EVERY:
                await sessions.use_token(conn, token.token_id, now)
        return token, scoped_grants(grants, token.sites)


def check_scope(scope: TokenScope, grants: Collection[Grant]) -> None:
    """Refuse a token that its account could not stand behind.

    Raises
    ------
    TokenScopeError
        With what is wrong.
    """
    may = {action for one in grants for action in ACTIONS[one.role]}
    if scope.sites == frozenset():
        msg = "a token for no site is of no use: name sites, or none for all"
    elif not timedelta(0) < scope.lasts <= LONGEST:
        msg = f"a token lasts between a moment and {LONGEST.days} days"
    elif lacking := sorted(one.value for one in scope.actions - may):
        msg = f"the account has no role that may {', '.join(lacking)}"
    elif scope.sites is not None and scope.actions & _OF_ALL_SITES:
        msg = "accounts are the same for all sites: a token that manages them names none"
    elif beyond := _beyond(scope.sites, grants):
        msg = f"the account has no role at {', '.join(beyond)}"
    else:
        return
    raise TokenScopeError(msg)


def scoped_grants(grants: Collection[Grant], sites: frozenset[str] | None) -> tuple[Grant, ...]:
    """What is left of an account's roles for a token; of today's roles, not of when it was made."""
    if sites is None:
        return tuple(grants)
    return tuple(
        Grant(role=one.role, site=site, taker=one.taker)
        for one in grants
        for site in sorted(sites)
        if one.site in {None, site}
    )


def _beyond(sites: frozenset[str] | None, grants: Collection[Grant]) -> list[str]:
    if sites is None or any(one.site is None for one in grants):
        return []
    return sorted(sites - {one.site for one in grants})
