"""The charter: its rules, what they ask today, their verdicts, and the breaches."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from prometheus_client.metrics_core import Metric

from charter_rules.breaches.state import Breach, BreachState
from charter_rules.findings import NOTHING_ASKED, Finding, Verdict
from charter_rules.judging.conditions import Comparison
from models.legal_time.days import day_start
from service.live.snapshot import LiveSnapshot
from service.metrics.family import Family
from service.metrics.kpi_families import KPI_FAMILIES

_NO_BREACH: Final = "for a rule that has no breach that stands"

RULE_INFO: Final = Family(
    name="boucle_rule_info",
    text="What each rule of the charter is about, and what its text is to the site; 1",
    labels=(
        "rule",
        "axis",
        "severity",
        "legal_status",
        "verification",
        "kpi",
        "window",
        "title_fr",
        "title_en",
    ),
    absent="for a rule that the charter does not have",
)
VERDICT: Final = Family(
    name="boucle_verdict",
    text=(
        "1 for the verdict of a rule today, 0 for the others; breach: law that binds the site, "
        "proven; deviation: a reference missed, proven; suspected and compliant_not_proven: too "
        "close to the limit to be proven"
    ),
    labels=("rule", "verdict"),
    absent="before the first evaluation",
)
BREACH_STANDING: Final = Family(
    name="boucle_breach_standing",
    text="1 while a breach or deviation of the rule was opened and is not resolved, else 0",
    labels=("rule",),
    absent="before the first evaluation, and for a rule that the charter does not have",
)
BREACH_STATE: Final = Family(
    name="boucle_breach_state",
    text=(
        "1 for the state of the newest breach of the rule, 0 for the others: pending (not for "
        "long enough yet), open, acknowledged, justified, resolved, reopened"
    ),
    labels=("rule", "state"),
    absent="for a rule without a breach in the last 30 days",
)
BREACH_BEGAN: Final = Family(
    name="boucle_breach_began_timestamp_seconds",
    text="Since when the past shows the breach that stands",
    labels=("rule",),
    absent=_NO_BREACH,
)
BREACH_NOTICED: Final = Family(
    name="boucle_breach_noticed_timestamp_seconds",
    text="When the breach that stands was first noticed; its deadline runs from here",
    labels=("rule",),
    absent=_NO_BREACH,
)
BREACH_DEADLINE: Final = Family(
    name="boucle_breach_deadline_timestamp_seconds",
    text="End of the last day on which the breach that stands is to be remedied",
    labels=("rule",),
    absent="for a rule without a breach that stands, or without a deadline",
)
BREACH_LATE: Final = Family(
    name="boucle_breach_late",
    text="1 when the deadline of the remedy has passed",
    labels=("rule",),
    absent=_NO_BREACH,
)
FAMILIES: Final = (
    RULE_INFO,
    VERDICT,
    BREACH_STANDING,
    BREACH_STATE,
    BREACH_BEGAN,
    BREACH_NOTICED,
    BREACH_DEADLINE,
    BREACH_LATE,
)


def charter_metrics(snapshot: LiveSnapshot) -> Iterator[Metric]:
    """Rules, verdicts, limits and breaches."""
    site, findings = snapshot.site.id, snapshot.findings
    yield RULE_INFO.of(
        site,
        (
            (
                (
                    f.rule_id,
                    f.axis.value,
                    f.severity.value,
                    f.legal_status.value,
                    f.verification.value,
                    f.kpi_id,
                    f.window_name,
                    f.title_fr,
                    f.title_en,
                ),
                1.0,
            )
            for f in findings
        ),
    )
    yield VERDICT.of(
        site,
        (
            ((f.rule_id, verdict.value), float(f.verdict is verdict))
            for f in findings
            for verdict in Verdict
        ),
    )
    yield from _limits(site, findings)
    yield from _breaches(site, findings, snapshot.breaches)


def _limits(site: str, findings: tuple[Finding, ...]) -> Iterator[Metric]:
    for kpi, families in KPI_FAMILIES.items():
        own = [f for f in findings if f.kpi_id == kpi and f.verdict not in NOTHING_ASKED]
        yield families.threshold.of(
            site,
            (
                ((f.rule_id, f.window_name, bound), value * families.factor)
                for f in own
                for bound, value in bounds_of(f.comparison, f.threshold, f.threshold_high)
            ),
        )
        yield families.margin.of(
            site,
            (
                ((f.rule_id, f.window_name), f.margin * families.factor)
                for f in own
                if f.margin is not None and bounds_of(f.comparison, f.threshold, f.threshold_high)
            ),
        )


def bounds_of(
    comparison: str, threshold: float | None, threshold_high: float | None
) -> tuple[tuple[str, float], ...]:
    """What bounds a KPI: ``at_most``, ``at_least`` or both, with the figure.

    A trend bounds the change of a KPI, in another unit, and a duty bounds nothing.
    """
    if threshold is None:
        return ()
    match comparison:
        case Comparison.AT_MOST | Comparison.AT_LEAST:
            return ((str(comparison), threshold),)
        case Comparison.BETWEEN if threshold_high is not None:
            return (
                (Comparison.AT_LEAST.value, threshold),
                (Comparison.AT_MOST.value, threshold_high),
            )
        case _:
            return ()


def _breaches(
    site: str, findings: tuple[Finding, ...], breaches: tuple[Breach, ...]
) -> Iterator[Metric]:
    newest: dict[str, Breach] = {}
    for one in sorted(breaches, key=lambda one: one.began_at):
        newest[one.rule_id] = one
    standing = {one.rule_id: one for one in breaches if one.stands}
    rules = dict.fromkeys((*(f.rule_id for f in findings), *standing))
    yield BREACH_STANDING.of(site, (((rule,), float(rule in standing)) for rule in rules))
    yield BREACH_STATE.of(
        site,
        (
            ((rule, state.value), float(one.state is state))
            for rule, one in newest.items()
            for state in BreachState
        ),
    )
    yield BREACH_BEGAN.of(
        site, (((rule,), one.began_at.timestamp()) for rule, one in standing.items())
    )
    yield BREACH_NOTICED.of(
        site, (((rule,), one.noticed_at.timestamp()) for rule, one in standing.items())
    )
    yield BREACH_DEADLINE.of(
        site,
        (
            ((rule,), day_start(one.deadline + timedelta(days=1)).timestamp())
            for rule, one in standing.items()
            if one.deadline is not None
        ),
    )
    yield BREACH_LATE.of(
        site, (((rule,), float(one.deadline_passed)) for rule, one in standing.items())
    )
