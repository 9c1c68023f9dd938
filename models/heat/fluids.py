"""Properties of the heat carriers, from CoolProp: IAPWS-IF97 water and water-glycol mixtures."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from threading import Lock
from typing import Any, Final, cast

import numpy as np

from models.readings import FloatArray

KELVIN = 273.15
_J_PER_KJ = 1e3
_PA_PER_BAR = 1e5
# Range of the data behind CoolProp's mixtures. [mass fraction]
_MAX_GLYCOL_RATIO = 0.6
# Circuits of buildings; a pressure in kPa or Pa falls outside. [bar]
_PRESSURE_BAR = (0.5, 100.0)
_CORE: Final = "CoolProp.CoolProp"
_LOADING: Final = Lock()


class FluidKind(StrEnum):
    """What flows in a circuit."""

    WATER = "water"
    ETHYLENE_GLYCOL = "ethylene_glycol"
    PROPYLENE_GLYCOL = "propylene_glycol"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fluid:
    """A heat carrier: water, or water with glycol.

    ``glycol_ratio`` is the mass of glycol over that of the mixture. Trade tables often go by
    volume: 30 % of ethylene glycol by volume are about 32 % by mass. ``pressure_bar`` is absolute
    and matters little, except for where water boils.
    """

    kind: FluidKind = FluidKind.WATER
    glycol_ratio: float = 0.0
    pressure_bar: float = 16.0

    def __post_init__(self) -> None:
        """Refuse mixtures and pressures without data."""
        pure = self.kind is FluidKind.WATER
        if pure and self.glycol_ratio != 0.0:
            msg = f"water has no glycol_ratio, got {self.glycol_ratio}; name the glycol as kind"
            raise ValueError(msg)
        if not pure and not 0.0 < self.glycol_ratio <= _MAX_GLYCOL_RATIO:
            msg = (
                f"glycol_ratio must be above 0 and at most {_MAX_GLYCOL_RATIO}, "
                f"got {self.glycol_ratio}: give a mass fraction, or the kind water"
            )
            raise ValueError(msg)
        low, high = _PRESSURE_BAR
        if not low <= self.pressure_bar <= high:
            msg = f"pressure_bar must lie between {low} and {high}, got {self.pressure_bar}"
            raise ValueError(msg)


WATER = Fluid()


def density_kg_per_m3(temp_degc: FloatArray, fluid: Fluid = WATER) -> FloatArray:
    """Density of the liquid.

    Parameters
    ----------
    temp_degc : float array, any shape
        Temperature. [degC]
    fluid : Fluid
        The heat carrier.

    Returns
    -------
    float array, same shape
        Density; NaN where the temperature is NaN or outside :func:`liquid_range_degc`. [kg/m3]

    Notes
    -----
    Water: IAPWS-IF97, region 1 (IAPWS R7-97(2012)). Mixtures: the correlations of Melinder
    (Properties of secondary working fluids, IIR, 2010) that CoolProp names MEG and MPG, without
    inhibitors: two trade tables of inhibited products are denser by 0.4 to 0.8 %, with heat
    capacities that agree within 0.3 %.

    Examples
    --------
    Steam tables have 998.2 kg/m3 at 20 degC and one atmosphere; 16 bar add 0.7.

    >>> density_kg_per_m3(np.array([20.0, 60.0])).round(1).tolist()
    [998.9, 983.9]
    """
    return _property("D", temp_degc, fluid)


def enthalpy_kj_per_kg(temp_degc: FloatArray, fluid: Fluid = WATER) -> FloatArray:
    """Specific enthalpy of the liquid; only differences of one fluid mean anything.

    Parameters
    ----------
    temp_degc : float array, any shape
        Temperature. [degC]
    fluid : Fluid
        The heat carrier.

    Returns
    -------
    float array, same shape
        Enthalpy; NaN where the temperature is NaN or outside :func:`liquid_range_degc`. [kJ/kg]

    Notes
    -----
    Sources as for :func:`density_kg_per_m3`.

    Examples
    --------
    From 30 to 60 degC water takes up 251.18 - 125.74 = 125.4 kJ/kg in tables of saturated water,
    and a little less under pressure:

    >>> cold, hot = enthalpy_kj_per_kg(np.array([30.0, 60.0]))
    >>> round(float(hot - cold), 1)
    125.3
    """
    return _property("H", temp_degc, fluid) / _J_PER_KJ


def heat_capacity_kj_per_kg_k(temp_degc: FloatArray, fluid: Fluid = WATER) -> FloatArray:
    """Specific heat capacity of the liquid at constant pressure.

    Parameters
    ----------
    temp_degc : float array, any shape
        Temperature. [degC]
    fluid : Fluid
        The heat carrier.

    Returns
    -------
    float array, same shape
        Heat capacity; NaN where the temperature is NaN or outside :func:`liquid_range_degc`.
        [kJ/(kg K)]

    Notes
    -----
    Sources as for :func:`density_kg_per_m3`.

    Examples
    --------
    The verification value of IAPWS-IF97, table 5, at 300 K and 3 MPa is 4.17301218:

    >>> heat_capacity_kj_per_kg_k(np.array([26.85]), Fluid(pressure_bar=30.0)).round(8).tolist()
    [4.17301218]
    """
    return _property("C", temp_degc, fluid) / _J_PER_KJ


@lru_cache(maxsize=64)
def liquid_range_degc(fluid: Fluid) -> tuple[float, float]:
    """Between which temperatures the properties of a liquid are known.

    Parameters
    ----------
    fluid : Fluid
        The heat carrier.

    Returns
    -------
    tuple of float
        Water: from 0 degC to where it boils at its pressure. Mixtures: from where ice appears to
        the 100 degC where their data end; boiling at low pressure is not looked at. [degC]

    Examples
    --------
    Water of one atmosphere boils at 99.97 degC (steam tables):

    >>> round(liquid_range_degc(Fluid(pressure_bar=1.01325))[1], 2)
    99.97
    """
    prop = _coolprop()
    name, pressure = _name(fluid), fluid.pressure_bar * _PA_PER_BAR
    if fluid.kind is FluidKind.WATER:
        return 0.0, float(prop("T", "P", pressure, "Q", 0.0, name)) - KELVIN
    # Limits of a mixture do not depend on the state, but CoolProp asks for one.
    low, high = (float(prop(of, "T", 300.0, "P", pressure, name)) for of in ("T_FREEZE", "TMAX"))
    return low - KELVIN, high - KELVIN


def _property(name: str, temp_degc: FloatArray, fluid: Fluid) -> FloatArray:
    shape = np.shape(temp_degc)
    flat = np.ravel(np.asarray(temp_degc, dtype=float))
    found = np.full(flat.shape, np.nan)
    low, high = liquid_range_degc(fluid)
    # Above boiling IF97 would answer with steam. NaN compares false.
    usable = (flat >= low) & (flat < high)
    if usable.any():
        kelvin = flat[usable] + KELVIN
        pressure = np.full(kelvin.shape, fluid.pressure_bar * _PA_PER_BAR)
        values = np.asarray(_coolprop()(name, "T", kelvin, "P", pressure, _name(fluid)))
        found[usable] = np.where(np.isfinite(values), values, np.nan)
    return found.reshape(shape)


def _coolprop() -> Callable[..., Any]:
    """Its ``PropsSI``, from the compiled module alone, which cannot be loaded twice.

    The package around it reads the equations of 120 refrigerants when it is imported: two seconds
    in which no other thread of the process moves. Water of IF97 and mixtures are not among them.
    """
    with _LOADING:
        if _CORE not in sys.modules:
            package = find_spec(_CORE.partition(".")[0])
            places = None if package is None else package.submodule_search_locations
            core = PathFinder.find_spec(_CORE, places)
            if core is None or core.loader is None:
                raise ModuleNotFoundError(name=_CORE)
            module = module_from_spec(core)
            core.loader.exec_module(module)
            # Whoever imports the package later gets this one.
            sys.modules[_CORE] = module
    return cast("Callable[..., Any]", sys.modules[_CORE].PropsSI)


def _name(fluid: Fluid) -> str:
    match fluid.kind:
        case FluidKind.WATER:
            return "IF97::Water"
        case FluidKind.ETHYLENE_GLYCOL:
            return f"INCOMP::MEG[{fluid.glycol_ratio}]"
        case FluidKind.PROPYLENE_GLYCOL:
            return f"INCOMP::MPG[{fluid.glycol_ratio}]"
