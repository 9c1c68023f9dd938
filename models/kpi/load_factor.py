"""Load factor of the IT capacity: mean IT power over the rated IT load. Stands beside every PUE.

E_IT / (rated power x covered time). The rated load is the installed IT power demand or rated IT
load of (EU) 2024/1364, Article 2. Above 1 the rating is wrong, which is for the reader to see: the
value is not withheld.

Examples
--------
2400 kWh in a day of a hall rated 400 kW: 100 kW, a quarter.

>>> from models.kpi.totals import totals_of
>>> LOAD_FACTOR.at_rating(totals_of({"it": 2400.0}, hours=24.0), rated_it_kw=400.0).value.tolist()
[0.25]
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from models.kpi.declared import require_above_zero
from models.kpi.definition import ANY, KpiGroup
from models.kpi.ratio import Fraction, RatioKpi, ratio_series
from models.kpi.result import Withheld
from models.kpi.series import KpiSeries, withheld_series
from models.kpi.totals import MeteredTotals
from models.metering.tree import SignedMeters
from models.quantities import Quantity

if TYPE_CHECKING:
    from models.kpi.measurement import Measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFactorKpi(RatioKpi):
    """E_IT over what the rated load would have used in the covered time."""

    @property
    def sums(self) -> tuple[str, ...]:
        """E_IT alone: the rated load is no meter."""
        return ("it",)

    def produce(self, measured: "Measurement") -> Sequence[KpiSeries]:
        """The load factor over the periods of a measurement."""
        rated_kw = measured.site.identity.rated_it_power_kw
        return (self.at_rating(measured.totals("it"), rated_it_kw=rated_kw),)

    def at_rating(self, totals: MeteredTotals, *, rated_it_kw: float) -> KpiSeries:
        """The load factor of totals for one rating. [kW]

        Raises
        ------
        ValueError
            If the rating is not above 0.
        """
        require_above_zero("rated_it_kw", rated_it_kw)
        it = totals.sum_of("it")
        if not it.plus:
            return withheld_series(self.id, self.unit, totals.periods, Withheld.NO_METER)
        rated_kwh = rated_it_kw * totals.covered_s / 3600.0
        nothing = SignedMeters(plus=())
        return ratio_series(self, totals, Fraction(top=it, bottom=nothing, fixed_bottom=rated_kwh))


LOAD_FACTOR: Final = LoadFactorKpi(
    id="load_factor",
    unit="ratio",
    quantity=Quantity.RATIO,
    group=KpiGroup.ENERGY,
    decimals=3,
    windows=ANY,
    lower=0.0,
    numerator="it",
    denominator="it",
    boundary="E_IT over what the rated IT load would have used in the covered time",
)
