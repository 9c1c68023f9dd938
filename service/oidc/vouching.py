"""Accounts of people for whom a provider vouches."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from service.accounts.account import Account, Actor, Identity
from service.accounts.beginning import SignedIn, VouchedBy, begin_session, sweep
from service.accounts.errors import SignInRefusedError
from service.accounts.store import AccountStore
from service.oidc.errors import FlowLostError
from service.oidc.tokens import Claims, Farewell
from service.storage import accounts
from service.storage.accounts import transaction
from service.storage.connection import Connection
from service.storage.vouched import end_vouched, use_once

_BY: Final = "OpenID Connect"
_NAME_LENGTH: Final = 120
_MAIL_LENGTH: Final = 254


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """Somebody a provider sent back, and what it said of them."""

    identity: Identity
    name: str | None
    email: str | None
    by: VouchedBy
    # What may bring them in only once, and until when it could.
    state: str
    ends_at: datetime


class Vouching:
    """Sessions of those people, begun and ended."""

    def __init__(self, store: AccountStore) -> None:
        self._store = store

    def now(self) -> datetime:
        """The clock of the accounts."""
        return self._store.clock()

    async def sign_in(self, vouched: Vouched, address: str | None) -> SignedIn:
        """Begin a session; somebody new gets an account, without any role.

        Raises
        ------
        SignInRefusedError
            If the account is disabled.
        FlowLostError
            If this answer of the provider brought somebody in already.
        StoreUnreachableError
        """
        async with transaction(self._store.pool) as conn:
            if not await use_once(conn, f"state {vouched.state}", vouched.ends_at):
                raise FlowLostError
            account = await self._account_of(conn, vouched)
            refused = account.disabled_at is not None
            action = "sign_in_failed" if refused else "signed_in"
            await self._audited(conn, account, action, address)
            if not refused:
                begun = await begin_session(self._store, conn, account, by=vouched.by)
            await sweep(self._store, conn)
        if refused:
            raise SignInRefusedError
        return begun

    async def farewell(self, issuer: str, farewell: Farewell) -> int:
        """End the sessions that a provider says are over; how many people's.

        Raises
        ------
        FlowLostError
            If it said so already.
        StoreUnreachableError
        """
        async with transaction(self._store.pool) as conn:
            if not await use_once(conn, f"logout {farewell.token_id}", farewell.ends_at):
                raise FlowLostError
            ended = await end_vouched(conn, issuer, farewell.subject, farewell.sid)
            now = self._store.clock()
            for account_id, login in ended:
                actor = Actor(name=_BY, account_id=account_id)
                await self._store.audit.audited(conn, now, actor, "signed_out", login)
        return len(ended)

    async def _account_of(self, conn: Connection, vouched: Vouched) -> Account:
        found = await accounts.fetch_identified(conn, vouched.identity)
        if found is not None:
            return found
        login, now = login_for(vouched.identity), self._store.clock()
        added = await accounts.add_account(
            conn,
            login,
            vouched.name or login,
            vouched.email,
            None,
            must_change_password=False,
            at=now,
            by=_BY,
            identity=vouched.identity,
        )
        if added is not None:
            actor = Actor(name=_BY, account_id=added)
            await self._store.audit.audited(conn, now, actor, "account_created", login)
        # Another request of the same person may have been a moment earlier.
        account = await accounts.fetch_identified(conn, vouched.identity)
        if account is None:
            raise SignInRefusedError
        return account

    async def _audited(
        self, conn: Connection, account: Account, action: str, address: str | None
    ) -> None:
        actor = Actor(name=account.login, account_id=account.account_id, address=address)
        details = {"issuer": account.oidc_issuer}
        now = self._store.clock()
        await self._store.audit.audited(conn, now, actor, action, account.login, details=details)


def login_for(identity: Identity) -> str:
    """A login name that is always the same for somebody, and tells nothing of them."""
    text = f"{identity.issuer}\n{identity.subject}"
    return f"sso-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def name_in(claims: Claims) -> str | None:
    """What others are shown; ProConnect tells first and usual name apart."""
    whole = _text(claims.get("name"), _NAME_LENGTH)
    if whole is not None:
        return whole
    family = claims.get("usual_name") or claims.get("family_name")
    parts = [_text(one, _NAME_LENGTH) for one in (claims.get("given_name"), family)]
    return " ".join(one for one in parts if one is not None)[:_NAME_LENGTH].strip() or None


def email_in(claims: Claims) -> str | None:
    """A mail address, for administrators to recognise somebody by; nobody is found by it."""
    found = _text(claims.get("email"), _MAIL_LENGTH)
    return found if found is not None and "@" in found else None


def _text(value: object, longest: int) -> str | None:
    if not isinstance(value, str):
        return None
    shown = "".join(one for one in value if one.isprintable()).strip()
    return shown[:longest] or None
