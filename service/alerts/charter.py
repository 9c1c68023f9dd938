"""Alerts about the charter: its breaches, and figures that are proven beyond a limit."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from charter_rules.breaches.state import BreachState
from charter_rules.facts import SiteFacts
from charter_rules.findings import Severity as RuleSeverity
from charter_rules.findings import Verdict
from charter_rules.judging.conditions import Evidence, ExpandedUncertainty
from charter_rules.judging.engine import judge
from charter_rules.law.rulebook import Rule, RuleBook
from service.alerts.alert import Alert, Example, Kind, Severity
from service.alerts.conditions import IsValue, Shown
from service.alerts.figures import Latest, Product
from service.alerts.limit_conditions import BeyondLimit
from service.alerts.limits import LimitKey, Limits, LimitSpan, other_limits
from service.alerts.series import Series
from service.metrics.kpi_families import KPI_FAMILIES

_BEYOND_S: Final = 900
_UNSEEN_S: Final = 3600
_OUTDATED_S: Final = 600
_KINDS: Final = {
    RuleSeverity.OBLIGATION: (Kind.BINDING, Severity.CRITICAL),
    RuleSeverity.BENCHMARK: (Kind.REFERENCE, Severity.WARNING),
}
# Somebody answers for the breach, or a derogation covers it.
_ANSWERED: Final = (BreachState.ACKNOWLEDGED.value, BreachState.JUSTIFIED.value)


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
    here = {"site": site, "rule": rule.id}
    standing = Series(family="boucle_breach_standing", labels=here)
    late = Series(family="boucle_breach_late", labels=here)
    missing = {**here, "verdict": Verdict.INSUFFICIENT_DATA.value}
    unseen = Series(family="boucle_verdict", labels=missing)
    answered = Series(family="boucle_breach_state", labels=here, one_of={"state": _ANSWERED})
    is_known, stands = {standing.promql: "0"}, {standing.promql: "1"}
    labels, words = {"rule": rule.id}, _words(rule)
    yield Alert(
        name="BoucleBreach",
        when=Shown(Latest(standing)),
        kind=kind,
        severity=severity,
        for_s=0,
        labels=labels,
        words=words,
        answered=IsValue(answered, 1),
        example=Example(fires=stands, silent=is_known),
    )
    yield Alert(
        name="BoucleBreachLate",
        when=Shown(Latest(late)),
        kind=kind,
        severity=severity,
        for_s=0,
        # Shown of a breach that stands; of none when none does.
        alive=IsValue(standing, 0),
        labels=labels,
        words=words,
        example=Example(fires={**stands, late.promql: "1"}, silent=is_known),
    )
    yield Alert(
        name="BoucleBreachUnseen",
        when=Shown(Product(standing, unseen)),
        kind=kind,
        severity=Severity.INFO,
        for_s=_UNSEEN_S,
        labels=labels,
        words=words,
        example=Example(
            fires={**stands, unseen.promql: "1"}, silent={**stands, unseen.promql: "0"}
        ),
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
    window = {"site": site, "window": rule.window.name}
    both = {"site": site, "kpi": rule.kpi, "window": rule.window.name}
    when = BeyondLimit(
        figure=Series(family=families.value.name, labels=window),
        uncertainty=Series(family=families.expanded_uncertainty.name, labels=window),
        limit=key.recorded(site),
        upwards=key.bound == "at_most",
        coverage=Series(family="boucle_kpi_coverage_ratio", labels=both),
        least_coverage=rule.min_coverage_ratio,
        doubtful=Series(family="boucle_kpi_doubtful", labels=both),
    )
    return Alert(
        name="BoucleBeyondLimit",
        when=when,
        kind=kind,
        severity=Severity.WARNING,
        for_s=_BEYOND_S,
        labels={"rule": rule.id, "bound": key.bound},
        words=_words(rule),
        example=_example(when, spans[-1].value),
    )


def _example(when: BeyondLimit, value: float) -> Example:
    """Just beyond the limit by more than the uncertainty, and just not."""
    step = abs(value) / 100.0 or 0.01
    outwards = step if when.upwards else -step
    figure, known = (
        when.figure.promql,
        {
            when.uncertainty.promql: f"{step:g}",
            when.limit.promql: f"{value!r}",
            when.coverage.promql: "1",
            when.doubtful.promql: "0",
        },
    )
    return Example(
        fires={figure: f"{value + 1.1 * outwards:.9g}", **known},
        silent={figure: f"{value + 0.9 * outwards:.9g}", **known},
    )


def _outdated(limits: Limits, site: str) -> Alert:
    key, spans = next(iter(limits.items()))
    shown, recorded = key.shown(site).promql, key.recorded(site).promql
    value = spans[-1].value
    return Alert(
        name="BoucleRulesOutdated",
        when=other_limits(limits, site),
        kind=Kind.TECHNICAL,
        severity=Severity.WARNING,
        held=False,
        for_s=_OUTDATED_S,
        example=Example(
            fires={shown: f"{1.01 * value!r}", recorded: f"{value!r}"},
            silent={shown: f"{value!r}", recorded: f"{value!r}"},
        ),
    )
