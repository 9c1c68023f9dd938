"""The errors of the meters: fixed by the seed, inside the class, never zero.

measured = true * (1 + gain) + offset, the same for history and for live registers. Of a meter
one knows its class and no more, so each error is one draw, uniform over the whole of the maximum
permissible error (MPE), and independent of all others:

- intakes EN IEC 62053-22 class 0.5 S, and their class 0.5 current transformers apart; other
  energy meters, both sides of the UPSs and the PDUs class 1 (EN IEC 62053-21);
- heat meters EN 1434-1 class 2: flow sensor, temperature pair and calculator each have their
  own draw within their own MPE at the circuit's usual difference, and multiply;
- water meters MID class 2 (2 %).

Errors of thermometers and of other instruments that have no class here are assumptions of this
module. Nothing drifts and nothing depends on load: a real meter does both, inside its class.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.readings import FloatArray
from simulators.plant.randomness import constant
from simulators.plant.signals import CHILLERS, HEAT_METERS, HEAT_PUMPS, SOUND_METERS

INTAKE_MPE: Final = 0.005
TRANSFORMER_MPE: Final = 0.005
CLASS_1_MPE: Final = 0.01
WATER_MPE: Final = 0.02
_MACHINE_ERROR: Final = 0.024  # heat as a machine's own controller reckons it
_VOLTAGE_ERROR: Final = 0.0016
_LEAST_DIFFERENCE_K: Final = 3.0
_USUAL_DIFFERENCE_K: Final = {
    "heat_meter_loop": 15.9,
    "heat_meter_greenhouse": 7.8,
    "heat_meter_source": 5.8,
    "heat_meter_dlc": 8.8,
    "heat_meter_chilled_water": 6.0,
}
_FLOWS: Final = frozenset({"flow_m3_per_h", "volume_m3"})
_POWERS: Final = ("_power_kw", "_energy_kwh", "_kvar", "_kva")
# points without error: what a machine commands or counts, and definitions
_EXACT: Final = (
    "_state",
    "power_factor_ratio",
    "frequency_hz",
    "fan_speed_ratio",
    "valve_ratio",
    "share_ratio",
    "run_hours_h",
    "battery_charge_ratio",
    "requested_heat_kw",
)
_GAINS: Final = {
    "wind_speed_m_per_s": 0.016,
    "irradiance_w_per_m2": 0.024,
    "fuel_volume_m3": 0.008,
    "primary_flow_m3_per_h": 0.012,
    "secondary_flow_m3_per_h": 0.012,
}
_OFFSETS: Final = {
    "relative_humidity_ratio": 0.015,
    "supply_air_humidity_ratio": 0.015,
    "pressure_bar": 0.0003,
}
_TEMPERATURE_K: Final = 0.25
_SOUND_DB: Final = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMeterError:
    """Errors of the parts of one heat meter, as ratios."""

    flow: float
    difference: float
    calculator: float

    @property
    def heat(self) -> float:
        """What the three make together: heat is flow times difference times a coefficient."""
        return (1.0 + self.flow) * (1.0 + self.difference) * (1.0 + self.calculator) - 1.0


def heat_meter_mpe(device: str) -> tuple[float, float, float]:
    """EN 1434-1 class 2 MPEs of flow sensor (at q_p), temperature pair and calculator."""
    relative = _LEAST_DIFFERENCE_K / _USUAL_DIFFERENCE_K[device]
    return 0.0202, 0.005 + 0.03 * relative, 0.005 + 0.01 * relative


def heat_meter_error(seed: int, device: str) -> HeatMeterError:
    """One draw for each of the three parts."""
    flow, difference, calculator = heat_meter_mpe(device)
    return HeatMeterError(
        flow=flow * constant(seed, f"meter/{device}/flow"),
        difference=difference * constant(seed, f"meter/{device}/pair"),
        calculator=calculator * constant(seed, f"meter/{device}/calculator"),
    )


def meter_errors(seed: int, keys: tuple[str, ...]) -> tuple[FloatArray, FloatArray]:
    """Gain and offset of every signal."""
    pairs = [_error(seed, *key.split(".")) for key in keys]
    return np.array([gain for gain, _ in pairs]), np.array([offset for _, offset in pairs])


def energy_gain(seed: int, device: str, channel: str = "") -> float:
    """Gain of an electrical meter; a UPS has one for its input and one for its output."""
    if device.startswith("intake"):
        meter = INTAKE_MPE * constant(seed, f"meter/{device}")
        transformer = TRANSFORMER_MPE * constant(seed, f"meter/{device}/ct")
        return (1.0 + meter) * (1.0 + transformer) - 1.0
    return CLASS_1_MPE * constant(seed, f"meter/{device}{channel}")


def _error(seed: int, device: str, point: str) -> tuple[float, float]:
    if point.endswith(_EXACT):
        return 0.0, 0.0
    if device in HEAT_METERS:
        return _heat_meter_signal(seed, device, point)
    if point in _OFFSETS:
        return 0.0, _OFFSETS[point] * constant(seed, f"meter/{device}/{point}")
    if device in SOUND_METERS:
        return 0.0, _SOUND_DB * constant(seed, f"meter/{device}")
    if point.endswith("_temp_degc"):
        return 0.0, _TEMPERATURE_K * constant(seed, f"meter/{device}/{point}")
    return _gain(seed, device, point), 0.0


def _gain(seed: int, device: str, point: str) -> float:
    if point in _GAINS:
        return _GAINS[point] * constant(seed, f"meter/{device}/{point}")
    if point in _FLOWS:
        return WATER_MPE * constant(seed, f"meter/{device}")
    if _is_machine_heat(device, point):
        return _MACHINE_ERROR * constant(seed, f"meter/{device}/heat")
    return _electrical_gain(seed, device, point)


def _electrical_gain(seed: int, device: str, point: str) -> float:
    volts = _VOLTAGE_ERROR * constant(seed, f"meter/{device}/volts")
    if point.endswith("_v"):
        return volts
    if point.startswith("current_"):
        return (1.0 + energy_gain(seed, device)) / (1.0 + volts) - 1.0
    if point == "load_ratio" or point.startswith("output_"):
        return energy_gain(seed, device, "/output")
    if point.endswith(_POWERS):
        return energy_gain(seed, device)
    msg = f"no error model for {device}.{point}"
    raise ValueError(msg)


def _is_machine_heat(device: str, point: str) -> bool:
    machines = (*CHILLERS, *HEAT_PUMPS, "loop_exchanger", "free_cooling")
    return device in machines and point in {"heat_power_kw", "cooling_power_kw"}


def _heat_meter_signal(seed: int, device: str, point: str) -> tuple[float, float]:
    """The return temperature is set later, from supply and difference as measured."""
    error = heat_meter_error(seed, device)
    if point in _FLOWS:
        return error.flow, 0.0
    if point in {"heat_power_kw", "heat_energy_kwh"}:
        return error.heat, 0.0
    if point == "delta_t_k":
        return error.difference, 0.0
    return 0.0, _TEMPERATURE_K * constant(seed, f"meter/{device}/temp")
