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
        """Make batches durable in one commit."""
        await self._run(lambda: self._spool.append(batches))

    async def oldest(self, max_rows: int) -> list[SpoolEntry]:
        """The oldest batches, together at most ``max_rows`` readings but at least one batch."""
        return await self._run(lambda: self._spool.oldest(max_rows))

    async def remove(self, ids: Sequence[int]) -> None:
        """Forget entries that are in the database now."""
        await self._run(lambda: self._spool.remove(ids))

    async def set_aside(self, entry_id: int, reason: str) -> None:
        """Move an entry to the dead letters."""
        await self._run(lambda: self._spool.set_aside(entry_id, reason))

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
