"""Figures too smooth: the scatter of one meter vanishes while that of its like goes on."""

from collections.abc import Sequence
from datetime import date
from math import exp

import numpy as np
import scipy

from models.plausibility.suspicion import Figure, Suspicion, SuspicionKind
from models.readings import FloatArray

_WEEK = 7
_LEAST_METERS = 3
_LEAST_INSIDE, _LEAST_OUTSIDE = 2, 8
_LEAST_HOURS = 84
# The level of scatter of a sound meter against its like wanders at least so much. [log]
_LEAST_SPREAD = 0.1
# Neighbouring weeks are alike: two of them tell as much as one of their own.
_WEEKS_PER_FACT = 2.0
_MATERIAL_RATIO = 0.5
# Scatter below so many steps of the register is its rounding.
_ROUNDING_STEPS = 2.0


def too_smooth(
    meters: Sequence[str],
    days: Sequence[date],
    hourly: FloatArray,
    resolution: Sequence[float],
) -> tuple[Suspicion | None, ...]:
    """Whether the scatter of a meter drops for some weeks, against its own past and its peers.

    Parameters
    ----------
    meters : sequence of str, length m
        Meters of one role, at least 3.
    days : sequence of date, length n
        Consecutive legal days.
    hourly : float array, shape (m, n, 24)
        What each register counted in each hour; NaN where not known.
    resolution : sequence of float, length m
        The steps in which the registers count, 0 for none.

    Returns
    -------
    tuple of Suspicion or None, length m
        None where fewer than 10 weeks can be told, or without two peers. ``effect`` is the scatter
        of those weeks over that of the others [ratio].

    Notes
    -----
    By week, the logarithm of the median difference of an hour from the hour before, less the median
    of the same of the peers: what seasons and growth do to all drops out. Every stretch of two
    weeks or more is held against the weeks outside it with Welch's statistic, a
    pair of weeks counted as one, and the number of stretches as tests. Scatter that does not halve,
    or that is below 2 steps of the register before, gives p = 1: a constant load is not smooth
    but constant.

    Examples
    --------
    Four like meters; one is replaced by its running mean for ten weeks:

    >>> rng = np.random.default_rng(8)
    >>> days = [date.fromordinal(730_000 + n) for n in range(350)]
    >>> hourly = rng.normal(50.0, 2.0, (4, 350, 24)).round(3)
    >>> names = ("a", "b", "c", "d")
    >>> min(one.p_value for one in too_smooth(names, days, hourly, [0.001] * 4)) > 0.01
    True
    >>> hourly[2, 140:210] = 50.0 + rng.normal(0.0, 0.2, (70, 24))
    >>> found = too_smooth(names, days, hourly, [0.001] * 4)[2]
    >>> found.since.toordinal() - 730_000, found.p_value < 1e-9, found.effect < 0.15
    (140, True, True)
    """
    weeks = len(days) // _WEEK
    if len(meters) < _LEAST_METERS or weeks < _LEAST_INSIDE + _LEAST_OUTSIDE:
        return (None,) * len(meters)
    scatter = np.stack([_weekly_scatter(hourly[m], weeks) for m in range(len(meters))])
    floor = np.array([max(_ROUNDING_STEPS * step, 1e-12) for step in resolution])
    level = np.log(np.maximum(scatter, floor[:, None]))
    found: list[Suspicion | None] = []
    for m, meter in enumerate(meters):
        others = np.delete(level, m, axis=0)
        known = np.isfinite(others).sum(axis=0) >= _LEAST_METERS - 1
        peers = np.full(weeks, np.nan)
        peers[known] = np.nanmedian(others[:, known], axis=0)
        found.append(_smoothest_stretch(meter, days, level[m] - peers))
    return tuple(found)


def _weekly_scatter(hourly: FloatArray, weeks: int) -> FloatArray:
    """Median difference of an hour from the hour before, by week; NaN in weeks hardly known."""
    flat = hourly[: weeks * _WEEK].reshape(weeks, -1)
    step = np.abs(np.diff(flat, axis=1))
    known = np.isfinite(step).sum(axis=1) >= _LEAST_HOURS
    scatter = np.full(weeks, np.nan)
    if known.any():
        scatter[known] = np.nanmedian(step[known], axis=1)
    return scatter


def _smoothest_stretch(meter: str, days: Sequence[date], level: FloatArray) -> Suspicion | None:
    """The stretch of weeks that is most surely below the rest."""
    week = np.flatnonzero(np.isfinite(level))
    n = len(week)
    if n < _LEAST_INSIDE + _LEAST_OUTSIDE:
        return None
    value = level[week]
    sums = np.concatenate([[0.0], np.cumsum(value)])
    squares = np.concatenate([[0.0], np.cumsum(value * value)])
    start, end = np.triu_indices(n + 1, _LEAST_INSIDE)
    kept = n - (end - start) >= _LEAST_OUTSIDE
    start, end = start[kept], end[kept]
    inside, outside = (end - start).astype(float), (n - (end - start)).astype(float)
    mean_in = (sums[end] - sums[start]) / inside
    mean_out = (sums[n] - sums[end] + sums[start]) / outside
    second = (squares[n] - squares[end] + squares[start]) / outside
    variance = np.maximum(second - mean_out**2, 0.0) * outside / (outside - 1.0)
    spread = np.maximum(np.sqrt(variance), _LEAST_SPREAD)
    error = spread * np.sqrt(_WEEKS_PER_FACT * (1.0 / inside + 1.0 / outside))
    freedom = np.maximum(outside / _WEEKS_PER_FACT - 1.0, 1.0)
    chance = np.asarray(scipy.stats.t.cdf((mean_in - mean_out) / error, freedom))
    best = int(np.argmin(chance))
    ratio = exp(float(mean_in[best] - mean_out[best]))
    first, last = int(week[start[best]]), int(week[end[best] - 1])
    p_value = min(1.0, len(chance) * float(chance[best]))
    return Suspicion(
        kind=SuspicionKind.TOO_SMOOTH,
        about=(meter,),
        since=days[first * _WEEK],
        until=date.fromordinal(days[last * _WEEK].toordinal() + _WEEK),
        p_value=p_value if ratio <= _MATERIAL_RATIO else 1.0,
        effect=ratio,
        effect_unit="ratio",
        figures=(
            Figure(name="weeks_inside", value=float(inside[best]), unit="weeks"),
            Figure(name="weeks_outside", value=float(outside[best]), unit="weeks"),
            Figure(name="usual_spread_of_log", value=float(spread[best]), unit=""),
        ),
    )
