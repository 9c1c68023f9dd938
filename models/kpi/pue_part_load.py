"""PUE over the hours in which the IT load lay near a quarter of its rating.

sum(E_DC) / sum(E_IT) over whole hours in the band, never a mean of ratios. Without an hour in the
band there is no value (not reached): nothing is extrapolated from other loads. Singapore's Green
Mark asks for the PUE at 25 % IT load (second-hand); here the load is that of ordinary operation, a
load-bank test is another thing. The width of 2.5 points is this project's choice: that of the
Singapore certificate was not read.

Examples
--------
Of three hours the first two lie near 25 % of 400 kW: 300 / 200.

>>> from models.kpi.totals import totals_of
>>> hours = np.array([[160.0, 140.0, 480.0], [102.0, 98.0, 400.0]])
>>> curve = LoadCurve(facility_kwh=hours[0], it_kwh=hours[1], rated_it_kw=400.0)
>>> PUE_AT_25_PERCENT_LOAD.of_hours(
...     curve, totals_of({"facility": 780.0, "it": 600.0}, hours=3.0), np.array([0]), np.array([3])
... ).value.tolist()
[1.5]
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from models.kpi.declared import require_above_zero
from models.kpi.definition import LONG, KpiGroup
from models.kpi.ratio import RatioKpi
from models.kpi.result import Withheld
from models.kpi.series import SHOWN, WITHHELD, KpiSeries
from models.kpi.terms import Terms
from models.kpi.totals import MeteredTotals
from models.metering.uncertainty import COVERAGE_FACTOR
from models.quantities import Quantity
from models.readings import FloatArray, IntArray

if TYPE_CHECKING:
    from models.kpi.measurement import Measurement

_AT_RATIO, _HALF_WIDTH_RATIO = 0.25, 0.025
_LEAST_HOURS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCurve:
    """E_DC and E_IT by consecutive whole hours, NaN where unknown. [kWh]

    ``each_kwh`` are the meters behind them, in the order of the totals.
    """

    facility_kwh: FloatArray
    it_kwh: FloatArray
    rated_it_kw: float
    each_kwh: FloatArray | None = None

    def __post_init__(self) -> None:
        """Refuse curves of different length."""
        if self.facility_kwh.shape != self.it_kwh.shape:
            msg = f"steps differ: {self.facility_kwh.shape} and {self.it_kwh.shape}"
            raise ValueError(msg)
        require_above_zero("rated_it_kw", self.rated_it_kw)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLoadPue(RatioKpi):
    """PUE at one load."""

    def produce(self, measured: "Measurement") -> Sequence[KpiSeries]:
        """The part-load PUE over the whole hours of each period."""
        totals = measured.totals("facility", "it")
        if not (totals.sum_of("it").plus and totals.sum_of("facility").plus):
            return (self.of(totals),)
        hours = measured.whole_hours(*self.sums)
        counted = hours.each()
        meters = totals.meters
        curve = LoadCurve(
            facility_kwh=totals.sum_of("facility").weights(meters) @ counted,
            it_kwh=totals.sum_of("it").weights(meters) @ counted,
            rated_it_kw=measured.site.identity.rated_it_power_kw,
            each_kwh=counted,
        )
        return (self.of_hours(curve, totals, hours.first, hours.stop),)

    def of_hours(
        self, curve: LoadCurve, totals: MeteredTotals, first: IntArray, stop: IntArray
    ) -> KpiSeries:
        """The ratio of the hours in the band, for each period.

        Parameters
        ----------
        curve : LoadCurve
            Energies by hour.
        totals : MeteredTotals
            Of the whole periods: their meters' relative uncertainty is that of the hours.
        first, stop : int array, shape (n,)
            The hours ``[first, stop)`` of each period.

        Returns
        -------
        KpiSeries
            Its coverage is the known share of the hours.
        """
        known = np.isfinite(curve.facility_kwh) & np.isfinite(curve.it_kwh)
        load = np.where(known, curve.it_kwh, np.nan) / curve.rated_it_kw
        inside = np.abs(load - _AT_RATIO) <= _HALF_WIDTH_RATIO

        def summed(by_hour: FloatArray) -> FloatArray:
            running = np.concatenate([[0.0], np.cumsum(by_hour)])
            return np.asarray(running[stop] - running[first])

        top = summed(np.where(inside, curve.facility_kwh, 0.0))
        bottom = summed(np.where(inside, curve.it_kwh, 0.0))
        hours_in = summed(inside.astype(np.float64))
        length = np.maximum(stop - first, 1)
        coverage = summed(known.astype(np.float64)) / length
        whole = self.of(totals)
        value = top / np.where(bottom > 0.0, bottom, 1.0)
        # Errors of the meters are as large a share of the ratio as over the whole period.
        share = value / np.where(whole.value > 0.0, whole.value, 1.0)
        parts = {name: share * whole.parts[name] for name in ("meters", "common")}
        expanded = COVERAGE_FACTOR * np.hypot(parts["meters"], parts["common"])
        withheld = np.select(
            [
                coverage == 0.0,
                coverage < self.min_coverage_ratio,
                (hours_in < _LEAST_HOURS) | (bottom <= 0.0),
                value < self.lower - expanded,
            ],
            [
                WITHHELD.index(Withheld.NO_DATA),
                WITHHELD.index(Withheld.LOW_COVERAGE),
                WITHHELD.index(Withheld.NOT_REACHED),
                WITHHELD.index(Withheld.IMPOSSIBLE),
            ],
            SHOWN,
        ).astype(np.int64)
        shown = withheld == SHOWN
        return replace(
            whole,
            value=np.where(shown, value, np.nan),
            expanded_uncertainty=np.where(shown, expanded, np.nan),
            coverage_ratio=coverage,
            withheld=withheld,
            parts=parts,
            numerator=top,
            denominator=bottom,
            terms=_terms(
                whole, share, curve.each_kwh, lambda each: summed(np.where(inside, each, 0.0))
            ),
            boundary=(
                f"hours with the IT load at {_AT_RATIO:.0%} +/- {_HALF_WIDTH_RATIO:.1%} of "
                f"{curve.rated_it_kw:g} kW"
            ),
        )


def _terms(
    whole: KpiSeries,
    share: FloatArray,
    each_kwh: FloatArray | None,
    summed: Callable[[FloatArray], FloatArray],
) -> Terms | None:
    """The meters over the hours in the band, with what they are worth in the ratio of these."""
    if whole.terms is None or each_kwh is None:
        return None
    return replace(
        whole.terms,
        unit=share * whole.terms.unit,
        counted=lambda: np.stack([summed(one) for one in each_kwh]),
    )


PUE_AT_25_PERCENT_LOAD: Final = PartLoadPue(
    id="pue_at_25_percent_load",
    unit="ratio",
    quantity=Quantity.RATIO,
    group=KpiGroup.ENERGY,
    decimals=3,
    windows=LONG,
    lower=1.0,
    numerator="facility",
    denominator="it",
    boundary="hours near a quarter of the rated IT load",
)
