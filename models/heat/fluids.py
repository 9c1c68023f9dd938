"""Density and enthalpy of the heat carriers, from CoolProp: IAPWS-IF97 water and water-glycol."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from models.readings import FloatArray

KELVIN = 273.15
_J_PER_KJ = 1e3
_PA_PER_BAR = 1e5
# Liquid at 16 bar up to 201 degC; ice below 0.
_WATER_DEGC = (0.0, 200.0)
# Range of the data behind CoolProp's mixtures. [mass fraction]
_MAX_GLYCOL_RATIO = 0.6


class FluidKind(StrEnum):
    """What flows in a circuit."""

    WATER = "water"
    ETHYLENE_GLYCOL = "ethylene_glycol"
    PROPYLENE_GLYCOL = "propylene_glycol"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fluid:
    """A heat carrier: water, or water with a mass fraction of glycol."""

    kind: FluidKind = FluidKind.WATER
    glycol_ratio: float = 0.0
    pressure_bar: float = 16.0

    def __post_init__(self) -> None:
        """Refuse mixtures without data."""
        pure = self.kind is FluidKind.WATER
        if pure and self.glycol_ratio != 0.0:
            msg = f"water has no glycol_ratio, got {self.glycol_ratio}; name the glycol as kind"
            raise ValueError(msg)
        if not pure and not 0.0 < self.glycol_ratio <= _MAX_GLYCOL_RATIO:
            msg = f"glycol_ratio must be above 0 and at most {_MAX_GLYCOL_RATIO}, "
            raise ValueError(msg + f"got {self.glycol_ratio}")
        if not 0.5 <= self.pressure_bar <= 100.0:
            msg = f"pressure_bar must lie between 0.5 and 100, got {self.pressure_bar}"
            raise ValueError(msg)


WATER = Fluid()


def density_kg_per_m3(temp_degc: FloatArray, fluid: Fluid = WATER) -> FloatArray:
    """Density of the liquid.

    Parameters
    ----------
    temp_degc : float array, any shape
        Temperature; NaN, freezing or boiling gives NaN. [degC]
    fluid : Fluid
        The heat carrier.

    Returns
    -------
    float array, same shape
        Density. [kg/m3]

    Notes
    -----
    Water: IAPWS-IF97, region 1. Mixtures: the correlations CoolProp names MEG and MPG.

    Examples
    --------
    >>> density_kg_per_m3(np.array([20.0, 60.0])).round(1).tolist()
    [998.9, 983.9]
    """
    return _property("D", temp_degc, fluid)


def enthalpy_kj_per_kg(temp_degc: FloatArray, fluid: Fluid = WATER) -> FloatArray:
    """Specific enthalpy of the liquid; only differences of one fluid mean anything.

    Parameters
    ----------
    temp_degc : float array, any shape
        Temperature; NaN, freezing or boiling gives NaN. [degC]

    Returns
    -------
    float array, same shape
        Enthalpy. [kJ/kg]

    Examples
    --------
    From 30 to 60 degC water takes up 125.3 kJ/kg:

    >>> cold, hot = enthalpy_kj_per_kg(np.array([30.0, 60.0]))
    >>> round(float(hot - cold), 1)
    125.3
    """
    return _property("H", temp_degc, fluid) / _J_PER_KJ


def _property(name: str, temp_degc: FloatArray, fluid: Fluid) -> FloatArray:
    # Slow to import, and only the heat chain needs it.
    from CoolProp.CoolProp import PropsSI

    shape = np.shape(temp_degc)
    flat = np.ravel(np.asarray(temp_degc, dtype=float))
    found = np.full(flat.shape, np.nan)
    usable = np.isfinite(flat)
    if fluid.kind is FluidKind.WATER:
        usable &= (flat > _WATER_DEGC[0]) & (flat < _WATER_DEGC[1])
    if usable.any():
        kelvin, pressure = flat[usable] + KELVIN, fluid.pressure_bar * _PA_PER_BAR
        try:
            values = PropsSI(name, "T", kelvin, "P", np.full(kelvin.shape, pressure), _name(fluid))
        except ValueError:
            # CoolProp raises when not one of the temperatures has a value: all are frozen.
            values = np.full(kelvin.shape, np.nan)
        found[usable] = np.where(np.isfinite(values), values, np.nan)
    return found.reshape(shape)


def _name(fluid: Fluid) -> str:
    match fluid.kind:
        case FluidKind.WATER:
            return "IF97::Water"
        case FluidKind.ETHYLENE_GLYCOL:
            return f"INCOMP::MEG[{fluid.glycol_ratio}]"
        case FluidKind.PROPYLENE_GLYCOL:
            return f"INCOMP::MPG[{fluid.glycol_ratio}]"
