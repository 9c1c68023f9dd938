"""The binary COPY codec, against PostgreSQL itself."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.readings import ReadingBatch
from service.storage.connection import Connection
from service.storage.copy import NO_TIME, decode_rows, encode_rows, native_us, row_dtype
from service.storage.writer import copy_batch
from tests.service.storage.batches import T0_US, batch_of, batch_of_rows

HEADER = b"PGCOPY\n\xff\r\n\x00" + b"\x00" * 8
LAYOUT = row_dtype(point_id="i4", ts="i8", received_at="i8", value="f8", quality="i2", origin="i2")


@settings(deadline=None)  # the machine may be busy
@given(
    st.lists(
        st.tuples(
            st.integers(-(2**31), 2**31 - 1),
            st.integers(0, 4_000_000_000_000_000),
            st.floats(allow_nan=False),
        )
    )
)
def test_what_is_encoded_is_decoded(rows: list[tuple[int, int, float]]) -> None:
    batch = batch_of_rows(rows)
    decoded = decode_rows(HEADER + encode_rows(batch) + b"\xff\xff", LAYOUT)
    np.testing.assert_array_equal(decoded["point_id"], batch.point_id)
    np.testing.assert_array_equal(native_us(decoded["ts"]), batch.ts_us)
    np.testing.assert_array_equal(native_us(decoded["received_at"]), batch.received_us)
    np.testing.assert_array_equal(decoded["value"], batch.value)


@pytest.mark.parametrize(
    "stream",
    [b"", HEADER, HEADER + b"\x00\x01\xff\xff", b"x" * 60, HEADER[:-1] + b"\xff\xff"],
)
def test_a_stream_cut_short_is_refused(stream: bytes) -> None:
    with pytest.raises(ValueError, match=r"COPY stream|whole number"):
        decode_rows(stream, LAYOUT)


@pytest.mark.asyncio
async def test_the_server_reads_what_was_meant(conn: Connection) -> None:
    nan, inf = float("nan"), float("inf")
    batch = batch_of([1, 1, 2, 2], [T0_US, T0_US + 1, T0_US, T0_US + 1], [1.5, nan, -inf, nan])
    received_us = batch.received_us.copy()
    received_us[2:] = NO_TIME
    batch = ReadingBatch(
        point_id=batch.point_id,
        ts_us=batch.ts_us,
        received_us=received_us,
        value=batch.value,
        quality=np.array([0, 3, 1, 4], np.int16),
        origin=np.array([0, 1, 2, 3], np.int16),
    )
    assert await copy_batch(conn, batch) == 4
    rows = [tuple(row) for row in await conn.fetch("select * from reading order by 1, 2")]
    t0 = datetime(2026, 11, 20, tzinfo=UTC)
    assert rows == [
        (1, t0, t0.replace(second=1), 1.5, 0, 0),
        (1, t0.replace(microsecond=1), t0.replace(second=1, microsecond=1), None, 3, 1),
        (2, t0, None, -inf, 1, 2),
        (2, t0.replace(microsecond=1), None, None, 4, 3),
    ]
