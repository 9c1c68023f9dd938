"""Between pollers and sink: combined, ordered, bounded, nothing lost silently."""

import asyncio

import numpy as np
import pytest

from collectors.combiner import FLUSH_INTERVAL_S, FLUSH_ROWS, Combiner
from collectors.stats import CollectorStats
from models.readings import ReadingBatch
from tests.collectors.builders import Sink, until


def batch(first: int, rows: int = 10) -> ReadingBatch:
    numbers = np.arange(first, first + rows, dtype=np.int64)
    return ReadingBatch(
        point_id=np.ones(rows, np.int32),
        ts_us=numbers,
        received_us=numbers,
        value=numbers.astype(np.float64),
        quality=np.zeros(rows, np.int16),
        origin=np.zeros(rows, np.int16),
    )


@pytest.mark.asyncio
async def test_small_batches_become_one() -> None:
    sink, stats = Sink(), CollectorStats()
    combiner = Combiner(sink, stats)
    async with asyncio.TaskGroup() as group:
        group.create_task(combiner.run())
        for i in range(20):
            combiner.put(batch(10 * i))
        took_s = await until(lambda: bool(sink.batches))
        assert took_s < FLUSH_INTERVAL_S + 0.3
        combiner.close()
    assert len(sink.batches) == 1
    assert sink.all.ts_us.tolist() == list(range(200))
    assert (stats.rows_read_total, stats.rows_accepted_total, stats.rows_queued) == (200, 200, 0)


@pytest.mark.asyncio
async def test_many_rows_do_not_wait_for_the_interval_and_close_drains() -> None:
    sink, stats = Sink(), CollectorStats()
    combiner = Combiner(sink, stats)
    async with asyncio.TaskGroup() as group:
        group.create_task(combiner.run())
        for i in range(40):
            combiner.put(batch(500 * i, 500))
        combiner.close()
    assert sink.all.ts_us.tolist() == list(range(20_000))
    assert max(len(b) for b in sink.batches) <= FLUSH_ROWS


@pytest.mark.asyncio
async def test_a_failing_sink_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.combiner._RETRY_PAUSE_S", 0.02)
    sink, stats = Sink(), CollectorStats()
    sink.failures_left = 3
    combiner = Combiner(sink, stats)
    async with asyncio.TaskGroup() as group:
        group.create_task(combiner.run())
        for i in range(5):
            combiner.put(batch(10 * i))
            await asyncio.sleep(0.02)
        combiner.close()
    assert sink.all.ts_us.tolist() == list(range(50))
    assert (stats.sink_failures_total, stats.rows_dropped_total) == (3, 0)


@pytest.mark.asyncio
async def test_a_full_queue_drops_the_oldest_and_counts() -> None:
    sink, stats = Sink(), CollectorStats()
    combiner = Combiner(sink, stats, queue_rows=50)
    for i in range(8):
        combiner.put(batch(10 * i))
    combiner.close()
    await combiner.run()
    assert sink.all.ts_us.tolist() == list(range(30, 80))
    assert stats.rows_dropped_total == 30
    assert stats.rows_read_total == stats.rows_accepted_total + stats.rows_dropped_total


@pytest.mark.asyncio
async def test_a_bug_in_the_sink_ends_the_run_when_asked_to() -> None:
    sink = Sink()
    sink.failures_left = 1
    combiner = Combiner(sink, CollectorStats(), restart_on_bug=False)
    combiner.put(batch(0))
    with pytest.raises(OSError, match="disk full"):
        await combiner.run()
