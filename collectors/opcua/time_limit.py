"""A time limit around calls of asyncua. Without it one answer in the last moment ends a device.

The library waits with `wait_for2`. When an answer and the end of the time meet, that raises a
kind of cancellation of its own, which `asyncio.timeout` of Python 3.11 does not take for its own:
it would pass as a wish to stop, and the task of the device would end without a word.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def time_limit(seconds: float) -> AsyncIterator[None]:
    """`TimeoutError` after so many seconds; a wish to stop from elsewhere stays one."""
    task = asyncio.current_task()
    assert task is not None
    wishes_before = task.cancelling()
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield
    except asyncio.CancelledError as exc:
        if limit.expired() and task.cancelling() <= wishes_before:
            raise TimeoutError from exc
        raise
