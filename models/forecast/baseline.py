"""What a day should have used, by its load, its weather and its weekday, and how sure that is."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.readings import FloatArray, IntArray

BoolArray: TypeAlias = NDArray[np.bool_]

LEAST_DAYS = 30
_CORNERS_DEGC = (8.0, 12.0, 16.0, 20.0)
# A bend of the line needs days on both sides of it, weekdays need some of each.
_LEAST_EITHER_SIDE = 10
_LEAST_FOR_WEEKDAYS = 90
# Beyond what the reference has seen by more than this nothing is judged. [K]
_BEYOND_K = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A quantity by day less what the reference explains, and how that scatters.

    ``unexplained`` is NaN where the day is unknown or its weather was never seen in the reference.
    ``spread`` is the standard deviation of a day, ``follows`` the correlation of a day with the
    next; ``basis`` and ``covariance`` are rows and coefficients' covariance of the regression.
    """

    unexplained: FloatArray
    spread: float
    follows: float
    basis: FloatArray
    covariance: FloatArray

    def mean_u(self, days: IntArray) -> float:
        """Standard uncertainty of the mean unexplained part of some days, regression included."""
        effective = max(len(days) * (1.0 - self.follows) / (1.0 + self.follows), 1.0)
        row = self.basis[days].mean(axis=0)
        fitted = max(float(row @ self.covariance @ row), 0.0)
        return float(np.sqrt(self.spread**2 / effective + fitted))

    def whitened(self, level: float) -> FloatArray:
        """Days in standard deviations of what is new in them, against a level; NaN where unknown.

        After a gap of g days the day before is worth the g-th power of the correlation.

        Examples
        --------
        >>> days = Baseline(
        ...     unexplained=np.array([2.0, 2.0, np.nan, 1.0]), spread=2.0, follows=0.6,
        ...     basis=np.ones((4, 1)), covariance=np.zeros((1, 1)),
        ... )
        >>> days.whitened(0.0).round(3).tolist()
        [1.0, 0.5, nan, 0.15]
        """
        rest = self.unexplained - level
        place = np.arange(len(rest))
        known = np.isfinite(rest)
        last = np.maximum.accumulate(np.where(known, place, -1))
        before = np.concatenate([[-1], last[:-1]])
        weight = np.where(before >= 0, self.follows ** (place - before), 0.0)
        expected = weight * np.where(before >= 0, rest[before], 0.0)
        return np.asarray((rest - expected) / (self.spread * np.sqrt(1.0 - weight**2)))


def fit_baseline(
    daily: FloatArray, load: FloatArray, outdoor_degc: FloatArray, reference: int
) -> Baseline | None:
    """Fit a daily quantity to load, weather and weekday over the first days.

    Parameters
    ----------
    daily : float array, shape (n,)
        The quantity by consecutive days, NaN where unknown. [kWh or m3]
    load : float array, shape (n,)
        IT energy. [kWh]
    outdoor_degc : float array, shape (n,)
        Daily mean temperature. [degC]
    reference : int
        How many of the first days are what is normal.

    Returns
    -------
    Baseline or None
        None with fewer than 30 known days of reference, without any load, or without scatter.

    Raises
    ------
    ValueError
        If the arrays differ in length or the reference is longer than they are.

    Notes
    -----
    A change-point model as in ASHRAE Guideline 14 (background knowledge, not read): a constant,
    the load, and load times a line in temperature with bends at 8, 12, 16 and 20 degC where the
    reference has at least 10 days on both sides; with 90 days, a level by weekday. The weather acts
    times the load because what is cooled is the load: with a load that grows, a term in temperature
    alone drifts away from the truth summer by summer. The covariance is widened by (1 + r)/(1 - r)
    for residuals that follow each other with correlation r.

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> temp = rng.uniform(0.0, 25.0, 400)
    >>> load = rng.uniform(5800.0, 6200.0, 400)
    >>> used = load * (0.2 + 0.01 * np.maximum(temp - 12.0, 0.0)) + rng.normal(0.0, 10.0, 400)
    >>> fitted = fit_baseline(used, load, temp, 300)
    >>> 9.0 < fitted.spread < 11.0, abs(float(fitted.unexplained[300:].mean())) < 5.0
    (True, True)
    """
    if not len(daily) == len(load) == len(outdoor_degc):
        msg = (
            f"give one load and temperature per day: {len(daily)}, {len(load)}, {len(outdoor_degc)}"
        )
        raise ValueError(msg)
    if not 0 <= reference <= len(daily):
        msg = f"the reference has {reference} days, the data {len(daily)}: give 0 to {len(daily)}"
        raise ValueError(msg)
    known = np.isfinite(daily) & np.isfinite(load) & np.isfinite(outdoor_degc)
    fitted = known & (np.arange(len(daily)) < reference)
    if fitted.sum() < LEAST_DAYS or not load[fitted].mean() > 0.0:
        return None
    basis = _basis(load, outdoor_degc, fitted)
    x, y = basis[fitted], daily[fitted]
    inverse = np.linalg.pinv(x.T @ x)
    rest = y - x @ (inverse @ (x.T @ y))
    spread = float(np.sqrt(rest @ rest / max(len(y) - x.shape[1], 1)))
    if spread <= 1e-9 * float(np.abs(y).max()):
        return None
    follows = _correlation(rest, np.flatnonzero(fitted))
    seen = outdoor_degc[fitted]
    judged = known & (outdoor_degc >= seen.min() - _BEYOND_K)
    judged &= outdoor_degc <= seen.max() + _BEYOND_K
    expected = basis @ (inverse @ (x.T @ y))
    return Baseline(
        unexplained=np.asarray(np.where(judged, daily - expected, np.nan)),
        spread=spread,
        follows=follows,
        basis=basis,
        covariance=np.asarray(inverse * spread**2 * (1.0 + follows) / (1.0 - follows)),
    )


def _basis(load: FloatArray, outdoor_degc: FloatArray, fitted: BoolArray) -> FloatArray:
    """Rows of the regression, scaled to order 1 so that the normal equations stay sound."""
    relative = load / float(load[fitted].mean())
    seen = outdoor_degc[fitted]
    columns = [np.ones(len(load)), relative, relative * outdoor_degc / 10.0]
    columns += [
        relative * np.maximum(outdoor_degc - corner, 0.0) / 10.0
        for corner in _CORNERS_DEGC
        if min((seen > corner).sum(), (seen < corner).sum()) >= _LEAST_EITHER_SIDE
    ]
    if fitted.sum() >= _LEAST_FOR_WEEKDAYS:
        # The count begins on whatever weekday: a week has seven phases.
        phase = np.arange(len(load)) % 7
        columns += [(phase == n).astype(float) for n in range(6)]
    return np.stack(columns, axis=1)


def _correlation(rest: FloatArray, day: IntArray) -> float:
    """Of each day with the next, neighbours only, between 0 and 0.9."""
    neighbours = np.diff(day) == 1
    before, after = rest[:-1][neighbours], rest[1:][neighbours]
    power = float(np.sqrt((before @ before) * (after @ after)))
    return min(max(float(before @ after) / power if power > 0.0 else 0.0, 0.0), 0.9)
