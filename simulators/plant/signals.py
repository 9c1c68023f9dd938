"""Every signal of the site, and where its value comes from.

A *row* is a quantity the physics gives at every node. A signal is a row as it is (linear
between nodes), the integral of a row (a register), a row that steps (a state, a 10-minute
sound level), or derived at the moment asked from other signals, so that what one meter
shows is consistent with itself at every instant.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PHASES: Final = (1, 2, 3)
ENERGY_METERS: Final = (
    "intake_a",
    "intake_b",
    "genset_meter",
    "pv_meter",
    "mech_board_a",
    "mech_board_b",
    "heat_pump_board",
    "general_services",
    "ups_pump_meter",
)
UPSS: Final = ("ups_a", "ups_b")
PDUS: Final = tuple(f"pdu_{n:02d}" for n in range(1, 13))
AI_PDUS: Final = ("pdu_06", "pdu_12")
OUTLETS: Final = tuple(f"outlet_{n:02d}_power_kw" for n in range(1, 13))
HEAT_METERS: Final = (
    "heat_meter_loop",
    "heat_meter_greenhouse",
    "heat_meter_source",
    "heat_meter_dlc",
    "heat_meter_chilled_water",
)
WATER_METERS: Final = ("water_adiabatic", "water_humidifier", "water_rain")
CRAHS: Final = tuple(f"crah_{n:02d}" for n in range(1, 7))
SOUND_METERS: Final = ("sound_east", "sound_north")
DRY_COOLERS: Final = ("dry_cooler_1", "dry_cooler_2")
CHILLERS: Final = ("chiller_1", "chiller_2")
HEAT_PUMPS: Final = ("heat_pump_1", "heat_pump_2")
# meters on main board A and B: whose voltages they see
BOARD_OF_METER: Final = dict(zip(ENERGY_METERS, "abaaabbab", strict=True))


class How(StrEnum):
    """How a signal follows from its row."""

    LINEAR = "linear"
    INTEGRAL = "integral"
    STEP = "step"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One signal; ``row`` is empty for derived ones."""

    key: str
    how: How
    row: str = ""


def _of(device: str, how: How, rows: dict[str, str]) -> list[Signal]:
    return [Signal(key=f"{device}.{point}", how=how, row=row) for point, row in rows.items()]


def _own(device: str, how: How, *points: str) -> list[Signal]:
    """Signals whose row has the name of the key."""
    return _of(device, how, {point: f"{device}.{point}" for point in points})


def _derived(device: str, *points: str) -> list[Signal]:
    return [Signal(key=f"{device}.{point}", how=How.DERIVED) for point in points]


def _energy(device: str) -> list[Signal]:
    return _of(device, How.INTEGRAL, {"active_energy_kwh": f"{device}.active_power_kw"})


def _energy_meter(device: str) -> list[Signal]:
    bus = f"bus_{BOARD_OF_METER[device]}"
    voltages = {f"voltage_l{n}_v": f"{bus}.voltage_l{n}_v" for n in PHASES}
    return [
        *_energy(device),
        *_own(device, How.LINEAR, "active_power_kw", "reactive_power_kvar"),
        *_derived(device, "apparent_power_kva", "power_factor_ratio"),
        *_of(device, How.LINEAR, {"frequency_hz": "grid.frequency_hz", **voltages}),
        *_derived(device, *(f"current_l{n}_a" for n in PHASES)),
    ]


def _ups(device: str) -> list[Signal]:
    energies = {f"{way}_energy_kwh": f"{device}.{way}_power_kw" for way in ("input", "output")}
    return [
        *_of(device, How.INTEGRAL, energies),
        *_own(device, How.LINEAR, "input_power_kw", "output_power_kw", "load_ratio"),
        *_own(device, How.LINEAR, "battery_charge_ratio", "battery_temp_degc"),
        *_own(device, How.LINEAR, "output_voltage_v"),
        *_derived(device, "bypass_state", "battery_state"),
    ]


def ups_of_pdu(device: str) -> str:
    """The UPS a PDU hangs on."""
    return UPSS[0] if device <= PDUS[5] else UPSS[1]


def _pdu(device: str) -> list[Signal]:
    ups = ups_of_pdu(device)
    voltages = {f"voltage_l{n}_v": f"{ups}.voltage_l{n}_v" for n in PHASES}
    outlets = OUTLETS if device in AI_PDUS else ()
    return [
        *_energy(device),
        *_own(device, How.LINEAR, "active_power_kw"),
        *_derived(device, *(f"current_l{n}_a" for n in PHASES)),
        *_of(device, How.LINEAR, voltages),
        *_own(device, How.LINEAR, "inlet_temp_degc", *outlets),
    ]


def _heat_meter(device: str) -> list[Signal]:
    totals = {
        "heat_energy_kwh": f"{device}.heat_power_kw",
        "volume_m3": f"{device}.flow_m3_per_h",
    }
    return [
        *_of(device, How.INTEGRAL, totals),
        *_own(device, How.LINEAR, "heat_power_kw", "flow_m3_per_h", "supply_temp_degc"),
        *_derived(device, "return_temp_degc", "delta_t_k", "error_state"),
    ]


def _water_meter(device: str) -> list[Signal]:
    return [
        *_of(device, How.INTEGRAL, {"volume_m3": f"{device}.flow_m3_per_h"}),
        *_own(device, How.LINEAR, "flow_m3_per_h"),
    ]


def _crah(device: str) -> list[Signal]:
    air = ("supply_air_temp_degc", "return_air_temp_degc", "supply_air_humidity_ratio")
    return _own(device, How.LINEAR, *air, "fan_speed_ratio", "valve_ratio", "active_power_kw")


def _dry_cooler(device: str) -> list[Signal]:
    water = ("inlet_temp_degc", "outlet_temp_degc")
    return [
        *_own(device, How.LINEAR, "fan_speed_ratio", *water, "active_power_kw"),
        *_derived(device, "adiabatic_state"),
    ]


def _genset() -> list[Signal]:
    totals = {"fuel_volume_m3": "genset.fuel_m3_per_h", "run_hours_h": "genset.run_ratio"}
    return [
        *_of("genset", How.INTEGRAL, totals),
        *_derived("genset", "run_state"),
        *_own("genset", How.LINEAR, "coolant_temp_degc"),
    ]


def _chiller(device: str) -> list[Signal]:
    ends = [f"{x}_{y}_temp_degc" for x in ("evaporator", "condenser") for y in ("inlet", "outlet")]
    return [
        *_energy(device),
        *_own(device, How.LINEAR, "active_power_kw", "cooling_power_kw", *ends),
        *_derived(device, "run_state"),
    ]


def _heat_pump(device: str) -> list[Signal]:
    ends = [f"{side}_{end}_temp_degc" for side in ("source", "sink") for end in ("inlet", "outlet")]
    return [
        *_energy(device),
        *_own(device, How.LINEAR, "active_power_kw", "heat_power_kw", *ends),
        *_derived(device, "run_state"),
    ]


def _exchanger() -> list[Signal]:
    own = ("primary_inlet_temp_degc", "primary_flow_m3_per_h", "requested_heat_kw")
    shared = {
        "secondary_outlet_temp_degc": "heat_meter_loop.supply_temp_degc",
        "secondary_flow_m3_per_h": "heat_meter_loop.flow_m3_per_h",
        "heat_power_kw": "heat_meter_loop.heat_power_kw",
    }
    return [
        *_own("loop_exchanger", How.LINEAR, *own),
        *_of("loop_exchanger", How.LINEAR, shared),
        *_derived("loop_exchanger", "primary_outlet_temp_degc", "secondary_inlet_temp_degc"),
    ]


def _building() -> list[Signal]:
    weather = ("outdoor_temp_degc", "relative_humidity_ratio", "wind_speed_m_per_s")
    return [
        *_own("free_cooling", How.LINEAR, "heat_power_kw", "share_ratio"),
        *_derived("free_cooling", "run_state"),
        *_own("weather_mast", How.LINEAR, *weather, "irradiance_w_per_m2", "pressure_bar"),
    ]


def _sound_meter(device: str) -> list[Signal]:
    levels = [f"sound_level_{what}_dba" for what in ("laeq", "l90", "max")]
    return _own(device, How.STEP, *levels)


def all_signals() -> tuple[Signal, ...]:
    """Every signal of the site, in the order of the devices."""
    groups = [
        *(_energy_meter(d) for d in ENERGY_METERS),
        *(_ups(d) for d in UPSS),
        *(_pdu(d) for d in PDUS),
        *(_heat_meter(d) for d in HEAT_METERS),
        *(_water_meter(d) for d in WATER_METERS),
        *(_crah(d) for d in CRAHS),
        *(_sound_meter(d) for d in SOUND_METERS),
        _genset(),
        *(_dry_cooler(d) for d in DRY_COOLERS),
        *(_chiller(d) for d in CHILLERS),
        *(_heat_pump(d) for d in HEAT_PUMPS),
        _exchanger(),
        _building(),
    ]
    return tuple(signal for group in groups for signal in group)
