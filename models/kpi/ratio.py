"""KPIs that are a ratio of two sums of meters, over jointly covered time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from models.kpi.definition import Kpi
from models.kpi.result import Flag, KpiKind, Withheld
from models.kpi.series import SHOWN, WITHHELD, BoolArray, KpiSeries, withheld_series
from models.kpi.terms import Terms
from models.kpi.totals import MeteredTotals
from models.metering.boundary import LACKING, BoundaryFact
from models.metering.tree import SignedMeters
from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import FloatArray, IntArray

if TYPE_CHECKING:
    from models.kpi.measurement import Measurement

# Below these a gap or a bridge is told with its figure only, not as a warning.
_TOLD_BRIDGED_RATIO = 0.01
_TOLD_COVERAGE_RATIO = 0.995
# From this coverage on nothing that the missing time may hide is looked for.
WHOLE_RATIO = 0.999
# Of the time without data most stood frozen: that is the reason to tell.
_MOST = 0.5
MIN_COVERAGE_RATIO = 0.5
# A difference of meters that agree is nothing, whatever the floats leave of it.
_ROUNDING = 1e-9
_IT = "it"
_SQRT3 = sqrt(3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fraction:
    """What stands above and below, as sums; ``fixed_bottom``, shape (n,), is added and exact.

    ``further_u``, shape (n,), is the standard uncertainty of the top that is not the meters'.
    """

    top: SignedMeters
    bottom: SignedMeters
    fixed_bottom: FloatArray | float = 0.0
    further_u: FloatArray | float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioKpi(Kpi):
    """A ratio of two named sums: ``numerator`` less ``less``, over ``denominator``.

    ``scale`` brings it to the unit (1000 for m3/kWh to L/kWh).
    """

    numerator: str
    denominator: str
    boundary: str
    less: str | None = None
    numerator_unit: str = "kWh"
    scale: float = 1.0
    min_coverage_ratio: float = MIN_COVERAGE_RATIO

    @property
    def sums(self) -> tuple[str, ...]:
        """The named sums."""
        return (self.numerator, self.denominator, *(() if self.less is None else (self.less,)))

    def produce(self, measured: "Measurement") -> Sequence[KpiSeries]:
        """The ratio over the periods of a measurement."""
        return (self.of(measured.totals(*self.sums)),)

    def of(self, totals: MeteredTotals, *, kind: KpiKind | None = None) -> KpiSeries:
        """The ratio of totals that hold the named sums.

        Parameters
        ----------
        totals : MeteredTotals
            Totals known together.
        kind : KpiKind, optional
            PARTIAL for a boundary inside that of the data centre, DESIGNED for predicted
            energies; by default annual or interim by the length of the window.

        Returns
        -------
        KpiSeries
            Withheld without a meter for one of the sums.
        """
        each = [totals.sum_of(name) for name in self.sums]
        if not all(one.plus for one in each):
            return withheld_series(
                self.id, self.unit, totals.periods, Withheld.NO_METER, boundary=self.boundary
            )
        top = each[0] if self.less is None else each[0].less(each[2])
        series = ratio_series(self, totals, Fraction(top=top, bottom=each[1]))
        return series if kind is None else replace(series, kind=kind)


def ratio_series(kpi: RatioKpi, totals: MeteredTotals, fraction: Fraction) -> KpiSeries:
    """Ratio of two sums by period; never an average of ratios.

    Parameters
    ----------
    kpi : RatioKpi
        Name, unit, scale, bounds and minimum coverage.
    totals : MeteredTotals
        Totals of the KPI's own meters, known together.
    fraction : Fraction
        What stands above and below.

    Returns
    -------
    KpiSeries
        Withheld below the minimum coverage, without a denominator, and when the result is
        physically impossible.

    Notes
    -----
    R = (a.x) / (b.x + c), dR/dx_i = (a_i - R b_i) / (b.x + c): a meter that stands in both sums is
    counted once, with its correlation (JCGM 100:2008, eq. 10). The variances of the meters' own
    errors add up; each shared error is summed with its sign first (F.1.2.3).
    """
    a, b = totals.weights(fraction.top), totals.weights(fraction.bottom)
    top, bottom = a @ totals.total, b @ totals.total + fraction.fixed_bottom
    divided = bottom > _ROUNDING * (np.abs(b) @ np.abs(totals.total))
    divisor = np.where(divided, bottom, 1.0)
    ratio = top / divisor
    unit = kpi.scale / divisor
    own, shared = (np.abs(unit) * one for one in totals.u_parts(a, b, ratio))
    further = fraction.further_u * np.abs(unit)
    own = np.hypot(own, further)
    value = ratio * kpi.scale
    hidden = kpi.scale * _hidden_u(totals, a, b, ratio)
    expanded = COVERAGE_FACTOR * np.sqrt(own**2 + shared**2 + hidden**2)
    slack = np.nan_to_num(expanded)
    possible = (value >= kpi.lower - slack) & (value <= kpi.upper + slack)
    withheld = why_withheld(totals, kpi.min_coverage_ratio, divided, possible)
    shown = withheld == SHOWN
    used = (a != 0.0) | (b != 0.0)
    inputs = tuple(dict.fromkeys(fraction.top.ids + fraction.bottom.ids))
    return KpiSeries(
        kpi=kpi.id,
        unit=kpi.unit,
        periods=totals.periods,
        value=np.where(shown, value, np.nan),
        expanded_uncertainty=np.where(shown, expanded, np.nan),
        coverage_ratio=totals.coverage_ratio,
        bridged_ratio=totals.bridged_ratio,
        withheld=withheld,
        parts={"meters": own, "common": shared, "missing": hidden},
        flags=flags_of(totals, used, totals.facts_of(kpi.sums)),
        doubts={one: where for one, where in totals.doubts.items() if one.meter in inputs},
        numerator=top,
        numerator_unit=kpi.numerator_unit,
        denominator=bottom,
        denominator_unit="kWh",
        category=totals.it_category if kpi.denominator == _IT else None,
        boundary=kpi.boundary,
        boundary_facts=totals.facts_of(kpi.sums),
        inputs=inputs,
        terms=Terms(
            totals=totals,
            top=a,
            bottom=b,
            unit=unit,
            ratio=ratio,
            fixed_bottom=fraction.fixed_bottom,
            further_u=further,
        ),
    )


def _hidden_u(
    totals: MeteredTotals, top: FloatArray, bottom: FloatArray, ratio: FloatArray
) -> FloatArray:
    """What the time without data may hide: its own ratio may differ from that of the rest.

    From the scatter of the known blocks where they are enough (:mod:`models.missing`), else the
    ratio of the missing time may lie anywhere from nothing to twice the rest's.
    """
    u = np.zeros(len(ratio))
    missing = 1.0 - totals.coverage_ratio
    for n in np.flatnonzero(missing > 1.0 - WHOLE_RATIO).tolist():
        found = np.nan if totals.hidden is None else totals.hidden(n, top, bottom)
        u[n] = found if np.isfinite(found) else missing[n] * abs(ratio[n]) / _SQRT3
    return u


def why_withheld(
    totals: MeteredTotals, min_coverage_ratio: float, divided: BoolArray, possible: BoolArray
) -> IntArray:
    """Why there is no value, the first reason that holds, by period."""
    coverage = totals.coverage_ratio
    low = coverage < min_coverage_ratio
    missing_s = totals.periods.duration_s - totals.covered_s
    frozen = low & (totals.frozen_s > _MOST * np.maximum(missing_s, 1e-6))
    reasons = {
        Withheld.FROZEN: frozen,
        Withheld.NO_DATA: coverage == 0.0,
        Withheld.LOW_COVERAGE: low,
        Withheld.ZERO_DENOMINATOR: ~divided,
        Withheld.IMPOSSIBLE: ~possible,
    }
    codes = [np.int64(WITHHELD.index(reason)) for reason in reasons]
    return np.select(list(reasons.values()), codes, default=np.int64(SHOWN))


def flags_of(
    totals: MeteredTotals, used: BoolArray, facts: Sequence[BoundaryFact]
) -> dict[Flag, BoolArray]:
    """What to beware of in a figure made of some of the meters, by period."""
    flags = {
        Flag.BRIDGED: totals.bridged_ratio > _TOLD_BRIDGED_RATIO,
        Flag.PARTLY_MISSING: totals.coverage_ratio < _TOLD_COVERAGE_RATIO,
    }
    for flag, where in totals.flags.items():
        flags[flag] = np.asarray(where[used].any(axis=0))
    if not LACKING.isdisjoint(facts):
        flags[Flag.CARRIER_LACKING] = np.ones(len(totals.periods), dtype=bool)
    return flags
