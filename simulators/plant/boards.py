"""The main boards: what they feed, what they lose, where their power comes from.

Assumptions: general services 6-12 kW by office hours and cold; two 630 kVA transformers and
bus bars lose 1.6 kW plus a part by load (0.6-1.1 % in all); the bus tie is closed, so the
intakes share the load about 52:48; photovoltaics of 60 kWp on a flat roof. There is no
export: grid power is the load less photovoltaics and generator, never negative.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.readings import FloatArray
from simulators.plant.cooling import Cooling
from simulators.plant.genset import Genset
from simulators.plant.grid import Nodes
from simulators.plant.hall import Hall
from simulators.plant.heat import Heat
from simulators.plant.randomness import smooth
from simulators.plant.signals import PHASES
from simulators.plant.ups import Ups
from simulators.plant.variant import Variant
from simulators.plant.weather import Weather

_PV_KWP: Final = 60.0
_PV_PERFORMANCE: Final = 0.86
_PV_PER_K: Final = -0.004
_HOURS: Final = np.arange(0.0, 25.0, 3.0)
_OFFICE: Final = np.array([0.0, 0.0, 0.25, 0.9, 1.0, 1.0, 0.6, 0.15, 0.0])
_INTAKE_A_SHARE: Final = 0.52
_TRANSFORMER_KVAR: Final = 9.0
# tan(phi) of what hangs on each meter
_REACTIVE: Final = {
    "mech_board_a": 0.42,
    "mech_board_b": 0.42,
    "heat_pump_board": 0.38,
    "general_services": 0.28,
    "ups_pump_meter": 0.45,
}
_UPS_REACTIVE: Final = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Boards:
    """Active powers at the main boards, in kW."""

    mechanical_kw: FloatArray
    heat_pump_kw: FloatArray
    services_kw: FloatArray
    loss_kw: FloatArray
    pv_kw: FloatArray
    genset_kw: FloatArray
    intake_kw: FloatArray
    rows: dict[str, FloatArray]


def boards(
    seed: int,
    nodes: Nodes,
    *,
    sky: Weather,
    ups: Ups,
    mech: FloatArray,
    heat: Heat,
    genset: Genset,
    variant: Variant,
) -> Boards:
    """Powers of the boards, their losses and their sources."""
    heat_pump_kw = heat.compressor_kw.sum(axis=0) + heat.pump_kw
    services_kw = variant.services_ratio * _services_kw(seed, nodes, sky)
    feeds_kw = ups.input_kw.sum(axis=0) + mech.sum(axis=0) + heat_pump_kw + services_kw
    loss_kw = 1.6 + feeds_kw * (0.0015 + 6e-6 * feeds_kw)
    load_kw = feeds_kw + loss_kw
    pv_kw = _pv_kw(sky)
    genset_kw = np.minimum(genset.power_kw, 0.6 * load_kw)
    grid_kw = load_kw - pv_kw - genset_kw
    share = _INTAKE_A_SHARE + 0.008 * smooth(seed, "boards/share", nodes.hours, 4.0)
    powers = {
        "intake_a": share * grid_kw,
        "intake_b": (1.0 - share) * grid_kw,
        "genset_meter": genset_kw,
        "pv_meter": pv_kw,
        "mech_board_a": mech[0],
        "mech_board_b": mech[1],
        "heat_pump_board": heat_pump_kw,
        "general_services": services_kw,
        "ups_pump_meter": ups.pump_kw,
    }
    reactive = _reactive_kvar(seed, nodes, powers, ups_kw=ups.input_kw.sum(axis=0), share=share)
    rows = {f"{name}.active_power_kw": power for name, power in powers.items()}
    rows |= {f"{name}.reactive_power_kvar": kvar for name, kvar in reactive.items()}
    return Boards(
        mechanical_kw=mech,
        heat_pump_kw=heat_pump_kw,
        services_kw=services_kw,
        loss_kw=loss_kw,
        pv_kw=pv_kw,
        genset_kw=genset_kw,
        intake_kw=np.stack([powers["intake_a"], powers["intake_b"]]),
        rows=rows | _grid_rows(seed, nodes),
    )


def _reactive_kvar(
    seed: int, nodes: Nodes, powers: dict[str, FloatArray], *, ups_kw: FloatArray, share: FloatArray
) -> dict[str, FloatArray]:
    """Reactive power of every meter; what the boards ask, the intakes bring."""
    kvar = {}
    for name, tangent in _REACTIVE.items():
        wander = 1.0 + 0.03 * smooth(seed, f"boards/{name}/phi", nodes.hours, 0.5)
        kvar[name] = tangent * wander * powers[name]
    # the pump is behind a UPS: the boards do not see its reactive power
    asked = sum((q for name, q in kvar.items() if name != "ups_pump_meter"), start=0.0 * ups_kw)
    kvar["genset_meter"] = 0.3 * powers["genset_meter"]
    kvar["pv_meter"] = 0.02 * powers["pv_meter"]
    grid = asked + _UPS_REACTIVE * ups_kw + _TRANSFORMER_KVAR
    grid = grid - kvar["genset_meter"] - kvar["pv_meter"]
    return kvar | {"intake_a": share * grid, "intake_b": (1.0 - share) * grid}


def mechanical_kw(hall: Hall, outdoors: Cooling, ups: Ups) -> FloatArray:
    """The two mechanical boards: one chiller, dry cooler, pump set and three CRAHs each.

    The chilled-water pump hangs on board A while a scenario has it moved there.
    """
    fans = np.stack([hall.fan_kw[:3].sum(axis=0), hall.fan_kw[3:].sum(axis=0)])
    powers = outdoors.chiller_kw + outdoors.fan_kw + outdoors.pump_kw + fans
    powers[0] += ups.pump_on_board_kw
    return np.asarray(powers)


def _services_kw(seed: int, nodes: Nodes, sky: Weather) -> FloatArray:
    office = np.interp(nodes.local_hour, _HOURS, _OFFICE) * (1.0 - 0.85 * nodes.is_weekend)
    heating = 0.12 * np.clip(15.0 - sky.slow_temp_degc, 0.0, 20.0)
    flutter = 0.3 * smooth(seed, "boards/services", nodes.hours, 0.25)
    return np.asarray(5.6 + 3.4 * office + heating + flutter)


def _pv_kw(sky: Weather) -> FloatArray:
    """Flat plant: horizontal sun, cells 30 K above the air in full sun."""
    cell_degc = sky.temp_degc + 0.03 * sky.irradiance_w_per_m2
    derating = _PV_PERFORMANCE * (1.0 + _PV_PER_K * (cell_degc - 25.0))
    return np.asarray(_PV_KWP * sky.irradiance_w_per_m2 / 1000.0 * derating)


def _grid_rows(seed: int, nodes: Nodes) -> dict[str, FloatArray]:
    hours = nodes.hours
    swing = 0.016 * smooth(seed, "grid/frequency", hours, 0.12)
    rows = {"grid.frequency_hz": 50.0 + swing + 0.006 * smooth(seed, "grid/slow", hours, 1.0)}
    for bus in ("a", "b"):
        level = 232.5 + 1.6 * smooth(seed, f"grid/{bus}/volts", hours, 3.0)
        for phase in PHASES:
            own = 0.5 * smooth(seed, f"grid/{bus}/l{phase}", hours, 0.3)
            rows[f"bus_{bus}.voltage_l{phase}_v"] = level + own + 0.4 * (phase - 2)
    return rows
