"""Between many pollers and one sink: few large batches, a bounded queue, counted losses."""

import asyncio
from collections import deque
from typing import Final

import structlog

from collectors.ports import ReadingSink
from collectors.stats import CollectorStats
from models.readings import ReadingBatch

FLUSH_ROWS: Final = 5_000
FLUSH_INTERVAL_S: Final = 0.25
# Ten minutes of a thousand readings per second, about 30 MB.
QUEUE_ROWS: Final = 600_000
_ACCEPT_TIMEOUT_S: Final = 30.0
_RETRY_PAUSE_S: Final = 1.0

_log = structlog.get_logger()


class Combiner:
    """Collects batches and hands them on in order.

    ``put`` never waits: pollers do not know that a database exists. While the sink fails,
    rows wait here; when the queue is full the oldest are dropped and counted.
    """

    def __init__(
        self,
        sink: ReadingSink,
        stats: CollectorStats,
        *,
        restart_on_bug: bool = True,
        queue_rows: int = QUEUE_ROWS,
    ) -> None:
        """``restart_on_bug`` keeps going when the sink raises; tests turn it off."""
        self._sink = sink
        self._stats = stats
        self._restart_on_bug = restart_on_bug
        self._queue_rows = queue_rows
        self._queue: deque[ReadingBatch] = deque()
        self._enough = asyncio.Event()
        self._is_closing = False
        self._is_sink_failing = False

    def put(self, batch: ReadingBatch) -> None:
        """Queue a batch."""
        if not len(batch):
            return
        self._queue.append(batch)
        self._stats.rows_read_total += len(batch)
        self._stats.rows_queued += len(batch)
        while self._queue and self._stats.rows_queued > self._queue_rows:
            self._drop_oldest()
        if self._stats.rows_queued >= FLUSH_ROWS:
            self._enough.set()

    def close(self) -> None:
        """Nothing more will come: let `run` end once the queue is empty."""
        self._is_closing = True
        self._enough.set()

    async def run(self) -> None:
        """Flush until closed and empty."""
        while not (self._is_closing and not self._queue):
            await self._pause()
            while self._queue:
                await self._flush()

    async def _pause(self) -> None:
        """Wait for enough rows or the flush interval, whichever is first."""
        try:
            async with asyncio.timeout(FLUSH_INTERVAL_S):
                await self._enough.wait()
        except TimeoutError:
            pass
        if not self._is_closing:
            self._enough.clear()

    async def _flush(self) -> None:
        """Hand over up to one flush of rows; they leave the queue only when accepted."""
        taken = self._take()
        batch = ReadingBatch.concat(taken)
        try:
            async with asyncio.timeout(_ACCEPT_TIMEOUT_S):
                await self._sink.accept(batch)
        except Exception as exc:
            self._put_back(taken)
            if not self._restart_on_bug:
                raise
            self._note_failure(exc)
            await asyncio.sleep(_RETRY_PAUSE_S)
            return
        except asyncio.CancelledError:
            self._put_back(taken)
            raise
        self._stats.rows_accepted_total += len(batch)
        self._stats.batches_accepted_total += 1
        self._stats.rows_queued -= len(batch)
        if self._is_sink_failing:
            self._is_sink_failing = False
            _log.info("sink_recovered", queued_rows=self._stats.rows_queued)

    def _take(self) -> list[ReadingBatch]:
        taken = [self._queue.popleft()]
        rows = len(taken[0])
        while self._queue and rows + len(self._queue[0]) <= FLUSH_ROWS:
            taken.append(self._queue.popleft())
            rows += len(taken[-1])
        return taken

    def _put_back(self, taken: list[ReadingBatch]) -> None:
        self._queue.extendleft(reversed(taken))

    def _drop_oldest(self) -> None:
        if not self._stats.rows_dropped_total:
            _log.error("readings_dropped", queued_rows=self._stats.rows_queued)
        rows = len(self._queue.popleft())
        self._stats.rows_dropped_total += rows
        self._stats.rows_queued -= rows

    def _note_failure(self, exc: Exception) -> None:
        self._stats.sink_failures_total += 1
        if not self._is_sink_failing:
            self._is_sink_failing = True
            _log.error(
                "sink_failed",
                error=str(exc) or type(exc).__name__,
                queued_rows=self._stats.rows_queued,
                exc_info=exc,
            )
