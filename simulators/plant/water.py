"""Water: what evaporates on the panels and in the halls, and where it comes from.

Assumptions: while the panels are wet, 55 % of the heat rejected leaves by evaporation;
blow-down keeps three cycles of concentration; rain from 900 m2 of roof fills a tank of 15 m3
that gives a share of the make-up by its level, the rest is potable; 3 000 m3/h of fresh air
is humidified to 6.5 g/kg in winter.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.readings import FloatArray
from simulators.plant.grid import BLOCK_DAYS, LEAD_NODES, NODE_H, NODES_PER_DAY, ramp
from simulators.plant.weather import Weather

LATENT_KJ_PER_KG: Final = 2450.0
TANK_M3: Final = 15.0
_EVAPORATED_SHARE: Final = 0.55
_CYCLES: Final = 3.0
_ROOF_M3_PER_MM: Final = 0.72  # 900 m2, 80 % of what falls
_FRESH_AIR_KG_PER_S: Final = 1.0
_SUPPLY_MOISTURE: Final = 0.0065


@dataclass(frozen=True, slots=True, kw_only=True)
class Water:
    """Flows into the site in m3/h, and the level of the tank when the block ends."""

    potable_adiabatic_m3_per_h: FloatArray
    rain_m3_per_h: FloatArray
    tank_m3: float


def humidifier_m3_per_h(sky: Weather) -> FloatArray:
    """Water the humidifiers add to dry winter air."""
    missing = np.maximum(_SUPPLY_MOISTURE - sky.moisture_kg_per_kg, 0.0)
    smoothed = missing * ramp(missing, 0.0, 0.0006)
    return np.asarray(_FRESH_AIR_KG_PER_S * smoothed * 3.6)


def latent_kw(flow_m3_per_h: FloatArray) -> FloatArray:
    """Heat that evaporates a flow of water."""
    return np.asarray(flow_m3_per_h / 3.6 * LATENT_KJ_PER_KG)


def evaporated_m3_per_h(rejected_kw: FloatArray, adiabatic_ratio: FloatArray) -> FloatArray:
    """What evaporates on the panels."""
    return np.asarray(adiabatic_ratio * _EVAPORATED_SHARE * rejected_kw / LATENT_KJ_PER_KG * 3.6)


def makeup_m3_per_h(evaporated: FloatArray) -> FloatArray:
    """Evaporation plus blow-down: E * cycles / (cycles - 1)."""
    return np.asarray(evaporated * _CYCLES / (_CYCLES - 1.0))


def water(makeup: FloatArray, rain_mm_per_day: FloatArray, tank_m3: float) -> Water:
    """Split the make-up of one block between the rain tank and the potable network.

    The tank is the one thing with a memory: its level goes from block to block, day by day.
    Drawing at most 90 % of the make-up, less as it empties, it never runs below zero.
    """
    share = np.empty_like(makeup)
    start = 0
    level = tank_m3
    for day in range(BLOCK_DAYS + 1):
        stop = LEAD_NODES + (day + 1) * NODES_PER_DAY
        share[start:stop] = 0.9 * min(level / TANK_M3, 1.0)
        if day < BLOCK_DAYS:
            drawn = float((share[start:stop] * makeup[start:stop])[-NODES_PER_DAY:].sum()) * NODE_H
            caught = _ROOF_M3_PER_MM * float(rain_mm_per_day[stop - 1])
            level = min(max(level - drawn, 0.0) + caught, TANK_M3)
        start = stop
    rain = share * makeup
    return Water(potable_adiabatic_m3_per_h=makeup - rain, rain_m3_per_h=rain, tank_m3=level)
