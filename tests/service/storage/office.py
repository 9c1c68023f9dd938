"""Accounts on a real database, with a clock that tests move."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from service.access.roles import Role
from service.access.visitor import Grant
from service.accounts.account import Actor
from service.accounts.api_tokens import ApiTokens
from service.accounts.directory import Directory, NewAccount
from service.accounts.hashing import PasswordHashes
from service.accounts.signing_in import SigningIn
from service.accounts.store import AccountStore
from service.storage.audit import Audit, AuditPolicy
from service.storage.connection import open_pool

PASSWORD = "three quiet herons at noon"
BY = Actor(name="tests")


class Clock:
    """The time as a test says it is."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


class Office:
    """All that is done with accounts, on one database. Names and addresses are new each time."""

    def __init__(self, store: AccountStore, hashes: PasswordHashes, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.hashes = hashes
        self.signing_in = SigningIn(store, hashes)
        self.directory = Directory(store, hashes)
        self.tokens = ApiTokens(store)
        self.address = f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"

    async def somebody(self, *grants: Grant, password: str = PASSWORD) -> str:
        """A new account that needs no other password; its login name."""
        login = f"u{uuid4().hex[:12]}"
        new = NewAccount(
            login=login,
            display_name="Somebody",
            password=password,
            must_change_password=False,
            grants=grants,
        )
        await self.directory.add(BY, new)
        return login

    async def audited(self, login: str) -> list[str]:
        """What the audit log tells of an account, oldest first."""
        entries = await self.directory.audit(None, 200)
        return [one.action for one in reversed(entries) if login in {one.object, one.who}]


OPERATOR = Grant(role=Role.OPERATOR, site="fr-75-chapelle", taker=None)
ADMINISTRATOR = Grant(role=Role.ADMINISTRATOR, site=None, taker=None)


@asynccontextmanager
async def open_office(url: str, clock: Clock) -> AsyncIterator[Office]:
    """Everything that is done with accounts, on a migrated database."""
    hashes = PasswordHashes()
    async with open_pool(url) as pool:
        store = AccountStore(pool=pool, audit=Audit(AuditPolicy()), clock=clock)
        yield Office(store, hashes, clock)
    hashes.close()
