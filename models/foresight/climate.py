"""Outdoor temperatures of days to come: the season, and weather that wanders around it."""

from dataclasses import dataclass

import numpy as np

from models.readings import FloatArray, IntArray

_YEAR_DAYS = 365.2425
_LEAST_DAYS = 300
_HARMONICS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Climate:
    """Season as harmonics of the year, and AR(1) weather around it.

    ``coefficients`` are mean, then cosine and sine of each harmonic [K]; ``persistence`` is the
    correlation from day to day, ``innovation_k`` the standard deviation of what is new in a day.
    """

    coefficients: FloatArray
    persistence: float
    innovation_k: float

    def season_degc(self, day: IntArray) -> FloatArray:
        """Expected daily mean. ``day`` counts days from any fixed origin of the fit."""
        return np.asarray(_seasonal_basis(day) @ self.coefficients)


def _seasonal_basis(day: IntArray) -> FloatArray:
    angle = 2.0 * np.pi * np.asarray(day, dtype=float) / _YEAR_DAYS
    columns = [np.ones(len(angle))]
    for n in range(1, _HARMONICS + 1):
        columns += [np.cos(n * angle), np.sin(n * angle)]
    return np.stack(columns, axis=1)


def fit_climate(day: IntArray, daily_mean_degc: FloatArray) -> Climate | None:
    """Fit season and weather to the past.

    Parameters
    ----------
    day : int array, shape (n,)
        Consecutive days, counted from any fixed origin.
    daily_mean_degc : float array, shape (n,)
        Daily mean temperature, NaN where unknown. [degC]

    Returns
    -------
    Climate or None
        None with fewer than 300 known days: no season can be told from less.

    Notes
    -----
    Least squares on two harmonics (Wilks, Statistical Methods in the Atmospheric Sciences, 10.4);
    one or two years make an uncertain climate: its mean wanders by most of a degree from year to
    year, which AR(1) weather of daily persistence does not show in full. The persistence is kept at
    0.6 at least, and the years' own wander is added in :func:`weather_paths`.

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
    fit, *_ = np.linalg.lstsq(basis, daily_mean_degc[known], rcond=None)
    rest = daily_mean_degc[known] - basis @ fit
    follows = np.diff(day[known]) == 1
    before, after = rest[:-1][follows], rest[1:][follows]
    power = float(before @ before)
    persistence = float(before @ after) / power if power > 0.0 else 0.0
    persistence = min(max(persistence, 0.6), 0.95)
    innovation = float(np.std(rest)) * float(np.sqrt(1.0 - persistence**2))
    return Climate(
        coefficients=np.asarray(fit, dtype=np.float64),
        persistence=persistence,
        innovation_k=innovation,
    )


# Standard deviation of a whole season's mean from one year to another; near the public records of
# Paris, where single months scatter by 1.5 to 2 K and years by 0.5 to 0.6 K.
_SLOW_K = 0.6


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
    day : int array, shape (d,)
        The days, consecutive, in the count of the fit.
    last_known : tuple of int and float, optional
        Last day with a temperature, and that temperature [degC]: the weather goes on from it.
    rng : Generator
        Source of chance, owned by the caller.
    count : int
        How many paths.

    Returns
    -------
    float array, shape (count, d)
        Daily means. [degC]
    """
    deviation = np.zeros(count)
    if last_known is not None:
        at, temp = last_known
        gap = max(int(day[0]) - at - 1, 0)
        start = temp - float(climate.season_degc(np.array([at]))[0])
        deviation += start * climate.persistence**gap
    season = climate.season_degc(day) + rng.normal(0.0, _SLOW_K, (count, 1))
    news = rng.normal(0.0, climate.innovation_k, (count, len(day)))
    wander = np.empty((count, len(day)))
    for n in range(len(day)):
        deviation = climate.persistence * deviation + news[:, n]
        wander[:, n] = deviation
    return np.asarray(season + wander)
