"""Why a rule does not concern a site, in words."""

from typing import assert_never

from charter_rules.facts import SiteFacts
from charter_rules.judging.applicability import (
    AgeCondition,
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
    SizeCondition,
    TotalInputAbove,
    UnderIcpeRegime,
    UnderNoiseRegime,
    VitalOrDefence,
)
from charter_rules.judging.conditions import exact
from charter_rules.wording.language import Wording


def site_reason(unmet: SiteCondition, facts: SiteFacts, wording: Wording) -> str:
    """The first condition that the site does not meet, with the fact that decides it."""
    reasons = wording.site_reasons
    match unmet:
        case (
            MinInstalledItPower()
            | InstalledItPowerAbove()
            | MinSiretItPower()
            | MinRatedConnection()
            | TotalInputAbove()
            | MinFloorArea()
            | MinAiShare()
        ):
            return _size_reason(unmet, facts, wording)
        case (
            EnteredBefore()
            | EnteredFrom()
            | CreatedOrModifiedFrom()
            | CoolingBefore()
            | CoolingFrom()
        ):
            text = _age_reason(unmet, facts, wording)
        case InZone(zones):
            text = reasons.other_zone.format(zones=", ".join(zones))
        case PublicOperator(public):
            text = reasons.public_only if public else reasons.private_only
        case VitalOrDefence(exempt):
            text = reasons.exempt_only if exempt else reasons.exempt
        case UnderNoiseRegime():
            text = reasons.other_noise_regime
        case UnderIcpeRegime():
            text = reasons.other_icpe_regime
        case _:
            assert_never(unmet)
    return text


def _age_reason(unmet: AgeCondition, facts: SiteFacts, wording: Wording) -> str:
    reasons, write_day = wording.site_reasons, wording.dates.write_day
    day, entry = write_day(unmet.day), write_day(facts.entry_into_operation)
    plant = facts.cooling_in_operation
    cooling = "" if plant is None else write_day(plant)
    match unmet:
        case EnteredBefore():
            return reasons.entered_too_late.format(entry=entry, day=day)
        case EnteredFrom():
            return reasons.entered_too_early.format(entry=entry, day=day)
        case CreatedOrModifiedFrom():
            return reasons.changed_too_early.format(day=day)
        case CoolingBefore():
            return reasons.cooling_too_late.format(entry=cooling, day=day)
        case CoolingFrom():
            return reasons.cooling_too_early.format(entry=cooling, day=day)
        case _:
            assert_never(unmet)


def _size_reason(unmet: SizeCondition, facts: SiteFacts, wording: Wording) -> str:
    reasons = wording.site_reasons
    power = _figure(facts.installed_it_power_kw, "kW", wording)
    match unmet:
        case MinInstalledItPower(kw):
            text = reasons.power_too_low.format(power=power, limit=_figure(kw, "kW", wording))
        case InstalledItPowerAbove(kw):
            text = reasons.power_not_above.format(power=power, limit=_figure(kw, "kW", wording))
        case MinSiretItPower(kw):
            whole = _figure(facts.siret_it_power_kw or 0.0, "kW", wording)
            text = reasons.siret_power_too_low.format(power=whole, limit=_figure(kw, "kW", wording))
        case MinRatedConnection(kw):
            whole = _figure(facts.rated_connection_kw or 0.0, "kW", wording)
            text = reasons.connection_too_low.format(power=whole, limit=_figure(kw, "kW", wording))
        case TotalInputAbove(kw):
            rated = _figure(facts.total_rated_input_kw or 0.0, "kW", wording)
            text = reasons.input_not_above.format(power=rated, limit=_figure(kw, "kW", wording))
        case MinFloorArea(m2):
            area = _figure(facts.floor_area_m2 or 0.0, "m²", wording)
            text = reasons.area_too_small.format(area=area, limit=_figure(m2, "m²", wording))
        case MinAiShare(ratio):
            share = wording.numbers.share(facts.ai_share_ratio or 0.0)
            text = reasons.ai_share_too_low.format(share=share, limit=wording.numbers.share(ratio))
        case _:
            assert_never(unmet)
    return text


def _figure(value: float, unit: str, wording: Wording) -> str:
    return wording.numbers.with_unit(wording.numbers.as_written(exact(value)), unit)
