"""The end of an explanation: the verdict, why, and what would be needed to prove more."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Final

from charter_rules.findings import MISSED, Verdict
from charter_rules.judging.conditions import Comparison, ExpandedUncertainty, exact
from charter_rules.judging.outcome import MissingEvidence, Outcome
from charter_rules.wording.figures import difference, kpi_figure
from charter_rules.wording.language import Wording
from charter_rules.wording.site_reasons import site_reason
from models.readings import Origin

_NOT_JUDGED: Final = (Verdict.NOT_IN_FORCE, Verdict.NOT_FIXED)
_UNPROVEN: Final = (Verdict.COMPLIANT_NOT_PROVEN, Verdict.SUSPECTED)


def conclude(outcome: Outcome, wording: Wording) -> str:
    """The verdict and its reason."""
    verdict = outcome.verdict
    return wording.sentences.conclusion.format(
        verdict=wording.verdicts[verdict], reason=_reason(outcome, wording)
    )


def _reason(outcome: Outcome, wording: Wording) -> str:
    sentences = wording.sentences
    if outcome.missing is not None:
        return sentences.insufficient.format(lack=_lack(outcome, outcome.missing, wording))
    if outcome.unmet is not None or outcome.off_level or outcome.verdict in _NOT_JUDGED:
        return _why_not_judged(outcome, wording)
    if outcome.doubts and outcome.verdict not in MISSED:
        return sentences.doubted
    if outcome.downgraded:
        origin = Origin.DECLARED if outcome.kpi is None else outcome.kpi.origin
        return sentences.downgraded.format(origin=wording.origins[origin].lower())
    elsewhere = _elsewhere(outcome, wording)
    return elsewhere or _reasons(outcome.rule.comparison, wording)[outcome.verdict]


def _reasons(comparison: Comparison, wording: Wording) -> Mapping[Verdict, str]:
    if comparison is Comparison.PRESENT:
        return wording.presence_reasons
    if comparison is Comparison.DECLARED:
        return wording.duty_reasons
    return wording.reasons


def _why_not_judged(outcome: Outcome, wording: Wording) -> str:
    sentences = wording.sentences
    if outcome.verdict is Verdict.NOT_IN_FORCE:
        return sentences.not_in_force.format(day=wording.dates.write_day(outcome.on))
    if outcome.verdict is Verdict.NOT_FIXED:
        return sentences.not_fixed
    return sentences.not_applicable.format(reason=_why_not(outcome, wording))


def _elsewhere(outcome: Outcome, wording: Wording) -> str:
    """Why the figure only points to something, where that is so."""
    why = outcome.rule.indicative
    if why is None or not outcome.indicative or outcome.verdict not in _UNPROVEN:
        return ""
    reason = why.reason_fr if wording.language == "fr" else why.reason_en
    return wording.sentences.indicative.format(reason=" ".join(reason.split()))


def _why_not(outcome: Outcome, wording: Wording) -> str:
    if outcome.unmet is not None:
        return site_reason(outcome.unmet, outcome.facts, wording)
    ambient = None if outcome.kpi is None else outcome.kpi.numerator
    number = wording.numbers.number(exact(ambient or 0.0), 1)
    level = wording.numbers.with_unit(number, "dB(A)")
    return wording.site_reasons.off_level.format(level=level)


def _lack(outcome: Outcome, lack: MissingEvidence, wording: Wording) -> str:
    """Fill in the sentence of a lack with the figures that show it."""
    template, rule, numbers = wording.lacks[lack], outcome.rule, wording.numbers
    sentences = wording.sentences
    filled: dict[str, str] = {}
    if lack is MissingEvidence.UNKNOWN_FACT:
        filled["fact"] = wording.unknown_facts[type(outcome.unknown)]
    elif lack is MissingEvidence.NO_EARLIER_RESULT:
        filled["against"] = wording.kpi.over(rule.against or "")
    elif outcome.kpi is not None:
        result = outcome.kpi
        filled["detail"] = (
            wording.kpi.withheld[result.withheld] if result.withheld else sentences.no_number
        )
        if lack is MissingEvidence.IMPOSSIBLE and result.value is not None:
            filled["value"] = kpi_figure(outcome, result.value, None, wording)
        elif lack is MissingEvidence.SHORT_WINDOW:
            hours = exact(result.window.duration / timedelta(hours=1))
            filled["hours"] = numbers.with_unit(numbers.number(hours, 1), "h")
            least = numbers.as_written(exact(rule.window.min_hours))
            filled["needed"] = numbers.with_unit(least, "h")
        elif lack is MissingEvidence.LOW_COVERAGE:
            filled["coverage"] = numbers.share(result.coverage_ratio)
            filled["needed"] = numbers.share(rule.min_coverage_ratio)
    return template.format(**filled)


def what_is_missing(outcome: Outcome, wording: Wording) -> str:
    """What it would take to prove compliance; empty where nothing is left to prove."""
    sentences, missing = wording.sentences, []
    if outcome.doubts:
        names = (doubt.meter or sentences.doubted_meter for doubt in outcome.doubts)
        missing.append(sentences.missing_repair.format(meters=", ".join(dict.fromkeys(names))))
    if outcome.missing is not None:
        missing.append(wording.proofs[outcome.missing])
    elif outcome.verdict is Verdict.NOT_FIXED:
        missing.append(sentences.nothing_to_prove)
    elif outcome.verdict in (Verdict.DECLARED_UNCHECKED, Verdict.NOT_HANDED_IN):
        missing.append(sentences.missing_check)
    elif outcome.downgraded:
        missing.append(sentences.missing_measurement)
    elif outcome.indicative and outcome.verdict in _UNPROVEN:
        missing.append(sentences.missing_inspection)
    elif not missing and outcome.verdict in _UNPROVEN:
        fixed = not isinstance(outcome.rule.guard_band, ExpandedUncertainty)
        template = sentences.missing_further if fixed else sentences.missing_surer
        margin = abs(outcome.margin or Decimal(0))
        if not margin:
            template = sentences.missing_farther
        told = template.format(
            margin=difference(outcome, margin, wording),
            guard=difference(outcome, outcome.guard_band, wording),
        )
        missing.append(told)
    return wording.typeset(" ".join(missing))
