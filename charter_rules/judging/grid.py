"""The verdicts of one rule over many sites and days: the one place that decides them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from charter_rules.facts import SiteFacts
from charter_rules.findings import Severity, Verdict, Verification
from charter_rules.judging.conditions import NUMERIC, Comparison, Tabulated
from charter_rules.judging.duties import Declared, declared
from charter_rules.judging.inspected import with_inspections
from charter_rules.judging.law import Law, law_of
from charter_rules.judging.measured import Measured, change, is_elsewhere
from charter_rules.judging.outcome import MissingEvidence
from charter_rules.judging.weighing import (
    CODES,
    Codes,
    Mask,
    Weighed,
    decimals,
    downgrade,
    near_an_edge,
    on_its_word,
    weigh,
    without_proof,
)
from charter_rules.law.kpis import spec_of
from charter_rules.law.rulebook import Rule
from models.kpi.result import Withheld
from models.kpi_history import WITHHELD
from models.readings import FloatArray, IntArray, Origin

_GRADED: Final = np.int8(-1)
# A hundredth of the best class of meters there is, 0.1 % (IEC 62053-22:2020, class 0,1 S): what is
# surer was not measured.
_LEAST_RELATIVE: Final = 1e-5
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A verdict that stands without being graded, and the evidence that is missing, if any is."""

    verdict: Verdict
    missing: MissingEvidence | None = None


UNMET: Final = Step(Verdict.NOT_APPLICABLE)
OFF_LEVEL: Final = Step(Verdict.NOT_APPLICABLE)
NOT_HANDED_IN: Final = Step(Verdict.NOT_HANDED_IN)
NOT_FIXED: Final = Step(Verdict.NOT_FIXED)
_NOT_IN_FORCE: Final = Step(Verdict.NOT_IN_FORCE)
_NO_METER: Final = Step(Verdict.BREACH)
_LACKS: Final = {one: Step(Verdict.INSUFFICIENT_DATA, one) for one in MissingEvidence}

Steps = Iterator[tuple[Step, Mask]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a rule says of each site on each day, and why.

    Arrays have the shape (sites, days). ``stopped`` is the place among ``taken`` of the step that
    settled the verdict, -1 where it was graded. ``downgraded`` says where the origin of the data
    weakened a graded verdict. ``now`` is what was looked at, with what inspections found.
    """

    rule: Rule
    law: Law
    now: Measured
    taken: tuple[Step, ...]
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

    code: Codes
    origin: Codes
    unproven: Mask
    found: Sequence[tuple[Step, Mask]] = ()
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
    now = with_inspections(rule, facts, days, now)
    each, closed = days[np.newaxis], now.law_day
    law = law_of(rule, facts, each if closed is None else np.where(closed > 0, closed, each))
    found = list(_of_law(law))
    stopped = _first(found, (len(facts), len(days)))
    basis = _Basis(code=stopped, origin=now.origin, unproven=now.doubtful)
    if np.any(stopped == _GRADED):
        # What is not finite is not weighed: it may overflow in silence.
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            basis = _said(rule, facts, each) or _known(rule, law, now, before)
            found += basis.found
            stopped = _first(found, stopped.shape)
            _weigh_edges(rule, law, basis, stopped == _GRADED)
    by_origin = downgrade(basis.code, basis.origin, rule.evidence)
    settled = np.array([*(CODES[step.verdict] for step, _ in found), 0], np.int8)[stopped]
    graded = stopped == _GRADED
    capped = without_proof(by_origin, basis.unproven)
    if basis.weighed is not None:
        capped = on_its_word(capped, basis.origin, rule.evidence)
    return Judgement(
        rule=rule,
        law=law,
        now=now,
        taken=tuple(step for step, _ in found),
        stopped=stopped,
        code=by_reference(rule, law, np.where(graded, capped, settled)),
        downgraded=graded & (by_origin != basis.code),
        weighed=basis.weighed,
        declared=basis.said,
    )


def by_reference(rule: Rule, law: Law, code: Codes) -> Codes:
    """What misses a figure that does not bind, or was not read in its text, is no breach."""
    read = [one.entry.verification is Verification.READ_IN_SOURCE for one in law.thresholds]
    binds = law.where(read) & (rule.severity is Severity.OBLIGATION)
    missed = (code == CODES[Verdict.BREACH]) & ~binds
    return np.where(missed, np.int8(CODES[Verdict.DEVIATION]), code)


def _first(found: Sequence[tuple[Step, Mask]], shape: tuple[int, ...]) -> Codes:
    """The place of the first step taken."""
    stopped = np.full(shape, _GRADED, np.int8)
    for place in reversed(range(len(found))):
        np.copyto(stopped, np.int8(place), where=found[place][1])
    return stopped


def _of_law(law: Law) -> Steps:
    """What the law and the facts of the site settle, first to last."""
    yield UNMET, law.unmet.astype(np.bool_)
    yield _NOT_IN_FORCE, law.where([not one.in_force for one in law.thresholds])
    yield _LACKS[MissingEvidence.UNKNOWN_FACT], law.unknown.astype(np.bool_)
    yield NOT_FIXED, law.where([not one.published for one in law.thresholds])


def _of_result(rule: Rule, now: Measured) -> Steps:
    """What the KPI lacks of what the rule asks of it, and the levels that the rule is not for.

    Comparisons are written so that NaN lacks, too.
    """
    if rule.comparison is Comparison.PRESENT:
        yield _NO_METER, now.withheld == WITHHELD.index(Withheld.NO_METER)
    yield _LACKS[MissingEvidence.NO_RESULT], ~now.known
    yield _LACKS[MissingEvidence.NO_VALUE], ~np.isfinite(now.value)
    yield _LACKS[MissingEvidence.SHORT_WINDOW], ~(now.hours >= rule.window.min_hours)
    yield _LACKS[MissingEvidence.LOW_COVERAGE], ~(now.coverage_ratio >= rule.min_coverage_ratio)
    yield _LACKS[MissingEvidence.IMPOSSIBLE], _is_impossible(rule, now)
    if rule.comparison in NUMERIC and not isinstance(rule.guard_band, Tabulated):
        yield _LACKS[MissingEvidence.NO_UNCERTAINTY], ~_is_sure(now)
    if rule.at_level is not None:
        level, ambient = rule.at_level, now.numerator
        yield _LACKS[MissingEvidence.NO_LEVEL], np.isnan(ambient)
        up_to = np.inf if level.up_to_dba is None else level.up_to_dba
        inside = level.above_dba if level.indoors_above_dba is None else level.indoors_above_dba
        least = np.where(now.indoors, inside, level.above_dba)
        yield OFF_LEVEL, (ambient <= least) | (ambient > up_to)


def _is_impossible(rule: Rule, now: Measured) -> Mask:
    """Where a figure cannot be, by more than its uncertainty, or its coverage cannot."""
    spec = spec_of(rule.kpi)
    room = np.nan_to_num(np.maximum(now.expanded_uncertainty, 0.0), posinf=0.0)
    outside = (now.value < spec.lower - room) | (now.value > spec.upper + room)
    return np.asarray(outside | (now.coverage_ratio > 1.0 + _ROUNDING), np.bool_)


def _is_sure(now: Measured) -> Mask:
    """Where the uncertainty is known, and one that a measurement can have."""
    expanded = now.expanded_uncertainty
    is_known = (expanded >= 0.0) & (expanded < np.inf)
    is_said = now.origin == Origin.DECLARED.value
    is_likely = is_said | (expanded >= _LEAST_RELATIVE * np.abs(now.value))
    return np.asarray(is_known & is_likely, np.bool_)


def _said(rule: Rule, facts: Sequence[SiteFacts], days: IntArray) -> _Basis | None:
    """What was declared of a duty; None for a rule that looks at a KPI."""
    if rule.duty is None:
        return None
    said = declared(rule.duty, facts, days)
    return _Basis(
        code=said.code,
        origin=np.full(said.at.shape, Origin.DECLARED.value, np.int8),
        unproven=np.zeros(said.at.shape, np.bool_),
        found=[
            (NOT_HANDED_IN, (said.at < 0) & _is_past(said, days)),
            (_LACKS[MissingEvidence.NO_DECLARATION], said.at < 0),
        ],
        said=said,
    )


def _is_past(said: Declared, days: IntArray) -> Mask:
    return np.zeros(days.shape, np.bool_) if said.due is None else said.due < days


def _known(rule: Rule, law: Law, now: Measured, before: Measured) -> _Basis:
    """What is known of a KPI: its presence, or its figures held against the threshold."""
    found, doubtful, weighed = list(_of_result(rule, now)), now.doubtful, None
    code = np.full(now.value.shape, CODES[Verdict.COMPLIANT], np.int8)
    value, expanded = now.value, now.expanded_uncertainty
    if rule.comparison is Comparison.TREND:
        value, expanded = change(now, before)
        unsure = ~(np.isfinite(value) & np.isfinite(expanded))
        found.append((_LACKS[MissingEvidence.NO_EARLIER_RESULT], unsure))
        doubtful = doubtful | before.doubtful
    if rule.comparison in NUMERIC:
        weighed = weigh(rule, value, expanded, *law.limits())
        code = weighed.code
    unproven = doubtful | is_elsewhere(rule.indicative, now)
    return _Basis(code=code, origin=now.origin, unproven=unproven, found=found, weighed=weighed)


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
