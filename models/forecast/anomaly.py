"""Lasting changes of efficiency that weather and load do not explain: CUSUM on residuals."""

from dataclasses import dataclass

import numpy as np

from models.forecast.baseline import Baseline, fit_baseline
from models.readings import FloatArray, IntArray

# Days after the alarm from which the new level is learned, before the watch goes on.
_CONFIRM_DAYS = 14
_LEAST_AFTER = 7
# Standard uncertainties a level must differ by to be told: what is watched out of the reference has
# its baseline's error on top of chance.
_CONFIRMED_U = 2.0
# False alarms once in 465 independent days, a shift of one standard deviation found within 10 of
# them on average (Montgomery, Introduction to Statistical Quality Control, 9.1.3).
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

    ``size`` is the mean of the unexplained part after it was found, ``u`` its standard uncertainty
    with that of the baseline; above 0 more was used than weather and load explain. ``per_load`` is
    the size over the mean load: points of PUE when energy is watched [-], m3/kWh when water is.
    """

    began: int
    detected: int
    size: float
    u: float
    per_load: float

    @property
    def direction(self) -> int:
        """1 when more is used than before, -1 when less."""
        return 1 if self.size > 0.0 else -1

    @property
    def per_load_u(self) -> float:
        """Standard uncertainty of ``per_load``."""
        return self.u * abs(self.per_load / self.size) if self.size else 0.0


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

    Raises
    ------
    ValueError
        If the arrays differ in length, the reference is longer than they are, or the decision is
        not above 0.

    Notes
    -----
    Residuals of :func:`models.forecast.baseline.fit_baseline`, whitened as AR(1) before the sums,
    since a CUSUM of correlated values alarms far too often (Montgomery, chapter 10). The beginning
    is the day after the sum last was 0 (9.1.2), which may be some days early. The level is the mean
    of the 14 days after the alarm, which did not raise it; before 7 of them are known, of those
    since the beginning. It is told when it is 2 standard uncertainties from the level before, and
    is then the new normal, so that a shift is told once and its end, too. A loss in proportion to a
    cooling that ends with summer ends as a second shift.

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
    >>> abs(found.began - 300) <= 5, found.detected - 300 <= 5, 80 < found.size < 120
    (True, True, True)
    """
    if not decision > 0.0:
        msg = f"the sum at which a shift is found must be above 0, not {decision}: 5 is usual"
        raise ValueError(msg)
    baseline = fit_baseline(overhead, it_energy, outdoor_degc, reference)
    if baseline is None:
        return None
    shifts: list[Shift] = []
    start, level = reference, 0.0
    while (found := _next_shift(baseline, it_energy, start, level, decision)) is not None:
        start = found.detected + 1 + _CONFIRM_DAYS
        # What does not last is no shift: a few odd days raise the sum, and then it is as before.
        if abs(found.size) > _CONFIRMED_U * found.u:
            shifts.append(found)
            level += found.size
    innovation = baseline.spread * float(np.sqrt(1.0 - baseline.follows**2))
    return Watch(unexplained=baseline.unexplained, sigma=innovation, shifts=tuple(shifts))


def _next_shift(
    baseline: Baseline, it_energy: FloatArray, start: int, level: float, decision: float
) -> Shift | None:
    # A level that stays shows after whitening as (1 - r) of itself.
    z = baseline.whitened(level)[start:]
    sums = tabular_cusum(z, allowance=ALLOWANCE)
    over = np.flatnonzero((sums.upper > decision) | (sums.lower > decision))
    if len(over) == 0:
        return None
    place = int(over[0])
    upper = sums.upper[place] > decision
    known = np.flatnonzero(np.isfinite(z[: place + 1]))
    began = start + int(known[-int((sums.upper_count if upper else sums.lower_count)[place])])
    until = min(start + place + 1 + _CONFIRM_DAYS, len(baseline.unexplained))
    days = np.arange(began, until)
    days = days[np.isfinite(baseline.unexplained[days])]
    # Days that raised the alarm were picked for being high, and some may lie before the change.
    after = days[days > start + place]
    days = after if len(after) >= _LEAST_AFTER else days
    size = float((baseline.unexplained[days] - level).mean())
    load = float(it_energy[days].mean())
    return Shift(
        began=began,
        detected=start + place,
        size=size,
        u=baseline.mean_u(days),
        per_load=size / load if load > 0.0 else float("nan"),
    )
