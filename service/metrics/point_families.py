"""The family of each quantity: from canonical units to the base units Prometheus asks for.

Source: Prometheus documentation, "Metric and label naming": base units, unit in the name, ratios
from 0 to 1, ``_total`` for counters.
"""

from dataclasses import dataclass
from typing import Final

from models.quantities import QUANTITIES, Quantity, StateClass
from service.metrics.family import Family, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class PointFamily:
    """The family of a quantity; ``factor`` brings a value to its unit."""

    family: Family
    factor: float


_NAMES: Final[dict[Quantity, tuple[str, float]]] = {
    Quantity.ACTIVE_POWER: ("active_power_watts", 1e3),
    Quantity.REACTIVE_POWER: ("reactive_power_vars", 1e3),
    Quantity.APPARENT_POWER: ("apparent_power_voltamperes", 1e3),
    Quantity.ACTIVE_ENERGY: ("active_energy_joules", 3.6e6),
    Quantity.VOLTAGE: ("voltage_volts", 1.0),
    Quantity.CURRENT: ("current_amperes", 1.0),
    Quantity.FREQUENCY: ("frequency_hertz", 1.0),
    Quantity.POWER_FACTOR: ("power_factor_ratio", 1.0),
    Quantity.HEAT_POWER: ("heat_power_watts", 1e3),
    Quantity.HEAT_ENERGY: ("heat_energy_joules", 3.6e6),
    Quantity.VOLUME: ("volume_cubic_meters", 1.0),
    Quantity.VOLUME_FLOW: ("volume_flow_cubic_meters_per_second", 1.0 / 3600.0),
    Quantity.FUEL_VOLUME: ("fuel_volume_cubic_meters", 1.0),
    Quantity.TEMPERATURE: ("temperature_celsius", 1.0),
    Quantity.TEMPERATURE_DIFFERENCE: ("temperature_difference_kelvin", 1.0),
    Quantity.RELATIVE_HUMIDITY: ("relative_humidity_ratio", 1.0),
    Quantity.SOUND_LEVEL: ("sound_level_dba", 1.0),
    Quantity.WIND_SPEED: ("wind_speed_meters_per_second", 1.0),
    Quantity.IRRADIANCE: ("irradiance_watts_per_square_meter", 1.0),
    Quantity.PRESSURE: ("pressure_pascals", 1e5),
    Quantity.RATIO: ("ratio", 1.0),
    Quantity.DURATION: ("running_seconds", 3600.0),
    Quantity.STATE: ("device_register_state", 1.0),
}


def _family(quantity: Quantity) -> PointFamily:
    name, factor = _NAMES[quantity]
    spec = QUANTITIES[quantity]
    counts = spec.state_class is StateClass.COUNTER
    text = f"Latest {spec.label_en} of a point that is not stale"
    if quantity is Quantity.STATE:
        text += ", as its device counts its states: see the device's manual"
    return PointFamily(
        family=Family(
            name=f"boucle_{name}_total" if counts else f"boucle_{name}",
            text=text,
            labels=("device", "point"),
            kind=Kind.COUNTER if counts else Kind.GAUGE,
            absent="when stale, missing or not to be trusted; a register also while it falls",
        ),
        factor=factor,
    )


POINT_FAMILIES: Final = {quantity: _family(quantity) for quantity in Quantity}
