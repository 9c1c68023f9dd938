"""How a figure is weighed against its threshold, and what may weaken the verdict.

Each rule is written once for arrays of floats and of decimals alike. Where it comes to a hair, it
runs on the decimal digits of its operands: whoever recomputes a verdict by hand, or in another
language, gets the same one at the limit.
"""

from dataclasses import dataclass
from decimal import Decimal
from math import inf, isinf
from typing import Any, Final, assert_never

import numpy as np
from numpy.typing import NDArray

from charter_rules.findings import Verdict
from charter_rules.judging.conditions import (
    Comparison,
    Evidence,
    ExpandedUncertainty,
    GuardBand,
    Tabulated,
    TextReserve,
    exact,
)
from charter_rules.law.kpis import spec_of
from charter_rules.law.rulebook import Rule
from models.readings import FloatArray, Origin

# The code of a verdict is its place in this list; the first four go from the best to the worst.
VERDICTS: Final = tuple(Verdict)
CODES: Final = {verdict: code for code, verdict in enumerate(VERDICTS)}

Codes = NDArray[np.int8]
Mask = NDArray[np.bool_]
# float64, or decimals as objects
Figures = NDArray[Any]

# Relative distance to an edge below which binary figures do not decide: far above the rounding
# of a subtraction (1e-16), far below what any meter tells apart.
_HAIR: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Values with their expanded uncertainty, held against their threshold, in the KPI's unit."""

    value: Figures
    expanded: Figures
    guard_band: Figures
    margin: Figures
    code: Codes


def decimals(values: FloatArray) -> Figures:
    """Write floats as their shortest decimals."""
    return np.array([exact(one) for one in values.tolist()], dtype=object)


def weigh(rule: Rule, value: Figures, expanded: Figures, low: Figures, high: Figures) -> Weighed:
    """Hold a value against its threshold, with the guard band of the rule."""
    guard = guard_band_of(rule.guard_band, value, expanded)
    margin = signed_margin(rule.comparison, value, low, high)
    reserve = rule.guard_band
    edge_proves = not (isinstance(reserve, TextReserve) and reserve.strict)
    code = decide(margin, guard, edge_proves=edge_proves, strict=rule.strict)
    best = _is_at_best(rule, margin, guard, low)
    code = np.where(best, np.int8(CODES[Verdict.COMPLIANT]), code)
    return Weighed(value=value, expanded=expanded, guard_band=guard, margin=margin, code=code)


def guard_band_of(band: GuardBand, value: Figures, expanded: Figures) -> Figures:
    """Half-width of the zone round the threshold in which nothing is proven."""
    match band:
        case TextReserve(width=width):
            return np.maximum(expanded, np.full_like(value, width))
        case Tabulated():
            return np.full_like(value, Decimal(0))
        case ExpandedUncertainty():
            return expanded
        case _:
            assert_never(band)


def _is_at_best(rule: Rule, margin: Figures, guard: Figures, low: Figures) -> Mask:
    """Where a figure reaches a threshold that is the end of what the KPI can be, such as 100 %.

    No guard band fits between the two. The figure proves the rule kept if its uncertainty is no
    more than what the coverage asked for leaves open.
    """
    spec = spec_of(rule.kpi)
    ends = {Comparison.AT_LEAST: spec.upper, Comparison.AT_MOST: spec.lower}
    end = ends.get(rule.comparison, inf)
    if isinf(end) or rule.strict:
        return np.zeros(np.shape(margin), np.bool_)
    # A share that is 0 at best has no size of its own: that of a ratio, 1, stands for it.
    room = (1 - exact(rule.min_coverage_ratio)) * exact(abs(end) or 1.0)
    within = guard <= (room if margin.dtype == object else float(room))
    return np.asarray((low == end) & (margin >= 0) & within, np.bool_)


def signed_margin(
    comparison: Comparison,
    value: Figures | Decimal,
    threshold: Figures | Decimal,
    high: Figures | Decimal | None = None,
) -> Any:
    """Distance to the threshold, positive on the compliant side.

    Between two thresholds, ``threshold`` and ``high``, the nearer one counts.

    Raises
    ------
    ValueError
        If nothing is weighed by this comparison, or the upper threshold is missing.

    Examples
    --------
    >>> signed_margin(Comparison.AT_LEAST, Decimal("0.31"), Decimal("0.10"))
    Decimal('0.21')
    """
    match comparison:
        case Comparison.AT_MOST | Comparison.TREND:
            return threshold - value
        case Comparison.AT_LEAST:
            return value - threshold
        case Comparison.BETWEEN if high is not None:
            return np.minimum(np.asarray(value - threshold), np.asarray(high - value))
        case Comparison.BETWEEN | Comparison.PRESENT | Comparison.DECLARED:
            msg = f"a {comparison.value} without its figures has no margin"
            raise ValueError(msg)
        case _:
            assert_never(comparison)


def decide(
    margin: Any, guard_band: Any, *, edge_proves: bool = True, strict: bool = False
) -> Codes:
    """Grade margins by a guard band (JCGM 106:2012; ILAC-G8:09/2019, 4.2.3).

    Parameters
    ----------
    margin : array of float or Decimal
        Distance to the threshold, positive on the compliant side.
    guard_band : array of float or Decimal
        Half-width of the zone round the threshold in which nothing is proven; not negative.
    edge_proves : bool
        Whether a margin equal to the guard band proves the rule kept.
    strict : bool
        Whether the threshold itself does not keep the rule: the text says more than, or less than.

    Examples
    --------
    A value of 1.48 +- 0.03 against "at most 1.5" is compliant, but not proven to be.

    >>> VERDICTS[decide(Decimal("0.02"), Decimal("0.03"))].value
    'compliant_not_proven'
    """
    proven = margin >= guard_band if edge_proves and not strict else margin > guard_band
    beyond = margin <= 0 if strict else margin < 0
    missed = margin < -guard_band
    if strict:
        missed = missed | (beyond & (guard_band == 0))
    # Each that holds is one step down from compliant.
    steps = (np.logical_not(proven), beyond, missed)
    first, second, third = (np.asarray(step, dtype=np.int8) for step in steps)
    return np.asarray(first + second + third, dtype=np.int8)


def near_an_edge(weighed: Weighed) -> Mask:
    """Where binary figures come within a hair of the threshold or of its guard band."""
    distance, guard = np.abs(weighed.margin), weighed.guard_band
    hair = _HAIR * (1.0 + np.abs(weighed.value) + distance + guard)
    return np.asarray((distance <= hair) | (np.abs(distance - guard) <= hair))


def downgrade(code: Codes, origin: NDArray[np.int8], evidence: Evidence) -> Codes:
    """Weaken verdicts by where their data come from.

    A rule that asks for measurement is never *proven* met by figures that were declared or
    substituted. A declared figure beyond the limit still counts against the one who declared
    it; a substituted one is an estimate and only raises a suspicion.
    """
    if evidence is Evidence.DECLARATION:
        return code
    estimated = origin == Origin.SUBSTITUTED.value
    return _soften(_soften_best(code, estimated | (origin == Origin.DECLARED.value)), estimated)


def on_its_word(code: Codes, origin: NDArray[np.int8], evidence: Evidence) -> Codes:
    """Say of a declared figure that keeps a limit that nobody checked it.

    Where a text takes declarations, nothing else is asked of the operator; it is no proof.
    """
    said = (origin == Origin.DECLARED.value) & (evidence is Evidence.DECLARATION)
    kept = code == CODES[Verdict.COMPLIANT]
    return np.where(said & kept, np.int8(CODES[Verdict.DECLARED_UNCHECKED]), code)


def without_proof(code: Codes, where: Mask) -> Codes:
    """Take the proof from figures, whichever way they point: a meter behind them is in doubt, or
    they are measured elsewhere than the text judges.
    """
    return _soften(_soften_best(code, where), where)


def _soften_best(code: Codes, where: Mask) -> Codes:
    least: Codes = where.astype(np.int8) * np.int8(CODES[Verdict.COMPLIANT_NOT_PROVEN])
    return np.maximum(code, least)


def _soften(code: Codes, where: Mask) -> Codes:
    return np.where(
        where & (code == CODES[Verdict.BREACH]), np.int8(CODES[Verdict.SUSPECTED]), code
    )
