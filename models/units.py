"""Units at the edges: an affine table from each accepted unit to its canonical one.

Inside Boucle every number is in the canonical unit of its quantity and carries it in its
name. Device profiles speak the unit of the datasheet; this module is the one place that
converts.
"""

from typing import Final

from models.quantities import QUANTITIES, Quantity

# unit -> (canonical unit, factor, offset): canonical = factor * value + offset
_TO_CANONICAL: Final[dict[str, tuple[str, float, float]]] = {
    "kW": ("kW", 1.0, 0.0),
    "W": ("kW", 1e-3, 0.0),
    "MW": ("kW", 1e3, 0.0),
    "kvar": ("kvar", 1.0, 0.0),
    "var": ("kvar", 1e-3, 0.0),
    "kVA": ("kVA", 1.0, 0.0),
    "VA": ("kVA", 1e-3, 0.0),
    "kWh": ("kWh", 1.0, 0.0),
    "Wh": ("kWh", 1e-3, 0.0),
    "MWh": ("kWh", 1e3, 0.0),
    "GJ": ("kWh", 1e6 / 3600.0, 0.0),
    "MJ": ("kWh", 1e3 / 3600.0, 0.0),
    "V": ("V", 1.0, 0.0),
    "kV": ("V", 1e3, 0.0),
    "A": ("A", 1.0, 0.0),
    "mA": ("A", 1e-3, 0.0),
    "Hz": ("Hz", 1.0, 0.0),
    "ratio": ("ratio", 1.0, 0.0),
    "%": ("ratio", 1e-2, 0.0),
    "m3": ("m3", 1.0, 0.0),
    "L": ("m3", 1e-3, 0.0),
    "m3/h": ("m3/h", 1.0, 0.0),
    "L/h": ("m3/h", 1e-3, 0.0),
    "L/min": ("m3/h", 0.06, 0.0),
    "L/s": ("m3/h", 3.6, 0.0),
    "degC": ("degC", 1.0, 0.0),
    "degF": ("degC", 5.0 / 9.0, -160.0 / 9.0),
    "kelvin": ("degC", 1.0, -273.15),
    "K": ("K", 1.0, 0.0),
    "dB(A)": ("dB(A)", 1.0, 0.0),
    "m/s": ("m/s", 1.0, 0.0),
    "km/h": ("m/s", 1.0 / 3.6, 0.0),
    "W/m2": ("W/m2", 1.0, 0.0),
    "bar": ("bar", 1.0, 0.0),
    "hPa": ("bar", 1e-3, 0.0),
    "kPa": ("bar", 1e-2, 0.0),
    "h": ("h", 1.0, 0.0),
    "s": ("h", 1.0 / 3600.0, 0.0),
    "state": ("state", 1.0, 0.0),
}


def known_units() -> tuple[str, ...]:
    """Every unit a device profile may name."""
    return tuple(_TO_CANONICAL)


def affine_to_canonical(unit: str, quantity: Quantity) -> tuple[float, float]:
    """Factor and offset that bring a value in ``unit`` to the canonical unit of ``quantity``.

    Raises
    ------
    ValueError
        If the unit is unknown or measures something else.

    Examples
    --------
    >>> affine_to_canonical("Wh", Quantity.ACTIVE_ENERGY)
    (0.001, 0.0)
    """
    canonical = QUANTITIES[quantity].unit
    target, factor, offset = _TO_CANONICAL.get(unit, ("", 0.0, 0.0))
    if target != canonical:
        allowed = ", ".join(u for u, (c, _, _) in _TO_CANONICAL.items() if c == canonical)
        msg = f"unit {unit!r} does not measure {quantity.value}: use one of {allowed}"
        raise ValueError(msg)
    return factor, offset
