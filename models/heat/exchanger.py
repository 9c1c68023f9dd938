"""Heat exchangers: mean temperature difference, effectiveness, number of transfer units, UA."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

import numpy as np

from models.readings import FloatArray


class Arrangement(StrEnum):
    """How the two streams pass each other.

    In cross-flow a stream is mixed when it is one space across its path, as air between bare tubes;
    the ``MAX`` and the ``MIN`` in a name are the capacity rate of the mixed stream.
    ``SHELL_AND_TUBE`` has one shell pass and any even number of tube passes; ``PHASE_CHANGE`` is a
    condenser or an evaporator, one side of which keeps its temperature.
    """

    COUNTER_FLOW = "counter_flow"
    PARALLEL_FLOW = "parallel_flow"
    CROSS_FLOW_UNMIXED = "cross_flow_unmixed"
    CROSS_FLOW_MAX_MIXED = "cross_flow_max_mixed"
    CROSS_FLOW_MIN_MIXED = "cross_flow_min_mixed"
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

    Examples
    --------
    Incropera and DeWitt, example 11.1: oil 100 to 60 degC, water 30 to 40.2 degC, counter-flow.

    >>> log_mean_difference_k(np.array([100.0 - 40.2]), np.array([60.0 - 30.0])).round(1).tolist()
    [43.2]
    """
    a, b = np.broadcast_arrays(np.asarray(end_a_k), np.asarray(end_b_k))
    valid = (a > 0.0) & (b > 0.0)
    a, gap = np.where(valid, a, 1.0), np.where(valid, b - a, 0.0)
    # log1p of the exact gap keeps all digits where the ends are nearly equal.
    decay = np.log1p(gap / a)
    mean = np.where(decay == 0.0, a, gap / np.where(decay == 0.0, 1.0, decay))
    return np.asarray(np.where(valid, mean, np.nan))


def effectiveness_ratio(
    ntu: FloatArray, capacity_ratio: FloatArray, arrangement: Arrangement
) -> FloatArray:
    """Heat passed on over the most that could be.

    Parameters
    ----------
    ntu, capacity_ratio : float array, shape (n,)
        UA / C_min, and C_min / C_max from 0 to 1. [-]

    Returns
    -------
    float array, shape (n,)
        Effectiveness [-]; NaN for negative or infinite ntu or a ratio outside 0 to 1.

    Notes
    -----
    Kays and London, Compact Heat Exchangers; Incropera and DeWitt, Fundamentals of Heat and Mass
    Transfer, table 11.3. Of cross-flow with both streams unmixed that table has an approximation,
    up to 0.01 off and below parallel flow at small NTU; here stands the exact series.

    Examples
    --------
    Counter-flow with equal capacities: NTU / (1 + NTU).

    >>> effectiveness_ratio(np.array([3.0]), np.array([1.0]), Arrangement.COUNTER_FLOW).tolist()
    [0.75]
    """
    ntu, ratio = np.broadcast_arrays(np.asarray(ntu), np.asarray(capacity_ratio))
    valid = (ntu >= 0.0) & np.isfinite(ntu) & (ratio >= 0.0) & (ratio <= 1.0)
    # A capacity ratio of 0 is the limit of the forms that divide by it: 1e-12 stands for it.
    n, c = np.where(valid, ntu, 1.0), np.where(valid, np.maximum(ratio, 1e-12), 0.5)
    return np.asarray(np.where(valid, _EFFECTIVENESS[arrangement](n, c), np.nan))


def _counter_flow(n: FloatArray, c: FloatArray) -> FloatArray:
    gap = 1.0 - c
    lost = -np.expm1(-n * gap)
    unequal = lost / np.where(gap == 0.0, 1.0, gap + c * lost)
    return np.asarray(np.where(gap == 0.0, n / (1.0 + n), unequal))


def _cross_flow_unmixed(n: FloatArray, c: FloatArray) -> FloatArray:
    # sum of P(m+1, n) P(m+1, c n) / (c n), with P the share of a Poisson variable above m.
    # Beyond NTU 500 nothing is left to gain, and exp would underflow.
    n = np.minimum(n, _SERIES_NTU)
    x = np.maximum(n * c, 1e-12)
    n_term, x_term = np.exp(-n), np.exp(-x)
    n_rest, x_rest = -np.expm1(-n), -np.expm1(-x)
    total = n_rest * x_rest
    for m in range(1, 2 * int(_SERIES_NTU)):
        n_term, x_term = n_term * n / m, x_term * x / m
        n_rest, x_rest = n_rest - n_term, x_rest - x_term
        part = n_rest * x_rest
        total = total + part
        if not np.any(part > 1e-16 * total):
            break
    return np.asarray(total / x)


def _shell_and_tube(n: FloatArray, c: FloatArray) -> FloatArray:
    root = np.sqrt(1.0 + c**2)
    reach = np.tanh(0.5 * n * root)
    return np.asarray(2.0 * reach / ((1.0 + c) * reach + root))


_EFFECTIVENESS: dict[Arrangement, Callable[[FloatArray, FloatArray], FloatArray]] = {
    Arrangement.COUNTER_FLOW: _counter_flow,
    Arrangement.PARALLEL_FLOW: lambda n, c: -np.expm1(-n * (1.0 + c)) / (1.0 + c),
    Arrangement.CROSS_FLOW_UNMIXED: _cross_flow_unmixed,
    Arrangement.CROSS_FLOW_MAX_MIXED: lambda n, c: -np.expm1(c * np.expm1(-n)) / c,
    Arrangement.CROSS_FLOW_MIN_MIXED: lambda n, c: -np.expm1(np.expm1(-c * n) / c),
    Arrangement.SHELL_AND_TUBE: _shell_and_tube,
    Arrangement.PHASE_CHANGE: lambda n, c: -np.expm1(-n) + 0.0 * c,
}
# Drop of the primary and rise of the secondary from the four temperatures.
_CHANGES = np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, -1.0, 1.0]])
_MAX_NTU = 60.0
_SERIES_NTU = 500.0


def transfer_units(
    effectiveness: FloatArray, capacity_ratio: FloatArray, arrangement: Arrangement
) -> FloatArray:
    """NTU that gives an effectiveness: the inverse of :func:`effectiveness_ratio`.

    Returns
    -------
    float array, shape (n,)
        NTU [-]; NaN where the arrangement cannot reach the effectiveness (within NTU 60), or
        where it lies outside 0 to 1.

    Examples
    --------
    >>> ntu = transfer_units(np.array([0.75]), np.array([1.0]), Arrangement.COUNTER_FLOW)
    >>> ntu.round(9).tolist()
    [3.0]
    """
    target, ratio = np.broadcast_arrays(np.asarray(effectiveness), np.asarray(capacity_ratio))
    reachable = target < effectiveness_ratio(np.array(_MAX_NTU), ratio, arrangement)
    reachable &= target >= 0.0
    ntu = np.full(target.shape, np.nan)
    if not reachable.any():
        return ntu

    def surplus(units: FloatArray, wanted: FloatArray, c: FloatArray) -> FloatArray:
        return effectiveness_ratio(units, c, arrangement) - wanted

    # Effectiveness rises with NTU in every arrangement: one bracketing method does for all.
    of = (target[reachable], ratio[reachable])
    # Slow to import, and not every process measures.
    from scipy.optimize import elementwise

    ntu[reachable] = elementwise.find_root(surplus, (0.0, _MAX_NTU), args=of).x
    return ntu


def correction_factor_ratio(
    temperature_share: FloatArray, range_ratio: FloatArray, arrangement: Arrangement
) -> FloatArray:
    """Factor F by which the mean difference falls short of that of counter-flow.

    Parameters
    ----------
    temperature_share, range_ratio : float array, shape (n,)
        P, rise of the secondary over the difference of the inlets, and R, drop of the primary over
        that rise. [-]

    Returns
    -------
    float array, shape (n,)
        NTU of counter-flow over that of the arrangement at the same P and R, which is what F
        means [-]; 1 for a change of phase, NaN where the arrangement cannot reach P and R.

    Examples
    --------
    One shell pass at P = 0.5, R = 1: sqrt(2) / ln((2 - 0.5858/2) / (2 - 3.4142/2)) = 0.802.

    >>> half, one = np.array([0.5]), np.array([1.0])
    >>> correction_factor_ratio(half, one, Arrangement.SHELL_AND_TUBE).round(3).tolist()
    [0.802]
    """
    share = temperature_share * np.maximum(1.0, range_ratio)
    c = np.minimum(range_ratio, 1.0 / np.maximum(range_ratio, 1.0))
    valid = (share >= 0.0) & (share < 1.0) & (c >= 0.0)
    if arrangement in {Arrangement.COUNTER_FLOW, Arrangement.PHASE_CHANGE}:
        return np.asarray(np.where(valid, 1.0, np.nan))
    e, gap = np.where(valid, share, 0.5), np.where(valid, 1.0 - c, 0.5)
    odds = e / (1.0 - e)
    best = np.where(gap == 0.0, odds, np.log1p(gap * odds) / np.where(gap == 0.0, 1.0, gap))
    units = transfer_units(np.where(valid, share, np.nan), c, arrangement)
    tiny = valid & (share < 1e-9)
    return np.asarray(np.where(tiny, 1.0, best / np.where(tiny, 1.0, units)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangerReadings:
    """The four temperatures and two capacity rates of an exchanger, by step, NaN where unknown.

    Primary is the side that gives heat; a capacity rate is mass flow times specific heat [kW/K].
    ``temperature_u_k`` is the standard uncertainty of one thermometer, independent of the others.
    The heat is ``heat_kw`` where given (a heat meter; a condenser has no other), else the mean of
    both sides. Its uncertainty is ``heat_u_ratio``, independent of the thermometers, or that of the
    flows and thermometers: then it weights the sides, and common errors are counted once.
    """

    primary_inlet_degc: FloatArray
    primary_outlet_degc: FloatArray
    secondary_inlet_degc: FloatArray
    secondary_outlet_degc: FloatArray
    primary_kw_per_k: FloatArray
    secondary_kw_per_k: FloatArray
    temperature_u_k: float
    heat_u_ratio: float | None = None
    heat_kw: FloatArray | None = None
    primary_flow_u_ratio: float | None = None
    secondary_flow_u_ratio: float | None = None

    def __post_init__(self) -> None:
        """Refuse uncertainties that are missing, double or impossible."""
        flows = (self.primary_flow_u_ratio, self.secondary_flow_u_ratio)
        by_flows = None not in flows and self.heat_u_ratio is None and self.heat_kw is None
        if not by_flows and (self.heat_u_ratio is None or flows != (None, None)):
            msg = "give heat_u_ratio alone, or without heat_kw both flow_u_ratios alone"
            raise ValueError(msg)
        for u in (self.temperature_u_k, self.heat_u_ratio, *flows):
            if u is not None and not (isfinite(u) and u >= 0.0):
                msg = f"an uncertainty of the exchanger must be 0 or above, got {u}"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangerState:
    """What an exchanger does, by step.

    ``imbalance_ratio`` is the heat the primary gives less that the secondary takes, over their
    mean: beyond the flows' uncertainty, a flow meter is wrong. ``correction_ratio`` is F.
    """

    heat_kw: FloatArray
    imbalance_ratio: FloatArray
    lmtd_k: FloatArray
    correction_ratio: FloatArray
    effectiveness_ratio: FloatArray
    ua_kw_per_k: FloatArray
    ua_u_kw_per_k: FloatArray


def exchanger_state(readings: ExchangerReadings, arrangement: Arrangement) -> ExchangerState:
    """Heat, effectiveness and UA from temperatures and flows.

    Parameters
    ----------
    readings : ExchangerReadings
        By step, shape (n,).

    Returns
    -------
    ExchangerState
        NaN where nothing flows, temperatures cross or are unknown.

    Notes
    -----
    UA = heat / (F x LMTD), with F from the four temperatures. u(UA) by first-order propagation
    (JCGM 100:2008, 5.1.2) with central differences; the weight is held as a constant.

    Examples
    --------
    Incropera and DeWitt, example 11.1: 8.524 kW over 43.2 K make UA = 0.197 kW/K.

    >>> readings = ExchangerReadings(
    ...     primary_inlet_degc=np.array([100.0]), primary_outlet_degc=np.array([60.0]),
    ...     secondary_inlet_degc=np.array([30.0]), secondary_outlet_degc=np.array([40.2]),
    ...     primary_kw_per_k=np.array([0.2131]), secondary_kw_per_k=np.array([0.8356]),
    ...     temperature_u_k=0.1, heat_u_ratio=0.02,
    ... )
    >>> exchanger_state(readings, Arrangement.COUNTER_FLOW).ua_kw_per_k.round(3).tolist()
    [0.197]
    """
    inputs, u_inputs = _inputs(readings)
    given, taken = inputs[4:] * (_CHANGES @ inputs[:4])
    rule = _primary_weight(inputs, u_inputs) if readings.heat_u_ratio is None else None
    weight = 0.5 if rule is None else rule
    heat = weight * given + (1.0 - weight) * taken if readings.heat_kw is None else readings.heat_kw
    least, reach = inputs[4:].min(axis=0), inputs[0] - inputs[2]
    # A heat meter knows the heat without the flows; that they stand still must still count.
    flowing = least > 0.0 if readings.heat_kw is None else ~(least <= 0.0)
    flowing &= (heat > 0.0) & (reach > 0.0) & (_CHANGES @ inputs[:4] >= 0.0).all(axis=0)
    heat = np.where(flowing, heat, np.nan)
    lmtd, correction = _lmtd_and_correction(inputs, arrangement)
    ua = heat / (lmtd * correction)
    variance = np.full(heat.shape, (readings.heat_u_ratio or 0.0) ** 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        for row in np.flatnonzero((u_inputs > 0.0).any(axis=1)):
            by = 0.01 * u_inputs * (np.arange(6) == row)[:, None]
            rise = _log_ua(inputs + by, rule, arrangement) - _log_ua(inputs - by, rule, arrangement)
            variance += np.square(rise / 0.02)
        return ExchangerState(
            heat_kw=heat,
            imbalance_ratio=2.0 * (given - taken) / np.where(flowing, given + taken, np.nan),
            lmtd_k=np.where(flowing, lmtd, np.nan),
            correction_ratio=np.where(flowing, correction, np.nan),
            effectiveness_ratio=heat / (least * reach),
            ua_kw_per_k=ua,
            ua_u_kw_per_k=ua * np.sqrt(variance),
        )


def _inputs(r: ExchangerReadings) -> tuple[FloatArray, FloatArray]:
    """Four temperatures and two capacity rates in rows, and their standard uncertainties."""
    primary = (r.primary_inlet_degc, r.primary_outlet_degc)
    secondary = (r.secondary_inlet_degc, r.secondary_outlet_degc)
    rows = (*primary, *secondary, r.primary_kw_per_k, r.secondary_kw_per_k)
    inputs = np.array(np.broadcast_arrays(*rows), dtype=float)
    u_inputs = np.full(inputs.shape, r.temperature_u_k)
    u_inputs[4] = inputs[4] * (r.primary_flow_u_ratio or 0.0)
    u_inputs[5] = inputs[5] * (r.secondary_flow_u_ratio or 0.0)
    return inputs, u_inputs


def _primary_weight(inputs: FloatArray, u_inputs: FloatArray) -> FloatArray:
    """Share of the primary in the mean heat: the less certain side counts less."""
    of_pairs = 2.0 * np.square(inputs[4:] * u_inputs[0])
    primary, secondary = np.square(u_inputs[4:] * (_CHANGES @ inputs[:4])) + of_pairs
    both = primary + secondary
    return np.asarray(np.where(both > 0.0, secondary / np.where(both > 0.0, both, 1.0), 0.5))


def _lmtd_and_correction(
    inputs: FloatArray, arrangement: Arrangement
) -> tuple[FloatArray, FloatArray]:
    lmtd = log_mean_difference_k(inputs[0] - inputs[3], inputs[1] - inputs[2])
    # F of the other stream is the same; a derivative's step may bring an isothermal one below 0.
    changes_k, reach = _CHANGES @ inputs[:4], inputs[0] - inputs[2]
    wide, narrow = changes_k.max(axis=0), np.maximum(changes_k.min(axis=0), 0.0)
    wide, reach = (np.where(each > 0.0, each, np.nan) for each in (wide, reach))
    return lmtd, correction_factor_ratio(wide / reach, narrow / wide, arrangement)


def _log_ua(inputs: FloatArray, weight: FloatArray | None, arrangement: Arrangement) -> FloatArray:
    """Logarithm of UA, its heat left out where that does not hang on these inputs."""
    lmtd, correction = _lmtd_and_correction(inputs, arrangement)
    if weight is None:
        return np.asarray(-np.log(lmtd * correction))
    given, taken = inputs[4:] * (_CHANGES @ inputs[:4])
    return np.asarray(np.log((weight * given + (1.0 - weight) * taken) / (lmtd * correction)))
