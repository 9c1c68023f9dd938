"""Figures that were copied: days that equal other days, hours that equal the hour before."""

from collections.abc import Sequence
from datetime import date
from math import sqrt

import numpy as np

from models.plausibility.permutation import BoolArray, period_of, two_ways
from models.plausibility.suspicion import Figure, Suspicion, SuspicionKind
from models.readings import FloatArray, IntArray

_HOURS = 24
# Two readings of one hour differ by their rounding at either edge, and a little by their times.
_ROUNDING_STEPS = 2.0
_TIMING_RATIO = 2e-5
# A day that hardly moves equals its neighbours without anybody's doing.
_LEAST_LEVELS = 12
_LEAST_RUN = 6


def repeated_figures(
    meter: str, days: Sequence[date], hourly: FloatArray, resolution: float
) -> Suspicion | None:
    """Whether whole days, or runs of hours, are copies.

    Parameters
    ----------
    meter : str
        Whose counts they are.
    days : sequence of date, length n
        Consecutive legal days.
    hourly : float array, shape (n, 24)
        What the register counted in each hour; NaN where not known.
    resolution : float
        The step in which the register counts, in the same unit; 0 when it has none that matters.

    Returns
    -------
    Suspicion or None
        None with fewer than two days that move. ``effect`` is the number of days that repeat
        another one or hold a run of equal hours [days].

    Notes
    -----
    Two hours are equal within 2 steps of the register and 2e-5 of the count. Only days with 12
    or more different hours are compared with each other, so that a load that stands still, or a
    register that counts in coarse steps, has no copies. The chance q that two unrelated hours agree
    follows from how the hours of the same day differ from each other (normal, robust spread); two
    days agree by chance with q^12, times the number of pairs. A run of equal hours is held
    against how often an hour equals the one before when that one did already, learned from the
    other hours of the meter: a load that stands still now and then is known to.

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> days = [date.fromordinal(730_000 + n) for n in range(60)]
    >>> hourly = rng.normal(50.0, 3.0, (60, 24)).round(3)
    >>> repeated_figures("pdu", days, hourly, 0.001).p_value
    1.0
    >>> hourly[40:43] = hourly[20:23]
    >>> found = repeated_figures("pdu", days, hourly, 0.001)
    >>> found.effect, found.p_value < 1e-9
    (3.0, True)
    """
    tolerance = _tolerance(hourly, resolution)
    lively = _lively(hourly, tolerance)
    if lively.sum() < 2:
        return None
    copies, of_days = _copied_days(hourly, tolerance, np.flatnonzero(lively))
    run, of_run = _longest_run(hourly.ravel(), tolerance)
    run_days = np.unique(run // _HOURS)
    places = np.union1d(copies, run_days if of_run < of_days else copies).astype(int)
    since, until = period_of(days, places)
    return Suspicion(
        kind=SuspicionKind.REPEATED_FIGURES,
        about=(meter,),
        since=since,
        until=until,
        p_value=two_ways(of_days, of_run),
        effect=float(len(places)),
        effect_unit="days",
        figures=(
            Figure(name="copied_days", value=float(len(copies)), unit="days"),
            Figure(name="equal_hours_in_a_row", value=float(len(run)), unit="h"),
            Figure(name="days_compared", value=float(lively.sum()), unit="days"),
        ),
    )


def _tolerance(hourly: FloatArray, resolution: float) -> float:
    known = np.abs(hourly[np.isfinite(hourly)])
    usual = float(np.median(known)) if len(known) else 0.0
    return _ROUNDING_STEPS * resolution + _TIMING_RATIO * usual + 1e-12


def _lively(hourly: FloatArray, tolerance: float) -> BoolArray:
    """Days known at every hour, with many different hours."""
    complete = np.asarray(np.isfinite(hourly).all(axis=1))
    ordered = np.sort(np.where(complete[:, None], hourly, 0.0), axis=1)
    levels = 1 + (np.diff(ordered, axis=1) > tolerance).sum(axis=1)
    return np.asarray(complete & (levels >= _LEAST_LEVELS))


def _copied_days(hourly: FloatArray, tolerance: float, places: IntArray) -> tuple[IntArray, float]:
    """Later days of the pairs that agree in every hour, and the chance of such a pair."""
    rows = hourly[places]
    step = np.abs(np.diff(rows, axis=1))
    spread = float(np.median(step)) / 0.6745
    # P(|difference| <= tolerance) of a normal one, at most the width times its highest density.
    q = min(1.0, 2.0 * tolerance / (max(spread, 1e-300) * sqrt(2.0 * np.pi)))
    pairs = len(rows) * (len(rows) - 1) / 2.0
    centred = rows - rows.mean()
    square = np.einsum("ij,ij->i", centred, centred)
    distance = square[:, None] + square[None, :] - 2.0 * centred @ centred.T
    slack = _HOURS * tolerance**2 + 1e-9 * float(square.max())
    early, late = np.nonzero(np.triu(distance <= slack, 1))
    same = (np.abs(rows[early] - rows[late]) <= tolerance).all(axis=1)
    if not same.any():
        return np.zeros(0, np.int64), 1.0
    return np.unique(places[late[same]]), min(1.0, pairs * q**_LEAST_LEVELS)


def _longest_run(flat: FloatArray, tolerance: float) -> tuple[IntArray, float]:
    """Hours of the longest run of equal hours that are not zero, and the chance of it."""
    # A meter at rest repeats nothing: its hours are all zero, and differ from those that move.
    equal = (np.abs(np.diff(flat)) <= tolerance) & (np.abs(flat[1:]) > tolerance)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], equal.astype(np.int8), [0]])))
    starts, ends = edges[::2], edges[1::2]
    if len(starts) == 0:
        return np.zeros(0, np.int64), 1.0
    place = int(np.argmax(ends - starts))
    start, end = int(starts[place]), int(ends[place])
    length = end - start
    if length < _LEAST_RUN:
        return np.zeros(0, np.int64), 1.0
    rest = equal.copy()
    rest[start : end + 1] = False
    after = int(rest[:-1].sum())
    again = int((rest[:-1] & rest[1:]).sum())
    # One success and one failure added: nothing is impossible for not having been seen.
    stays = (again + 1.0) / (after + 2.0)
    chance = min(1.0, len(equal) * stays ** (length - 1))
    return np.arange(start, end + 1), chance
