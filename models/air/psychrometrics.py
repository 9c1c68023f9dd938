"""Moist air: saturation, humidity, dew point and wet bulb, vectorised.

ASHRAE Handbook, Fundamentals (2017), chapter 1. Pressures in Pa, humidity ratio in kg of water for
each kg of dry air.
"""

import numpy as np

from models.readings import FloatArray

STANDARD_PRESSURE_PA = 101_325.0
_KELVIN = 273.15
_MASS_RATIO = 0.621945
_TRIPLE_POINT_DEGC = 0.01
_RANGE_DEGC = (-100.0, 200.0)

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
    """Pressure of saturated vapour, over ice below the triple point and over water above it.

    Parameters
    ----------
    temp_degc : float array, any shape
        -100 to 200 degC; NaN outside. [degC]

    Returns
    -------
    float array, same shape
        Pressure. [Pa]

    Examples
    --------
    The chapter's table 3: 2.3392 kPa at 20 degC.

    >>> saturation_pressure_pa(np.array([20.0])).round(0).tolist()
    [2339.0]
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
    temp_degc: FloatArray, relative_humidity: FloatArray, pressure_pa: float = STANDARD_PRESSURE_PA
) -> FloatArray:
    """Water carried by each kg of dry air.

    Parameters
    ----------
    relative_humidity : float array
        0 to 1; NaN outside. [-]

    Examples
    --------
    Half-saturated air at 25 degC:

    >>> humidity_ratio_kg_per_kg(np.array([25.0]), np.array([0.5])).round(5).tolist()
    [0.00988]
    """
    valid = (relative_humidity >= 0.0) & (relative_humidity <= 1.0)
    vapour = np.where(valid, relative_humidity, np.nan) * saturation_pressure_pa(temp_degc)
    return np.asarray(_MASS_RATIO * vapour / (pressure_pa - vapour))


def dew_point_degc(temp_degc: FloatArray, relative_humidity: FloatArray) -> FloatArray:
    """Temperature at which the air would be saturated. [degC]

    NaN for dry air. By bisection on the saturation pressure, so that both are consistent.

    Examples
    --------
    >>> dew_point_degc(np.array([25.0]), np.array([0.5])).round(2).tolist()
    [13.86]
    """
    temp, humidity = np.broadcast_arrays(
        np.asarray(temp_degc, dtype=float), np.asarray(relative_humidity, dtype=float)
    )
    valid = (humidity > 1e-4) & (humidity <= 1.0) & np.isfinite(temp)
    target = np.where(valid, humidity, 0.5) * saturation_pressure_pa(np.where(valid, temp, 20.0))
    low = np.full(temp.shape, _RANGE_DEGC[0])
    high = np.where(valid, temp, 20.0)
    for _ in range(50):
        middle = 0.5 * (low + high)
        above = saturation_pressure_pa(middle) > target
        high, low = np.where(above, middle, high), np.where(above, low, middle)
    return np.asarray(np.where(valid, 0.5 * (low + high), np.nan))


def wet_bulb_degc(
    temp_degc: FloatArray, relative_humidity: FloatArray, pressure_pa: float = STANDARD_PRESSURE_PA
) -> FloatArray:
    """Thermodynamic wet bulb: the lowest temperature that evaporating water can reach.

    Parameters
    ----------
    temp_degc, relative_humidity : float array, shape (n,)
        Dry bulb [degC] and humidity, 0 to 1 [-].
    pressure_pa : float
        Air pressure. [Pa]

    Returns
    -------
    float array, shape (n,)
        Wet bulb [degC]; NaN where an input is missing or impossible.

    Notes
    -----
    Equations 33 (above freezing) and 35 (below) of the chapter, solved by bisection between dew
    point and dry bulb. Within a kelvin of 0 degC water and ice both solve them; the wick is taken
    as water from 0 degC on, as ice below.

    Examples
    --------
    30 degC and 40 %:

    >>> wet_bulb_degc(np.array([30.0]), np.array([0.4])).round(1).tolist()
    [20.1]
    """
    temp, humidity = np.broadcast_arrays(
        np.asarray(temp_degc, dtype=float), np.asarray(relative_humidity, dtype=float)
    )
    carried = humidity_ratio_kg_per_kg(temp, humidity, pressure_pa)
    valid = np.isfinite(carried)
    low = np.where(valid, dew_point_degc(temp, np.maximum(humidity, 2e-4)), 0.0)
    high = np.where(valid, temp, 1.0)
    for _ in range(45):
        middle = 0.5 * (low + high)
        wetter = _humidity_at_wet_bulb(temp, middle, pressure_pa) > carried
        high, low = np.where(wetter, middle, high), np.where(wetter, low, middle)
    return np.asarray(np.where(valid, 0.5 * (low + high), np.nan))


def _humidity_at_wet_bulb(temp: FloatArray, wet: FloatArray, pressure_pa: float) -> FloatArray:
    saturated = humidity_ratio_kg_per_kg(wet, np.ones(wet.shape), pressure_pa)
    over_water = ((2501.0 - 2.326 * wet) * saturated - 1.006 * (temp - wet)) / (
        2501.0 + 1.86 * temp - 4.186 * wet
    )
    over_ice = ((2830.0 - 0.24 * wet) * saturated - 1.006 * (temp - wet)) / (
        2830.0 + 1.86 * temp - 2.1 * wet
    )
    return np.asarray(np.where(wet >= 0.0, over_water, over_ice))
