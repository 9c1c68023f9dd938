"""The grid of 5-minute nodes since the epoch, and what the clocks on the wall say there.

Between two nodes every power is linear, so that its energy is the exact trapezoid.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.readings import FloatArray, IntArray

NODE_S: Final = 300
NODE_US: Final = NODE_S * 1_000_000
NODE_H: Final = NODE_S / 3600.0
NODES_PER_DAY: Final = 288
BLOCK_DAYS: Final = 10
BLOCK_NODES: Final = BLOCK_DAYS * NODES_PER_DAY
BLOCK_US: Final = BLOCK_NODES * NODE_US
LEAD_NODES: Final = 2  # one 10-minute period before the block: its sound level is shown in it

_DAY_S = 86_400
_SUNDAY = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """Consecutive nodes and their times; every array has one value per node."""

    index: IntArray
    unix_s: IntArray
    local_s: IntArray

    @property
    def hours(self) -> FloatArray:
        """Hours since 1970, the axis of all noise: independent of the epoch."""
        return np.asarray(self.unix_s / 3600.0)

    @property
    def local_hour(self) -> FloatArray:
        """Hour of the day in Paris, 0 to 24."""
        return np.asarray((self.local_s % _DAY_S) / 3600.0)

    @property
    def local_day(self) -> IntArray:
        """Days since 1970 on a Paris calendar."""
        return self.local_s // _DAY_S

    @property
    def is_weekend(self) -> FloatArray:
        """1 on Saturday and Sunday, else 0; softened over the hour around midnight."""
        # a step at midnight would show as a jump in every office load at once
        early = weekday(self.local_s - 1800) >= _SUNDAY - 1
        late = weekday(self.local_s + 1800) >= _SUNDAY - 1
        return 0.5 * (early.astype(np.float64) + late.astype(np.float64))

    @property
    def year_angle(self) -> FloatArray:
        """Angle of the tropical year, 0 near 1 January 00:00 UTC."""
        return np.asarray(2.0 * np.pi * (self.unix_s / _DAY_S % 365.2425) / 365.2425)


def nodes_of_block(block: int, epoch_s: int) -> Nodes:
    """Nodes of a block: two lead-in nodes, its own, and the first of the next block."""
    first = block * BLOCK_NODES - LEAD_NODES
    index = np.arange(first, first + LEAD_NODES + BLOCK_NODES + 1, dtype=np.int64)
    unix_s = epoch_s + index * NODE_S
    return Nodes(index=index, unix_s=unix_s, local_s=unix_s + paris_offset_s(unix_s))


def weekday(local_s: IntArray) -> IntArray:
    """Day of the week, Monday is 0 (1 January 1970 was a Thursday)."""
    return (local_s // _DAY_S + 3) % 7


def paris_offset_s(unix_s: IntArray) -> IntArray:
    """Seconds that Paris is ahead of UTC, by the rule of Directive 2000/84/EC.

    Summer time runs from 01:00 UTC of the last Sunday of March to 01:00 UTC of the last
    Sunday of October. Arithmetic rather than a time-zone file: the plant does no I/O.
    """
    if unix_s.size == 0:
        return np.zeros(unix_s.shape, np.int64)
    years = unix_s.astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64)
    is_summer = np.zeros(unix_s.shape, dtype=bool)
    for year in range(int(years.min()), int(years.max()) + 1):
        start_s = _last_sunday_s(year, 3) + 3600
        end_s = _last_sunday_s(year, 10) + 3600
        is_summer |= (unix_s >= start_s) & (unix_s < end_s)
    return np.where(is_summer, np.int64(7200), np.int64(3600))


def year_start_s(year_since_1970: int) -> int:
    """Unix time at which a year starts."""
    return int(np.datetime64(year_since_1970, "Y").astype("datetime64[s]").astype(np.int64))


def _last_sunday_s(year_since_1970: int, month: int) -> int:
    after = np.datetime64(12 * year_since_1970 + month, "M").astype("datetime64[D]")
    last_day = int(after.astype(np.int64)) - 1
    since_sunday = (last_day + 3 - _SUNDAY) % 7
    return (last_day - since_sunday) * _DAY_S


def ramp(value: FloatArray, low: float, high: float) -> FloatArray:
    """Smoothstep from 0 at ``low`` to 1 at ``high``; runs down when ``low > high``."""
    x = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(x * x * (3.0 - 2.0 * x))
