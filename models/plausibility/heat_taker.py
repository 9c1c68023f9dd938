"""Heat that is claimed against what the taker says it received."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite

import numpy as np
import scipy

from models.metering.uncertainty import COVERAGE_FACTOR
from models.plausibility.permutation import two_ways
from models.plausibility.suspicion import Figure, Suspicion, SuspicionKind
from models.readings import FloatArray

_LEAST_MONTHS_OF_DRIFT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class TakerMonth:
    """One legal month ``[first, until)``: what the site claims, what the taker reports.

    Energies and standard uncertainties in kWh; NaN is not known.
    """

    first: date
    until: date
    claimed_kwh: float
    claimed_u_kwh: float
    taker_kwh: float
    taker_u_kwh: float


def heat_above_taker(
    meter: str, months: Sequence[TakerMonth], *, line_loss_ratio: float = 0.0
) -> Suspicion | None:
    """Whether more heat is claimed than arrived, beyond what both meters may be wrong by.

    Parameters
    ----------
    meter : str
        The meter behind the claim.
    months : sequence of TakerMonth
        In any order.
    line_loss_ratio : float
        The most that may be lost between the two meters. [-]

    Returns
    -------
    Suspicion or None
        None without a month known to both. ``effect`` is the heat claimed in excess [kWh].

    Notes
    -----
    The difference of a month has u2(d) = u2(claimed) + u2(taker) (JCGM 100:2008, eq. 10, two
    independent meters). A class error is the same all year: over several months the
    uncertainties of the differences add up linearly (F.1.2.3), they do not average out. The p-value
    is that of the better of two tests, the sum of all months and the worst month, with the number
    of months counted. One-sided: nobody gains by claiming less.

    Examples
    --------
    A month of 110 MWh claimed for 100 MWh received, both within 1 % (k = 1): 6.7 times u.

    >>> month = TakerMonth(
    ...     first=date(2026, 1, 1), until=date(2026, 2, 1), claimed_kwh=110_000.0,
    ...     claimed_u_kwh=1_100.0, taker_kwh=100_000.0, taker_u_kwh=1_000.0,
    ... )
    >>> found = heat_above_taker("loop", (month,))
    >>> found.effect, found.p_value < 1e-10, found.figures[2]
    (10000.0, True, Figure(name='months_beyond', value=1.0, unit='months'))
    """
    kept = _known(months)
    if not kept:
        return None
    claimed = np.array([one.claimed_kwh for one in kept]) * (1.0 - line_loss_ratio)
    taken = np.array([one.taker_kwh for one in kept])
    u = np.array([_u(one, line_loss_ratio) for one in kept])
    difference = claimed - taken
    excess = float(difference.sum())
    of_sum = float(scipy.stats.norm.sf(excess / u.sum()))
    of_worst = min(1.0, len(kept) * float(scipy.stats.norm.sf((difference / u).max())))
    beyond = difference > COVERAGE_FACTOR * u
    return Suspicion(
        kind=SuspicionKind.HEAT_ABOVE_TAKER,
        about=(meter,),
        since=kept[0].first,
        until=kept[-1].until,
        p_value=two_ways(of_sum, of_worst) if beyond.any() else 1.0,
        effect=float(difference[beyond].sum()) if beyond.any() else excess,
        effect_unit="kWh",
        figures=(
            Figure(name="claimed", value=float(claimed.sum()), unit="kWh"),
            Figure(name="taker_reported", value=float(taken.sum()), unit="kWh"),
            Figure(name="months_beyond", value=float(beyond.sum()), unit="months"),
            Figure(name="months_compared", value=float(len(kept)), unit="months"),
            Figure(name="expanded_uncertainty", value=COVERAGE_FACTOR * float(u.sum()), unit="kWh"),
        ),
    )


def heat_drifts_from_taker(meter: str, months: Sequence[TakerMonth]) -> Suspicion | None:
    """Whether the claim grows away from the taker's figures from month to month.

    Parameters
    ----------
    meter : str
        The meter behind the claim.
    months : sequence of TakerMonth
        In any order.

    Returns
    -------
    Suspicion or None
        None with fewer than 6 common months. ``effect`` is the growth of claimed / reported
        over the period [ratio].

    Notes
    -----
    Mann-Kendall test of the monthly ratio, one-sided, exact for so few months: it asks for no
    distribution, and a class error, the same in every month, drops out. The growth is the
    median of all pairwise slopes (Theil-Sen). Growth within the expanded uncertainty of the
    ratio (k = 2) is what the classes allow an honest pair of meters, and gives p = 1.

    Examples
    --------
    One percent more each month for a year:

    >>> year = [
    ...     TakerMonth(
    ...         first=date(2026, n, 1), until=date(2026, n, 28), claimed_kwh=100.0 + n,
    ...         claimed_u_kwh=1.0, taker_kwh=100.0, taker_u_kwh=1.0,
    ...     )
    ...     for n in range(1, 13)
    ... ]
    >>> found = heat_drifts_from_taker("loop", year)
    >>> round(found.effect, 3), found.p_value < 1e-8
    (0.11, True)
    """
    kept = [one for one in _known(months) if one.taker_kwh > 0.0]
    if len(kept) < _LEAST_MONTHS_OF_DRIFT:
        return None
    ratio = np.array([one.claimed_kwh / one.taker_kwh for one in kept])
    place = np.array([12 * one.first.year + one.first.month for one in kept], dtype=float)
    growth = _slope(place, ratio) * float(place[-1] - place[0])
    u_ratio = np.median([_u(one, 0.0) / one.taker_kwh for one in kept])
    material = growth > COVERAGE_FACTOR * u_ratio
    ranks = scipy.stats.kendalltau(place, ratio, alternative="greater")
    p_value = float(ranks.pvalue)
    return Suspicion(
        kind=SuspicionKind.HEAT_DRIFTS_FROM_TAKER,
        about=(meter,),
        since=kept[0].first,
        until=kept[-1].until,
        p_value=p_value if material and isfinite(p_value) else 1.0,
        effect=growth,
        effect_unit="ratio",
        figures=(
            Figure(name="first_ratio", value=float(ratio[0]), unit="ratio"),
            Figure(name="last_ratio", value=float(ratio[-1]), unit="ratio"),
            Figure(name="months_compared", value=float(len(kept)), unit="months"),
            Figure(
                name="expanded_uncertainty", value=COVERAGE_FACTOR * float(u_ratio), unit="ratio"
            ),
        ),
    )


def _known(months: Sequence[TakerMonth]) -> list[TakerMonth]:
    """Months known to both, oldest first."""
    kept = [
        one
        for one in months
        if isfinite(one.claimed_kwh)
        and isfinite(one.taker_kwh)
        and isfinite(_u(one, 0.0))
        and _u(one, 0.0) > 0.0
    ]
    return sorted(kept, key=lambda one: one.first)


def _u(month: TakerMonth, line_loss_ratio: float) -> float:
    return float(np.hypot(month.claimed_u_kwh * (1.0 - line_loss_ratio), month.taker_u_kwh))


def _slope(place: FloatArray, value: FloatArray) -> float:
    early, late = np.triu_indices(len(place), 1)
    run = place[late] - place[early]
    rise = value[late] - value[early]
    return float(np.median(rise[run > 0.0] / run[run > 0.0]))
