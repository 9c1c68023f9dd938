"""Noise KPIs of a site: emergence and level at the loudest of its points, by day and by night."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from models.kpi.definition import Kpi, KpiGroup
from models.kpi.noise import ResidualLevel, noise_emergence
from models.kpi.result import Flag, KpiResult
from models.kpi.series import KpiSeries, series_of
from models.legal_time.days import to_us
from models.metering.uncertainty import COVERAGE_FACTOR
from models.quantities import Quantity
from models.readings import FloatArray, IntArray, Window
from models.registers.samples import NO_SAMPLES, Samples, SamplesByKey
from models.site.noise import NoiseMonitoring, NoisePoint

if TYPE_CHECKING:
    from models.kpi.measurement import Measurement

# A sound meter reports the level of the last complete ten minutes.
_INTERVAL_US = timedelta(minutes=10) // timedelta(microseconds=1)
_DAY, _NIGHT = "last_day", "last_night"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseKpi(Kpi):
    """The worst point of a site; ``boundary_level`` judges the ambient level, not the emergence."""

    by_night: bool
    boundary_level: bool

    def produce(self, measured: "Measurement") -> Sequence[KpiSeries]:
        """The worst of the points in each period; nothing without sound meters."""
        noise = measured.site.noise
        if noise is None:
            return ()
        levels = measured.readings.levels
        results = [self._worst(noise, window, levels) for window in measured.windows]
        return (series_of(results, measured.periods),)

    def _worst(self, noise: NoiseMonitoring, window: Window, levels: SamplesByKey) -> KpiResult:
        """The highest; a withheld one only when all are withheld."""
        each = [self.at_point(noise, point, window, levels) for point in noise.points]
        known = [one for one in each if one.value is not None]
        return max(known, key=lambda one: one.value or 0.0) if known else each[0]

    def at_point(
        self, noise: NoiseMonitoring, point: NoisePoint, window: Window, levels: SamplesByKey
    ) -> KpiResult:
        """The figure of one point over one legal period."""
        residual = ResidualLevel(
            level_dba=point.residual_night_dba if self.by_night else point.residual_day_dba,
            u_db=point.residual_u_db,
            provenance=f"{point.provenance} ({point.measured_on.isoformat()})",
            measured_on=point.measured_on,
        )
        emergence = noise_emergence(
            self.id,
            window,
            interval_levels(levels.get(point.level, NO_SAMPLES), window),
            interval_levels(levels.get(noise.wind, NO_SAMPLES), window),
            residual,
            ambient_u_db=point.ambient_u_db,
            inputs=(point.id,),
        )
        return _ambient(emergence) if self.boundary_level else emergence


def _ambient(emergence: KpiResult) -> KpiResult:
    """The ambient level behind an emergence: what a limit at the property line judges."""
    parts = tuple(part for part in emergence.parts if part.name == "ambient")
    return replace(
        emergence,
        value=emergence.numerator,
        expanded_uncertainty=COVERAGE_FACTOR * parts[0].u if parts else None,
        numerator=None,
        numerator_unit="",
        denominator=None,
        denominator_unit="",
        parts=parts,
        flags=tuple(flag for flag in emergence.flags if flag is not Flag.OLD_RESIDUAL),
        boundary="property line",
    )


def noise_keys(noise: NoiseMonitoring) -> tuple[str, ...]:
    """Points that the noise KPIs read."""
    return (*(point.level for point in noise.points), noise.wind)


def interval_levels(samples: Samples, window: Window) -> FloatArray:
    """One value for each ten minutes of a window: the first report after the interval's end.

    Parameters
    ----------
    samples : Samples
        Reports of a sound meter. [dB(A)]
    window : Window
        Its tenths of minutes count.

    Returns
    -------
    float array
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
    at = np.minimum(first, len(ts_us) - 1)
    return np.where((first < len(ts_us)) & (ts_us[at] < end_us), value[at], np.nan)


_EMERGENCE: Final = NoiseKpi(
    id="noise_emergence_day",
    unit="dB(A)",
    quantity=Quantity.SOUND_LEVEL,
    group=KpiGroup.NOISE,
    decimals=1,
    windows=(_DAY,),
    # levels of 10 to 140 dB(A) and their difference
    lower=-130.0,
    upper=130.0,
    by_night=False,
    boundary_level=False,
)
_LEVEL: Final = replace(
    _EMERGENCE, id="noise_boundary_day", lower=10.0, upper=140.0, boundary_level=True
)

NOISE_KPIS: Final[Mapping[str, NoiseKpi]] = {
    one.id: one
    for one in (
        _EMERGENCE,
        replace(_EMERGENCE, id="noise_emergence_night", windows=(_NIGHT,), by_night=True),
        _LEVEL,
        replace(_LEVEL, id="noise_boundary_night", windows=(_NIGHT,), by_night=True),
    )
}
