"""Meters that stop when it is hot: whether readings are missing by chance or by the weather."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import scipy

from models.plausibility.permutation import (
    association,
    deseasoned,
    episodes,
    high_passed,
    period_of,
    shifted_means,
    two_ways,
)
from models.plausibility.suspicion import Figure, Suspicion, SuspicionKind
from models.readings import FloatArray

# An hour of the day.
LEAST_MISSING = 0.04
_LEAST_EPISODES = 4
# Who misses something on more days than this has no outages but a habit.
_HABIT_RATIO = 0.2
# Days on each side of the running mean that is taken off: a season and not a spell.
_SEASON_DAYS = 30
_MATERIAL_K = 1.0


def silent_when_hot(
    meters: Sequence[str], days: Sequence[date], missing: FloatArray, outdoor_degc: FloatArray
) -> Suspicion | None:
    """Whether the days on which a meter is silent are hotter than those around them.

    Parameters
    ----------
    meters : sequence of str
        Meters that are silent together.
    days : sequence of date, length n
        Consecutive legal days.
    missing : float array, shape (n,)
        Share of each day that is not known. [-]
    outdoor_degc : float array, shape (n,)
        Mean temperature of each day; NaN where not known: what was not seen to be hot was not.

    Returns
    -------
    Suspicion or None
        None with fewer than 4 outages, unless readings are missing on a fifth of the days.
        ``effect`` is how much hotter the days were than their season, weighted by what is
        missing [K].

    Notes
    -----
    The running mean of 61 days is taken off the temperature, so that summer is no hot day. Then
    two tests, counted as two. One is a permutation in blocks: each outage is moved, as it is, by
    up to 90 days either way, and its p-value is the share of places at least as hot, itself
    included; the weather stays as it was, so that its spells do no harm; outages less than 4
    days apart are moved as one; Fisher's method combines the outages. The other is the slope of
    what is missing on the temperature, against the same days shifted in time
    (:func:`models.plausibility.permutation.association`): it alone is left where readings are
    missing on a fifth of the days. An excess below 1 K gives p = 1.

    Examples
    --------
    Silent on each day that is the hottest of ten, and then on every tenth day:

    >>> rng = np.random.default_rng(3)
    >>> days = [date.fromordinal(730_000 + n) for n in range(365)]
    >>> temp = 12.0 + rng.normal(0.0, 4.0, 365)
    >>> gone = np.zeros(365)
    >>> gone[[10 * n + int(np.argmax(temp[10 * n : 10 * n + 10])) for n in range(36)]] = 0.5
    >>> silent_when_hot(("pdu",), days, gone, temp).p_value < 1e-9
    True
    >>> gone = np.where(np.arange(365) % 10 == 0, 0.5, 0.0)
    >>> silent_when_hot(("pdu",), days, gone, temp).p_value > 0.01
    True
    """
    missed = missing >= LEAST_MISSING
    warmth = deseasoned(outdoor_degc, _SEASON_DAYS)
    p_values = _of_outages(warmth, missing)
    chances = [_fisher(p_values)] if len(p_values) >= _LEAST_EPISODES else []
    if chances or (len(missed) > 0 and missed.mean() > _HABIT_RATIO):
        weather, gaps = (high_passed(each, _SEASON_DAYS) for each in (outdoor_degc, missing))
        found = association(weather, gaps)
        chances += [] if found is None else [found.p_value]
    counted = np.where(np.isfinite(warmth), missing, 0.0)
    if not chances or not counted.sum() > 0.0:
        return None
    effect = float(counted @ np.nan_to_num(warmth) / counted.sum())
    since, until = period_of(days, np.flatnonzero(missed))
    return Suspicion(
        kind=SuspicionKind.SILENT_WHEN_HOT,
        about=tuple(meters),
        since=since,
        until=until,
        p_value=two_ways(*chances) if effect >= _MATERIAL_K else 1.0,
        effect=effect,
        effect_unit="K",
        figures=(
            Figure(name="outages", value=float(len(p_values)), unit="outages"),
            Figure(name="days_with_missing", value=float(missed.sum()), unit="days"),
            Figure(name="missing", value=24.0 * float(missing[missed].sum()), unit="h"),
            Figure(
                name="hottest_of_ten",
                value=float(sum(p <= 0.1 for p in p_values)),
                unit="outages",
            ),
        ),
    )


def _of_outages(warmth: FloatArray, missing: FloatArray) -> list[float]:
    """Of each outage the share of places, moved in time, that are at least as warm."""
    found = []
    for days_out in episodes(missing, LEAST_MISSING):
        means = shifted_means(warmth, missing, days_out)
        if len(means) > 1:
            found.append(float((means >= means[0]).mean()))
    return found


def _fisher(p_values: Sequence[float]) -> float:
    """Fisher's combination of independent p-values."""
    return float(scipy.stats.chi2.sf(-2.0 * float(np.log(p_values).sum()), 2 * len(p_values)))
