"""The closed set of what a rule may ask, what it takes as proof, and its guard bands."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


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
class TextReserve:
    """Guard band of a text, or the expanded uncertainty where that is wider.

    A value exactly on its edge proves nothing when ``strict``.
    """

    width: Decimal
    strict: bool
    reason_fr: str
    reason_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabulated:
    """No guard band: the value comes from a table and is not measured."""

    reason_fr: str
    reason_en: str


GuardBand = ExpandedUncertainty | TextReserve | Tabulated


def exact(value: float) -> Decimal:
    """Write a float as the shortest decimal that reads back to it.

    Examples
    --------
    >>> exact(0.1) + exact(0.2) == exact(0.3)
    True
    """
    return Decimal(repr(float(value)))
