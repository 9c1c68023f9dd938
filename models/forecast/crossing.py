"""The day a limit will be crossed, and what is still needed to keep it."""

from dataclasses import dataclass

import numpy as np

from models.forecast.year_end import PATHS, DailyHistory, NoForecast, YearPaths, year_paths
from models.readings import FloatArray, IntArray

_RANGE = (2.5, 97.5)
_WINDOW_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """When a value passes a limit for good, that is, not to come back before the last day.

    ``probability`` is that it has done so on the last day. ``day`` is the first on which it is as
    likely as not to have crossed, None when it never is; ``earliest`` and ``latest`` are those of
    2.5 % and 97.5 %, None where that is not reached.
    """

    probability: float
    day: int | None
    earliest: int | None
    latest: int | None


def crossing(paths: YearPaths, limit: float, *, at_least: bool) -> Crossing:
    """When the year-to-date value passes a limit, never to come back within the year.

    Parameters
    ----------
    paths : YearPaths
        From :func:`models.forecast.year_end.year_paths`.
    limit : float
        In the unit of the KPI.
    at_least : bool
        True for a minimum (ERF), False for a maximum (PUE, WUE).

    Returns
    -------
    Crossing
        A path that is on the wrong side all along crosses on its first day to come.

    Examples
    --------
    200 of 100 so far is a ratio of 2; ten more days at a ratio of 1 take it below 1.8 on the sixth:

    >>> paths = YearPaths(
    ...     first_day=190, day=np.arange(190, 200), so_far_numerator=200.0,
    ...     so_far_denominator=100.0, numerator=np.full((3, 10), 5.0),
    ...     denominator=np.full((3, 10), 5.0), scale=1.0,
    ... )
    >>> found = crossing(paths, 1.8, at_least=True)
    >>> found.probability, found.day
    (1.0, 195)
    """
    top = paths.so_far_numerator + np.cumsum(paths.numerator, axis=1)
    bottom = paths.so_far_denominator + np.cumsum(paths.denominator, axis=1)
    # Before the first energy of a year there is no value, and nothing is crossed.
    with np.errstate(invalid="ignore", divide="ignore"):
        value = paths.scale * top[:, paths.past :] / bottom[:, paths.past :]
    if value.shape[1] == 0:
        ended = paths.year_value()
        bad = ended < limit if at_least else ended > limit
        return Crossing(probability=float(np.mean(bad)), day=None, earliest=None, latest=None)
    return _crossing(paths.day[paths.past :], value, limit, at_least=at_least)


def _crossing(day: IntArray, value: FloatArray, limit: float, *, at_least: bool) -> Crossing:
    wrong = value < limit if at_least else value > limit
    # Wrong from this day to the last: an and over all that follow.
    for_good = np.logical_and.accumulate(wrong[:, ::-1], axis=1)[:, ::-1]
    crossed = for_good.mean(axis=0)
    first = [np.flatnonzero(crossed >= share) for share in (0.5, *(each / 100 for each in _RANGE))]
    middle, earliest, latest = (int(day[each[0]]) if len(each) else None for each in first)
    return Crossing(probability=float(crossed[-1]), day=middle, earliest=earliest, latest=latest)


def rolling_crossing(
    history: DailyHistory,
    limit: float,
    seed: int,
    *,
    at_least: bool,
    ahead_days: int = 365,
    paths: int = PATHS,
) -> Crossing | NoForecast:
    """When the value of the last twelve months passes a limit, not to come back in the time ahead.

    Parameters
    ----------
    history : DailyHistory
        The past up to now.
    limit : float
        In the unit of the KPI.
    seed : int
        The same seed gives the same answer.
    at_least : bool
        True for a minimum (ERF), False for a maximum (PUE, WUE).
    ahead_days : int
        How far to look.
    paths : int
        How many possible courses are drawn.

    Returns
    -------
    Crossing or NoForecast
        As :func:`models.forecast.year_end.year_paths`, with the last 364 days for the year's past.

    Raises
    ------
    ValueError
        If nothing is ahead, or there is no path.

    Notes
    -----
    Every day to come enters the window, and the one of a year before leaves it: the season is in
    the window once at all times, which makes this value far steadier than that of the year so far.

    Examples
    --------
    A PUE of 1.25 all along stays above 1.2 from the first day ahead, and below 1.4:

    >>> rng = np.random.default_rng(1)
    >>> day = np.arange(730)
    >>> temp = 12.0 - 8.0 * np.cos(2.0 * np.pi * day / 365.0) + rng.normal(0.0, 2.0, 730)
    >>> past = DailyHistory(
    ...     day=day, numerator=np.full(730, 7500.0), denominator=np.full(730, 6000.0),
    ...     outdoor_degc=temp,
    ... )
    >>> found = [rolling_crossing(past, each, 1, at_least=False) for each in (1.2, 1.4)]
    >>> [(each.probability, each.day) for each in found]
    [(1.0, 730), (0.0, None)]
    """
    if ahead_days < 1:
        msg = f"{ahead_days} days ahead hold no crossing: look 1 day ahead or more"
        raise ValueError(msg)
    first = int(history.day[-1]) + 1
    start, end = first - _WINDOW_DAYS + 1, first + ahead_days
    drawn = year_paths(history, (start, end), seed, paths=paths)
    if isinstance(drawn, NoForecast):
        return drawn
    top, bottom = (
        _window_sums(drawn, start, end, _known_days(history, each, start, end), by_path)
        for each, by_path in (
            (history.numerator, drawn.numerator),
            (history.denominator, drawn.denominator),
        )
    )
    value = drawn.scale * top / bottom
    return _crossing(np.arange(first, end), value, limit, at_least=at_least)


def _known_days(history: DailyHistory, daily: FloatArray, start: int, end: int) -> FloatArray:
    found = np.zeros(end - start)
    inside = history.day >= start
    found[history.day[inside] - start] = daily[inside]
    return found


def _window_sums(
    drawn: YearPaths, start: int, end: int, known: FloatArray, by_path: FloatArray
) -> FloatArray:
    """Sums of the window that ends with each day to come, by path."""
    daily = np.broadcast_to(known, (len(by_path), end - start)).copy()
    # Days of which one sum is unknown are drawn for both.
    daily[:, drawn.day - start] = by_path
    total = np.concatenate([np.zeros((len(daily), 1)), np.cumsum(daily, axis=1)], axis=1)
    return np.asarray(total[:, _WINDOW_DAYS:] - total[:, :-_WINDOW_DAYS])


@dataclass(frozen=True, slots=True, kw_only=True)
class StillNeeded:
    """An amount to add (or that may still be used) until the year's end, with its 95 % range."""

    amount: float
    lower: float
    upper: float
    days_left: int

    @property
    def per_day(self) -> float | None:
        """The amount spread over the days left; None when none are left."""
        return self.amount / self.days_left if self.days_left else None

    @property
    def per_day_range(self) -> tuple[float, float] | None:
        """The 95 % range of ``per_day``."""
        if not self.days_left:
            return None
        return self.lower / self.days_left, self.upper / self.days_left


def still_needed(paths: YearPaths, limit: float) -> StillNeeded:
    """What the numerator must still come to for the year to end exactly at a limit.

    Parameters
    ----------
    paths : YearPaths
        From :func:`models.forecast.year_end.year_paths`.
    limit : float
        In the unit of the KPI.

    Returns
    -------
    StillNeeded
        For a minimum ERF the heat still to be delivered, for a maximum WUE the water that may still
        be used, in the unit of the numerator, on the days to come. Below 0 the minimum is kept (or
        the maximum broken) whatever comes.

    Notes
    -----
    The range is that of the denominator, and of what unknown days of the past have brought. The
    denominator is that of the forecast: heat beyond it costs its heat pumps' electricity on top.

    Examples
    --------
    ERF 30 % of 1000 kWh so far and 1000 to come; 250 kWh delivered: 350 to go in ten days.

    >>> paths = YearPaths(
    ...     first_day=0, day=np.arange(10), so_far_numerator=250.0, so_far_denominator=1000.0,
    ...     numerator=np.zeros((4, 10)), denominator=np.full((4, 10), 100.0), scale=1.0,
    ... )
    >>> need = still_needed(paths, 0.30)
    >>> need.amount, need.per_day
    (350.0, 35.0)
    """
    whole = paths.so_far_denominator + paths.denominator.sum(axis=1)
    brought = paths.so_far_numerator + paths.numerator[:, : paths.past].sum(axis=1)
    amount = limit / paths.scale * whole - brought
    lower, upper = np.percentile(amount, _RANGE)
    return StillNeeded(
        amount=float(np.median(amount)),
        lower=float(lower),
        upper=float(upper),
        days_left=len(paths.day) - paths.past,
    )


def year_to_date(day: IntArray, numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Ratio of the sums up to each day; NaN before the first known one.

    Parameters
    ----------
    day : int array, shape (n,)
        The days, in order.
    numerator, denominator : float array, shape (n,)
        By day, NaN where unknown: such days count in neither sum. [kWh or m3]

    Returns
    -------
    float array, shape (n,)
        In the unit of numerator over denominator.

    Raises
    ------
    ValueError
        If there is not one value per day.

    Examples
    --------
    >>> year_to_date(
    ...     np.arange(3), np.array([1.0, np.nan, 3.0]), np.array([1.0, 1.0, 1.0])
    ... ).tolist()
    [1.0, 1.0, 2.0]
    """
    if len(day) != len(numerator):
        msg = f"{len(day)} days, but {len(numerator)} values"
        raise ValueError(msg)
    known = np.isfinite(numerator) & np.isfinite(denominator)
    top = np.cumsum(np.where(known, numerator, 0.0))
    bottom = np.cumsum(np.where(known, denominator, 0.0))
    return np.asarray(np.where(bottom > 0.0, top / np.where(bottom > 0.0, bottom, 1.0), np.nan))
