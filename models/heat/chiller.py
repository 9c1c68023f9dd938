"""Chillers and free cooling: EER, who carries the cold, and how near to the air they come."""

from dataclasses import dataclass

import numpy as np

from models.readings import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdAccount:
    """Cold of a window. ``eer_ratio`` is cooling over electricity of the chillers, as sums.

    ``free_ratio`` is the share of the heat that left without a chiller, ``free_hours_ratio`` the
    share of the known steps in which no chiller helped.
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
    known = np.isfinite(chiller_kw) & np.isfinite(free_kw) & np.isfinite(electricity_kw)
    ran = chiller_kw[known] >= standing_below_kw
    cooled = (chiller_kw[known] + free_kw[known]) >= standing_below_kw
    return ColdAccount(
        chiller_kwh=float(chiller_kw[known].sum()) * step_h,
        free_kwh=float(free_kw[known].sum()) * step_h,
        electricity_kwh=float(electricity_kw[known].sum()) * step_h,
        free_hours_ratio=float((cooled & ~ran).sum() / max(cooled.sum(), 1)),
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
