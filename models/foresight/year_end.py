"""The value a ratio KPI will have at the end of the year, with an interval."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from models.foresight.climate import Climate, fit_climate, weather_paths
from models.foresight.demand import demand_paths, fit_demand
from models.readings import FloatArray, IntArray

PATHS = 1000
_LEVEL = (2.5, 50.0, 97.5)
_LEAST_KNOWN_RATIO = 0.9


class NoForecast(StrEnum):
    """Why there is no forecast."""

    TOO_FEW_DAYS = "too_few_days"
    NO_SEASON = "no_season"
    LOW_COVERAGE = "low_coverage"


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyHistory:
    """A ratio's two sums and the weather, by consecutive legal days, NaN where unknown.

    ``day`` counts days from any origin. ``scale`` brings numerator over denominator to the unit
    of the KPI (1000 for m3/kWh to L/kWh).
    """

    day: IntArray
    numerator: FloatArray
    denominator: FloatArray
    outdoor_degc: FloatArray
    scale: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class YearPaths:
    """Possible courses of the days that are left; ``first_day`` is the first of them.

    Sums over the days of the year that are known, and by path and day of those to come. Unknown
    days of the past are among those to come: they are drawn like them.
    """

    first_day: int
    day: IntArray
    so_far_numerator: float
    so_far_denominator: float
    numerator: FloatArray
    denominator: FloatArray
    scale: float

    def year_value(self) -> FloatArray:
        """The KPI of the whole year, by path."""
        top = self.so_far_numerator + self.numerator.sum(axis=1)
        bottom = self.so_far_denominator + self.denominator.sum(axis=1)
        return np.asarray(self.scale * top / bottom)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearEnd:
    """The forecast: median, and the interval that should hold the truth 95 times in 100."""

    value: float
    lower: float
    upper: float
    so_far: float | None
    days_known: int
    days_left: int
    values: FloatArray

    def probability_above(self, limit: float) -> float:
        """Probability that the year ends above a limit."""
        return float(np.mean(self.values > limit))


def year_paths(
    history: DailyHistory, year: tuple[int, int], seed: int, *, paths: int = PATHS
) -> YearPaths | NoForecast:
    """Draw the days of a year that are not known yet.

    Parameters
    ----------
    history : DailyHistory
        The past up to now, at best two years of it.
    year : tuple of int
        First day of the year and first day after it, in the count of the history.
    seed : int
        The same seed gives the same paths.

    Returns
    -------
    YearPaths or NoForecast
        TOO_FEW_DAYS below 45 days of both sums, NO_SEASON below 300 days of temperatures,
        LOW_COVERAGE when more than a tenth of the year's past days is unknown.

    Notes
    -----
    Both sums follow weather, weekday and trend (:mod:`models.foresight.demand`); the weather of the
    days to come is drawn around the season (:mod:`models.foresight.climate`); coefficients are
    drawn from their covariance and residuals in common weekly blocks. Nothing is assumed of
    what the operator will change.
    """
    start, end = year
    climate = fit_climate(history.day, history.outdoor_degc)
    if climate is None:
        return NoForecast.NO_SEASON
    both = np.isfinite(history.numerator) & np.isfinite(history.denominator)
    fits = tuple(
        fit_demand(history.day, np.where(both, each, np.nan), history.outdoor_degc)
        for each in (history.numerator, history.denominator)
    )
    if fits[0] is None or fits[1] is None:
        return NoForecast.TOO_FEW_DAYS
    within = (history.day >= start) & (history.day < end)
    known = within & both
    if within.any() and known[within].mean() < _LEAST_KNOWN_RATIO:
        return NoForecast.LOW_COVERAGE
    missing = np.setdiff1d(np.arange(start, end), history.day[known])
    rng = np.random.default_rng(seed)
    temp = _temperatures(history, missing, climate, rng, paths)
    top, bottom = demand_paths((fits[0], fits[1]), missing, temp, rng)
    ahead = missing[missing > int(history.day[-1])]
    return YearPaths(
        first_day=int(ahead[0]) if len(ahead) else end,
        day=missing,
        so_far_numerator=float(history.numerator[known].sum()),
        so_far_denominator=float(history.denominator[known].sum()),
        numerator=top,
        denominator=bottom,
        scale=history.scale,
    )


def _temperatures(
    history: DailyHistory,
    missing: IntArray,
    climate: Climate,
    rng: np.random.Generator,
    paths: int,
) -> FloatArray:
    """Known ones where the day was, drawn ones where it is to come or was never read."""
    if len(missing) == 0:
        return np.zeros((paths, 0))
    measured = np.flatnonzero(np.isfinite(history.outdoor_degc))
    last = int(measured[-1])
    whole = np.arange(int(missing[0]), int(missing[-1]) + 1)
    drawn = weather_paths(
        climate, whole, (int(history.day[last]), float(history.outdoor_degc[last])), rng, paths
    )[:, missing - whole[0]]
    place = np.searchsorted(history.day, missing)
    inside = (place < len(history.day)) & (
        history.day[np.minimum(place, len(history.day) - 1)] == missing
    )
    past = np.where(inside, history.outdoor_degc[np.minimum(place, len(history.day) - 1)], np.nan)
    return np.asarray(np.where(np.isfinite(past), past, drawn))


def year_end(
    history: DailyHistory,
    year: tuple[int, int],
    seed: int,
    *,
    meter_u_ratio: float = 0.0,
    paths: int = PATHS,
) -> YearEnd | NoForecast:
    """Forecast the KPI of a year.

    Parameters
    ----------
    meter_u_ratio : float
        Relative standard uncertainty of the KPI from its meters: one error for the past and the
        days to come, added to every path. [-]

    Returns
    -------
    YearEnd or NoForecast
        With no day left, the value itself with the meters' uncertainty.

    Examples
    --------
    A PUE that follows the temperature, forecast in the middle of the second year:

    >>> rng = np.random.default_rng(1)
    >>> day = np.arange(547)
    >>> temp = 12.0 - 8.0 * np.cos(2.0 * np.pi * day / 365.0) + rng.normal(0.0, 2.0, 547)
    >>> it = np.full(547, 6000.0)
    >>> facility = it * (1.25 + 0.01 * np.maximum(temp - 10.0, 0.0))
    >>> found = year_end(
    ...     DailyHistory(day=day, numerator=facility, denominator=it, outdoor_degc=temp),
    ...     (365, 730), seed=1,
    ... )
    >>> round(found.value, 2), found.lower < found.value < found.upper
    (1.29, True)
    """
    drawn = year_paths(history, year, seed, paths=paths)
    if isinstance(drawn, NoForecast):
        return drawn
    rng = np.random.default_rng(seed + 1)
    values = drawn.year_value() * (1.0 + meter_u_ratio * rng.standard_normal(paths))
    lower, middle, upper = np.percentile(values, _LEVEL)
    bottom = drawn.so_far_denominator
    known = year[1] - year[0] - len(drawn.day)
    return YearEnd(
        value=float(middle),
        lower=float(lower),
        upper=float(upper),
        so_far=drawn.scale * drawn.so_far_numerator / bottom if bottom > 0.0 else None,
        days_known=known,
        days_left=int((drawn.day >= drawn.first_day).sum()),
        values=values,
    )
