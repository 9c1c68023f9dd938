"""A session begins, however somebody proved who they are."""

from dataclasses import dataclass, field

from service.access.visitor import Grant
from service.accounts.account import Account, Session, roles_of
from service.accounts.store import AccountStore
from service.accounts.tokens import new_secret
from service.storage import accounts, sessions, throttle, vouched
from service.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session that has just begun: its secret is for the cookie and for nothing else."""

    secret: str = field(repr=False)
    session: Session
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VouchedBy:
    """What a provider gave with a sign-in, kept as long as the session."""

    sid: str | None
    id_token: str = field(repr=False)


async def begin_session(
    store: AccountStore,
    conn: Connection,
    account: Account,
    *,
    must_change: bool | None = None,
    by: VouchedBy | None = None,
) -> SignedIn:
    """A session under a secret that nobody had before."""
    now, secret = store.clock(), new_secret()
    grants = await accounts.fetch_grants(conn, account.account_id)
    roles, limits = roles_of(grants), store.limits
    idle_ends_at, ends_at = now + limits.idle_of(roles), now + limits.absolute_of(roles)
    await sessions.open_session(conn, secret, account.account_id, now, idle_ends_at, ends_at)
    if by is not None:
        await vouched.note_vouched(conn, secret, by.sid, by.id_token)
    must = account.must_change_password if must_change is None else must_change
    session = Session(
        account_id=account.account_id,
        login=account.login,
        display_name=account.display_name,
        has_password=account.password_hash is not None,
        must_change_password=must,
        created_at=now,
        last_seen_at=now,
        idle_ends_at=min(idle_ends_at, ends_at),
        ends_at=ends_at,
    )
    return SignedIn(secret=secret, session=session, grants=() if must else grants)


async def sweep(store: AccountStore, conn: Connection) -> None:
    """What has had its time goes whenever somebody signs in: no task of its own is needed."""
    now = store.clock()
    await sessions.sweep_sessions(conn, now)
    await throttle.sweep_throttle(conn, now)
    await vouched.sweep_used(conn, now)
    await store.audit.sweep(conn, now)
