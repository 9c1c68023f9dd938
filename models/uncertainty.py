"""How sure a meter is: from its accuracy class to a standard uncertainty.

A class states a maximum permissible error (MPE). Without a calibration certificate the
error is taken as rectangular inside it, u = MPE / sqrt(3) (JCGM 100:2008, 4.3.7).
"""

from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np

from models.readings import FloatArray

COVERAGE_FACTOR = 2.0
_SQRT3 = sqrt(3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectricityAccuracy:
    """Electricity meter with its current transformers.

    ``mpe_ratio`` and ``ct_mpe_ratio`` are relative: 0.01 for a class 1 meter.
    """

    mpe_ratio: float
    ct_mpe_ratio: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeAccuracy:
    """Water or fuel meter: one relative MPE."""

    mpe_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatAccuracy:
    """Thermal energy meter of EN 1434 class 1, 2 or 3."""

    accuracy_class: int
    dt_min_k: float
    qp_m3_per_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonError:
    """An error that several meters have in common: all that name it share one and the same draw.

    One set of current transformers read by two meters, one batch with one bias, one rig on which
    all were adjusted.
    """

    name: str
    mpe_ratio: float


Accuracy = ElectricityAccuracy | VolumeAccuracy | HeatAccuracy

# Flow sensor of EN 1434-1 by class: constant part and part per qp/q, and the cap. [ratio]
_FLOW_SENSOR: dict[int, tuple[float, float, float]] = {
    1: (0.01, 0.0001, 0.035),
    2: (0.02, 0.0002, 0.05),
    3: (0.03, 0.0005, 0.05),
}


def electricity_u_ratio(accuracy: ElectricityAccuracy) -> float:
    """Relative standard uncertainty of an electricity meter and its transformers. [-]

    Examples
    --------
    >>> round(electricity_u_ratio(ElectricityAccuracy(mpe_ratio=0.01)), 5)
    0.00577
    """
    return sqrt(accuracy.mpe_ratio**2 + accuracy.ct_mpe_ratio**2) / _SQRT3


def heat_mpe_parts(
    accuracy: HeatAccuracy, delta_t_k: float, flow_m3_per_h: float
) -> tuple[float, float, float]:
    """Relative MPE of flow sensor, calculator and temperature pair (EN 1434-1, clause 9). [-]

    Examples
    --------
    Class 2 at dT 10 K and nominal flow, dT_min 3 K: 2.02 %, 0.8 % and 1.4 %.

    >>> meter = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=10.0)
    >>> [round(100 * part, 2) for part in heat_mpe_parts(meter, 10.0, 10.0)]
    [2.02, 0.8, 1.4]
    """
    constant, slope, cap = _FLOW_SENSOR[accuracy.accuracy_class]
    flow_part = min(constant + slope * accuracy.qp_m3_per_h / flow_m3_per_h, cap)
    ratio = accuracy.dt_min_k / delta_t_k
    return flow_part, 0.005 + 0.01 * ratio, 0.005 + 0.03 * ratio


def heat_u_ratio(accuracy: HeatAccuracy, delta_t_k: float, flow_m3_per_h: float) -> float:
    """Relative standard uncertainty of a heat meter at its mean working point. [-]

    NaN when there is no flow or no temperature difference: nothing was measured.

    Examples
    --------
    >>> meter = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=10.0)
    >>> round(100 * heat_u_ratio(meter, 10.0, 10.0), 2)
    1.49
    """
    if not (isfinite(delta_t_k) and isfinite(flow_m3_per_h)):
        return float("nan")
    if delta_t_k <= 0.0 or flow_m3_per_h <= 0.0:
        return float("nan")
    parts = heat_mpe_parts(accuracy, delta_t_k, flow_m3_per_h)
    return sqrt(sum(part**2 for part in parts)) / _SQRT3


def ratio_sensitivity(
    numerator_weight: FloatArray, denominator_weight: FloatArray, total: FloatArray
) -> FloatArray:
    """How the ratio of two weighted sums follows each quantity.

    Parameters
    ----------
    numerator_weight, denominator_weight, total : float array, shape (m,)
        As for :func:`ratio_standard_uncertainty`.

    Returns
    -------
    float array, shape (m,)
        dR/dx_i = (a_i - R b_i) / sum(b x). A quantity in both sums is counted once, with its
        correlation.

    Examples
    --------
    >>> ratio_sensitivity(
    ...     np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([130.0, 100.0])
    ... ).round(6).tolist()
    [0.01, -0.013]
    """
    denominator = float(denominator_weight @ total)
    ratio = float(numerator_weight @ total) / denominator
    return np.asarray((numerator_weight - ratio * denominator_weight) / denominator)


def ratio_standard_uncertainty(
    numerator_weight: FloatArray,
    denominator_weight: FloatArray,
    total: FloatArray,
    u: FloatArray,
) -> tuple[float, float]:
    """Ratio of two weighted sums of the same quantities, and its standard uncertainty.

    Parameters
    ----------
    numerator_weight, denominator_weight : float array, shape (m,)
        How each quantity enters the two sums (+1, -1 or 0, or a unit factor).
    total, u : float array, shape (m,)
        The quantities and their standard uncertainties, independent of each other.

    Returns
    -------
    tuple of float
        The ratio R = sum(a x) / sum(b x), and u(R).

    Notes
    -----
    First-order propagation (JCGM 100:2008, eq. 10) with dR/dx_i = (a_i - R b_i) / sum(b x): a
    quantity that stands in both sums is counted once, with its correlation.

    Examples
    --------
    >>> r, u_r = ratio_standard_uncertainty(
    ...     np.array([1.0, 0.0]), np.array([0.0, 1.0]),
    ...     np.array([130.0, 100.0]), np.array([1.3, 1.0]),
    ... )
    >>> round(r, 3), round(u_r / r, 5)
    (1.3, 0.01414)
    """
    sensitivity = ratio_sensitivity(numerator_weight, denominator_weight, total)
    ratio = float(numerator_weight @ total) / float(denominator_weight @ total)
    return ratio, float(np.sqrt(np.square(sensitivity * u).sum()))
