"""Signals that follow from others at the same instant.

Apparent power, power factor and currents from powers and voltages; the cold pipe of a heat
meter from heat, flow and hot pipe; states from what the machine does. So every meter is
consistent with itself at every instant, not only at the nodes.
"""

from typing import Final

import numpy as np

from models.readings import FloatArray, IntArray
from simulators.plant.fluids import cold_degc
from simulators.plant.randomness import constant
from simulators.plant.signals import (
    CHILLERS,
    DRY_COOLERS,
    ENERGY_METERS,
    HEAT_METERS,
    HEAT_PUMPS,
    PDUS,
    PHASES,
    UPSS,
)
from simulators.plant.timeline import ROW_INDEX, Sample

_PDU_POWER_FACTOR: Final = 0.97
_IMBALANCE: Final = 0.05
_IDLE_KVA: Final = 0.02
_EXCHANGER: Final = "loop_exchanger"
BATTERY_FLOATING: Final = 1.0  # 0 discharging, 1 floating, 2 charging

# device -> (what it follows, above which it runs)
_RUNNING: Final = {
    **{f"{d}.run_state": (f"{d}.active_power_kw", 0.3) for d in CHILLERS},
    **{f"{d}.run_state": (f"{d}.active_power_kw", 0.5) for d in HEAT_PUMPS},
    **{f"{d}.adiabatic_state": ("site.adiabatic_ratio", 0.02) for d in DRY_COOLERS},
    "free_cooling.run_state": ("free_cooling.heat_power_kw", 1.0),
    "genset.run_state": ("genset.run_ratio", 0.5),
    **{f"{d}.bypass_state": (f"site.{d}_bypass_ratio", 0.5) for d in UPSS},
}


class Derivation:
    """Fills the derived rows of a matrix of signals, true ones or as measured."""

    def __init__(self, seed: int, index: dict[str, int]) -> None:
        self._index = index
        self._power = self._at(ENERGY_METERS, "active_power_kw")
        self._reactive = self._at(ENERGY_METERS, "reactive_power_kvar")
        self._apparent = self._at(ENERGY_METERS, "apparent_power_kva")
        self._factor = self._at(ENERGY_METERS, "power_factor_ratio")
        self._volts = self._by_phase(ENERGY_METERS, "voltage_l{}_v")
        self._amps = self._by_phase(ENERGY_METERS, "current_l{}_a")
        self._shares = _phase_shares(seed, ENERGY_METERS)
        self._pdu_power = self._at(PDUS, "active_power_kw")
        self._pdu_volts = self._by_phase(PDUS, "voltage_l{}_v")
        self._pdu_amps = self._by_phase(PDUS, "current_l{}_a")
        self._pdu_shares = _phase_shares(seed, PDUS)
        self._heat = self._at(HEAT_METERS, "heat_power_kw")
        self._flow = self._at(HEAT_METERS, "flow_m3_per_h")
        self._hot = self._at(HEAT_METERS, "supply_temp_degc")
        self._cold = self._at(HEAT_METERS, "return_temp_degc")
        self._difference = self._at(HEAT_METERS, "delta_t_k")
        self._run_rows = np.array([ROW_INDEX[row] for row, _ in _RUNNING.values()])
        self._run_above = np.array([[above] for _, above in _RUNNING.values()])
        self._run_signals = np.array([index[key] for key in _RUNNING])
        self._battery = self._at(UPSS, "battery_state")

    def fill(self, out: FloatArray, sample: Sample) -> None:
        """Add the derived rows to true signals."""
        self._fill_electrical(out)
        self._fill_heat(out)
        running = sample.linear[self._run_rows] > self._run_above
        out[self._run_signals] = running
        out[self._battery] = BATTERY_FLOATING

    def settle_measured(self, out: FloatArray) -> None:
        """Make what each heat meter shows agree with itself; keep humidity physical."""
        out[self._cold] = out[self._hot] - out[self._difference]
        humidity = self._index["weather_mast.relative_humidity_ratio"]
        np.clip(out[humidity], 0.0, 1.0, out=out[humidity])

    def _fill_electrical(self, out: FloatArray) -> None:
        power = out[self._power]
        apparent = np.hypot(power, out[self._reactive])
        out[self._apparent] = apparent
        is_idle = apparent < _IDLE_KVA
        out[self._factor] = np.where(is_idle, 1.0, power / np.where(is_idle, 1.0, apparent))
        out[self._amps] = 1e3 * apparent[:, None, :] * self._shares / out[self._volts]
        per_phase = out[self._pdu_power][:, None, :] * self._pdu_shares
        out[self._pdu_amps] = 1e3 / _PDU_POWER_FACTOR * per_phase / out[self._pdu_volts]

    def _fill_heat(self, out: FloatArray) -> None:
        cold = cold_degc(out[self._heat], out[self._flow], out[self._hot])
        out[self._cold] = cold
        out[self._difference] = out[self._hot] - cold
        at = self._index
        out[at[f"{_EXCHANGER}.secondary_inlet_temp_degc"]] = cold[0]
        out[at[f"{_EXCHANGER}.primary_outlet_temp_degc"]] = cold_degc(
            out[at[f"{_EXCHANGER}.heat_power_kw"]],
            out[at[f"{_EXCHANGER}.primary_flow_m3_per_h"]],
            out[at[f"{_EXCHANGER}.primary_inlet_temp_degc"]],
        )

    def _at(self, devices: tuple[str, ...], point: str) -> IntArray:
        return np.array([self._index[f"{device}.{point}"] for device in devices])

    def _by_phase(self, devices: tuple[str, ...], point: str) -> IntArray:
        return np.stack([self._at(devices, point.format(n)) for n in PHASES], axis=1)


def _phase_shares(seed: int, devices: tuple[str, ...]) -> FloatArray:
    """How a device loads the three phases: shape (devices, phases, 1), each sums to 1."""
    shares = np.array(
        [[1.0 + _IMBALANCE * constant(seed, f"phase/{d}/{n}") for n in PHASES] for d in devices]
    )
    return np.asarray((shares / shares.sum(axis=1, keepdims=True))[:, :, None])
