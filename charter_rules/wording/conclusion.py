"""The end of an explanation: the verdict, why, and what would be needed to prove more."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from charter_rules.findings import Verdict
from charter_rules.judging.conditions import Comparison, FixedGuardBand, exact
from charter_rules.judging.outcome import MissingEvidence, Outcome
from charter_rules.wording.figures import in_text_unit
from charter_rules.wording.language import Wording
from charter_rules.wording.site_reasons import site_reason
from models.readings import Origin


def conclude(outcome: Outcome, wording: Wording) -> str:
    """The verdict and its reason."""
    verdict = outcome.verdict
    return wording.sentences.conclusion.format(
        verdict=wording.verdicts[verdict], reason=_reason(outcome, wording)
    )


def _reason(outcome: Outcome, wording: Wording) -> str:
    sentences = wording.sentences
    if outcome.unmet is not None or outcome.off_level:
        return sentences.not_applicable.format(reason=_why_not(outcome, wording))
    if outcome.verdict is Verdict.NOT_IN_FORCE:
        return sentences.not_in_force.format(day=wording.dates.write_day(outcome.on))
    if outcome.missing is not None:
        return sentences.insufficient.format(lack=_lack(outcome, outcome.missing, wording))
    if outcome.doubts and outcome.verdict is not Verdict.BREACH:
        return sentences.doubted
    if outcome.downgraded:
        origin = Origin.DECLARED if outcome.kpi is None else outcome.kpi.origin
        return sentences.downgraded.format(origin=wording.origins[origin].lower())
    return _reasons(outcome.rule.comparison, wording)[outcome.verdict]


def _reasons(comparison: Comparison, wording: Wording) -> Mapping[Verdict, str]:
    if comparison is Comparison.PRESENT:
        return wording.presence_reasons
    if comparison is Comparison.DECLARED:
        return wording.duty_reasons
    return wording.reasons


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
    filled: dict[str, str] = {}
    if lack is MissingEvidence.UNKNOWN_FACT:
        filled["fact"] = wording.unknown_facts[type(outcome.unknown)]
    elif lack is MissingEvidence.NO_EARLIER_RESULT:
        filled["against"] = wording.kpi.over(rule.against or "")
    elif outcome.kpi is not None:
        result = outcome.kpi
        filled["detail"] = wording.kpi.withheld[result.withheld] if result.withheld else "NaN"
        if lack is MissingEvidence.SHORT_WINDOW:
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
        lack = _lack(outcome, outcome.missing, wording)
        missing.append(sentences.missing.format(lack=lack[0].upper() + lack[1:]))
    elif outcome.downgraded:
        missing.append(sentences.missing_measurement)
    elif not missing and outcome.verdict in (Verdict.COMPLIANT_NOT_PROVEN, Verdict.SUSPECTED):
        fixed = isinstance(outcome.rule.guard_band, FixedGuardBand)
        template = sentences.missing_further if fixed else sentences.missing_surer
        margin = abs(outcome.margin or Decimal(0))
        told = template.format(
            margin=in_text_unit(outcome, margin, wording, difference=True),
            guard=in_text_unit(outcome, outcome.guard_band, wording, difference=True),
        )
        missing.append(told)
    return wording.typeset(" ".join(missing))
