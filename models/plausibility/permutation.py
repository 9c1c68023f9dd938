"""How likely a coincidence is when days follow each other: weather and outages come in spells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import scipy
from numpy.typing import NDArray

from models.readings import FloatArray, IntArray

BoolArray = NDArray[np.bool_]

# Days shifted against each other by less than this still share a spell of weather.
_LEAST_SHIFT = 20
_LEAST_DAYS = 90
# Tails of the shifted statistic are not quite normal: Student's with so many degrees of freedom.
_TAIL_FREEDOM = 30
# An outage is moved by at most so much: beyond a season its weather scatters otherwise.
_MOST_SHIFT = 90
# Outages closer than this count as one: they may have one cause.
_SAME_CAUSE_DAYS = 3
_LONGEST_EPISODE = 30


def two_ways(*p_values: float) -> float:
    """The p-value of the best of several tests of one thing (Bonferroni).

    Examples
    --------
    >>> two_ways(0.01, 0.5), two_ways(0.9, 0.8)
    (0.02, 1.0)
    """
    return min(1.0, len(p_values) * min(p_values))


def deseasoned(daily: FloatArray, half_width: int = 30) -> FloatArray:
    """Daily values less their centred running mean; NaN where unknown, or when there are too few.

    Examples
    --------
    >>> deseasoned(np.array([1.0, 2.0, 6.0]), 1).tolist()
    [-0.5, -1.0, 2.0]
    """
    known = np.isfinite(daily)
    width = np.ones(2 * half_width + 1)
    if len(daily) < len(width):
        return np.full(len(daily), np.nan)
    count = np.convolve(known.astype(float), width, mode="same")
    total = np.convolve(np.where(known, daily, 0.0), width, mode="same")
    return np.asarray(np.where(known, daily - total / np.maximum(count, 1.0), np.nan))


def high_passed(daily: FloatArray, half_width: int = 7) -> FloatArray:
    """Daily values less their centred running mean and their weekday's mean.

    Parameters
    ----------
    daily : float array, shape (n,)
        By consecutive days; NaN where unknown.
    half_width : int
        Days on each side of the running mean.

    Returns
    -------
    float array, shape (n,)
        What season, growth and weekday do not explain; NaN where unknown.

    Examples
    --------
    A straight line leaves nothing away from its ends:

    >>> high_passed(np.arange(43.0))[14:29].round(9).tolist() == [0.0] * 15
    True
    """
    rest = deseasoned(daily, half_width)
    known = np.isfinite(rest)
    phase = np.arange(len(daily)) % 7
    for weekday in range(7):
        of_day = (phase == weekday) & known
        if of_day.any():
            rest[of_day] -= np.median(rest[of_day])
    return np.asarray(rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """How a daily quantity follows a driver, and the chance of it when they are unrelated."""

    slope: float
    p_value: float


def association(driver: FloatArray, response: FloatArray) -> Association | None:
    """Slope of a response on a driver by day, judged against the same days shifted in time.

    Parameters
    ----------
    driver, response : float array, shape (n,)
        Around zero (:func:`high_passed`); NaN where unknown.

    Returns
    -------
    Association or None
        None with fewer than 90 common days or without any variation. ``p_value`` is one-sided: a
        rising driver with a rising response.

    Raises
    ------
    ValueError
        If the arrays differ in length.

    Notes
    -----
    The slope is held against the slopes of all circular shifts by 20 days or more, which keep how
    both follow themselves from day to day and break what they have in common. Their spread gives
    the standard error; Student's t with 30 degrees of freedom allows for its tails.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> heat = rng.normal(0.0, 3.0, 365)
    >>> found = association(heat, 0.5 * heat + rng.normal(0.0, 2.0, 365))
    >>> 0.4 < found.slope < 0.6, found.p_value < 1e-6
    (True, True)
    >>> association(heat, rng.normal(0.0, 2.0, 365)).p_value > 0.01
    True
    """
    if len(driver) != len(response):
        msg = f"give one driver per response: {len(driver)} and {len(response)} differ"
        raise ValueError(msg)
    known = np.isfinite(driver) & np.isfinite(response)
    if known.sum() < _LEAST_DAYS:
        return None
    x = np.where(np.isfinite(driver), driver, 0.0)
    y = np.where(np.isfinite(response), response, 0.0)
    mask = np.isfinite(response).astype(float)
    n = len(x)
    # Cross-correlations over all circular shifts at once.
    spectrum = np.conj(np.fft.rfft(x))
    product = np.fft.irfft(np.fft.rfft(y) * spectrum, n)
    power = np.fft.irfft(np.fft.rfft(mask) * np.conj(np.fft.rfft(x * x)), n)
    if not power.min() > 1e-9 * max(float(power.max()), 1e-300):
        return None
    slopes = product / power
    spread = float(np.std(slopes[_LEAST_SHIFT : n - _LEAST_SHIFT + 1]))
    if not spread > 0.0:
        return None
    slope = float(slopes[0])
    return Association(slope=slope, p_value=float(scipy.stats.t.sf(slope / spread, _TAIL_FREEDOM)))


def episodes(missing: FloatArray, least: float) -> list[IntArray]:
    """The days of each outage: those close together are one, very long ones are left out.

    Parameters
    ----------
    missing : float array, shape (n,)
        Share of each day that is not known. [-]
    least : float
        From this share on a day belongs to an outage. [-]

    Returns
    -------
    list of int array
        Places of the days that miss something, by outage.

    Examples
    --------
    >>> gone = np.zeros(30)
    >>> gone[[3, 4, 7, 20]] = 0.5
    >>> [one.tolist() for one in episodes(gone, 0.04)]
    [[3, 4, 7], [20]]
    """
    days = np.flatnonzero(missing >= least)
    if len(days) == 0:
        return []
    groups = np.split(days, np.flatnonzero(np.diff(days) > _SAME_CAUSE_DAYS) + 1)
    return [one for one in groups if one[-1] - one[0] < _LONGEST_EPISODE]


def shifted_means(driver: FloatArray, weight: FloatArray, days: IntArray) -> FloatArray:
    """Weighted mean of a driver over an outage, as it was and moved by up to 90 days.

    Parameters
    ----------
    driver : float array, shape (n,)
        By day; NaN where unknown.
    weight : float array, shape (n,)
        Share of each day that is missing. [-]
    days : int array, shape (k,)
        Places of the outage's days.

    Returns
    -------
    float array, shape (1 + s,)
        The outage itself first, then every shift for which the driver is known; empty when it is
        not known for the outage itself.

    Examples
    --------
    >>> shifted_means(np.arange(5.0), np.ones(5), np.array([2])).tolist()
    [2.0, 0.0, 1.0, 3.0, 4.0]
    """
    shifts = np.arange(-_MOST_SHIFT, _MOST_SHIFT + 1)
    shifts = np.concatenate([[0], shifts[shifts != 0]])
    places = days[None, :] + shifts[:, None]
    inside = ((places >= 0) & (places < len(driver))).all(axis=1)
    means = driver[places[inside]] @ (weight[days] / weight[days].sum())
    if len(means) == 0 or not np.isfinite(means[0]):
        return np.zeros(0)
    return np.asarray(means[np.isfinite(means)])


def at_least_so_many(hits: int, chances: Sequence[float]) -> float:
    """Chance of at least so many successes of independent trials with chances of their own.

    Examples
    --------
    Two fair coins: at least one head in 3 of 4.

    >>> at_least_so_many(1, [0.5, 0.5])
    0.75
    """
    count = np.ones(1)
    for chance in chances:
        count = np.convolve(count, [1.0 - chance, chance])
    return float(min(count[hits:].sum(), 1.0))


def period_of(days: Sequence[date], places: IntArray) -> tuple[date, date]:
    """Legal days ``[since, until)`` from the first to the last of some places; all without any.

    Examples
    --------
    >>> period_of([date(2026, 1, 30), date(2026, 1, 31)], np.array([1]))
    (datetime.date(2026, 1, 31), datetime.date(2026, 2, 1))
    """
    first, last = (int(places[0]), int(places[-1])) if len(places) else (0, len(days) - 1)
    return days[first], days[last] + timedelta(days=1)
