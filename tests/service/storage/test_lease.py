"""One holder at a time, by the clock of the database; who lost it can write no more."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from service.storage.connection import connected
from service.storage.errors import LeaseLostError, NotMigratedError, StoreUnreachableError
from service.storage.lease import Held, Lease

pytestmark = pytest.mark.asyncio

NAME = "evaluate some_site"
# Long enough for a busy machine to renew in, short enough to wait for.
LEASE_S = 3.0
UNREACHABLE = "postgresql://nobody@127.0.0.1:1/none"


class Worker:
    """Works while it holds the lease; says when it began and ended."""

    def __init__(self, url: str, *, begins_without_store: bool = False) -> None:
        self.held: Held | None = None
        self.began = asyncio.Event()
        self.ended = asyncio.Event()
        self.stop = asyncio.Event()
        self.failure: Exception | None = None
        self.fail = asyncio.Event()
        self._lease = Lease(url, NAME, lease_s=LEASE_S, begins_without_store=begins_without_store)
        self.task = asyncio.create_task(self._lease.hold(self._work, self.stop))

    async def _work(self, held: Held, end: asyncio.Event) -> None:
        self.held = held
        self.began.set()
        waiting = [asyncio.create_task(one.wait()) for one in (end, self.fail)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for one in waiting:
            one.cancel()
        self.ended.set()
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure

    async def finish(self) -> None:
        self.stop.set()
        async with asyncio.timeout(10):
            await self.task


@pytest_asyncio.fixture
async def url(database_url: str) -> str:
    async with connected(database_url) as conn:
        await conn.execute("delete from lease")
    return database_url


async def within(seconds: float, event: asyncio.Event) -> None:
    async with asyncio.timeout(seconds):
        await event.wait()


async def stays_unset(event: asyncio.Event, seconds: float) -> None:
    with pytest.raises(TimeoutError):
        await within(seconds, event)


async def take_by_force(url: str) -> None:
    """What a second process does when the first was frozen for longer than the lease."""
    async with connected(url) as conn:
        await conn.execute(
            "update lease set token = token + 1, holder = 'another', "
            "until = clock_timestamp() + interval '1 hour' where name = $1",
            NAME,
        )


async def test_a_second_one_stands_by_and_takes_over_when_the_first_ends(url: str) -> None:
    first = Worker(url)
    await within(5, first.began)
    second = Worker(url)
    # Longer than the lease: the first renews it.
    await stays_unset(second.began, LEASE_S + 1.5)

    await first.finish()
    # It was given back, so nobody waits for its end.
    await within(2.5, second.began)
    await second.finish()

    assert first.held is not None
    assert second.held is not None
    assert (first.held.token, second.held.token) == (1, 2)


async def test_one_that_dies_is_replaced_when_its_time_is_over(url: str) -> None:
    async with connected(url) as conn:
        await conn.execute(
            "insert into lease values ($1, 'dead', 4, now(), clock_timestamp() + interval '2 s')",
            NAME,
        )
    worker = Worker(url)
    await stays_unset(worker.began, 1.0)
    await within(4, worker.began)
    await worker.finish()
    assert worker.held is not None
    assert worker.held.token == 5


async def test_who_lost_it_is_told_and_can_write_no_more(url: str) -> None:
    worker = Worker(url)
    await within(5, worker.began)
    held = worker.held
    assert held is not None
    async with connected(url) as conn:
        async with conn.transaction():
            await held.guard(conn)
        await take_by_force(url)
        with pytest.raises(LeaseLostError, match=NAME):
            async with conn.transaction():
                await held.guard(conn)

    await within(5, worker.ended)
    await worker.finish()


async def test_work_that_finds_out_by_itself_stands_by_again(url: str) -> None:
    worker = Worker(url)
    await within(5, worker.began)
    worker.began.clear()
    worker.failure = LeaseLostError("another process took over")
    worker.fail.set()
    await within(5, worker.ended)
    worker.fail.clear()
    await within(5, worker.began)
    await worker.finish()


async def test_nobody_takes_over_in_the_middle_of_a_write(url: str) -> None:
    async with connected(url) as writer, connected(url) as conn:
        await conn.execute(
            "insert into lease values ($1, 'slow', 1, now(), clock_timestamp())", NAME
        )
        async with writer.transaction():
            await Held(NAME, 1).guard(writer)
            second = Worker(url)
            # Its time is over, but what it writes is not.
            await stays_unset(second.began, 1.5)
            # Its own renewal passes meanwhile.
            renewed = "update lease set until = clock_timestamp() where token = 1"
            await conn.execute(renewed, timeout=1)
        await within(4, second.began)
        await second.finish()


async def test_many_at_once_are_one(url: str) -> None:
    workers = [Worker(url) for _ in range(5)]
    await asyncio.sleep(2.0)
    assert sum(one.began.is_set() for one in workers) == 1
    for one in workers:
        one.stop.set()
    for one in workers:
        await one.finish()


async def test_who_must_not_wait_begins_without_the_store_and_others_do_not() -> None:
    eager = Worker(UNREACHABLE, begins_without_store=True)
    await within(5, eager.began)
    assert eager.held == Held(NAME, None)
    await eager.finish()
    patient = Worker(UNREACHABLE)
    await stays_unset(patient.began, 1.5)
    await patient.finish()


async def test_what_began_without_the_store_ends_when_somebody_else_has_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(url) as conn:
        await conn.execute(
            "insert into lease values ($1, 'other', 1, now(), clock_timestamp() + '1 hour')", NAME
        )
    answers = _away_once(Lease._take)
    monkeypatch.setattr(Lease, "_take", answers)
    worker = Worker(url, begins_without_store=True)
    await within(5, worker.began)
    await within(5, worker.ended)
    await worker.finish()


def _away_once(take: Callable[[Lease], Awaitable[Any]]) -> Callable[[Lease], Awaitable[Any]]:
    asked = 0

    async def answer(lease: Lease) -> Any:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise StoreUnreachableError("away")
        return await take(lease)

    return answer


async def test_a_database_that_is_not_migrated_is_refused(empty_url: str) -> None:
    worker = Worker(empty_url)
    with pytest.raises(NotMigratedError):
        await asyncio.wait_for(worker.task, 5)
