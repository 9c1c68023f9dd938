"""Coverage that drops when a KPI nears its limit, or that is just as much as is asked."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import scipy

from models.plausibility.permutation import (
    BoolArray,
    association,
    at_least_so_many,
    episodes,
    period_of,
    two_ways,
)
from models.plausibility.silence import LEAST_MISSING
from models.plausibility.suspicion import Figure, Suspicion, SuspicionKind
from models.readings import FloatArray

# What the KPI was about a day is told by so many days on each side of it.
_AROUND_DAYS = 3
_LEAST_AROUND = 2
_LEAST_EPISODES = 5
_LEAST_EITHER_SIDE = 20
# An outage is compared with the days around it: summer with summer.
_SEASON_DAYS = 45
_HABIT_RATIO = 0.2
# How much less is known near the limit, at least, for anybody to gain by. [share of the time]
_MATERIAL_RATIO = 0.01
_LOWEST_SHARE = 0.1
_LEAST_PILED = 4
_OVER_BELOW = 3


def coverage_near_limit(
    kpi: str,
    days: Sequence[date],
    coverage: FloatArray,
    daily_kpi: FloatArray,
    near: tuple[float, bool],
) -> Suspicion | None:
    """Whether less is known on days when the KPI is near or over its limit.

    Parameters
    ----------
    kpi : str
        Id of the KPI.
    days : sequence of date, length n
        Consecutive legal days.
    coverage : float array, shape (n,)
        Share of each day over which all meters of the KPI are known together. [-]
    daily_kpi : float array, shape (n,)
        The KPI of each day over what is known of it, NaN without anything. [unit of the KPI]
    near : tuple of float and bool
        From which value on a day is near the limit, and whether high values are the bad ones.

    Returns
    -------
    Suspicion or None
        None without 20 days on either side, or with fewer than 5 outages unless readings are
        missing on a fifth of the days. ``effect`` is the coverage elsewhere less that near the
        limit [ratio].

    Notes
    -----
    Whether a day is near the limit is told by the median of the three days before and after
    it, never by itself: a day of which little is known has a KPI that scatters, and would be near
    or far by chance. Each outage counts as a trial whose chance is the share of near days within
    45 days of it, so that a summer is compared with that summer; the p-value is the exact
    Poisson-binomial tail. Where readings are missing on more than a fifth of the days, what is
    missing is held against nearness shifted in time instead.

    Examples
    --------
    Readings stop in each week when the KPI rises above 1.3:

    >>> day = np.arange(364)
    >>> high = (day // 7) % 3 == 0
    >>> days = [date.fromordinal(730_000 + n) for n in range(364)]
    >>> daily = np.where(high, 1.35, 1.2)
    >>> cut = np.where(high & (day % 7 == 3), 0.5, 1.0)
    >>> coverage_near_limit("pue", days, cut, daily, (1.3, True)).p_value < 1e-5
    True
    >>> by_chance = np.where(day % 16 == 3, 0.5, 1.0)
    >>> coverage_near_limit("pue", days, by_chance, daily, (1.3, True)).p_value > 0.01
    True
    """
    limit, high_is_bad = near
    around = _around(daily_kpi)
    judged = np.isfinite(around)
    is_near = judged & ((around >= limit) if high_is_bad else (around <= limit))
    far = judged & ~is_near
    if min(is_near.sum(), far.sum()) < _LEAST_EITHER_SIDE:
        return None
    missing = 1.0 - coverage
    chances, hits, outages = _of_outages(missing, judged, is_near)
    if (missing >= LEAST_MISSING).mean() > _HABIT_RATIO:
        found = association(_centred(is_near, judged), _centred(missing, judged))
        if found is not None:
            chances.append(found.p_value)
    if not chances:
        return None
    effect = float(coverage[far].mean() - coverage[is_near].mean())
    since, until = period_of(days, np.flatnonzero(judged))
    return Suspicion(
        kind=SuspicionKind.COVERAGE_NEAR_LIMIT,
        about=(kpi,),
        since=since,
        until=until,
        p_value=two_ways(*chances) if effect >= _MATERIAL_RATIO else 1.0,
        effect=effect,
        effect_unit="ratio",
        figures=(
            Figure(name="coverage_near", value=float(coverage[is_near].mean()), unit="ratio"),
            Figure(name="coverage_elsewhere", value=float(coverage[far].mean()), unit="ratio"),
            Figure(name="days_near", value=float(is_near.sum()), unit="days"),
            Figure(name="outages", value=float(outages), unit="outages"),
            Figure(name="outages_near", value=float(hits), unit="outages"),
        ),
    )


def _around(daily: FloatArray) -> FloatArray:
    """Median of the days around each day, without the day itself."""
    n = len(daily)
    padded = np.concatenate([np.full(_AROUND_DAYS, np.nan), daily, np.full(_AROUND_DAYS, np.nan)])
    shifts = [s for s in range(2 * _AROUND_DAYS + 1) if s != _AROUND_DAYS]
    rows = np.stack([padded[s : s + n] for s in shifts]) if n else np.zeros((1, 0))
    enough = np.isfinite(rows).sum(axis=0) >= _LEAST_AROUND
    found = np.full(n, np.nan)
    if enough.any():
        found[enough] = np.nanmedian(rows[:, enough], axis=0)
    return found


def _of_outages(
    missing: FloatArray, judged: BoolArray, is_near: BoolArray
) -> tuple[list[float], int, int]:
    """The chance of so many outages near the limit, as a list of at most one; hits; outages."""
    shares, hits = [], 0
    for outage in episodes(missing, LEAST_MISSING):
        days_out = outage[judged[outage]]
        if len(days_out) == 0:
            continue
        low = max(int(days_out[0]) - _SEASON_DAYS, 0)
        season = slice(low, int(days_out[-1]) + _SEASON_DAYS + 1)
        shares.append(float(is_near[season].sum() / judged[season].sum()))
        hits += bool(is_near[days_out].mean() >= 0.5)
    if len(shares) < _LEAST_EPISODES:
        return [], hits, len(shares)
    return [at_least_so_many(hits, shares)], hits, len(shares)


def _centred(value: FloatArray | BoolArray, judged: BoolArray) -> FloatArray:
    kept = np.where(judged, value.astype(float), np.nan)
    return np.asarray(kept - np.nanmean(kept))


def coverage_just_enough(
    kpi: str, windows: Sequence[tuple[date, date]], coverage: FloatArray, least: float
) -> Suspicion | None:
    """Whether the coverages of many windows pile up just above the least that is asked.

    Parameters
    ----------
    kpi : str
        Id of the KPI.
    windows : sequence of tuple of date, length n
        Legal days ``[since, until)`` of each window, such as months, oldest first.
    coverage : float array, shape (n,)
        Share of each window over which the KPI is known. [-]
    least : float
        The coverage below which no verdict is given. [-]

    Returns
    -------
    Suspicion or None
        None without a window at or above the least coverage, or with no room above it.
        ``effect`` is the number of windows just above [windows].

    Notes
    -----
    Coverage by chance gathers towards 1: of the windows that are enough, at most a tenth should lie
    in the lowest tenth of the room above the least (a density that does not fall). The p-value
    is the exact binomial tail of that tenth. Fewer than 4, or not over three times
    as many as in the same width below the least, gives p = 1: then the threshold plays no part.

    Examples
    --------
    Months that are known to 95 % and a little, of which 95 % is asked:

    >>> months = [(date(2026, n, 1), date(2026, n + 1, 1)) for n in range(1, 12)]
    >>> pile = np.array([0.951, 0.953, 0.952, 0.999, 0.951, 0.954, 0.952, 0.998, 0.953, 1.0, 0.951])
    >>> found = coverage_just_enough("pue", months, pile, 0.95)
    >>> found.effect, found.p_value < 1e-5
    (8.0, True)
    >>> coverage_just_enough("pue", months, np.linspace(0.93, 1.0, 11), 0.95).p_value
    1.0
    """
    enough = coverage >= least
    width = _LOWEST_SHARE * (1.0 - least)
    if not enough.any() or not width > 0.0:
        return None
    above = enough & (coverage < least + width)
    below = ~enough & (coverage >= least - width)
    count, beside = int(above.sum()), int(below.sum())
    piled = count >= _LEAST_PILED and count > _OVER_BELOW * beside
    places = np.flatnonzero(above if piled else enough)
    return Suspicion(
        kind=SuspicionKind.COVERAGE_JUST_ENOUGH,
        about=(kpi,),
        since=windows[int(places[0])][0],
        until=windows[int(places[-1])][1],
        p_value=float(scipy.stats.binom.sf(count - 1, enough.sum(), _LOWEST_SHARE))
        if piled
        else 1.0,
        effect=float(count),
        effect_unit="windows",
        figures=(
            Figure(name="least_coverage", value=least, unit="ratio"),
            Figure(name="just_below", value=float(beside), unit="windows"),
            Figure(name="just_above", value=float(count), unit="windows"),
            Figure(name="windows_enough", value=float(enough.sum()), unit="windows"),
        ),
    )
