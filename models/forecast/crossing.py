"""The day a limit will be crossed, and what is still needed to keep it."""

from dataclasses import dataclass

import numpy as np

from models.forecast.year_end import YearPaths
from models.readings import FloatArray, IntArray

_RANGE = (2.5, 97.5)


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
