"""The glossary: every physical quantity Boucle stores, with its canonical unit and limits.

One table feeds the code, the validation of device profiles, the column comments, the
help texts of the metrics and the pages. A quantity is *what* is measured; which meter
measures it, and where, is in the site file.

Sign: positive is the flow in the direction of the name (``heat_power`` of a hand-over
meter is positive when heat leaves the data centre).
"""

from dataclasses import dataclass
from enum import StrEnum
from math import inf


class StateClass(StrEnum):
    """How a quantity may be summed or averaged over time."""

    GAUGE = "gauge"
    COUNTER = "counter"
    STATE = "state"


class Quantity(StrEnum):
    """A physical quantity, named as the field names it."""

    ACTIVE_POWER = "active_power"
    REACTIVE_POWER = "reactive_power"
    APPARENT_POWER = "apparent_power"
    ACTIVE_ENERGY = "active_energy"
    VOLTAGE = "voltage"
    CURRENT = "current"
    FREQUENCY = "frequency"
    POWER_FACTOR = "power_factor"
    HEAT_POWER = "heat_power"
    HEAT_ENERGY = "heat_energy"
    VOLUME = "volume"
    VOLUME_FLOW = "volume_flow"
    FUEL_VOLUME = "fuel_volume"
    TEMPERATURE = "temperature"
    TEMPERATURE_DIFFERENCE = "temperature_difference"
    RELATIVE_HUMIDITY = "relative_humidity"
    SOUND_LEVEL = "sound_level"
    WIND_SPEED = "wind_speed"
    IRRADIANCE = "irradiance"
    PRESSURE = "pressure"
    RATIO = "ratio"
    DURATION = "duration"
    STATE = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantitySpec:
    """What is true of a quantity wherever it is measured.

    Values outside ``[lower, upper]`` are not physical at a data centre and are stored
    as bad; ``why`` says where the limits come from.
    """

    unit: str
    state_class: StateClass
    lower: float
    upper: float
    why: str
    label_fr: str
    label_en: str


def _spec(
    unit: str,
    state_class: StateClass,
    limits: tuple[float, float],
    why: str,
    labels: tuple[str, str],
) -> QuantitySpec:
    lower, upper = limits
    label_fr, label_en = labels
    return QuantitySpec(
        unit=unit,
        state_class=state_class,
        lower=lower,
        upper=upper,
        why=why,
        label_fr=label_fr,
        label_en=label_en,
    )


_GAUGE = StateClass.GAUGE
_COUNTER = StateClass.COUNTER
_MAX_KW = 500_000.0

QUANTITIES: dict[Quantity, QuantitySpec] = {
    Quantity.ACTIVE_POWER: _spec(
        "kW",
        _GAUGE,
        (-_MAX_KW, _MAX_KW),
        "no single meter sees 500 MW",
        ("puissance active", "active power"),
    ),
    Quantity.REACTIVE_POWER: _spec(
        "kvar",
        _GAUGE,
        (-_MAX_KW, _MAX_KW),
        "as active power",
        ("puissance réactive", "reactive power"),
    ),
    Quantity.APPARENT_POWER: _spec(
        "kVA", _GAUGE, (0.0, _MAX_KW), "as active power", ("puissance apparente", "apparent power")
    ),
    Quantity.ACTIVE_ENERGY: _spec(
        "kWh",
        _COUNTER,
        (0.0, inf),
        "a register never runs below zero",
        ("énergie active", "active energy"),
    ),
    Quantity.VOLTAGE: _spec(
        "V", _GAUGE, (0.0, 400_000.0), "up to the transmission grid", ("tension", "voltage")
    ),
    Quantity.CURRENT: _spec(
        "A", _GAUGE, (0.0, 50_000.0), "largest bus bars", ("courant", "current")
    ),
    Quantity.FREQUENCY: _spec(
        "Hz", _GAUGE, (0.0, 70.0), "50 Hz grid, genset run-up included", ("fréquence", "frequency")
    ),
    Quantity.POWER_FACTOR: _spec(
        "ratio", _GAUGE, (-1.0, 1.0), "definition", ("facteur de puissance", "power factor")
    ),
    Quantity.HEAT_POWER: _spec(
        "kW",
        _GAUGE,
        (-_MAX_KW, _MAX_KW),
        "as active power; negative at defrost",
        ("puissance thermique", "heat power"),
    ),
    Quantity.HEAT_ENERGY: _spec(
        "kWh",
        _COUNTER,
        (0.0, inf),
        "a register never runs below zero",
        ("énergie thermique", "heat energy"),
    ),
    Quantity.VOLUME: _spec(
        "m3", _COUNTER, (0.0, inf), "a register never runs below zero", ("volume", "volume")
    ),
    Quantity.VOLUME_FLOW: _spec(
        "m3/h",
        _GAUGE,
        (-10_000.0, 10_000.0),
        "largest district pipes; negative is reverse flow",
        ("débit", "flow"),
    ),
    Quantity.FUEL_VOLUME: _spec(
        "m3",
        _COUNTER,
        (0.0, inf),
        "a register never runs below zero",
        ("volume de carburant", "fuel volume"),
    ),
    Quantity.TEMPERATURE: _spec(
        "degC", _GAUGE, (-60.0, 250.0), "Paris winter to steam", ("température", "temperature")
    ),
    Quantity.TEMPERATURE_DIFFERENCE: _spec(
        "K",
        _GAUGE,
        (-200.0, 200.0),
        "span of the temperatures",
        ("écart de température", "temperature difference"),
    ),
    Quantity.RELATIVE_HUMIDITY: _spec(
        "ratio",
        _GAUGE,
        (0.0, 1.05),
        "sensors read slightly above saturation",
        ("humidité relative", "relative humidity"),
    ),
    Quantity.SOUND_LEVEL: _spec(
        "dB(A)", _GAUGE, (10.0, 140.0), "noise floor to pain", ("niveau sonore", "sound level")
    ),
    Quantity.WIND_SPEED: _spec(
        "m/s",
        _GAUGE,
        (0.0, 80.0),
        "above every gust recorded in France",
        ("vitesse du vent", "wind speed"),
    ),
    Quantity.IRRADIANCE: _spec(
        "W/m2",
        _GAUGE,
        (-20.0, 1_600.0),
        "night offset to cloud-edge peaks",
        ("rayonnement solaire", "solar irradiance"),
    ),
    Quantity.PRESSURE: _spec(
        "bar",
        _GAUGE,
        (-1.0, 400.0),
        "vacuum to transcritical CO2 circuits",
        ("pression", "pressure"),
    ),
    Quantity.RATIO: _spec(
        "ratio", _GAUGE, (-0.05, 1.5), "overload of a UPS reads above one", ("taux", "ratio")
    ),
    Quantity.DURATION: _spec(
        "h",
        _COUNTER,
        (0.0, inf),
        "running hours never run backwards",
        ("heures de marche", "running hours"),
    ),
    Quantity.STATE: _spec(
        "state", StateClass.STATE, (0.0, 65_535.0), "one 16-bit register", ("état", "state")
    ),
}
