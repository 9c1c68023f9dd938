"""Work that one process does at a time, and that another takes over when it dies or freezes.

A row of the table ``lease`` has an end, by the clock of the database. The holder moves the end on
each second; when it does so no more, whoever stands by takes the row, and with it a number one
higher, the token. A holder that was frozen meanwhile does not know that it lost: what it writes
carries its token, and is refused in the same transaction (``guard``).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from service.storage.connection import Connection
from service.storage.errors import LeaseLostError, StoreUnreachableError
from service.storage.holder import holder_of_this_process, is_gone
from service.storage.line import Line
from service.storage.migrate import SchemaAtStart
from service.storage.named_sql import load_queries

log = structlog.get_logger(__name__)

_SQL = load_queries("lease.sql")

# Long enough for a machine that is busy for a moment, short enough for somebody who waits.
LEASE_S = 5.0
_RENEW_S = 1.0
# Whoever holds a lease and falls silent in a transaction keeps the others off for so long at most;
# a lock of somebody else is said, not waited for through a query that may take a minute.
HOLDER_SESSION = {"idle_in_transaction_session_timeout": "3s", "lock_timeout": "2s"}


@dataclass(slots=True)
class Held:
    """A lease that was taken. ``token`` is None while the database has not been asked yet."""

    name: str
    token: int | None

    async def guard(self, conn: Connection) -> None:
        """In a transaction: nobody takes the lease before its end.

        Raises
        ------
        LeaseLostError
            If somebody did.
        """
        if not await conn.fetchval(_SQL["guard"], self.name, self.token):
            msg = f"another process took over: {self.name}"
            raise LeaseLostError(msg)


# What is done while the lease is held, until the event is set.
Work = Callable[[Held, asyncio.Event], Awaitable[None]]


class Lease:
    """One piece of work of one site, as this process sees it."""

    def __init__(
        self,
        dsn: str,
        name: str,
        *,
        lease_s: float = LEASE_S,
        begins_without_store: bool = False,
    ) -> None:
        """``begins_without_store`` is for work that must not wait for a database that is away."""
        self._name = name
        self._lease = timedelta(seconds=lease_s)
        self._begins_without_store = begins_without_store
        self._holder = holder_of_this_process()
        self._line = Line(dsn, prepare=SchemaAtStart())

    async def hold(self, work: Work, stop: asyncio.Event) -> None:
        """Stand by, work while the lease is held, stand by again, until told to stop.

        Raises
        ------
        SchemaError
            If the tables are not those of this version.
        """
        try:
            while not stop.is_set():
                held = await self._stand_by(stop)
                if held is not None:
                    await self._work(work, held, stop)
        finally:
            await self._line.close()

    async def _stand_by(self, stop: asyncio.Event) -> Held | None:
        told: str | None = None
        while not stop.is_set():
            try:
                token, other = await self._take()
            except StoreUnreachableError as error:
                # Who has heard of another holder goes on waiting.
                if self._begins_without_store and told is None:
                    log.warning("lease_unknown", lease=self._name, error=str(error))
                    return Held(self._name, None)
                other, token, reason = "", None, str(error)
            else:
                reason = f"held by {other}"
            if token is not None:
                log.info("lease_taken", lease=self._name, token=token)
                return Held(self._name, token)
            # Once for a holder, and once for a database that is away.
            if told != other:
                log.info("standing_by", lease=self._name, reason=reason)
            told = other
            await _pause(stop)
        return None

    async def _take(self) -> tuple[int | None, str]:
        """The token, or who has the lease."""
        async with self._line.use() as conn:
            await conn.execute(_SQL["introduce"], self._name)
            token = await conn.fetchval(_SQL["take"], self._name, self._holder, self._lease)
            other = str(await conn.fetchval(_SQL["fetch_holder"], self._name))
            if token is None and is_gone(other):
                # Killed, and started again by whoever watches over it: nobody is waited for.
                await conn.execute(_SQL["release_gone"], self._name, other)
                token = await conn.fetchval(_SQL["take"], self._name, self._holder, self._lease)
            return token, other

    async def _work(self, work: Work, held: Held, stop: asyncio.Event) -> None:
        end = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            helpers = (
                tasks.create_task(self._keep(held, end), name=f"keep {self._name}"),
                tasks.create_task(_pass_on(stop, end), name=f"stop {self._name}"),
            )
            try:
                await work(held, end)
            except* LeaseLostError as group:
                log.warning("lease_lost", lease=self._name, error=str(group.exceptions[0]))
            finally:
                for helper in helpers:
                    helper.cancel()
        await self._release(held)

    async def _keep(self, held: Held, end: asyncio.Event) -> None:
        """Renew until cancelled; set ``end`` when the lease is lost.

        A database that is away is no loss: nobody else can take the lease there either.
        """
        while True:
            await asyncio.sleep(_RENEW_S)
            try:
                kept, other = await self._renew(held)
            except StoreUnreachableError:
                continue
            if not kept:
                log.warning("lease_lost", lease=self._name, holder=other)
                end.set()
                return

    async def _renew(self, held: Held) -> tuple[bool, str]:
        if held.token is None:
            held.token, other = await self._take()
            return held.token is not None, other
        async with self._line.use() as conn:
            kept = await conn.fetchval(_SQL["renew"], held.name, held.token, self._lease)
            return bool(kept), "" if kept else str(
                await conn.fetchval(_SQL["fetch_holder"], held.name)
            )

    async def _release(self, held: Held) -> None:
        """Let whoever stands by begin at once."""
        try:
            async with self._line.use() as conn:
                await conn.execute(_SQL["release"], held.name, held.token)
        except StoreUnreachableError:
            return


async def _pass_on(stop: asyncio.Event, end: asyncio.Event) -> None:
    await stop.wait()
    end.set()


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_RENEW_S):
            await stop.wait()
    except TimeoutError:
        return
