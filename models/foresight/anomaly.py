"""Lasting changes of efficiency that weather and load do not explain: CUSUM on residuals."""

from dataclasses import dataclass

import numpy as np

from models.readings import FloatArray, IntArray

_LEAST_DAYS = 30
# Days after the alarm from which the new level is learned, before the watch goes on.
_CONFIRM_DAYS = 14
_CONFIRMED_U = 2.0
# Montgomery, Introduction to Statistical Quality Control, chapter 9: with k = 1/2 and h = 5 a shift
# of one standard deviation is found in 10.4 observations on average, with a false alarm in 465.
ALLOWANCE = 0.5
DECISION = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cusum:
    """Upper and lower sums, in standard deviations, NaN observations standing still.

    ``upper_count`` and ``lower_count`` are the observations since the sum last was 0.
    """

    upper: FloatArray
    lower: FloatArray
    upper_count: IntArray
    lower_count: IntArray


def tabular_cusum(standardised: FloatArray, *, allowance: float = ALLOWANCE) -> Cusum:
    """The two one-sided sums of standardised observations.

    Parameters
    ----------
    standardised : float array, shape (n,)
        (x - target) / sigma, NaN where unknown: an unknown day neither raises nor clears.
    allowance : float
        k, half the shift to be found. [standard deviations]

    Returns
    -------
    Cusum
        C+ = max(0, z - k + C+), C- = max(0, -z - k + C-); Montgomery, section 9.1.2.

    Examples
    --------
    >>> sums = tabular_cusum(np.array([0.0, 1.5, np.nan, 2.0, -3.0]))
    >>> sums.upper.tolist(), sums.upper_count.tolist()
    ([0.0, 1.0, 1.0, 2.5, 0.0], [0, 1, 1, 2, 0])
    """
    n = len(standardised)
    sums = np.zeros((2, n))
    counts = np.zeros((2, n), dtype=np.int64)
    current, count = np.zeros(2), np.zeros(2, dtype=np.int64)
    for place, z in enumerate(standardised):
        if np.isfinite(z):
            current = np.maximum(0.0, np.array([z, -z]) - allowance + current)
            count = np.where(current > 0.0, count + 1, 0)
        sums[:, place], counts[:, place] = current, count
    return Cusum(upper=sums[0], lower=sums[1], upper_count=counts[0], lower_count=counts[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A lasting change: where it began and was found, and its size in the unit of the quantity.

    ``size`` is the mean of the unexplained part since it began, ``u`` its standard uncertainty;
    above 0 more was used than weather and load explain.
    """

    began: int
    detected: int
    size: float
    u: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What was compared: the unexplained part by day, its scatter, and the shifts found."""

    unexplained: FloatArray
    sigma: float
    shifts: tuple[Shift, ...]


def watch_efficiency(
    overhead: FloatArray,
    it_energy: FloatArray,
    outdoor_degc: FloatArray,
    reference: int,
    *,
    decision: float = DECISION,
) -> Watch | None:
    """Find change points of a daily quantity after correcting for load and weather.

    Parameters
    ----------
    overhead : float array, shape (n,)
        Energy of everything but IT, or water, by day, NaN where unknown. [kWh or m3]
    it_energy : float array, shape (n,)
        The load. [kWh]
    outdoor_degc : float array, shape (n,)
        Daily mean temperature. [degC]
    reference : int
        The first so many days are what is normal; at least 30 known ones that hold the range of
        temperatures of the rest.
    decision : float
        h: the sum at which a shift is found. [standard deviations]

    Returns
    -------
    Watch or None
        None when the reference is too short. Beyond the temperatures of the reference (by more than
        2 K) nothing is judged: the day is unknown.

    Notes
    -----
    Baseline: least squares on load, temperature and its bends at 8, 12, 16 and 20 degC, as the
    change-point models of ASHRAE Guideline 14. Residuals of successive days hang together; they are
    whitened as AR(1) before the sums, since a CUSUM of correlated values alarms far too often
    (Montgomery, 10.4). After an alarm the level found is the new normal, so that a shift is told
    once and its end, too.

    Examples
    --------
    100 kWh a day more from day 300 on:

    >>> rng = np.random.default_rng(3)
    >>> day = np.arange(400)
    >>> temp = 12.0 - 8.0 * np.cos(2.0 * np.pi * day / 365.0) + rng.normal(0.0, 2.0, 400)
    >>> it = 6000.0 + rng.normal(0.0, 50.0, 400)
    >>> overhead = 0.3 * it + 40.0 * np.maximum(temp - 12.0, 0.0) + rng.normal(0.0, 20.0, 400)
    >>> overhead[300:] += 100.0
    >>> (found,) = watch_efficiency(overhead, it, temp, 270).shifts
    >>> abs(found.began - 300) <= 3, found.detected - 300 <= 5, 80 < found.size < 120
    (True, True, True)
    """
    unexplained = _unexplained(overhead, it_energy, outdoor_degc, reference)
    if unexplained is None:
        return None
    normal = unexplained[:reference]
    normal = normal[np.isfinite(normal)]
    follows = float(normal[1:] @ normal[:-1]) / float(normal @ normal)
    follows = min(max(follows, 0.0), 0.9)
    sigma = float(np.std(normal)) * float(np.sqrt(1.0 - follows**2))
    if sigma == 0.0:
        return None
    shifts: list[Shift] = []
    start, level = reference, 0.0
    while (found := _next_shift(unexplained, start, level, follows, sigma, decision)) is not None:
        start = found.detected + 1 + _CONFIRM_DAYS
        # What does not last is no shift: a few odd days raise the sum, and then it is as before.
        if abs(found.size) > _CONFIRMED_U * found.u:
            shifts.append(found)
            level += found.size
    return Watch(unexplained=unexplained, sigma=sigma, shifts=tuple(shifts))


def _unexplained(
    overhead: FloatArray, it_energy: FloatArray, outdoor_degc: FloatArray, reference: int
) -> FloatArray | None:
    basis = np.stack(
        [
            np.ones(len(overhead)),
            it_energy,
            outdoor_degc,
            *(np.maximum(outdoor_degc - corner, 0.0) for corner in (8.0, 12.0, 16.0, 20.0)),
        ],
        axis=1,
    )
    known = np.isfinite(overhead) & np.isfinite(basis).all(axis=1)
    fitted = known & (np.arange(len(overhead)) < reference)
    if fitted.sum() < _LEAST_DAYS:
        return None
    fit, *_ = np.linalg.lstsq(basis[fitted], overhead[fitted], rcond=None)
    seen = outdoor_degc[fitted]
    judged = known & (outdoor_degc >= seen.min() - 2.0) & (outdoor_degc <= seen.max() + 2.0)
    return np.asarray(np.where(judged, overhead - basis @ fit, np.nan))


def _next_shift(
    unexplained: FloatArray, start: int, level: float, follows: float, sigma: float, decision: float
) -> Shift | None:
    rest = unexplained - level
    whitened = np.full(len(rest), np.nan)
    whitened[1:] = rest[1:] - follows * np.where(np.isfinite(rest[:-1]), rest[:-1], 0.0)
    # A level that stays shows after whitening as (1 - r) of itself.
    z = whitened[start:] / sigma
    sums = tabular_cusum(z, allowance=ALLOWANCE)
    over = np.flatnonzero((sums.upper > decision) | (sums.lower > decision))
    if len(over) == 0:
        return None
    place = int(over[0])
    upper = sums.upper[place] > decision
    known = np.flatnonzero(np.isfinite(z[: place + 1]))
    count = int((sums.upper_count if upper else sums.lower_count)[place])
    began = start + int(known[-count]) if count <= len(known) else start
    since = rest[began : start + place + 1 + _CONFIRM_DAYS]
    since = since[np.isfinite(since)]
    spread = sigma / float(np.sqrt(1.0 - follows**2))
    effective = max(len(since) * (1.0 - follows) / (1.0 + follows), 1.0)
    return Shift(
        began=began,
        detected=start + place,
        size=float(since.mean()),
        u=spread / float(np.sqrt(effective)),
    )
