"""Below which rate a meter may not count at all, by its kind and class.

All of this is background knowledge: the standards were not read. A site file may say better.
"""

from models.metering.uncertainty import (
    Accuracy,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
)

# IEC 62053-22 and -21: meters on transformers start at 0.1 % (classes 0.2S, 0.5S) and 0.2 %
# (class 1) of their rated current; direct ones (0.4 % of a basic current that is a tenth of the
# greatest, and less) lie below that. The greatest rate stands for the rated one.
_FINE_MPE_RATIO = 0.005
_STARTING_OF_MAX = {True: 0.001, False: 0.002}
# MID, MI-001: Q2 = 1.6 Q1, Q4 = 1.25 Q3; Q3/Q1 is 80 or more in usual meters.
_Q2_OF_Q1 = 1.6
_MAX_OF_Q1 = 100.0
# EN 1434-1: qp/qi is 10, 25, 50, 100 or 250; 50 and more in usual meters.
_QP_OF_QI = 50.0
# The classes bind the error from Q1 and qi on; a meter still counts below, until it starts no more.
# Makers give 3 L/h for qi 15 L/h (ultrasonic, qp 1.5) and 10 L/h for Q1 31 L/h (multi-jet, Q3 2.5,
# R80): a third at most.
_STARTING_OF_LEAST = 1.0 / 3.0
# Heat of a cubic metre of water per kelvin near 45 degC, as in models/metering/working_point.py.
_KWH_PER_M3_K = 1.150


def starting_flow_m3_per_h(accuracy: HeatAccuracy) -> float:
    """Flow below which a heat meter may not count. [m3/h]

    Examples
    --------
    >>> starting_flow_m3_per_h(HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=25.0))
    0.16666666666666666
    """
    return accuracy.qp_m3_per_h / _QP_OF_QI * _STARTING_OF_LEAST


def starting_rate_per_h(accuracy: Accuracy, max_rate_per_h: float | None) -> float:
    """Rate below which a register may not count, in its unit. [kWh/h or m3/h]

    Parameters
    ----------
    accuracy : Accuracy
        Kind and class.
    max_rate_per_h : float or None
        The most it counts in an hour, what electricity and water meters are sized by.

    Returns
    -------
    float
        0 where nothing tells it.

    Examples
    --------
    A class 0.5S intake of at most 900 kW may miss 0.9 kW, a heat meter of qp 25 m3/h 0.6 kW at its
    least temperature difference:

    >>> starting_rate_per_h(ElectricityAccuracy(mpe_ratio=0.005), 900.0)
    0.9
    >>> heat = HeatAccuracy(accuracy_class=2, dt_min_k=3.0, qp_m3_per_h=25.0)
    >>> round(starting_rate_per_h(heat, 500.0), 3)
    0.575
    """
    match accuracy:
        case HeatAccuracy():
            return _KWH_PER_M3_K * starting_flow_m3_per_h(accuracy) * accuracy.dt_min_k
        case ElectricityAccuracy():
            fine = accuracy.mpe_ratio <= _FINE_MPE_RATIO
            return _STARTING_OF_MAX[fine] * (max_rate_per_h or 0.0)
        case VolumeAccuracy():
            if accuracy.q2_m3_per_h is not None:
                return accuracy.q2_m3_per_h / _Q2_OF_Q1 * _STARTING_OF_LEAST
            return (max_rate_per_h or 0.0) / _MAX_OF_Q1 * _STARTING_OF_LEAST
