"""Totals of some meters by day with their uncertainties, and ratios of their sums."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from models.daily.scan import BoolArray
from models.daily.totals import JointDayTotals
from models.kpi.metered import WATER_KWH_PER_M3_K, RatioKpi
from models.kpi.result import Withheld
from models.metering.tree import Meter, SignedMeters
from models.metering.uncertainty import (
    COVERAGE_FACTOR,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
    electricity_u_ratio,
    heat_u_ratio,
    heat_u_ratios,
)
from models.readings import FloatArray, IntArray

_SQRT3 = sqrt(3.0)
_SQRT6 = sqrt(6.0)

# The order of the codes in DayKpi.withheld; -1 stands for a value that is shown.
WITHHELD = tuple(Withheld)
SHOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredDays:
    """:class:`models.kpi.metered.MeteredTotals` of every day.

    ``total``, ``u`` and ``below_dt_min`` have shape (m, d), the ratios (d,). ``common_ratio``,
    shape (g, m), holds the relative standard uncertainty of each shared error for each meter.
    """

    meters: tuple[str, ...]
    total: FloatArray
    u: FloatArray
    common_ratio: FloatArray
    below_dt_min: BoolArray
    covered_s: FloatArray
    coverage_ratio: FloatArray
    bridged_ratio: FloatArray

    def weights(self, sum_: SignedMeters) -> FloatArray:
        """The sum as weights over ``meters``."""
        return sum_.weights(self.meters)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayKpi:
    """One KPI by day; every array has shape (d,).

    ``value`` is NaN where withheld, and ``withheld`` says why: an index into ``WITHHELD``, or
    ``SHOWN``. ``expanded_uncertainty`` is absolute at k = 2, NaN where it is not known.
    ``meters_u`` and ``common_u`` are the standard uncertainties it is made of.
    """

    kpi: str
    unit: str
    value: FloatArray
    expanded_uncertainty: FloatArray
    meters_u: FloatArray
    common_u: FloatArray
    coverage_ratio: FloatArray
    bridged_ratio: FloatArray
    below_dt_min: BoolArray
    withheld: IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Fraction:
    """Top and bottom of a KPI by day, as weights over the meters.

    ``fixed_bottom``, shape (d,), is added to the bottom and exact. ``further_u``, shape (d,), is
    the standard uncertainty of the top that is not the meters'.
    """

    top: FloatArray
    bottom: FloatArray
    fixed_bottom: FloatArray | float = 0.0
    further_u: FloatArray | float = 0.0


def metered_days(
    meters: tuple[Meter, ...], volumes: Mapping[str, int], joint: JointDayTotals
) -> MeteredDays:
    """Attach uncertainties to joint totals by day.

    Parameters
    ----------
    meters : tuple of Meter
        The meters, in the order of ``joint.total``; volume registers stand after them.
    volumes : mapping of meter id to row
        Row of ``joint.total`` that holds the volume of a heat meter. [m3]
    joint : JointDayTotals
        What was counted.

    Returns
    -------
    MeteredDays
        Day for day what :func:`models.kpi.metered.metered_totals` gives.
    """
    total = joint.total[: len(meters)]
    volume = [joint.total[volumes[m.id]] if m.id in volumes else None for m in meters]
    u = np.empty_like(total)
    below = np.zeros(total.shape, dtype=bool)
    for row, meter in enumerate(meters):
        class_u = _class_u(meter, np.abs(total[row]), joint.covered_s, volume[row])
        u[row] = np.hypot(class_u, meter.resolution / _SQRT6)
        of_volume = volume[row]
        if of_volume is not None and isinstance(meter.accuracy, HeatAccuracy):
            least_kwh = of_volume * WATER_KWH_PER_M3_K * meter.accuracy.dt_min_k
            below[row] = (of_volume > 0.0) & (total[row] < least_kwh)
    return MeteredDays(
        meters=tuple(meter.id for meter in meters),
        total=total,
        u=u,
        common_ratio=_common_ratio(meters),
        below_dt_min=below,
        covered_s=joint.covered_s,
        coverage_ratio=joint.coverage_ratio,
        bridged_ratio=joint.bridged_ratio,
    )


def _class_u(
    meter: Meter, total: FloatArray, covered_s: FloatArray, volume_m3: FloatArray | None
) -> FloatArray:
    match meter.accuracy:
        case ElectricityAccuracy():
            return total * electricity_u_ratio(meter.accuracy)
        case VolumeAccuracy():
            return total * _volume_u_ratios(meter.accuracy, total, covered_s)
        case HeatAccuracy():
            ratio = _heat_u_ratios(meter.accuracy, total, covered_s, volume_m3)
            return np.where(total == 0.0, 0.0, total * ratio)


def _volume_u_ratios(
    accuracy: VolumeAccuracy, total_m3: FloatArray, covered_s: FloatArray
) -> FloatArray | float:
    if accuracy.q2_m3_per_h is None:
        return accuracy.mpe_ratio / _SQRT3
    low = total_m3 * 3600.0 < accuracy.q2_m3_per_h * covered_s
    low |= covered_s <= 0.0
    return np.where(low, accuracy.low_mpe_ratio, accuracy.mpe_ratio) / _SQRT3


def _heat_u_ratios(
    accuracy: HeatAccuracy,
    total_kwh: FloatArray,
    covered_s: FloatArray,
    volume_m3: FloatArray | None,
) -> FloatArray:
    worst = heat_u_ratio(accuracy, accuracy.dt_min_k, accuracy.qp_m3_per_h)
    if volume_m3 is None:
        return np.full(len(total_kwh), worst)
    known = (volume_m3 > 0.0) & (covered_s > 0.0)
    cubic = np.where(known, volume_m3, 1.0)
    seconds = np.where(known, covered_s, 1.0)
    ratio = heat_u_ratios(
        accuracy, total_kwh / (cubic * WATER_KWH_PER_M3_K), cubic * 3600.0 / seconds
    )
    return np.where(known, ratio, worst)


def _common_ratio(meters: tuple[Meter, ...]) -> FloatArray:
    names = dict.fromkeys(error.name for meter in meters for error in meter.common_errors)
    row_of = {name: row for row, name in enumerate(names)}
    ratio = np.zeros((len(names), len(meters)))
    for column, meter in enumerate(meters):
        for error in meter.common_errors:
            ratio[row_of[error.name], column] = error.mpe_ratio / _SQRT3
    return ratio


def fraction_by_day(spec: RatioKpi, days: MeteredDays, fraction: Fraction) -> DayKpi:
    """Ratio of two sums by day; the vectorised :func:`models.kpi.metered.ratio_result`.

    Parameters
    ----------
    spec : RatioKpi
        Name, unit, scale, bounds and minimum coverage.
    days : MeteredDays
        Totals of the KPI's own meters.
    fraction : Fraction
        What stands above and below.

    Returns
    -------
    DayKpi
        Withheld on the days, and for the reasons, that the scalar function names.

    Notes
    -----
    R = (a.x) / (b.x + c), dR/dx_i = (a_i - R b_i) / (b.x + c); the variances of the meters' own
    errors add up, each shared error is summed with its sign first (JCGM 100:2008, F.1.2.3).
    """
    top = fraction.top @ days.total
    bottom = fraction.bottom @ days.total + fraction.fixed_bottom
    divided = bottom > 0.0
    divisor = np.where(divided, bottom, 1.0)
    ratio = top / divisor
    slope = fraction.top[:, None] - ratio * fraction.bottom[:, None]
    unit = spec.scale / divisor
    own = np.sqrt(np.square(slope * days.u).sum(axis=0)) * unit
    own = np.hypot(own, fraction.further_u * unit)
    shared = np.sqrt(np.square(days.common_ratio @ (slope * days.total)).sum(axis=0)) * unit
    used = (fraction.top != 0.0) | (fraction.bottom != 0.0)
    value = ratio * spec.scale
    expanded = COVERAGE_FACTOR * np.hypot(own, shared)
    withheld = _withheld(spec, days.coverage_ratio, divided, value, expanded)
    shown = withheld == SHOWN
    return DayKpi(
        kpi=spec.kpi,
        unit=spec.unit,
        value=np.where(shown, value, np.nan),
        expanded_uncertainty=np.where(shown, expanded, np.nan),
        meters_u=np.where(shown, own, np.nan),
        common_u=np.where(shown, shared, np.nan),
        coverage_ratio=days.coverage_ratio,
        bridged_ratio=days.bridged_ratio,
        below_dt_min=days.below_dt_min[used].any(axis=0),
        withheld=withheld,
    )


def _withheld(
    spec: RatioKpi,
    coverage_ratio: FloatArray,
    divided: BoolArray,
    value: FloatArray,
    expanded: FloatArray,
) -> IntArray:
    """Why there is no value, the first reason that holds."""
    slack = np.nan_to_num(expanded)
    possible = (value >= spec.lower - slack) & (value <= spec.upper + slack)
    reasons = {
        Withheld.NO_DATA: coverage_ratio == 0.0,
        Withheld.LOW_COVERAGE: coverage_ratio < spec.min_coverage_ratio,
        Withheld.ZERO_DENOMINATOR: ~divided,
        Withheld.IMPOSSIBLE: ~possible,
    }
    codes = [np.int64(WITHHELD.index(reason)) for reason in reasons]
    return np.select(list(reasons.values()), codes, default=np.int64(SHOWN))
