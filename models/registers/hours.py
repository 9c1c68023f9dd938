"""Readings of many points by hour of UTC: what roll-ups keep of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.readings import FloatArray, IntArray, Quality
from models.registers.continuity import US_PER_HOUR

# In ``first_us`` and ``last_us``: no good reading.
NO_TIME_US = int(np.iinfo(np.int64).min)


@dataclass(frozen=True, slots=True, kw_only=True)
class HourReadings:
    """One row for each point and hour with a reading, in the order of the points and hours.

    ``counts``, shape (5, n), are readings by quality, in the order of :class:`Quality`; a good one
    without a value counts as bad. ``first_us`` and ``last_us`` are times of good readings,
    :data:`NO_TIME_US` where an hour has none, and the values NaN then.
    """

    point_id: NDArray[np.int32]
    hour_us: IntArray
    counts: IntArray
    first_us: IntArray
    first_value: FloatArray
    last_us: IntArray
    last_value: FloatArray
    minimum: FloatArray
    maximum: FloatArray

    def __len__(self) -> int:
        return len(self.hour_us)


def hour_readings(
    point_id: NDArray[np.int32], ts_us: IntArray, value: FloatArray, quality: NDArray[np.int16]
) -> HourReadings:
    """What the readings of each point and hour amount to.

    Parameters
    ----------
    point_id : int array, shape (n,)
        The points, each in one run.
    ts_us : int array, shape (n,)
        Times of the readings, increasing for each point. [us]
    value : float array, shape (n,)
        NaN where there is none.
    quality : int array, shape (n,)
        Codes of :class:`models.readings.Quality`.

    Returns
    -------
    HourReadings
        Nothing for an hour without readings.

    Examples
    --------
    Three readings of a register in one hour, of which the last is bad, and one in the next:

    >>> minutes = np.array([1, 30, 59, 61])
    >>> hours = hour_readings(
    ...     np.ones(4, np.int32), minutes * 60_000_000, np.array([5.0, 7.0, 0.0, 9.0]),
    ...     np.array([0, 0, 4, 0], np.int16),
    ... )
    >>> hours.first_value.tolist(), hours.last_value.tolist(), hours.counts[[0, 4]].tolist()
    ([5.0, 9.0], [7.0, 9.0], [[2, 1], [1, 0]])
    """
    hour = ts_us // US_PER_HOUR
    turns = (point_id[1:] != point_id[:-1]) | (hour[1:] != hour[:-1])
    start = np.append(0, np.flatnonzero(turns) + 1) if len(ts_us) else np.zeros(0, np.int64)
    good = (quality == Quality.GOOD) & np.isfinite(value)
    kind = np.where((quality == Quality.GOOD) & ~good, Quality.BAD, quality)
    place = np.arange(len(ts_us))
    # The place of the first and of the last good reading; a row of its own stands for none.
    none = len(ts_us)
    first = _reduced(np.minimum, np.where(good, place, none), start)
    last = _reduced(np.maximum, np.where(good, place, -1), start)
    last = np.where(last < 0, none, last)
    times, shown = np.append(ts_us, NO_TIME_US), np.append(np.where(good, value, np.nan), np.nan)
    return HourReadings(
        point_id=point_id[start],
        hour_us=hour[start] * US_PER_HOUR,
        counts=np.array(
            [_reduced(np.add, (kind == one).astype(np.int64), start) for one in Quality]
        ),
        first_us=times[first],
        first_value=shown[first],
        last_us=times[last],
        last_value=shown[last],
        minimum=_reduced(np.fmin, shown[:-1], start),
        maximum=_reduced(np.fmax, shown[:-1], start),
    )


def _reduced(pick: np.ufunc, column: NDArray[Any], start: IntArray) -> NDArray[Any]:
    return pick.reduceat(column, start) if len(start) else column[:0]
