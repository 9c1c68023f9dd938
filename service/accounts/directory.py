"""Accounts and their roles, changed by an administrator; every change is in the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from service.access.visitor import Grant
from service.accounts.account import Account, Actor, GivenRole, Identity, check_grant, login_of
from service.accounts.errors import (
    AccountExistsError,
    GrantRefusedError,
    LastAdministratorError,
    NoSuchAccountError,
    NoSuchGrantError,
    VouchedAccountError,
)
from service.accounts.hashing import PasswordHashes
from service.accounts.passwords import check_password
from service.accounts.store import AccountStore
from service.storage import accounts, sessions
from service.storage.accounts import transaction
from service.storage.audit import AuditEntry, Details, fetch_audit
from service.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What an account begins with. Without a password nobody signs in with one."""

    login: str
    display_name: str
    email: str | None = None
    password: str | None = None
    # Whoever else typed the password knows it.
    must_change_password: bool = True
    # Who a provider will vouch for: signs in there, and has no password here.
    identity: Identity | None = None
    grants: tuple[Grant, ...] = ()


class Directory:
    """The accounts."""

    def __init__(self, store: AccountStore, hashes: PasswordHashes) -> None:
        self._store = store
        self._hashes = hashes

    async def add(self, actor: Actor, new: NewAccount) -> UUID:
        """Make an account with its roles.

        Raises
        ------
        AccountExistsError, LoginRefusedError, PasswordRefusedError, GrantRefusedError,
        VouchedAccountError
        """
        login = login_of(new.login)
        for grant in new.grants:
            check_grant(grant)
        if new.identity is not None and new.password is not None:
            raise VouchedAccountError(login)
        made = None if new.password is None else await self._hashed(new.password, login)
        async with transaction(self._store.pool) as conn:
            now = self._store.clock()
            if new.identity is not None:
                known = await accounts.fetch_identified(conn, new.identity)
                if known is not None:
                    raise AccountExistsError(known.login)
            added = await accounts.add_account(
                conn,
                login,
                new.display_name,
                new.email,
                made,
                must_change_password=made is not None and new.must_change_password,
                at=now,
                by=actor.name,
                identity=new.identity,
            )
            if added is None:
                raise AccountExistsError(login)
            await self._audited(conn, actor, "account_created", login)
            for grant in new.grants:
                await self._give(conn, actor, login, added, grant)
        return added

    async def all(self) -> list[tuple[Account, list[GivenRole]]]:
        """Every account with the roles that stand."""
        async with transaction(self._store.pool) as conn:
            roles = await accounts.fetch_roles(conn)
            return [
                (account, [one for one in roles if one.account_id == account.account_id])
                for account in await accounts.fetch_accounts(conn)
            ]

    async def disable(self, actor: Actor, login: str) -> None:
        """No sign-in any more; sessions end and tokens are revoked at once."""
        async with transaction(self._store.pool) as conn:
            before = await accounts.count_administrators(conn)
            account = await _existing(conn, login)
            if account.disabled_at is not None:
                return
            now = self._store.clock()
            await accounts.disable_account(conn, account.account_id, now)
            await sessions.close_sessions(conn, account.account_id)
            await sessions.revoke_tokens(conn, account.account_id, now)
            await self._audited(conn, actor, "account_disabled", account.login)
            await _keep_an_administrator(conn, before)

    async def erase(self, actor: Actor, login: str) -> None:
        """Remove an account and all that is kept with it; the audit log keeps what was done."""
        async with transaction(self._store.pool) as conn:
            before = await accounts.count_administrators(conn)
            account = await _existing(conn, login)
            await accounts.erase_account(conn, account.account_id)
            await self._audited(conn, actor, "account_erased", account.login)
            await _keep_an_administrator(conn, before)

    async def everything_of(self, actor: Actor, login: str) -> dict[str, Any]:
        """All that is kept of somebody, for whoever asks what is (GDPR, article 15)."""
        async with transaction(self._store.pool) as conn:
            account = await _existing(conn, login)
            await self._audited(conn, actor, "account_told", account.login)
            found = await accounts.fetch_everything_of(conn, account.login)
            return found or {}

    async def enable(self, actor: Actor, login: str) -> None:
        """May sign in again; sessions and tokens of before stay ended."""
        async with transaction(self._store.pool) as conn:
            account = await _existing(conn, login)
            if await accounts.enable_account(conn, account.account_id):
                await self._audited(conn, actor, "account_enabled", account.login)

    async def grant(self, actor: Actor, login: str, grant: Grant) -> int:
        """Give a role.

        Raises
        ------
        NoSuchAccountError, GrantRefusedError
        """
        check_grant(grant)
        async with transaction(self._store.pool) as conn:
            account = await _existing(conn, login)
            return await self._give(conn, actor, account.login, account.account_id, grant)

    async def revoke(self, actor: Actor, login: str, number: int) -> None:
        """Take a role back.

        Raises
        ------
        NoSuchAccountError, NoSuchGrantError, LastAdministratorError
        """
        async with transaction(self._store.pool) as conn:
            before = await accounts.count_administrators(conn)
            account = await _existing(conn, login)
            now = self._store.clock()
            grant = await accounts.revoke_role(
                conn, account.account_id, number, by=actor.name, at=now
            )
            if grant is None:
                raise NoSuchGrantError(account.login, number)
            await self._audited(conn, actor, "role_revoked", account.login, grant)
            await _keep_an_administrator(conn, before)

    async def set_password(
        self, actor: Actor, login: str, password: str, *, must_change: bool = True
    ) -> None:
        """Another password by somebody else; every session ends.

        Raises
        ------
        NoSuchAccountError, PasswordRefusedError, VouchedAccountError
        """
        hashed = await self._hashed(password, login_of(login))
        async with transaction(self._store.pool) as conn:
            account = await _existing(conn, login)
            if account.oidc_subject is not None:
                raise VouchedAccountError(account.login)
            await accounts.set_password_hash(
                conn,
                account.account_id,
                hashed,
                must_change=must_change,
                at=self._store.clock(),
            )
            await sessions.close_sessions(conn, account.account_id)
            await self._audited(conn, actor, "password_set", account.login)

    async def audit(self, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """The audit log before an entry, the newest first."""
        async with transaction(self._store.pool) as conn:
            return await fetch_audit(conn, before, limit)

    async def audited(
        self, actor: Actor, action: str, subject: str, *, site: str | None = None
    ) -> None:
        """Write down what changes no row of ours, such as a download of confidential data."""
        async with transaction(self._store.pool) as conn:
            now = self._store.clock()
            await self._store.audit.audited(conn, now, actor, action, subject, site=site)

    async def _hashed(self, password: str, login: str) -> str:
        check_password(password, login)
        return await self._hashes.make(password)

    async def _give(
        self, conn: Connection, actor: Actor, login: str, account: UUID, grant: Grant
    ) -> int:
        now = self._store.clock()
        given = await accounts.give_role(conn, account, grant, by=actor.name, at=now)
        if given is None:
            msg = f"{login} is {grant.role.value} there already"
            raise GrantRefusedError(msg)
        await self._audited(conn, actor, "role_given", login, grant)
        return given

    async def _audited(
        self, conn: Connection, actor: Actor, action: str, login: str, grant: Grant | None = None
    ) -> None:
        details: Details = {} if grant is None else {"role": grant.role.value, "taker": grant.taker}
        site = None if grant is None else grant.site
        now = self._store.clock()
        await self._store.audit.audited(conn, now, actor, action, login, site=site, details=details)


async def _existing(conn: Connection, login: str) -> Account:
    account = await accounts.fetch_account(conn, login.strip().lower(), lock=True)
    if account is None:
        raise NoSuchAccountError(login)
    return account


async def _keep_an_administrator(conn: Connection, before: int) -> None:
    """Undo what would leave nobody to administer."""
    if before > 0 and await accounts.count_administrators(conn) == 0:
        raise LastAdministratorError
