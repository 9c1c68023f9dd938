"""The time limit of OPC UA calls, where an answer meets the end of the time."""

import asyncio

import pytest

from collectors.opcua.time_limit import time_limit

pytestmark = pytest.mark.asyncio


class CancelledWithAnswerError(asyncio.CancelledError):
    """As the library raises it."""


async def answered_in_the_last_moment() -> None:
    """What the library does when its wait is cancelled and the answer is there."""
    try:
        await asyncio.sleep(10.0)
    except asyncio.CancelledError as exc:
        raise CancelledWithAnswerError from exc


async def test_an_answer_in_the_last_moment_is_a_timeout() -> None:
    with pytest.raises(TimeoutError):
        async with time_limit(0.01):
            await answered_in_the_last_moment()


async def test_a_wish_to_stop_stays_one() -> None:
    async def limited() -> None:
        async with time_limit(10.0):
            await answered_in_the_last_moment()

    task = asyncio.create_task(limited())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_wish_to_stop_at_the_end_of_the_time_stays_one() -> None:
    async def limited() -> None:
        async with time_limit(0.01):
            try:
                await asyncio.sleep(10.0)
            except asyncio.CancelledError:
                task.cancel()
                raise

    task = asyncio.create_task(limited())
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_the_call_is_passed_on() -> None:
    with pytest.raises(OSError, match="gone"):
        async with time_limit(10.0):
            raise OSError("gone")
