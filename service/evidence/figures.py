"""What a pack shows of its samples: roll-ups by legal day, breaks of registers."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from models.legal_time.days import day_edges_us, legal_day, whole_days
from models.metering.tree import Meter
from models.readings import FloatArray, Window
from models.series import trace_counter
from service.evaluation.gauges import increments
from service.evaluation.samples import (
    NO_SAMPLES,
    Samples,
    SamplesByKey,
    grid_levels,
    registers_of,
)
from service.evidence.canonical import Json

_HOUR_US: Final = 3_600_000_000


def daily_rollups(
    meters: Iterable[Meter], samples: SamplesByKey, start: datetime, end: datetime
) -> dict[str, Json]:
    """What each meter counted in each whole legal day, over its known hours, and their share."""
    days = whole_days(Window(name="rollups", start=start, end=end))
    first = days[0] if days else legal_day(start)
    found: dict[str, Json] = {}
    for meter in dict.fromkeys(meters):
        sums = [_day(meter, samples, day) for day in days]
        found[meter.id] = {
            "register": meter.point,
            "first_day": first.isoformat(),
            "increment": [counted for counted, _ in sums],
            "coverage_ratio": [share for _, share in sums],
        }
    return found


def _day(meter: Meter, samples: SamplesByKey, day: date) -> tuple[float | None, float]:
    start, end = day_edges_us(day, day + timedelta(days=1)).tolist()
    around = _around(samples.get(meter.point, NO_SAMPLES), start, end)
    edges = np.arange(start, end + 1, _HOUR_US, dtype=np.int64)
    counted: FloatArray = increments(
        grid_levels(registers_of((meter,))[:1], {meter.point: around}, edges)
    )[0]
    known = np.isfinite(counted)
    return (float(counted[known].sum()) if known.any() else None), float(known.mean())


def _around(samples: Samples, start_us: int, end_us: int) -> Samples:
    """The samples of a day and a few on either side: what a level at its edges needs."""
    low = max(int(np.searchsorted(samples.ts_us, start_us)) - 3, 0)
    high = int(np.searchsorted(samples.ts_us, end_us, side="right")) + 3
    return Samples(ts_us=samples.ts_us[low:high], value=samples.value[low:high])


def breaks(meters: Iterable[Meter], samples: SamplesByKey) -> dict[str, Json]:
    """Where each register did not go on: replaced, reset, or faster than it can be."""
    found: dict[str, Json] = {}
    for meter in dict.fromkeys(meters):
        have = samples.get(meter.point, NO_SAMPLES)
        trace = trace_counter(
            have.ts_us, have.value, modulus=meter.modulus, max_rate_per_h=meter.max_rate_per_h
        )
        at = np.flatnonzero(np.diff(trace.segment)) + 1
        if len(at):
            found[meter.id] = [{"ts_us": int(trace.ts_us[n])} for n in at]
    return found
