"""Heat pumps: COP, and how near it is to Carnot."""

import numpy as np

from models.readings import FloatArray

_KELVIN = 273.15
# Below it a machine of a site stands still: its pumps and electronics alone.
STANDING_BELOW_KW = 1.0


def cop_ratio(heat_kw: FloatArray, power_kw: FloatArray, least_power_kw: float) -> FloatArray:
    """Heat given over electricity used, at each moment.

    Parameters
    ----------
    heat_kw, power_kw : float array, shape (n,)
        Heat at the warm side and electricity of the machine. [kW]
    least_power_kw : float
        Below it the machine stands still and has no COP; above 0. [kW]

    Returns
    -------
    float array, shape (n,)
        COP [-], NaN while the machine stands still, draws heat back (defrost), or something is
        unknown. Its mean over time is no seasonal factor: that is the ratio of sums
        (:mod:`models.kpi.seasonal_factor`).

    Raises
    ------
    ValueError
        When ``least_power_kw`` is not above 0.

    Examples
    --------
    >>> cop_ratio(np.array([120.0, 3.0]), np.array([30.0, 0.2]), 1.0).tolist()
    [4.0, nan]
    """
    if not least_power_kw > 0.0:
        msg = f"least_power_kw must be above 0, got {least_power_kw}"
        raise ValueError(msg)
    running = (power_kw >= least_power_kw) & (heat_kw >= 0.0)
    return np.asarray(np.where(running, heat_kw / np.where(running, power_kw, 1.0), np.nan))


def carnot_cop_ratio(sink_temp_degc: FloatArray, source_temp_degc: FloatArray) -> FloatArray:
    """The best COP that any heat pump could have between two temperatures.

    Parameters
    ----------
    sink_temp_degc, source_temp_degc : float array, shape (n,)
        Say which: between the waters that leave the machine the limit is lower than between the
        refrigerant's own temperatures. [degC]

    Returns
    -------
    float array, shape (n,)
        T_sink / (T_sink - T_source) in kelvin [-]; NaN when the sink is not warmer, or below
        absolute zero.

    Examples
    --------
    Cengel and Boles, Thermodynamics, problem 6-97 (8th edition): 25 and 4 degC make 14.19.

    >>> carnot_cop_ratio(np.array([25.0]), np.array([4.0])).round(1).tolist()
    [14.2]
    """
    lift_k = sink_temp_degc - source_temp_degc
    lifting = (lift_k > 0.0) & (source_temp_degc > -_KELVIN)
    return np.asarray(
        np.where(lifting, (sink_temp_degc + _KELVIN) / np.where(lifting, lift_k, 1.0), np.nan)
    )


def carnot_fraction_ratio(
    cop: FloatArray, sink_temp_degc: FloatArray, source_temp_degc: FloatArray
) -> FloatArray:
    """COP over the Carnot COP: what the machine makes of its temperatures (second-law efficiency).

    Parameters
    ----------
    cop : float array, shape (n,)
        COP. [-]
    sink_temp_degc, source_temp_degc : float array, shape (n,)
        As for :func:`carnot_cop_ratio`. [degC]

    Returns
    -------
    float array, shape (n,)
        Fraction [-]. Values above 1 cannot be: a sensor or meter is wrong, and the value is NaN.

    Examples
    --------
    >>> carnot_fraction_ratio(np.array([4.0]), np.array([65.0]), np.array([20.0])).round(3).tolist()
    [0.532]
    """
    fraction = cop / carnot_cop_ratio(sink_temp_degc, source_temp_degc)
    return np.asarray(np.where(fraction <= 1.0, fraction, np.nan))
