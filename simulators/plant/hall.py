"""The data halls: where the heat of the servers goes first.

Assumptions: 75 % of an AI rack's heat leaves in its liquid loop and the rest in the air;
UPS rooms are cooled by the same chilled water as the halls; six CRAHs with EC fans (power by
the cube of speed) bring 22-24 degC air; the chilled-water pump on UPS B turns its power into
heat in the water. Heat is handed on without storage: what enters leaves at once.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.readings import FloatArray
from simulators.plant.grid import Nodes
from simulators.plant.it_load import ItLoad
from simulators.plant.randomness import constant, smooth
from simulators.plant.signals import AI_PDUS, CRAHS, PDUS
from simulators.plant.ups import Ups

LIQUID_SHARE: Final = 0.75
_CRAH_KW: Final = 54.0  # heat one unit removes at full speed
_FAN_KW: Final = 5.2
_FAN_IDLE_KW: Final = 0.08
_AIR_KW_PER_K: Final = 4.6  # 13 700 m3/h of air at full speed
_SUPPLY_DEGC: Final = 23.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """Heat of the halls by the way it leaves, in kW, and the CRAHs that move it."""

    liquid_kw: FloatArray
    humidifier_latent_kw: FloatArray
    chilled_water_kw: FloatArray
    fan_kw: FloatArray
    crah_rows: dict[str, FloatArray]


def air_heat_kw(it: ItLoad) -> FloatArray:
    """Heat of the servers that the air takes."""
    return np.asarray(it.total_kw - LIQUID_SHARE * it.ai_kw)


def hall(
    seed: int,
    nodes: Nodes,
    it: ItLoad,
    ups: Ups,
    *,
    latent_kw: FloatArray,
    fan_ratio: float,
) -> Hall:
    """Heat from the servers to the two water circuits."""
    rooms_kw = air_heat_kw(it) + ups.loss_kw.sum(axis=0) + ups.cable_loss_kw.sum(axis=0)
    sensible_kw = rooms_kw - latent_kw
    share = np.stack([1.0 + 0.07 * constant(seed, f"hall/{d}") for d in CRAHS])
    share = share / share.mean()
    demand = np.outer(share, sensible_kw / (len(CRAHS) * _CRAH_KW))
    flutter = np.stack([smooth(seed, f"hall/{d}/fan", nodes.hours, 0.5) for d in CRAHS])
    speed = np.clip(demand + 0.012 * flutter, 0.3, 1.0)
    fan_kw = _FAN_IDLE_KW + _FAN_KW * fan_ratio * speed**3
    unit_kw = np.outer(share / len(CRAHS), sensible_kw)
    return Hall(
        liquid_kw=LIQUID_SHARE * it.ai_kw,
        humidifier_latent_kw=latent_kw,
        chilled_water_kw=sensible_kw + fan_kw.sum(axis=0) + ups.pump_kw,
        fan_kw=fan_kw,
        crah_rows=_crah_rows(seed, nodes, speed=speed, fan_kw=fan_kw, unit_kw=unit_kw),
    )


def _crah_rows(
    seed: int, nodes: Nodes, *, speed: FloatArray, fan_kw: FloatArray, unit_kw: FloatArray
) -> dict[str, FloatArray]:
    rows: dict[str, FloatArray] = {}
    for n, device in enumerate(CRAHS):
        wander = smooth(seed, f"hall/{device}/supply", nodes.hours, 1.1)
        damp = smooth(seed, f"hall/{device}/humidity", nodes.hours, 14.0)
        supply = _SUPPLY_DEGC + 0.5 * constant(seed, f"hall/{device}/setpoint") + 0.12 * wander
        rows[f"{device}.supply_air_temp_degc"] = supply
        rows[f"{device}.return_air_temp_degc"] = supply + unit_kw[n] / (_AIR_KW_PER_K * speed[n])
        rows[f"{device}.supply_air_humidity_ratio"] = 0.47 + 0.03 * damp
        rows[f"{device}.fan_speed_ratio"] = speed[n]
        rows[f"{device}.valve_ratio"] = np.clip(0.12 + 0.85 * speed[n] + 0.01 * wander, 0.0, 1.0)
        rows[f"{device}.active_power_kw"] = fan_kw[n]
    return rows | _inlet_rows(seed, nodes)


def _inlet_rows(seed: int, nodes: Nodes) -> dict[str, FloatArray]:
    """Air at the racks: a little above the supply, more so at the AI racks."""
    rows: dict[str, FloatArray] = {}
    for device in PDUS:
        above_k = 0.9 + 0.5 * constant(seed, f"hall/{device}") + (device in AI_PDUS) * 0.6
        wander = smooth(seed, f"hall/{device}/inlet", nodes.hours, 1.7)
        rows[f"{device}.inlet_temp_degc"] = _SUPPLY_DEGC + above_k + 0.2 * wander
    return rows
