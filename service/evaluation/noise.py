"""Noise emergence of the last legal day and night, from ten-minute levels."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from models.kpi.noise import ResidualLevel, noise_emergence
from models.kpi.result import KpiResult
from models.legal_time.days import to_us
from models.readings import FloatArray, IntArray, Origin, Window
from models.site.noise import NoiseMonitoring, NoisePoint
from service.evaluation.samples import NO_SAMPLES, Samples, SamplesByKey

# A sound meter reports the level of the last complete ten minutes.
_INTERVAL = timedelta(minutes=10)
# The newest reading inside an interval or this soon after it stands for it.
_INTERVAL_US = _INTERVAL // timedelta(microseconds=1)


def noise_keys(noise: NoiseMonitoring) -> tuple[str, ...]:
    """Points the noise KPIs read."""
    return (*(point.level for point in noise.points), noise.wind)


def interval_levels(samples: Samples, window: Window) -> FloatArray:
    """One value per ten minutes of the window: the first report after the interval's end.

    The report of an interval is what the meter shows until the next interval ends; NaN when
    none was read in that time.
    """
    ends = np.arange(
        to_us(window.start) + _INTERVAL_US, to_us(window.end) + 1, _INTERVAL_US, dtype=np.int64
    )
    return _first_in(samples, ends, ends + _INTERVAL_US)


def _first_in(samples: Samples, start_us: IntArray, end_us: IntArray) -> FloatArray:
    known = np.isfinite(samples.value)
    ts_us, value = samples.ts_us[known], samples.value[known]
    if len(ts_us) == 0:
        return np.full(len(start_us), np.nan)
    first = np.searchsorted(ts_us, start_us, side="left")
    inside = (first < len(ts_us)) & (ts_us[np.minimum(first, len(ts_us) - 1)] < end_us)
    return np.where(inside, value[np.minimum(first, len(ts_us) - 1)], np.nan)


def emergence(
    noise: NoiseMonitoring,
    point: NoisePoint,
    kpi: str,
    window: Window,
    samples: SamplesByKey,
    origin: Origin,
) -> KpiResult:
    """Emergence at one point of the property line over one legal period."""
    by_night = kpi == "noise_emergence_night"
    residual = ResidualLevel(
        level_dba=point.residual_night_dba if by_night else point.residual_day_dba,
        u_db=point.residual_u_db,
        provenance=f"{point.provenance} ({point.measured_on.isoformat()})",
        measured_on=point.measured_on,
    )
    return noise_emergence(
        kpi,
        window,
        interval_levels(samples.get(point.level, NO_SAMPLES), window),
        interval_levels(samples.get(noise.wind, NO_SAMPLES), window),
        residual,
        ambient_u_db=point.ambient_u_db,
        inputs=(point.id,),
        origin=origin,
    )


def worst_emergence(results: Sequence[KpiResult]) -> KpiResult | None:
    """The point with the highest emergence; a withheld one only when all are withheld."""
    known = [r for r in results if r.value is not None]
    if known:
        return max(known, key=lambda r: r.value or 0.0)
    return results[0] if results else None
