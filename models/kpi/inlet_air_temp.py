"""Mean temperature of the air where it enters the servers (ASHRAE TC 9.9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from models.kpi.declared import require_finite
from models.kpi.definition import ANY, Kpi, KpiGroup
from models.kpi.gauged import Sensors
from models.kpi.result import (
    KpiResult,
    UncertaintyPart,
    Withheld,
    with_missing_part,
    with_part,
    withheld_result,
)
from models.kpi.series import KpiSeries, series_of
from models.metering.tree import SignedMeters
from models.metering.uncertainty import COVERAGE_FACTOR
from models.quantities import Quantity
from models.readings import Origin, Window
from models.registers.gauges import GaugeTotals, ValueRange
from models.site.devices import device_of

if TYPE_CHECKING:
    from models.kpi.measurement import Measurement
    from models.site.site import Site

_KPI, _UNIT = "inlet_air_temp", "degC"
_MIN_COVERAGE_RATIO = 0.5


def inlet_air_temp(
    window: Window,
    inlets: Sequence[GaugeTotals],
    *,
    sensor_u_k: float,
    inputs: tuple[str, ...] = (),
    origin: Origin = Origin.MEASURED,
) -> KpiResult:
    """Mean over the sensors of the time-weighted mean of each, from every reading.

    A mean hides excursions: the boundary tells the extremes, and
    :func:`~models.kpi.thermal_envelope.supply_air_compliance` counts them.

    Parameters
    ----------
    inlets : sequence of GaugeTotals
        Dry bulb where the air enters the equipment, one for each sensor, over the same steps that
        tile the window. [degC]
    sensor_u_k : float
        Standard uncertainty of one sensor, taken as common to all of one make. [K]

    Returns
    -------
    KpiResult
        The mean [degC]. U = 2 u of a sensor, since errors of one make do not average out, of what
        the time without data may hide (:meth:`~models.kpi.gauged.Sensors.hidden_mean_u`), and of
        what moved between readings far apart (:meth:`~models.kpi.gauged.Sensors.loose_mean_u`).
        Withheld below half coverage.

    Notes
    -----
    ASHRAE TC 9.9: conditions are those at the inlet of the equipment. The set point that
    Delegated Regulation (EU) 2024/1364 asks for as T_IN is another figure.

    Examples
    --------
    40 degC for 40 minutes of an hour, 26.5 degC for the rest:

    >>> from datetime import UTC, datetime
    >>> import numpy as np
    >>> from models.registers.gauges import gauge_totals
    >>> from models.registers.periods import Periods
    >>> from models.registers.samples import Samples
    >>> hour = Window(
    ...     name="hour",
    ...     start=datetime(2026, 7, 1, 12, tzinfo=UTC),
    ...     end=datetime(2026, 7, 1, 13, tzinfo=UTC),
    ... )
    >>> tens_us = 600_000_000
    >>> readings = Samples(
    ...     ts_us=np.arange(6) * tens_us,
    ...     value=np.array([40.0, 40.0, 40.0, 40.0, 26.5, 26.5]),
    ... )
    >>> totals = gauge_totals(readings, Periods.between(np.array([0, 6]) * tens_us))
    >>> result = inlet_air_temp(hour, [totals], sensor_u_k=0.25)
    >>> result.value, result.expanded_uncertainty, result.coverage_ratio
    (35.5, 0.5, 1.0)
    >>> result.boundary
    "air at the servers' inlet, mean over sensors and time, from 26.5 to 40.0 degC"
    """
    require_finite("sensor_u_k", sensor_u_k)
    sensors = Sensors.of(inlets)
    coverage = sensors.coverage_ratio
    if coverage < _MIN_COVERAGE_RATIO:
        why = Withheld.NO_DATA if coverage == 0.0 else Withheld.LOW_COVERAGE
        return withheld_result(_KPI, _UNIT, window, why, coverage_ratio=coverage)
    result = KpiResult(
        kpi=_KPI,
        window=window,
        unit=_UNIT,
        value=sensors.mean,
        expanded_uncertainty=COVERAGE_FACTOR * sensor_u_k,
        coverage_ratio=coverage,
        boundary=(
            "air at the servers' inlet, mean over sensors and time, "
            f"from {sensors.minimum:.1f} to {sensors.maximum:.1f} degC"
        ),
        origin=origin,
        parts=(UncertaintyPart(name="sensors", u=sensor_u_k),),
        inputs=inputs,
    )
    result = with_part(result, "sampling", sensors.loose_mean_u())
    return with_missing_part(result, sensors.hidden_mean_u())


@dataclass(frozen=True, slots=True, kw_only=True)
class InletAirTemp(Kpi):
    """Mean temperature of the air where it enters the servers of a site."""

    def gauges(
        self, site: "Site", sums: Mapping[str, SignedMeters]
    ) -> Mapping[str, tuple[ValueRange, ...]]:
        """The inlets."""
        del sums
        air = site.envelope.air
        return {} if air is None else dict.fromkeys(air.inlets, ())

    def produce(self, measured: "Measurement") -> Sequence[KpiSeries]:
        """The mean of each period; nothing without declared inlets."""
        air = measured.site.envelope.air
        if air is None:
            return ()
        results = [
            inlet_air_temp(
                window,
                measured.steps(air.inlets, n),
                sensor_u_k=air.sensor_u_k,
                inputs=tuple(device_of(key) for key in air.inlets),
            )
            for n, window in enumerate(measured.windows)
        ]
        return (series_of(results, measured.periods),)


INLET_AIR_TEMP: Final = InletAirTemp(
    id=_KPI,
    unit=_UNIT,
    quantity=Quantity.TEMPERATURE,
    group=KpiGroup.CONDITIONS,
    decimals=1,
    windows=ANY,
    lower=-60.0,  # what the thermometers of a building and of hot water can show
    upper=250.0,
)
