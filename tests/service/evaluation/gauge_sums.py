"""Totals of gauges for stores that live in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from models.readings import Window
from models.registers.gauges import HOLD_US, GaugeTotals, ValueRange, gauge_totals
from models.registers.periods import Periods
from models.registers.samples import Samples as Readings
from service.evaluation.samples import Samples
from service.evaluation.windows import GriddedWindow


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
    window = Window(name="steps", start=start, end=end)
    steps = Periods.between(GriddedWindow(window=window, step=step).edges_us())
    return {
        key: gauge_totals(
            Readings(ts_us=one.ts_us, value=one.value),
            steps,
            ranges.get(key, ()),
            hold_us=hold_us,
        )
        for key, one in readings.items()
    }
