"""Heat pumps: COP, how near it is to Carnot, and on which side of the boundary they stand."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from models.heat.fluids import KELVIN
from models.readings import FloatArray


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
        COP [-], NaN while the machine stands still or something is unknown. Its mean over time is
        no seasonal factor: that is the ratio of sums (:mod:`models.kpi.seasonal_factor`).

    Examples
    --------
    >>> cop_ratio(np.array([120.0, 3.0]), np.array([30.0, 0.2]), 1.0).tolist()
    [4.0, nan]
    """
    if not least_power_kw > 0.0:
        msg = f"least_power_kw must be above 0, got {least_power_kw}"
        raise ValueError(msg)
    running = power_kw >= least_power_kw
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
        T_sink / (T_sink - T_source) in kelvin [-]; NaN when the sink is not warmer.

    Examples
    --------
    Cengel and Boles, Thermodynamics, heat pump between 21 and -5 degC (Carnot):

    >>> carnot_cop_ratio(np.array([21.0]), np.array([-5.0])).round(1).tolist()
    [11.3]
    """
    lift_k = sink_temp_degc - source_temp_degc
    lifting = lift_k > 0.0
    return np.asarray(
        np.where(lifting, (sink_temp_degc + KELVIN) / np.where(lifting, lift_k, 1.0), np.nan)
    )


def carnot_fraction_ratio(
    cop: FloatArray, sink_temp_degc: FloatArray, source_temp_degc: FloatArray
) -> FloatArray:
    """COP over the Carnot COP: what the machine makes of its temperatures. [-]

    Values above 1 cannot be: a sensor or meter is wrong, and the value is NaN.

    Examples
    --------
    >>> carnot_fraction_ratio(np.array([4.0]), np.array([65.0]), np.array([20.0])).round(3).tolist()
    [0.532]
    """
    fraction = cop / carnot_cop_ratio(sink_temp_degc, source_temp_degc)
    return np.asarray(np.where(fraction <= 1.0, fraction, np.nan))


class BoundarySide(StrEnum):
    """On which side of the data centre's boundary the heat pump stands."""

    INSIDE = "inside"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatPumpAccount:
    """Energies of a window, and what each side of the boundary makes of them.

    Inside: E_REUSE is the heat delivered, and the electricity is part of E_DC. Outside: E_REUSE
    is the heat taken at the source, and the electricity is another's. Derived from the measuring
    point of (EU) 2024/1364, Annex II: where the energy is handed over.
    """

    source_kwh: float
    delivered_kwh: float
    electricity_kwh: float
    side: BoundarySide

    @property
    def reused_kwh(self) -> float:
        """What counts as E_REUSE."""
        return self.delivered_kwh if self.side is BoundarySide.INSIDE else self.source_kwh

    @property
    def electricity_in_facility_kwh(self) -> float:
        """What of its electricity counts in E_DC."""
        return self.electricity_kwh if self.side is BoundarySide.INSIDE else 0.0

    @property
    def imbalance_kwh(self) -> float:
        """Heat given that neither source nor electricity explains; negative is a loss."""
        return self.delivered_kwh - self.source_kwh - self.electricity_kwh


def erf_of_side(account: HeatPumpAccount, other_energy_kwh: float) -> float:
    """ERF with the heat pump on its side. [-]

    Parameters
    ----------
    other_energy_kwh : float
        E_DC without the heat pump. [kWh]

    Examples
    --------
    300 kWh of source raised with 100 kWh beside 1000 kWh of data centre: 0.364 inside, 0.3 out.

    >>> def account(side):
    ...     return HeatPumpAccount(
    ...         source_kwh=300.0, delivered_kwh=400.0, electricity_kwh=100.0, side=side
    ...     )
    >>> [round(erf_of_side(account(side), 1000.0), 3) for side in BoundarySide]
    [0.364, 0.3]
    """
    if other_energy_kwh <= 0.0:
        msg = f"other_energy_kwh must be above 0, got {other_energy_kwh}"
        raise ValueError(msg)
    return account.reused_kwh / (other_energy_kwh + account.electricity_in_facility_kwh)
