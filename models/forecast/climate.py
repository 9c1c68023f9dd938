"""Outdoor temperatures of days to come: the season, and weather that wanders around it."""

from dataclasses import dataclass

import numpy as np

from models.readings import FloatArray, IntArray

YEAR_DAYS = 365.2425
_LEAST_DAYS = 300
_HARMONICS = 2
_BLOCK_DAYS = 10
_NEAR_DAYS = 30
_MEMORY_DAYS = 10
# What whole seasons wander from year to year beyond what one or two years can show: an assumption,
# of the order of the scatter of yearly means in Paris. [K]
_SLOW_K = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Climate:
    """Season as harmonics of the year, and the weather that was seen around it.

    ``coefficients`` are mean, then cosine and sine of each harmonic [K], ``root`` a square root of
    their covariance; ``residual_k`` is what the season leaves on each of ``residual_day``;
    ``memory`` the correlation of a day with those after it.
    """

    coefficients: FloatArray
    root: FloatArray
    residual_k: FloatArray
    residual_day: IntArray
    memory: FloatArray

    def season_degc(self, day: IntArray) -> FloatArray:
        """Expected daily mean. ``day`` counts days from any fixed origin of the fit."""
        return np.asarray(_seasonal_basis(day) @ self.coefficients)


def _seasonal_basis(day: IntArray) -> FloatArray:
    angle = 2.0 * np.pi * np.asarray(day, dtype=float) / YEAR_DAYS
    columns = [np.ones(len(angle))]
    for n in range(1, _HARMONICS + 1):
        columns += [np.cos(n * angle), np.sin(n * angle)]
    return np.stack(columns, axis=1)


def fit_climate(day: IntArray, daily_mean_degc: FloatArray) -> Climate | None:
    """Fit season and weather to the past.

    Parameters
    ----------
    day : int array, shape (n,)
        Days in order, counted from any fixed origin.
    daily_mean_degc : float array, shape (n,)
        Daily mean temperature, NaN where unknown. [degC]

    Returns
    -------
    Climate or None
        None with fewer than 300 known days: no season can be told from less.

    Notes
    -----
    Least squares on two harmonics (Wilks, Statistical Methods in the Atmospheric Sciences,
    harmonic analysis; background knowledge). One or two years make an uncertain season: the
    covariance of its coefficients is widened by 1 + 2 times the sum of the memory, as the variance
    of a mean of correlated days.

    Examples
    --------
    >>> day = np.arange(730)
    >>> fitted = fit_climate(day, 12.0 - 8.0 * np.cos(2.0 * np.pi * day / 365.2425))
    >>> fitted.season_degc(np.array([0, 183])).round(1).tolist()
    [4.0, 20.0]
    """
    known = np.isfinite(daily_mean_degc)
    if known.sum() < _LEAST_DAYS:
        return None
    basis = _seasonal_basis(day[known])
    size, axis = np.linalg.eigh(basis.T @ basis)
    told = size > size[-1] * len(size) * np.finfo(float).eps
    inverse = np.where(told, 1.0 / np.where(told, size, 1.0), 0.0)
    fit = axis @ (inverse * (axis.T @ (basis.T @ daily_mean_degc[known])))
    rest = daily_mean_degc[known] - basis @ fit
    memory = _memory(rest, day[known])
    variance = float(np.var(rest)) * max(1.0 + 2.0 * float(memory.sum()), 0.0)
    return Climate(
        coefficients=np.asarray(fit, dtype=np.float64),
        root=np.asarray(axis * np.sqrt(inverse * variance), dtype=np.float64),
        residual_k=np.asarray(rest),
        residual_day=day[known],
        memory=memory,
    )


def _memory(rest: FloatArray, day: IntArray) -> FloatArray:
    """Correlation at 1, 2, ... days, 0 from where it first is not above 0."""
    found = np.zeros(_MEMORY_DAYS)
    for lag in range(1, _MEMORY_DAYS + 1):
        apart = day[lag:] - day[:-lag] == lag
        before, after = rest[:-lag][apart], rest[lag:][apart]
        power = float(np.sqrt((before @ before) * (after @ after)))
        follows = float(before @ after) / power if power > 0.0 else 0.0
        if follows <= 0.0:
            break
        found[lag - 1] = follows
    return found


def season_blocks(
    known_day: IntArray,
    day: IntArray,
    rng: np.random.Generator,
    count: int,
    *,
    block_days: int,
    near_days: int,
) -> IntArray:
    """Where in the past to take days from: runs of days from near the same day of a year.

    Parameters
    ----------
    known_day : int array, shape (n,)
        Days of the past that can be taken, in order.
    day : int array, shape (d,)
        Days to be filled, in order.
    rng : Generator
        Source of chance, owned by the caller.
    count : int
        How many paths.
    block_days, near_days : int
        Length of a run, and how far in the year its first day may lie from the day it fills. [d]

    Returns
    -------
    int array, shape (count, d)
        Places in ``known_day``: a moving-block bootstrap within the season (Kunsch 1989).

    Examples
    --------
    Two days in January are taken as two days on end of a January of the past:

    >>> past = np.arange(730)
    >>> places = season_blocks(
    ...     past, np.array([735, 736]), np.random.default_rng(1), 50, block_days=2, near_days=5
    ... )
    >>> bool((np.diff(places) == 1).all()), sorted({int(each) // 365 for each in places[:, 0]})
    (True, [0, 1])
    """
    places = np.empty((count, len(day)), dtype=np.int64)
    last = len(known_day) - 1
    for start in range(0, len(day), block_days):
        block = slice(start, min(start + block_days, len(day)))
        apart = np.abs((known_day - day[start] + 0.5 * YEAR_DAYS) % YEAR_DAYS - 0.5 * YEAR_DAYS)
        near = np.flatnonzero((apart <= near_days) & (np.arange(last + 1) <= last - block_days))
        if len(near) < 2 * block_days:
            near = np.arange(max(last + 1 - block_days, 1))
        first = rng.choice(near, count)
        places[:, block] = np.minimum(first[:, None] + np.arange(block.stop - start), last)
    return places


def weather_paths(
    climate: Climate,
    day: IntArray,
    last_known: tuple[int, float] | None,
    rng: np.random.Generator,
    count: int,
) -> FloatArray:
    """Temperatures of days to come.

    Parameters
    ----------
    climate : Climate
        The season and its weather.
    day : int array, shape (d,)
        The days, in order, in the count of the fit.
    last_known : tuple of int and float, optional
        Last day with a temperature, before the first of ``day``, and that temperature [degC]: the
        weather goes on from it as far as the memory reaches.
    rng : Generator
        Source of chance, owned by the caller.
    count : int
        How many paths.

    Returns
    -------
    float array, shape (count, d)
        Daily means. [degC]

    Notes
    -----
    Season drawn from its covariance, plus an error of the whole season, plus what the season left
    over in runs of ten days of the past from the same time of the year. A heat wave is no tail of
    a normal law: an AR(1) of the same persistence makes months scatter nearly twice as far as they
    do, and a normal law warms September as much as July.

    Examples
    --------
    A steady climate leaves only the error of the whole season, the same for all days of a path:

    >>> past = np.arange(730)
    >>> climate = fit_climate(past, 12.0 - 8.0 * np.cos(2.0 * np.pi * past / 365.2425))
    >>> paths = weather_paths(climate, np.arange(730, 733), None, np.random.default_rng(1), 500)
    >>> round(float(np.ptp(paths, axis=1).max()), 1), round(float(paths.mean()))
    (0.0, 4)
    """
    if len(day) == 0:
        return np.zeros((count, 0))
    chance = rng.standard_normal((count, len(climate.coefficients)))
    season = (climate.coefficients + chance @ climate.root.T) @ _seasonal_basis(day).T
    season += rng.normal(0.0, _SLOW_K, (count, 1))
    places = season_blocks(
        climate.residual_day, day, rng, count, block_days=_BLOCK_DAYS, near_days=_NEAR_DAYS
    )
    weather = climate.residual_k[places]
    if last_known is not None:
        at, temp = last_known
        ahead = day - at
        off = temp - float(climate.season_degc(np.array([at]))[0])
        memory = np.concatenate([climate.memory, [0.0]])[np.minimum(ahead - 1, _MEMORY_DAYS)]
        # As in linear prediction: what is left of the last day, and less chance where it holds.
        weather = memory * off + np.sqrt(1.0 - memory**2) * weather
    return np.asarray(season + weather)
