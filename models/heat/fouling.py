"""Fouling of an exchanger: how its UA falls at equal flow, and when it will be too low."""

from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np
import scipy

from models.readings import FloatArray

_LEAST_POINTS = 30
_LEAST_DAYS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FoulingTrend:
    """UA at the reference flow and its course, over the time since the last cleaning.

    ``ua_now_kw_per_k`` with its standard uncertainty ``ua_now_u_kw_per_k`` is that of the fitted
    line at the end. ``change_per_day`` is relative to it, ``proven`` whether its 95 % interval
    lies below 0. ``cleaned_at_day`` is the day of the last cleaning seen in the data.
    ``lever_days`` lies between the middle of the data and their end: over it an error of the slope
    moves the end; ``coverage_factor`` is that of the 95 % interval (Student).
    """

    ua_now_kw_per_k: float
    ua_now_u_kw_per_k: float
    change_per_day: float
    change_low_per_day: float
    change_high_per_day: float
    proven: bool
    cleaned_at_day: float | None
    points: int
    lever_days: float = 0.0
    coverage_factor: float = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysLeft:
    """Days until a threshold: best estimate and 95 % interval; ``latest`` None is never."""

    expected: float
    earliest: float
    latest: float | None


def normalised_ua(
    ua_kw_per_k: FloatArray,
    flow_m3_per_h: FloatArray,
    reference_flow_m3_per_h: float,
    exponent: float,
) -> FloatArray:
    """UA as it would be at the reference flow.

    Parameters
    ----------
    ua_kw_per_k : float array, shape (n,)
        UA as it was. [kW/K]
    flow_m3_per_h : float array, shape (n,)
        Flow that rules the film coefficient. [m3/h]
    reference_flow_m3_per_h : float
        Flow at which all are compared; above 0. [m3/h]
    exponent : float
        UA rises with the flow to this power: about 0.6 to 0.8 in plate exchangers with both sides
        turbulent and their flows in proportion, 0 where the wall rules. [-]

    Returns
    -------
    float array, shape (n,)
        UA x (reference / flow)^exponent [kW/K]; NaN where nothing flows.

    Raises
    ------
    ValueError
        When the reference flow is not above 0 or the exponent outside 0 to 1.

    Examples
    --------
    >>> normalised_ua(np.array([61.6]), np.array([5.0]), 10.0, 0.7).round(1).tolist()
    [100.1]
    """
    if reference_flow_m3_per_h <= 0.0 or not 0.0 <= exponent <= 1.0:
        msg = f"reference flow must be above 0 and the exponent 0 to 1, got {exponent}"
        raise ValueError(msg)
    flowing = np.where(flow_m3_per_h > 0.0, flow_m3_per_h, np.nan)
    return np.asarray(ua_kw_per_k * (reference_flow_m3_per_h / flowing) ** exponent)


def _require_above_0(name: str, value: float) -> None:
    if not (isfinite(value) and value > 0.0):
        msg = f"{name} must be above 0, got {value}"
        raise ValueError(msg)


def _correlation(residual: FloatArray, parameters: int) -> float:
    """Lag-1 correlation, freed of the bias that the fit gives it; 0 to 0.99."""
    n, variance = len(residual), float(residual @ residual)
    if variance == 0.0:
        return 0.0
    found = float(residual[1:] @ residual[:-1]) / variance
    return min(max((n * found + parameters) / (n - 2.0 * parameters), 0.0), 0.99)


def fouling_trend(
    day: FloatArray, ua_kw_per_k: FloatArray, *, cleaning_step_ratio: float = 0.15
) -> FoulingTrend | None:
    """Fit a straight line to the UA at reference flow since the last cleaning.

    Parameters
    ----------
    day : float array, shape (n,)
        Time of each value in days, rising.
    ua_kw_per_k : float array, shape (n,)
        UA at the reference flow, NaN where unknown. [kW/K]
    cleaning_step_ratio : float
        A lasting rise of at least this share is a cleaning.

    Returns
    -------
    FoulingTrend or None
        None with fewer than 30 values or five days of them.

    Notes
    -----
    Least squares by Theil and Sen is robust but gives no honest interval for correlated values;
    here ordinary least squares, its standard error widened for the correlation of the residuals
    taken as AR(1): effective number n (1 - r)/(1 + r) (von Storch and Zwiers, Statistical Analysis
    in Climate Research, 6.6.8), with r freed of the bias that fitting a line gives it, about
    (2 + 4 r)/n. Relative change of UA and of 1/UA agree while it is small; the
    resistance R_f = 1/UA - 1/UA_clean follows from both ends.

    Examples
    --------
    A UA of 100 kW/K that loses 0.1 kW/K a day:

    >>> days = np.arange(60.0)
    >>> trend = fouling_trend(days, 100.0 - 0.1 * days + 0.3 * np.sin(9.0 * days))
    >>> round(trend.ua_now_kw_per_k, 1), trend.proven, round(1e3 * trend.change_per_day, 1)
    (94.1, True, -1.1)
    """
    known = np.isfinite(ua_kw_per_k) & np.isfinite(day)
    day, ua = day[known], ua_kw_per_k[known]
    cleaned = _last_cleaning(ua, cleaning_step_ratio)
    since = 0 if cleaned is None else cleaned
    x, y = day[since:], ua[since:]
    if len(x) < _LEAST_POINTS or x[-1] - x[0] < _LEAST_DAYS:
        return None
    centre = x - x.mean()
    slope = float(centre @ y / (centre @ centre))
    residual = y - y.mean() - slope * centre
    effective = _effective_number(residual)
    spread = float(np.sqrt((residual @ residual) / len(x) * effective / max(effective - 2.0, 1.0)))
    shrink = np.sqrt(len(x) / effective)
    slope_u = spread * shrink / float(np.sqrt(centre @ centre))
    reach = float(scipy.stats.t.ppf(0.975, max(effective - 2.0, 1.0)))
    now = float(y.mean() + slope * centre[-1])
    now_u = float(np.hypot(spread / np.sqrt(effective), slope_u * centre[-1]))
    return FoulingTrend(
        ua_now_kw_per_k=now,
        ua_now_u_kw_per_k=now_u,
        change_per_day=slope / now,
        change_low_per_day=(slope - reach * slope_u) / now,
        change_high_per_day=(slope + reach * slope_u) / now,
        proven=bool(slope + reach * slope_u < 0.0),
        cleaned_at_day=None if cleaned is None else float(x[0]),
        points=len(x),
        lever_days=float(centre[-1]),
        coverage_factor=reach,
    )


def _effective_number(residual: FloatArray) -> float:
    correlation = _correlation(residual, parameters=2)
    return max(len(residual) * (1.0 - correlation) / (1.0 + correlation), 3.0)


def _last_cleaning(ua: FloatArray, step_ratio: float) -> int | None:
    """Index of the first value after the last lasting rise, by medians of ten on either side."""
    width = 10
    if len(ua) < 2 * width:
        return None
    blocks = np.lib.stride_tricks.sliding_window_view(ua, width)
    middle = np.median(blocks, axis=1)
    rise = middle[width:] / middle[:-width] - 1.0
    steps = np.flatnonzero(rise >= step_ratio)
    if len(steps) == 0:
        return None
    last = steps[-1]
    # Of a run of neighbouring steps the greatest marks the place.
    run = steps[steps > last - width]
    first = int(run[np.argmax(rise[run])])
    # Medians flip up to half a block too early or late: the split that leaves least scatter tells.
    span = ua[first : first + 2 * width]
    scatter = [_scatter(span[:cut]) + _scatter(span[cut:]) for cut in range(1, len(span))]
    return first + 1 + int(np.argmin(scatter))


def _scatter(values: FloatArray) -> float:
    return float(np.abs(values - np.median(values)).sum())


def days_to_threshold(
    trend: FoulingTrend, clean_ua_kw_per_k: float, threshold_ratio: float
) -> DaysLeft | None:
    """Days until UA falls to a share of the clean one; None while no fouling is proven.

    Parameters
    ----------
    trend : FoulingTrend
        The fitted line.
    clean_ua_kw_per_k : float
        UA of the clean exchanger at the reference flow; above 0. [kW/K]
    threshold_ratio : float
        Share of it at which to clean, above 0 and below 1. [-]

    Returns
    -------
    DaysLeft or None
        0 days when it is there already.

    Raises
    ------
    ValueError
        When the clean UA or the threshold is outside its range.

    Notes
    -----
    The interval holds all days at which the threshold is not rejected against the fitted line
    (Fieller; inverse prediction in Draper and Smith, Applied Regression Analysis, 3.2): level and
    slope are both uncertain, and errors of the slope move the end of the line too. It says
    nothing of a fouling that speeds up or levels off.

    Examples
    --------
    From 90 to 75 of 100 kW/K at 0.1 kW/K a day, the level known:

    >>> trend = FoulingTrend(
    ...     ua_now_kw_per_k=90.0, ua_now_u_kw_per_k=0.0, change_per_day=-0.1 / 90.0,
    ...     change_low_per_day=-0.15 / 90.0, change_high_per_day=-0.05 / 90.0, proven=True,
    ...     cleaned_at_day=None, points=100,
    ... )
    >>> left = days_to_threshold(trend, 100.0, 0.75)
    >>> round(left.earliest), round(left.expected), round(left.latest)
    (100, 150, 300)
    """
    _require_above_0("clean_ua_kw_per_k", clean_ua_kw_per_k)
    if not 0.0 < threshold_ratio < 1.0:
        msg = f"threshold_ratio is a share of the clean UA, 0 to 1, got {threshold_ratio}"
        raise ValueError(msg)
    above = trend.ua_now_kw_per_k - threshold_ratio * clean_ua_kw_per_k
    if above <= 0.0:
        return DaysLeft(expected=0.0, earliest=0.0, latest=0.0)
    slope = trend.change_per_day * trend.ua_now_kw_per_k
    half = 0.5 * (trend.change_high_per_day - trend.change_low_per_day) * trend.ua_now_kw_per_k
    # (above + slope d)^2 = q^2 u^2 of the line d days ahead, whose slope swings about the middle.
    now_half = trend.coverage_factor * trend.ua_now_u_kw_per_k
    square = slope**2 - half**2
    if not trend.proven or square <= 0.0:
        return None
    linear = above * slope - half**2 * trend.lever_days
    constant = above**2 - now_half**2
    root = sqrt(max(linear**2 - square * constant, 0.0))
    return DaysLeft(
        expected=above / -slope,
        earliest=max((-linear - root) / square, 0.0),
        latest=(-linear + root) / square,
    )
