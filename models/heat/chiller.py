"""Chillers and free cooling: EER, who carries the cold, and how near to the air they come."""

from dataclasses import dataclass
from math import hypot

import numpy as np

from models.heat.heat_pump import MachineBalance, MachineEnergies, machine_balance
from models.readings import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdAccount:
    """Cold of a window. ``eer_ratio`` is cooling over electricity of the chillers, as sums.

    ``free_ratio`` is the share of the heat that left without a chiller, ``free_hours_ratio`` the
    share of the cooled steps in which no chiller helped, NaN when nothing was cooled.
    """

    chiller_kwh: float
    free_kwh: float
    electricity_kwh: float
    free_hours_ratio: float
    coverage_ratio: float

    @property
    def eer_ratio(self) -> float:
        """Energy efficiency ratio; NaN when no chiller ran."""
        return self.chiller_kwh / self.electricity_kwh if self.electricity_kwh > 0 else float("nan")

    @property
    def free_ratio(self) -> float:
        """Share of free cooling; NaN when nothing was cooled."""
        removed = self.chiller_kwh + self.free_kwh
        return self.free_kwh / removed if removed > 0 else float("nan")

    def eer_u_ratio(self, cooling_u_ratio: float, electricity_u_ratio: float) -> float:
        """Relative standard uncertainty of the EER from those of its two meters. [-]

        Class errors are the same in every step and do not average out over time.
        """
        return hypot(cooling_u_ratio, electricity_u_ratio)

    def free_u(self, chiller_u_ratio: float, free_u_ratio: float) -> float:
        """Absolute standard uncertainty of ``free_ratio``, by two independent heat meters. [-]

        First order: s (1 - s) times the root sum of squares of the relative uncertainties.
        """
        share = self.free_ratio
        return share * (1.0 - share) * hypot(chiller_u_ratio, free_u_ratio)


def cold_account(
    chiller_kw: FloatArray,
    free_kw: FloatArray,
    electricity_kw: FloatArray,
    step_h: float,
    *,
    standing_below_kw: float,
) -> ColdAccount:
    """Book the cold of consecutive equal steps.

    Parameters
    ----------
    chiller_kw, free_kw, electricity_kw : float array, shape (n,)
        Heat taken by all chillers, by free cooling, and electricity of the chillers, NaN where
        unknown. A step counts when all three are known. [kW]
    step_h : float
        Length of a step. [h]
    standing_below_kw : float
        Less cooling than this is a chiller standing still. [kW]

    Returns
    -------
    ColdAccount
        Over the known steps only.

    Raises
    ------
    ValueError
        When the arrays differ in shape, or ``step_h`` or ``standing_below_kw`` is not above 0.

    Notes
    -----
    Ratio of sums, standby electricity included. EN 14511 and EN 14825 rate machines at test points
    (standards not read); this is the figure of operation.

    Examples
    --------
    Two hours of free cooling and one with the chiller at EER 5:

    >>> account = cold_account(
    ...     np.array([0.0, 0.0, 100.0]), np.array([100.0, 100.0, 0.0]), np.array([0.0, 0.0, 20.0]),
    ...     1.0, standing_below_kw=2.0,
    ... )
    >>> account.eer_ratio, round(account.free_ratio, 3), round(account.free_hours_ratio, 3)
    (5.0, 0.667, 0.667)
    """
    if not (chiller_kw.shape == free_kw.shape == electricity_kw.shape):
        msg = f"steps differ: {chiller_kw.shape}, {free_kw.shape} and {electricity_kw.shape}"
        raise ValueError(msg)
    if not (step_h > 0.0 and standing_below_kw > 0.0):
        msg = f"step_h and standing_below_kw must be above 0, got {step_h}, {standing_below_kw}"
        raise ValueError(msg)
    known = np.isfinite(chiller_kw) & np.isfinite(free_kw) & np.isfinite(electricity_kw)
    ran = chiller_kw[known] >= standing_below_kw
    cooled = (chiller_kw[known] + free_kw[known]) >= standing_below_kw
    return ColdAccount(
        chiller_kwh=float(chiller_kw[known].sum()) * step_h,
        free_kwh=float(free_kw[known].sum()) * step_h,
        electricity_kwh=float(electricity_kw[known].sum()) * step_h,
        free_hours_ratio=float(np.mean(~ran[cooled])) if cooled.any() else float("nan"),
        coverage_ratio=float(np.mean(known)) if known.size else 0.0,
    )


def approach_k(leaving_degc: FloatArray, limit_degc: FloatArray) -> FloatArray:
    """How near the leaving water comes to the coldest it could be. [K]

    Parameters
    ----------
    leaving_degc : float array, shape (n,)
        Water that leaves a tower, dry cooler or exchanger. [degC]
    limit_degc : float array, shape (n,)
        Wet bulb for a tower, dry bulb for a dry cooler, entering cold water for a free-cooling
        exchanger. [degC]

    Returns
    -------
    float array, shape (n,)
        Approach; NaN when negative by more than half a kelvin, which only wrong sensors show.

    Examples
    --------
    >>> approach_k(np.array([27.0, 20.0]), np.array([22.0, 22.0])).tolist()
    [5.0, nan]
    """
    distance = leaving_degc - limit_degc
    return np.asarray(np.where(distance >= -0.5, distance, np.nan))


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionTemperatures:
    """Temperatures on the way of the heat to the air, by step; None where there is no sensor.

    The wet bulb is handed in: it needs humidity, which is another model's matter. [degC]
    """

    condensing_degc: FloatArray | None = None
    condenser_water_out_degc: FloatArray | None = None
    dry_cooler_out_degc: FloatArray | None = None
    dry_bulb_degc: FloatArray | None = None
    tower_out_degc: FloatArray | None = None
    wet_bulb_degc: FloatArray | None = None
    free_cooled_out_degc: FloatArray | None = None
    free_cooling_inlet_degc: FloatArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approaches:
    """Approach of each heat exchanger, by step; None where a sensor is missing. [K]"""

    condenser_k: FloatArray | None
    dry_cooler_k: FloatArray | None
    tower_k: FloatArray | None
    free_cooling_k: FloatArray | None


def approaches(temps: RejectionTemperatures) -> Approaches:
    """How near each exchanger on the way to the air comes to its limit.

    Parameters
    ----------
    temps : RejectionTemperatures
        By step, shape (n,). [degC]

    Returns
    -------
    Approaches
        Condenser: condensing temperature less leaving condenser water. Dry cooler: leaving water
        less dry bulb. Tower: leaving water less wet bulb. Free-cooling exchanger: leaving chilled
        water less entering cold water. Each as of :func:`approach_k`. [K]

    Notes
    -----
    An approach grows with the load: compare at like loads. A rise at like load is fouling, air in
    the circuit or a fan that stands.

    Examples
    --------
    Water leaves the tower at 25 degC under a wet bulb of 21, the condenser at 30 below 32.5:

    >>> def one(value):
    ...     return np.array([value])
    >>> found = approaches(RejectionTemperatures(
    ...     condensing_degc=one(32.5), condenser_water_out_degc=one(30.0),
    ...     tower_out_degc=one(25.0), wet_bulb_degc=one(21.0),
    ... ))
    >>> found.condenser_k.tolist(), found.tower_k.tolist(), found.dry_cooler_k
    ([2.5], [4.0], None)
    """

    def between(leaving: FloatArray | None, limit: FloatArray | None) -> FloatArray | None:
        return None if leaving is None or limit is None else approach_k(leaving, limit)

    return Approaches(
        condenser_k=between(temps.condensing_degc, temps.condenser_water_out_degc),
        dry_cooler_k=between(temps.dry_cooler_out_degc, temps.dry_bulb_degc),
        tower_k=between(temps.tower_out_degc, temps.wet_bulb_degc),
        free_cooling_k=between(temps.free_cooled_out_degc, temps.free_cooling_inlet_degc),
    )


def condenser_balance(energies: MachineEnergies) -> MachineBalance:
    """Does the condenser reject what the evaporator takes and the compressor uses?

    Parameters
    ----------
    energies : MachineEnergies
        Condenser (warm), evaporator (cold) and electricity by step, with uncertainties. [kWh]

    Returns
    -------
    MachineBalance
        Residual Q_cond - Q_evap - W with its standard uncertainty, and where it is beyond k = 2.

    Examples
    --------
    The refrigerator of Cengel and Boles, example 6-3: 360 kJ/min taken with 2 kW make 480 kJ/min
    rejected (6 + 2 = 8 kW).

    >>> def one(value):
    ...     return np.array([value])
    >>> found = condenser_balance(MachineEnergies(
    ...     warm_kwh=one(8.0), cold_kwh=one(6.0), electricity_kwh=one(2.0),
    ...     warm_u_kwh=one(0.1), cold_u_kwh=one(0.1), electricity_u_kwh=one(0.01),
    ... ))
    >>> found.residual_kwh.tolist(), found.disagrees.tolist()
    ([0.0], [False])
    """
    return machine_balance(energies)
