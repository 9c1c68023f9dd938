"""Signing in and out, sessions, and one's own password."""

from datetime import timedelta
from uuid import UUID

from service.access.visitor import Grant
from service.accounts.account import Account, Actor, Session, roles_of
from service.accounts.beginning import SignedIn, begin_session, sweep
from service.accounts.errors import (
    HashingBusyError,
    PasswordFault,
    PasswordRefusedError,
    SignInDelayedError,
    SignInRefusedError,
)
from service.accounts.hashing import PasswordHashes
from service.accounts.lifetimes import TOUCH_EVERY, has_ended
from service.accounts.passwords import check_password
from service.accounts.store import AccountStore
from service.storage import accounts, sessions, throttle
from service.storage.accounts import single_statements, transaction

_LOGIN_LENGTH = 64


class SigningIn:
    """Passwords to sessions."""

    def __init__(self, store: AccountStore, hashes: PasswordHashes) -> None:
        self._store = store
        self._hashes = hashes

    async def sign_in(self, login: str, password: str, address: str | None) -> SignedIn:
        """Check a password and begin a session, under a secret that nobody had before.

        Raises
        ------
        SignInRefusedError, SignInDelayedError, HashingBusyError, StoreUnreachableError
        """
        name = login.strip().lower()[:_LOGIN_LENGTH]
        account = await self._proven(name, password, address)
        async with transaction(self._store.pool) as conn:
            now = self._store.clock()
            await throttle.forgive_try(conn, name, address, now)
            # Disabled, or given another password, while this one was looked at?
            current = await accounts.fetch_account(conn, name, lock=True)
            if current is None or current.disabled_at or not _same_password(current, account):
                raise SignInRefusedError
            actor = Actor(name=name, account_id=account.account_id, address=address)
            await self._store.audit.audited(conn, now, actor, "signed_in", name)
            begun = await begin_session(self._store, conn, current)
            await sweep(self._store, conn)
        await self._renew_hash(account, password)
        return begun

    async def begin_without_password(self, login: str, address: str | None) -> SignedIn:
        """A session of an account that has no password, for the demo's click."""
        async with transaction(self._store.pool) as conn:
            account = await accounts.fetch_account(conn, login, lock=True)
            if account is None or account.disabled_at or account.password_hash is not None:
                raise SignInRefusedError
            actor = Actor(name=login, account_id=account.account_id, address=address)
            await self._store.audit.audited(conn, self._store.clock(), actor, "signed_in", login)
            return await begin_session(self._store, conn, account)

    async def sign_out(self, secret: str, address: str | None) -> str | None:
        """End a session; one that is over already is no error.

        What the provider signed when it began, where a provider vouched for it.
        """
        async with transaction(self._store.pool) as conn:
            session = await sessions.fetch_session(conn, secret)
            id_token = await sessions.close_session(conn, secret)
            if session is not None:
                actor = _actor(session, address)
                now = self._store.clock()
                await self._store.audit.audited(conn, now, actor, "signed_out", session.login)
        return id_token

    async def session(self, secret: str) -> tuple[Session, tuple[Grant, ...]] | None:
        """Who is signed in and with what; None when the session is over or was never one.

        Who must change the password is granted nothing until then.
        """
        async with single_statements(self._store.pool) as conn:
            now = self._store.clock()
            found = await sessions.fetch_known_session(conn, secret)
            if found is None or has_ended(found[0].idle_ends_at, found[0].ends_at, now):
                return None
            session, grants = found
            if now - session.last_seen_at >= TOUCH_EVERY:
                idle = self._store.limits.idle_of(roles_of(grants))
                await sessions.touch_session(conn, secret, now, now + idle)
        return session, (() if session.must_change_password else grants)

    async def change_password(
        self, secret: str, old: str, new: str, address: str | None
    ) -> SignedIn:
        """Another password: every session of the account ends, and a new one begins.

        Raises
        ------
        PasswordRefusedError
            If the new one breaks a rule.
        SignInRefusedError
            If the old one is wrong, or the session is over.
        """
        found = await self.session(secret)
        if found is None:
            raise SignInRefusedError
        login = found[0].login
        check_password(new, login)
        if new == old:
            raise PasswordRefusedError(PasswordFault.UNCHANGED)
        known = await self._proven(login, old, address)
        made = await self._hashes.make(new)
        async with transaction(self._store.pool) as conn:
            now = self._store.clock()
            await throttle.forgive_try(conn, login, address, now)
            account = await accounts.fetch_account(conn, login, lock=True)
            if account is None or account.disabled_at or not _same_password(account, known):
                raise SignInRefusedError
            await accounts.set_password_hash(
                conn, account.account_id, made, must_change=False, at=now
            )
            await sessions.close_sessions(conn, account.account_id)
            actor = Actor(name=login, account_id=account.account_id, address=address)
            await self._store.audit.audited(conn, now, actor, "password_changed", login)
            return await begin_session(self._store, conn, account, must_change=False)

    async def _proven(self, login: str, password: str, address: str | None) -> Account:
        async with transaction(self._store.pool) as conn:
            left = await throttle.count_try(conn, login, address, self._store.clock())
            account = await accounts.fetch_account(conn, login)
        if left > timedelta(0):
            raise SignInDelayedError(max(left.total_seconds(), 1.0))
        stored = None if account is None else account.password_hash
        try:
            matches = await self._hashes.matches(stored, password)
        except HashingBusyError:
            async with transaction(self._store.pool) as conn:
                await throttle.withdraw_try(conn, login, address)
            raise
        if account is None or account.disabled_at is not None or not matches:
            await self._note_failure(account, address)
            raise SignInRefusedError
        return account

    async def _note_failure(self, account: Account | None, address: str | None) -> None:
        # What was typed as a name may be a password: only names that exist are written down.
        login: str = "unknown" if account is None else account.login
        number: UUID | None = None if account is None else account.account_id
        actor = Actor(name=login, account_id=number, address=address)
        async with transaction(self._store.pool) as conn:
            now = self._store.clock()
            await self._store.audit.audited(conn, now, actor, "sign_in_failed", login)

    async def _renew_hash(self, account: Account, password: str) -> None:
        """Hashes of earlier parameters are made anew when the password is at hand."""
        old = account.password_hash
        if old is None or not self._hashes.is_outdated(old):
            return
        made = await self._hashes.make(password)
        async with transaction(self._store.pool) as conn:
            await accounts.renew_password_hash(conn, account.account_id, old, made)


def _same_password(one: Account, other: Account) -> bool:
    return one.account_id == other.account_id and one.password_hash == other.password_hash


def _actor(session: Session, address: str | None) -> Actor:
    return Actor(name=session.login, account_id=session.account_id, address=address)
