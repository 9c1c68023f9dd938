"""What a site claims to have handed to a taker in a month, beside what the taker reports."""

import numpy as np

from models.legal_time.calendar_spans import legal_month
from models.legal_time.days import day_start, legal_day, to_us
from models.metering.tree import Meter
from models.metering.uncertainty import (
    Accuracy,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
    electricity_u_ratio,
    heat_u_ratio,
)
from models.plausibility.heat_taker import TakerMonth
from models.readings import IntArray, Window
from models.series import JointTotals, joint_totals
from models.site.heat import HeatTaker, TakerReport
from service.evaluation.samples import SamplesByKey, grid_levels, registers_of

_HOUR_US = 3_600_000_000
# A heat meter's class error at a usual difference and flow, where its registers do not tell.
_USUAL_DROP_K, _USUAL_FLOW_RATIO = 8.0, 0.6
# Heat of a cubic metre of water per kelvin, rounded: only the working point is found with it.
_KWH_PER_M3_K = 1.16


def claimed_heat(
    meter: Meter, taker: HeatTaker, report: TakerReport, samples: SamplesByKey, known_us: IntArray
) -> TakerMonth | None:
    """The month of a report, net of the line's losses; None outside the contract or the samples.

    Only whole months are compared, the part of them for which the contract is in force. What
    the register counted while it was silent is part of the claim.
    """
    window = _in_force(report, taker)
    start, end = to_us(window.start), to_us(window.end)
    if end <= start or start < known_us[0] or end > known_us[-1]:
        return None
    registers = registers_of((meter,))
    grid = grid_levels(registers, samples, np.arange(start, end + 1, _HOUR_US, dtype=np.int64))
    totals = joint_totals(grid)
    if totals.covered_s <= 0.0:
        return None
    arrived = 1.0 - report.line_loss_ratio
    claimed = arrived * float(totals.total[0])
    return TakerMonth(
        first=legal_day(window.start),
        until=legal_day(window.end),
        claimed_kwh=claimed,
        claimed_u_kwh=abs(claimed) * _u_of_month(meter, totals),
        taker_kwh=report.heat_kwh,
        taker_u_kwh=report.heat_kwh * report.u_ratio,
    )


def meter_u_ratio(accuracy: Accuracy) -> float:
    """Relative standard uncertainty of a meter by its class, at a usual working point."""
    match accuracy:
        case ElectricityAccuracy():
            return electricity_u_ratio(accuracy)
        case VolumeAccuracy():
            return float(accuracy.mpe_ratio / np.sqrt(3.0))
        case HeatAccuracy():
            return heat_u_ratio(accuracy, _USUAL_DROP_K, _USUAL_FLOW_RATIO * accuracy.qp_m3_per_h)


def _in_force(report: TakerReport, taker: HeatTaker) -> Window:
    whole = legal_month(report.year, report.month)
    start = max(whole.start, day_start(taker.valid_from))
    end = whole.end if taker.valid_to is None else min(whole.end, day_start(taker.valid_to))
    return Window(name=whole.name, start=start, end=max(end, start))


def _u_of_month(meter: Meter, totals: JointTotals) -> float:
    """Of a heat meter at the month's mean flow and difference, else by its class."""
    accuracy = meter.accuracy
    usual = meter_u_ratio(accuracy)
    if not isinstance(accuracy, HeatAccuracy) or len(totals.total) < 2:
        return usual
    heat, volume = (float(one) for one in totals.total[:2])
    if not (heat > 0.0 and volume > 0.0):
        return usual
    drop_k = heat / (_KWH_PER_M3_K * volume)
    found = heat_u_ratio(accuracy, drop_k, volume / (totals.covered_s / 3600.0))
    return max(usual, found) if np.isfinite(found) else usual
