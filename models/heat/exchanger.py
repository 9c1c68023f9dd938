"""Heat exchangers: mean temperature difference, effectiveness, number of transfer units, UA."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

import numpy as np

from models.readings import FloatArray


class Arrangement(StrEnum):
    """How the two streams pass each other."""

    COUNTER_FLOW = "counter_flow"
    PARALLEL_FLOW = "parallel_flow"
    CROSS_FLOW_UNMIXED = "cross_flow_unmixed"
    SHELL_AND_TUBE = "shell_and_tube"
    PHASE_CHANGE = "phase_change"


def log_mean_difference_k(end_a_k: FloatArray, end_b_k: FloatArray) -> FloatArray:
    """Logarithmic mean of the temperature differences at the two ends.

    Parameters
    ----------
    end_a_k, end_b_k : float array, shape (n,)
        Hot less cold at each end. [K]

    Returns
    -------
    float array, shape (n,)
        (a - b) / ln(a / b), and a where both are equal; NaN where the streams cross (a difference
        at or below 0): then a sensor is wrong. [K]

    Notes
    -----
    Near a = b the quotient is 0/0: the series a (1 - x/2 - x^2/12) with x = 1 - b/a, good to 1e-9
    for |x| < 1e-3, takes its place.

    Examples
    --------
    Incropera and DeWitt, example 11.1: oil 100 to 60 degC, water 30 to 40.2 degC, counter-flow.

    >>> log_mean_difference_k(np.array([100.0 - 40.2]), np.array([60.0 - 30.0])).round(1).tolist()
    [43.2]
    """
    a, b = np.broadcast_arrays(np.asarray(end_a_k, dtype=float), np.asarray(end_b_k, dtype=float))
    valid = (a > 0.0) & (b > 0.0)
    safe_a, safe_b = np.where(valid, a, 2.0), np.where(valid, b, 1.0)
    x = 1.0 - safe_b / safe_a
    near = np.abs(x) < 1e-3
    quotient = (safe_a - safe_b) / np.where(near, 1.0, -np.log1p(-np.where(near, 0.5, x)))
    series = safe_a * (1.0 - x / 2.0 - x**2 / 12.0)
    return np.asarray(np.where(valid, np.where(near, series, quotient), np.nan))


def effectiveness_ratio(
    ntu: FloatArray, capacity_ratio: FloatArray, arrangement: Arrangement
) -> FloatArray:
    """Heat passed on over the most that could be.

    Parameters
    ----------
    ntu : float array, shape (n,)
        UA / C_min. [-]
    capacity_ratio : float array, shape (n,)
        C_min / C_max, 0 to 1. [-]
    arrangement : Arrangement
        Cross-flow is with both streams unmixed, shell-and-tube has one shell pass.

    Returns
    -------
    float array, shape (n,)
        Effectiveness [-]; NaN for negative ntu or a ratio outside 0 to 1.

    Notes
    -----
    Kays and London, Compact Heat Exchangers, as tabulated in Incropera and DeWitt, table 11.3. The
    formula for cross-flow is an approximation there too, up to 0.01 below the exact series.

    Examples
    --------
    Counter-flow with equal capacities: NTU / (1 + NTU).

    >>> effectiveness_ratio(np.array([3.0]), np.array([1.0]), Arrangement.COUNTER_FLOW).tolist()
    [0.75]
    """
    ntu, ratio = np.broadcast_arrays(
        np.asarray(ntu, dtype=float), np.asarray(capacity_ratio, dtype=float)
    )
    valid = (ntu >= 0.0) & (ratio >= 0.0) & (ratio <= 1.0)
    n, c = np.where(valid, ntu, 1.0), np.where(valid, ratio, 0.5)
    return np.asarray(np.where(valid, _EFFECTIVENESS[arrangement](n, c), np.nan))


def _counter_flow(n: FloatArray, c: FloatArray) -> FloatArray:
    equal = np.abs(1.0 - c) < 1e-9
    decay = np.exp(-n * (1.0 - c))
    unequal = (1.0 - decay) / np.where(equal, 1.0, 1.0 - c * decay)
    return np.asarray(np.where(equal, n / (1.0 + n), unequal))


def _parallel_flow(n: FloatArray, c: FloatArray) -> FloatArray:
    return np.asarray((1.0 - np.exp(-n * (1.0 + c))) / (1.0 + c))


def _cross_flow_unmixed(n: FloatArray, c: FloatArray) -> FloatArray:
    safe_n, safe_c = np.maximum(n, 1e-12), np.maximum(c, 1e-9)
    inner = np.exp(-safe_c * safe_n**0.78) - 1.0
    return np.asarray(1.0 - np.exp(safe_n**0.22 / safe_c * inner))


def _shell_and_tube(n: FloatArray, c: FloatArray) -> FloatArray:
    root = np.sqrt(1.0 + c**2)
    decay = np.exp(-n * root)
    # (1 + e) / (1 - e) without dividing by zero when nothing is exchanged.
    lost = 1.0 - decay
    spread = root * (1.0 + decay) / np.where(lost == 0.0, 1.0, lost)
    return np.asarray(np.where(lost == 0.0, 0.0, 2.0 / (1.0 + c + spread)))


def _phase_change(n: FloatArray, c: FloatArray) -> FloatArray:
    return np.asarray(1.0 - np.exp(-n) + 0.0 * c)


_EFFECTIVENESS: dict[Arrangement, Callable[[FloatArray, FloatArray], FloatArray]] = {
    Arrangement.COUNTER_FLOW: _counter_flow,
    Arrangement.PARALLEL_FLOW: _parallel_flow,
    Arrangement.CROSS_FLOW_UNMIXED: _cross_flow_unmixed,
    Arrangement.SHELL_AND_TUBE: _shell_and_tube,
    Arrangement.PHASE_CHANGE: _phase_change,
}
_MAX_NTU = 60.0
_HALVINGS = 60


def transfer_units(
    effectiveness: FloatArray, capacity_ratio: FloatArray, arrangement: Arrangement
) -> FloatArray:
    """NTU that gives an effectiveness: the inverse of :func:`effectiveness_ratio`.

    Returns
    -------
    float array, shape (n,)
        NTU [-]; NaN where the arrangement cannot reach the effectiveness (within NTU 60), or
        where it lies outside 0 to 1.

    Notes
    -----
    By bisection, since effectiveness rises with NTU in every arrangement: one method for all.

    Examples
    --------
    >>> ntu = transfer_units(np.array([0.75]), np.array([1.0]), Arrangement.COUNTER_FLOW)
    >>> ntu.round(9).tolist()
    [3.0]
    """
    target, ratio = np.broadcast_arrays(
        np.asarray(effectiveness, dtype=float), np.asarray(capacity_ratio, dtype=float)
    )
    low, high = np.zeros(target.shape), np.full(target.shape, _MAX_NTU)
    reachable = (target >= 0.0) & (target < effectiveness_ratio(high, ratio, arrangement))
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        above = effectiveness_ratio(middle, ratio, arrangement) >= target
        high, low = np.where(above, middle, high), np.where(above, low, middle)
    return np.asarray(np.where(reachable, 0.5 * (low + high), np.nan))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangerReadings:
    """The four temperatures and two capacity rates of an exchanger, by step, NaN where unknown.

    Primary is the side that gives heat. A capacity rate is mass flow times specific heat, in
    kW/K. ``temperature_u_k`` and ``heat_u_ratio`` are standard uncertainties of one thermometer,
    independent of the others, and of the heat taken.
    """

    primary_inlet_degc: FloatArray
    primary_outlet_degc: FloatArray
    secondary_inlet_degc: FloatArray
    secondary_outlet_degc: FloatArray
    primary_kw_per_k: FloatArray
    secondary_kw_per_k: FloatArray
    temperature_u_k: float
    heat_u_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangerState:
    """What an exchanger does, by step.

    ``imbalance_ratio`` is the heat given by the primary less that taken by the secondary, over
    their mean: beyond what the flows' uncertainty allows, a flow meter is wrong.
    """

    heat_kw: FloatArray
    imbalance_ratio: FloatArray
    lmtd_k: FloatArray
    effectiveness_ratio: FloatArray
    ua_kw_per_k: FloatArray
    ua_u_kw_per_k: FloatArray


def exchanger_state(readings: ExchangerReadings, arrangement: Arrangement) -> ExchangerState:
    """Heat, effectiveness and UA from temperatures and flows.

    Parameters
    ----------
    readings : ExchangerReadings
        By step, shape (n,).
    arrangement : Arrangement
        For counter-flow, UA is the heat over the logarithmic mean difference; for the others it is
        NTU x C_min.

    Returns
    -------
    ExchangerState
        NaN where nothing flows, temperatures cross or are unknown.

    Notes
    -----
    The heat is the mean of both sides. u(UA) by first-order propagation (JCGM 100:2008, 5.1.2)
    of the thermometers through the mean difference, by finite differences, and of the heat; the
    thermometers' share of the heat stands in ``heat_u_ratio``.

    Examples
    --------
    Incropera and DeWitt, example 11.1: 8.524 kW over 43.2 K make UA = 0.197 kW/K.

    >>> def one(value):
    ...     return np.array([value])
    >>> state = exchanger_state(
    ...     ExchangerReadings(
    ...         primary_inlet_degc=one(100.0), primary_outlet_degc=one(60.0),
    ...         secondary_inlet_degc=one(30.0), secondary_outlet_degc=one(40.2),
    ...         primary_kw_per_k=one(0.2131), secondary_kw_per_k=one(0.8356),
    ...         temperature_u_k=0.1, heat_u_ratio=0.02,
    ...     ),
    ...     Arrangement.COUNTER_FLOW,
    ... )
    >>> state.ua_kw_per_k.round(3).tolist()
    [0.197]
    """
    given = readings.primary_kw_per_k * (readings.primary_inlet_degc - readings.primary_outlet_degc)
    taken = readings.secondary_kw_per_k * (
        readings.secondary_outlet_degc - readings.secondary_inlet_degc
    )
    heat = 0.5 * (given + taken)
    least = np.minimum(readings.primary_kw_per_k, readings.secondary_kw_per_k)
    most = np.maximum(readings.primary_kw_per_k, readings.secondary_kw_per_k)
    reach = readings.primary_inlet_degc - readings.secondary_inlet_degc
    running = (heat > 0.0) & (least > 0.0) & (reach > 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(running, heat / (least * reach), np.nan)
        imbalance = np.where(running, (given - taken) / heat, np.nan)
        ratio = np.where(running, least / most, np.nan)
    lmtd = np.where(running, _lmtd(readings), np.nan)
    if arrangement is Arrangement.COUNTER_FLOW:
        ua = heat / lmtd
    else:
        ua = transfer_units(share, ratio, arrangement) * least
    return ExchangerState(
        heat_kw=np.where(running, heat, np.nan),
        imbalance_ratio=imbalance,
        lmtd_k=lmtd,
        effectiveness_ratio=share,
        ua_kw_per_k=ua,
        ua_u_kw_per_k=ua * np.hypot(_lmtd_u_ratio(readings), readings.heat_u_ratio),
    )


def _lmtd(readings: ExchangerReadings) -> FloatArray:
    return log_mean_difference_k(
        readings.primary_inlet_degc - readings.secondary_outlet_degc,
        readings.primary_outlet_degc - readings.secondary_inlet_degc,
    )


def _lmtd_u_ratio(readings: ExchangerReadings) -> FloatArray:
    """Relative uncertainty of the mean difference: its two ends are each of two thermometers."""
    ends = (
        readings.primary_inlet_degc - readings.secondary_outlet_degc,
        readings.primary_outlet_degc - readings.secondary_inlet_degc,
    )
    middle = log_mean_difference_k(*ends)
    step_k = 1e-3
    slopes = [
        (log_mean_difference_k(ends[0] + step_k, ends[1]) - middle) / step_k,
        (log_mean_difference_k(ends[0], ends[1] + step_k) - middle) / step_k,
    ]
    end_u_k = sqrt(2.0) * readings.temperature_u_k
    return np.asarray(end_u_k * np.hypot(*slopes) / middle)
