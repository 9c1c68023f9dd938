"""A finding in plain words: what is asked, by which text, what was measured, how sure, why.

Pure: the same outcome gives the same sentences. One paragraph per language.
"""

from datetime import timedelta, tzinfo

from charter_rules.findings import MISSED, Verdict
from charter_rules.judging.conditions import Comparison, ExpandedUncertainty
from charter_rules.judging.inspected import inspection_of
from charter_rules.judging.outcome import MissingEvidence, Outcome
from charter_rules.law.dated import Absence, DatedEntry
from charter_rules.wording.conclusion import conclude
from charter_rules.wording.figures import difference, kpi_figure, text_figure, weighed_figure
from charter_rules.wording.language import Wording
from models.kpi.result import KpiResult

# Shorter windows are told with their hours, longer ones with their days.
_HOURS_MATTER_BELOW = timedelta(hours=48)
# A sentence names the newest of them.
_MOST_DOCUMENTS = 2
# Where the text goes that a rule is from.
_SOURCE = "\0"


def explain(outcome: Outcome, wording: Wording, timezone: tzinfo) -> str:
    """Explain one outcome: what is asked and by which text; what was found, how sure; what follows.

    What would prove more is :func:`charter_rules.wording.conclusion.what_is_missing`.
    """
    asked = [_asked(outcome, wording), _SOURCE]
    found: list[str] = []
    if outcome.verdict is not Verdict.NOT_APPLICABLE:
        asked.append(_threshold(outcome, wording))
        found = [
            _not_measured(outcome, wording),
            _measured(outcome, wording, timezone),
            _doubted(outcome, wording),
            _changed(outcome, wording),
            _declared(outcome, wording),
            _margin(outcome, wording),
        ]
    follows = [conclude(outcome, wording)]
    if outcome.verdict in (*MISSED, Verdict.SUSPECTED):
        follows.append(_to_do(outcome, wording))
    paragraphs = (" ".join(part for part in parts if part) for parts in (asked, found, follows))
    # The name of a text keeps its abbreviations.
    text = wording.spell_out("\n".join(one for one in paragraphs if one))
    return wording.typeset(text.replace(_SOURCE, _source(outcome, wording)))


def _asked(outcome: Outcome, wording: Wording) -> str:
    rule = outcome.rule
    text = rule.text_fr if wording.language == "fr" else rule.text_en
    return wording.sentences.asked.format(text=" ".join(text.split()))


def _source(outcome: Outcome, wording: Wording) -> str:
    parameter = outcome.rule.parameter
    title, article = outcome.effective.entry.reference.words(wording.language)
    return wording.sentences.source.format(
        title=title,
        article=article,
        status=wording.legal_statuses[parameter.legal_status],
        verification=wording.verifications[outcome.effective.entry.verification],
    )


def _limit(outcome: Outcome, entry: DatedEntry, wording: Wording) -> str | None:
    """Write a threshold with the text's own digits and unit."""
    if entry.value is None:
        return None
    if outcome.rule.comparison is Comparison.TREND and entry.value < 0.0:
        fall = text_figure(outcome, -entry.value, wording)
        return wording.sentences.limit_fall.format(value=fall)
    upper = outcome.rule.upper
    top = None if upper is None else upper.values.at(entry.binds_from)
    return wording.sentences.limit[outcome.rule.comparison].format(
        value=text_figure(outcome, entry.value, wording),
        high="" if top is None or top.value is None else text_figure(outcome, top.value, wording),
    )


def _threshold(outcome: Outcome, wording: Wording) -> str:
    sentences, effective, entry = wording.sentences, outcome.effective, outcome.effective.entry
    write_day = wording.dates.write_day
    limit = _limit(outcome, entry, wording)
    if effective.ended is not None:
        parts = [sentences.threshold_ended.format(day=write_day(effective.ended))]
    elif entry.absence is Absence.NO_FIGURE and effective.due is not None:
        template = sentences.duty_since if effective.in_force else sentences.duty_from
        parts = [template.format(day=write_day(effective.due))]
    elif not effective.published:
        begun = entry.binds_from <= outcome.on
        template = sentences.threshold_not_published if begun else sentences.not_published_from
        parts = [template.format(day=write_day(entry.binds_from))]
    elif limit is None or effective.due is None:
        parts = [sentences.threshold_repealed.format(day=write_day(entry.binds_from))]
    else:
        template = sentences.threshold_since if effective.in_force else sentences.threshold_from
        parts = [template.format(limit=limit, day=write_day(effective.due))]
    if outcome.rule.grace_months_after_entry is not None:
        parts.append(
            sentences.grace.format(
                months=outcome.rule.grace_months_after_entry,
                entry=write_day(outcome.facts.entry_into_operation),
            )
        )
    if effective.coming is not None:
        parts.append(_coming(outcome, effective.coming, wording))
    return " ".join(parts)


def _coming(outcome: Outcome, coming: DatedEntry, wording: Wording) -> str:
    limit = _limit(outcome, coming, wording)
    day = wording.dates.write_day(coming.binds_from)
    if limit is None:
        return wording.sentences.will_be_repealed.format(day=day)
    return wording.sentences.will_become.format(limit=limit, day=day)


def _not_measured(outcome: Outcome, wording: Wording) -> str:
    """Say that no meter can give what the rule asks for, and why."""
    rule = outcome.rule
    return " ".join(wording.not_measured_yet(rule.kpi, rule.window.name, rule.against))


def _measured(outcome: Outcome, wording: Wording, timezone: tzinfo) -> str:
    result = outcome.kpi
    if outcome.rule.duty is not None:
        return ""  # a declaration has no figure
    if result is None or result.value is None or outcome.missing is MissingEvidence.NO_VALUE:
        return ""
    expanded = result.expanded_uncertainty
    if outcome.missing is MissingEvidence.NO_UNCERTAINTY:
        expanded = None
    shown = {
        "label": wording.kpi.kpis[outcome.rule.kpi].label,
        "value": kpi_figure(outcome, result.value, expanded, wording),
        "uncertainty": "" if expanded is None else wording.sentences.uncertainty,
    }
    seen = inspection_of(outcome.rule, outcome.facts, outcome.on)
    if seen is not None:
        day = wording.dates.write_day(seen.measured_on)
        return wording.sentences.inspected.format(
            author=wording.authors[seen.author], day=day, document=seen.document, **shown
        )
    start, end = _bounds(result, wording, timezone)
    return wording.sentences.measured.format(
        origin=", ".join([wording.origins[result.origin], *result.documents[:_MOST_DOCUMENTS]]),
        **shown,
        window=wording.kpi.over(result.window.name),
        start=start,
        end=end,
        coverage=wording.numbers.share(result.coverage_ratio),
    )


def _doubted(outcome: Outcome, wording: Wording) -> str:
    """Name each meter in doubt, and why."""
    sentences, told = wording.sentences, []
    for doubt in outcome.doubts:
        named = sentences.named_meter.format(meter=doubt.meter)
        meter = named if doubt.meter else sentences.unnamed_meter
        told.append(sentences.doubt.format(meter=meter, reason=wording.kpi.doubts[doubt.reason]))
    return " ".join(told)


def _changed(outcome: Outcome, wording: Wording) -> str:
    if outcome.rule.comparison is not Comparison.TREND or outcome.value is None:
        return ""
    return wording.sentences.changed.format(
        against=wording.kpi.over(outcome.rule.against or ""),
        change=weighed_figure(outcome, outcome.value, outcome.guard_band, wording),
    )


def _declared(outcome: Outcome, wording: Wording) -> str:
    sentences, parts = wording.sentences, []
    if outcome.due_on is not None:
        day = wording.dates.write_day(outcome.due_on)
        parts.append(sentences.duty_yearly.format(day=day, year=outcome.due_on.year - 1))
    said = outcome.declaration
    if said is not None:
        day = sentences.undated if said.made_on is None else wording.dates.write_day(said.made_on)
        template = sentences.declared if said.made else sentences.not_declared
        author = wording.authors[said.author]
        parts.append(template.format(author=author, day=day, document=said.document))
    return " ".join(parts)


def _to_do(outcome: Outcome, wording: Wording) -> str:
    rule = outcome.rule
    remedy = rule.remedy_fr if wording.language == "fr" else rule.remedy_en
    return wording.sentences.to_do.format(text=" ".join(remedy.split()))


def _bounds(result: KpiResult, wording: Wording, timezone: tzinfo) -> tuple[str, str]:
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
    templates = sentences.margin_kept if kept else sentences.margin_missed
    margin = templates[outcome.rule.comparison].format(
        margin=difference(outcome, abs(outcome.margin), wording),
        guard=difference(outcome, outcome.guard_band, wording),
    )
    if not isinstance(guard, ExpandedUncertainty):
        reason = guard.reason_fr if wording.language == "fr" else guard.reason_en
        return f"{margin} {' '.join(reason.split())}"
    return f"{margin} {sentences.guard_uncertainty}"
