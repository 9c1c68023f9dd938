"""CUE, carbon usage effectiveness (ISO/IEC 30134-8, EN 50600-4-8).

Emissions of the energy of the data centre over the energy of its IT equipment, in kgCO2e/kWh:
sum(E_i EF_i) / E_IT over every carrier of E_DC once. Generator output is not listed beside the
fuel it was made from. The factor of the grid is that of its place; a market based figure is another
one, and is not given. The boundary names every factor with its vintage. The formula is background
knowledge, the standard was not read. Emissions of making the equipment and of refrigerants are not
in it. Factors of different carriers are independent.

Examples
--------
PUE 1.3 on the French production mix of 2024 (RTE, 21.7 g/kWh): CUE = 0.0217 x 1.3.

>>> from models.kpi.totals import totals_of
>>> grid = EnergyCarrier(
...     name="grid", meters=SignedMeters(plus=("intake",)),
...     factor=EmissionFactor(
...         kgco2e_per_kwh=0.0217, source="RTE bilan 2024, production", vintage=2024,
...         scope=FactorScope.DIRECT, method=CarbonMethod.LOCATION,
...     ),
... )
>>> year = totals_of({"intake": 130e3, "it": 100e3})
>>> CUE_LOCATION.of_carriers(year, (grid,)).value.round(5).tolist()
[0.02821]
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from models.kpi.declared import require_finite
from models.kpi.definition import ANY, KpiGroup
from models.kpi.ratio import Fraction, RatioKpi, ratio_series
from models.kpi.result import Flag, Withheld
from models.kpi.series import KpiSeries, withheld_series
from models.kpi.totals import MeteredTotals
from models.metering.tree import SignedMeters

if TYPE_CHECKING:
    from models.kpi.measurement import Measurement
    from models.site.site import Site


class CarbonMethod(StrEnum):
    """Whose factor the electricity has: the grid's at that place, or the contract's."""

    LOCATION = "location"
    MARKET = "market"


class FactorScope(StrEnum):
    """What an emission factor counts. The two do not mix within one figure."""

    LIFE_CYCLE = "life_cycle"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionFactor:
    """Emissions for each kWh of a carrier [kgCO2e/kWh], never without where they come from.

    ``method`` is None for carriers that have one factor under both methods (fuels). ``u_ratio``
    is the relative standard uncertainty; 0 takes the published figure as exact.
    """

    kgco2e_per_kwh: float
    source: str
    vintage: int
    scope: FactorScope
    method: CarbonMethod | None = None
    u_ratio: float = 0.0

    def __post_init__(self) -> None:
        """Refuse factors without source and those below zero."""
        require_finite("kgco2e_per_kwh", self.kgco2e_per_kwh)
        require_finite("u_ratio", self.u_ratio)
        if not self.source.strip():
            msg = "an emission factor needs its source"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyCarrier:
    """One carrier of E_DC: its meters, what one unit of them holds [kWh], and its factor.

    ``kwh_per_unit`` is 1 for electricity and heat meters; for a fuel meter in m3 it is the heat
    content, 9900 kWh/m3 for diesel (EN 50600-4 factsheet: 9.9 kWh/L).
    """

    name: str
    meters: SignedMeters
    factor: EmissionFactor
    kwh_per_unit: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonUsage(RatioKpi):
    """CUE by one method."""

    method: CarbonMethod

    @property
    def sums(self) -> tuple[str, ...]:
        """E_IT; the carriers are declared one by one."""
        return ("it",)

    def meters(self, site: "Site", sums: Mapping[str, SignedMeters]) -> tuple[str, ...]:
        """Those of E_IT and of the carriers."""
        each = [sums["it"], *(one.meters for one in carriers_of(site, sums))]
        return tuple(dict.fromkeys(one for sum_ in each for one in sum_.ids))

    def produce(self, measured: "Measurement") -> Sequence[KpiSeries]:
        """CUE over the periods of a measurement; nothing where no factors are declared."""
        carriers = carriers_of(measured.site, measured.sums)
        if not carriers:
            return ()
        totals = measured.totals("it", also=[one.meters for one in carriers])
        series = self.of_carriers(totals, carriers)
        # Of bought cooling and fuel no emission factor is declared: their emissions are not in it.
        if any(measured.sums[name].plus for name in ("bought_cooling", "bought_fuel")):
            lacking = np.ones(len(measured.periods), dtype=bool)
            series = replace(series, flags={**series.flags, Flag.CARRIER_LACKING: lacking})
        return (series,)

    def of_carriers(self, totals: MeteredTotals, carriers: Sequence[EnergyCarrier]) -> KpiSeries:
        """CUE of some carriers.

        Raises
        ------
        ValueError
            If a factor is of the other method, or factors count different scopes.
        """
        _require_one_kind(carriers, self.method)
        it = totals.sum_of("it")
        boundary = "; ".join([self.boundary, *(_declared(one) for one in carriers)])
        if not (carriers and it.plus and all(one.meters.plus for one in carriers)):
            return withheld_series(
                self.id, self.unit, totals.periods, Withheld.NO_METER, boundary=boundary
            )
        kg = {one.name: totals.weights(one.meters) * _kg_per_unit(one) for one in carriers}
        factor_kg = [(kg[one.name] @ totals.total) * one.factor.u_ratio for one in carriers]
        top = SignedMeters(
            plus=tuple(m for one in carriers for m in one.meters.plus),
            minus=tuple(m for one in carriers for m in one.meters.minus),
            factors=tuple((m, _kg_per_unit(one)) for one in carriers for m in one.meters.ids),
        )
        further_u = np.sqrt(np.square(factor_kg).sum(axis=0))
        series = ratio_series(self, totals, Fraction(top=top, bottom=it, further_u=further_u))
        declared = np.ones(len(totals.periods), dtype=bool)
        return replace(
            series, boundary=boundary, flags={**series.flags, Flag.DECLARED_INPUT: declared}
        )


def _kg_per_unit(carrier: EnergyCarrier) -> float:
    return carrier.kwh_per_unit * carrier.factor.kgco2e_per_kwh


def carriers_of(site: "Site", sums: Mapping[str, SignedMeters]) -> tuple[EnergyCarrier, ...]:
    """Every carrier of E_DC once: the generator counts by its fuel, not by its output.

    Empty where a factor that is needed is not declared.
    """
    declared = site.declared
    if declared.electricity_carbon is None:
        return ()
    carriers = [EnergyCarrier(name="grid", meters=sums["grid"], factor=declared.electricity_carbon)]
    if sums["fuel"].plus:
        if declared.fuel_carbon is None or declared.fuel_kwh_per_m3 is None:
            return ()
        carriers.append(
            EnergyCarrier(
                name="fuel",
                meters=sums["fuel"],
                kwh_per_unit=declared.fuel_kwh_per_m3,
                factor=declared.fuel_carbon,
            )
        )
    return tuple(carriers)


def _declared(carrier: EnergyCarrier) -> str:
    factor = carrier.factor
    return (
        f"{carrier.name}: {factor.kgco2e_per_kwh:g} kgCO2e/kWh "
        f"({factor.source}, {factor.vintage}, {factor.scope.value})"
    )


def _require_one_kind(carriers: Sequence[EnergyCarrier], method: CarbonMethod) -> None:
    names = [one.name for one in carriers]
    if len(set(names)) < len(names):
        msg = f"each carrier needs a name of its own, got {names}"
        raise ValueError(msg)
    for one in carriers:
        require_finite(f"kwh_per_unit of {one.name!r}", one.kwh_per_unit)
        if one.factor.method not in {None, method}:
            msg = f"the factor of {one.name!r} is {one.factor.method}, not {method.value} based"
            raise ValueError(msg)
    scopes = {one.factor.scope for one in carriers}
    if len(scopes) > 1:
        msg = f"factors of one CUE must count the same scope, got {sorted(scopes)}"
        raise ValueError(msg)


CUE_LOCATION: Final = CarbonUsage(
    id="cue_location",
    unit="kgCO2e/kWh",
    group=KpiGroup.CARBON,
    decimals=3,
    windows=ANY,
    lower=0.0,
    numerator="it",
    denominator="it",
    numerator_unit="kgCO2e",
    boundary="location based",
    method=CarbonMethod.LOCATION,
)
