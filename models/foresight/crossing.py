"""The day a limit will be crossed, and what is still needed to keep it."""

from dataclasses import dataclass

import numpy as np

from models.foresight.year_end import YearPaths
from models.readings import FloatArray, IntArray

_RANGE = (2.5, 97.5)
_LIKELY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """When the value of the year until then passes a limit for good.

    ``probability`` is that the year ends on the wrong side. The days are None while that is less
    likely than not; ``day`` is the median over the paths that cross, with 95 % of them between
    ``earliest`` and ``latest``.
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
        From :func:`models.foresight.year_end.year_paths`.
    limit : float
        In the unit of the KPI.
    at_least : bool
        True for a minimum (ERF), False for a maximum (PUE, WUE).

    Returns
    -------
    Crossing
        A path that is on the wrong side all along crosses on its first day.

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
    with np.errstate(invalid="ignore", divide="ignore"):
        value = paths.scale * top / bottom
    wrong = value < limit if at_least else value > limit
    if wrong.shape[1] == 0:
        ended = paths.year_value()
        bad = ended < limit if at_least else ended > limit
        return Crossing(probability=float(np.mean(bad)), day=None, earliest=None, latest=None)
    crosses = wrong[:, -1]
    probability = float(np.mean(crosses))
    if probability < _LIKELY:
        return Crossing(probability=probability, day=None, earliest=None, latest=None)
    # The first day from which on it stays wrong: one after the last good day.
    right = ~wrong[crosses]
    length = right.shape[1]
    after_last_right = length - np.argmax(right[:, ::-1], axis=1)
    first = np.where(right.any(axis=1), after_last_right, 0)
    days = paths.day[np.minimum(first, length - 1)]
    earliest, latest = np.percentile(days, _RANGE)
    return Crossing(
        probability=probability,
        day=int(np.median(days)),
        earliest=int(earliest),
        latest=int(latest),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StillNeeded:
    """An amount to add (or that may still be used) until the year's end, with its 95 % range.

    ``per_day`` is the amount spread over the days left; None when none are left.
    """

    amount: float
    lower: float
    upper: float
    per_day: float | None


def still_needed(paths: YearPaths, limit: float) -> StillNeeded:
    """What the numerator must still come to for the year to end exactly at a limit.

    For a minimum ERF it is the heat still to be delivered; for a maximum WUE the water that may
    still be used. Below 0 the limit is kept (or broken) whatever comes.

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
    amount = limit / paths.scale * whole - paths.so_far_numerator
    lower, upper = np.percentile(amount, _RANGE)
    left = paths.denominator.shape[1]
    middle = float(np.median(amount))
    return StillNeeded(
        amount=middle,
        lower=float(lower),
        upper=float(upper),
        per_day=middle / left if left else None,
    )


def year_to_date(day: IntArray, numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Ratio of the sums up to each day; NaN before the first known one.

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
