"""Standard uncertainty of what a meter counted, at the mean working point it counted at."""

from math import sqrt

import numpy as np

from models.metering.uncertainty import (
    Accuracy,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
    electricity_u_ratio,
    heat_u_ratio,
    heat_u_ratios,
)
from models.readings import FloatArray
from models.registers.periods import JointCounts

# Volumetric heat capacity of water near 45 degC, for the mean dT of a heat meter from its two
# registers: only its uncertainty depends on it, which it changes by less than 1 % of itself.
WATER_KWH_PER_M3_K = 1.150
_SQRT3 = sqrt(3.0)


def class_u(
    accuracy: Accuracy,
    total: FloatArray,
    covered_h: FloatArray,
    heat_and_volume: JointCounts | None,
) -> FloatArray:
    """Standard uncertainty of totals by the class of the meter alone.

    Parameters
    ----------
    accuracy : Accuracy
        Class of the meter.
    total : float array, shape (n,)
        What it counted in each period, not negative. [kWh or m3]
    covered_h : float array, shape (n,)
        The time it counted over. [h]
    heat_and_volume : JointCounts or None
        For a heat meter its two registers over the time known to both; None when it has no volume
        register, and then it errs by the most its class allows.

    Returns
    -------
    float array, shape (n,)
        In the unit of the total.

    Examples
    --------
    A class 1 meter of 1000 kWh: 1 % / sqrt(3).

    >>> class_u(
    ...     ElectricityAccuracy(mpe_ratio=0.01), np.array([1000.0]), np.array([24.0]), None
    ... ).round(2).tolist()
    [5.77]
    """
    match accuracy:
        case ElectricityAccuracy():
            return total * electricity_u_ratio(accuracy)
        case VolumeAccuracy():
            return total * _volume_u_ratio(accuracy, total, covered_h)
        case HeatAccuracy():
            return np.where(total == 0.0, 0.0, total * _heat_u_ratio(accuracy, heat_and_volume))


def _volume_u_ratio(
    accuracy: VolumeAccuracy, total_m3: FloatArray, covered_h: FloatArray
) -> FloatArray | float:
    """Wider below the transitional flow; the mean flow stands for the flow while water runs."""
    if accuracy.q2_m3_per_h is None:
        return accuracy.mpe_ratio / _SQRT3
    low = (total_m3 < accuracy.q2_m3_per_h * covered_h) | (covered_h <= 0.0)
    return np.where(low, accuracy.low_mpe_ratio, accuracy.mpe_ratio) / _SQRT3


def _heat_u_ratio(accuracy: HeatAccuracy, both: JointCounts | None) -> FloatArray | float:
    """Of flow sensor, calculator and pair at the mean flow and difference, else the worst."""
    worst = heat_u_ratio(accuracy, accuracy.dt_min_k, accuracy.qp_m3_per_h)
    if both is None:
        return worst
    heat_kwh, volume_m3 = both.total
    hours = both.covered_s / 3600.0
    known = (volume_m3 > 0.0) & (hours > 0.0) & (heat_kwh > 0.0)
    cubic, time_h = np.where(known, volume_m3, 1.0), np.where(known, hours, 1.0)
    ratio = heat_u_ratios(accuracy, heat_kwh / (cubic * WATER_KWH_PER_M3_K), cubic / time_h)
    return np.where(known, ratio, worst)
