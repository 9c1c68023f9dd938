"""What the KPIs are computed from: totals of meters over one jointly covered time."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot, isnan, sqrt

import numpy as np

from models.kpi.result import KpiResult, Withheld
from models.meter_tree import Meter, SignedMeters
from models.readings import FloatArray, Origin, Window
from models.series import JointTotals
from models.uncertainty import (
    COVERAGE_FACTOR,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
    electricity_u_ratio,
    heat_u_ratio,
    ratio_standard_uncertainty,
)

# Volumetric heat capacity of water near 45 degC, for the mean dT of a heat meter from its two
# registers: only its uncertainty depends on it, which it changes by less than 1 % of itself.
_WATER_KWH_PER_M3_K = 1.150
_SQRT3 = sqrt(3.0)
_SQRT6 = sqrt(6.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredTotals:
    """Totals of some meters, known together, with their standard uncertainties.

    ``total`` and ``u`` have one entry per meter of ``meters``, in kWh or m3.
    """

    window: Window
    meters: tuple[str, ...]
    total: FloatArray
    u: FloatArray
    coverage_ratio: float
    bridged_ratio: float
    origin: Origin

    def weights(self, sum_: SignedMeters) -> FloatArray:
        """The sum as weights over ``meters``: +1, -1 or 0."""
        return np.array(
            [float(m in sum_.plus) - float(m in sum_.minus) for m in self.meters], dtype=float
        )


def meter_u(meter: Meter, total: float, covered_s: float, volume_m3: float) -> float:
    """Standard uncertainty of one meter's total, in the unit of the total.

    Class and resolution of the register, in quadrature. The total is the difference of two
    readings, each rectangular within one step: u = step / sqrt(6) (JCGM 100:2008, F.2.2.1). It
    rules short windows, in which little is counted. A heat meter's class error depends on its
    mean flow and temperature difference, taken from its own two registers over the same time.
    """
    return hypot(_class_u(meter, abs(total), covered_s, volume_m3), meter.resolution / _SQRT6)


def _class_u(meter: Meter, total: float, covered_s: float, volume_m3: float) -> float:
    if total == 0.0:
        return 0.0
    match meter.accuracy:
        case ElectricityAccuracy():
            return total * electricity_u_ratio(meter.accuracy)
        case VolumeAccuracy():
            return total * meter.accuracy.mpe_ratio / _SQRT3
        case HeatAccuracy():
            return total * _heat_u_ratio(meter.accuracy, total, covered_s, volume_m3)


def _heat_u_ratio(
    accuracy: HeatAccuracy, total_kwh: float, covered_s: float, volume_m3: float
) -> float:
    if volume_m3 <= 0.0 or covered_s <= 0.0:
        # No volume register known: assume the worst the meter may be used at.
        return heat_u_ratio(accuracy, accuracy.dt_min_k, accuracy.qp_m3_per_h)
    delta_t_k = total_kwh / (volume_m3 * _WATER_KWH_PER_M3_K)
    return heat_u_ratio(accuracy, delta_t_k, volume_m3 * 3600.0 / covered_s)


def metered_totals(
    window: Window,
    meters: tuple[Meter, ...],
    volumes: Mapping[str, int],
    joint: JointTotals,
    origin: Origin = Origin.MEASURED,
) -> MeteredTotals:
    """Attach uncertainties to joint totals.

    Parameters
    ----------
    meters : tuple of Meter
        The meters, in the order of ``joint.total``; volume registers stand after them.
    volumes : mapping of meter id to row
        Row of ``joint.total`` that holds the volume of a heat meter. [m3]
    """
    u = np.array(
        [
            meter_u(
                meter,
                float(joint.total[row]),
                joint.covered_s,
                float(joint.total[volumes[meter.id]]) if meter.id in volumes else 0.0,
            )
            for row, meter in enumerate(meters)
        ]
    )
    return MeteredTotals(
        window=window,
        meters=tuple(meter.id for meter in meters),
        total=joint.total[: len(meters)],
        u=u,
        coverage_ratio=joint.coverage_ratio,
        bridged_ratio=joint.bridged_ratio,
        origin=origin,
    )


def withheld_result(
    kpi: str, unit: str, window: Window, why: Withheld, *, coverage_ratio: float = 0.0
) -> KpiResult:
    """A KPI that has no value, and says why."""
    return KpiResult(
        kpi=kpi,
        window=window,
        unit=unit,
        value=None,
        expanded_uncertainty=None,
        coverage_ratio=coverage_ratio,
        withheld=why,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioKpi:
    """A KPI that is a ratio of two sums of meters: its name, units, bounds and boundary.

    ``scale`` brings numerator/denominator to ``unit`` (1000 for m3/kWh to L/kWh).
    """

    kpi: str
    unit: str
    numerator_unit: str
    lower: float
    upper: float
    boundary: str
    scale: float = 1.0
    min_coverage_ratio: float = 0.5


def ratio_result(
    spec: RatioKpi,
    totals: MeteredTotals,
    numerator: SignedMeters,
    denominator: SignedMeters,
    *,
    category: int | None = None,
) -> KpiResult:
    """Ratio of two sums over jointly covered time; never an average of ratios.

    Withheld below the minimum coverage, without a denominator, and when the result is
    physically impossible: then a meter is wrong and no figure is better than a wrong one.
    """
    if not numerator.plus or not denominator.plus:
        return withheld_result(spec.kpi, spec.unit, totals.window, Withheld.NO_METER)
    a, b = totals.weights(numerator), totals.weights(denominator)
    top, bottom = float(a @ totals.total), float(b @ totals.total)
    why: Withheld | None = None
    value: float | None = None
    expanded: float | None = None
    if totals.coverage_ratio == 0.0:
        why = Withheld.NO_DATA
    elif totals.coverage_ratio < spec.min_coverage_ratio:
        why = Withheld.LOW_COVERAGE
    elif bottom <= 0.0:
        why = Withheld.ZERO_DENOMINATOR
    else:
        ratio, u = ratio_standard_uncertainty(a, b, totals.total, totals.u)
        expanded = None if isnan(u) else COVERAGE_FACTOR * u * spec.scale
        value = ratio * spec.scale
        slack = expanded or 0.0
        if not spec.lower - slack <= value <= spec.upper + slack:
            value, expanded, why = None, None, Withheld.IMPOSSIBLE
    return KpiResult(
        kpi=spec.kpi,
        window=totals.window,
        unit=spec.unit,
        value=value,
        expanded_uncertainty=expanded,
        coverage_ratio=totals.coverage_ratio,
        bridged_ratio=totals.bridged_ratio,
        withheld=why,
        category=category,
        boundary=spec.boundary,
        origin=totals.origin,
        numerator=top,
        numerator_unit=spec.numerator_unit,
        denominator=bottom,
        denominator_unit="kWh",
        inputs=tuple(dict.fromkeys(numerator.ids + denominator.ids)),
    )
