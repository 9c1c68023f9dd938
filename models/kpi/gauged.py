"""Several gauges of one kind over one window: what the KPIs of temperatures are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import hypot, sqrt

import numpy as np
from numpy.typing import NDArray

from models.legal_time.days import day_start, to_us
from models.readings import FloatArray
from models.registers.gauges import GaugeTotals, ValueRange, joined
from models.registers.periods import Periods

_SQRT12 = sqrt(12.0)
# A day's mean is known from this share of its time on.
_LEAST_OF_DAY = 0.9
# Class of the thermometers where the site file does not say better: Pt100 class B and its chain.
THERMOMETER_U_K = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensors:
    """Totals of each sensor over the whole window, and how much of it all of them know.

    ``coverage_ratio`` is summed over the steps of the totals: in each, the share that the sensor
    with the least of it knows. Silences of several sensors inside one step are taken as one.
    """

    whole: tuple[GaugeTotals, ...]
    coverage_ratio: float

    @classmethod
    def of(cls, gauges: Sequence[GaugeTotals]) -> "Sensors":
        """Bring sensors with the same steps together.

        Raises
        ------
        ValueError
            If the steps of the sensors differ.
        """
        if not gauges or not len(gauges[0]):
            return cls(whole=(), coverage_ratio=0.0)
        steps = gauges[0].periods
        for one in gauges[1:]:
            same = np.array_equal(one.periods.start_us, steps.start_us)
            if not same or not np.array_equal(one.periods.end_us, steps.end_us):
                msg = "the sensors of a KPI need totals over the same steps"
                raise ValueError(msg)
        window = Periods(start_us=steps.start_us[:1], end_us=steps.end_us[-1:])
        least_us = np.min([one.known_us for one in gauges], axis=0).sum()
        window_us = int(window.end_us[0] - window.start_us[0])
        return cls(
            whole=tuple(joined(one, window) for one in gauges),
            coverage_ratio=float(least_us / window_us) if window_us else 0.0,
        )

    @property
    def mean(self) -> float:
        """Mean over the sensors of the time-weighted mean of each."""
        return float(np.mean(self._each("mean")))

    @property
    def minimum(self) -> float:
        """Least value that stood at any sensor."""
        return float(np.nanmin(self._each("minimum")))

    @property
    def maximum(self) -> float:
        """Greatest value that stood at any sensor."""
        return float(np.nanmax(self._each("maximum")))

    @property
    def known_ratio(self) -> float:
        """Known share of sensors and time. [-]"""
        return float(np.mean(self._each("coverage_ratio"))) if self.whole else 0.0

    def share_in(self, wanted: ValueRange) -> float:
        """Share of the known sensors and time inside a range. [-]"""
        weight = np.array([one.known_us[0] for one in self.whole])
        share = np.array([one.share_in(wanted)[0] for one in self.whole])
        return float(np.average(np.nan_to_num(share), weights=weight))

    def hidden_mean_u(self) -> float:
        """Standard uncertainty of the mean for the time without data.

        What a sensor did not show is taken to have lain anywhere between the least and the
        greatest that it did show (rectangular, JCGM 100:2008, 4.3.7), for the whole silence and
        at all sensors alike: what silences one often silences all.
        """
        low, high, mean = (self._each(name) for name in ("minimum", "maximum", "mean"))
        unknown = 1.0 - self._each("coverage_ratio")
        off = np.hypot((low + high) / 2.0 - mean, (high - low) / _SQRT12)
        return float(np.mean(unknown * off))

    def loose_mean_u(self) -> float:
        """Standard uncertainty of the mean for what moved between two readings far apart.

        That of each sensor (:attr:`~models.registers.gauges.GaugeTotals.loose_u`), at all sensors
        alike; 0 where no two readings are further apart than 16 minutes.
        """
        return float(np.mean(self._each("loose_u")))

    def hidden_share_u(self, share: float) -> float:
        """Standard uncertainty of a share for the time without firm data: any from 0 to 1.

        A reading that stands for longer than 16 minutes tells a mean, but not whether a limit was
        passed: that time may hide any share, as silence does.
        """
        firm = float(np.mean(self._each("firm_ratio"))) if self.whole else 0.0
        return (1.0 - firm) * hypot(0.5 - share, 1.0 / _SQRT12)

    def _each(self, name: str) -> FloatArray:
        return np.array([getattr(one, name)[0] for one in self.whole])


def daily_means(totals: GaugeTotals, days: Sequence[date]) -> FloatArray:
    """Time-weighted mean of each legal day; NaN when too little of it is known.

    Parameters
    ----------
    totals : GaugeTotals
        Consecutive steps of which the edges of the days are edges.
    days : sequence of date
        Legal days.

    Returns
    -------
    float array, shape (days,)
        In the unit of the gauge.
    """
    found, within = _by_day(totals, days)
    means = np.full(len(days), np.nan)
    means[within] = np.where(found.coverage_ratio >= _LEAST_OF_DAY, found.mean, np.nan)
    return means


def daily_loose_u(totals: GaugeTotals, days: Sequence[date]) -> FloatArray:
    """Standard uncertainty of each of :func:`daily_means` for what moved between two readings.

    Parameters
    ----------
    totals : GaugeTotals
        Consecutive steps of which the edges of the days are edges.
    days : sequence of date
        Legal days.

    Returns
    -------
    float array, shape (days,)
        In the unit of the gauge; 0 for a gauge read every 16 minutes, or unknown.
    """
    found, within = _by_day(totals, days)
    u = np.zeros(len(days))
    u[within] = found.loose_u
    return u


def _by_day(totals: GaugeTotals, days: Sequence[date]) -> tuple[GaugeTotals, NDArray[np.bool_]]:
    """Totals of the days that lie within the steps, and which those are."""
    if not len(totals) or not days:
        return totals.upto(0), np.zeros(len(days), dtype=bool)
    start_us = np.array([to_us(day_start(day)) for day in days], np.int64)
    end_us = np.array([to_us(day_start(day + timedelta(days=1))) for day in days], np.int64)
    within = start_us >= totals.periods.start_us[0]
    within &= end_us <= totals.periods.end_us[-1]
    whole = Periods(start_us=start_us[within], end_us=end_us[within])
    return joined(totals, whole), np.asarray(within)
