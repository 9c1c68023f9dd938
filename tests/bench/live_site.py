"""``boucle serve`` as a process of its own, on a database in which a snapshot moves each second."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from service.access.roles import ACTIONS, Role
from service.access.visitor import Grant
from service.accounts.account import Actor
from service.accounts.api_tokens import ApiTokens, TokenScope
from service.accounts.directory import Directory, NewAccount
from service.accounts.hashing import PasswordHashes
from service.accounts.signing_in import SigningIn
from service.accounts.store import AccountStore
from service.evaluation.ports import StoreAway
from service.live.snapshot import LiveSnapshot
from service.storage.audit import Audit, AuditPolicy
from service.storage.connection import open_pool
from service.storage.lease import Held, Lease
from service.storage.snapshots import SnapshotWriter
from tests.bench.asking import Asker
from tests.bench.snapshot import larger_snapshot
from tests.service.pages.sample_snapshot import sample_site, sample_snapshot
from tests.service.served_process import ServeProcess, serve_process

SITE_ID = sample_site().identity.id
API = f"/api/v1/sites/{SITE_ID}"
_FILES = (16_384, 16_384)
_START_S = 60.0
# Every client of a benchmark is at one address.
_WITHOUT_LIMITS = {"BOUCLE_REQUESTS_PER_MINUTE": "0", "BOUCLE_STREAMS_PER_ADDRESS": "0"}
_PASSWORD = "three quiet herons at noon"
_BY = Actor(name="bench")
_ROLES = (Role.OPERATOR, Role.ADMINISTRATOR)


@asynccontextmanager
async def live_site(
    dsn: str, folder: Path, times: int = 1, **environ: str
) -> AsyncIterator[ServeProcess]:
    """A server that shows the shipped site, so many times as large, as it moves each second."""
    stop = asyncio.Event()

    async def work(held: Held, end: asyncio.Event) -> None:
        writer = SnapshotWriter(dsn, SITE_ID, held)
        for snapshot in _moving(times):
            if end.is_set() or stop.is_set():
                break
            # As the evaluation: what cannot be written is written with the next one.
            with suppress(StoreAway):
                await writer.publish(snapshot)
            await asyncio.sleep(1.0)
        await writer.close()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Lease(dsn, f"evaluate {SITE_ID}").hold(work, stop))
        try:
            own = {"BOUCLE_DATABASE_URL": dsn, **_WITHOUT_LIMITS, **environ}
            with serve_process(folder, _FILES, **own) as served:
                await _shown(served.port)
                yield served
        finally:
            stop.set()


def _moving(times: int) -> Iterator[LiveSnapshot]:
    """Every reading is another one each second, as at a site that is polled as often."""
    made = [larger_snapshot(sample_snapshot(step=step, healthy=True), times) for step in range(4)]
    return (replace(one, taken_at=datetime.now(UTC)) for one in itertools.cycle(made))


async def _shown(port: int) -> None:
    asker = Asker(port)
    async with asyncio.timeout(_START_S):
        while (await asker.get(f"{API}/flow")).status != 200:
            await asyncio.sleep(0.2)
    asker.close()


@asynccontextmanager
async def _bench_account(dsn: str) -> AsyncIterator[tuple[AccountStore, str, UUID]]:
    """A new account that may read everything."""
    hashes = PasswordHashes()
    try:
        async with open_pool(dsn) as pool:
            store = AccountStore(pool=pool, audit=Audit(AuditPolicy()))
            login = f"bench-{datetime.now(UTC):%H%M%S%f}"
            new = NewAccount(
                login=login,
                display_name="Bench",
                password=_PASSWORD,
                must_change_password=False,
                grants=tuple(Grant(role=one) for one in _ROLES),
            )
            yield store, login, await Directory(store, hashes).add(_BY, new)
    finally:
        hashes.close()


async def new_tokens(dsn: str, count: int) -> list[str]:
    """The headers of so many programs."""
    may = frozenset(action for role in _ROLES for action in ACTIONS[role])
    scope = TokenScope(name="bench", actions=may, sites=None, lasts=timedelta(days=1))
    async with _bench_account(dsn) as (store, _, account):
        tokens = ApiTokens(store)
        made = [await tokens.create(_BY, account, scope) for _ in range(count)]
    return [f"Bearer {text}" for text, _ in made]


async def new_session(dsn: str) -> str:
    """The cookie of somebody who signed in."""
    async with _bench_account(dsn) as (store, login, _):
        hashes = PasswordHashes()
        begun = await SigningIn(store, hashes).sign_in(login, _PASSWORD, None)
        hashes.close()
    return f"boucle={begun.secret}"
