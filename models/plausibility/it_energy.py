"""IT energy against what feeds it: more than the UPS can give, or cooling hidden behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import scipy

from models.metering.uncertainty import COVERAGE_FACTOR
from models.plausibility.permutation import BoolArray, association, high_passed, period_of, two_ways
from models.plausibility.suspicion import Figure, Suspicion, SuspicionKind
from models.readings import FloatArray, IntArray

# No conversion is without loss: the best a UPS does, feeding through (engineering value).
BEST_UPS_EFFICIENCY = 0.99
_LEAST_DAYS = 28
_BLOCK_DAYS = 28
# Below this variation of the daily output its reading noise would pass for a slope.
_LEAST_SPREAD = 0.005
_LEAST_BLOCKS = 4
# What nobody gains by: half a percent of the IT energy.
_MATERIAL_RATIO = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What feeds some IT load and what comes out, by consecutive legal days.

    ``input_kwh`` and ``output_kwh`` have shape (n,), NaN where not known; the uncertainties are
    relative standard ones of the sums, the same every day. ``best_efficiency`` is the highest
    output / input that the equipment between them can have at any load.
    """

    name: str
    output_meters: tuple[str, ...]
    input_kwh: FloatArray
    output_kwh: FloatArray
    input_u_ratio: float
    output_u_ratio: float
    best_efficiency: float = BEST_UPS_EFFICIENCY


def it_above_ups(days: Sequence[date], feed: Feed) -> Suspicion | None:
    """Whether more comes out of a feed than it can give: IT energy overstated, PUE lowered.

    Parameters
    ----------
    days : sequence of date, length n
        Consecutive legal days.
    feed : Feed
        Input and output of a UPS, or of the cables behind it.

    Returns
    -------
    Suspicion or None
        None with fewer than 28 known days or no input. ``effect`` is the implied efficiency
        [ratio].

    Notes
    -----
    Three tests of one thing, counted as three: the efficiency of the whole period, and of its worst
    28 days, against the best possible; and the slope of the losses on the output. Losses of
    a conversion have a part that does not depend on the load and parts that rise with it: where
    they fall as more comes out, output is counted that never went in. The class errors of both
    meters, the same all the time, are in the standard uncertainty of each (JCGM 100:2008, 5.1):
    u2 = efficiency^2 (u_in^2 + u_out^2); for the slope that of the regression besides, by leaving
    out 28 days at a time. The level of each 28 days is taken off before the slope: a change to
    another mode is no slope.

    Examples
    --------
    98 kWh come out of 100, then 3 % more is claimed:

    >>> days = [date.fromordinal(730_000 + n) for n in range(60)]
    >>> ups = Feed(
    ...     name="ups", output_meters=("ups_output",), input_kwh=np.full(60, 100.0),
    ...     output_kwh=np.full(60, 98.0 * 1.03), input_u_ratio=0.002, output_u_ratio=0.002,
    ... )
    >>> found = it_above_ups(days, ups)
    >>> round(found.effect, 4), found.p_value < 1e-8
    (1.0094, True)
    """
    known = np.isfinite(feed.input_kwh) & np.isfinite(feed.output_kwh) & (feed.input_kwh > 0.0)
    if known.sum() < _LEAST_DAYS:
        return None
    u_ratio = float(np.hypot(feed.input_u_ratio, feed.output_u_ratio))
    whole = _efficiency(feed, np.flatnonzero(known))
    blocks = _blocks(known)
    worst = max([whole, *(_efficiency(feed, block) for block in blocks)])
    slope, slope_u = _loss_slope(feed, blocks)
    slope_u = float(np.hypot(slope_u, u_ratio))
    p_value = two_ways(
        _above(whole, feed.best_efficiency, u_ratio),
        min(1.0, max(len(blocks), 1) * _above(worst, feed.best_efficiency, u_ratio)),
        float(scipy.stats.norm.sf(-slope / slope_u)) if np.isfinite(slope) else 1.0,
    )
    since, until = period_of(days, np.flatnonzero(known))
    return Suspicion(
        kind=SuspicionKind.IT_ABOVE_UPS,
        about=feed.output_meters,
        since=since,
        until=until,
        p_value=p_value,
        effect=whole,
        effect_unit="ratio",
        figures=(
            Figure(name="input", value=float(feed.input_kwh[known].sum()), unit="kWh"),
            Figure(name="output", value=float(feed.output_kwh[known].sum()), unit="kWh"),
            Figure(name="best_efficiency", value=feed.best_efficiency, unit="ratio"),
            Figure(name="worst_four_weeks_efficiency", value=worst, unit="ratio"),
            Figure(
                name="expanded_uncertainty", value=COVERAGE_FACTOR * whole * u_ratio, unit="ratio"
            ),
            *([Figure(name="loss_slope", value=slope, unit="ratio")] if np.isfinite(slope) else []),
        ),
    )


def _above(efficiency: float, best: float, u_ratio: float) -> float:
    return float(scipy.stats.norm.sf((efficiency - best) / (efficiency * u_ratio)))


def _efficiency(feed: Feed, places: IntArray) -> float:
    return float(feed.output_kwh[places].sum() / feed.input_kwh[places].sum())


def _blocks(known: BoolArray) -> list[IntArray]:
    """Known days by 28 calendar days; parts of which less than half is known are left out."""
    found = [
        start + np.flatnonzero(known[start : start + _BLOCK_DAYS])
        for start in range(0, len(known), _BLOCK_DAYS)
    ]
    return [block for block in found if len(block) >= _BLOCK_DAYS // 2]


def _loss_slope(feed: Feed, blocks: Sequence[IntArray]) -> tuple[float, float]:
    """Slope of the losses on the output inside blocks, and its jackknife standard uncertainty."""
    sums = []
    for block in blocks:
        out = feed.output_kwh[block]
        loss = feed.input_kwh[block] - out
        rest = out - out.mean()
        sums.append((float(rest @ (loss - loss.mean())), float(rest @ rest), len(block)))
    if len(sums) < _LEAST_BLOCKS:
        return float("nan"), float("nan")
    cross, square, count = (np.array(column) for column in zip(*sums, strict=True))
    spread = np.sqrt(square.sum() / count.sum())
    if not spread >= _LEAST_SPREAD * np.nanmean(feed.output_kwh):
        return float("nan"), float("nan")
    without = (cross.sum() - cross) / np.maximum(square.sum() - square, 1e-300)
    n = len(sums)
    u = np.sqrt((n - 1) / n * np.square(without - without.mean()).sum())
    return float(cross.sum() / square.sum()), float(u)


def it_follows_weather(
    meter: str, days: Sequence[date], it_kwh: FloatArray, outdoor_degc: FloatArray
) -> Suspicion | None:
    """Whether IT energy rises with the heat outside: cooling hidden among the servers.

    Parameters
    ----------
    meter : str
        Whose energy counts as IT.
    days : sequence of date, length n
        Consecutive legal days.
    it_kwh, outdoor_degc : float array, shape (n,)
        IT energy [kWh] and mean outdoor temperature of each day; NaN where not known.

    Returns
    -------
    Suspicion or None
        None with fewer than 90 common days or without any variation. ``effect`` is the part of the
        energy on warm days that follows the weather [ratio].

    Notes
    -----
    What work explains is taken off first: the running mean of 15 days and the weekday, of the
    energy and of the degrees above the median temperature alike. What is left of the weather, its
    ups and downs within two weeks, is no reason for servers to work more. Its slope is judged
    against shifts in time (:func:`models.plausibility.permutation.association`).
    Less than 0.5 % of the
    energy of warm days gives p = 1: fans of servers follow their inlet a little.

    Examples
    --------
    A chiller of 20 kWh per degree and day behind a PDU:

    >>> rng = np.random.default_rng(2)
    >>> days = [date.fromordinal(730_000 + n) for n in range(365)]
    >>> temp = 12.0 - 8.0 * np.cos(np.arange(365) / 58.0) + rng.normal(0.0, 3.0, 365)
    >>> it = rng.normal(1000.0, 20.0, 365)
    >>> it_follows_weather("pdu", days, it, temp).p_value > 0.01
    True
    >>> hidden = it + 20.0 * np.maximum(temp - 12.0, 0.0)
    >>> it_follows_weather("pdu", days, hidden, temp).p_value < 1e-6
    True
    """
    known = np.isfinite(it_kwh) & np.isfinite(outdoor_degc)
    if not known.any():
        return None
    median = float(np.median(outdoor_degc[known]))
    above = np.asarray(np.where(known, np.maximum(outdoor_degc - median, 0.0), np.nan))
    warm = known & (above > 0.0)
    found = association(
        high_passed(above), high_passed(np.asarray(np.where(known, it_kwh, np.nan)))
    )
    if found is None or not warm.any() or not it_kwh[warm].sum() > 0.0:
        return None
    hidden = found.slope * float(above[warm].sum())
    effect = hidden / float(it_kwh[warm].sum())
    since, until = period_of(days, np.flatnonzero(known))
    return Suspicion(
        kind=SuspicionKind.IT_FOLLOWS_WEATHER,
        about=(meter,),
        since=since,
        until=until,
        p_value=found.p_value if effect >= _MATERIAL_RATIO else 1.0,
        effect=effect,
        effect_unit="ratio",
        figures=(
            Figure(name="per_degree_and_day", value=found.slope, unit="kWh/K"),
            Figure(name="hidden_energy", value=hidden, unit="kWh"),
            Figure(name="above_temperature", value=median, unit="degC"),
            Figure(name="days", value=float(known.sum()), unit="days"),
        ),
    )
