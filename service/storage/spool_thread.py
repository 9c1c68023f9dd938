"""The spool behind one worker thread: a disk that syncs slowly must not stop the event loop."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from service.storage.packed_batch import PackedBatch
from service.storage.spool import Spool, SpoolEntry, SpoolState

_T = TypeVar("_T")


class SpoolThread:
    """Owns a spool and its thread; operations run one after the other."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spool")
        self.state: SpoolState = spool.state()

    async def append(self, batches: Sequence[PackedBatch]) -> None:
        """Make batches durable in one sync."""
        await self._run(lambda: self._spool.append(batches))

    async def oldest(self, max_rows: int) -> list[SpoolEntry]:
        """The oldest entries, together at most ``max_rows`` readings but at least one entry."""
        return await self._run(lambda: self._spool.oldest(max_rows))

    async def remove_through(self, entry: SpoolEntry) -> None:
        """Forget an entry that is in the database now, and all before it."""
        await self._run(lambda: self._spool.remove_through(entry))

    async def set_aside(self, entry: SpoolEntry, reason: str) -> None:
        """Move the oldest entry to the dead letters."""
        await self._run(lambda: self._spool.set_aside(entry, reason))

    def close(self) -> None:
        """Finish the operation under way and release the file. Blocks for that long."""
        self._executor.submit(self._spool.close)
        self._executor.shutdown(wait=True)

    async def _run(self, work: Callable[[], _T]) -> _T:
        def work_and_count() -> tuple[_T, SpoolState]:
            return work(), self._spool.state()

        loop = asyncio.get_running_loop()
        result, self.state = await loop.run_in_executor(self._executor, work_and_count)
        return result
