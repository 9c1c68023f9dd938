"""The heat coefficient k of EN 1434: heat for each m3 that passes and each kelvin it loses."""

from enum import StrEnum

import numpy as np

from models.heat.fluids import WATER, Fluid, density_kg_per_m3, enthalpy_kj_per_kg
from models.readings import FloatArray

_KJ_PER_KWH = 3600.0
# Below this difference the quotient is taken at the mean temperature, where its limit lies.
_LEAST_DIFFERENCE_K = 1e-3


class FlowSensorPipe(StrEnum):
    """Which pipe the flow sensor sits in: the volume is that of the water at that temperature."""

    SUPPLY = "supply"
    RETURN = "return"


def heat_coefficient_kwh_per_m3_k(
    supply_temp_degc: FloatArray,
    return_temp_degc: FloatArray,
    pipe: FlowSensorPipe,
    fluid: Fluid = WATER,
) -> FloatArray:
    """Heat per volume and temperature difference.

    Parameters
    ----------
    supply_temp_degc, return_temp_degc : float array, shape (n,)
        Temperatures of the two pipes; supply is the warmer one when heat is given. [degC]
    pipe : FlowSensorPipe
        Where the flow is measured.
    fluid : Fluid
        The heat carrier; EN 1434 knows water only, at 16 bar.

    Returns
    -------
    float array, shape (n,)
        k = rho(sensor's pipe) (h_supply - h_return) / (T_supply - T_return). [kWh/(m3.K)]

    Notes
    -----
    EN 1434-1, Annex A, defines k by the enthalpies of water at 16 bar (background knowledge:
    standard not read). The formula follows from the energy balance of an open pipe.

    Examples
    --------
    60 degC supply and 40 degC return, sensor in the return pipe:

    >>> supply, back = np.array([60.0]), np.array([40.0])
    >>> heat_coefficient_kwh_per_m3_k(supply, back, FlowSensorPipe.RETURN).round(4).tolist()
    [1.1519]
    """
    supply, back = np.broadcast_arrays(supply_temp_degc, return_temp_degc)
    difference = supply - back
    small = np.abs(difference) < _LEAST_DIFFERENCE_K
    middle = 0.5 * (supply + back)
    hot = np.where(small, middle + _LEAST_DIFFERENCE_K, supply)
    cold = np.where(small, middle - _LEAST_DIFFERENCE_K, back)
    at_sensor = supply if pipe is FlowSensorPipe.SUPPLY else back
    taken = (enthalpy_kj_per_kg(hot, fluid) - enthalpy_kj_per_kg(cold, fluid)) / (hot - cold)
    return np.asarray(density_kg_per_m3(np.asarray(at_sensor), fluid) * taken / _KJ_PER_KWH)


def heat_from_volume_kwh(
    volume_m3: FloatArray,
    supply_temp_degc: FloatArray,
    return_temp_degc: FloatArray,
    pipe: FlowSensorPipe,
    fluid: Fluid = WATER,
) -> FloatArray:
    """Heat of each step from its volume and mean temperatures: k V (T_supply - T_return).

    Parameters
    ----------
    volume_m3 : float array, shape (n,)
        Increment of the volume register. No flow, no heat: 0 m3 gives 0 kWh whatever the
        temperatures say, unknown ones included. [m3]
    supply_temp_degc, return_temp_degc : float array, shape (n,)
        Means over the step. [degC]

    Returns
    -------
    float array, shape (n,)
        Heat; NaN where something needed is unknown. [kWh]

    Examples
    --------
    >>> heat_from_volume_kwh(
    ...     np.array([1.0, 0.0]), np.array([60.0, np.nan]), np.array([40.0, 20.0]),
    ...     FlowSensorPipe.RETURN,
    ... ).round(2).tolist()
    [23.04, 0.0]
    """
    k = heat_coefficient_kwh_per_m3_k(supply_temp_degc, return_temp_degc, pipe, fluid)
    heat_kwh = k * volume_m3 * (supply_temp_degc - return_temp_degc)
    return np.where(volume_m3 == 0.0, 0.0, heat_kwh)


def water_meter_in_glycol_ratio(
    supply_temp_degc: float, return_temp_degc: float, pipe: FlowSensorPipe, fluid: Fluid
) -> float:
    """What a meter that reckons with water shows over the true heat of a glycol circuit. [-]

    Examples
    --------
    30 % propylene glycol at 40/30 degC: 5 % too much.

    >>> from models.heat.fluids import FluidKind
    >>> mixture = Fluid(kind=FluidKind.PROPYLENE_GLYCOL, glycol_ratio=0.30, pressure_bar=3.0)
    >>> round(water_meter_in_glycol_ratio(40.0, 30.0, FlowSensorPipe.RETURN, mixture), 2)
    1.05
    """
    supply, back = np.array([supply_temp_degc]), np.array([return_temp_degc])
    shown = heat_coefficient_kwh_per_m3_k(supply, back, pipe)
    true = heat_coefficient_kwh_per_m3_k(supply, back, pipe, fluid)
    return float((shown / true)[0])


def wrong_pipe_ratio(supply_temp_degc: float, return_temp_degc: float) -> float:
    """What a sensor in the supply pipe shows when it is configured for the return, over truth. [-]

    Examples
    --------
    30 K of difference make more than one percent:

    >>> round(wrong_pipe_ratio(70.0, 40.0), 4)
    1.0148
    """
    supply, back = np.array([supply_temp_degc]), np.array([return_temp_degc])
    shown = heat_coefficient_kwh_per_m3_k(supply, back, FlowSensorPipe.RETURN)
    true = heat_coefficient_kwh_per_m3_k(supply, back, FlowSensorPipe.SUPPLY)
    return float((shown / true)[0])
