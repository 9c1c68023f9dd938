"""From sound shapes to the immutable rule book. Checks nothing: the loader did."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from charter_rules.applicability import (
    EnteredBefore,
    EnteredFrom,
    InstalledItPowerAbove,
    InZone,
    MinInstalledItPower,
    PublicOperator,
    SiteCondition,
    UnderNoiseRegime,
)
from charter_rules.conditions import ExpandedUncertainty, FixedGuardBand, GuardBand, exact
from charter_rules.dated import DatedEntry, DatedValue, Reference
from charter_rules.kpis import KPIS, unit_factor
from charter_rules.reading import Library
from charter_rules.rulebook import Parameter, Rule, RuleBook, RuleWindow
from charter_rules.schema import (
    AppliesWhenShape,
    CharterShape,
    FixedGuardBandShape,
    ParameterShape,
    RuleShape,
)


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
    parameter_shape = library.parameters.sheets[shape.condition.parameter].shape
    factor = unit_factor(parameter_shape.unit, KPIS[shape.kpi])
    return Rule(
        id=shape.id,
        version=shape.version,
        axis=shape.axis,
        title_fr=shape.title_fr,
        title_en=shape.title_en,
        text_fr=shape.text_fr,
        text_en=shape.text_en,
        kpi=shape.kpi,
        window=RuleWindow(name=shape.window.name, min_hours=shape.window.min_hours),
        comparison=shape.condition.type,
        parameter=_parameter(parameter_shape, factor),
        min_coverage_ratio=shape.min_coverage,
        guard_band=_guard_band(shape, factor),
        evidence=shape.evidence,
        severity=shape.severity,
        applies_when=_site_conditions(shape.applies_when),
        grace_months_after_entry=shape.grace_months_after_entry,
    )


def _parameter(shape: ParameterShape, factor: Decimal) -> Parameter:
    entries = (
        DatedEntry(
            in_force_from=day,
            value=entry.value,
            absence=entry.absent,
            published_on=entry.published_on,
            reference=Reference(
                title=entry.reference.title,
                article=entry.reference.article,
                url=entry.reference.url,
            ),
        )
        for day, entry in shape.values.items()
    )
    return Parameter(
        id=shape.id,
        unit=shape.unit,
        factor=factor,
        values=DatedValue(tuple(entries)),
        legal_status=shape.legal_status,
        verification=shape.verification,
    )


def _guard_band(shape: RuleShape, factor: Decimal) -> GuardBand:
    band = shape.guard_band
    if isinstance(band, FixedGuardBandShape):
        return FixedGuardBand(
            width=exact(band.width) * factor,
            strict=band.strict,
            reason_fr=band.reason_fr,
            reason_en=band.reason_en,
        )
    return ExpandedUncertainty()


def _site_conditions(shape: AppliesWhenShape) -> tuple[SiteCondition, ...]:
    conditions: list[SiteCondition] = []
    if shape.entry_into_operation_from is not None:
        conditions.append(EnteredFrom(shape.entry_into_operation_from))
    if shape.entry_into_operation_before is not None:
        conditions.append(EnteredBefore(shape.entry_into_operation_before))
    if shape.min_installed_it_power_kw is not None:
        conditions.append(MinInstalledItPower(shape.min_installed_it_power_kw))
    if shape.installed_it_power_above_kw is not None:
        conditions.append(InstalledItPowerAbove(shape.installed_it_power_above_kw))
    if shape.zones is not None:
        conditions.append(InZone(shape.zones))
    if shape.public_operator is not None:
        conditions.append(PublicOperator(shape.public_operator))
    if shape.noise_regime is not None:
        conditions.append(UnderNoiseRegime(shape.noise_regime))
    return tuple(conditions)
