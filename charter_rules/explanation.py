"""A finding in plain words: what is asked, by which text, what was measured, how sure, why.

Pure: the same outcome gives the same sentences. One paragraph per language.
"""

from datetime import timedelta
from decimal import Decimal
from typing import assert_never
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
from charter_rules.conditions import FixedGuardBand, exact
from charter_rules.dated import DatedEntry
from charter_rules.facts import SiteFacts
from charter_rules.findings import Verdict
from charter_rules.kpis import KPIS
from charter_rules.outcome import Lack, Outcome
from charter_rules.wording import Wording
from models.kpi.result import KpiResult

# Shorter windows are told with their hours, longer ones with their days.
_HOURS_MATTER_BELOW = timedelta(hours=48)


def explain(outcome: Outcome, wording: Wording, timezone: ZoneInfo) -> str:
    """Explain one outcome in one language."""
    parts = [_asked(outcome, wording), _source(outcome, wording)]
    if outcome.verdict is not Verdict.NOT_APPLICABLE:
        parts += [_threshold(outcome, wording), _measured(outcome, wording, timezone)]
        parts.append(_margin(outcome, wording))
    parts.append(_conclusion(outcome, wording))
    return wording.typeset(" ".join(part for part in parts if part))


def _asked(outcome: Outcome, wording: Wording) -> str:
    rule = outcome.rule
    text = rule.text_fr if wording.language == "fr" else rule.text_en
    return wording.sentences.asked.format(text=" ".join(text.split()))


def _source(outcome: Outcome, wording: Wording) -> str:
    parameter, reference = outcome.rule.parameter, outcome.standing.entry.reference
    return wording.sentences.source.format(
        title=reference.title,
        article=reference.article,
        status=wording.legal_statuses[parameter.legal_status],
        verification=wording.verifications[parameter.verification],
    )


def _limit(outcome: Outcome, entry: DatedEntry, wording: Wording) -> str | None:
    """Write a threshold with the text's own digits and unit."""
    if entry.value is None:
        return None
    number = wording.numbers.as_written(exact(entry.value))
    value = wording.numbers.with_unit(number, outcome.rule.parameter.unit)
    return wording.sentences.limit[outcome.rule.comparison].format(value=value)


def _threshold(outcome: Outcome, wording: Wording) -> str:
    sentences, standing, entry = wording.sentences, outcome.standing, outcome.standing.entry
    write_day = wording.dates.write_day
    limit = _limit(outcome, entry, wording)
    if not standing.published:
        parts = [sentences.threshold_not_published.format(day=write_day(entry.in_force_from))]
    elif limit is None or standing.due is None:
        parts = [sentences.threshold_repealed.format(day=write_day(entry.in_force_from))]
    else:
        template = sentences.threshold_since if standing.in_force else sentences.threshold_from
        parts = [template.format(limit=limit, day=write_day(standing.due))]
    if outcome.rule.grace_months_after_entry is not None:
        parts.append(
            sentences.grace.format(
                months=outcome.rule.grace_months_after_entry,
                entry=write_day(outcome.facts.entry_into_operation),
            )
        )
    if standing.coming is not None:
        parts.append(_coming(outcome, standing.coming, wording))
    return " ".join(parts)


def _coming(outcome: Outcome, coming: DatedEntry, wording: Wording) -> str:
    limit = _limit(outcome, coming, wording)
    day = wording.dates.write_day(coming.in_force_from)
    if limit is None:
        return wording.sentences.will_be_repealed.format(day=day)
    return wording.sentences.will_become.format(limit=limit, day=day)


def _in_text_unit(
    outcome: Outcome, value: Decimal, wording: Wording, *, difference: bool = False
) -> str:
    """Write a figure of the KPI in the unit of the text, rounded for reading.

    A difference of two percentages is in points.
    """
    parameter = outcome.rule.parameter
    decimals = KPIS[outcome.rule.kpi].decimals + parameter.factor.adjusted()
    number = wording.numbers.number(value / parameter.factor, decimals)
    points = difference and parameter.unit == "%"
    unit = wording.sentences.points if points else parameter.unit
    return wording.numbers.with_unit(number, unit)


def _measured(outcome: Outcome, wording: Wording, timezone: ZoneInfo) -> str:
    result = outcome.kpi
    if result is None or result.value is None or outcome.lack is Lack.NO_VALUE:
        return ""
    spec = KPIS[outcome.rule.kpi]
    start, end = _bounds(result, wording, timezone)
    return wording.sentences.measured.format(
        origin=wording.origins[result.origin],
        label=spec.label_fr if wording.language == "fr" else spec.label_en,
        value=_in_text_unit(outcome, exact(result.value), wording),
        uncertainty=_uncertainty(outcome, result, wording),
        window=wording.windows[result.window.name],
        start=start,
        end=end,
        coverage=wording.numbers.share(result.coverage_ratio),
    )


def _uncertainty(outcome: Outcome, result: KpiResult, wording: Wording) -> str:
    expanded = result.expanded_uncertainty
    if expanded is None or outcome.lack is Lack.NO_UNCERTAINTY:
        return ""
    value = _in_text_unit(outcome, exact(expanded), wording)
    return wording.sentences.uncertainty.format(value=value)


def _bounds(result: KpiResult, wording: Wording, timezone: ZoneInfo) -> tuple[str, str]:
    start = result.window.start.astimezone(timezone)
    end = result.window.end.astimezone(timezone)
    if result.window.duration < _HOURS_MATTER_BELOW:
        return wording.dates.write_moment(start), wording.dates.write_moment(end)
    return wording.dates.write_day(start.date()), wording.dates.write_day(end.date())


def _margin(outcome: Outcome, wording: Wording) -> str:
    if outcome.margin is None:
        return ""
    sentences = wording.sentences
    kept = outcome.margin >= 0
    guard = outcome.rule.guard_band
    margin = (sentences.margin_kept if kept else sentences.margin_missed).format(
        margin=_in_text_unit(outcome, abs(outcome.margin), wording, difference=True),
        guard=_in_text_unit(outcome, outcome.guard_band, wording, difference=True),
    )
    if isinstance(guard, FixedGuardBand):
        reason = guard.reason_fr if wording.language == "fr" else guard.reason_en
        return f"{margin} {' '.join(reason.split())}"
    return f"{margin} {sentences.guard_uncertainty}"


def _conclusion(outcome: Outcome, wording: Wording) -> str:
    verdict = outcome.verdict
    return wording.sentences.conclusion.format(
        verdict=wording.verdicts[verdict], reason=_reason(outcome, wording)
    )


def _reason(outcome: Outcome, wording: Wording) -> str:
    sentences = wording.sentences
    if outcome.unmet is not None:
        reason = _site_reason(outcome.unmet, outcome.facts, wording)
        return sentences.not_applicable.format(reason=reason)
    if outcome.verdict is Verdict.NOT_IN_FORCE:
        return sentences.not_in_force.format(day=wording.dates.write_day(outcome.on))
    if outcome.lack is not None:
        return sentences.insufficient.format(lack=_lack(outcome, outcome.lack, wording))
    if outcome.tempered and outcome.kpi is not None:
        return sentences.tempered.format(origin=wording.origins[outcome.kpi.origin].lower())
    return wording.reasons[outcome.verdict]


def _lack(outcome: Outcome, lack: Lack, wording: Wording) -> str:
    template, result, numbers = wording.lacks[lack], outcome.kpi, wording.numbers
    if result is None:
        return template
    if lack is Lack.NO_VALUE:
        withheld = wording.withheld
        detail = withheld[result.withheld] if result.withheld else "NaN"
        return template.format(detail=detail)
    if lack is Lack.SHORT_WINDOW:
        hours = result.window.duration / timedelta(hours=1)
        return template.format(
            hours=numbers.with_unit(numbers.number(exact(hours), 1), "h"),
            needed=numbers.with_unit(numbers.as_written(exact(outcome.rule.window.min_hours)), "h"),
        )
    if lack is Lack.LOW_COVERAGE:
        return template.format(
            coverage=numbers.share(result.coverage_ratio),
            needed=numbers.share(outcome.rule.min_coverage_ratio),
        )
    return template


def _site_reason(unmet: SiteCondition, facts: SiteFacts, wording: Wording) -> str:
    reasons, write_day = wording.site_reasons, wording.dates.write_day
    entry = write_day(facts.entry_into_operation)
    power = _kilowatts(facts.installed_it_power_kw, wording)
    match unmet:
        case EnteredBefore(day):
            text = reasons.entered_too_late.format(entry=entry, day=write_day(day))
        case EnteredFrom(day):
            text = reasons.entered_too_early.format(entry=entry, day=write_day(day))
        case MinInstalledItPower(kw):
            text = reasons.power_too_low.format(power=power, limit=_kilowatts(kw, wording))
        case InstalledItPowerAbove(kw):
            text = reasons.power_not_above.format(power=power, limit=_kilowatts(kw, wording))
        case InZone(zones):
            text = reasons.other_zone.format(zones=", ".join(zones))
        case PublicOperator(public):
            text = reasons.public_only if public else reasons.private_only
        case UnderNoiseRegime():
            text = reasons.other_noise_regime
        case _:
            assert_never(unmet)
    return text


def _kilowatts(kw: float, wording: Wording) -> str:
    return wording.numbers.with_unit(wording.numbers.as_written(exact(kw)), "kW")
