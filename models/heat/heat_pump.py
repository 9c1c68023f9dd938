"""Heat pumps: COP, how near it is to Carnot, and on which side of the boundary they stand."""

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import FloatArray

_KELVIN = 273.15


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
        (:func:`performance_factor`).

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


def cop_u_ratio(heat_u_ratio: FloatArray, power_u_ratio: FloatArray) -> FloatArray:
    """Relative standard uncertainty of a COP or seasonal factor, from those of its two meters.

    Parameters
    ----------
    heat_u_ratio, power_u_ratio : float array, shape (n,)
        Relative standard uncertainties, independent: two meters. [-]

    Returns
    -------
    float array, shape (n,)
        Their root sum of squares [-] (JCGM 100:2008, 5.1.6).

    Examples
    --------
    >>> cop_u_ratio(np.array([0.012]), np.array([0.005])).round(6).tolist()
    [0.013]
    """
    return np.asarray(np.hypot(heat_u_ratio, power_u_ratio))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceFactor:
    """Heat over electricity of a span of time, with the sums it is made of.

    ``value_ratio`` is NaN when no electricity was used over the known steps;
    ``expanded_uncertainty_ratio`` is absolute, at k = 2.
    """

    value_ratio: float
    expanded_uncertainty_ratio: float
    heat_kwh: float
    electricity_kwh: float
    coverage_ratio: float


def performance_factor(
    heat_kwh: FloatArray,
    electricity_kwh: FloatArray,
    *,
    heat_u_ratio: float,
    electricity_u_ratio: float,
) -> PerformanceFactor:
    """Seasonal performance factor of one machine: ratio of sums, never a mean of COPs.

    Parameters
    ----------
    heat_kwh, electricity_kwh : float array, shape (n,)
        Energies of equal steps, standing ones included, NaN where unknown. A step counts when
        both are known; heat drawn back in defrost is negative and counts as such. [kWh]
    heat_u_ratio, electricity_u_ratio : float
        Relative standard uncertainties of the two meters: class errors, the same in every step,
        so that they do not average out. [-]

    Returns
    -------
    PerformanceFactor
        Over the known steps.

    Raises
    ------
    ValueError
        When the arrays differ in shape, or an uncertainty is negative or not finite.

    Notes
    -----
    The boundary is that of the meters handed in. Standby electricity belongs in it. EN 14825
    weighs test points with a reference climate, which is another figure (standard not read).

    Examples
    --------
    An hour at COP 5 and 10 kW beside one at COP 2 and 40 kW: 130 / 50, not 3.5.

    >>> factor = performance_factor(
    ...     np.array([50.0, 80.0]), np.array([10.0, 40.0]),
    ...     heat_u_ratio=0.012, electricity_u_ratio=0.005,
    ... )
    >>> factor.value_ratio, round(factor.expanded_uncertainty_ratio, 4)
    (2.6, 0.0676)
    """
    heat, electricity = np.asarray(heat_kwh), np.asarray(electricity_kwh)
    if heat.shape != electricity.shape:
        msg = f"steps of heat and electricity differ: {heat.shape} and {electricity.shape}"
        raise ValueError(msg)
    for u in (heat_u_ratio, electricity_u_ratio):
        if not (isfinite(u) and u >= 0.0):
            msg = f"an uncertainty of the heat pump must be 0 or above, got {u}"
            raise ValueError(msg)
    known = np.isfinite(heat) & np.isfinite(electricity)
    given, used = float(heat[known].sum()), float(electricity[known].sum())
    value = given / used if used > 0.0 else float("nan")
    return PerformanceFactor(
        value_ratio=value,
        expanded_uncertainty_ratio=COVERAGE_FACTOR
        * abs(value)
        * float(np.hypot(heat_u_ratio, electricity_u_ratio)),
        heat_kwh=given,
        electricity_kwh=used,
        coverage_ratio=float(np.mean(known)) if known.size else 0.0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineBalance:
    """First law of a heat pump or chiller, by step, with standard uncertainties.

    ``source_kwh`` is the heat at the cold side as the other two meters have it. ``residual_kwh``
    is warm side less cold side less electricity; ``disagrees`` where it is beyond its expanded
    uncertainty (k = 2): then a meter is wrong, or heat is lost that was not declared.
    """

    source_kwh: FloatArray
    source_u_kwh: FloatArray
    residual_kwh: FloatArray
    residual_u_kwh: FloatArray
    disagrees: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineEnergies:
    """Heat at both sides of a machine and its electricity, by step, NaN where unknown. [kWh]

    The ``u`` are absolute standard uncertainties of three independent meters. ``lost_ratio`` is
    the declared share of the electricity that leaves through the casing and not with the water.
    """

    warm_kwh: FloatArray
    cold_kwh: FloatArray
    electricity_kwh: FloatArray
    warm_u_kwh: FloatArray
    cold_u_kwh: FloatArray
    electricity_u_kwh: FloatArray
    lost_ratio: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a loss outside 0 to 1."""
        if not 0.0 <= self.lost_ratio < 1.0:
            msg = f"lost_ratio is a share of the electricity, 0 to 1, got {self.lost_ratio}"
            raise ValueError(msg)


def machine_balance(energies: MachineEnergies) -> MachineBalance:
    """Heat of the source from the balance, and what the meters of all three sides make of it.

    Parameters
    ----------
    energies : MachineEnergies
        By step, or one element with the sums of a window; shape (n,). The cold side may be NaN
        when it has no meter.

    Returns
    -------
    MachineBalance
        Q_source = Q_sink - W (1 - lost) with its uncertainty; the residual is NaN, and disagrees
        with nothing, where one of the three is unknown. [kWh]

    Notes
    -----
    First law of a machine that stores nothing: over minutes the water it holds does store, so
    take an hour or more. The uncertainty is that of a sum (JCGM 100:2008, 5.1.2).

    Examples
    --------
    400 kWh given, 100 kWh used: 300 kWh taken. A source meter of 280 +/- 6 kWh (k = 2) disagrees.

    >>> def one(value):
    ...     return np.array([value])
    >>> balance = machine_balance(MachineEnergies(
    ...     warm_kwh=one(400.0), cold_kwh=one(280.0), electricity_kwh=one(100.0),
    ...     warm_u_kwh=one(4.0), cold_u_kwh=one(3.0), electricity_u_kwh=one(0.0),
    ... ))
    >>> balance.source_kwh.tolist(), balance.residual_kwh.tolist(), balance.disagrees.tolist()
    ([300.0], [20.0], [True])
    """
    kept = 1.0 - energies.lost_ratio
    source = energies.warm_kwh - kept * energies.electricity_kwh
    source_u = np.hypot(energies.warm_u_kwh, kept * energies.electricity_u_kwh)
    residual = source - energies.cold_kwh
    residual_u = np.hypot(source_u, energies.cold_u_kwh)
    return MachineBalance(
        source_kwh=source,
        source_u_kwh=source_u,
        residual_kwh=residual,
        residual_u_kwh=residual_u,
        disagrees=np.asarray(np.abs(residual) > COVERAGE_FACTOR * residual_u),
    )


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
