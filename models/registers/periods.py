"""Periods, and what some registers counted in them over the time known to all of them."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from models.readings import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """Half-open periods ``[start_us, end_us)``, shape (n,); they may overlap."""

    start_us: IntArray
    end_us: IntArray

    def __post_init__(self) -> None:
        """Refuse periods that end before they start."""
        if self.start_us.shape != self.end_us.shape or self.start_us.ndim != 1:
            msg = f"starts {self.start_us.shape} and ends {self.end_us.shape} need one length"
            raise ValueError(msg)
        if np.any(self.end_us < self.start_us):
            row = int(np.argmax(self.end_us < self.start_us))
            msg = f"period {row} ends before it starts"
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.start_us)

    @classmethod
    def between(cls, edges_us: IntArray) -> "Periods":
        """The periods from each edge to the next."""
        return cls(start_us=edges_us[:-1], end_us=edges_us[1:])

    @property
    def duration_s(self) -> FloatArray:
        """Length of each period. [s]"""
        return np.asarray((self.end_us - self.start_us) / 1e6)


class Cause(IntEnum):
    """Why a part of a period is not covered; the worst is the highest."""

    NONE = 0
    NO_READING = 1
    BREAK = 2
    FROZEN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class JointCounts:
    """What m registers counted in n periods, over the time known to all of them.

    ``total``, shape (m, n), sums over the covered time only [kWh or m3]. ``edge_u`` and ``step_u``
    are the standard uncertainties for edges that lie between readings and for the step in which
    the register counts, same shape and unit. ``covered_s``, ``bridged_s`` and ``frozen_s``, shape
    (n,), are the time known to all, the part of it inside a silence or a stretch that was bridged,
    and the time not covered because a register stood still [s]. ``cause``, shape (n,), says why
    time is missing (:class:`Cause`), and ``missing_s``, shape (m, n), how much each register lacks
    by itself.
    """

    periods: Periods
    total: FloatArray
    edge_u: FloatArray
    step_u: FloatArray
    covered_s: FloatArray
    bridged_s: FloatArray
    frozen_s: FloatArray
    missing_s: FloatArray
    cause: IntArray

    @property
    def coverage_ratio(self) -> FloatArray:
        """Share of each period that is covered; 0 for an empty one. [-]"""
        return _share(self.covered_s, self.periods)

    @property
    def bridged_ratio(self) -> FloatArray:
        """Share of each period known only by bridging. [-]"""
        return _share(self.bridged_s, self.periods)


def _share(part_s: FloatArray, periods: Periods) -> FloatArray:
    whole_s = periods.duration_s
    return np.asarray(np.where(whole_s > 0.0, part_s / np.where(whole_s > 0.0, whole_s, 1.0), 0.0))
