"""Cooling degree days, base 21 degC, by the method of Eurostat and the JRC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.kpi.declared import require_finite
from models.kpi.definition import LONG, Kpi, KpiGroup
from models.kpi.gauged import THERMOMETER_U_K
from models.kpi.result import KpiResult, Withheld, withheld_result
from models.kpi.series import KpiSeries, series_of
from models.legal_time.days import whole_days
from models.metering.tree import SignedMeters
from models.readings import FloatArray, Origin, Window
from models.registers.gauges import ValueRange
from models.site.devices import point_key

if TYPE_CHECKING:
    from models.kpi.measurement import Measurement
    from models.site.site import Site


BASE_DEGC = 21.0
# A day counts only from this mean on; below it nobody is taken to cool.
THRESHOLD_DEGC = 24.0

_KPI, _UNIT = "cooling_degree_days", "K.d"
# A sum of days that are missing is too small, so more must be known than for a ratio.
_MIN_COVERAGE_RATIO = 0.95
# Outdoor air on Earth; what lies outside is a broken sensor.
_MIN_DEGC, _MAX_DEGC = -90.0, 60.0


def degree_days_k_d(daily_mean_degc: FloatArray) -> FloatArray:
    """Cooling degree days of each day. [K.d]

    Parameters
    ----------
    daily_mean_degc : float array, shape (days,)
        Mean outdoor air temperature of each day. [degC]

    Returns
    -------
    float array, shape (days,)
        T - 21 on days of at least 24 degC, else 0; NaN where the temperature is unknown.

    Examples
    --------
    Eurostat's own cases: 26 degC counts 5, 22 degC counts 0.

    >>> degree_days_k_d(np.array([26.0, 22.0, 24.0])).tolist()
    [5.0, 0.0, 3.0]
    """
    physical = (daily_mean_degc >= _MIN_DEGC) & (daily_mean_degc <= _MAX_DEGC)
    counted = np.where(daily_mean_degc >= THRESHOLD_DEGC, daily_mean_degc - BASE_DEGC, 0.0)
    return np.where(physical, counted, np.nan)


def cooling_degree_days(
    window: Window,
    daily_mean_degc: FloatArray,
    *,
    temperature_u_k: float,
    place: str,
    loose_u_k: FloatArray | float = 0.0,
    inputs: tuple[str, ...] = (),
    origin: Origin = Origin.MEASURED,
) -> KpiResult:
    """Sum of the cooling degree days of a window; a year for (EU) 2024/1364.

    Parameters
    ----------
    window : Window
        The days.
    daily_mean_degc : float array, shape (days,)
        Time-weighted mean outdoor air temperature of each day, from every reading; NaN where
        unknown. [degC]
    temperature_u_k : float
        Standard uncertainty of the sensor, the same error on all days. [K]
    place : str
        Where the temperature is from, and its open-access source if it is not the site's own.
    loose_u_k : float array, shape (days,), optional
        Standard uncertainty of the mean of each day for what moved between readings far apart,
        another error each day (:func:`~models.kpi.gauged.daily_loose_u`). [K]

    Returns
    -------
    KpiResult
        The sum over the known days [K.d]; withheld below 95 % of days, never extrapolated. The
        expanded uncertainty is half the difference between the sums with all days 2 u warmer
        and 2 u colder: the threshold makes the sum jump, so no derivative would do. Such halves
        of each day by its own ``loose_u_k`` are added in quadrature.

    Notes
    -----
    (EU) 2024/1364, Annex II, was read: CDD by the method of Eurostat and the JRC, base 21 degC,
    last calendar year. The threshold of 24 degC is Eurostat's (metadata of ``nrg_chdd``), known
    from copies of that text, not from the page itself. Eurostat's figures come from a 25 km grid
    and are given by region: a sensor on the roof gives another number, and reports should
    quote Eurostat's. How the JRC forms the daily mean is not verified.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> days = Window(
    ...     name="three_days",
    ...     start=datetime(2026, 7, 1, tzinfo=UTC),
    ...     end=datetime(2026, 7, 4, tzinfo=UTC),
    ... )
    >>> result = cooling_degree_days(
    ...     days, np.array([26.0, 22.0, 30.0]), temperature_u_k=0.25, place="roof"
    ... )
    >>> result.value, result.expanded_uncertainty
    (14.0, 1.0)

    Read by the hour, each day is less certain by itself:

    >>> hourly = cooling_degree_days(
    ...     days, np.array([26.0, 22.0, 30.0]), temperature_u_k=0.25, place="roof", loose_u_k=0.3
    ... )
    >>> round(hourly.expanded_uncertainty, 3)
    1.311
    """
    require_finite("temperature_u_k", temperature_u_k)
    each = degree_days_k_d(daily_mean_degc)
    known = np.isfinite(each)
    coverage = float(np.mean(known)) if len(each) else 0.0
    if coverage < _MIN_COVERAGE_RATIO:
        why = Withheld.NO_DATA if coverage == 0.0 else Withheld.LOW_COVERAGE
        return withheld_result(_KPI, _UNIT, window, why, coverage_ratio=coverage)
    of_sensor = _half_k_d(daily_mean_degc[known], 2.0 * temperature_u_k).sum()
    loose_k = 2.0 * np.broadcast_to(loose_u_k, known.shape)[known]
    of_days = np.linalg.norm(_half_k_d(daily_mean_degc[known], loose_k))
    return KpiResult(
        kpi=_KPI,
        window=window,
        unit=_UNIT,
        value=float(each[known].sum()),
        expanded_uncertainty=float(np.hypot(of_sensor, of_days)),
        coverage_ratio=coverage,
        boundary=f"base {BASE_DEGC:g} degC, days from {THRESHOLD_DEGC:g} degC on; {place}",
        origin=origin,
        inputs=inputs,
    )


def _half_k_d(daily_mean_degc: FloatArray, shift_k: FloatArray | float) -> FloatArray:
    """Half of what each day gains when it is so much warmer, and loses when colder. [K.d]"""
    # The shifted days may leave the physical range by a hair; they are still days.
    warmer, colder = (
        degree_days_k_d(np.clip(daily_mean_degc + k, _MIN_DEGC, _MAX_DEGC))
        for k in (shift_k, np.negative(shift_k))
    )
    return np.asarray((warmer - colder) / 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolingDegreeDays(Kpi):
    """Cooling degree days of the whole legal days of a period, by the site's own sensor."""

    def gauges(
        self, site: "Site", sums: Mapping[str, SignedMeters]
    ) -> Mapping[str, tuple[ValueRange, ...]]:
        """The outdoor temperature."""
        del sums
        key = outdoor_key(site)
        return {} if key is None else {key: ()}

    def produce(self, measured: "Measurement") -> Sequence[KpiSeries]:
        """The sum of each period; nothing without an outdoor sensor."""
        key = outdoor_key(measured.site)
        if key is None:
            return ()
        results = []
        for window in measured.windows:
            days = whole_days(window)
            means = measured.daily_means(key, days)
            results.append(
                cooling_degree_days(
                    window,
                    means,
                    temperature_u_k=THERMOMETER_U_K,
                    place="sensor of the site",
                    loose_u_k=measured.daily_loose_u(key, days),
                    inputs=(key,),
                )
            )
        return (series_of(results, measured.periods),)


def outdoor_key(site: "Site") -> str | None:
    """The point of the outdoor temperature; None where the site has none."""
    key = point_key(site.outdoor_device or "", "outdoor_temp_degc")
    return key if key in site.points else None


COOLING_DEGREE_DAYS: Final = CoolingDegreeDays(
    id=_KPI,
    unit=_UNIT,
    group=KpiGroup.CONDITIONS,
    decimals=0,
    windows=LONG,
    lower=0.0,
)
