"""Verdicts held against what is true: only where the truth is known, on invented sites."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from charter_rules.facts import SiteFacts
from charter_rules.findings import MISSED, Verdict
from charter_rules.judging.conditions import Comparison, exact
from charter_rules.judging.threshold import effective_threshold, limits_of
from charter_rules.judging.weighing import VERDICTS, signed_margin
from charter_rules.law.rulebook import Rule, RuleBook
from charter_rules.replay.table import VerdictTable

# site, KPI, window, legal day
TruthKey = tuple[str, str, str, date]

_LIMITS = frozenset({Comparison.AT_MOST, Comparison.AT_LEAST, Comparison.BETWEEN})
# Nothing was judged.
_SILENT = frozenset({Verdict.NOT_APPLICABLE, Verdict.NOT_IN_FORCE})
# The window of what is true at the neighbour's, where an inspector measured.
_INSPECTION = "inspection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One verdict beside the truth. ``true_margin`` is in the unit of the KPI.

    ``is_provable`` says that what was measured is what the rule judges: by the sensors of the site,
    or by an inspector where the text judges elsewhere.
    """

    site: str
    rule: str
    day: date
    verdict: Verdict
    true_margin: float
    is_provable: bool = True

    @property
    def truly_missed(self) -> bool:
        """Whether the true value is beyond the limit."""
        return self.true_margin < 0.0

    @property
    def is_false(self) -> bool:
        """A breach that is none, or a proof of compliance where there is none."""
        if self.truly_missed:
            return self.verdict is Verdict.COMPLIANT
        return self.verdict in MISSED


def against_truth(
    rulebook: RuleBook,
    sites: Mapping[str, SiteFacts],
    table: VerdictTable,
    truths: Mapping[TruthKey, float],
) -> Iterator[Compared]:
    """Every verdict on a limit whose truth is known, where the rule applies and is in force.

    Where an inspector measured, it is held against the truth of that place and day.
    """
    for rule in rulebook.rules:
        if rule.comparison not in _LIMITS:
            continue
        place = table.rules.index(rule.id)
        for site, name in enumerate(table.sites):
            for day, on in enumerate(table.days):
                verdict = VERDICTS[int(table.code[site, place, day])]
                inspected_on = _inspected_on(sites[name], rule.kpi, on)
                window, at = (
                    (rule.window.name, on) if inspected_on is None else (_INSPECTION, inspected_on)
                )
                true = truths.get((name, rule.kpi, window, at))
                if true is None or verdict in _SILENT:
                    continue
                margin = _true_margin(rule, sites[name], on, true)
                if margin is not None:
                    yield Compared(
                        site=name,
                        rule=rule.id,
                        day=on,
                        verdict=verdict,
                        true_margin=margin,
                        is_provable=rule.indicative is None or inspected_on is not None,
                    )


def _inspected_on(facts: SiteFacts, kpi: str, on: date) -> date | None:
    """The day of the newest inspection that was known."""
    days = [
        one.measured_on
        for one in facts.inspections
        if one.kpi == kpi and (one.received_on or one.measured_on) <= on
    ]
    return max(days, default=None)


def _true_margin(rule: Rule, facts: SiteFacts, on: date, true: float) -> float | None:
    low, high = limits_of(rule, effective_threshold(rule, facts, on))
    return None if low is None else float(signed_margin(rule.comparison, exact(true), low, high))


def confusion(compared: Iterator[Compared]) -> Mapping[tuple[bool, Verdict], int]:
    """How often each verdict was given where the limit was truly kept, and where it was missed."""
    return Counter((one.truly_missed, one.verdict) for one in compared)
