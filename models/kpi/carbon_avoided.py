"""Carbon avoided by delivered heat: a range, with the displaced source declared.

Q EF_net - W_hp EF_elec in kgCO2e: the low end with the lowest EF_net and highest EF_elec, the high
end the other way round; neither is shown without the other. Below zero the heat costs more than it
spares. The expanded uncertainties are of the meters alone; the spread between the ends is of the
factors. What the heat replaces, the marginal source or the network's average, decides the figure
and is declared. A naive credit, derived, from no standard: the emissions of the servers are not
counted against the heat.

Examples
--------
1000 kWh of heat at COP 4 against a gas boiler of 0.20 to 0.25 kg/kWh (invented figures):

>>> from models.kpi.totals import totals_of
>>> gas = FactorRange(
...     name="gas boiler", low_kgco2e_per_kwh=0.20, high_kgco2e_per_kwh=0.25,
...     source="example", vintage=2024,
... )
>>> grid = FactorRange(
...     name="grid", low_kgco2e_per_kwh=0.02, high_kgco2e_per_kwh=0.06,
...     source="example", vintage=2024,
... )
>>> day = totals_of({"reused": 1000.0, "heat_pumps": 250.0}, hours=24.0)
>>> [CARBON_AVOIDED[end].between(day, gas, grid).value.tolist() for end in ("low", "high")]
[[185.0], [245.0]]
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from models.kpi.declared import require_finite
from models.kpi.definition import ANY, Kpi, KpiGroup
from models.kpi.result import Flag, Withheld
from models.kpi.series import KpiSeries, withheld_series
from models.kpi.total import total_series
from models.kpi.totals import MeteredTotals

if TYPE_CHECKING:
    from models.kpi.measurement import Measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRange:
    """Lowest and highest defensible emission factor of one source. [kgCO2e/kWh]

    ``name`` says what it is (gas boiler at the margin, network average), ``source`` and
    ``vintage`` where the figures come from.
    """

    name: str
    low_kgco2e_per_kwh: float
    high_kgco2e_per_kwh: float
    source: str
    vintage: int

    def __post_init__(self) -> None:
        """Refuse a range upside down, below zero or without a source."""
        require_finite("low_kgco2e_per_kwh", self.low_kgco2e_per_kwh)
        require_finite("high_kgco2e_per_kwh", self.high_kgco2e_per_kwh, self.low_kgco2e_per_kwh)
        if not self.name.strip() or not self.source.strip():
            msg = "an emission factor needs a name and its source"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonAvoidedEnd(Kpi):
    """One end of the range; ``low`` says which."""

    low: bool

    @property
    def sums(self) -> tuple[str, ...]:
        """Heat handed over, and all electricity that raised it."""
        return ("reused", "heat_pumps")

    def produce(self, measured: "Measurement") -> Sequence[KpiSeries]:
        """This end over the periods of a measurement; nothing where no factors are declared."""
        declared = measured.site.declared
        displaced, electricity = declared.displaced_heat, declared.electricity_carbon_range
        if displaced is None or electricity is None or not measured.sums["reused"].plus:
            return ()
        return (self.between(measured.totals(*self.sums), displaced, electricity),)

    def between(
        self, totals: MeteredTotals, displaced: FactorRange, electricity: FactorRange
    ) -> KpiSeries:
        """This end for declared factors."""
        heat, power = totals.sum_of("reused"), totals.sum_of("heat_pumps")
        boundary = (
            f"displaced: {displaced.name} ({displaced.source}, {displaced.vintage}); electricity: "
            f"{electricity.name} ({electricity.source}, {electricity.vintage})"
        )
        if not heat.plus:
            return withheld_series(
                self.id, self.unit, totals.periods, Withheld.NO_METER, boundary=boundary
            )
        spared = displaced.low_kgco2e_per_kwh if self.low else displaced.high_kgco2e_per_kwh
        spent = electricity.high_kgco2e_per_kwh if self.low else electricity.low_kgco2e_per_kwh
        weights = totals.weights(heat) * spared - totals.weights(power) * spent
        inputs = tuple(dict.fromkeys(heat.ids + power.ids))
        series = total_series(self, totals, weights, inputs, boundary)
        declared = np.ones(len(totals.periods), dtype=bool)
        return replace(series, flags={**series.flags, Flag.DECLARED_INPUT: declared})


def _end(name: str) -> CarbonAvoidedEnd:
    return CarbonAvoidedEnd(
        id=f"carbon_avoided_{name}",
        unit="kgCO2e",
        group=KpiGroup.CARBON,
        decimals=0,
        windows=ANY,
        low=name == "low",
        end_of="carbon_avoided",
    )


CARBON_AVOIDED: Final = {name: _end(name) for name in ("low", "high")}
