"""KPIs that need gauges: temperatures of the weather, the rooms and the delivered heat."""

from collections.abc import Mapping

from models.kpi.inlet_air_temp import inlet_air_temp
from models.kpi.result import KpiResult
from models.kpi.thermal_envelope import (
    air_ranges,
    liquid_ranges,
    liquid_supply_compliance,
    supply_air_compliance,
)
from models.readings import Origin
from models.registers.gauges import GaugesByKey, GaugeTotals, ValueRange
from models.site.devices import device_of, point_key
from models.site.site import Site
from service.evaluation.gauges import degree_days, delivered_at, over_steps
from service.evaluation.recipes import KpiMeters
from service.evaluation.samples import SamplesByKey
from service.evaluation.windows import GriddedWindow

_OUTDOOR = "outdoor_temp_degc"
_SUPPLY = "supply_temp_degc"
# A sum of days says nothing of a day that is not over.
_DAY_SUMS = frozenset({"month", "12months"})


class Conditions:
    """Which gauges a site has for these KPIs; fixed."""

    def __init__(self, site: Site, sums: KpiMeters) -> None:
        self._site = site
        self._outdoor = _existing(site, site.outdoor_device, _OUTDOOR)
        handed = sums.meters(sums.reused)
        supplies = [_existing(site, device_of(m.point), _SUPPLY) for m in handed]
        self._supplies = tuple(key for key in supplies if key is not None)
        air, liquid = site.envelope.air, site.envelope.liquid
        self._inlets = () if air is None else air.inlets
        self._liquid = () if liquid is None else (liquid.supply,)
        # Without every temperature there is no mean of the whole heat.
        self._handed = handed if len(self._supplies) == len(handed) else ()

    def gauges(self) -> Mapping[str, tuple[ValueRange, ...]]:
        """Gauges that are summed, and for each the ranges in which its time is. [degC]"""
        outdoor = () if self._outdoor is None else (self._outdoor,)
        plain = outdoor + (self._supplies if self._handed else ())
        found: dict[str, tuple[ValueRange, ...]] = dict.fromkeys(plain, ())
        air, liquid = self._site.envelope.air, self._site.envelope.liquid
        if air is not None:
            of_air = air_ranges(air.air_class, sensor_u_k=air.sensor_u_k)
            found |= dict.fromkeys(self._inlets, of_air)
        if liquid is not None:
            of_liquid = liquid_ranges(liquid.liquid_class, sensor_u_k=liquid.sensor_u_k)
            found |= {key: (*found.get(key, ()), *of_liquid) for key in self._liquid}
        return found

    def kpis(
        self,
        gridded: GriddedWindow,
        samples: SamplesByKey,
        gauges: GaugesByKey,
        origin: Origin,
    ) -> tuple[KpiResult, ...]:
        """The KPIs of one window; ``samples`` are of the heat meters' registers."""
        results = []
        window = gridded.window
        if self._outdoor is not None and window.name in _DAY_SUMS:
            outdoor = gauges.get(self._outdoor)
            results.append(degree_days(window, self._outdoor, outdoor, origin))
        if self._handed:
            results.append(
                delivered_at(gridded, self._handed, self._supplies, samples, gauges, origin)
            )
        results += self._of_envelope(gridded, gauges, origin)
        return tuple(results)

    def _of_envelope(
        self, gridded: GriddedWindow, gauges: GaugesByKey, origin: Origin
    ) -> list[KpiResult]:
        ranges = self.gauges()

        def totals(keys: tuple[str, ...]) -> list[GaugeTotals]:
            return [over_steps(gauges, key, gridded, ranges[key]) for key in keys]

        results = []
        window = gridded.window
        air, liquid = self._site.envelope.air, self._site.envelope.liquid
        if air is not None:
            inlets = totals(self._inlets)
            results.append(
                inlet_air_temp(
                    window,
                    inlets,
                    sensor_u_k=air.sensor_u_k,
                    inputs=tuple(device_of(key) for key in air.inlets),
                    origin=origin,
                )
            )
            results.append(
                supply_air_compliance(
                    window,
                    inlets,
                    air.air_class,
                    sensor_u_k=air.sensor_u_k,
                    inputs=tuple(device_of(key) for key in air.inlets),
                    origin=origin,
                )
            )
        if liquid is not None:
            results.append(
                liquid_supply_compliance(
                    window,
                    totals(self._liquid),
                    liquid.liquid_class,
                    sensor_u_k=liquid.sensor_u_k,
                    inputs=(device_of(liquid.supply),),
                    origin=origin,
                )
            )
        return results


def _existing(site: Site, device: str | None, point: str) -> str | None:
    key = point_key(device or "", point)
    return key if key in site.points else None
