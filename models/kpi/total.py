"""KPIs that are a sum of metered energies over a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from models.kpi.definition import Kpi
from models.kpi.ratio import MIN_COVERAGE_RATIO, WHOLE_RATIO, flags_of, why_withheld
from models.kpi.result import Withheld
from models.kpi.series import SHOWN, KpiSeries, withheld_series
from models.kpi.terms import Terms
from models.kpi.totals import MeteredTotals
from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import FloatArray

if TYPE_CHECKING:
    from models.kpi.measurement import Measurement

_SQRT3 = sqrt(3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalKpi(Kpi):
    """What a named sum of meters counted. [kWh]"""

    counted: str
    boundary: str

    @property
    def sums(self) -> tuple[str, ...]:
        """The named sum."""
        return (self.counted,)

    def produce(self, measured: "Measurement") -> Sequence[KpiSeries]:
        """The sum over the periods of a measurement."""
        return (self.of(measured.totals(self.counted)),)

    def of(self, totals: MeteredTotals) -> KpiSeries:
        """The signed sum over the covered part of each period.

        Parameters
        ----------
        totals : MeteredTotals
            Energies over jointly covered time. [kWh]

        Returns
        -------
        KpiSeries
            The sum of the registers' increments [kWh]. It is not extrapolated to the part of a
            period that is not covered, which widens its interval: that time may have brought
            anything from nothing to twice as much as the rest. Withheld below half coverage.

        Notes
        -----
        U (k = 2) from the meters, errors that they share included (JCGM 100:2008, 5.2.2).

        Examples
        --------
        Class 0.5 meters of 1,000 and 200 kWh, u of 3 and 0.6 kWh: the difference has U = 6.1 kWh.

        >>> from models.kpi.definition import ANY, KpiGroup
        >>> from models.kpi.totals import totals_of
        >>> offices = TotalKpi(
        ...     id="sum", unit="kWh", group=KpiGroup.ENERGY, decimals=0, windows=ANY,
        ...     counted="all", boundary="at the intake",
        ... )
        >>> counted = offices.of(totals_of({"all": (1200.0, 3.06)}))
        >>> counted.value.tolist(), counted.expanded_uncertainty.round(1).tolist()
        ([1200.0], [6.1])
        """
        counted = totals.sum_of(self.counted)
        if not counted.plus:
            return withheld_series(
                self.id, self.unit, totals.periods, Withheld.NO_METER, boundary=self.boundary
            )
        weights = totals.weights(counted)
        return total_series(self, totals, weights, counted.ids, self.boundary)


def total_series(
    kpi: Kpi,
    totals: MeteredTotals,
    weights: FloatArray,
    inputs: tuple[str, ...],
    boundary: str,
) -> KpiSeries:
    """A weighted sum of meters by period."""
    value = weights @ totals.total
    own, shared = totals.u_parts(weights)
    hidden = _left_out_u(totals, value)
    anything = np.ones(len(value), dtype=bool)
    withheld = why_withheld(totals, MIN_COVERAGE_RATIO, anything, anything)
    shown = withheld == SHOWN
    expanded = COVERAGE_FACTOR * np.sqrt(own**2 + shared**2 + hidden**2)
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
        flags=flags_of(totals, weights != 0.0, totals.facts_of(kpi.sums)),
        doubts={one: where for one, where in totals.doubts.items() if one.meter in inputs},
        numerator=value,
        numerator_unit=kpi.unit,
        boundary=boundary,
        boundary_facts=totals.facts_of(kpi.sums),
        inputs=inputs,
        terms=Terms(
            totals=totals,
            top=weights,
            bottom=np.zeros(len(weights)),
            unit=np.ones(len(value)),
            ratio=np.zeros(len(value)),
        ),
    )


def _left_out_u(totals: MeteredTotals, value: FloatArray) -> FloatArray:
    """What a sum lacks for the time without data: from nothing to twice the rest, rectangular."""
    covered = totals.coverage_ratio
    like_the_rest = np.abs(value) * (1.0 - covered) / np.where(covered > 0.0, covered, 1.0)
    return np.where(covered < WHOLE_RATIO, 2.0 * like_the_rest / _SQRT3, 0.0)
