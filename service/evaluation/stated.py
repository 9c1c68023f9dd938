"""KPIs that nobody polls: what the operator declared, and what follows from another result."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from charter_rules.kpis import DECLARED_WINDOW, KPIS
from models.kpi.result import Flag, KpiKind, KpiResult
from models.legal_time.calendar_spans import Span, whole_span
from models.metering.uncertainty import COVERAGE_FACTOR
from models.readings import Origin, Window
from models.site.declarations import Declarations

_BOUNDARY = {
    "noise_emergence_day": "noise_boundary_day",
    "noise_emergence_night": "noise_boundary_night",
}


def declared_kpis(declared: Declarations) -> tuple[KpiResult, ...]:
    """The figures of the site file, as KPIs of declared origin: the newest year of each."""
    newest = {one.kpi: one for one in sorted(declared.figures, key=lambda one: one.year)}
    results = [
        KpiResult(
            kpi=one.kpi,
            window=_year(DECLARED_WINDOW, one.year),
            unit=KPIS[one.kpi].unit,
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
                window=_year("base_year", base.year),
                unit="kWh",
                value=base.energy_kwh,
                expanded_uncertainty=COVERAGE_FACTOR * base.u_kwh,
                coverage_ratio=1.0,
                origin=Origin.DECLARED,
                kind=KpiKind.ANNUAL,
                flags=(Flag.DECLARED_INPUT,),
            )
        )
    return tuple(results)


def boundary_levels(results: Iterable[KpiResult]) -> tuple[KpiResult, ...]:
    """The ambient level behind each emergence: what a limit at the property line judges."""
    return tuple(
        replace(
            result,
            kpi=_BOUNDARY[result.kpi],
            value=result.numerator,
            expanded_uncertainty=_ambient_uncertainty(result),
            numerator=None,
            numerator_unit="",
            denominator=None,
            denominator_unit="",
            parts=tuple(part for part in result.parts if part.name == "ambient"),
            flags=tuple(flag for flag in result.flags if flag is not Flag.OLD_RESIDUAL),
            boundary="property line",
        )
        for result in results
        if result.kpi in _BOUNDARY
    )


def _ambient_uncertainty(result: KpiResult) -> float | None:
    own = [part.u for part in result.parts if part.name == "ambient"]
    return COVERAGE_FACTOR * own[0] if own else None


def _year(name: str, year: int) -> Window:
    """A calendar year of Paris."""
    return replace(whole_span(Span.YEAR, date(year, 1, 1)), name=name)
