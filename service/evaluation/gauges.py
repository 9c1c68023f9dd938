"""Gauges over the steps of a window and over days, and what follows from temperatures alone."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from models.kpi.cooling_degree_days import cooling_degree_days
from models.kpi.delivered_temperature import delivered_temperature
from models.kpi.result import KpiResult
from models.legal_time.days import day_edges_us, whole_days
from models.metering.tree import Meter
from models.readings import FloatArray, IntArray, Origin, Window
from models.registers.gauges import GaugesByKey, GaugeTotals, ValueRange, joined, unknown_gauge
from models.registers.periods import Periods
from models.series import GridLevels
from service.evaluation.samples import Samples, SamplesByKey, grid_levels, registers_of
from service.evaluation.windows import GriddedWindow

# A day's mean is known from this share of its time on.
_LEAST_OF_DAY = 0.9
# Class of the thermometers where the site file does not say better: Pt100 class B and its chain.
TEMPERATURE_U_K = 0.25


def step_means(samples: Samples, edges_us: IntArray) -> FloatArray:
    """Mean of the good samples inside each step ``[edge, next edge)``; NaN without any.

    Samples are the first and last reading of each bucket of the store: this is the mean of a few
    readings of the step, for trends and cross-checks. KPIs take :func:`over_steps`.

    Examples
    --------
    >>> samples = Samples(ts_us=np.array([0, 5, 25]), value=np.array([1.0, 3.0, 7.0]))
    >>> step_means(samples, np.array([0, 10, 20, 30])).tolist()
    [2.0, nan, 7.0]
    """
    known = np.isfinite(samples.value)
    ts_us, value = samples.ts_us[known], samples.value[known]
    cut = np.searchsorted(ts_us, edges_us, side="left")
    sums = np.concatenate([[0.0], np.cumsum(value)])
    count = np.diff(cut)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(count > 0, np.diff(sums[cut]) / np.maximum(count, 1), np.nan))


def over_steps(
    gauges: GaugesByKey, key: str, gridded: GriddedWindow, ranges: Sequence[ValueRange] = ()
) -> GaugeTotals:
    """Totals of a gauge over the steps of a window; unknown throughout without any."""
    steps = Periods.between(gridded.edges_us())
    totals = gauges.get(key)
    return unknown_gauge(steps, ranges) if totals is None else joined(totals, steps)


def daily_means(totals: GaugeTotals | None, days: Sequence[date]) -> FloatArray:
    """Time-weighted mean of each legal day; NaN when too little of it is known."""
    means = np.full(len(days), np.nan)
    if totals is None or not len(totals):
        return means
    each = [day_edges_us(day, day + timedelta(days=1)) for day in days]
    start_us, end_us = np.array(each, np.int64).reshape(len(days), 2).T
    within = start_us >= totals.periods.start_us[0]
    within &= end_us <= totals.periods.end_us[-1]
    found = joined(totals, Periods(start_us=start_us[within], end_us=end_us[within]))
    means[within] = np.where(found.coverage_ratio >= _LEAST_OF_DAY, found.mean, np.nan)
    return means


def degree_days(
    window: Window, outdoor_key: str, totals: GaugeTotals | None, origin: Origin
) -> KpiResult:
    """Cooling degree days of the whole legal days of a window."""
    return cooling_degree_days(
        window,
        daily_means(totals, whole_days(window)),
        temperature_u_k=TEMPERATURE_U_K,
        place="sensor of the site",
        inputs=(outdoor_key,),
        origin=origin,
    )


def delivered_at(
    gridded: GriddedWindow,
    meters: Sequence[Meter],
    supply_keys: Sequence[str],
    samples: SamplesByKey,
    gauges: GaugesByKey,
    origin: Origin,
) -> KpiResult:
    """Supply temperature of the handed-over heat, weighted by the heat of each meter."""
    grid = grid_levels(registers_of(meters), samples, gridded.edges_us())
    supply = np.stack([over_steps(gauges, key, gridded).mean for key in supply_keys])
    return delivered_temperature(
        gridded.window,
        increments(grid)[: len(meters)],
        supply,
        temperature_u_k=TEMPERATURE_U_K,
        inputs=tuple(meter.id for meter in meters),
        origin=origin,
    )


def increments(grid: GridLevels) -> FloatArray:
    """What each register counted in each step; NaN where either edge is not known."""
    same = grid.segment[:, 1:] == grid.segment[:, :-1]
    return np.asarray(np.where(same, np.diff(grid.level, axis=1), np.nan))
