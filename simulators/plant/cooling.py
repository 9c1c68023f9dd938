"""Cold: what the heat pumps leave of the heat goes outdoors, free or by chiller.

Assumptions: free cooling fades out around 12.5 degC outdoors; chillers at 0.42 of Carnot
between 14 degC evaporation and a condensing temperature that follows the air and the load;
two dry coolers carry all that is rejected, their fans by the cube of speed; adiabatic panels
above some 24 degC bring the air three quarters of the way to the wet bulb.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.readings import FloatArray
from simulators.plant.grid import Nodes, ramp
from simulators.plant.hall import Hall
from simulators.plant.heat import Heat
from simulators.plant.randomness import constant, smooth
from simulators.plant.signals import CHILLERS, DRY_COOLERS
from simulators.plant.variant import Variant
from simulators.plant.weather import Weather

_FREE_DEGC: Final = 12.6
_FREE_WIDTH_K: Final = 0.8
_EVAPORATION_DEGC: Final = 14.0
_CARNOT_SHARE: Final = 0.42
_KELVIN: Final = 273.15
_REJECTION_KW: Final = 340.0  # both dry coolers at full speed, 14 K above the air
_REJECTION_K: Final = 14.0
_FAN_KW: Final = 8.0
_ADIABATIC_DEGC: Final = (22.8, 24.8)
_ADIABATIC_SHARE: Final = 0.75
_CONTROL_KW: Final = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooling:
    """Heat rejected in kW, and what it takes."""

    free_kw: FloatArray
    free_share_ratio: FloatArray
    chiller_heat_kw: FloatArray
    chiller_kw: FloatArray
    liquid_rejected_kw: FloatArray
    pump_kw: FloatArray
    rejected_kw: FloatArray
    fan_kw: FloatArray
    fan_speed_ratio: FloatArray
    adiabatic_ratio: FloatArray
    rows: dict[str, FloatArray]


def cooling(
    seed: int, nodes: Nodes, sky: Weather, hall: Hall, *, recovered: Heat, variant: Variant
) -> Cooling:
    """Heat the recovery leaves, outdoors."""
    rest_kw = hall.chilled_water_kw - recovered.source_water_kw
    liquid_kw = hall.liquid_kw - recovered.liquid_used_kw
    free_below_degc = _FREE_DEGC + variant.free_cooling_shift_k
    fade = 1.0 / (1.0 + np.exp((sky.temp_degc - free_below_degc) / _FREE_WIDTH_K))
    share = np.clip(1.04 * fade - 0.02, 0.0, 1.0)  # truly all or nothing away from the limit
    free_kw = share * rest_kw
    second = 0.5 * ramp((1.0 - share) * rest_kw, 130.0, 190.0)
    chiller_heat_kw = (1.0 - share) * rest_kw * np.stack([1.0 - second, second])
    adiabatic = ramp(
        sky.temp_degc, *(limit + variant.adiabatic_shift_k for limit in _ADIABATIC_DEGC)
    )
    air_degc = sky.temp_degc - adiabatic * _ADIABATIC_SHARE * (sky.temp_degc - sky.wet_bulb_degc)
    expected = (rest_kw * (1.0 + 0.2 * (1.0 - share)) + liquid_kw) / _REJECTION_KW
    speed = _fan_speed_ratio(seed, nodes, expected, air_degc=air_degc, share=share)
    condensing = np.maximum(air_degc + 6.0 + 9.0 * expected / speed.mean(axis=0), 24.0)
    carnot = (_EVAPORATION_DEGC + _KELVIN) / (condensing - _EVAPORATION_DEGC)
    eer = np.minimum(_CARNOT_SHARE * variant.chiller_ratio * carnot, 8.5)
    chiller_kw = chiller_heat_kw / eer
    pump_kw = np.tile(0.5 + 2.2 * np.clip(expected, 0.0, 1.2) ** 1.5, (2, 1))
    rejected_kw = rest_kw + chiller_kw.sum(axis=0) + liquid_kw + pump_kw.sum(axis=0)
    fan_kw = _CONTROL_KW + _FAN_KW * variant.fan_ratio * speed**3
    return Cooling(
        free_kw=free_kw,
        free_share_ratio=share,
        chiller_heat_kw=chiller_heat_kw,
        chiller_kw=chiller_kw,
        liquid_rejected_kw=liquid_kw,
        pump_kw=pump_kw,
        rejected_kw=rejected_kw,
        fan_kw=fan_kw,
        fan_speed_ratio=speed,
        adiabatic_ratio=adiabatic,
        rows={
            "free_cooling.heat_power_kw": free_kw,
            "free_cooling.share_ratio": share,
            **_chiller_rows(seed, nodes, hall, heat_kw=chiller_heat_kw, electric_kw=chiller_kw),
            **_condenser_rows(condensing, chiller_kw),
            **_cooler_rows(
                speed, rejected_kw, fan_kw=fan_kw, air_degc=air_degc, adiabatic=adiabatic
            ),
        },
    )


def _fan_speed_ratio(
    seed: int, nodes: Nodes, load: FloatArray, *, air_degc: FloatArray, share: FloatArray
) -> FloatArray:
    """Free cooling needs air for the few kelvin it has; with chillers the water may float."""
    free = load * _REJECTION_K / np.maximum(21.5 - air_degc, 5.0)
    floating = 0.2 + 0.75 * load
    speed = np.clip(share * free + (1.0 - share) * floating, 0.15, 0.97)
    flutter = np.stack([smooth(seed, f"cooling/{d}/fan", nodes.hours, 0.4) for d in DRY_COOLERS])
    uneven = np.array([[constant(seed, "cooling/uneven")], [-constant(seed, "cooling/uneven")]])
    return np.asarray(np.clip(speed * (1.0 + 0.03 * uneven + 0.015 * flutter), 0.12, 1.0))


def _chiller_rows(
    seed: int, nodes: Nodes, hall: Hall, *, heat_kw: FloatArray, electric_kw: FloatArray
) -> dict[str, FloatArray]:
    rows: dict[str, FloatArray] = {}
    for n, device in enumerate(CHILLERS):
        leaving = 16.9 + 0.15 * smooth(seed, f"cooling/{device}", nodes.hours, 0.8)
        rows[f"{device}.active_power_kw"] = electric_kw[n]
        rows[f"{device}.cooling_power_kw"] = heat_kw[n]
        rows[f"{device}.evaporator_outlet_temp_degc"] = leaving
        rows[f"{device}.evaporator_inlet_temp_degc"] = (
            leaving + 6.0 * heat_kw[n] / hall.chilled_water_kw
        )
    return rows


def _condenser_rows(condensing_degc: FloatArray, electric_kw: FloatArray) -> dict[str, FloatArray]:
    rows: dict[str, FloatArray] = {}
    for n, device in enumerate(CHILLERS):
        running = ramp(electric_kw[n], 0.0, 2.0)
        outlet = condensing_degc - 2.0
        rows[f"{device}.condenser_outlet_temp_degc"] = outlet
        rows[f"{device}.condenser_inlet_temp_degc"] = outlet - 5.2 * running
    return rows


def _cooler_rows(
    speed: FloatArray,
    rejected_kw: FloatArray,
    *,
    fan_kw: FloatArray,
    air_degc: FloatArray,
    adiabatic: FloatArray,
) -> dict[str, FloatArray]:
    rows: dict[str, FloatArray] = {"site.adiabatic_ratio": adiabatic}
    for n, device in enumerate(DRY_COOLERS):
        load = rejected_kw / _REJECTION_KW
        inlet = np.maximum(air_degc + 7.0 + 7.0 * load / speed[n], 12.0)
        rows[f"{device}.fan_speed_ratio"] = speed[n]
        rows[f"{device}.inlet_temp_degc"] = inlet
        rows[f"{device}.outlet_temp_degc"] = inlet - 5.5 * ramp(load, 0.0, 0.15)
        rows[f"{device}.active_power_kw"] = fan_kw[n]
    return rows
