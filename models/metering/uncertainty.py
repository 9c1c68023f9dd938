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
    """Water or fuel meter: one relative MPE, and a wider one below the transitional flow Q2.

    Without ``q2_m3_per_h`` the one MPE holds at every flow. A water meter of accuracy class 2
    (MID 2014/32/EU, Annex III, MI-001) has 2 % from Q2 to Q4 up to 30 degC (3 % above) and 5 %
    from Q1 to Q2 (background knowledge, the annex was not read).
    """

    mpe_ratio: float
    q2_m3_per_h: float | None = None
    low_mpe_ratio: float = 0.05


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


def volume_u_ratio(accuracy: VolumeAccuracy, flow_m3_per_h: float) -> float:
    """Relative standard uncertainty of a volume meter at its mean flow. [-]

    Notes
    -----
    The mean flow of a window is at most the flow while water runs: a meter that runs now and then
    may be taken for one that runs below Q2, which errs towards the wider figure.

    Examples
    --------
    Class 2 with Q2 = 0.1 m3/h: 2 % above it, 5 % below.

    >>> meter = VolumeAccuracy(mpe_ratio=0.02, q2_m3_per_h=0.1)
    >>> round(volume_u_ratio(meter, 1.0), 5), round(volume_u_ratio(meter, 0.05), 5)
    (0.01155, 0.02887)
    """
    low = accuracy.q2_m3_per_h is not None and flow_m3_per_h < accuracy.q2_m3_per_h
    return (accuracy.low_mpe_ratio if low else accuracy.mpe_ratio) / _SQRT3


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


def heat_u_ratios(
    accuracy: HeatAccuracy, delta_t_k: FloatArray, flow_m3_per_h: FloatArray
) -> FloatArray:
    """:func:`heat_u_ratio` for many working points at once.

    Parameters
    ----------
    delta_t_k, flow_m3_per_h : float array, shape (n,)
        Mean temperature difference [K] and mean flow.

    Returns
    -------
    float array, shape (n,)
        Relative standard uncertainty [-]; NaN where nothing was measured. Below the least
        temperature difference the formula still gives a figure, for which the meter is not
        approved: whoever shows it flags it.

    Examples
    --------
    >>> meter = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=10.0)
    >>> drop_k, flow = np.array([3.0, 10.0, 0.0]), np.array([10.0, 10.0, 10.0])
    >>> (100 * heat_u_ratios(meter, drop_k, flow)).round(2).tolist()
    [2.49, 1.49, nan]
    """
    constant, slope, cap = _FLOW_SENSOR[accuracy.accuracy_class]
    known = np.isfinite(delta_t_k) & np.isfinite(flow_m3_per_h)
    known &= (delta_t_k > 0.0) & (flow_m3_per_h > 0.0)
    flow_part = np.minimum(
        constant + slope * accuracy.qp_m3_per_h / np.where(known, flow_m3_per_h, 1.0), cap
    )
    ratio = accuracy.dt_min_k / np.where(known, delta_t_k, 1.0)
    squares = flow_part**2 + (0.005 + 0.01 * ratio) ** 2 + (0.005 + 0.03 * ratio) ** 2
    return np.asarray(np.where(known, np.sqrt(squares) / _SQRT3, np.nan))
