"""How a daily energy or volume follows weather, weekday and time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.forecast.climate import season_blocks
from models.readings import FloatArray, IntArray

# A piecewise straight line in the temperature with corners every 4 K holds heating below its base,
# free cooling, chillers and wet panels alike, without a word on which is which.
_CORNERS_DEGC = (0.0, 4.0, 8.0, 12.0, 16.0, 20.0, 24.0)
LEAST_DAYS = 45
_BLOCK_DAYS = 7
_SEASON_DAYS = 30
_RECENT_DAYS = 120.0
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


def _columns(day: IntArray, temp_degc: FloatArray, origin_day: int) -> Iterator[FloatArray]:
    """Terms of the regression, each of a shape that goes with the temperatures'."""
    temp = np.asarray(temp_degc, dtype=float)
    yield np.ones(temp.shape[-1:])
    yield (temp - 12.0) / 10.0
    for corner in _CORNERS_DEGC:
        yield np.maximum(temp - corner, 0.0) / 10.0
    yield (np.asarray(day) - origin_day) / 365.0
    # What has been different of late goes on: a site that was changed is not its mean of two years.
    yield np.exp(np.minimum(np.asarray(day) - origin_day, 0) / _RECENT_DAYS)
    # The count begins on whatever weekday: Saturdays and Sundays are two of seven phases.
    for n in range(6):
        yield (np.asarray(day) % 7 == n).astype(float)


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
    Ridge regression on a linear spline, a trend and a term of the last months that goes on as it
    is; the penalty is on these, the bends and the weekdays, not on level and slope. The covariance
    is widened for correlated residuals by (1 + r)/(1 - r).

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
    if known.sum() < LEAST_DAYS:
        return None
    origin = int(day[known][-1])
    x = np.stack(list(_columns(day[known], temp_degc[known], origin)), axis=-1)
    y = daily[known]
    penalty = np.full(x.shape[1], _RIDGE)
    penalty[:2] = 0.0
    size, axis = np.linalg.eigh(x.T @ x + np.diag(penalty))
    # Where it was always as warm, level and slope are told together only: the least that explains
    # the days is taken, and said to be known as well as they are.
    told = size > size[-1] * len(size) * np.finfo(float).eps
    inverse = np.where(told, 1.0 / np.where(told, size, 1.0), 0.0)
    fit = axis @ (inverse * (axis.T @ (x.T @ y)))
    rest = y - x @ fit
    power = float(rest @ rest)
    follows = float(rest[1:] @ rest[:-1]) / power if power > 0.0 else 0.0
    widen = (1.0 + min(max(follows, 0.0), 0.9)) / (1.0 - min(max(follows, 0.0), 0.9))
    variance = power / max(len(y) - x.shape[1], 1) * widen
    return Demand(
        coefficients=fit,
        root=axis * np.sqrt(inverse * variance),
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
        Single days may come out below 0: to cut them off would raise the sum of a water that runs
        in summer only. Residuals are drawn in blocks of a week from the same season (a wet panel
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
    count = len(temp_degc)
    places = season_blocks(days, day, rng, count, block_days=_BLOCK_DAYS, near_days=_SEASON_DAYS)
    mix = _correlation_root(fits)
    chance = rng.standard_normal((count, len(fits[0].coefficients), len(fits))) @ mix.T
    found = []
    for n, fit in enumerate(fits):
        coefficients = fit.coefficients + chance[:, :, n] @ fit.root.T
        expected = fit.residual[places]
        for term, column in enumerate(_columns(day, temp_degc, fit.origin_day)):
            expected += coefficients[:, term, None] * column
        found.append(expected)
    return tuple(found)


def _correlation_root(fits: tuple[Demand, ...]) -> FloatArray:
    """Square root of the correlation of the residuals of several quantities.

    With the same terms on the same days, coefficients err together as the residuals do (Zellner
    1962): what the IT equipment draws more, the whole site draws more.
    """
    rest = np.stack([fit.residual for fit in fits])
    size = np.sqrt((rest**2).mean(axis=1, keepdims=True))
    scaled = rest / np.where(size > 0.0, size, 1.0)
    correlation = 0.999 * (scaled @ scaled.T) / rest.shape[1]
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(np.linalg.cholesky(correlation))
