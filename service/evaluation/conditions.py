"""KPIs that need gauges: temperatures of the weather, the rooms and the delivered heat."""

import numpy as np

from models.kpi.inlet_air_temp import inlet_air_temp
from models.kpi.result import KpiResult
from models.kpi.thermal_envelope import (
    liquid_supply_compliance,
    supply_air_compliance,
)
from models.readings import FloatArray, IntArray, Origin, Window
from models.site.devices import device_of, point_key
from models.site.site import Site
from service.evaluation.gauges import degree_days, delivered_at, step_means
from service.evaluation.recipes import KpiMeters
from service.evaluation.samples import NO_SAMPLES, SamplesByKey
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

    def keys(self) -> tuple[str, ...]:
        """Gauges that are read."""
        outdoor = () if self._outdoor is None else (self._outdoor,)
        return outdoor + (self._supplies if self._handed else ()) + self._inlets + self._liquid

    def kpis(
        self, gridded: GriddedWindow, samples: SamplesByKey, origin: Origin
    ) -> tuple[KpiResult, ...]:
        """The KPIs of one window."""
        results = []
        window = gridded.window
        if self._outdoor is not None and window.name in _DAY_SUMS:
            outdoor = samples.get(self._outdoor, NO_SAMPLES)
            results.append(degree_days(window, self._outdoor, outdoor, origin))
        if self._handed:
            results.append(delivered_at(gridded, self._handed, self._supplies, samples, origin))
        results += self._of_envelope(window, samples, gridded.edges_us(), origin)
        return tuple(results)

    def _of_envelope(
        self, window: Window, samples: SamplesByKey, edges_us: IntArray, origin: Origin
    ) -> list[KpiResult]:
        def means(keys: tuple[str, ...]) -> FloatArray:
            return np.stack([step_means(samples.get(k, NO_SAMPLES), edges_us) for k in keys])

        results = []
        air, liquid = self._site.envelope.air, self._site.envelope.liquid
        if air is not None:
            results.append(
                inlet_air_temp(
                    window,
                    means(self._inlets),
                    sensor_u_k=air.sensor_u_k,
                    inputs=tuple(device_of(key) for key in air.inlets),
                    origin=origin,
                )
            )
            results.append(
                supply_air_compliance(
                    window,
                    means(self._inlets),
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
                    means(self._liquid),
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
