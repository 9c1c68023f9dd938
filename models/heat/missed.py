"""Missed heat: recoverable heat that went outdoors while somebody asked for it."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import FloatArray

_BoolArray: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedSplit:
    """Why recoverable heat was rejected. The parts add up to all of it, at the taker's side. [kWh]

    ``raisable_kwh`` is what the rejected heat would have been worth, raised. ``not_asked_kwh``
    nobody asked for; ``too_cold_kwh`` was below the usable temperature; ``at_limit_kwh`` was asked
    for, but the machines were at their limit. None of these is missed. ``standing_kwh`` was missed
    with the machines standing still, ``running_kwh`` with them running below their limit.
    """

    raisable_kwh: float
    not_asked_kwh: float
    too_cold_kwh: float
    at_limit_kwh: float
    standing_kwh: float
    running_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedHeat:
    """Heat of a window at the taker's side, with its expanded uncertainty (k = 2).

    ``at_source_kwh`` is the part of it that was rejected, without the electricity that would have
    raised it. ``limited_by_machine_ratio`` is the share of the asked time in which the machines
    were at their limit, so that nothing more could be given. Energies and ratios are of the known
    steps, and NaN when no step was known: missing is not zero.
    """

    missed_kwh: float
    expanded_uncertainty_kwh: float
    at_source_kwh: float
    asked_ratio: float
    limited_by_machine_ratio: float
    coverage_ratio: float
    split: RejectedSplit


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatOffer:
    """What was rejected, asked and delivered by consecutive equal steps, NaN where unknown.

    ``rejected_kw`` is heat that left outdoors from the circuits the heat pumps draw on;
    ``asked_kw`` what the takers asked for in all; ``machine_limit_kw`` the most that the machines
    can give at the warm side, for all steps or for each; ``cop`` the COP that would raise it,
    declared or seasonal while they stand still, infinite where the heat is warm enough to be handed
    over as it is. [kW], [-]

    ``usable`` says by step whether the rejected heat was warm enough (1), or not (0); None when it
    always is. ``running`` says whether the machines ran; None when they run while they deliver.
    """

    rejected_kw: FloatArray
    asked_kw: FloatArray
    delivered_kw: FloatArray
    machine_limit_kw: FloatArray | float
    cop: FloatArray
    step_h: float
    usable: FloatArray | None = None
    running: FloatArray | None = None

    def __post_init__(self) -> None:
        """Refuse steps without length, machines without a limit, arrays of unlike length."""
        if not self.step_h > 0.0:
            msg = f"step_h must be above 0, got {self.step_h}: give the hours of a step"
            raise ValueError(msg)
        limit = np.asarray(self.machine_limit_kw)
        if (limit < 0.0).any() or (limit.ndim == 0 and not limit > 0.0):
            msg = f"machine_limit_kw must be above 0, got {limit.min()}: declare the rated heat"
            raise ValueError(msg)
        each = [self.asked_kw, self.delivered_kw, self.cop, self.usable, self.running]
        each += [limit] if limit.ndim else []
        shapes = {np.shape(one) for one in each if one is not None} | {self.rejected_kw.shape}
        if len(shapes) > 1:
            msg = f"arrays of HeatOffer differ in shape: {sorted(shapes)}; give one value by step"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Steps:
    """The known steps: powers at the taker's side, and what bound the missed heat. [kW]"""

    raise_by: FloatArray
    raisable: FloatArray
    unanswered: FloatArray
    left: FloatArray
    asked: _BoolArray
    usable: _BoolArray
    running: _BoolArray
    missed: FloatArray


def missed_heat(
    offer: HeatOffer,
    *,
    rejected_u_ratio: float,
    asked_u_ratio: float,
    tolerance_kw: float,
    delivered_u_ratio: float | None = None,
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
    delivered_u_ratio : float, optional
        That of the delivered heat; as of the asked heat when not given. [-]

    Returns
    -------
    MissedHeat
        Over the steps at which everything is known.

    Raises
    ------
    ValueError
        If an uncertainty or the tolerance is negative; :class:`HeatOffer` refuses the rest.

    Notes
    -----
    At each step the least of three: what could have been raised from the rejected heat,
    rejected x COP / (COP - 1); what was asked and not delivered; what the machines had left.
    When the taker asks for nothing, nothing is missed. A heat pump's source heat is its delivered
    heat less its electricity, hence the factor; the electricity is no missed heat of the source.
    Derived, from no standard.

    The uncertainty is first order: an error of one side moves the steps which that side bounds.
    The COP and the machines' limit are taken as declared. Where two bounds lie close together, the
    least of noisy values is biased low; this is not corrected.

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
    >>> missed.split.at_limit_kwh, missed.split.not_asked_kwh
    (100.0, 230.0)
    """
    delivered_u = asked_u_ratio if delivered_u_ratio is None else delivered_u_ratio
    if min(rejected_u_ratio, asked_u_ratio, delivered_u, tolerance_kw) < 0.0:
        msg = "uncertainties and tolerance_kw of missed_heat must not be negative"
        raise ValueError(msg)
    known = _known(offer)
    if not known.any():
        return _unknown()
    steps = _steps(offer, known, tolerance_kw)
    at_limit = steps.asked & (steps.left <= tolerance_kw)
    u_ratios = (rejected_u_ratio, asked_u_ratio, delivered_u)
    return MissedHeat(
        missed_kwh=float(steps.missed.sum()) * offer.step_h,
        expanded_uncertainty_kwh=COVERAGE_FACTOR * _u_kwh(offer, known, steps, u_ratios),
        at_source_kwh=float((steps.missed / steps.raise_by).sum()) * offer.step_h,
        asked_ratio=float(np.mean(steps.asked)),
        limited_by_machine_ratio=float(at_limit.sum()) / max(int(steps.asked.sum()), 1),
        coverage_ratio=float(np.mean(known)),
        split=_split(steps, offer.step_h),
    )


def _known(offer: HeatOffer) -> _BoolArray:
    """Steps at which nothing is missing. A COP of 1 or less raises no heat."""
    known = np.isfinite(offer.rejected_kw) & np.isfinite(offer.asked_kw)
    known &= np.isfinite(offer.delivered_kw) & np.isfinite(offer.machine_limit_kw)
    known &= offer.cop > 1.0
    for flag in (offer.usable, offer.running):
        if flag is not None:
            known &= np.isfinite(flag)
    return np.asarray(known)


def _steps(offer: HeatOffer, known: _BoolArray, tolerance_kw: float) -> _Steps:
    # Heat that flowed back was not delivered, and leaves the machines no more than their limit.
    delivered = np.maximum(offer.delivered_kw[known], 0.0)
    limit = np.broadcast_to(np.asarray(offer.machine_limit_kw), known.shape)[known]
    raise_by = 1.0 / (1.0 - 1.0 / offer.cop[known])
    raisable = np.maximum(offer.rejected_kw[known], 0.0) * raise_by
    unanswered = np.maximum(offer.asked_kw[known] - delivered, 0.0)
    left = np.maximum(limit - delivered, 0.0)
    asked = unanswered > tolerance_kw
    usable = np.ones(raisable.shape, bool) if offer.usable is None else offer.usable[known] > 0.5
    running = delivered > 0.0 if offer.running is None else offer.running[known] > 0.5
    least = np.minimum(np.minimum(raisable, unanswered), left)
    return _Steps(
        raise_by=raise_by,
        raisable=raisable,
        unanswered=unanswered,
        left=left,
        asked=asked,
        usable=usable,
        running=running,
        missed=np.where(asked & usable, least, 0.0),
    )


def _split(steps: _Steps, step_h: float) -> RejectedSplit:
    """First what nobody asked for, then what was too cold, then what the machines lacked."""
    wanted = np.where(steps.asked, np.minimum(steps.raisable, steps.unanswered), 0.0)
    warm = np.where(steps.usable, wanted, 0.0)

    def kwh(power_kw: FloatArray) -> float:
        return float(power_kw.sum()) * step_h

    return RejectedSplit(
        raisable_kwh=kwh(steps.raisable),
        not_asked_kwh=kwh(steps.raisable - wanted),
        too_cold_kwh=kwh(wanted - warm),
        at_limit_kwh=kwh(warm - steps.missed),
        standing_kwh=kwh(steps.missed[~steps.running]),
        running_kwh=kwh(steps.missed[steps.running]),
    )


def _u_kwh(
    offer: HeatOffer, known: _BoolArray, steps: _Steps, u_ratios: tuple[float, float, float]
) -> float:
    """Standard uncertainty: each common error through the steps whose bound it moves."""
    rejected_u, asked_u, delivered_u = u_ratios
    missing = steps.missed > 0.0
    by_source = missing & (steps.raisable <= np.minimum(steps.unanswered, steps.left))
    by_asked = missing & ~by_source & (steps.unanswered <= steps.left)
    delivered = np.maximum(offer.delivered_kw[known], 0.0)
    return offer.step_h * float(
        np.linalg.norm(
            [
                rejected_u * steps.missed[by_source].sum(),
                asked_u * offer.asked_kw[known][by_asked].sum(),
                delivered_u * delivered[missing & ~by_source].sum(),
            ]
        )
    )


def _unknown() -> MissedHeat:
    nan = float("nan")
    return MissedHeat(
        missed_kwh=nan,
        expanded_uncertainty_kwh=nan,
        at_source_kwh=nan,
        asked_ratio=nan,
        limited_by_machine_ratio=nan,
        coverage_ratio=0.0,
        split=RejectedSplit(
            raisable_kwh=nan,
            not_asked_kwh=nan,
            too_cold_kwh=nan,
            at_limit_kwh=nan,
            standing_kwh=nan,
            running_kwh=nan,
        ),
    )
