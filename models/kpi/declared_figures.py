"""KPIs that nobody meters: what the operator declares of a calendar year, with its source."""

from dataclasses import replace
from datetime import date
from typing import Final

from models.kpi.definition import BASE_YEAR, DECLARED, Kpi, KpiGroup
from models.kpi.result import Flag, KpiKind, KpiResult
from models.legal_time.calendar_spans import Span, whole_span
from models.metering.uncertainty import COVERAGE_FACTOR
from models.quantities import Quantity
from models.readings import Origin, Window
from models.site.declarations import Declarations

ITEE_SV: Final = Kpi(
    id="itee_sv",
    unit="ratio",
    quantity=Quantity.RATIO,
    group=KpiGroup.EQUIPMENT,
    decimals=3,
    windows=(DECLARED,),
    lower=0.0,
)
ITEU_SV: Final = replace(ITEE_SV, id="iteu_sv", upper=1.0)
REFRIGERANT_GWP: Final = Kpi(
    id="refrigerant_gwp",
    unit="GWP",
    group=KpiGroup.EQUIPMENT,
    decimals=0,
    windows=(DECLARED,),
    lower=0.0,
)


def declared_results(declared: Declarations, units: dict[str, str]) -> list[KpiResult]:
    """The figures that a site declares, as KPIs of declared origin: the newest year of each.

    Parameters
    ----------
    declared : Declarations
        What the operator declares.
    units : mapping of KPI to unit
        The unit of each KPI.
    """
    newest = {one.kpi: one for one in sorted(declared.figures, key=lambda one: one.year)}
    results = [
        KpiResult(
            kpi=one.kpi,
            window=_year(DECLARED, one.year),
            unit=units[one.kpi],
            value=one.value,
            expanded_uncertainty=one.expanded_uncertainty,
            coverage_ratio=1.0,
            origin=Origin.DECLARED,
            boundary=one.source,
            flags=(Flag.DECLARED_INPUT,),
        )
        for one in newest.values()
    ]
    base = declared.trajectory_base
    if base is not None:
        results.append(
            KpiResult(
                kpi="facility_energy",
                window=_year(BASE_YEAR, base.year),
                unit="kWh",
                value=base.energy_kwh,
                expanded_uncertainty=COVERAGE_FACTOR * base.u_kwh,
                coverage_ratio=1.0,
                origin=Origin.DECLARED,
                kind=KpiKind.ANNUAL,
                flags=(Flag.DECLARED_INPUT,),
            )
        )
    return results


def _year(name: str, year: int) -> Window:
    """A calendar year of legal time."""
    return replace(whole_span(Span.YEAR, date(year, 1, 1)), name=name)
