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
        k = rho(sensor's pipe) (h_supply - h_return) / (T_supply - T_return), its limit rho cp
        where the two are equal; NaN where one is unknown or not liquid. [kWh/(m3.K)]

    Notes
    -----
    EN 1434-1, Annex A, defines k by the enthalpies of water at 16 bar (background knowledge:
    standard not read). The formula follows from the energy balance of an open pipe: the mass that
    passes is the volume times the density where the volume is counted.

    Examples
    --------
    60 degC supply and 40 degC return, sensor in the return pipe. Steam tables give
    (251.18 - 167.53) kJ/kg / 0.001008 m3/kg / 20 K / 3600 = 1.153 at saturation.

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
    pipe : FlowSensorPipe
        Where the volume is counted.
    fluid : Fluid
        The heat carrier.

    Returns
    -------
    float array, shape (n,)
        Heat, negative when it flowed to the source; NaN where something needed is unknown. [kWh]

    Notes
    -----
    EN 1434-1: Q is the integral of k (T_supply - T_return) dV. Means over a step stand for the
    integral as far as flow and difference do not vary together inside it.

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


def wrong_fluid_ratio(
    supply_temp_degc: float,
    return_temp_degc: float,
    pipe: FlowSensorPipe,
    *,
    meter_fluid: Fluid = WATER,
    true_fluid: Fluid = WATER,
) -> float:
    """What a meter configured for one fluid shows over the true heat of another.

    Parameters
    ----------
    supply_temp_degc, return_temp_degc : float
        Working point. [degC]
    pipe : FlowSensorPipe
        Where the flow is measured.
    meter_fluid, true_fluid : Fluid
        What the calculator takes k from, and what flows.

    Returns
    -------
    float
        Ratio of the two heat coefficients; NaN where one of them is unknown. What viscosity does
        to the flow sensor is not in it. [-]

    Notes
    -----
    Follows from the definition of k: volume and temperatures are the same. EN 1434 covers water
    only (background knowledge: standard not read).

    Examples
    --------
    Water-configured in 30 % propylene glycol at 40/30 degC, by the trade table of an Airedale
    manual: 995.6 x 4.18 / (1023.6 x 3.89) = 1.045.

    >>> from models.heat.fluids import FluidKind
    >>> mixture = Fluid(kind=FluidKind.PROPYLENE_GLYCOL, glycol_ratio=0.30, pressure_bar=3.0)
    >>> pipe = FlowSensorPipe.RETURN
    >>> round(wrong_fluid_ratio(40.0, 30.0, pipe, true_fluid=mixture), 2)
    1.05
    """
    supply, back = np.array([supply_temp_degc]), np.array([return_temp_degc])
    shown = heat_coefficient_kwh_per_m3_k(supply, back, pipe, meter_fluid)
    true = heat_coefficient_kwh_per_m3_k(supply, back, pipe, true_fluid)
    return float((shown / true)[0])


def wrong_pipe_ratio(
    supply_temp_degc: float,
    return_temp_degc: float,
    configured: FlowSensorPipe = FlowSensorPipe.RETURN,
    fluid: Fluid = WATER,
) -> float:
    """What a meter shows over the true heat when its flow sensor sits in the other pipe.

    Parameters
    ----------
    supply_temp_degc, return_temp_degc : float
        Working point. [degC]
    configured : FlowSensorPipe
        The pipe the calculator takes the density from; the sensor sits in the other one.
    fluid : Fluid
        The heat carrier.

    Returns
    -------
    float
        Ratio of the densities in the two pipes. [-]

    Notes
    -----
    Follows from the definition of k: the enthalpies are the same, the density is not.

    Examples
    --------
    Configured for the return pipe, 30 K of difference make more than one percent too much; steam
    tables have 0.001023 and 0.001008 m3/kg, a ratio of 1.015:

    >>> round(wrong_pipe_ratio(70.0, 40.0), 4)
    1.0148
    """
    at_supply, at_return = density_kg_per_m3(np.array([supply_temp_degc, return_temp_degc]), fluid)
    ratio = float(at_return / at_supply)
    return ratio if configured is FlowSensorPipe.RETURN else 1.0 / ratio
