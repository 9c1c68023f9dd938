"""Moist air: saturation, humidity, dew point, wet bulb and enthalpy, vectorised.

ASHRAE Handbook, Fundamentals (2017), chapter 1 (known second-hand, through PsychroLib and its
published check values). Pressures in Pa, humidity ratio in kg of water for each kg of dry air.
Every function broadcasts its arguments; what is missing or impossible in the data gives NaN.
"""

import numpy as np

from models.readings import FloatArray

STANDARD_PRESSURE_PA = 101_325.0
_KELVIN = 273.15
_MASS_RATIO = 0.621945
_TRIPLE_POINT_DEGC = 0.01
_RANGE_DEGC = (-100.0, 200.0)
# Below it a hygrometer says nothing, and the dew point runs away.
_LEAST_HUMIDITY = 1e-4
# 300 K halved so often is 1e-11 K.
_HALVINGS = 45

# Hyland and Wexler, as equations 5 and 6 of the chapter: over ice, over water.
_ICE = (
    -5.6745359e3,
    6.3925247,
    -9.677843e-3,
    6.2215701e-7,
    2.0747825e-9,
    -9.484024e-13,
    4.1635019,
)
_WATER = (-5.8002206e3, 1.3914993, -4.8640239e-2, 4.1764768e-5, -1.4452093e-8, 6.5459673)


def saturation_pressure_pa(temp_degc: FloatArray) -> FloatArray:
    """Pressure of saturated vapour, over ice up to the triple point and over water above it.

    Parameters
    ----------
    temp_degc : float array, any shape
        -100 to 200 degC; NaN outside. [degC]

    Returns
    -------
    float array, same shape
        Pressure. [Pa]

    Notes
    -----
    Hyland and Wexler, equations 5 (ice) and 6 (water) of the chapter. The branch changes at the
    triple point, 0.01 degC, where both meet within 0.0001 %. Supercooled water is not considered:
    below it the dew point is a frost point.

    Examples
    --------
    The chapter's table 3: 3169.7 Pa at 25 degC.

    >>> saturation_pressure_pa(np.array([25.0])).round(0).tolist()
    [3169.0]
    """
    temp = np.asarray(temp_degc, dtype=float)
    inside = (temp >= _RANGE_DEGC[0]) & (temp <= _RANGE_DEGC[1])
    t = np.where(inside, temp, 20.0) + _KELVIN
    a, b, c, d, e, f, g = _ICE
    over_ice = a / t + b + c * t + d * t**2 + e * t**3 + f * t**4 + g * np.log(t)
    a, b, c, d, e, g = _WATER
    over_water = a / t + b + c * t + d * t**2 + e * t**3 + g * np.log(t)
    pressure = np.exp(np.where(temp <= _TRIPLE_POINT_DEGC, over_ice, over_water))
    return np.asarray(np.where(inside, pressure, np.nan))


def humidity_ratio_kg_per_kg(
    temp_degc: FloatArray,
    relative_humidity: FloatArray,
    pressure_pa: FloatArray | float = STANDARD_PRESSURE_PA,
) -> FloatArray:
    """Water carried by each kg of dry air.

    Parameters
    ----------
    temp_degc : float array, shape (n,)
        Dry bulb. [degC]
    relative_humidity : float array, shape (n,)
        0 to 1; NaN outside. [-]
    pressure_pa : float or float array, shape (n,)
        Air pressure. [Pa]

    Returns
    -------
    float array, shape (n,)
        Humidity ratio [kg/kg]; NaN where the vapour alone would reach the pressure (boiling).

    Notes
    -----
    Equation 20 of the chapter, without the enhancement factor (real air holds 0.5 % more).

    Examples
    --------
    Half-saturated air at 25 degC:

    >>> humidity_ratio_kg_per_kg(np.array([25.0]), np.array([0.5])).round(5).tolist()
    [0.00988]
    """
    humidity = np.asarray(relative_humidity, dtype=float)
    valid = (humidity >= 0.0) & (humidity <= 1.0)
    vapour = np.where(valid, humidity, np.nan) * saturation_pressure_pa(temp_degc)
    dry = pressure_pa - vapour
    boiling = ~(dry > 0.0)
    return np.asarray(np.where(boiling, np.nan, _MASS_RATIO * vapour / np.where(boiling, 1.0, dry)))


def moist_air_enthalpy_kj_per_kg(temp_degc: FloatArray, humidity_ratio: FloatArray) -> FloatArray:
    """Enthalpy of moist air for each kg of its dry air, from 0 degC and liquid water.

    Parameters
    ----------
    temp_degc : float array, shape (n,)
        Dry bulb. [degC]
    humidity_ratio : float array, shape (n,)
        Not negative; NaN below 0. [kg/kg]

    Returns
    -------
    float array, shape (n,)
        Enthalpy. [kJ/kg of dry air]

    Notes
    -----
    Equation 30 of the chapter: 1.006 T + W (2501 + 1.86 T). Pressure enters through W only.

    Examples
    --------
    30 degC with 20 g/kg: 81.316 kJ/kg, as in PsychroLib's own check values.

    >>> moist_air_enthalpy_kj_per_kg(np.array([30.0]), np.array([0.02])).round(3).tolist()
    [81.316]
    """
    carried = np.where(np.asarray(humidity_ratio) >= 0.0, humidity_ratio, np.nan)
    return np.asarray(1.006 * temp_degc + carried * (2501.0 + 1.86 * temp_degc))


def dew_point_degc(temp_degc: FloatArray, relative_humidity: FloatArray) -> FloatArray:
    """Temperature at which the air would be saturated; over ice a frost point.

    Parameters
    ----------
    temp_degc : float array, shape (n,)
        Dry bulb. [degC]
    relative_humidity : float array, shape (n,)
        0.0001 to 1; NaN outside. [-]

    Returns
    -------
    float array, shape (n,)
        Dew point [degC]; NaN for dry air, and where it would lie below -100 degC.

    Notes
    -----
    By bisection on :func:`saturation_pressure_pa`, so that both are consistent (the chapter's
    own explicit formulas are fits to it). Independent of the pressure.

    Examples
    --------
    >>> dew_point_degc(np.array([25.0]), np.array([0.5])).round(2).tolist()
    [13.86]
    """
    temp, humidity = np.broadcast_arrays(
        np.asarray(temp_degc, dtype=float), np.asarray(relative_humidity, dtype=float)
    )
    target = humidity * saturation_pressure_pa(temp)
    floor_pa = float(saturation_pressure_pa(np.array(_RANGE_DEGC[0])))
    valid = (humidity >= _LEAST_HUMIDITY) & (humidity <= 1.0) & (target >= floor_pa)
    low = np.full(temp.shape, _RANGE_DEGC[0])
    high = np.where(valid, temp, 20.0)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        above = saturation_pressure_pa(middle) > target
        high, low = np.where(above, middle, high), np.where(above, low, middle)
    return np.asarray(np.where(valid, 0.5 * (low + high), np.nan))


def wet_bulb_degc(
    temp_degc: FloatArray,
    relative_humidity: FloatArray,
    pressure_pa: FloatArray | float = STANDARD_PRESSURE_PA,
) -> FloatArray:
    """Thermodynamic wet bulb: the lowest temperature that evaporating water can reach.

    Parameters
    ----------
    temp_degc, relative_humidity : float array, shape (n,)
        Dry bulb [degC] and humidity, 0 to 1 [-].
    pressure_pa : float or float array, shape (n,)
        Air pressure. [Pa]

    Returns
    -------
    float array, shape (n,)
        Wet bulb [degC]; NaN where an input is missing or impossible.

    Notes
    -----
    Equations 33 (over water) and 35 (over ice) of the chapter, by bisection. Close below and
    above 0 degC both have a root for the same air, so the branch needs a rule: the wick is wet
    wherever the equation over water has a root at or above 0 degC, and frozen otherwise. Both
    branches rise with humidity and the change between them does too, so the result is monotone.

    Examples
    --------
    30 degC and 40 %:

    >>> wet_bulb_degc(np.array([30.0]), np.array([0.4])).round(1).tolist()
    [20.1]
    """
    temp, humidity, pressure = np.broadcast_arrays(
        np.asarray(temp_degc, dtype=float),
        np.asarray(relative_humidity, dtype=float),
        np.asarray(pressure_pa, dtype=float),
    )
    carried = humidity_ratio_kg_per_kg(temp, humidity, pressure)
    valid = np.isfinite(carried)
    dry_bulb = np.where(valid, temp, 20.0)
    pressure = np.where(valid, pressure, STANDARD_PRESSURE_PA)
    freezing = np.zeros(temp.shape)
    at_freezing = _humidity_at_wet_bulb(dry_bulb, freezing, pressure, freezing == 0.0)
    wet = (dry_bulb >= 0.0) & (carried >= at_freezing)
    low = np.where(wet, 0.0, _RANGE_DEGC[0])
    high = np.where(wet, dry_bulb, np.minimum(dry_bulb, 0.0))
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        wetter = _humidity_at_wet_bulb(dry_bulb, middle, pressure, wet) > carried
        high, low = np.where(wetter, middle, high), np.where(wetter, low, middle)
    return np.asarray(np.where(valid, 0.5 * (low + high), np.nan))


def _humidity_at_wet_bulb(
    temp: FloatArray,
    wet_bulb: FloatArray,
    pressure_pa: FloatArray,
    over_water: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
) -> FloatArray:
    """Humidity ratio of air whose wet bulb is given; infinite where the wick would boil."""
    saturated = humidity_ratio_kg_per_kg(wet_bulb, np.ones(wet_bulb.shape), pressure_pa)
    saturated = np.where(np.isnan(saturated), np.inf, saturated)
    depression = 1.006 * (temp - wet_bulb)
    water = ((2501.0 - 2.326 * wet_bulb) * saturated - depression) / (
        2501.0 + 1.86 * temp - 4.186 * wet_bulb
    )
    ice = ((2830.0 - 0.24 * wet_bulb) * saturated - depression) / (
        2830.0 + 1.86 * temp - 2.1 * wet_bulb
    )
    return np.asarray(np.where(over_water, water, ice))
