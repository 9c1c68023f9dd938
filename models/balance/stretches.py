"""The stretch of steps in which a fault shows: where counts corrected only there fit best.

A fault may have been there all the time, have begun, have ended, or both. Only the shape is asked
for here: a level that the nodes had all along is left to their balances.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.balance.imbalance import series
from models.balance.increments import Increments
from models.balance.node import BalanceNode
from models.readings import FloatArray

# A stretch shorter than this, or all but so much of the time, does not show that it is one.
LEAST_STRETCH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Entries from ``first`` until before ``end``.

    ``factor`` corrects the counts in it; ``left_ratio`` of the variance of what was missing is
    left after that.
    """

    first: int
    end: int
    left_ratio: float
    factor: float = 1.0


def scale_stretch(
    counted: FloatArray, missing: FloatArray, *, lasting: bool = False
) -> Stretch | None:
    """In which stretch a meter reads wrong by a factor.

    Parameters
    ----------
    counted : float array, shape (n,)
        Counts of a meter [kWh].
    missing : float array, shape (n,)
        What its nodes want it to count beside that [kWh].
    lasting : bool
        Only stretches that go on until the last entry.

    Returns
    -------
    Stretch or None
        The one with the least squares of ``missing`` on a constant and on the counts within it,
        of all that have 12 entries inside and outside. None when nothing is missing, there are
        too few entries, or the meter never counts.

    Examples
    --------
    A meter of a load between 20 and 40 kW that reads a third from hour 30 to hour 60:

    >>> hours = np.arange(96)
    >>> load = 30.0 + 10.0 * np.sin(hours / 4.0)
    >>> read = np.where((hours >= 30) & (hours < 60), load / 3.0, load)
    >>> found = scale_stretch(read, load - read)
    >>> found.first, found.end, round(found.factor, 6)
    (30, 60, 3.0)
    """
    count, sum_y = len(counted), float(missing.sum())
    within_x, within_xx, within_xy = (
        _within(term) for term in (counted, counted**2, counted * missing)
    )
    raw = float(missing @ missing) - sum_y**2 / max(count, 1)
    spread = count * within_xx - within_x**2
    usable = _long_enough(count) & (spread > 1e-12 * count * max(float(counted @ counted), 1e-30))
    if lasting:
        usable[:, :-1] = False
    if raw <= 0.0 or not usable.any():
        return None
    gain = (count * within_xy - within_x * sum_y) / np.where(usable, spread, 1.0)
    level = (sum_y - gain * within_x) / count
    rest = float(missing @ missing) - level * sum_y - gain * within_xy
    first, end = _least(np.where(usable, rest, np.inf))
    return Stretch(
        first=first,
        end=end,
        left_ratio=max(float(rest[first, end]) / raw, 0.0),
        factor=1.0 + float(gain[first, end]),
    )


def correction_stretch(
    nodes: Sequence[BalanceNode],
    increments: Increments,
    corrected: FloatArray,
    *,
    most_left_ratio: float,
) -> Stretch | None:
    """In which stretch of steps corrected counts stand in best for the raw ones.

    Parameters
    ----------
    nodes : sequence of BalanceNode
        Those that the correction changes.
    increments : Increments
        Raw counts.
    corrected : float array, shape (meters, steps)
        Counts corrected all the time [kWh].
    most_left_ratio : float
        Corrections that leave more of the variance are not looked at further.

    Returns
    -------
    Stretch or None
        The one that leaves the smallest variance of the residuals. None with too few steps, or
        when the correction leaves too much.
    """
    steps = increments.value.shape[1]
    pairs = []
    for node in nodes:
        before = _gaps(node, increments)
        after = _gaps(node, increments.with_value(corrected))
        known = np.isfinite(before) & np.isfinite(after)
        if known.any():
            usual = float(np.median(before[known]))
            pairs.append(
                (
                    np.where(known, before - usual, 0.0),
                    np.where(known, after - usual, 0.0),
                    int(known.sum()),
                )
            )
    raw = sum(float(b @ b - b.sum() ** 2 / count) for b, _, count in pairs)
    # No stretch does better than the better of both at each step.
    least = sum(float(np.minimum(b**2, a**2).sum()) for b, a, _ in pairs)
    if raw <= 0.0 or least > most_left_ratio * raw or steps < 2 * LEAST_STRETCH:
        return None
    rest = np.zeros((steps + 1, steps + 1))
    for before, after, count in pairs:
        sums = before.sum() + _within(after - before)
        rest += before @ before + _within(after**2 - before**2) - sums**2 / count
    first, end = _least(np.where(_long_enough(steps), rest, np.inf))
    left = max(float(rest[first, end]) / raw, 0.0)
    return Stretch(first=first, end=end, left_ratio=left) if left <= most_left_ratio else None


def _within(term: FloatArray) -> FloatArray:
    """Sum of a series over each stretch, shape (n + 1, n + 1): from the row to the column."""
    until: FloatArray = np.concatenate([[0.0], np.cumsum(term)])
    stretches: FloatArray = until[np.newaxis, :] - until[:, np.newaxis]
    return stretches


def _long_enough(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    edge = np.arange(count + 1)
    length = edge[np.newaxis, :] - edge[:, np.newaxis]
    fits: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = (length >= LEAST_STRETCH) & (
        length <= count - LEAST_STRETCH
    )
    return fits


def _least(rest: FloatArray) -> tuple[int, int]:
    first, end = np.unravel_index(int(np.argmin(rest)), rest.shape)
    return int(first), int(end)


def _gaps(node: BalanceNode, counts: Increments) -> FloatArray:
    """Residual beyond the middle of the losses, in scatters of the node; NaN where unknown."""
    known, entered, residual = series(node, counts)
    gaps = np.full(counts.value.shape[1], np.nan)
    if len(known):
        loss_ratio = 0.5 * (node.loss_min_ratio + node.loss_max_ratio)
        scale = node.scatter_ratio * float(np.mean(np.abs(entered)))
        gaps[known] = (residual - loss_ratio * entered) / (scale or 1.0)
    return gaps
