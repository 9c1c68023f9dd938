"""Heat by what it was: delivered, reversed, defrost; and how much of it the meter may vouch for."""

from dataclasses import dataclass

import numpy as np

from models.readings import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatBooks:
    """Heat of a window by kind. Everything but ``delivered_kwh`` is not credited.

    ``reversed_kwh`` flowed back (the loop heated the data centre's side), ``defrost_kwh`` was
    taken with the flow running forward; both as positive amounts. ``below_dt_min_kwh`` is the
    part of the delivered heat counted below the meter's least temperature difference, outside
    its approval. Shares are of the steps.
    """

    delivered_kwh: float
    reversed_kwh: float
    defrost_kwh: float
    below_dt_min_kwh: float
    idle_ratio: float
    unknown_ratio: float


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
        Mean flow, negative when reversed. [m3/h]
    delta_t_k : float array, shape (n,)
        Supply less return. [K]
    dt_min_k : float
        Least difference the meter is approved for (MID, Annex VI: 3, 5 or 10 K). [K]
    least_flow_m3_per_h : float
        Below it the pipe stands still: no flow, no heat, whatever was shown. [m3/h]

    Returns
    -------
    HeatBooks
        Energies add up over consecutive windows.

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
    known = np.isfinite(heat_kwh) & np.isfinite(flow_m3_per_h)
    flowing = known & (np.abs(flow_m3_per_h) >= least_flow_m3_per_h)
    forward = flowing & (flow_m3_per_h > 0.0)
    delivered = forward & (heat_kwh > 0.0)
    defrost = forward & (heat_kwh < 0.0)
    reverse = flowing & (flow_m3_per_h < 0.0)
    # An unknown difference cannot be vouched for either.
    unapproved = delivered & ~(delta_t_k >= dt_min_k)
    steps = max(len(heat_kwh), 1)
    return HeatBooks(
        delivered_kwh=float(heat_kwh[delivered].sum()),
        reversed_kwh=float(np.abs(heat_kwh[reverse]).sum()),
        defrost_kwh=float(-heat_kwh[defrost].sum()),
        below_dt_min_kwh=float(heat_kwh[unapproved].sum()),
        idle_ratio=float((known & ~flowing).sum()) / steps,
        unknown_ratio=float((~known).sum()) / steps,
    )
