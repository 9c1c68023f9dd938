"""How a daily energy or volume follows weather, weekday and time."""

from dataclasses import dataclass

import numpy as np

from models.readings import FloatArray, IntArray

# A piecewise straight line in the temperature with corners every 4 K holds heating below its base,
# free cooling, chillers and wet panels alike, without a word on which is which.
_CORNERS_DEGC = (0.0, 4.0, 8.0, 12.0, 16.0, 20.0, 24.0)
_LEAST_DAYS = 45
_BLOCK_DAYS = 7
_SEASON_DAYS = 30
_YEAR_DAYS = 365.2425
# Strength of the prior against bends: it rules only where hardly a day was ever that warm or cold.
_RIDGE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A fitted quantity by day.

    ``root`` is a square root of the coefficients' covariance, ``residual`` what the fit left on
    each of ``residual_day``, the days that were known.
    """

    coefficients: FloatArray
    root: FloatArray
    residual: FloatArray
    residual_day: IntArray
    origin_day: int


def _basis(day: IntArray, temp_degc: FloatArray, origin_day: int) -> FloatArray:
    """Rows of the regression, shape (..., days, terms)."""
    temp = np.asarray(temp_degc, dtype=float)
    columns = [np.ones(temp.shape), (temp - 12.0) / 10.0]
    columns += [np.maximum(temp - corner, 0.0) / 10.0 for corner in _CORNERS_DEGC]
    shape = np.broadcast_shapes(temp.shape, np.shape(day))
    columns += [
        np.broadcast_to((np.asarray(day) - origin_day) / 365.0, shape),
        # The count begins on whatever weekday: Saturdays and Sundays are two of seven phases.
        *(np.broadcast_to((np.asarray(day) % 7 == n).astype(float), shape) for n in range(6)),
    ]
    return np.stack(columns, axis=-1)


def fit_demand(day: IntArray, daily: FloatArray, temp_degc: FloatArray) -> Demand | None:
    """Fit a quantity to weather, weekday and a slow trend.

    Parameters
    ----------
    day : int array, shape (n,)
        Days counted from any origin, consecutive.
    daily : float array, shape (n,)
        The quantity by day, NaN where unknown. [kWh or m3]
    temp_degc : float array, shape (n,)
        Daily mean outdoor temperature, NaN where unknown. [degC]

    Returns
    -------
    Demand or None
        None with fewer than 45 known days.

    Notes
    -----
    Ridge regression on a linear spline; the penalty is on the bends, the trend and the weekdays,
    not on level and slope. The covariance is widened for correlated residuals by (1 + r)/(1 - r).

    Examples
    --------
    >>> day = np.arange(400)
    >>> temp = 12.0 - 8.0 * np.cos(2.0 * np.pi * day / 365.0)
    >>> heat = 200.0 + 30.0 * np.maximum(16.0 - temp, 0.0)
    >>> fitted = fit_demand(day, heat, temp)
    >>> round(float(np.abs(fitted.residual).max() / heat.max()), 1)
    0.0
    """
    known = np.isfinite(daily) & np.isfinite(temp_degc)
    if known.sum() < _LEAST_DAYS:
        return None
    origin = int(day[known][-1])
    x, y = _basis(day[known], temp_degc[known], origin), daily[known]
    penalty = np.full(x.shape[1], _RIDGE)
    penalty[:2] = 0.0
    gram = x.T @ x + np.diag(penalty)
    inverse = np.linalg.inv(gram)
    fit = inverse @ (x.T @ y)
    rest = y - x @ fit
    power = float(rest @ rest)
    follows = float(rest[1:] @ rest[:-1]) / power if power > 0.0 else 0.0
    widen = (1.0 + min(max(follows, 0.0), 0.9)) / (1.0 - min(max(follows, 0.0), 0.9))
    covariance = inverse * (power / max(len(y) - x.shape[1], 1)) * widen
    return Demand(
        coefficients=fit,
        root=np.linalg.cholesky(covariance + 1e-18 * np.eye(len(fit)) * max(power, 1.0)),
        residual=rest,
        residual_day=day[known],
        origin_day=origin,
    )


def demand_paths(
    fits: tuple[Demand, ...], day: IntArray, temp_degc: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, ...]:
    """Days to come of several quantities that share weather and chance.

    Parameters
    ----------
    fits : tuple of Demand
        Fitted over the same days.
    day : int array, shape (d,)
        The days.
    temp_degc : float array, shape (paths, d)
        Their temperatures.

    Returns
    -------
    tuple of float array, shape (paths, d)
        Never below 0. Residuals are drawn in blocks of a week from the same season (a wet panel
        scatters in summer only), at the same place for all quantities, so that what goes together
        stays together.

    Raises
    ------
    ValueError
        If the fits are not of the same days.
    """
    days = fits[0].residual_day
    if any(not np.array_equal(fit.residual_day, days) for fit in fits):
        msg = "quantities that share chance must be fitted over the same days"
        raise ValueError(msg)
    places = _season_places(days, day, rng, len(temp_degc))
    count = len(temp_degc)
    found = []
    for fit in fits:
        basis = _basis(day, temp_degc, fit.origin_day)
        chance = rng.standard_normal((count, len(fit.coefficients)))
        coefficients = fit.coefficients + chance @ fit.root.T
        expected = np.einsum("pdk,pk->pd", basis, coefficients)
        found.append(np.maximum(expected + fit.residual[places], 0.0))
    return tuple(found)


def _season_places(
    known_day: IntArray, day: IntArray, rng: np.random.Generator, count: int
) -> IntArray:
    """Where to take residuals from, shape (count, days): weeks near the same day of a year."""
    places = np.empty((count, len(day)), dtype=np.int64)
    last = len(known_day) - 1
    for start in range(0, len(day), _BLOCK_DAYS):
        block = slice(start, min(start + _BLOCK_DAYS, len(day)))
        apart = np.abs((known_day - day[start] + 0.5 * _YEAR_DAYS) % _YEAR_DAYS - 0.5 * _YEAR_DAYS)
        near = np.flatnonzero(apart <= _SEASON_DAYS)
        if len(near) < 2 * _BLOCK_DAYS:
            near = np.arange(len(known_day))
        first = rng.choice(near, count)
        places[:, block] = np.minimum(first[:, None] + np.arange(block.stop - start), last)
    return places
