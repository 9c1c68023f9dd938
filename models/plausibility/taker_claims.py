"""What a site claims to have handed to a taker in a month, beside what the taker reports."""

from collections.abc import Iterator

import numpy as np

from models.legal_time.calendar_spans import legal_month
from models.legal_time.days import day_start, legal_day, to_us
from models.metering.registers import SiteRegisters
from models.metering.tree import Meter
from models.metering.working_point import class_u
from models.plausibility.heat_taker import TakerMonth
from models.readings import Window
from models.registers.periods import Periods
from models.site.heat import HeatTaker, TakerReport
from models.site.site import Site

# A month of which a day is lost is no month to hold against a bill.
_WHOLE_RATIO = 0.99


def claimed_months(
    site: Site, taker: HeatTaker, registers: SiteRegisters, known_us: tuple[int, int]
) -> Iterator[TakerMonth]:
    """The months that a taker reported, with what the site's meter counted in them.

    Parameters
    ----------
    site : Site
        Its meters and the reports of its takers.
    taker : HeatTaker
        Whose reports.
    registers : SiteRegisters
        The registers, traced.
    known_us : tuple of int
        From when and until when readings are at hand. [us]

    Yields
    ------
    TakerMonth
        The part of the month for which the contract is in force. The claim is net of what the
        report allows to be lost on the way, and holds what was counted while the meter was silent.
        Months outside the readings, or of which a part is lost, are left out.
    """
    meter = site.tree.meters[taker.meter]
    for report in site.declared.taker_reports:
        if report.taker == taker.id:
            month = _claimed(meter, taker, report, registers, known_us)
            if month is not None:
                yield month


def _claimed(
    meter: Meter,
    taker: HeatTaker,
    report: TakerReport,
    registers: SiteRegisters,
    known_us: tuple[int, int],
) -> TakerMonth | None:
    window = _in_force(report, taker)
    start, end = to_us(window.start), to_us(window.end)
    if end <= start or start < known_us[0] or end > known_us[1]:
        return None
    period = Periods.between(np.array([start, end], dtype=np.int64))
    points = (meter.point, meter.volume_point)
    keys = tuple(key for key in points if key is not None and key in registers.traces)
    table = registers.table(period, keys)
    counts = table.joint((meter.point,))
    if float(counts.coverage_ratio[0]) < _WHOLE_RATIO:
        return None
    both = table.joint(keys) if len(keys) > 1 else None
    hours = np.asarray(counts.covered_s / 3600.0)
    arrived = 1.0 - report.line_loss_ratio
    counted = counts.total[0]
    u_kwh = float(class_u(meter.accuracy, np.abs(counted), hours, both)[0])
    return TakerMonth(
        first=legal_day(window.start),
        until=legal_day(window.end),
        claimed_kwh=arrived * float(counted[0]),
        claimed_u_kwh=arrived * u_kwh,
        taker_kwh=report.heat_kwh,
        taker_u_kwh=report.heat_kwh * report.u_ratio,
    )


def _in_force(report: TakerReport, taker: HeatTaker) -> Window:
    whole = legal_month(report.year, report.month)
    start = max(whole.start, day_start(taker.valid_from))
    end = whole.end if taker.valid_to is None else min(whole.end, day_start(taker.valid_to))
    return Window(name=whole.name, start=start, end=max(end, start))
