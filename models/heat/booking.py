"""Heat by what it was: delivered, reversed, defrost; and how much of it the meter may vouch for."""

from dataclasses import dataclass

import numpy as np

from models.readings import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatBooks:
    """Heat of a window by kind. Everything but ``delivered_kwh`` is not credited.

    All are positive amounts. ``reversed_kwh`` was shown with the flow running backwards,
    ``defrost_kwh`` was taken from the loop with the flow running forward, ``standing_kwh`` was
    shown while the pipe stood still. ``below_dt_min_kwh`` is the part of the delivered heat counted
    below the meter's least temperature difference, outside its approval. ``idle_ratio`` and
    ``unknown_ratio`` are shares of the steps. When no step is known, all energies are NaN.
    """

    delivered_kwh: float
    reversed_kwh: float
    defrost_kwh: float
    standing_kwh: float
    below_dt_min_kwh: float
    idle_ratio: float
    unknown_ratio: float

    @property
    def below_dt_min_ratio(self) -> float:
        """Share of the delivered heat that is out of the meter's scope; NaN without any."""
        if not self.delivered_kwh > 0.0:
            return float("nan")
        return self.below_dt_min_kwh / self.delivered_kwh


def book_heat(
    heat_kwh: FloatArray,
    flow_m3_per_h: FloatArray,
    delta_t_k: FloatArray,
    *,
    dt_min_k: float,
    least_flow_m3_per_h: float,
) -> HeatBooks:
    """Sort the heat of consecutive equal steps.

    Parameters
    ----------
    heat_kwh : float array, shape (n,)
        Heat of each step, NaN where unknown; negative when it went the other way. [kWh]
    flow_m3_per_h : float array, shape (n,)
        Mean flow, negative when reversed, NaN where unknown. [m3/h]
    delta_t_k : float array, shape (n,)
        Supply less return, NaN where unknown. [K]
    dt_min_k : float
        Least difference the meter is approved for (MID, Annex VI: 3, 5 or 10 K). [K]
    least_flow_m3_per_h : float
        Below it the pipe stands still: no flow, no heat, whatever was shown. [m3/h]

    Returns
    -------
    HeatBooks
        Energies add up over consecutive windows, and shares weighted by their steps, as long as
        each window knows a step.

    Raises
    ------
    ValueError
        If the arrays differ in shape, ``dt_min_k`` is not above 0, or ``least_flow_m3_per_h`` is
        negative.

    Notes
    -----
    A step that delivers has forward flow, positive heat and no negative difference. Forward flow
    with negative heat or a negative difference is defrost: a register that cannot count backwards
    may show it as positive. Reverse flow is booked apart whatever its sign, as the density and the
    error of the flow sensor are not known then. A step whose flow is known to stand still has no
    heat, even when the heat was not read. Directive 2014/32/EU, Annex VI (MI-004), states errors
    from the least temperature difference up: below it there is no maximum permissible error.

    Examples
    --------
    Two good hours, one of defrost, one of reverse flow, one standing still:

    >>> books = book_heat(
    ...     np.array([50.0, 40.0, -5.0, -3.0, 0.4]), np.array([4.0, 4.0, 4.0, -2.0, 0.0]),
    ...     np.array([12.0, 10.0, -1.0, 2.0, 8.0]), dt_min_k=3.0, least_flow_m3_per_h=0.05,
    ... )
    >>> books.delivered_kwh, books.defrost_kwh, books.reversed_kwh, books.idle_ratio
    (90.0, 5.0, 3.0, 0.2)
    """
    _check(heat_kwh, flow_m3_per_h, delta_t_k, dt_min_k, least_flow_m3_per_h)
    has_flow = np.isfinite(flow_m3_per_h)
    standing = has_flow & ((np.abs(flow_m3_per_h) < least_flow_m3_per_h) | (flow_m3_per_h == 0.0))
    moving = has_flow & ~standing & np.isfinite(heat_kwh)
    known = standing | moving
    forward = moving & (flow_m3_per_h > 0.0)
    backward = moving & (flow_m3_per_h < 0.0)
    defrost = forward & ((heat_kwh < 0.0) | (delta_t_k < 0.0))
    delivered = forward & ~defrost
    # An unknown difference cannot be vouched for either.
    unapproved = delivered & ~(delta_t_k >= dt_min_k)

    def total(chosen: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
        # Missing is not zero: of a window without a known step nothing can be said.
        return float(np.nansum(np.abs(heat_kwh[chosen]))) if known.any() else float("nan")

    steps = len(heat_kwh)
    return HeatBooks(
        delivered_kwh=total(delivered),
        reversed_kwh=total(backward),
        defrost_kwh=total(defrost),
        standing_kwh=total(standing),
        below_dt_min_kwh=total(unapproved),
        idle_ratio=float(standing.sum()) / steps if steps else 0.0,
        unknown_ratio=float((~known).sum()) / steps if steps else 1.0,
    )


def _check(
    heat_kwh: FloatArray,
    flow_m3_per_h: FloatArray,
    delta_t_k: FloatArray,
    dt_min_k: float,
    least_flow_m3_per_h: float,
) -> None:
    if not np.shape(heat_kwh) == np.shape(flow_m3_per_h) == np.shape(delta_t_k):
        msg = "heat_kwh, flow_m3_per_h and delta_t_k differ in shape: give one value for each step"
        raise ValueError(msg)
    if not dt_min_k > 0.0:
        msg = f"dt_min_k must be above 0, got {dt_min_k}: it is on the meter's name plate"
        raise ValueError(msg)
    if not least_flow_m3_per_h >= 0.0:
        msg = f"least_flow_m3_per_h must not be negative, got {least_flow_m3_per_h}"
        raise ValueError(msg)
