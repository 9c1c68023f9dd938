"""The verdicts of one rule over many sites and days: the one place that decides them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from charter_rules.facts import SiteFacts
from charter_rules.findings import Verdict
from charter_rules.judging import steps
from charter_rules.judging.conditions import NUMERIC, Comparison
from charter_rules.judging.duties import Declared, declared
from charter_rules.judging.law import Law, law_of
from charter_rules.judging.measured import Measured
from charter_rules.judging.outcome import MissingEvidence
from charter_rules.judging.trend import change
from charter_rules.judging.weighing import (
    CODES,
    Codes,
    Mask,
    Weighed,
    cap_by_doubt,
    decimals,
    downgrade,
    near_an_edge,
    weigh,
)
from charter_rules.rulebook import Rule
from models.readings import FloatArray, IntArray, Origin

_GRADED: Final = np.int8(-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a rule says of each site on each day, and why.

    Arrays have the shape (sites, days). ``stopped`` is the place among ``taken`` of the step that
    settled the verdict, -1 where it was graded. ``downgraded`` says where the origin of the data
    weakened a graded verdict.
    """

    rule: Rule
    law: Law
    taken: tuple[steps.Step, ...]
    stopped: Codes
    code: Codes
    downgraded: Mask
    weighed: Weighed | None
    declared: Declared | None

    @property
    def margin(self) -> FloatArray:
        """Distance to the threshold in the unit of the KPI; NaN where nothing was weighed."""
        if self.weighed is None:
            return np.full(self.code.shape, np.nan)
        return np.where(self.stopped == _GRADED, self.weighed.margin, np.nan)

    def digits(self) -> Weighed | None:
        """The figures of all graded verdicts on their decimal digits; None where there are none."""
        graded = self.stopped == _GRADED
        if self.weighed is None or not graded.any():
            return None
        return _on_digits(self.rule, self.law, self.weighed, graded)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Basis:
    """What a verdict is graded on: what was said, a presence, or figures.

    ``code`` is the verdict before anything weakens it, ``found`` the steps that still end it.
    """

    found: Sequence[tuple[steps.Step, Mask]]
    code: Codes
    origin: Codes
    doubtful: Mask
    weighed: Weighed | None = None
    said: Declared | None = None


def judge_grid(
    rule: Rule, facts: Sequence[SiteFacts], days: IntArray, now: Measured, before: Measured
) -> Judgement:
    """Judge some sites on some days.

    Parameters
    ----------
    rule : Rule
        The rule.
    facts : sequence of SiteFacts
        The sites.
    days : int64 array, shape (days,)
        The days in order, whose law counts where no period is closed. [d, ordinal]
    now, before : Measured
        The KPI over the window of the rule, and over that of a trend's start.
    """
    each, closed = days[np.newaxis], now.law_day
    law = law_of(rule, facts, each if closed is None else np.where(closed > 0, closed, each))
    found = list(steps.of_law(law))
    stopped = _first(found, (len(facts), len(days)))
    basis = _Basis(found=(), code=stopped, origin=now.origin, doubtful=now.doubtful)
    if np.any(stopped == _GRADED):
        # What is not finite is not weighed: it may overflow in silence.
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            basis = _basis(rule, law, facts, each, now, before)
            found += basis.found
            stopped = _first(found, stopped.shape)
            _weigh_edges(rule, law, basis, stopped == _GRADED)
    by_origin = downgrade(basis.code, basis.origin, rule.evidence)
    settled = np.array([*(CODES[step.verdict] for step, _ in found), 0], np.int8)[stopped]
    graded = stopped == _GRADED
    return Judgement(
        rule=rule,
        law=law,
        taken=tuple(step for step, _ in found),
        stopped=stopped,
        code=np.where(graded, cap_by_doubt(by_origin, basis.doubtful), settled),
        downgraded=graded & (by_origin != basis.code),
        weighed=basis.weighed,
        declared=basis.said,
    )


def _first(found: Sequence[tuple[steps.Step, Mask]], shape: tuple[int, ...]) -> Codes:
    """The place of the first step taken."""
    stopped = np.full(shape, _GRADED, np.int8)
    for place in reversed(range(len(found))):
        np.copyto(stopped, np.int8(place), where=found[place][1])
    return stopped


def _basis(
    rule: Rule,
    law: Law,
    facts: Sequence[SiteFacts],
    days: IntArray,
    now: Measured,
    before: Measured,
) -> _Basis:
    if rule.duty is not None:
        said = declared(rule.duty, facts, days)
        return _Basis(
            found=[(steps.LACKS[MissingEvidence.NO_DECLARATION], said.silent)],
            code=said.code,
            origin=np.full(said.at.shape, Origin.DECLARED.value, np.int8),
            doubtful=np.zeros(said.at.shape, np.bool_),
            said=said,
        )
    found, doubtful = list(steps.of_result(rule, now)), now.doubtful
    if rule.comparison not in NUMERIC:
        code = np.full(now.value.shape, CODES[Verdict.COMPLIANT], np.int8)
        return _Basis(found=found, code=code, origin=now.origin, doubtful=doubtful)
    value, expanded = now.value, now.expanded_uncertainty
    if rule.comparison is Comparison.TREND:
        value, expanded = change(now, before)
        unsure = ~(np.isfinite(value) & np.isfinite(expanded))
        found.append((steps.LACKS[MissingEvidence.NO_EARLIER_RESULT], unsure))
        doubtful = doubtful | before.doubtful
    weighed = weigh(rule, value, expanded, law.spread(law.low), law.spread(law.high))
    return _Basis(
        found=found, code=weighed.code, origin=now.origin, doubtful=doubtful, weighed=weighed
    )


def _weigh_edges(rule: Rule, law: Law, basis: _Basis, graded: Mask) -> None:
    """Weigh on digits what comes to a hair in binary."""
    if basis.weighed is None:
        return
    if np.isnan(basis.weighed.margin[graded]).any():
        msg = f"rule {rule.id} was weighed without a threshold"
        raise ValueError(msg)
    near = graded & near_an_edge(basis.weighed)
    if near.any():
        digits = _on_digits(rule, law, basis.weighed, near)
        basis.weighed.margin[near], basis.code[near] = digits.margin.astype(float), digits.code


def _on_digits(rule: Rule, law: Law, weighed: Weighed, where: Mask) -> Weighed:
    at = np.broadcast_to(law.at, where.shape)[where]
    value, expanded = decimals(weighed.value[where]), decimals(weighed.expanded[where])
    return weigh(rule, value, expanded, law.low[at], law.high[at])
