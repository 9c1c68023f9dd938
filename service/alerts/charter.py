"""Alerts about the charter: its breaches, and figures that are proven beyond a limit."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from charter_rules.facts import SiteFacts
from charter_rules.findings import Severity as RuleSeverity
from charter_rules.findings import Verdict
from charter_rules.judging.conditions import Evidence, ExpandedUncertainty
from charter_rules.judging.engine import judge
from charter_rules.law.rulebook import Rule, RuleBook
from service.alerts.alert import Alert, Example, Kind, Severity, selector
from service.alerts.limits import LimitKey, Limits, LimitSpan, outdated_expression
from service.metrics.kpi_families import KPI_FAMILIES

_BEYOND_S: Final = 900
_UNSEEN_S: Final = 3600
_OUTDATED_S: Final = 600
_KINDS: Final = {
    RuleSeverity.OBLIGATION: (Kind.BINDING, Severity.CRITICAL),
    RuleSeverity.BENCHMARK: (Kind.REFERENCE, Severity.WARNING),
}


def charter_alerts(
    rulebook: RuleBook, facts: SiteFacts, limits: Limits, site: str, today: date
) -> Iterator[Alert]:
    """Every rule that may be for the site, and whether these files are still those of its law."""
    for rule in rulebook.rules:
        if judge(rule, facts, {}, today).verdict is Verdict.NOT_APPLICABLE:
            continue
        yield from _of_rule(rule, site)
    for key, spans in limits.items():
        rule = next(one for one in rulebook.rules if one.id == key.rule)
        if _is_weighed_here(rule):
            yield _beyond(rule, key, spans, site)
    if limits:
        yield _outdated(limits, site)


def _words(rule: Rule) -> dict[str, str]:
    return {"title_fr": rule.title_fr, "title_en": rule.title_en, "rule": rule.id}


def _of_rule(rule: Rule, site: str) -> Iterator[Alert]:
    kind, severity = _KINDS[rule.severity]
    here = selector(site=site, rule=rule.id)
    standing, late = f"boucle_breach_standing{here}", f"boucle_breach_late{here}"
    missing = Verdict.INSUFFICIENT_DATA.value
    unseen = f"boucle_verdict{selector(site=site, rule=rule.id, verdict=missing)}"
    labels, words = {"rule": rule.id}, _words(rule)
    yield Alert(
        name="BoucleBreach",
        condition=f"max by () ({standing})",
        kind=kind,
        severity=severity,
        for_s=0,
        labels=labels,
        words=words,
        example=Example(fires={standing: "1"}, silent={standing: "0"}),
    )
    yield Alert(
        name="BoucleBreachLate",
        condition=f"max by () ({late})",
        kind=kind,
        severity=severity,
        for_s=0,
        # Shown of a breach that stands; of none when none does.
        alive=f"(max by () ({standing}) == 0)",
        labels=labels,
        words=words,
        example=Example(fires={standing: "1", late: "1"}, silent={standing: "0"}),
    )
    yield Alert(
        name="BoucleBreachUnseen",
        condition=f"max by () ({standing} * on () {unseen})",
        kind=kind,
        severity=Severity.INFO,
        for_s=_UNSEEN_S,
        labels=labels,
        words=words,
        example=Example(fires={standing: "1", unseen: "1"}, silent={standing: "1", unseen: "0"}),
    )


def _is_weighed_here(rule: Rule) -> bool:
    """Whether figure, uncertainty and limit alone prove that it is missed."""
    return (
        rule.evidence is Evidence.MEASUREMENT
        and isinstance(rule.guard_band, ExpandedUncertainty)
        and rule.indicative is None
        and rule.at_level is None
        and not rule.has_duration_terms
    )


def _beyond(rule: Rule, key: LimitKey, spans: tuple[LimitSpan, ...], site: str) -> Alert:
    kind, _ = _KINDS[rule.severity]
    families = KPI_FAMILIES[rule.kpi]
    window = selector(site=site, window=rule.window.name)
    both = selector(site=site, kpi=rule.kpi, window=rule.window.name)
    figure, band = families.value.name + window, families.expanded_uncertainty.name + window
    limit = key.series + selector(**key.labels(site))
    coverage, doubtful = f"boucle_kpi_coverage_ratio{both}", f"boucle_kpi_doubtful{both}"
    upwards = key.bound == "at_most"
    sign, than = ("-", ">") if upwards else ("+", "<")
    return Alert(
        name="BoucleBeyondLimit",
        condition=(
            f"(max by () ({figure}) {sign} max by () ({band}) {than} bool max by () ({limit}))\n"
            f"and on () (max by () ({coverage}) >= {rule.min_coverage_ratio:g})\n"
            f"and on () (max by () ({doubtful}) == 0)"
        ),
        kind=kind,
        severity=Severity.WARNING,
        for_s=_BEYOND_S,
        labels={"rule": rule.id, "bound": key.bound},
        words=_words(rule),
        example=_example(figure, band, limit, coverage, doubtful, spans[-1].value, upwards),
    )


def _example(
    figure: str,
    band: str,
    limit: str,
    coverage: str,
    doubtful: str,
    value: float,
    upwards: bool,
) -> Example:
    """Just beyond the limit by more than the uncertainty, and just not."""
    step = abs(value) / 100.0 or 0.01
    outwards = step if upwards else -step
    known = {band: f"{step:g}", limit: f"{value!r}", coverage: "1", doubtful: "0"}
    return Example(
        fires={figure: f"{value + 1.1 * outwards:.9g}", **known},
        silent={figure: f"{value + 0.9 * outwards:.9g}", **known},
    )


def _outdated(limits: Limits, site: str) -> Alert:
    key, spans = next(iter(limits.items()))
    shown = KPI_FAMILIES[key.kpi].threshold.name + selector(**key.labels(site))
    recorded = key.series + selector(**key.labels(site))
    value = spans[-1].value
    return Alert(
        name="BoucleRulesOutdated",
        condition=outdated_expression(limits, site),
        kind=Kind.TECHNICAL,
        severity=Severity.WARNING,
        held=False,
        for_s=_OUTDATED_S,
        example=Example(
            fires={shown: f"{1.01 * value!r}", recorded: f"{value!r}"},
            silent={shown: f"{value!r}", recorded: f"{value!r}"},
        ),
    )
