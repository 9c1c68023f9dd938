"""CUE, carbon usage effectiveness (ISO/IEC 30134-8, EN 50600-4-8)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import hypot, inf

from models.kpi.declared import require_finite, with_rows
from models.kpi.metered import (
    MeteredTotals,
    RatioKpi,
    ratio_result,
    sum_uncertainty,
    withheld_result,
)
from models.kpi.result import Flag, KpiResult, Withheld
from models.metering.tree import ItBoundary, SignedMeters

_UNIT = "kgCO2e/kWh"


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


def cue(
    totals: MeteredTotals,
    carriers: Sequence[EnergyCarrier],
    it: ItBoundary,
    method: CarbonMethod,
) -> KpiResult:
    """Emissions of the energy of the data centre over the energy of its IT equipment.

    Parameters
    ----------
    totals : MeteredTotals
        Energies [kWh] and fuel volumes [m3] over one jointly covered window.
    carriers : sequence of EnergyCarrier
        Every carrier of E_DC once: grid electricity, on-site fuels, district cooling. Generator
        output is not listed beside the fuel it was made from.
    it : ItBoundary
        E_IT and its category.
    method : CarbonMethod
        Location or market based; each gives its own KPI, ``cue_location`` or ``cue_market``.

    Returns
    -------
    KpiResult
        sum(E_i EF_i) / E_IT in kgCO2e/kWh. The boundary names every factor with its vintage.

    Raises
    ------
    ValueError
        If a factor is of the other method, or factors count different scopes.

    Notes
    -----
    The formula is background knowledge, the standard was not read. Emissions of making the
    equipment and of refrigerants are not in it. Factors of different carriers are independent.

    Examples
    --------
    PUE 1.3 on the French production mix of 2024 (RTE, 21.7 g/kWh): CUE = 0.0217 x 1.3.

    >>> import numpy as np
    >>> from datetime import UTC, datetime
    >>> from models.readings import Origin, Window
    >>> year = Window(
    ...     name="12months",
    ...     start=datetime(2024, 1, 1, tzinfo=UTC),
    ...     end=datetime(2025, 1, 1, tzinfo=UTC),
    ... )
    >>> totals = MeteredTotals(
    ...     window=year, meters=("intake", "pdu"), total=np.array([130e3, 100e3]), u=np.zeros(2),
    ...     coverage_ratio=1.0, bridged_ratio=0.0, origin=Origin.MEASURED,
    ... )
    >>> grid = EnergyCarrier(
    ...     name="grid", meters=SignedMeters(plus=("intake",)),
    ...     factor=EmissionFactor(
    ...         kgco2e_per_kwh=0.0217, source="RTE bilan 2024, production", vintage=2024,
    ...         scope=FactorScope.DIRECT, method=CarbonMethod.LOCATION,
    ...     ),
    ... )
    >>> it = ItBoundary(category=2, meters=SignedMeters(plus=("pdu",)))
    >>> round(cue(totals, (grid,), it, CarbonMethod.LOCATION).value, 5)
    0.02821
    """
    _require_one_kind(carriers, method)
    kpi = f"cue_{method.value}"
    if not carriers or not all(one.meters.plus for one in carriers):
        return withheld_result(kpi, _UNIT, totals.window, Withheld.NO_METER)
    boundary = "; ".join([f"{method.value} based", *(_declared(one) for one in carriers)])
    spec = RatioKpi(
        kpi=kpi, unit=_UNIT, numerator_unit="kgCO2e", lower=0.0, upper=inf, boundary=boundary
    )
    rows = {f"emissions:{one.name}": _emissions_kg(totals, one) for one in carriers}
    numerator = SignedMeters(plus=tuple(rows))
    both = with_rows(
        totals,
        {name: kg for name, (kg, _) in rows.items()},
        {name: u_kg for name, (_, u_kg) in rows.items()},
    )
    result = ratio_result(spec, both, numerator, it.meters, category=it.category)
    metered = tuple(meter for one in carriers for meter in one.meters.ids)
    return replace(
        result,
        inputs=tuple(dict.fromkeys(metered + it.meters.ids)),
        flags=(*result.flags, Flag.DECLARED_INPUT),
    )


def _emissions_kg(totals: MeteredTotals, carrier: EnergyCarrier) -> tuple[float, float]:
    weights = totals.weights(carrier.meters) * carrier.kwh_per_unit
    energy_kwh = float(weights @ totals.total)
    u_kwh = hypot(*sum_uncertainty(totals, weights))
    factor = carrier.factor
    kg = energy_kwh * factor.kgco2e_per_kwh
    return kg, hypot(u_kwh * factor.kgco2e_per_kwh, kg * factor.u_ratio)


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
