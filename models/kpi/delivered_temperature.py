"""Temperature at which heat was handed over, weighted by the heat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.kpi.declared import require_finite
from models.kpi.definition import ANY, Kpi, KpiGroup
from models.kpi.gauged import THERMOMETER_U_K
from models.kpi.result import KpiResult, Withheld, withheld_result
from models.kpi.series import KpiSeries, series_of
from models.metering.tree import SignedMeters
from models.metering.uncertainty import COVERAGE_FACTOR
from models.quantities import Quantity
from models.readings import FloatArray, Origin, Window
from models.registers.gauges import ValueRange
from models.site.devices import device_of, point_key

if TYPE_CHECKING:
    from models.kpi.measurement import Measurement
    from models.site.site import Site

_KPI, _UNIT = "delivered_temperature", "degC"
_MIN_COVERAGE_RATIO = 0.5


def delivered_temperature(
    window: Window,
    heat_kwh: FloatArray,
    supply_temp_degc: FloatArray,
    *,
    temperature_u_k: float,
    inputs: tuple[str, ...] = (),
    origin: Origin = Origin.MEASURED,
) -> KpiResult:
    """Supply temperature of the delivered heat, weighted by its energy.

    Parameters
    ----------
    window : Window
        The time that the steps divide evenly.
    heat_kwh : float array, shape (n,) or (takers, n)
        Heat handed over in each step, NaN where unknown. [kWh]
    supply_temp_degc : float array, same shape
        Time-weighted mean supply temperature of the step, from every reading; may be unknown
        where no heat was delivered. [degC]
    temperature_u_k : float
        Standard uncertainty of the sensors, taken as one common error. [K]

    Returns
    -------
    KpiResult
        sum(Q T) / sum(Q) [degC] over the steps that delivered. Reverse and defrost heat (Q below
        0) is no delivery and has no weight. Without any delivery there is no value.

    Notes
    -----
    Derived, from no standard. It is not T_WH of (EU) 2024/1364, Annex II, which is a plain yearly
    average where the heated fluid enters the exchanger. The error of the heat meters, common to
    all steps, cancels; a common sensor error passes through whole, hence U = 2 u.

    Weighting the mean temperature of a step by its heat takes the two as unrelated inside the
    step: it leaves out their covariance there, divided by the mean power. With steps of an hour
    that matters only where the heat comes in bursts shorter than that, at another temperature
    than between them; it is not in U.

    Examples
    --------
    300 kWh at 60 degC and 100 kWh at 40 degC; an idle hour at 20 degC does not count.

    >>> from datetime import UTC, datetime
    >>> morning = Window(
    ...     name="morning",
    ...     start=datetime(2026, 1, 1, tzinfo=UTC),
    ...     end=datetime(2026, 1, 1, 3, tzinfo=UTC),
    ... )
    >>> delivered_temperature(
    ...     morning, np.array([300.0, 100.0, 0.0]), np.array([60.0, 40.0, 20.0]),
    ...     temperature_u_k=0.2,
    ... ).value
    55.0
    """
    require_finite("temperature_u_k", temperature_u_k)
    if heat_kwh.shape != supply_temp_degc.shape:
        msg = f"steps differ: heat {heat_kwh.shape}, temperature {supply_temp_degc.shape}"
        raise ValueError(msg)
    delivering = heat_kwh > 0.0
    counted = delivering & np.isfinite(heat_kwh) & np.isfinite(supply_temp_degc)
    known = counted | (np.isfinite(heat_kwh) & ~delivering)
    coverage = float(np.mean(known)) if known.size else 0.0
    heat_sum_kwh = float(heat_kwh[counted].sum())
    why: Withheld | None = None
    if coverage == 0.0:
        why = Withheld.NO_DATA
    elif coverage < _MIN_COVERAGE_RATIO:
        why = Withheld.LOW_COVERAGE
    elif heat_sum_kwh == 0.0:
        why = Withheld.ZERO_DENOMINATOR
    if why is not None:
        return withheld_result(_KPI, _UNIT, window, why, coverage_ratio=coverage)
    return KpiResult(
        kpi=_KPI,
        window=window,
        unit=_UNIT,
        value=float(np.average(supply_temp_degc[counted], weights=heat_kwh[counted])),
        expanded_uncertainty=COVERAGE_FACTOR * temperature_u_k,
        coverage_ratio=coverage,
        boundary="supply temperature where heat is handed over, weighted by the heat",
        origin=origin,
        denominator=heat_sum_kwh,
        denominator_unit="kWh",
        inputs=inputs,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredTemperature(Kpi):
    """Supply temperature of the heat that a site hands over."""

    @property
    def sums(self) -> tuple[str, ...]:
        """The heat that weighs the temperatures."""
        return ("reused",)

    def gauges(
        self, site: "Site", sums: Mapping[str, SignedMeters]
    ) -> Mapping[str, tuple[ValueRange, ...]]:
        """The supply temperatures of the hand-over meters."""
        return dict.fromkeys(supply_keys(site, sums["reused"]), ())

    def produce(self, measured: "Measurement") -> Sequence[KpiSeries]:
        """The mean of each period; nothing unless every hand-over meter has its temperature."""
        keys = supply_keys(measured.site, measured.sums["reused"])
        if not keys:
            return ()
        meters = measured.sums.meters("reused")
        points = [meter.point for meter in meters]
        results = []
        for n, window in enumerate(measured.windows):
            supply = measured.steps(keys, n)
            heat_kwh = measured.registers.table(supply[0].periods, points).each(points)
            results.append(
                delivered_temperature(
                    window,
                    heat_kwh,
                    np.stack([one.mean for one in supply]),
                    temperature_u_k=THERMOMETER_U_K,
                    inputs=tuple(meter.id for meter in meters),
                )
            )
        return (series_of(results, measured.periods),)


def supply_keys(site: "Site", reused: SignedMeters) -> tuple[str, ...]:
    """Supply temperatures of the hand-over meters; none unless each has one.

    Without every temperature there is no mean of the whole heat.
    """
    meters = [site.tree.meters[one] for one in reused.plus]
    keys = tuple(point_key(device_of(meter.point), "supply_temp_degc") for meter in meters)
    return keys if all(key in site.points for key in keys) else ()


DELIVERED_TEMPERATURE: Final = DeliveredTemperature(
    id=_KPI,
    unit=_UNIT,
    quantity=Quantity.TEMPERATURE,
    group=KpiGroup.HEAT,
    decimals=1,
    windows=ANY,
    lower=-60.0,  # what the thermometers of a building and of hot water can show
    upper=250.0,
)
