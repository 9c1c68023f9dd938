"""The closed set of conditions, and the decision rule that weighs a measured value.

Every comparison is made on the decimal digits of its operands: whoever recomputes a verdict
by hand, or in another language, gets the same one at the limit.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from charter_rules.findings import Verdict
from models.readings import Origin


class Comparison(StrEnum):
    """What a rule asks of a KPI or of the operator: a closed set.

    ``TREND`` weighs the relative change of a KPI from an earlier window to this one, at most
    the threshold: -0.05 asks for 5 % less. ``PRESENT`` asks that a KPI be known, ``DECLARED``
    that a duty be declared done.
    """

    AT_MOST = "at_most"
    AT_LEAST = "at_least"
    BETWEEN = "between"
    TREND = "trend"
    PRESENT = "present"
    DECLARED = "declared"


# These weigh a figure; the others ask for a presence or an act.
NUMERIC = frozenset({Comparison.AT_MOST, Comparison.AT_LEAST, Comparison.BETWEEN, Comparison.TREND})


class Evidence(StrEnum):
    """What a rule accepts as proof."""

    MEASUREMENT = "measurement"
    DECLARATION = "declaration"


@dataclass(frozen=True, slots=True)
class ExpandedUncertainty:
    """Guard band equal to the expanded uncertainty of the value, k = 2 (JCGM 106:2012)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedGuardBand:
    """Guard band set by a text. A value exactly on its edge proves nothing when ``strict``."""

    width: Decimal
    strict: bool
    reason_fr: str
    reason_en: str


GuardBand = ExpandedUncertainty | FixedGuardBand


def exact(value: float) -> Decimal:
    """Write a float as the shortest decimal that reads back to it.

    Examples
    --------
    >>> exact(0.1) + exact(0.2) == exact(0.3)
    True
    """
    return Decimal(repr(float(value)))


def signed_margin(
    comparison: Comparison, value: Decimal, threshold: Decimal, high: Decimal | None = None
) -> Decimal:
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
            return min(value - threshold, high - value)
        case Comparison.BETWEEN | Comparison.PRESENT | Comparison.DECLARED:
            msg = f"a {comparison.value} without its figures has no margin"
            raise ValueError(msg)
        case _:
            assert_never(comparison)


def decide(margin: Decimal, guard_band: Decimal, *, strict: bool = False) -> Verdict:
    """Grade a margin by a guard band (JCGM 106:2012; ILAC-G8:09/2019, 4.2.3).

    Parameters
    ----------
    margin : Decimal
        Distance to the threshold, positive on the compliant side.
    guard_band : Decimal
        Half-width of the zone round the threshold in which nothing is proven.
    strict : bool
        Whether a margin equal to the guard band still proves nothing.

    Examples
    --------
    A value of 1.48 +- 0.03 against "at most 1.5" is compliant, but not proven to be.

    >>> decide(Decimal("0.02"), Decimal("0.03")).value
    'compliant_not_proven'
    """
    if margin < -guard_band:
        return Verdict.BREACH
    if margin < 0:
        return Verdict.SUSPECTED
    if margin > guard_band or (margin == guard_band and not strict):
        return Verdict.COMPLIANT
    return Verdict.COMPLIANT_NOT_PROVEN


def weigh(verdict: Verdict, origin: Origin, evidence: Evidence) -> Verdict:
    """Temper a verdict by where its data come from.

    A rule that asks for measurement is never *proven* met by figures that were declared or
    substituted. A declared figure beyond the limit still counts against the one who declared
    it; a substituted one is an estimate and only raises a suspicion.
    """
    if evidence is Evidence.DECLARATION or origin in (Origin.MEASURED, Origin.IMPORTED):
        return verdict
    if verdict is Verdict.COMPLIANT:
        return Verdict.COMPLIANT_NOT_PROVEN
    if verdict is Verdict.BREACH and origin is Origin.SUBSTITUTED:
        return Verdict.SUSPECTED
    return verdict
