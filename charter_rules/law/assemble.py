"""From sound shapes to the immutable rule book. Checks nothing: the loader did."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from charter_rules.judging.applicability import (
    CoolingBefore,
    CoolingFrom,
    CreatedOrModifiedFrom,
    EnteredBefore,
    EnteredFrom,
    InstalledItPowerAbove,
    InZone,
    MinAiShare,
    MinFloorArea,
    MinInstalledItPower,
    MinRatedConnection,
    MinSiretItPower,
    PublicOperator,
    SiteCondition,
    TotalInputAbove,
    UnderIcpeRegime,
    UnderNoiseRegime,
    VitalOrDefence,
)
from charter_rules.judging.conditions import (
    NUMERIC,
    ExpandedUncertainty,
    GuardBand,
    Tabulated,
    TextReserve,
    exact,
)
from charter_rules.law.dated import DatedEntry, DatedValue
from charter_rules.law.fingerprint import rule_sha256
from charter_rules.law.kpis import CHANGE, DECLARATION, DECLARED_WINDOW, KPIS, unit_factor
from charter_rules.law.reading import Library
from charter_rules.law.rulebook import (
    AmbientLevel,
    BreachPolicy,
    DeclaredDuty,
    Indicative,
    Parameter,
    Rule,
    RuleBook,
    RuleWindow,
)
from charter_rules.law.schema import (
    AppliesWhenShape,
    CharterShape,
    DeclaredShape,
    LimitShape,
    ParameterShape,
    RuleShape,
    TabulatedShape,
    TextReserveShape,
    TrendShape,
)

_A_YEAR: Final = "12months"
_ONE_DAY_H: Final = 24.0


def assemble(charter: CharterShape, library: Library) -> RuleBook:
    """Build the rule book of one charter."""
    return RuleBook(
        charter=charter.id,
        title_fr=charter.title_fr,
        title_en=charter.title_en,
        timezone=ZoneInfo(charter.timezone),
        rules=tuple(_rule(library.rules.sheets[name].shape, library) for name in charter.rules),
    )


def _rule(shape: RuleShape, library: Library) -> Rule:
    parameters = {
        name: library.parameters.sheets[name].shape for name in shape.condition.parameters
    }
    return rule_from(shape, parameters)


def rule_from(shape: RuleShape, parameters: Mapping[str, ParameterShape]) -> Rule:
    """Build one rule from its shape and the parameters it names."""
    condition = shape.condition
    factors = {name: _factor(shape, one.unit) for name, one in parameters.items()}
    dating, *others = (_parameter(parameters[n], factors[n]) for n in condition.parameters)
    window = shape.window
    return Rule(
        id=shape.id,
        version=shape.version,
        sha256=rule_sha256(shape, parameters),
        axis=shape.axis,
        title_fr=shape.title_fr,
        title_en=shape.title_en,
        text_fr=shape.text_fr,
        text_en=shape.text_en,
        remedy_fr=shape.remedy_fr,
        remedy_en=shape.remedy_en,
        kpi=shape.kpi or DECLARATION,
        window=RuleWindow(
            name=DECLARED_WINDOW if window is None else window.name,
            min_hours=0.0 if window is None else window.min_hours,
        ),
        comparison=condition.type,
        parameter=dating,
        upper=others[0] if others else None,
        against=condition.against if isinstance(condition, TrendShape) else None,
        at_level=None if shape.at_level is None else AmbientLevel(**shape.at_level.model_dump()),
        strict=isinstance(condition, LimitShape) and condition.strict,
        indicative=_indicative(shape),
        has_duration_terms=shape.duration_terms,
        duty=_duty(condition) if isinstance(condition, DeclaredShape) else None,
        min_coverage_ratio=shape.min_coverage or 0.0,
        guard_band=_guard_band(shape, factors[dating.id]),
        evidence=shape.evidence,
        severity=shape.severity,
        applies_when=_site_conditions(shape.applies_when),
        grace_months_after_entry=shape.grace_months_after_entry,
        ends_months_after_entry=shape.ends_months_after_entry,
        breach=_policy(shape),
    )


def _indicative(shape: RuleShape) -> Indicative | None:
    why = shape.indicative
    return None if why is None else Indicative(**why.model_dump())


def _policy(shape: RuleShape) -> BreachPolicy:
    opens = shape.breach.opens_after_hours
    if opens is None:
        opens = 0.0 if shape.window is not None and shape.window.name == _A_YEAR else _ONE_DAY_H
    return BreachPolicy(
        opens_after_hours=opens,
        closes_after_hours=shape.breach.closes_after_hours,
        remediation_days=shape.breach.remediation_days,
    )


def _factor(shape: RuleShape, unit: str) -> Decimal:
    if shape.condition.type not in NUMERIC or shape.kpi is None:
        return Decimal(1)
    return unit_factor(unit, CHANGE if isinstance(shape.condition, TrendShape) else KPIS[shape.kpi])


def _duty(condition: DeclaredShape) -> DeclaredDuty:
    by = condition.yearly_by
    month_and_day = None if by is None else (int(by[:2]), int(by[3:]))
    return DeclaredDuty(
        key=condition.declaration, yearly_by=month_and_day, first_due=condition.first_due
    )


def _parameter(shape: ParameterShape, factor: Decimal) -> Parameter:
    entries = (
        DatedEntry(
            in_force_from=day,
            value=entry.value,
            absence=entry.absent,
            verification=entry.verification,
            published_on=entry.published_on,
            reference=entry.reference.plain(),
        )
        for day, entry in shape.values.items()
    )
    return Parameter(
        id=shape.id,
        unit=shape.unit,
        factor=factor,
        values=DatedValue(tuple(entries)),
        legal_status=shape.legal_status,
    )


def _guard_band(shape: RuleShape, factor: Decimal) -> GuardBand:
    band = shape.guard_band
    if isinstance(band, TextReserveShape):
        return TextReserve(
            width=exact(band.width) * factor,
            strict=band.strict,
            reason_fr=band.reason_fr,
            reason_en=band.reason_en,
        )
    if isinstance(band, TabulatedShape):
        return Tabulated(reason_fr=band.reason_fr, reason_en=band.reason_en)
    return ExpandedUncertainty()


# One line per field of ``applies_when``: the site condition that it stands for.
_CONDITIONS: Final[dict[str, Callable[[Any], SiteCondition]]] = {
    "entry_into_operation_from": EnteredFrom,
    "entry_into_operation_before": EnteredBefore,
    "created_or_modified_from": CreatedOrModifiedFrom,
    "cooling_in_operation_from": CoolingFrom,
    "cooling_in_operation_before": CoolingBefore,
    "min_installed_it_power_kw": MinInstalledItPower,
    "installed_it_power_above_kw": InstalledItPowerAbove,
    "min_siret_it_power_kw": MinSiretItPower,
    "min_rated_connection_kw": MinRatedConnection,
    "total_rated_input_above_kw": TotalInputAbove,
    "min_floor_area_m2": MinFloorArea,
    "min_ai_share": MinAiShare,
    "zones": InZone,
    "public_operator": PublicOperator,
    "vital_or_defence": VitalOrDefence,
    "noise_regime": UnderNoiseRegime,
    "icpe_regimes": UnderIcpeRegime,
}


def _site_conditions(shape: AppliesWhenShape) -> tuple[SiteCondition, ...]:
    given = ((build, getattr(shape, name)) for name, build in _CONDITIONS.items())
    return tuple(build(value) for build, value in given if value is not None)
