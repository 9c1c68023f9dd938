"""Whether air and water reach the equipment inside their ASHRAE class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final

from models.kpi.declared import require_finite
from models.kpi.definition import ANY, Kpi, KpiGroup
from models.kpi.gauged import Sensors
from models.kpi.result import (
    KpiResult,
    UncertaintyPart,
    Withheld,
    with_missing_part,
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

_MIN_COVERAGE_RATIO = 0.5
_LIQUID_MIN_DEGC = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AirClass:
    """Allowable and recommended dry bulb at the inlet of the equipment, lowest and highest."""

    name: str
    allowable_degc: ValueRange
    recommended_degc: ValueRange


# ASHRAE TC 9.9, Thermal Guidelines, 5th edition (2021), dry bulb from several second-hand tables.
AIR_CLASSES = {
    one.name: one
    for one in (
        AirClass(
            name="A1",
            allowable_degc=(15.0, 32.0),
            recommended_degc=(18.0, 27.0),
        ),
        AirClass(
            name="A2",
            allowable_degc=(10.0, 35.0),
            recommended_degc=(18.0, 27.0),
        ),
        AirClass(
            name="A3",
            allowable_degc=(5.0, 40.0),
            recommended_degc=(18.0, 27.0),
        ),
        AirClass(
            name="A4",
            allowable_degc=(5.0, 45.0),
            recommended_degc=(18.0, 27.0),
        ),
        AirClass(
            name="H1",
            allowable_degc=(5.0, 25.0),
            recommended_degc=(18.0, 22.0),
        ),
    )
}

# Highest facility water supply temperature by class; 2 degC at least in all of them. [degC]
LIQUID_CLASSES = {"W17": 17.0, "W27": 27.0, "W32": 32.0, "W40": 40.0, "W45": 45.0, "W+": inf}


def air_ranges(
    air_class: AirClass, *, sensor_u_k: float, recommended: bool = False
) -> tuple[ValueRange, ...]:
    """Ranges in which the time of each inlet is summed for :func:`supply_air_compliance`. [degC]

    Examples
    --------
    >>> air_ranges(AIR_CLASSES["A1"], sensor_u_k=0.25)
    ((15.0, 32.0), (14.5, 32.5), (15.5, 31.5))
    """
    return _ranges(
        air_class.recommended_degc if recommended else air_class.allowable_degc, sensor_u_k
    )


def liquid_ranges(liquid_class: str, *, sensor_u_k: float) -> tuple[ValueRange, ...]:
    """Ranges in which the supply's time is summed for :func:`liquid_supply_compliance`. [degC]

    Raises
    ------
    ValueError
        If there is no such class.
    """
    if liquid_class not in LIQUID_CLASSES:
        msg = f"no liquid class {liquid_class!r}; use one of {', '.join(LIQUID_CLASSES)}"
        raise ValueError(msg)
    return _ranges((_LIQUID_MIN_DEGC, LIQUID_CLASSES[liquid_class]), sensor_u_k)


def _ranges(band: ValueRange, sensor_u_k: float) -> tuple[ValueRange, ...]:
    """The band, and the band with all sensors 2 u off towards its limits and away from them."""
    require_finite("sensor_u_k", sensor_u_k)
    low, high = band
    shift_k = COVERAGE_FACTOR * sensor_u_k
    return band, (low - shift_k, high + shift_k), (low + shift_k, high - shift_k)


def supply_air_compliance(
    window: Window,
    inlets: Sequence[GaugeTotals],
    air_class: AirClass,
    *,
    sensor_u_k: float,
    recommended: bool = False,
    inputs: tuple[str, ...] = (),
    origin: Origin = Origin.MEASURED,
) -> KpiResult:
    """Share of the time in which the air at the servers' inlets lies inside their class.

    Parameters
    ----------
    inlets : sequence of GaugeTotals
        Dry bulb where the air enters the equipment, one for each sensor, over the same steps that
        tile the window, with the time in each of :func:`air_ranges`. [degC]
    air_class : AirClass
        The class the equipment is run to, from :data:`AIR_CLASSES`.
    sensor_u_k : float
        Standard uncertainty of one sensor. [K]
    recommended : bool
        Judge by the recommended dry bulb instead of the allowable one.

    Returns
    -------
    KpiResult
        ``supply_air_compliance`` (or ``supply_air_recommended``): a share of sensors and time
        [-]. Its uncertainty has two parts: half the difference between the shares with all
        sensors 2 u off towards the limits and away from them (U; a share has no derivative
        there), and that the time without data may hide any share from 0 to 1. So may the time in
        which a reading stood for longer than 16 minutes, at sensors that are read by the hour.

    Notes
    -----
    ASHRAE TC 9.9: conditions are those at the inlet of the equipment, not at the air handler and
    not the set point. Outside recommended is a warning, outside allowable is trouble. Humidity
    has limits too, which are not judged here: no sensor of it stands at the inlets.

    Examples
    --------
    An hour at 24 degC and one at 34 degC, above the 32 degC of class A1:

    >>> from datetime import UTC, datetime
    >>> import numpy as np
    >>> from models.registers.gauges import gauge_totals
    >>> from models.registers.periods import Periods
    >>> from models.registers.samples import Samples
    >>> two_hours = Window(
    ...     name="two_hours",
    ...     start=datetime(2026, 7, 1, 12, tzinfo=UTC),
    ...     end=datetime(2026, 7, 1, 14, tzinfo=UTC),
    ... )
    >>> hour_us = 3_600_000_000
    >>> totals = gauge_totals(
    ...     Samples(ts_us=np.array([0, hour_us]), value=np.array([24.0, 34.0])),
    ...     Periods.between(np.array([0, hour_us, 2 * hour_us])),
    ...     air_ranges(AIR_CLASSES["A1"], sensor_u_k=0.25),
    ...     hold_us=hour_us,
    ... )
    >>> supply_air_compliance(two_hours, [totals], AIR_CLASSES["A1"], sensor_u_k=0.25).value
    0.5
    """
    ranges = air_ranges(air_class, sensor_u_k=sensor_u_k, recommended=recommended)
    low, high = ranges[0]
    reach = "recommended" if recommended else "allowable"
    return _share_result(
        "supply_air_recommended" if recommended else "supply_air_compliance",
        window,
        Sensors.of(inlets),
        ranges,
        boundary=(
            f"air at the servers' inlet, class {air_class.name} {reach}, "
            f"{low:g} to {high:g} degC, humidity not judged"
        ),
        inputs=inputs,
        origin=origin,
    )


def liquid_supply_compliance(
    window: Window,
    supplies: Sequence[GaugeTotals],
    liquid_class: str,
    *,
    sensor_u_k: float,
    inputs: tuple[str, ...] = (),
    origin: Origin = Origin.MEASURED,
) -> KpiResult:
    """Share of the time in which the water of liquid-cooled racks lies inside their class.

    Parameters
    ----------
    supplies : sequence of GaugeTotals
        Facility water where it enters the racks or their distribution unit, one for each sensor,
        over the same steps that tile the window, with the time in each of
        :func:`liquid_ranges`. [degC]
    liquid_class : str
        W17, W27, W32, W40, W45 or W+ (ASHRAE TC 9.9, 2021; second-hand).
    sensor_u_k : float
        Standard uncertainty of one sensor. [K]

    Returns
    -------
    KpiResult
        ``liquid_supply_compliance``, a share [-]; its uncertainty as for
        :func:`supply_air_compliance`.

    Raises
    ------
    ValueError
        If there is no such class.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import numpy as np
    >>> from models.registers.gauges import gauge_totals
    >>> from models.registers.periods import Periods
    >>> from models.registers.samples import Samples
    >>> four_hours = Window(
    ...     name="four_hours",
    ...     start=datetime(2026, 7, 1, 12, tzinfo=UTC),
    ...     end=datetime(2026, 7, 1, 16, tzinfo=UTC),
    ... )
    >>> hour_us = 3_600_000_000
    >>> totals = gauge_totals(
    ...     Samples(ts_us=np.arange(4) * hour_us, value=np.array([30.0, 31.0, 33.0, 31.5])),
    ...     Periods.between(np.arange(5) * hour_us),
    ...     liquid_ranges("W32", sensor_u_k=0.1),
    ...     hold_us=hour_us,
    ... )
    >>> liquid_supply_compliance(four_hours, [totals], "W32", sensor_u_k=0.1).value
    0.75
    """
    return _share_result(
        "liquid_supply_compliance",
        window,
        Sensors.of(supplies),
        liquid_ranges(liquid_class, sensor_u_k=sensor_u_k),
        boundary=f"water supplied to the racks, class {liquid_class}",
        inputs=inputs,
        origin=origin,
    )


def _share_result(
    kpi: str,
    window: Window,
    sensors: Sensors,
    ranges: tuple[ValueRange, ...],
    *,
    boundary: str,
    inputs: tuple[str, ...],
    origin: Origin,
) -> KpiResult:
    coverage = sensors.known_ratio
    if coverage < _MIN_COVERAGE_RATIO:
        why = Withheld.NO_DATA if coverage == 0.0 else Withheld.LOW_COVERAGE
        return withheld_result(kpi, "ratio", window, why, coverage_ratio=coverage)
    share, most, least = (sensors.share_in(one) for one in ranges)
    expanded = (most - least) / 2.0
    result = KpiResult(
        kpi=kpi,
        window=window,
        unit="ratio",
        value=share,
        expanded_uncertainty=expanded,
        coverage_ratio=coverage,
        boundary=boundary,
        origin=origin,
        parts=(UncertaintyPart(name="sensors", u=expanded / COVERAGE_FACTOR),),
        inputs=inputs,
    )
    return with_missing_part(result, sensors.hidden_share_u(share))


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyAirCompliance(Kpi):
    """Share of the time in which the air of a site's rooms is inside its declared class."""

    def gauges(
        self, site: "Site", sums: Mapping[str, SignedMeters]
    ) -> Mapping[str, tuple[ValueRange, ...]]:
        """The inlets, with the ranges of the class."""
        del sums
        air = site.envelope.air
        if air is None:
            return {}
        return dict.fromkeys(air.inlets, air_ranges(air.air_class, sensor_u_k=air.sensor_u_k))

    def produce(self, measured: "Measurement") -> Sequence[KpiSeries]:
        """The share of each period; nothing without a declared class."""
        air = measured.site.envelope.air
        if air is None:
            return ()
        ranges = air_ranges(air.air_class, sensor_u_k=air.sensor_u_k)
        results = [
            supply_air_compliance(
                window,
                measured.steps(air.inlets, n, ranges),
                air.air_class,
                sensor_u_k=air.sensor_u_k,
                inputs=tuple(device_of(key) for key in air.inlets),
            )
            for n, window in enumerate(measured.windows)
        ]
        return (series_of(results, measured.periods),)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquidSupplyCompliance(Kpi):
    """Share of the time in which the water of a site's liquid-cooled racks is inside its class."""

    def gauges(
        self, site: "Site", sums: Mapping[str, SignedMeters]
    ) -> Mapping[str, tuple[ValueRange, ...]]:
        """The supply, with the ranges of the class."""
        del sums
        liquid = site.envelope.liquid
        if liquid is None:
            return {}
        ranges = liquid_ranges(liquid.liquid_class, sensor_u_k=liquid.sensor_u_k)
        return {liquid.supply: ranges}

    def produce(self, measured: "Measurement") -> Sequence[KpiSeries]:
        """The share of each period; nothing without a declared class."""
        liquid = measured.site.envelope.liquid
        if liquid is None:
            return ()
        ranges = liquid_ranges(liquid.liquid_class, sensor_u_k=liquid.sensor_u_k)
        results = [
            liquid_supply_compliance(
                window,
                measured.steps((liquid.supply,), n, ranges),
                liquid.liquid_class,
                sensor_u_k=liquid.sensor_u_k,
                inputs=(device_of(liquid.supply),),
            )
            for n, window in enumerate(measured.windows)
        ]
        return (series_of(results, measured.periods),)


SUPPLY_AIR_COMPLIANCE: Final = SupplyAirCompliance(
    id="supply_air_compliance",
    unit="ratio",
    quantity=Quantity.RATIO,
    group=KpiGroup.CONDITIONS,
    decimals=3,
    windows=ANY,
    lower=0.0,
    upper=1.0,
)
LIQUID_SUPPLY_COMPLIANCE: Final = LiquidSupplyCompliance(
    id="liquid_supply_compliance",
    unit="ratio",
    quantity=Quantity.RATIO,
    group=KpiGroup.CONDITIONS,
    decimals=3,
    windows=ANY,
    lower=0.0,
    upper=1.0,
)
