"""What is read of the newest seconds: a register is seen to stand from its first same reading."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.kpi.wanted import WantedPoints
from models.legal_time.days import to_us
from models.readings import IntArray
from models.registers.gauges import GaugeTotals, ValueRange
from models.registers.samples import Samples
from models.registers.standstill import stands_from_us
from service.evaluation.periods import Grain, settled_end, windows_of
from service.evaluation.reader import SiteReader
from tests.service.evaluation.test_caches import MinuteHistory

pytestmark = pytest.mark.asyncio

NOW = datetime(2026, 3, 1, 12, 0, 9, tzinfo=UTC)
WANTED = WantedPoints(
    meters=("m",), registers=("m.energy",), powers={"m.energy": "m.power"}, gauges={}, levels=()
)


def first_and_last(ts_us: IntArray, step_us: int) -> IntArray:
    """The first and last instant of each step, as the store thins readings."""
    step = ts_us // step_us
    edge = np.concatenate([[True], step[1:] != step[:-1]])
    return np.unique(np.concatenate([ts_us[edge], ts_us[np.roll(edge, -1)]]))


class PolledHistory(MinuteHistory):
    """Everything read every two seconds up to now; what counts stands since ``stands_since``."""

    def __init__(self, stands_since: datetime) -> None:
        super().__init__()
        self.stands_since = stands_since

    async def samples(
        self, keys: Sequence[str], start: datetime, end: datetime, step: timedelta
    ) -> dict[str, Samples]:
        every = np.arange(to_us(start), min(to_us(end), to_us(NOW)), 1_000_000, dtype=np.int64)
        ts_us = first_and_last(every[every % 2_000_000 == 0], step // timedelta(microseconds=1))
        value = np.minimum(ts_us, to_us(self.stands_since)) / 1e6
        return {key: Samples(ts_us=ts_us, value=value) for key in keys}

    async def gauges(
        self,
        keys: Sequence[str],
        start: datetime,
        end: datetime,
        step: timedelta,
        ranges: Mapping[str, Sequence[ValueRange]],
    ) -> dict[str, GaugeTotals]:
        return {}


@pytest.mark.parametrize("seconds_ago", range(5, 25))
async def test_a_register_stands_from_the_first_reading_that_repeats(seconds_ago: int) -> None:
    stands_since = NOW - timedelta(seconds=seconds_ago)
    reader = SiteReader(PolledHistory(stands_since), WANTED)

    read = await reader.quarter(windows_of(Grain.QUARTER, settled_end(NOW)))

    samples = read.registers["m.energy"]
    assert (np.diff(samples.ts_us) > 0).all()
    seen_us = stands_from_us(samples, 2_000_000)
    assert seen_us is not None
    late_us = seen_us - to_us(stands_since)
    # The window ends up to 18 s ago; what stood before it stood for long.
    assert 0 <= late_us <= (2_000_000 if seconds_ago < 18 else 10_000_000)


async def test_the_levels_at_the_edges_of_the_window_are_between_neighbouring_readings() -> None:
    reader = SiteReader(PolledHistory(NOW), WANTED)
    (window,) = windows_of(Grain.QUARTER, settled_end(NOW))

    ts_us = (await reader.quarter((window,))).registers["m.energy"].ts_us

    for edge in (window.start, window.end):
        after = int(np.searchsorted(ts_us, to_us(edge)))
        assert ts_us[after] - ts_us[after - 1] == 2_000_000
