"""Means of gauges over the steps of a window, and what follows from temperatures alone."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from models.kpi.cooling_degree_days import cooling_degree_days
from models.kpi.delivered_temperature import delivered_temperature
from models.kpi.result import KpiResult
from models.legal_time.days import day_edges_us, whole_days
from models.metering.tree import Meter
from models.readings import FloatArray, IntArray, Origin, Window
from models.series import GridLevels
from service.evaluation.samples import NO_SAMPLES, Samples, SamplesByKey, grid_levels, registers_of
from service.evaluation.windows import GriddedWindow

_HOUR_US = 3_600_000_000
# A day's mean is known from this share of its hours on.
_LEAST_OF_DAY = 0.9
# Class of the thermometers where the site file does not say better: Pt100 class B and its chain.
TEMPERATURE_U_K = 0.25


def step_means(samples: Samples, edges_us: IntArray) -> FloatArray:
    """Mean of the good readings inside each step ``[edge, next edge)``; NaN without any.

    The store gives the first and last reading of each of its buckets, so that a mean is of at
    least two readings for each bucket inside the step.

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


def daily_means(samples: Samples, days: Sequence[date]) -> FloatArray:
    """Mean of each legal day from its hourly means; NaN when too few hours are known."""
    means = np.full(len(days), np.nan)
    for n, day in enumerate(days):
        start, end = day_edges_us(day, day + timedelta(days=1))
        hours = step_means(samples, np.arange(start, end + 1, _HOUR_US, dtype=np.int64))
        if np.isfinite(hours).mean() >= _LEAST_OF_DAY:
            means[n] = np.nanmean(hours)
    return means


def degree_days(window: Window, outdoor_key: str, samples: Samples, origin: Origin) -> KpiResult:
    """Cooling degree days of the whole legal days of a window."""
    days = whole_days(window)
    return cooling_degree_days(
        window,
        daily_means(samples, days),
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
    origin: Origin,
) -> KpiResult:
    """Supply temperature of the handed-over heat, weighted by the heat of each meter."""
    edges_us = gridded.edges_us()
    grid = grid_levels(registers_of(meters), samples, edges_us)
    supply = np.stack([step_means(samples.get(k, NO_SAMPLES), edges_us) for k in supply_keys])
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
