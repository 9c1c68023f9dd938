"""The value a ratio KPI will have at the end of the year, with an interval."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from models.forecast.climate import Climate, fit_climate, weather_paths
from models.forecast.demand import LEAST_DAYS, demand_paths, fit_demand
from models.readings import FloatArray, IntArray

PATHS = 2000
_LEVEL = (2.5, 50.0, 97.5)
_LEAST_KNOWN_RATIO = 0.9
# Share of the days to come that may be warmer or colder than any day the sums are known for, and by
# how much a day must be so to count. [-, K]
_MOST_UNSEEN_RATIO = 0.1
_UNSEEN_K = 2.0


class NoForecast(StrEnum):
    """Why there is no forecast."""

    TOO_FEW_DAYS = "too_few_days"
    NO_SEASON = "no_season"
    LOW_COVERAGE = "low_coverage"


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyHistory:
    """A ratio's two sums and the weather, by legal days in order, NaN where unknown.

    ``day`` counts days from any origin. ``scale`` brings numerator over denominator to the unit
    of the KPI (1000 for m3/kWh to L/kWh).
    """

    day: IntArray
    numerator: FloatArray
    denominator: FloatArray
    outdoor_degc: FloatArray
    scale: float = 1.0

    def __post_init__(self) -> None:
        """Refuse columns of different length, and days out of order."""
        lengths = {len(self.day), len(self.numerator), len(self.denominator)}
        if lengths != {len(self.outdoor_degc)} or len(self.day) == 0:
            msg = f"a history needs columns of one length, at least one day: {sorted(lengths)}"
            raise ValueError(msg)
        if (np.diff(self.day) <= 0).any():
            msg = "the days of a history must rise: sort them and drop the doubled ones"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearPaths:
    """Possible courses of the days that are not known; ``first_day`` is the first to come.

    Sums over the days of the year that are known, and by path and day of those that are not:
    unknown days of the past, which come first, are drawn like those to come.
    """

    first_day: int
    day: IntArray
    so_far_numerator: float
    so_far_denominator: float
    numerator: FloatArray
    denominator: FloatArray
    scale: float

    @property
    def past(self) -> int:
        """How many of the days are unknown ones of the past."""
        return int((self.day < self.first_day).sum())

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
    paths : int
        How many.

    Returns
    -------
    YearPaths or NoForecast
        TOO_FEW_DAYS below 45 days of both sums, or of a denominator above 0; NO_SEASON below 300
        days of temperatures, or when more than a tenth of the days to come is warmer or colder than
        any day of known sums; LOW_COVERAGE when more than a tenth of the year's past days is
        unknown.

    Raises
    ------
    ValueError
        If the year does not end after it starts, or there is no path.

    Notes
    -----
    Both sums follow weather, weekday and trend (:mod:`models.forecast.demand`); the weather of the
    days to come is drawn around the season (:mod:`models.forecast.climate`); coefficients are
    drawn from their covariance and residuals in common weekly blocks. Nothing is assumed of
    what the operator will change.
    """
    start, end = year
    if not (start < end and paths > 0):
        msg = f"a year of days {start} to {end} and {paths} paths: give start < end, and 1 or more"
        raise ValueError(msg)
    climate = fit_climate(history.day, history.outdoor_degc)
    if climate is None:
        return NoForecast.NO_SEASON
    both = np.isfinite(history.numerator) & np.isfinite(history.denominator)
    fits = tuple(
        fit_demand(history.day, np.where(both, each, np.nan), history.outdoor_degc)
        for each in (history.numerator, history.denominator)
    )
    # Days without IT energy say nothing of a ratio to it.
    counted = int((history.denominator[both] > 0.0).sum())
    if fits[0] is None or fits[1] is None or counted < LEAST_DAYS:
        return NoForecast.TOO_FEW_DAYS
    within = (history.day >= start) & (history.day < end)
    known = within & both
    if within.any() and known[within].mean() < _LEAST_KNOWN_RATIO:
        return NoForecast.LOW_COVERAGE
    missing = np.setdiff1d(np.arange(start, end), history.day[known])
    rng = np.random.default_rng(seed)
    temp = _temperatures(history, missing, climate, rng, paths)
    if _unseen_ratio(temp, history.outdoor_degc[both]) > _MOST_UNSEEN_RATIO:
        return NoForecast.NO_SEASON
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
    last = int(history.day[measured[-1]])
    ahead = missing > last
    # What was never read among known days owes nothing to the weather of today.
    drawn = [
        weather_paths(climate, missing[~ahead], None, rng, paths),
        weather_paths(
            climate, missing[ahead], (last, float(history.outdoor_degc[measured[-1]])), rng, paths
        ),
    ]
    place = np.minimum(np.searchsorted(history.day, missing), len(history.day) - 1)
    past = np.where(history.day[place] == missing, history.outdoor_degc[place], np.nan)
    return np.asarray(np.where(np.isfinite(past), past, np.concatenate(drawn, axis=1)))


def _unseen_ratio(temp: FloatArray, seen_degc: FloatArray) -> float:
    """Share of days whose temperature lies beyond all those the sums are known for."""
    if temp.size == 0:
        return 0.0
    low, high = np.nanmin(seen_degc) - _UNSEEN_K, np.nanmax(seen_degc) + _UNSEEN_K
    return float(np.mean((temp < low) | (temp > high)))


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
    history, year, seed, paths
        As of :func:`year_paths`.
    meter_u_ratio : float
        Relative standard uncertainty of the KPI from its meters: one error for the past and the
        days to come, added to every path. [-]

    Returns
    -------
    YearEnd or NoForecast
        With no day left, the value itself with the meters' uncertainty.

    Raises
    ------
    ValueError
        As :func:`year_paths`, and for an uncertainty below 0.

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
    if not meter_u_ratio >= 0.0:
        msg = f"the meters' relative uncertainty must be 0 or more, not {meter_u_ratio}"
        raise ValueError(msg)
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
