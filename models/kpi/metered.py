"""What the KPIs are computed from: totals of meters over one jointly covered time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from math import hypot, isnan, sqrt

import numpy as np

from models.kpi.result import Flag, KpiKind, KpiResult, UncertaintyPart, Withheld
from models.metering.tree import Meter, SignedMeters
from models.metering.uncertainty import (
    COVERAGE_FACTOR,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
    electricity_u_ratio,
    heat_u_ratio,
    ratio_sensitivity,
    volume_u_ratio,
    weighted_sum_u,
)
from models.readings import FloatArray, Origin, Window
from models.series import JointTotals

# Volumetric heat capacity of water near 45 degC, for the mean dT of a heat meter from its two
# registers: only its uncertainty depends on it, which it changes by less than 1 % of itself.
WATER_KWH_PER_M3_K = 1.150
_SQRT3 = sqrt(3.0)
_SQRT6 = sqrt(6.0)
_YEAR = timedelta(days=364, hours=22)
# Below these a gap or a bridge is told with its figure only, not as a warning.
_TOLD_BRIDGED_RATIO = 0.01
_TOLD_COVERAGE_RATIO = 0.995


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredTotals:
    """Totals of some meters, known together, with their standard uncertainties.

    ``total`` and ``u`` have one entry per meter of ``meters``, in kWh or m3; ``u`` is what each
    meter has for itself. ``common`` has one row per error that several meters share (one set of
    current transformers, one batch): its standard contribution to the total of each of them, with
    its sign. ``below_dt_min`` names the heat meters whose mean temperature difference lies below
    the least one they are approved for.
    """

    window: Window
    meters: tuple[str, ...]
    total: FloatArray
    u: FloatArray
    coverage_ratio: float
    bridged_ratio: float
    origin: Origin
    common: FloatArray | None = None
    below_dt_min: tuple[str, ...] = ()

    def weights(self, sum_: SignedMeters) -> FloatArray:
        """The sum as weights over ``meters``."""
        return sum_.weights(self.meters)


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
            flow_m3_per_h = total * 3600.0 / covered_s if covered_s > 0.0 else 0.0
            return total * volume_u_ratio(meter.accuracy, flow_m3_per_h)
        case HeatAccuracy():
            return total * _heat_u_ratio(meter.accuracy, total, covered_s, volume_m3)


def _heat_u_ratio(
    accuracy: HeatAccuracy, total_kwh: float, covered_s: float, volume_m3: float
) -> float:
    if volume_m3 <= 0.0 or covered_s <= 0.0:
        # No volume register known: assume the worst the meter may be used at.
        return heat_u_ratio(accuracy, accuracy.dt_min_k, accuracy.qp_m3_per_h)
    delta_t_k = total_kwh / (volume_m3 * WATER_KWH_PER_M3_K)
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

    Notes
    -----
    An error that a meter shares with others (:class:`models.metering.tree.Meter`,
    ``common_errors``) is rectangular within its MPE like any other, but the same for all of them:
    it is kept apart from the independent part, so that sums add it linearly and ratios may
    cancel it.
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
        common=_common(meters, joint.total),
        below_dt_min=_below_dt_min(meters, volumes, joint.total),
        coverage_ratio=joint.coverage_ratio,
        bridged_ratio=joint.bridged_ratio,
        origin=origin,
    )


def _common(meters: tuple[Meter, ...], total: FloatArray) -> FloatArray | None:
    """One row per shared error: u = MPE / sqrt(3) of each total it touches."""
    names = dict.fromkeys(error.name for meter in meters for error in meter.common_errors)
    if not names:
        return None
    rows = np.zeros((len(names), len(meters)))
    row_of = {name: row for row, name in enumerate(names)}
    for column, meter in enumerate(meters):
        for error in meter.common_errors:
            rows[row_of[error.name], column] = error.mpe_ratio / _SQRT3 * total[column]
    return rows


def _below_dt_min(
    meters: tuple[Meter, ...], volumes: Mapping[str, int], total: FloatArray
) -> tuple[str, ...]:
    found = []
    for row, meter in enumerate(meters):
        if not isinstance(meter.accuracy, HeatAccuracy) or meter.id not in volumes:
            continue
        volume_m3 = float(total[volumes[meter.id]])
        least_kwh = volume_m3 * WATER_KWH_PER_M3_K * meter.accuracy.dt_min_k
        if volume_m3 > 0.0 and float(total[row]) < least_kwh:
            found.append(meter.id)
    return tuple(found)


def kind_of(window: Window) -> KpiKind:
    """Annual from twelve months on, else interim.

    The window of twelve months ends now and begins with a legal day: a clock change may take an
    hour from its 365 days.
    """
    return KpiKind.ANNUAL if window.duration >= _YEAR else KpiKind.INTERIM


def flags_of(totals: MeteredTotals, used: tuple[str, ...]) -> tuple[Flag, ...]:
    """What to beware of in a figure made of some of the meters."""
    flags = []
    if totals.bridged_ratio > _TOLD_BRIDGED_RATIO:
        flags.append(Flag.BRIDGED)
    if totals.coverage_ratio < _TOLD_COVERAGE_RATIO:
        flags.append(Flag.PARTLY_MISSING)
    if set(totals.below_dt_min) & set(used):
        flags.append(Flag.DT_BELOW_MIN)
    return tuple(flags)


def sum_uncertainty(totals: MeteredTotals, weights: FloatArray) -> tuple[float, float]:
    """Standard uncertainty of a weighted sum: the meters' own part, and the part they share."""
    return weighted_sum_u(weights, totals.u, totals.common)


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
    kind: KpiKind | None = None,
    missing_u: float = 0.0,
) -> KpiResult:
    """Ratio of two sums over jointly covered time; never an average of ratios.

    ``missing_u`` is the standard uncertainty that the time without data adds, in the unit of the
    KPI (:mod:`models.missing`). Withheld below the minimum coverage, without a denominator, and
    when the result is physically impossible: then a meter is wrong and no figure is better than a
    wrong one.
    """
    if not numerator.plus or not denominator.plus:
        return withheld_result(spec.kpi, spec.unit, totals.window, Withheld.NO_METER)
    a, b = totals.weights(numerator), totals.weights(denominator)
    top, bottom = float(a @ totals.total), float(b @ totals.total)
    inputs = tuple(dict.fromkeys(numerator.ids + denominator.ids))
    why = _why_withheld(spec, totals, bottom)
    value: float | None = None
    expanded: float | None = None
    parts: tuple[UncertaintyPart, ...] = ()
    if why is None:
        value = top / bottom * spec.scale
        sensitivity = ratio_sensitivity(a, b, totals.total) * spec.scale
        parts = budget(*sum_uncertainty(totals, sensitivity), missing_u)
        u = hypot(*(part.u for part in parts))
        expanded = None if isnan(u) else COVERAGE_FACTOR * u
        slack = expanded or 0.0
        if not spec.lower - slack <= value <= spec.upper + slack:
            value, expanded, parts, why = None, None, (), Withheld.IMPOSSIBLE
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
        kind=kind or kind_of(totals.window),
        boundary=spec.boundary,
        origin=totals.origin,
        flags=flags_of(totals, inputs),
        parts=parts,
        numerator=top,
        numerator_unit=spec.numerator_unit,
        denominator=bottom,
        denominator_unit="kWh",
        inputs=inputs,
    )


def with_missing_part(result: KpiResult, missing_u: float) -> KpiResult:
    """A result with what the time without data may hide added to its uncertainty.

    ``missing_u`` is a standard uncertainty in the unit of the KPI (:mod:`models.missing`); NaN
    says that it could not be told, and takes the expanded uncertainty with it.
    """
    if result.expanded_uncertainty is None or missing_u == 0.0:
        return result
    u = hypot(result.expanded_uncertainty / COVERAGE_FACTOR, missing_u)
    return replace(
        result,
        expanded_uncertainty=None if isnan(u) else COVERAGE_FACTOR * u,
        parts=(*result.parts, UncertaintyPart(name="missing", u=missing_u)),
    )


def _why_withheld(spec: RatioKpi, totals: MeteredTotals, bottom: float) -> Withheld | None:
    if totals.coverage_ratio == 0.0:
        return Withheld.NO_DATA
    if totals.coverage_ratio < spec.min_coverage_ratio:
        return Withheld.LOW_COVERAGE
    return Withheld.ZERO_DENOMINATOR if bottom <= 0.0 else None


def budget(own_u: float, common_u: float, missing_u: float = 0.0) -> tuple[UncertaintyPart, ...]:
    """The budget, without the lines that are zero; the meters always stand in it."""
    others = {"common": common_u, "missing": missing_u}
    return (
        UncertaintyPart(name="meters", u=own_u),
        *(UncertaintyPart(name=name, u=u) for name, u in others.items() if u),
    )
