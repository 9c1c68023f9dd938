"""Everything that is done with accounts, for the application and for commands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from service.accounts.api_tokens import ApiTokens
from service.accounts.directory import Directory
from service.accounts.hashing import PasswordHashes
from service.accounts.signing_in import SigningIn
from service.accounts.store import AccountStore
from service.deployment import session_limits
from service.oidc.client import OidcClient
from service.oidc.provider import Provider
from service.oidc.sign_on import SignOn
from service.oidc.vouching import Vouching
from service.settings import Settings
from service.storage.audit import Audit, AuditPolicy
from service.storage.connection import Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Accounts, their sessions and their tokens, over one store."""

    signing_in: SigningIn
    directory: Directory
    tokens: ApiTokens
    # Who else vouches for people, if anybody does.
    sign_on: SignOn | None = None


def store_of(pool: Pool, settings: Settings) -> AccountStore:
    """The accounts of a database, as the settings want them kept."""
    policy = AuditPolicy(
        kept_for=timedelta(days=31 * settings.audit_months), address=settings.audit_address
    )
    return AccountStore(pool=pool, audit=Audit(policy), limits=session_limits(settings))


@asynccontextmanager
async def people_of(
    store: AccountStore, provider: OidcClient | None = None
) -> AsyncIterator[People]:
    """Accounts for the length of a block; threads that check passwords end with it."""
    hashes = PasswordHashes()
    try:
        yield People(
            signing_in=SigningIn(store, hashes),
            directory=Directory(store, hashes),
            tokens=ApiTokens(store),
            sign_on=None if provider is None else sign_on_of(provider, store),
        )
    finally:
        hashes.close()


def sign_on_of(provider: OidcClient, store: AccountStore) -> SignOn:
    """Signing in with a provider, on the same accounts."""
    return SignOn(provider, Provider(provider), Vouching(store))
