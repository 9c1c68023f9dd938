"""What a pack shows of its readings: roll-ups by legal day, breaks of registers."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import numpy as np

from models.legal_time.days import day_edges_us, legal_day, whole_days
from models.metering.registers import SiteRegisters
from models.metering.tree import Meter
from models.readings import Window
from models.registers.periods import Cause, Periods
from service.evidence.canonical import Json

_CAUSES = {Cause.BREAK: "break", Cause.FROZEN: "frozen"}


def daily_rollups(
    meters: Iterable[Meter], registers: SiteRegisters, start: datetime, end: datetime
) -> dict[str, Json]:
    """What each meter counted in each whole legal day, over its known time, and its share."""
    days = whole_days(Window(name="rollups", start=start, end=end))
    first = days[0] if days else legal_day(start)
    edges = day_edges_us(first, days[-1] + timedelta(days=1)) if days else np.zeros(1, np.int64)
    table = registers.table(Periods.between(edges))
    found: dict[str, Json] = {}
    for meter in dict.fromkeys(meters):
        counts = table.joint((meter.point,))
        share = counts.coverage_ratio.tolist()
        found[meter.id] = {
            "register": meter.point,
            "first_day": first.isoformat(),
            "increment": [
                float(counted) if known > 0.0 else None
                for counted, known in zip(counts.total[0], share, strict=True)
            ],
            "coverage_ratio": share,
        }
    return found


def breaks(meters: Iterable[Meter], registers: SiteRegisters) -> dict[str, Json]:
    """Where each register did not go on, or stood still for good, and why."""
    found: dict[str, Json] = {}
    for meter in dict.fromkeys(meters):
        lost = registers.traces[meter.point].lost
        if lost:
            found[meter.id] = [
                {"from_us": one.start_us, "to_us": one.end_us, "cause": _CAUSES[one.cause]}
                for one in lost
            ]
    return found
