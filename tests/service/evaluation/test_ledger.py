"""The long windows are read once and extended."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.legal_time.days import to_us
from models.readings import Window
from service.evaluation.ledger import LongLedger
from service.evaluation.ports import DeviceStatus, LatestReading, PipelineStatus
from service.evaluation.samples import Samples

pytestmark = pytest.mark.asyncio

START = datetime(2026, 1, 1, tzinfo=UTC)


class MinuteHistory:
    """A register read every minute that counts one a minute; remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[timedelta] = []

    async def samples(
        self, keys: Sequence[str], start: datetime, end: datetime, step: timedelta
    ) -> dict[str, Samples]:
        self.asked.append(end - start)
        ts = np.arange(to_us(start), to_us(end), step // timedelta(microseconds=1), dtype=np.int64)
        return {key: Samples(ts_us=ts, value=(ts - to_us(START)) / 6e7) for key in keys}

    async def latest(self) -> Mapping[str, LatestReading]:
        return {}

    async def device_statuses(self) -> Mapping[str, DeviceStatus]:
        return {}

    async def pipeline_status(self) -> PipelineStatus | None:
        return None

    async def imported_windows(self) -> Sequence[Window]:
        return []


async def test_samples_stay_in_order_over_many_refreshes_and_little_is_read_again() -> None:
    history = MinuteHistory()
    ledger = LongLedger(history, ["a"])
    now = START + timedelta(days=30)

    for minutes in range(0, 300, 7):
        samples = (await ledger.refresh(START, now + timedelta(minutes=minutes)))["a"]

        assert (np.diff(samples.ts_us) > 0).all()
        assert samples.ts_us[0] == to_us(START)
        assert to_us(now + timedelta(minutes=minutes)) - samples.ts_us[-1] <= 300_000_000

    assert sum(asked > timedelta(days=1) for asked in history.asked) == 1


async def test_a_pause_longer_than_the_overlap_leaves_no_hole() -> None:
    history = MinuteHistory()
    ledger = LongLedger(history, ["a"])
    await ledger.refresh(START, START + timedelta(days=2))

    samples = (await ledger.refresh(START, START + timedelta(days=2, hours=5)))["a"]

    assert np.diff(samples.ts_us).max() <= 3_600_000_000
