"""Totals of gauges for stores that live in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from models.legal_time.days import to_us
from models.registers.gauges import GaugeTotals, ValueRange, gauge_totals
from models.registers.holding import HOLD_US
from models.registers.periods import Periods
from models.registers.samples import Samples


def sums_of(
    readings: Mapping[str, Samples],
    start: datetime,
    end: datetime,
    step: timedelta,
    ranges: Mapping[str, Sequence[ValueRange]],
    *,
    hold_us: int = HOLD_US,
) -> dict[str, GaugeTotals]:
    """What the store would sum from these readings."""
    first, last, step_us = to_us(start), to_us(end), step // timedelta(microseconds=1)
    inner = np.arange(-(-first // step_us) * step_us, last, step_us, dtype=np.int64)
    steps = Periods.between(np.unique(np.concatenate([[first], inner, [last]])))
    return {
        key: gauge_totals(
            one,
            steps,
            ranges.get(key, ()),
            hold_us=hold_us,
        )
        for key, one in readings.items()
    }
