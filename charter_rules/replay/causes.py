"""Why verdicts say nothing certain: what would have to be known, measured or declared."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from charter_rules.findings import Verdict
from charter_rules.judging.grid import Judgement
from charter_rules.judging.measured import is_elsewhere
from charter_rules.judging.outcome import MissingEvidence
from charter_rules.judging.weighing import CODES, Codes, Mask
from models.kpi.definition import DECLARED
from models.kpi.result import Withheld
from models.kpi_history import WITHHELD


class Cause(StrEnum):
    """What is lacking, first for data that do not suffice, then for figures that prove nothing.

    ``NO_DECLARED_FIGURE`` is a figure that nobody meters and the operator did not declare,
    ``NOT_APART`` a part that no meter tells from the rest, ``ELSEWHERE`` a figure of another place
    than the text judges, ``NOT_MEASURED`` one that was declared or put in the place of a
    measurement.
    """

    NO_DECLARATION = "no_declaration"
    NO_DECLARED_FIGURE = "no_declared_figure"
    NO_MEASUREMENT = "no_measurement"
    NOT_APART = "not_apart"
    LOW_COVERAGE = "low_coverage"
    SHORT_WINDOW = "short_window"
    NO_REFERENCE_YEAR = "no_reference_year"
    NO_UNCERTAINTY = "no_uncertainty"
    NO_LEVEL = "no_level"
    IMPOSSIBLE = "impossible"
    UNKNOWN_FACT = "unknown_fact"
    WITHIN_UNCERTAINTY = "within_uncertainty"
    IN_DOUBT = "in_doubt"
    ELSEWHERE = "elsewhere"
    NOT_MEASURED = "not_measured"


CAUSES: Final = tuple(Cause)
NO_CAUSE: Final = -1
# What was judged: the rule concerns the site, and binds it that day.
_NOT_JUDGED: Final = [CODES[Verdict.NOT_APPLICABLE], CODES[Verdict.NOT_IN_FORCE]]
_UNPROVEN: Final = [CODES[Verdict.COMPLIANT_NOT_PROVEN], CODES[Verdict.SUSPECTED]]
_OF_LACK: Final[Mapping[MissingEvidence, Cause]] = {
    MissingEvidence.NO_RESULT: Cause.NO_MEASUREMENT,
    MissingEvidence.NO_VALUE: Cause.NO_MEASUREMENT,
    MissingEvidence.IMPOSSIBLE: Cause.IMPOSSIBLE,
    MissingEvidence.SHORT_WINDOW: Cause.SHORT_WINDOW,
    MissingEvidence.LOW_COVERAGE: Cause.LOW_COVERAGE,
    MissingEvidence.NO_UNCERTAINTY: Cause.NO_UNCERTAINTY,
    MissingEvidence.NO_LEVEL: Cause.NO_LEVEL,
    MissingEvidence.NO_EARLIER_RESULT: Cause.NO_REFERENCE_YEAR,
    MissingEvidence.NO_DECLARATION: Cause.NO_DECLARATION,
    MissingEvidence.UNKNOWN_FACT: Cause.UNKNOWN_FACT,
}
# Why a KPI has no value, where that is another cause than no measurement.
_OF_WITHHELD: Final[Mapping[Withheld, Cause]] = {
    Withheld.LOW_COVERAGE: Cause.LOW_COVERAGE,
    Withheld.IMPOSSIBLE: Cause.IMPOSSIBLE,
    Withheld.NOT_REUSE_ONLY: Cause.NOT_APART,
    Withheld.NO_BASE_YEAR: Cause.NO_REFERENCE_YEAR,
}


def _code(cause: Cause) -> np.int8:
    return np.int8(CAUSES.index(cause))


_BY_REASON: Final = np.array(
    [_code(_OF_WITHHELD.get(one, Cause.NO_MEASUREMENT)) for one in WITHHELD], np.int8
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """How many verdicts one cause took, in site-days, and of which rules, most first."""

    cause: Cause
    site_days: int
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfalls:
    """What is lacking over all verdicts of rules that concern a site and bind it that day.

    ``judged`` is their number, ``insufficient`` and ``unproven`` how many of them say nothing
    certain.
    """

    judged: int
    insufficient: int
    unproven: int
    by_cause: tuple[Shortfall, ...]


def causes_of(judged: Judgement) -> Codes:
    """The place of each verdict's cause in ``CAUSES``; ``NO_CAUSE`` where nothing lacks."""
    found = np.full(judged.code.shape, NO_CAUSE, np.int8)
    for place, step in enumerate(judged.taken):
        if step.missing is None:
            continue
        where = judged.stopped == place
        found[where] = _code(_of_lack(step.missing, judged))
        if step.missing is MissingEvidence.NO_VALUE:
            # A history may hold no value and no reason.
            known = where & (judged.now.withheld >= 0)
            found[known] = _BY_REASON[judged.now.withheld[known]]
    for cause, where in _of_unproven(judged):
        np.copyto(found, _code(cause), where=where & np.isin(judged.code, _UNPROVEN))
    return found


def _of_lack(missing: MissingEvidence, judged: Judgement) -> Cause:
    if missing is MissingEvidence.NO_RESULT and judged.rule.window.name == DECLARED:
        return Cause.NO_DECLARED_FIGURE
    return _OF_LACK[missing]


def _of_unproven(judged: Judgement) -> Iterator[tuple[Cause, Mask]]:
    """What keeps figures from proving something; the last that is so counts."""
    everywhere = np.ones(judged.code.shape, np.bool_)
    yield Cause.WITHIN_UNCERTAINTY, everywhere
    yield Cause.ELSEWHERE, everywhere & is_elsewhere(judged.rule.indicative, judged.now)
    yield Cause.NOT_MEASURED, judged.downgraded
    yield Cause.IN_DOUBT, everywhere & judged.now.doubtful


def shortfalls(code: Codes, cause: Codes, rules: tuple[str, ...]) -> Shortfalls:
    """Count what is lacking, the most frequent cause first.

    Parameters
    ----------
    code, cause : int8 array, shape (sites, rules, days)
        The verdicts, and the places of their causes in ``CAUSES``.
    rules : tuple of str
        The names of the rules.
    """
    each = []
    for place, one in enumerate(CAUSES):
        by_rule = (cause == place).sum(axis=(0, 2)).tolist()
        counted = Counter({rule: n for rule, n in zip(rules, by_rule, strict=True) if n})
        if counted:
            names = tuple(rule for rule, _ in counted.most_common())
            each.append(Shortfall(cause=one, site_days=counted.total(), rules=names))
    return Shortfalls(
        judged=int((~np.isin(code, _NOT_JUDGED)).sum()),
        insufficient=int((code == CODES[Verdict.INSUFFICIENT_DATA]).sum()),
        unproven=int(np.isin(code, _UNPROVEN).sum()),
        by_cause=tuple(sorted(each, key=lambda one: -one.site_days)),
    )
