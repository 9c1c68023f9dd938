"""All meters of a site on the hours of the last legal days: what each counted, what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Self

import numpy as np

from models.legal_time.days import day_edges_us, days_from, from_us, legal_day
from models.metering.registers import SiteRegisters
from models.metering.tree import Meter, SignedMeters
from models.readings import FloatArray, IntArray
from models.registers.periods import Periods
from models.registers.steps import counted_by_step, whole_steps

# A year, and the month before it.
HISTORY = timedelta(days=395)
_HOUR_US = 3_600_000_000
_HOURS = 24


@dataclass(frozen=True)
class SiteYear:
    """What meters counted by hour and by day over the legal days before an instant.

    ``edges_us`` are the edges of the hours [us], ``hours_of`` the first hour of each day and the
    one after its last, ``counted`` the hours by meter [kWh or m3], NaN where the readings do not
    tell one hour from the next. ``row`` is the row of each meter.
    """

    meters: tuple[Meter, ...]
    registers: SiteRegisters
    days: list[date]
    edges_us: IntArray
    hours_of: IntArray
    counted: FloatArray
    row: Mapping[str, int]

    @classmethod
    def of(cls, meters: Sequence[Meter], registers: SiteRegisters, now: datetime) -> Self | None:
        """The whole legal days since the first reading, at most those of :data:`HISTORY`.

        Returns
        -------
        SiteYear or None
            None when no meter was ever read in these days.
        """
        today = legal_day(now)
        traces = registers.traces
        known = [
            int(traces[one.point].ts_us[0])
            for one in meters
            if one.point in traces and len(traces[one.point].ts_us)
        ]
        if not known:
            return None
        first = max(today - HISTORY, legal_day(from_us(min(known))) + timedelta(days=1))
        if first >= today:
            return None
        starts = day_edges_us(first, today)
        edges = whole_steps(int(starts[0]), int(starts[-1]), _HOUR_US)
        return cls(
            meters=tuple(meters),
            registers=registers,
            days=days_from(first, today),
            edges_us=edges,
            hours_of=(starts - starts[0]) // _HOUR_US,
            counted=counted_by_step(traces, [one.point for one in meters], edges),
            row={meter.id: n for n, meter in enumerate(meters)},
        )

    @property
    def period(self) -> tuple[date, date]:
        """Legal days from the first to after the last."""
        return self.days[0], self.days[-1] + timedelta(days=1)

    @property
    def known_us(self) -> tuple[int, int]:
        """First and last instant. [us]"""
        return int(self.edges_us[0]), int(self.edges_us[-1])

    @cached_property
    def hourly(self) -> FloatArray:
        """Counts by meter, day and hour; the days of a clock change have 23 or the first 24."""
        hour = self.hours_of[:-1, None] + np.arange(_HOURS)
        inside = hour < self.hours_of[1:, None]
        rows = self.counted[:, np.minimum(hour, self.counted.shape[1] - 1)]
        return np.asarray(np.where(inside, rows, np.nan))

    @cached_property
    def daily(self) -> FloatArray:
        """Counts by meter and day; NaN where the readings do not tell one day from the next."""
        points = [one.point for one in self.meters]
        return counted_by_step(self.registers.traces, points, self.edges_us[self.hours_of])

    @cached_property
    def missing(self) -> FloatArray:
        """Share of each day that a meter does not know; none before it was first read."""
        unknown = ~np.isfinite(self.counted)
        unknown &= np.maximum.accumulate(~unknown, axis=1)
        return self._of_day(unknown.astype(float)) / np.diff(self.hours_of)

    def ratio(
        self, top: SignedMeters, bottom: SignedMeters, scale: float = 1.0
    ) -> tuple[FloatArray, FloatArray]:
        """A ratio by day over the hours known of all its meters, and their share of the day.

        Parameters
        ----------
        top, bottom : SignedMeters
            The sums.
        scale : float
            Brings the ratio to the unit of its KPI.

        Returns
        -------
        tuple of float array, shape (days,)
            The ratio, NaN without a denominator, and its coverage [-].
        """
        rows = [self.row[one] for one in (*top.ids, *bottom.ids)]
        joint = np.isfinite(self.counted[rows]).all(axis=0)
        above, below = (self._of_day(np.where(joint, self._sum(s), 0.0)) for s in (top, bottom))
        with np.errstate(invalid="ignore", divide="ignore"):
            daily = np.where(below > 0.0, scale * above / below, np.nan)
        return np.asarray(daily), self._of_day(joint.astype(float)) / np.diff(self.hours_of)

    def months(self) -> list[tuple[date, date]]:
        """The whole legal months, oldest first."""
        firsts = [n for n, day in enumerate(self.days) if day.day == 1]
        return [(self.days[a], self.days[b]) for a, b in pairwise(firsts)]

    def coverage(
        self, windows: Sequence[tuple[date, date]], top: SignedMeters, bottom: SignedMeters
    ) -> FloatArray:
        """Share of each window over which a ratio is known, as its KPI reckons it. [-]"""
        if not windows:
            return np.zeros(0)
        starts = self.edges_us[self.hours_of]
        edge = {day: int(at) for day, at in zip(self.days, starts, strict=False)}
        periods = Periods(
            start_us=np.array([edge[first] for first, _ in windows], dtype=np.int64),
            end_us=np.array([edge[until] for _, until in windows], dtype=np.int64),
        )
        ids = dict.fromkeys((*top.ids, *bottom.ids))
        points = [self.meters[self.row[one]].point for one in ids]
        return self.registers.table(periods, points).joint(points).coverage_ratio

    def _sum(self, sums: SignedMeters) -> FloatArray:
        ids = tuple(dict.fromkeys(sums.ids))
        return np.asarray(sums.weights(ids) @ self.counted[[self.row[one] for one in ids]])

    def _of_day(self, by_hour: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(by_hour, self.hours_of[:-1], axis=-1))
