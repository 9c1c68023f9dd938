"""Rows a second of the idempotent writer, against a bare binary COPY of the same rows."""

import asyncio
import statistics
import time

import numpy as np

from models.readings import ReadingBatch
from service.storage.connection import Connection, connected
from service.storage.copy import READING_COLUMNS, copy_stream
from service.storage.writer import write_batch
from tests.bench.result import Result, result
from tests.bench.store import bench_store

_ROWS = 50_000
_POINTS = 500
_ROUNDS = 7
# Far from any real reading, so that a shared database is not disturbed.
_START_US = 4_000_000_000_000_000
_FIRST_POINT = 2_000_000_000


def _batch(number: int) -> ReadingBatch:
    rng = np.random.default_rng(number)
    ticks = _ROWS // _POINTS
    ts = _START_US + (number * ticks + np.arange(ticks, dtype=np.int64)) * 1_000_000
    ts_us = np.repeat(ts, _POINTS)
    return ReadingBatch(
        point_id=np.tile(np.arange(_POINTS, dtype=np.int32) + _FIRST_POINT, ticks),
        ts_us=ts_us,
        received_us=ts_us + 50_000,
        value=rng.normal(100.0, 10.0, _ROWS),
        quality=np.zeros(_ROWS, np.int16),
        origin=np.zeros(_ROWS, np.int16),
    )


async def _bare_copy(conn: Connection, batch: ReadingBatch) -> None:
    await conn.copy_to_table(
        "bench_bare_reading",
        source=copy_stream(batch),
        columns=list(READING_COLUMNS),
        format="binary",
    )


async def _measure() -> list[Result]:
    async with bench_store() as dsn, connected(dsn) as conn:
        await conn.execute("drop table if exists bench_bare_reading")
        await conn.execute("create table bench_bare_reading (like reading including indexes)")
        ours: list[float] = []
        bare: list[float] = []
        try:
            for number in range(_ROUNDS):
                batch = _batch(number)
                started = time.perf_counter()
                assert await write_batch(conn, batch) == _ROWS
                ours.append(_ROWS / (time.perf_counter() - started))
                started = time.perf_counter()
                await _bare_copy(conn, batch)
                bare.append(_ROWS / (time.perf_counter() - started))
        finally:
            await conn.execute("delete from reading where point_id >= $1", _FIRST_POINT)
            await conn.execute("drop table bench_bare_reading")
    median = statistics.median
    return [
        result(
            "writer",
            median(ours),
            "rows/s",
            median(bare),
            "bare binary COPY into an equal table with its key",
        )
    ]


def run() -> list[Result]:
    return asyncio.run(_measure())
