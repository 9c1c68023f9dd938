"""The two UPSs and the chilled-water pump that hangs on the second.

Assumptions: 400 kVA each, losses quadratic in load (94 % efficient at 80 kW, 95.5 % at
130 kW, 96.5 % near 250 kW), 0.3 % lost between a UPS and its PDUs; the pump follows the heat
in the air by the affinity laws above the static part of its work. The pump is the classic
trap: UPS output is not IT energy. On bypass a UPS passes on 99.5 % of what it takes. A scenario
may move the pump to mechanical board A: then UPS output *is* what the racks take.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.readings import FloatArray
from simulators.plant.grid import Nodes
from simulators.plant.randomness import smooth
from simulators.plant.signals import UPSS

UPS_RATED_KVA: Final = 400.0
_CABLE_LOSS_RATIO: Final = 0.003
_IDLE_LOSS_KW: Final = 3.8
_LINEAR_LOSS_RATIO: Final = 0.0155
_SQUARE_LOSS_PER_KW: Final = 1.5e-5
_LOAD_POWER_FACTOR: Final = 0.97
_PUMP_STATIC_KW: Final = 3.1
_PUMP_CUBE_KW: Final = 1.8
_PUMP_RATED_HEAT_KW: Final = 215.0
_BYPASS_EFFICIENCY: Final = 0.995


@dataclass(frozen=True, slots=True, kw_only=True)
class Ups:
    """Powers of the two UPSs (rows A, B) and of the pump by where it hangs, in kW."""

    input_kw: FloatArray
    output_kw: FloatArray
    loss_kw: FloatArray
    cable_loss_kw: FloatArray
    pump_on_ups_kw: FloatArray
    pump_on_board_kw: FloatArray
    bypass_ratio: FloatArray

    @property
    def pump_kw(self) -> FloatArray:
        """The chilled-water pump, wherever it hangs."""
        return self.pump_on_ups_kw + self.pump_on_board_kw


def ups(
    pdu_kw: FloatArray,
    air_heat_kw: FloatArray,
    *,
    bypass_ratio: FloatArray,
    pump_moved_ratio: FloatArray,
    loss_ratio: float,
) -> Ups:
    """UPS powers from what hangs on them; bypass and pump are 0, or 1 while a scenario says so."""
    pump_kw = _PUMP_STATIC_KW + _PUMP_CUBE_KW * (air_heat_kw / _PUMP_RATED_HEAT_KW) ** 3
    racks_kw = np.stack([pdu_kw[:6].sum(axis=0), pdu_kw[6:].sum(axis=0)])
    cable_loss_kw = _CABLE_LOSS_RATIO * racks_kw
    output_kw = racks_kw + cable_loss_kw
    pump_on_board_kw = pump_moved_ratio * pump_kw
    pump_on_ups_kw = pump_kw - pump_on_board_kw
    output_kw[1] += pump_on_ups_kw
    loss_kw = _IDLE_LOSS_KW + output_kw * (_LINEAR_LOSS_RATIO + _SQUARE_LOSS_PER_KW * output_kw)
    loss_kw = loss_ratio * loss_kw
    bypass_loss_kw = output_kw * (1.0 / _BYPASS_EFFICIENCY - 1.0)
    loss_kw = (1.0 - bypass_ratio) * loss_kw + bypass_ratio * bypass_loss_kw
    return Ups(
        input_kw=output_kw + loss_kw,
        output_kw=output_kw,
        loss_kw=loss_kw,
        cable_loss_kw=cable_loss_kw,
        pump_on_ups_kw=pump_on_ups_kw,
        pump_on_board_kw=pump_on_board_kw,
        bypass_ratio=bypass_ratio,
    )


def ups_rows(seed: int, nodes: Nodes, powers: Ups) -> dict[str, FloatArray]:
    """What the UPSs show besides their energies."""
    rows: dict[str, FloatArray] = {}
    for n, device in enumerate(UPSS):
        wander = smooth(seed, f"ups/{device}/battery", nodes.hours, 6.0)
        output_kva = powers.output_kw[n] / _LOAD_POWER_FACTOR
        rows[f"{device}.input_power_kw"] = powers.input_kw[n]
        rows[f"{device}.output_power_kw"] = powers.output_kw[n]
        rows[f"{device}.load_ratio"] = output_kva / UPS_RATED_KVA
        rows[f"site.{device}_bypass_ratio"] = powers.bypass_ratio[n]
        rows[f"{device}.battery_charge_ratio"] = np.clip(0.997 + 0.003 * wander, 0.0, 1.0)
        rows[f"{device}.battery_temp_degc"] = 23.5 + 0.5 * wander
        for phase in (1, 2, 3):
            swing = smooth(seed, f"ups/{device}/l{phase}", nodes.hours, 0.2)
            rows[f"{device}.voltage_l{phase}_v"] = 230.4 + 0.3 * swing
        rows[f"{device}.output_voltage_v"] = np.sqrt(3.0) * rows[f"{device}.voltage_l1_v"]
    return rows
