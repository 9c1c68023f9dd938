"""When a point is read, and what that gives of periods: said before anybody waits for a figure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from math import sqrt
from typing import Final

import numpy as np

from models.legal_time.calendar_spans import Span, day_after, first_day
from models.legal_time.days import day_start, from_us, legal_day, to_us
from models.readings import FloatArray, IntArray
from models.registers.edges import levels_at
from models.registers.gauges import gauge_totals
from models.registers.periods import Periods
from models.registers.register import Register
from models.registers.samples import Samples
from models.registers.trace import RegisterTrace

_US_PER_S: Final = 1_000_000
_DAY_S: Final = 86_400.0
# Half the width of the interval is the half-width of a rectangular distribution (JCGM 100, 4.3.7).
_TWO_SQRT3: Final = 2.0 * sqrt(3.0)
# What three periods in four do not exceed is the rule: one silence in a year says nothing of it.
_RULE_QUANTILE: Final = 0.75
# So many periods of a kind, spread over the readings, tell what all of them would.
_SAMPLED: Final = 2000
# Phases at which an edge may lie between two polls.
_PHASES: Final = 64
# Two edges of one period lie at unrelated phases; no part of a whole is less like any other.
_UNRELATED: Final = (sqrt(5.0) - 1.0) / 2.0

# From the longest to the shortest, with the length that stands for it.
PERIOD_KINDS: Final[Mapping[str, float]] = {
    Span.YEAR.value: 365.25 * _DAY_S,
    Span.QUARTER.value: 365.25 / 4.0 * _DAY_S,
    Span.MONTH.value: 365.25 / 12.0 * _DAY_S,
    Span.WEEK.value: 7.0 * _DAY_S,
    Span.DAY.value: _DAY_S,
    "hour": 3_600.0,
    "15min": 900.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """When a point is read.

    ``interval_s`` is the ordinary time from one reading to the next (the median), and
    ``irregularity_ratio`` how far half of these times lie from it, as a share of it: 0 for a clock.
    ``longest_silence_s`` is the longest of them. All are 0 below two readings.
    """

    readings: int
    interval_s: float
    irregularity_ratio: float
    longest_silence_s: float


def cadence_of(ts_us: IntArray) -> Cadence:
    """The cadence of some readings.

    Parameters
    ----------
    ts_us : int array, shape (n,)
        Their times, increasing. [us]

    Returns
    -------
    Cadence
        What the times alone say.

    Examples
    --------
    Read on the first of each month, and once not:

    >>> from datetime import UTC, datetime
    >>> firsts = [datetime(2025, month, 1, tzinfo=UTC) for month in (1, 2, 3, 4, 5, 7, 8)]
    >>> cadence = cadence_of(np.array([to_us(one) for one in firsts]))
    >>> cadence.interval_s / 86_400, round(cadence.irregularity_ratio, 3)
    (31.0, 0.016)
    >>> cadence.longest_silence_s / 86_400
    61.0
    """
    if len(ts_us) < 2:
        return Cadence(
            readings=len(ts_us), interval_s=0.0, irregularity_ratio=0.0, longest_silence_s=0.0
        )
    gaps_s = np.diff(ts_us) / _US_PER_S
    interval_s = float(np.median(gaps_s))
    return Cadence(
        readings=len(ts_us),
        interval_s=interval_s,
        irregularity_ratio=float(np.median(np.abs(gaps_s - interval_s))) / interval_s,
        longest_silence_s=float(gaps_s.max()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodOutlook:
    """What a cadence gives of one kind of period, as a rule: three periods in four are no worse.

    ``edge_u_ratio`` is the standard uncertainty that edges between readings add, over what the
    register counts in the period at its mean rate [-]. A period is known with the first reading at
    its end or after it: ``known_after_s`` later [s].
    """

    edge_u_ratio: float
    known_after_s: float

    @property
    def is_told_from_nothing(self) -> bool:
        """Whether the count of a period exceeds its expanded uncertainty (k = 2)."""
        return 2.0 * self.edge_u_ratio < 1.0


def register_outlook(trace: RegisterTrace) -> Mapping[str, PeriodOutlook]:
    """What the readings of a register give of every kind of period.

    Parameters
    ----------
    trace : RegisterTrace
        The register, made monotone.

    Returns
    -------
    mapping of str to PeriodOutlook
        By :data:`PERIOD_KINDS`; empty for a register that counted nothing between its readings.

    Notes
    -----
    The interval of a level between readings is that of :func:`~models.registers.edges.levels_at`,
    for a register that runs at the mean rate of these readings and at most at its greatest. The
    edges are those of the legal periods among the readings, so that readings at the stroke of a
    month give months exactly. Where no whole period of a kind lies among them, its edges are taken
    to lie like those of the next shorter kind.

    Examples
    --------
    Read every ten days for a year, at a mean rate of half of what it can count:

    >>> day_us = 86_400_000_000
    >>> ts_us = to_us(day_start(from_us(0).date())) + np.arange(37) * 10 * day_us
    >>> from models.registers.trace import trace_register
    >>> trace = trace_register(
    ...     Register(key="intake.energy", max_rate_per_h=200.0),
    ...     Samples(ts_us=ts_us, value=np.arange(37) * 24_000.0),
    ... )
    >>> outlook = register_outlook(trace)
    >>> [round(outlook[kind].edge_u_ratio, 3) for kind in ("quarter", "month", "week", "day")]
    [0.013, 0.074, 0.412, 2.887]
    >>> outlook["month"].is_told_from_nothing, outlook["day"].is_told_from_nothing
    (True, False)
    """
    if len(trace.ts_us) < 2:
        return {}
    one_count = trace.segment[1:] == trace.segment[:-1]
    counted_us = int(np.diff(trace.ts_us)[one_count].sum())
    counted = abs(float(np.diff(trace.level)[one_count].sum()))
    if not counted_us or not counted:
        return {}
    rate_per_us = counted / counted_us
    even = replace(
        trace,
        level=(trace.ts_us - trace.ts_us[0]) * rate_per_us,
        segment=np.zeros(len(trace.ts_us), np.int64),
        bridged=(),
        lost=(),
    )
    among = _periods_among(int(trace.ts_us[0]), int(trace.ts_us[-1]))
    return {
        kind: _outlook(even, rate_per_us, *_like(kind, among), length_s)
        for kind, length_s in PERIOD_KINDS.items()
    }


def polled_outlook(interval_s: float) -> Mapping[str, PeriodOutlook]:
    """What polling a register gives of every kind of period, at most.

    Parameters
    ----------
    interval_s : float
        From one poll to the next. [s]

    Returns
    -------
    mapping of str to PeriodOutlook
        By :data:`PERIOD_KINDS`, for a register of which no greatest rate is known, and edges that
        may lie anywhere between two polls.

    Examples
    --------
    >>> outlook = polled_outlook(60.0)
    >>> [round(100 * 2 * outlook[kind].edge_u_ratio, 2) for kind in ("day", "hour", "15min")]
    [0.09, 2.22, 8.88]
    """
    interval_us = round(interval_s * _US_PER_S)
    ts_us = np.array([0, interval_us], np.int64)
    even = RegisterTrace(
        register=Register(key=""),
        ts_us=ts_us,
        level=ts_us.astype(float),
        segment=np.zeros(2, np.int64),
        reading=ts_us.astype(float),
    )
    phases_us = ((np.arange(_PHASES) + 0.5) / _PHASES * interval_us).astype(np.int64)
    return {
        kind: _outlook(even, 1.0, phases_us, _unrelated(phases_us), length_s)
        for kind, length_s in PERIOD_KINDS.items()
    }


def gauge_known_ratio(ts_us: IntArray) -> float:
    """Share of the time from the first to the last reading of a gauge in which a value stood. [-]

    Parameters
    ----------
    ts_us : int array, shape (n,)
        Times of its readings, increasing. [us]

    Returns
    -------
    float
        0 below two readings.

    Notes
    -----
    A reading stands as :func:`~models.registers.holding.held_of` says: one of a gauge that is read
    by the hour for the hour, but the first of them for 16 minutes.

    Examples
    --------
    By the hour, and every two hours:

    >>> round(gauge_known_ratio(np.arange(25) * 3_600_000_000), 3)
    0.969
    >>> round(gauge_known_ratio(np.arange(13) * 7_200_000_000), 3)
    0.133
    """
    if len(ts_us) < 2:
        return 0.0
    standing = Samples(ts_us=ts_us, value=np.zeros(len(ts_us)))
    whole = Periods.between(ts_us[[0, -1]])
    return float(gauge_totals(standing, whole).coverage_ratio[0])


def _outlook(
    even: RegisterTrace,
    rate_per_us: float,
    start_us: IntArray,
    end_us: IntArray,
    length_s: float,
) -> PeriodOutlook:
    """The rule over periods between some edges, as if each had the length of its kind."""
    edges_u = [levels_at([even], edge_us).width[0] / _TWO_SQRT3 for edge_us in (start_us, end_us)]
    u = np.hypot(*edges_u) / (rate_per_us * length_s * _US_PER_S)
    after = np.searchsorted(even.ts_us, end_us, side="left")
    wait_s = (even.ts_us[after] - end_us) / _US_PER_S
    return PeriodOutlook(edge_u_ratio=_rule(u), known_after_s=_rule(np.asarray(wait_s)))


def _rule(each: FloatArray) -> float:
    return float(np.quantile(each, _RULE_QUANTILE))


def _like(kind: str, among: Mapping[str, Periods]) -> tuple[IntArray, IntArray]:
    """Starts and ends of the periods of a kind, or edges that lie like those of a shorter one."""
    if len(among[kind]):
        return among[kind].start_us, among[kind].end_us
    kinds = list(PERIOD_KINDS)
    for shorter in kinds[kinds.index(kind) + 1 :]:
        # Months do not begin with weeks.
        if len(among[shorter]) and not (shorter == Span.WEEK and kind != Span.WEEK):
            edges_us = among[shorter].end_us
            return edges_us, _unrelated(edges_us)
    edges_us = among[""].end_us
    return edges_us, _unrelated(edges_us)


def _unrelated(edges_us: IntArray) -> IntArray:
    return np.roll(edges_us, round(len(edges_us) * _UNRELATED))


def _periods_among(first_us: int, last_us: int) -> Mapping[str, Periods]:
    """The whole periods of each kind between two instants; of the shortest, some of them.

    Under the empty name, periods that begin and end anywhere.
    """
    found = {span.value: Periods.between(_edges(span, first_us, last_us)) for span in Span}
    for kind in ("hour", "15min"):
        found[kind] = _clock_periods(round(PERIOD_KINDS[kind] * _US_PER_S), first_us, last_us)
    found[""] = Periods.between(np.linspace(first_us, last_us, _PHASES).astype(np.int64))
    return found


def _edges(span: Span, first_us: int, last_us: int) -> IntArray:
    inside = [one for one in _span_starts(span, first_us, last_us) if first_us <= one <= last_us]
    return np.array(inside, np.int64)


def _span_starts(span: Span, first_us: int, last_us: int) -> Iterator[int]:
    day = first_day(span, legal_day(from_us(first_us)))
    stop = legal_day(from_us(last_us)) + timedelta(days=1)
    while day <= stop:
        yield to_us(day_start(day))
        day = day_after(span, day)


def _clock_periods(step_us: int, first_us: int, last_us: int) -> Periods:
    """Hours and their quarters, which are those of UTC: Paris is whole hours ahead of it."""
    first, stop = -(-first_us // step_us), last_us // step_us
    if stop <= first:
        return Periods.between(np.zeros(0, np.int64))
    count = min(stop - first, _SAMPLED)
    starts = first + np.arange(count, dtype=np.int64) * (stop - first) // count
    return Periods(start_us=starts * step_us, end_us=(starts + 1) * step_us)
