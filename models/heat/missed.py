"""Missed heat: recoverable heat that went outdoors while somebody asked for it."""

from dataclasses import dataclass

import numpy as np

from models.readings import FloatArray
from models.uncertainty import COVERAGE_FACTOR


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedHeat:
    """Heat of a window at the taker's side, with its expanded uncertainty (k = 2).

    ``at_source_kwh`` is the part of it that was rejected, without the electricity that would have
    raised it. ``limited_by_machine_ratio`` is the share of the asked time in which the machines
    were at their limit, so that nothing more could be given.
    """

    missed_kwh: float
    expanded_uncertainty_kwh: float
    at_source_kwh: float
    asked_ratio: float
    limited_by_machine_ratio: float
    coverage_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatOffer:
    """What was rejected, asked and delivered by consecutive equal steps, NaN where unknown.

    ``rejected_kw`` is heat that left outdoors from the circuits the heat pumps draw on;
    ``asked_kw`` what the takers asked for in all; ``machine_limit_kw`` the most that the machines
    can give at the warm side; ``cop`` the seasonal or momentary COP that would raise it. [kW], [-]
    """

    rejected_kw: FloatArray
    asked_kw: FloatArray
    delivered_kw: FloatArray
    machine_limit_kw: float
    cop: FloatArray
    step_h: float


def missed_heat(
    offer: HeatOffer, *, rejected_u_ratio: float, asked_u_ratio: float, tolerance_kw: float
) -> MissedHeat:
    """Book the missed heat of a window.

    Parameters
    ----------
    offer : HeatOffer
        By step, shape (n,).
    rejected_u_ratio, asked_u_ratio : float
        Relative standard uncertainties of the two sides, each one common error. [-]
    tolerance_kw : float
        What control may leave unanswered without having missed anything. [kW]

    Returns
    -------
    MissedHeat
        Over the steps at which everything is known.

    Raises
    ------
    ValueError
        If the machine limit is not above 0.

    Notes
    -----
    At each step the least of three: what could have been raised from the rejected heat,
    rejected x COP / (COP - 1); what was asked and not delivered; what the machines had left.
    When the taker asks for nothing, nothing is missed. Derived, from no standard.

    Examples
    --------
    Of three hours one misses 30 kW, one asks for nothing more, one has the machines at their limit:

    >>> offer = HeatOffer(
    ...     rejected_kw=np.array([90.0, 90.0, 90.0]), asked_kw=np.array([130.0, 100.0, 400.0]),
    ...     delivered_kw=np.array([100.0, 100.0, 300.0]), machine_limit_kw=300.0,
    ...     cop=np.array([4.0, 4.0, 4.0]), step_h=1.0,
    ... )
    >>> missed = missed_heat(offer, rejected_u_ratio=0.02, asked_u_ratio=0.05, tolerance_kw=2.0)
    >>> missed.missed_kwh, missed.at_source_kwh, round(missed.limited_by_machine_ratio, 2)
    (30.0, 22.5, 0.5)
    """
    if not offer.machine_limit_kw > 0.0:
        msg = f"machine_limit_kw must be above 0, got {offer.machine_limit_kw}"
        raise ValueError(msg)
    known = (
        np.isfinite(offer.rejected_kw)
        & np.isfinite(offer.asked_kw)
        & np.isfinite(offer.delivered_kw)
        & (offer.cop > 1.0)
    )
    raise_by = offer.cop[known] / (offer.cop[known] - 1.0)
    raisable = np.maximum(offer.rejected_kw[known], 0.0) * raise_by
    unanswered = offer.asked_kw[known] - offer.delivered_kw[known]
    left = np.maximum(offer.machine_limit_kw - offer.delivered_kw[known], 0.0)
    asked = unanswered > tolerance_kw
    at_limit = asked & (left <= tolerance_kw)
    missed = np.where(asked, np.minimum(np.minimum(raisable, unanswered), left), 0.0)
    by_source = asked & (raisable <= unanswered) & (raisable <= left)
    u_kwh = offer.step_h * float(
        np.hypot(
            rejected_u_ratio * missed[by_source].sum(),
            asked_u_ratio * offer.asked_kw[known][asked & ~by_source & ~at_limit].sum(),
        )
    )
    return MissedHeat(
        missed_kwh=float(missed.sum()) * offer.step_h,
        expanded_uncertainty_kwh=COVERAGE_FACTOR * u_kwh,
        at_source_kwh=float((missed / raise_by).sum()) * offer.step_h,
        asked_ratio=float(asked.sum()) / max(len(asked), 1),
        limited_by_machine_ratio=float(at_limit.sum()) / max(int(asked.sum()), 1),
        coverage_ratio=float(np.mean(known)) if known.size else 0.0,
    )
